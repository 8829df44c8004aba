"""The merchants of E证通 that the sandbox knows, as the configuration names them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wxserver.sandbox import eid_seal


@dataclass(frozen=True)
class Merchant:
    """A merchant: its code in our configuration, the Chinese name of the service, its keys and its number.

    ``public_key``: whom names and numbers are sealed for; None: it has not applied for them and gets none sealed.
    ``sealing``: one of ``eid_seal.SEALINGS``.
    """

    code: str
    name: str
    secret_id: str
    secret_key: str
    merchant_id: str
    public_key: eid_seal.Point | None
    sealing: str


def merchants(configured: Mapping[str, Any]) -> dict[str, Merchant]:
    """Merchants by their SecretId, from ``[identity.providers]``; SystemExit with a plain sentence on a fault.

    The public key is ``eid_public_key`` (``04`` before x and y, hexadecimal), or else the one that belongs to the
    ``private_key`` that the server opens them with. ``eid_sealing`` chooses how the ciphertext is written.
    """
    found: dict[str, Merchant] = {}
    for code, value in configured.items():
        if value.get("kind", "signed") == "eid":
            merchant = _merchant(code, value)
            if merchant.secret_id in found:
                raise SystemExit(f"sandbox: [identity.providers.{code}] secret_id belongs to another provider too.")
            found[merchant.secret_id] = merchant
    return found


def _merchant(code: str, value: Mapping[str, Any]) -> Merchant:
    place = f"[identity.providers.{code}]"
    for key in ("secret_id", "secret_key", "merchant_id"):
        if not isinstance(value.get(key), str) or not value[key]:
            raise SystemExit(f"sandbox: {place} {key} is missing.")
    public, private = str(value.get("eid_public_key", "")), str(value.get("private_key", ""))
    point = eid_seal.public_key(public) if public else eid_seal.public_key_of(private) if private else None
    if point is None and (public or private):
        raise SystemExit(f"sandbox: {place} eid_public_key or private_key is no SM2 key.")
    sealing = str(value.get("eid_sealing", eid_seal.SEALINGS[0]))
    if sealing not in eid_seal.SEALINGS:
        raise SystemExit(f"sandbox: {place} eid_sealing is not one of {', '.join(eid_seal.SEALINGS)}.")
    return Merchant(
        code=code,
        name=str(value.get("name", code)),
        secret_id=value["secret_id"],
        secret_key=value["secret_key"],
        merchant_id=value["merchant_id"],
        public_key=point,
        sealing=sealing,
    )
