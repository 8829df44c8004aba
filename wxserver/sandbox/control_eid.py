"""How scripts decide what E证通 and WeChat's face verification answer next."""

from flask import Blueprint, Response

from wxserver.sandbox import eid_orders, eid_results, identity
from wxserver.sandbox.control_reading import Bad, body, text
from wxserver.sandbox.people import tidy_number
from wxserver.sandbox.world import answer, world

blueprint = Blueprint("control_eid", __name__)

HIGHEST = 2**31 - 1


@blueprint.post("/eid")
def order() -> Response:
    """Order the next results or answers, ``times`` of them (1).

    ``{"err_code": 2016}``: the next verifications end so, whatever is pressed (0 passes; a code of no list is allowed).
    ``{"lie": "other_person"}``, or another of ``eid_results.LIES``: so their answers lie. Both with ``openid`` only for
    verifications of that user's own document.
    ``{"api_error": "UnauthorizedOperation.Arrears", "at"?: "GetEidResult"}``: the next signed calls (of this action)
    get this error instead.
    """
    here, asked = world(), body()
    given = [kind for kind in eid_orders.KINDS if asked.get(kind) is not None]
    if len(given) != 1:
        raise Bad("要写 err_code、lie 或 api_error 中的一个。")
    code, times, openid = asked.get("err_code"), asked.get("times", 1), asked.get("openid")
    if not all(_is_count(number) for number in (code or 0, times)) or times == 0:
        raise Bad("err_code 应是不小于 0 的整数，times 应是 1 以上的整数。")
    if asked.get("lie") not in (None, *eid_results.LIES):
        raise Bad(f"lie 应是 {'、'.join(eid_results.LIES)} 中的一个。")
    of_calls = given == ["api_error"] and bool(text(asked, "api_error"))
    at = text(asked, "at", limit=40) if "at" in asked else ""
    if (of_calls and openid is not None) or (at and not of_calls):
        raise Bad("openid 只能和 err_code 或 lie 一起写，at 只能和 api_error 一起写。")
    with here.database.write() as connection:
        user = connection.execute("SELECT id_number FROM user WHERE openid = ?", (openid,)).fetchone()
        if user is None and openid is not None:
            raise Bad("沙箱里没有这位微信用户。")
        person = tidy_number(user["id_number"]) if user else None
        number = eid_orders.order(connection, given[0], str(asked[given[0]]), times, person, at)
    return answer({"id": number, given[0]: asked[given[0]], "times": times, "openid": openid}, 201)


@blueprint.post("/identity")
def order_identity() -> Response:
    """Order what the generic provider lies about in the next results, ``times`` of them (1):
    ``{"lie": "other_person" | "other_reference" | "level_password"}``."""
    here, asked = world(), body()
    lie, times = asked.get("lie"), asked.get("times", 1)
    if lie not in identity.LIES or not _is_count(times) or times == 0:
        raise Bad(f"lie 应是 {'、'.join(identity.LIES)} 中的一个，times 应是 1 以上的整数。")
    with here.database.write() as connection:
        number = eid_orders.order(connection, "identity_lie", str(lie), times)
    return answer({"id": number, "lie": lie, "times": times}, 201)


@blueprint.post("/wechat-face")
def order_face() -> Response:
    """Order how the next of WeChat's face verifications end, ``times`` of them (1), whatever is pressed:
    ``{"verify_ret": 90017}``."""
    here, asked = world(), body()
    code, times = asked.get("verify_ret"), asked.get("times", 1)
    if not _is_count(code) or not _is_count(times) or times == 0:
        raise Bad("verify_ret 应是不小于 0 的整数，times 应是 1 以上的整数。")
    with here.database.write() as connection:
        number = eid_orders.order(connection, "verify_ret", str(code), times)
    return answer({"id": number, "verify_ret": code, "times": times}, 201)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= HIGHEST
