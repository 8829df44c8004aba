"""The door of every far side: proof of who calls, the mishap on order, and the record of the call."""

import functools
import time
from collections.abc import Callable
from typing import Any

from flask import Response, g, request

from wxserver.sandbox import mishaps, signatures, traffic
from wxserver.sandbox.wechat_errors import errcode
from wxserver.sandbox.world import World, problem, world

View = Callable[..., Response]


def signed(target: str, meaning: str, *, effect: bool) -> Callable[[View], View]:
    """Wrap a view of the identity provider or the registry: 401 without our caller's signature, then the mishap.

    The name of the key that signed is left in ``g.signer``.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def door(**values: Any) -> Response:
            here = world()
            body = request.get_data()
            content = signatures.call_content(request.method, wire_target(), body)
            signer = signatures.signer(
                _keys(here, target),
                {name.lower(): value for name, value in request.headers.items()},
                content,
                here.clock.timestamp(),
            )
            exchange = _exchange(target, meaning, "signed" if signer else "bad")
            exchange.key = request.headers.get("Idempotency-Key") or None
            if signer is None:
                return _refuse_unsigned(here, exchange)
            g.signer = signer
            return _carry_out(here, exchange, effect, lambda: view(**values), _error)

        return door

    return wrap


def wechat(meaning: str, *, effect: bool) -> Callable[[View], View]:
    """Wrap a WeChat API: no signature, its own way of being broken (HTTP 200 with errcode -1)."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def door(**values: Any) -> Response:
            proof = "token" if "access_token" in request.args else ""
            exchange = _exchange("wechat", meaning, proof)
            return _carry_out(world(), exchange, effect, lambda: view(**values), _busy)

        return door

    return wrap


def page(target: str, meaning: str | Callable[[], str]) -> Callable[[View], View]:
    """Wrap a page that the phone opens at a far side: recorded, but no call of the app and safe from mishaps.

    ``meaning`` may depend on the request.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def door(**values: Any) -> Response:
            here = world()
            exchange = _exchange(target, meaning if isinstance(meaning, str) else meaning(), "session")
            exchange.is_call, exchange.sender = False, "phone"
            with here.database.write() as connection:
                traffic.begin(connection, here.clock, exchange)
            response = view(**values)
            traffic.finish(here.database, exchange, response.status_code)
            return response

        return door

    return wrap


def carry_out(
    here: World, exchange: traffic.Exchange, effect: bool, act: Callable[[], Response], broken: Callable[[], Response]
) -> Response:
    """Record a call whose door is its own and answer it, or let the mishap befall it that is on order.

    ``broken`` answers the mishap ``error``. A call that did not prove whose it is uses no mishap up.
    """
    if exchange.proof != "bad":
        return _carry_out(here, exchange, effect, act, broken)
    with here.database.write() as connection:
        traffic.begin(connection, here.clock, exchange)
    response = act()
    traffic.finish(here.database, exchange, response.status_code)
    return response


def wire_target() -> str:
    """Path and query of this request as they came over the wire."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    if isinstance(raw, str) and raw.startswith("/"):
        return raw
    query = request.query_string.decode("latin-1")
    return request.path + (f"?{query}" if query else "")


def _carry_out(
    here: World, exchange: traffic.Exchange, effect: bool, act: Callable[[], Response], broken: Callable[[], Response]
) -> Response:
    with here.database.write() as connection:
        exchange.mishap = mishaps.take_for_call(connection, exchange.target, effect, exchange.path)
        traffic.begin(connection, here.clock, exchange)
    if exchange.mishap == "error":
        response = broken()
    elif exchange.mishap == "refused":
        response = problem(422, "refused-on-order", "社保卡系统这次没有同意办理，请到窗口问清原因。")
    elif exchange.mishap == "timeout":
        response = _silence(here)
    else:
        response = act()
        if exchange.mishap == "lost_reply":
            response = _silence(here)
    gone = exchange.mishap in ("timeout", "lost_reply")
    traffic.finish(here.database, exchange, None if gone else response.status_code)
    return response


def _silence(here: World) -> Response:
    time.sleep(here.silence)
    response = problem(504, "no-answer", "对方没有回音")
    response.headers["Connection"] = "close"
    return response


def _error() -> Response:
    return problem(503, "unavailable", "对方系统出了故障")


def _busy() -> Response:
    return errcode(-1)


def _refuse_unsigned(here: World, exchange: traffic.Exchange) -> Response:
    with here.database.write() as connection:
        traffic.begin(connection, here.clock, exchange)
    traffic.finish(here.database, exchange, 401)
    return problem(401, "unauthorized", "")


def _exchange(target: str, meaning: str, proof: str) -> traffic.Exchange:
    return traffic.Exchange(
        target=target,
        sender="app",
        receiver=target,
        method=request.method,
        path=request.path,
        meaning=meaning,
        is_call=True,
        proof=proof,
    )


def _keys(here: World, target: str) -> list[tuple[str, bytes]]:
    if target == "registry":
        return [("registry", here.settings.registry_key)]
    return [(each.code, key) for each in here.settings.providers.values() for key in each.keys]
