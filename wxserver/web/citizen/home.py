"""Pages that are open to everybody: home with its search, help, privacy, and the size of the letters."""

import re
import unicodedata

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles.search import LONGEST
from wxserver.usecases.signing_in import safe_next
from wxserver.web.citizen.blueprint import DISPLAY_COOKIE, blueprint, known
from wxserver.web.citizen.cases import by_date
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed

_A_YEAR = 31_536_000
_SHOWN_CASES = 2
_SHOWN_ITEMS = 4
_LONG_NUMBER = re.compile(r"(?:[\d零〇一二三四五六七八九]\W*){6,}")
_NO_NUMBERS = "找事项不用填号码。请写要办的事，例如“卡丢了”。"


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """The home page: what needs the person first, then what is offered. With `q` it shows what fits these words."""
    if "q" in request.args:
        return _found(_words(request.args["q"]))
    session = known()
    under_way = by_date(desk().casework.open_cases(session)) if session else []
    bundles = [published.bundle for published in desk().catalogue.bundles()]
    return render_template(
        "citizen/home.html",
        person=desk().sessions.person(session) if session else None,
        unread=desk().inbox.unread(session) if session else 0,
        needing=[each for each in under_way if each.status == "correcting"],
        under_way=[each for each in under_way if each.status != "correcting"][:_SHOWN_CASES],
        bundles=bundles,
        usual=[(bundle, item) for bundle in bundles[:1] for item in bundle.items][:_SHOWN_ITEMS],
    )


@blueprint.post("/")
@keeps_typed
def search() -> ResponseReturnValue:
    """What was written into the search box. Only words that find something get into an address, and no number does:
    people write their names and documents into any box."""
    words = _words(request.form.get("q", ""))
    if not words:
        return redirect(url_for("citizen.home"), 303)
    if not _LONG_NUMBER.search(words) and desk().searching.find(words):
        return redirect(url_for("citizen.home", q=words), 303)
    return _found(words)


def _words(text: str) -> str:
    readable = "".join(each for each in unicodedata.normalize("NFKC", text) if each.isprintable())
    return readable.strip()[:LONGEST]


def _found(words: str) -> ResponseReturnValue:
    """What fits the words, and what to do where nothing does."""
    refused = _LONG_NUMBER.search(words) is not None
    if refused and request.method == "GET":
        return redirect(url_for("citizen.home", q=""), 303)
    hits = () if refused else desk().searching.find(words)
    return render_template(
        "citizen/search.html",
        words="" if refused else words,
        refused=_NO_NUMBERS if refused else None,
        hits=hits,
        promises={
            (hit.bundle.code, hit.item.code): desk().catalogue.promise(hit.bundle, hit.item)
            for hit in hits
            if hit.question is None
        },
        bundles=[published.bundle for published in desk().catalogue.bundles()],
    )


@blueprint.get("/help")
def help_page() -> ResponseReturnValue:
    """Phone, window, and how an application goes."""
    return render_template("citizen/help.html", bundles=[published.bundle for published in desk().catalogue.bundles()])


@blueprint.get("/privacy")
def privacy() -> ResponseReturnValue:
    """The full texts that people consent to, one section per purpose (`#<purpose>`)."""
    return render_template("citizen/privacy.html", texts=desk().consenting.current())


@blueprint.get("/display")
def display() -> ResponseReturnValue:
    """Remember `size` (big, normal) on this phone and go back to `next`, a page of ours."""
    response = redirect(safe_next(request.args.get("next")), 303)
    size = "big" if request.args.get("size") == "big" else "normal"
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(DISPLAY_COOKIE, size, max_age=_A_YEAR, secure=secure, httponly=True, samesite="Lax")
    response.headers["Cache-Control"] = "no-store"
    return response
