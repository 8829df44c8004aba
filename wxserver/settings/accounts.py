"""The accounts of WeChat in the configuration: credentials, menu, scenes, templates."""

from __future__ import annotations

import re

from wxserver.settings.menus import read_menu
from wxserver.settings.tables import Table
from wxserver.settings.values import Account, MessageTemplate

CHANNELS = ("template", "bizsend", "miniprogram")
SOURCES = ("title", "text", "item", "bundle", "status", "number", "at", "due", "service")
"""What a template's field may be filled with; nothing that tells who it is about."""
_ITEM = re.compile(r"[a-z][a-z0-9_-]*/[a-z][a-z0-9_-]*")
_NODE = re.compile(r"[a-z_]{1,32}")


def read_account(code: str, table: Table) -> Account:
    """One account; faults are noted with their path."""
    kind = table.choice("kind", ("service", "miniprogram"))
    return Account(
        code=code,
        name=table.text("name"),
        kind=kind,
        mode=table.choice("mode", ("plain", "compat", "safe")),
        original_id=table.text("original_id"),
        app_id=table.text("app_id", check=lambda v: None if v.startswith("wx") else "begins with wx"),
        app_secret=table.text("app_secret"),
        token=table.text("token"),
        encoding_aes_key=table.text("encoding_aes_key", check=_aes_key),
        greeting=table.text("greeting", "您好，请点下方菜单办事。"),
        menu=read_menu(table),
        scenes=_scenes(table.table("scenes", False)),
        templates=tuple(_templates(table.rows("templates"), kind)),
        mp_verify=_domain_files(table),
        identity=table.words("identity"),
    )


def _aes_key(value: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9]{43}", value) else "must be 43 letters and digits"


def _scenes(table: Table) -> dict[str, str]:
    found: dict[str, str] = {}
    for scene in table.names():
        wanted = table.text(scene, check=lambda v: None if _ITEM.fullmatch(v) else "must be bundle/item")
        if not 1 <= len(scene) <= 64:
            table.fault(scene, "a scene has 1 to 64 characters")
        found[scene] = wanted
    return found


def _templates(rows: list[Table], kind: str) -> list[MessageTemplate]:
    allowed = CHANNELS[:2] if kind == "service" else CHANNELS[2:]
    found: list[MessageTemplate] = []
    for row in rows:
        fields = row.table("fields")
        nodes = row.words("nodes")
        for node in nodes:
            if not _NODE.fullmatch(node):
                row.fault("nodes", f"{node} is no node of a timeline")
        each = MessageTemplate(
            code=row.text("code"),
            channel=row.choice("channel", allowed),
            template_id=row.text("template_id"),
            fields={name: fields.choice(name, SOURCES) for name in fields.names()},
            nodes=nodes,
            page=row.text("page", "", empty=True),
        )
        if not each.fields:
            row.fault("fields", "name at least one field of the template")
        if any(each.code == other.code for other in found):
            row.fault("code", "stands twice")
        found.append(each)
    return found


def _domain_files(table: Table) -> tuple[str, ...]:
    found = table.words("mp_verify")
    for each in found:
        if not re.fullmatch(r"[A-Za-z0-9]{8,64}", each):
            table.fault("mp_verify", "give what stands between MP_verify_ and .txt: 8 to 64 letters and digits")
    return found
