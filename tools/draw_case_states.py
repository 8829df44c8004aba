"""Draws docs/case-states.md from the table of transitions in the code."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs/case-states.md"
sys.path.insert(0, str(ROOT))

from bundles import case  # noqa: E402


def document() -> str:
    """The whole file."""
    nodes = ", ".join(f"`{node}`" for node in case.NODES)
    return f"""# A case's states

Drawn from `bundles/case.py` by `make docs`; a test fails when it is out of date.

```mermaid
{case.transition_diagram()}
```

{case.transition_table()}

What is not in the table is forbidden. A status is never stored by an act: it follows from the case's timestamps
(submitted, accepted, correcting since, completed, refused, withdrawn), so that late, double and swapped messages do no
harm. Of several final instants the earliest decides, also if it becomes known later.

The timeline tells more than the status does. Its nodes: {nodes}.
"""


if __name__ == "__main__":
    TARGET.write_text(document(), "utf-8")
    print(TARGET.relative_to(ROOT))
