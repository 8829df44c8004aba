"""Identity providers in the configuration: the generic signed one, Tencent's E证通, WeChat's own face verification."""

from __future__ import annotations

import re
from typing import cast
from urllib.parse import urlsplit

from wxserver.settings.tables import Table
from wxserver.settings.urls import url_fault
from wxserver.settings.values import Provider

KINDS = ("signed", "eid", "wechat_face")
ALGORITHMS = ("v1", "v1sm3")
DOCUMENTS = (
    "resident_id",
    "hmt_residence_permit",
    "hk_macao_permit",
    "taiwan_permit",
    "permanent_residence",
    "passport",
    "officer_card",
)
"""Documents that prove who somebody is (contract, "Identity document kinds")."""
_EID = "https://faceid.tencentcloudapi.com"
_EID_PAGES = "https://eid.faceid.qq.com"
_KEY = re.compile(r"[0-9A-Fa-f]{64}")


def read_provider(code: str, table: Table, wechat_url: str) -> Provider:
    """One provider; faults are noted with their path. `wechat_url`: where WeChat's API is, for its own verification."""
    kind = table.choice("kind", KINDS, "signed")
    name = table.text("name")
    if kind == "wechat_face":
        return Provider(code, kind, name, wechat_url, page_origins=())
    base_url = table.text("base_url", _EID if kind == "eid" else None, url_fault)
    if kind == "eid":
        table.asked |= {"eid_public_key", "eid_sealing"}  # the sandbox's: how it seals what we open
        return Provider(
            code,
            kind,
            name,
            base_url,
            _origins(table, _EID_PAGES if base_url == _EID else base_url),
            secret_id=table.text("secret_id"),
            secrets=(table.text("secret_key"),),
            merchant_id=table.text("merchant_id"),
            unseal_key=table.text("private_key", "", _key_fault, empty=True),
        )
    return Provider(
        code,
        kind,
        name,
        base_url,
        _origins(table, base_url),
        secrets=table.secrets("secret"),
        algorithms=_chosen(table, "algorithm", ALGORITHMS, ("v1",)),
        documents=_chosen(table, "documents", DOCUMENTS, DOCUMENTS),
    )


def _key_fault(value: str) -> str | None:
    return None if _KEY.fullmatch(value) else "must be an SM2 private key, 64 hexadecimal digits"


def _origins(table: Table, address: str) -> tuple[str, ...]:
    parts = urlsplit(address)
    table.asked.add("page_origins")
    origins = table.values.get("page_origins", [f"{parts.scheme}://{parts.netloc}"])
    if not isinstance(origins, list) or not all(isinstance(each, str) and url_fault(each) is None for each in origins):
        table.fault("page_origins", "must be a list of http or https origins")
        return ()
    return tuple(cast("list[str]", origins))


def _chosen(table: Table, key: str, allowed: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
    """One of the words, or a list of them."""
    table.asked.add(key)
    value = table.values.get(key, list(default))
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not found or not all(each in allowed for each in found):
        table.fault(key, "must be one of " + ", ".join(allowed) + ", or a list of them")
        return default
    return tuple(found)
