"""The citizen's own pages over a pretend desk: a version as it would be seen, behind a signed link, without a session.

The views are those of the citizens, each under an address of its own below `/preview/<token>/<size>`. No cookie is
read or set; the size of the letters stands in the address. What they ask of the desk, a pretend one answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

import flask
from flask import Blueprint, Response, current_app, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from jinja2 import TemplateError
from werkzeug.exceptions import NotFound as NoSuchPage

from wxserver.usecases.faults import Problem
from wxserver.usecases.pretending import VISITOR
from wxserver.usecases.previewing import Faulty, Gone, Look
from wxserver.usecases.tokens import new_token
from wxserver.web.assets import asset_url
from wxserver.web.bodies import is_readable
from wxserver.web.citizen import cases, home, offering, photos, places, steps, submitting
from wxserver.web.citizen.problems import page
from wxserver.web.desk import desk

blueprint: Final = Blueprint("preview", __name__, url_prefix="/preview/<token>")

SIZES: Final = ("normal", "big")
SAMPLE: Final = "sample"
"""The value of the button that stands for handing in a picture."""

_POLICY: Final = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ]
)
_UNFINISHED: Final = "这一页要用的内容还没有填好。请先在编辑页改好列出的每一处，再回来看。"
_NOTHING_SENT: Final = "这是预览：刚才没有提交任何东西，也没有真的办件。"
_ITEM: Final = "/bundles/<bundle_code>/<item_code>"


@dataclass(frozen=True, slots=True)
class Frame:
    """What the pages of a preview say of themselves. `note`: an extra sentence, or empty."""

    number: int
    note: str


def _save_photo(bundle_code: str, item_code: str, material_code: str) -> ResponseReturnValue:
    """As the real page, but a button takes the place of the picture; one that comes all the same is not looked at."""
    if request.form.get("do", SAMPLE) in ("next", "delete") and not request.files:
        return photos.save_photo(bundle_code, item_code, material_code)
    walk, material = photos.step_of(bundle_code, item_code, material_code)
    desk().drafting.attach(VISITOR, walk.bundle.code, walk.item.code, f"{material.kind}-{new_token()[:8]}")
    return redirect(photos.here(walk, material), 303)


for _name, _method, _rule, _view in (
    ("bundle", "GET", "/bundles/<bundle_code>", offering.bundle),
    ("places", "GET", "/bundles/<bundle_code>/places", places.places),
    ("guide", "GET", _ITEM, offering.guide),
    ("place", "GET", f"{_ITEM}/place", places.place),
    ("save_place", "POST", f"{_ITEM}/place", places.save_place),
    ("card", "GET", f"{_ITEM}/card", steps.card),
    ("save_card", "POST", f"{_ITEM}/card", steps.save_card),
    ("form", "GET", f"{_ITEM}/form", steps.form),
    ("save_form", "POST", f"{_ITEM}/form", steps.save_form),
    ("drop_draft", "POST", f"{_ITEM}/draft", steps.drop_draft),
    ("photo", "GET", f"{_ITEM}/materials/<material_code>", photos.photo),
    ("save_photo", "POST", f"{_ITEM}/materials/<material_code>", _save_photo),
    ("check", "GET", f"{_ITEM}/check", submitting.check),
    ("submit", "POST", f"{_ITEM}/check", submitting.submit),
    ("cases", "GET", "/cases", cases.cases),
    ("case", "GET", "/cases/<number>", cases.case),
    ("receipt", "GET", "/cases/<number>/receipt", cases.receipt),
    ("help_page", "GET", "/help", home.help_page),
    ("privacy", "GET", "/privacy", home.privacy),
):
    blueprint.add_url_rule(
        f"/<any(normal,big):size>{_rule}",
        _name,
        cast("Callable[..., ResponseReturnValue]", _view),
        methods=[_method],
    )


@blueprint.get("/")
def enter() -> ResponseReturnValue:
    """Begin where the items are chosen."""
    return redirect(_address("citizen.home", {}), 303)


@blueprint.url_value_preprocessor
def take_token(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Token and size are no arguments of the citizen's views."""
    known = values if values is not None else {}
    g.preview_token, g.preview_size = known.pop("token", ""), known.pop("size", SIZES[0])


@blueprint.before_request
def set_the_stage() -> None:
    """Everything that the page asks from here on is answered by the pretend desk."""
    texts = [*(request.view_args or {}).values(), *request.args.values()]
    if not all(is_readable(str(each)) for each in texts):
        raise NoSuchPage
    look = desk().previewing.look(g.preview_token, str((request.view_args or {}).get("item_code", "")))
    g.preview, g.session, g.stage, g.addresses = look, VISITOR, look.desk, _address


@blueprint.context_processor
def frame() -> dict[str, object]:
    """What differs from the real pages; see `blueprint.page_frame`."""
    look = cast("Look | None", g.get("preview"))
    if look is None:
        return {}
    here, big = request.full_path.rstrip("?"), g.preview_size == "big"
    start = f"/preview/{g.preview_token}/"
    return {
        "preview": Frame(look.version.number, _NOTHING_SENT if "/cases" in request.path else ""),
        "big": big,
        "display_url": here.replace(f"{start}{g.preview_size}/", f"{start}{SIZES[not big]}/", 1),
        "login_url": _address("citizen.home", {}),
    }


@blueprint.after_request
def show_in_our_frame_only(response: Response) -> Response:
    """The staff's page holds it in a frame; nobody keeps it or finds it."""
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.errorhandler(Gone)
@blueprint.errorhandler(Faulty)
def over(problem: Problem) -> ResponseReturnValue:
    """A link that shows nothing (any more)."""
    return _plain(problem.detail, problem.status)


@blueprint.errorhandler(Problem)
def refused(problem: Problem) -> ResponseReturnValue:
    """A link that is none; within a preview the citizen's own page."""
    if g.get("preview") is None:
        return _plain(problem.detail, problem.status)
    return page(problem)


@blueprint.errorhandler(TemplateError)
@blueprint.errorhandler(LookupError)
@blueprint.errorhandler(TypeError)
@blueprint.errorhandler(ValueError)
@blueprint.errorhandler(AttributeError)
def unfinished(error: Exception) -> ResponseReturnValue:
    """A draft with faults may point to what is not there: that is no failure of ours."""
    look = cast("Look | None", g.get("preview"))
    if look is None or not look.is_faulty:
        raise error
    return _plain(_UNFINISHED, 409)


def _plain(sentence: str, status: int) -> ResponseReturnValue:
    return render_template("citizen/preview_over.html", sentence=sentence), status


def _address(endpoint: str, values: dict[str, Any]) -> str:
    """Where an address of the citizen's pages lies in this preview; what it does not have leads to its first page."""
    name = endpoint.removeprefix("citizen.")
    if name == endpoint:
        return flask.url_for(endpoint, **values)
    if name == "upload":
        return asset_url("preview-sample.svg")
    own: dict[str, Any] = {"token": g.preview_token, "size": g.preview_size}
    if f"preview.{name}" in current_app.view_functions:
        return flask.url_for(f"preview.{name}", **own, **values)
    return flask.url_for("preview.bundle", **own, bundle_code=g.preview.bundle.code)
