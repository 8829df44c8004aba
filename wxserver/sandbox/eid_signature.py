"""TC3-HMAC-SHA256, the signature of Tencent Cloud's calls, checked for this side alone."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from wxserver.sandbox.eid_settings import Merchant

TOLERANCE = 300.0
"""Seconds that a caller's clock may be off."""
_SERVICE = "faceid"
_AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<secret_id>[^/,\s]+)/(?P<date>\d{4}-\d\d-\d\d)/(?P<service>[a-z]+)/tc3_request,"
    r" ?SignedHeaders=(?P<names>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)


class Fault(Exception):
    """What the cloud answers instead: its error code and a sentence for whoever wrote the caller."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


def caller(
    merchants: Mapping[str, Merchant], given: Mapping[str, str], method: str, query: str, body: bytes, now: float
) -> Merchant:
    """Who signed this call; raises Fault ``AuthFailure.…``.

    ``given``: the headers as they were received, names in small letters; ``query``: what follows the ``?``; ``body``:
    the bytes received; ``now``: Unix seconds.
    """
    match = _AUTHORIZATION.fullmatch(given.get("authorization", ""))
    stamp = given.get("x-tc-timestamp", "")
    if match is None or match["service"] != _SERVICE or not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise Fault("AuthFailure.InvalidAuthorization", "请求头的 Authorization 或 X-TC-Timestamp 不符合要求")
    merchant = merchants.get(match["secret_id"])
    if merchant is None:
        raise Fault("AuthFailure.SecretIdNotFound", "密钥不存在")
    if abs(now - int(stamp)) > TOLERANCE:
        raise Fault("AuthFailure.SignatureExpire", "签名过期，与服务器时间相差不能超过五分钟")
    names = match["names"].split(";")
    if not {"content-type", "host"} <= set(names) or any(name not in given for name in names):
        raise Fault("AuthFailure.InvalidAuthorization", "SignedHeaders 至少要有 content-type 和 host")
    day = datetime.fromtimestamp(int(stamp), UTC).date().isoformat()
    # The documents write the values of other signed headers in small letters, and those two as they are sent.
    headers = "".join(
        f"{name}:{given[name].strip() if name in ('content-type', 'host') else given[name].strip().lower()}\n"
        for name in names
    )
    canonical = "\n".join((method, "/", query, headers, match["names"], hashlib.sha256(body).hexdigest()))
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    signed = f"TC3-HMAC-SHA256\n{stamp}\n{day}/{_SERVICE}/tc3_request\n{hashed}"
    key = f"TC3{merchant.secret_key}".encode()
    for step in (day, _SERVICE, "tc3_request"):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    expected = hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()
    if match["date"] != day or not hmac.compare_digest(expected, match["signature"]):
        raise Fault("AuthFailure.SignatureFailure", "签名计算错误")
    return merchant
