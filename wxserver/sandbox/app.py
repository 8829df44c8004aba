"""Puts the sandbox together."""

from datetime import UTC
from email.utils import format_datetime
from urllib.parse import urlsplit

from flask import Flask, Response, request

from wxserver.sandbox import (
    cards,
    control,
    control_wechat,
    eid,
    eid_page,
    identity,
    people,
    phone,
    productions,
    registry,
    settings,
    wechat_api,
    wechat_face,
    wechat_login,
    wechat_menu,
    wechat_messages,
    wechat_mini,
    wechat_page,
    wechat_profile,
    wechat_reports,
    wechat_templates,
    wechat_tools,
    wechat_users,
)
from wxserver.sandbox.clock import Clock
from wxserver.sandbox.outbox import Outbox
from wxserver.sandbox.state import Database
from wxserver.sandbox.wechat_errors import errcode
from wxserver.sandbox.world import World, answer, problem, world

WECHAT = (
    wechat_login,
    wechat_api,
    wechat_menu,
    wechat_users,
    wechat_templates,
    wechat_messages,
    wechat_mini,
    wechat_profile,
    wechat_tools,
    wechat_face,
    wechat_page,
)
WECHAT_PATHS = ("/cityservice/", "/cgi-bin/", "/wxa/", "/wxaapi/", "/sns/")


def create_app() -> Flask:
    """The sandbox as a WSGI app, with its thread running; SystemExit with a plain sentence where it must not start.

    Serve it with one process only (its state has one writer) and with threads to spare: a mishap keeps one for 7 s.
    """
    chosen = settings.load()
    clock = Clock(chosen.var_dir / "clock")
    database = Database(chosen.var_dir / "sandbox.db")
    keys: dict[str, tuple[bytes, ...]] = {"registry": (chosen.registry_key,)}
    keys |= {f"identity:{code}": each.keys for code, each in chosen.providers.items()}
    here = World(chosen, database, clock, Outbox(database, clock, keys))
    people.seed(database, clock)

    app = Flask("wxserver.sandbox")
    app.extensions["sandbox"] = here
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for part in (*WECHAT, identity, eid, eid_page, registry, control, control_wechat, phone):
        app.register_blueprint(part.blueprint)
    app.add_url_rule("/healthz", view_func=healthz)
    app.before_request(keep_strangers_out)
    app.after_request(add_headers)
    app.register_error_handler(404, _not_found)
    app.register_error_handler(405, _not_allowed)
    app.register_error_handler(413, _too_large)

    here.outbox.on_chore("accept", lambda reference: productions.accept(here, reference))
    reporters = wechat_reports.Reporters(here)
    here.outbox.on_chore(wechat_reports.CHORE, reporters.push)
    reporters.resume()
    here.outbox.on_tick(lambda: identity.expire_due(here))
    here.outbox.on_tick(lambda: cards.end_losses(here))
    here.outbox.ensure_running()
    return app


def healthz() -> Response:
    """200 while the state can be read."""
    with world().database.read() as connection:
        connection.execute("SELECT 1 FROM user LIMIT 1").fetchone()
    return answer({"status": "ok"})


def keep_strangers_out() -> Response | None:
    """Nobody logs in here, so at least no web page from elsewhere may drive it through the tester's browser."""
    world().outbox.ensure_running()
    origin = request.headers.get("Origin")
    ours = origin in (None, request.host_url.rstrip("/")) and settings.is_loopback(request.host_url)
    if request.path.startswith(("/control", "/phone")) and not ours:
        return problem(403, "foreign-origin", "别的网站不能指挥沙箱。")
    return None


def add_headers(response: Response) -> Response:
    """A strict content policy: no inline script, frames only of our own and of the app."""
    public = urlsplit(world().settings.public_url)
    app_origin = f"{public.scheme}://{public.netloc}"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        f" frame-src 'self' {app_origin}; form-action 'self' {app_origin}; frame-ancestors 'self' {app_origin};"
        " base-uri 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    # gunicorn writes a Date of its own, which tools/sandbox_gunicorn.py sets by the same clock.
    if not request.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn"):
        response.headers["Date"] = format_datetime(world().clock.now().astimezone(UTC), usegmt=True)
    if "/static/" not in request.path:
        response.headers["Cache-Control"] = "no-store"
    return response


def _not_found(_: Exception) -> Response:
    if request.path.startswith(WECHAT_PATHS):
        return errcode(40066)
    return problem(404, "not-found", "沙箱里没有这个地址。")


def _not_allowed(_: Exception) -> Response:
    if request.path.startswith(WECHAT_PATHS):
        return errcode(43001)
    return problem(405, "method-not-allowed", "这个地址不这样用。")


def _too_large(_: Exception) -> Response:
    return problem(413, "too-large", "发来的内容超过 64 KiB。")
