"""What the person sees of E证通: its own steps, the tick, and the buttons that decide in the camera's place."""

import sqlite3
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request

from wxserver.sandbox import eid, eid_orders, eid_results, far_side
from wxserver.sandbox.people import tidy_number
from wxserver.sandbox.world import World, world

blueprint = Blueprint("eid_page", __name__, url_prefix="/eid")

RESULTS = ("passed", "failed", "cancelled")
ON_THE_WAY = {"open": "打开 E证通", "consent": "打开 E证通的核验页", "decide": "勾选同意，开始人脸核验"}


def _stage() -> str:
    """Which step this view is; only in the phone's frame does WeChat ask first whether to open the mini-program."""
    if request.args.get("step") == "2":
        return "decide" if request.args.get("agreed") == "yes" else "consent"
    framed = request.headers.get("Sec-Fetch-Dest") == "iframe"
    return "open" if framed and "step" not in request.args else "consent"


@blueprint.get("/<token>")
@far_side.page("identity", lambda: ON_THE_WAY[_stage()])
def show(token: str) -> Response:
    """The page as far as the person has come; from the first view on the state is ``doing``."""
    here, stage = world(), _stage()
    with here.database.write() as connection:
        row = eid.find(connection, token)
        if row is not None and stage != "open":
            connection.execute("UPDATE eid SET opened = 1 WHERE token = ?", (token,))
    if row is None:
        return _page(404, title="没有找到这次核验", row=None, step="gone")
    state = eid_results.status(row, here.clock.timestamp())
    if state in ("finished", "timeout"):
        title = "这次核验已经结束" if state == "finished" else "这次核验已经过期"
        return _page(200, title=title, row=row, step="over")
    missing = stage == "consent" and request.args.get("step") == "2"
    return _page(200, title="人脸核验", row=row, step=stage, missing=missing)


@blueprint.post("/<token>")
@far_side.page("identity", "做完 E证通核验")
def decide(token: str) -> Response:
    """Take a result, once, and send the person back with the token; ``cancelled`` only sends them back.

    Form: ``result`` passed, failed or cancelled; with failed an ``err_code`` of the list, else 2016.
    """
    here, result, given = world(), request.form.get("result", ""), request.form.get("err_code", "")
    with here.database.read() as connection:
        row = eid.find(connection, token)
    if row is None:
        return _page(404, title="没有找到这次核验", row=None, step="gone")
    known = given in map(str, eid_results.FAILURES)
    if result not in RESULTS or (result == "failed" and given and not known):
        return _page(400, title="请选一个结果", row=row, step="decide")
    if eid_results.status(row, here.clock.timestamp()) == "timeout":
        return _page(200, title="这次核验已经过期", row=row, step="over")
    if result != "cancelled":
        code = int(given or eid_results.NOT_THE_SAME) if result == "failed" else eid_results.PASSED
        settle(here, row, code)
    if not row["return_url"]:
        return _page(200, title="这次核验已经结束", row=row, step="over")
    return make_response(redirect(with_token(row["return_url"], token), 303))


def settle(here: World, row: sqlite3.Row, code: int) -> None:
    """Give a verification its final result, once: the code given, or what a script has ordered instead."""
    with here.database.write() as connection:
        if connection.execute("SELECT 1 FROM eid WHERE token = ? AND err_code IS NULL", (row["token"],)).fetchone():
            person = tidy_number(row["id_card"])
            ordered = eid_orders.take(connection, "err_code", id_number=person)
            lie = eid_orders.take(connection, "lie", id_number=person)
            connection.execute(
                "UPDATE eid SET err_code = ?, lie = ? WHERE token = ?",
                (code if ordered is None else int(ordered), lie, row["token"]),
            )


def with_token(address: str, token: str) -> str:
    """An address with ``token`` at the end of its query, before any fragment."""
    parts = urlsplit(address)
    query = "&".join(filter(None, (parts.query, urlencode({"token": token}))))
    return urlunsplit(parts._replace(query=query))


def _page(status: int, *, title: str, row: sqlite3.Row | None, step: str, missing: bool = False) -> Response:
    here = world()
    shown: dict[str, str] = {}
    if row is not None:
        name, number = row["name"], row["id_card"]
        merchant = here.settings.merchants.get(row["merchant"])
        shown = {
            "name": name[0] + "*" * max(1, len(name) - 2) + (name[-1] if len(name) > 2 else ""),
            "number": number[:4] + "*" * (len(number) - 8) + number[-4:] if len(number) > 8 else "*" * len(number),
            "service": merchant.name if merchant else "E证通",
            "back": with_token(row["return_url"], row["token"]) if row["return_url"] else "",
        }
    text = render_template(
        "sandbox/eid.html",
        title=title,
        step=step,
        missing=missing,
        shown=shown,
        account=here.settings.service_account(),
        failures=eid_results.FAILURES,
    )
    return make_response(text, status)
