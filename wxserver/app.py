"""Building the app: settings in, a Flask app with everything wired out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from alembic.script import ScriptDirectory
from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from wxserver.cli import register_commands
from wxserver.composing import compose
from wxserver.jobs import crew_for
from wxserver.settings import Settings
from wxserver.store.tables import Base
from wxserver.usecases.faults import Problem
from wxserver.web import admin, api, bodies, callbacks, citizen, domain_files, guard, problems, staff_guard
from wxserver.web.api import admin as admin_api
from wxserver.web.assets import register_assets
from wxserver.wiring import wire

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
BODY_LIMIT = 64 * 1024
SIGN_INS, SIGN_INS_REHEARSED = 30, 600
"""Sign-ins of staff that one address may try in a minute, in production and in the sandbox."""
UNLIMITED = frozenset({"static", "healthz"}) | guard.SIGNED
"""Far sides come from few addresses, many at a time, and sign what they send."""


def create_app(settings: Settings) -> Flask:
    """A Flask app. Nothing is served or done before it is asked: `extensions["jobs"].start()` starts the workers."""
    app = Flask("wxserver")
    app.request_class = bodies.RequestInMemory
    app.config.update(
        SQLALCHEMY_DATABASE_URI=_database_url(settings.database_url),
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings.database_url),
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=BODY_LIMIT,
        SESSION_COOKIE_SECURE=settings.server.is_https,
    )
    settings.server.var_dir.mkdir(parents=True, exist_ok=True)
    if settings.server.trusted_proxies:
        count = settings.server.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    db = SQLAlchemy(app, metadata=Base.metadata)
    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=True, compare_type=True)
    with app.app_context():
        engine = db.engine
    world = wire(settings, engine)
    usecases = compose(settings, world)
    app.extensions["usecases"] = usecases
    app.extensions["service"] = settings.service
    app.extensions["jssdk_url"] = settings.wechat.jssdk_url
    app.extensions["mp_verify"] = frozenset(
        code for each in settings.wechat.accounts.values() for code in each.mp_verify
    )
    app.extensions["wechat_account"] = usecases.signing_in.default_account
    app.extensions["world"] = world
    app.extensions["jobs"] = crew_for(settings.jobs.mode, usecases)
    _register_edge(app, settings, engine)
    register_commands(app)
    return app


def _database_url(url: str) -> str:
    """SQLite paths are relative to where the server was started, not to Flask's instance folder."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return url
    path = Path(parsed.database).resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{path}"


def _engine_options(url: str) -> dict[str, object]:
    if make_url(url).get_backend_name() == "sqlite":
        return {
            "hide_parameters": True,
            "connect_args": {"timeout": 10, "check_same_thread": False},
            "pool_size": 24,
            "max_overflow": 16,
        }
    return {"hide_parameters": True, "pool_size": 20, "max_overflow": 10, "pool_recycle": 1800}


def _register_edge(app: Flask, settings: Settings, engine: Engine) -> None:
    limiter = Limiter(
        get_remote_address,
        app=app,
        application_limits=[f"{settings.limits.requests_per_minute} per minute"],
        storage_uri=settings.limits.storage,
        strategy="fixed-window",
    )
    limiter.request_filter(lambda: request.endpoint in UNLIMITED)
    guard.register(app)
    register_assets(app)
    citizen.register(app)
    admin.register(app)
    admin_api.register(app)
    _limit_sign_ins(app, limiter, SIGN_INS_REHEARSED if settings.server.is_sandbox else SIGN_INS)
    with app.app_context():
        api.register(app, cookie=guard.cookie_name(), offered=app.extensions["usecases"].catalogue.offered)
    callbacks.register(app)
    domain_files.register(app)
    problems.register(app, problem_page=_problem_page, error_page=_error_page)
    app.add_url_rule("/healthz", "healthz", _healthz(engine))
    app.after_request(_headers(settings))


def _problem_page(problem: Problem) -> ResponseReturnValue:
    return admin.page(problem) if staff_guard.is_staffs(request.path) else citizen.page(problem)


def _error_page(status: int) -> ResponseReturnValue:
    return admin.error_page(status) if staff_guard.is_staffs(request.path) else citizen.error_page(status)


def _limit_sign_ins(app: Flask, limiter: Limiter, each_minute: int) -> None:
    """Staff sign in by password: so many tries a minute from one source, whatever the account."""
    tries = limiter.shared_limit(f"{each_minute} per minute", scope="staff-sign-in")
    for endpoint in ("admin.sign_in", "admin_api.open_session"):
        app.view_functions[endpoint] = tries(app.view_functions[endpoint])  # type: ignore[assignment]


def _healthz(engine: Engine) -> Callable[[], Response]:
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()

    def healthz() -> Response:
        """200 once the database answers and is migrated to what this code expects."""
        try:
            with engine.connect() as connection:
                found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        except SQLAlchemyError:
            found = None
        ready = found == head and head is not None
        return Response("ok\n" if ready else "not migrated\n", 200 if ready else 503, mimetype="text/plain")

    return healthz


def _headers(settings: Settings) -> Callable[[Response], Response]:
    framed_by = settings.sandbox_url or "'none'"
    origins = {origin for provider in settings.providers.values() for origin in provider.page_origins}

    def policy(*scripts_and_styles: str) -> str:
        return "; ".join(
            [
                "default-src 'self'",
                *scripts_and_styles,
                "img-src 'self' data: blob:",
                "object-src 'none'",
                "base-uri 'none'",
                " ".join(["form-action 'self'", settings.wechat.authorize_base_url, *sorted(origins)]),
                f"frame-ancestors {framed_by}",
            ]
        )

    usual = policy("script-src 'self'", "style-src 'self'")
    jssdk = urlsplit(settings.wechat.jssdk_url)
    # What JS-SDK and its open tags need, for the one page that has them; nothing on it is anybody's.
    with_open_tags = policy(
        f"script-src 'self' {jssdk.scheme}://{jssdk.netloc}",
        "style-src 'self' 'unsafe-inline'",
        "frame-src https://*.qq.com webcompt:",
    )

    def add(response: Response) -> Response:
        wanted = with_open_tags if request.endpoint == "citizen.subscribe" else usual
        response.headers.setdefault("Content-Security-Policy", wanted)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if settings.server.is_https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return add
