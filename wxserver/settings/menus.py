"""The custom menu of an account."""

from __future__ import annotations

from wxserver.settings.tables import Table


def read_menu(table: Table) -> dict[str, object]:
    """The menu under ``menu`` as the platform takes it; empty where none is configured."""
    table.asked.add("menu")
    found = table.values.get("menu", [])
    return {"button": found} if found else {}
