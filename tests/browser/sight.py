"""What is wrong with how a page looks: texts cut off, pale, small; targets too small; what axe-core finds.

Each check gives a list of findings, empty where all is well, and works under the page's own strict content policy:
nothing is injected into the page, the browser's debugger evaluates it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_LOOKING = Path(__file__).parent / "looking"
_AXE = Path(__file__).parents[1] / "vendor/axe-core-4.14.1/axe.min.js"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_OF_SIGHT = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
_STATES = ("hover", "active", "focus", "focus-visible")
WECHAT_SCALE = "22.4px"
"""The letters' size on <html> where WeChat's own setting stands at about 1.4."""

Findings = list[Any]


def _script(name: str) -> str:
    texts, check = ((_LOOKING / each).read_text("utf-8") for each in ("texts.js", f"{name}.js"))
    return f"(options) => {{ {texts}\n return ({check.strip()}); }}"


_SCRIPTS = {name: _script(name) for name in ("clipped", "contrast", "sizes")}


def _width(page: Page) -> int:
    size = page.viewport_size
    assert size
    return size["width"]


def clipped(page: Page) -> Findings:
    """Texts cut off, covered by a bar, or on top of each other: (what, text, rectangle)."""
    return list(page.evaluate(_SCRIPTS["clipped"], {"width": _width(page)}))


def small(page: Page, *, big: bool) -> Findings:
    """Letters and targets below what the text size promises: (what, text)."""
    limits = {"letters": 18, "targets": 60} if big else {"letters": 15, "targets": 44}
    return list(page.evaluate(_SCRIPTS["sizes"], limits))


def pale(page: Page) -> Findings:
    """Texts below 4.5:1, and edges of fields below 3:1: (ratio, text)."""
    return list(page.evaluate(_SCRIPTS["contrast"], {}))


def pale_when_touched(page: Page) -> Findings:
    """The same while everything that can be pressed is hovered, pressed and in focus."""
    debugger = page.context.new_cdp_session(page)
    debugger.send("DOM.enable")
    debugger.send("CSS.enable")
    root = debugger.send("DOM.getDocument")["root"]["nodeId"]
    nodes = debugger.send(
        "DOM.querySelectorAll", {"nodeId": root, "selector": "a, button, summary, label, input, select, textarea"}
    )["nodeIds"]
    for node in nodes:
        debugger.send("CSS.forcePseudoState", {"nodeId": node, "forcedPseudoClasses": list(_STATES)})
    found = pale(page)
    debugger.detach()
    return found


def barriers(page: Page, *, only_seen: bool = False) -> Findings:
    """What axe-core finds, all of its rules for WCAG A and AA and its best practices: (rule, where). `only_seen`: only
    the rules about what a page looks like, for a page whose words have been looked at."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(f"{_AXE.read_text('utf-8')}\n;0")
    chosen = {"type": "rule", "values": _OF_SIGHT} if only_seen else {"type": "tag", "values": _TAGS}
    asked = {"runOnly": chosen, "resultTypes": ["violations"]}
    found = page.evaluate(
        """asked => axe.run(document, asked).then(found => found.violations.flatMap(
            each => each.nodes.map(node => [each.id, node.target.join(" ")])))""",
        asked,
    )
    return list(found)


def everything(page: Page) -> dict[str, Findings]:
    """All of it in both text sizes, at 375 and 320 px, and with WeChat's letters; only what was found, by name.

    Big text is turned on in place: the pages differ by the class on <html> and the switch's own word.
    """
    found = {"pale when touched": pale_when_touched(page)}
    for size in ("", "big"):
        page.evaluate("size => { document.documentElement.className = size; }", size)
        said = f" ({size})" if size else ""
        found[f"barriers{said}"] = barriers(page, only_seen=bool(size))
        found[f"pale{said}"] = pale(page)
        found[f"small{said}"] = small(page, big=bool(size))
        for width in (320, 375):
            page.set_viewport_size({"width": width, "height": 812})
            found[f"clipped at {width}{said}"] = clipped(page)
            page.evaluate("size => { document.documentElement.style.fontSize = size; }", WECHAT_SCALE)
            found[f"clipped at {width} with WeChat's letters{said}"] = clipped(page)
            page.evaluate("() => { document.documentElement.style.fontSize = ''; }")
    return {name: each for name, each in found.items() if each}
