"""WeChat's way of saying no: HTTP 200, a number and a sentence that ends in a request id."""

import secrets

from flask import Response

from wxserver.sandbox.world import answer

SENTENCES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40007: "invalid media_id",
    40013: "invalid appid",
    40014: "invalid access_token",
    40015: "invalid menu type",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40024: "invalid sub button type",
    40025: "invalid sub button name size",
    40026: "invalid sub button key size",
    40027: "invalid sub button url size",
    40029: "invalid code",
    40037: "invalid template_id",
    40052: "invalid action name",
    40053: "invalid action info",
    40054: "invalid sub button url domain",
    40055: "invalid button url domain",
    40066: "invalid url",
    40097: "invalid args",
    40125: "invalid appsecret",
    40163: "code been used",
    40164: "invalid ip, not in whitelist",
    40202: "invalid action",
    40203: "invalid check_operator",
    40243: "appsecret has been frozen",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    41030: "invalid page",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    46003: "menu no exist",
    47001: "data format error",
    47003: "argument invalid",
    48001: "api unauthorized",
    48006: "forbid to clear quota because of reaching the limit",
    53600: "invalid article id",
    86002: "verify_id invalid or expired",
    86004: "verification does not match",
    86005: "out_seq_no used",
    87008: "invalid sig_method",
    87009: "invalid signature",
}


def errcode(code: int, more: str = "") -> Response:
    """An error answer of WeChat's API; ``more`` replaces the usual sentence."""
    rid = "-".join(secrets.token_hex(4) for _ in range(3))
    return answer({"errcode": code, "errmsg": f"{more or SENTENCES[code]} rid: {rid}"})


def okay(**more: object) -> Response:
    """WeChat's plain success."""
    return answer({"errcode": 0, "errmsg": "ok", **more})
