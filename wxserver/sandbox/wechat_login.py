"""WeChat's web login and mini-program login: consent page, codes, and what a code is worth."""

import base64
import re
import secrets
import sqlite3
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request

from wxserver.sandbox import far_side, wechat_limits
from wxserver.sandbox.people import DEFAULT_OPENID, openid_for
from wxserver.sandbox.settings import Account
from wxserver.sandbox.wechat_errors import errcode
from wxserver.sandbox.world import World, answer, problem, world

blueprint = Blueprint("wechat_login", __name__)

COOKIE = "sandbox_user"
CODE_SECONDS = 300
_STATE = re.compile(r"[a-zA-Z0-9]{1,128}")


def current_user(connection: sqlite3.Connection) -> sqlite3.Row | None:
    """Whoever holds this phone: the cookie's person, else the first demo person, else whoever came first."""
    for openid in (request.cookies.get(COOKIE), DEFAULT_OPENID):
        row: sqlite3.Row | None = connection.execute("SELECT * FROM user WHERE openid = ?", (openid,)).fetchone()
        if row is not None:
            return row
    first: sqlite3.Row | None = connection.execute("SELECT * FROM user ORDER BY serial LIMIT 1").fetchone()
    return first


def named_user(connection: sqlite3.Connection) -> sqlite3.Row | None:
    """Whom the parameter ``as`` names, else whoever holds this phone."""
    named = request.args.get("as")
    if not named:
        return current_user(connection)
    found: sqlite3.Row | None = connection.execute("SELECT * FROM user WHERE openid = ?", (named,)).fetchone()
    return found


@blueprint.get("/connect/oauth2/authorize")
@far_side.page("wechat", "微信授权登录")
def authorize() -> Response:
    """Ask the phone's user, or, with ``snsapi_base`` or ``as``, send them back with a code at once."""
    here = world()
    fault = _fault(here)
    if fault:
        return _refusal_page(*fault)
    named = request.args.get("as")
    with here.database.read() as connection:
        if named is not None:
            user = connection.execute("SELECT * FROM user WHERE openid = ?", (named,)).fetchone()
        else:
            user = current_user(connection)
        people = connection.execute("SELECT * FROM user ORDER BY serial LIMIT 50").fetchall()
    if user is None:
        return _refusal_page(40003, "沙箱里没有这位微信用户。")
    ask = request.args["scope"] == "snsapi_userinfo" or request.args.get("forcePopup") == "true"
    if named is not None or not ask:
        return _back(here, user["openid"])
    text = render_template("sandbox/consent.html", user=user, people=people, account=_account(here))
    return make_response(text)


@blueprint.post("/connect/oauth2/authorize")
@far_side.page("wechat", "在微信里点了允许或拒绝")
def consent() -> Response:
    """The consent page's buttons; the query is the same as the page's. Refusing sends no code."""
    here = world()
    fault = _fault(here)
    if fault:
        return _refusal_page(*fault)
    if request.form.get("decision") != "allow":
        text = render_template(
            "sandbox/refused.html", title="您没有允许登录", text="关掉这一页，需要时再点菜单进来。", code=None
        )
        return make_response(text)
    with here.database.read() as connection:
        user = connection.execute("SELECT * FROM user WHERE openid = ?", (request.form.get("openid", ""),)).fetchone()
    if user is None:
        return _refusal_page(40003, "沙箱里没有这位微信用户。")
    response = _back(here, user["openid"])
    response.set_cookie(COOKIE, user["openid"], httponly=True, samesite="Lax")
    return response


@blueprint.get("/wx/login")
def mini_program_login() -> Response:
    """What ``wx.login`` gives a mini-program: ``{"code"}`` for the user ``as`` at the account ``appid``."""
    here = world()
    account = here.settings.account_of(request.args.get("appid", ""))
    with here.database.read() as connection:
        user = named_user(connection)
    if account is None or user is None:
        return problem(400, "bad-request", "没有这个小程序，或者沙箱里没有这位微信用户。")
    return answer({"code": issue(here, "mini", account.app_id, user["openid"])})


@blueprint.get("/sns/oauth2/access_token")
@far_side.wechat("用授权码换登录身份", effect=False)
def access_token() -> Response:
    """Exchange a web login's code, once."""
    spent = _spend("web", "code")
    if isinstance(spent, Response):
        return spent
    account, user, row = spent
    told: dict[str, object] = {
        "access_token": secrets.token_urlsafe(64),
        "expires_in": 7200,
        "refresh_token": secrets.token_urlsafe(64),
        "openid": openid_for(user["openid"], account.kind, account.app_id),
        "scope": row["scope"],
    }
    if row["snapshot"]:
        told |= {"is_snapshotuser": 1, "openid": f"oSnap{secrets.token_hex(12)[:23]}"}
    elif row["scope"] == "snsapi_userinfo":
        told["unionid"] = user["unionid"]
        told["access_token"] = issue(world(), "profile", account.app_id, user["openid"], seconds=7200)
    return answer(told)


@blueprint.get("/sns/jscode2session")
@far_side.wechat("用小程序登录码换身份", effect=False)
def code_to_session() -> Response:
    """Exchange a mini-program's login code, once."""
    spent = _spend("mini", "js_code")
    if isinstance(spent, Response):
        return spent
    account, user, _ = spent
    openid = openid_for(user["openid"], account.kind, account.app_id)
    key = new_session_key(world(), account, openid)
    return answer({"openid": openid, "session_key": key, "unionid": user["unionid"]})


def new_session_key(here: World, account: Account, openid: str) -> str:
    """A session key for a mini-program's user in place of the one before; base64 of 16 bytes."""
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    with here.database.write() as connection:
        connection.execute(
            "INSERT INTO session_key (app_id, openid, key) VALUES (?, ?, ?)"
            " ON CONFLICT (app_id, openid) DO UPDATE SET key = excluded.key",
            (account.app_id, openid, key),
        )
    return key


def _spend(kind: str, parameter: str) -> Response | tuple[Account, sqlite3.Row, sqlite3.Row]:
    here, given = world(), request.args
    if not given.get("appid"):
        return errcode(41002)
    if not given.get("secret"):
        return errcode(41004)
    account = here.settings.account_of(given["appid"])
    if account is None:
        return errcode(40013)
    if given["secret"] != account.app_secret:
        return errcode(40125)
    refused = wechat_limits.refuses_secret(here, account) or wechat_limits.over_quota(here, account, request.path)
    if refused is not None:
        return refused
    if given.get("grant_type") != "authorization_code":
        return errcode(40002)
    if not given.get(parameter):
        return errcode(41008)
    with here.database.write() as connection:
        row = connection.execute(
            "SELECT * FROM code WHERE code = ? AND kind = ? AND app_id = ?", (given[parameter], kind, account.app_id)
        ).fetchone()
        if row is None:
            return errcode(40029)
        if row["used"]:
            return errcode(40163)
        if here.clock.timestamp() > row["expires"]:
            return errcode(40029)
        user = connection.execute("SELECT * FROM user WHERE openid = ?", (row["openid"],)).fetchone()
        if user is None:
            return errcode(40029)
        connection.execute("UPDATE code SET used = 1 WHERE code = ?", (row["code"],))
    return account, user, row


def _fault(here: World) -> tuple[int, str] | None:
    given = request.args
    if not given.get("appid"):
        return 10012, "链接里没有 appid。"
    if here.settings.account_of(given["appid"]) is None:
        return 10004, "没有这个公众号。"
    if not given.get("redirect_uri"):
        return 10011, "链接里没有 redirect_uri。"
    target, own = urlsplit(given["redirect_uri"]), urlsplit(here.settings.public_url)
    if target.scheme not in ("http", "https") or target.netloc != own.netloc:
        return 10003, f"redirect_uri 的域名和公众号登记的不一样，登记的是 {own.netloc}。"
    if given.get("response_type") != "code":
        return 10010, "response_type 应是 code。"
    if not given.get("scope"):
        return 10010, "链接里没有 scope。"
    if given["scope"] not in ("snsapi_base", "snsapi_userinfo"):
        return 10005, "这个公众号没有这种 scope 的权限。"
    if not _STATE.fullmatch(given.get("state", "")):
        return 10013, "state 只能是 1 到 128 个字母和数字。"
    return None


def _back(here: World, openid: str) -> Response:
    given = request.args
    snapshot = given.get("forceSnapShot") == "true"
    code = issue(here, "web", given["appid"], openid, given["scope"], snapshot)
    parts = urlsplit(given["redirect_uri"])
    query = "&".join(part for part in (parts.query, urlencode({"code": code, "state": given["state"]})) if part)
    return make_response(
        redirect(parts._replace(query=query, fragment="").geturl(), 303 if request.method == "POST" else 302)
    )


def issue(
    here: World,
    kind: str,
    app_id: str,
    openid: str,
    scope: str = "",
    snapshot: bool = False,
    seconds: int = CODE_SECONDS,
) -> str:
    """A code for five minutes and one use, or a token. ``kind``: ``web``, ``mini``, ``phone`` or ``profile``, each good
    for its own call."""
    code = f"0{secrets.token_hex(15)}w3"[:32]
    with here.database.write() as connection:
        connection.execute(
            "INSERT INTO code (code, kind, app_id, openid, scope, snapshot, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (code, kind, app_id, openid, scope, snapshot, here.clock.timestamp() + seconds),
        )
    return code


def _account(here: World) -> Account | None:
    return here.settings.account_of(request.args.get("appid", ""))


def _refusal_page(code: int, text: str) -> Response:
    page = render_template("sandbox/refused.html", title="微信打不开这个链接", text=text, code=code)
    return make_response(page, 400)
