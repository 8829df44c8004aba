"""Going through a preview as a browser without JavaScript and without cookies does, to its end or to a refusal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient

from bundles import places, regions
from bundles.definition import Bundle, Field, Item

MOST_PAGES = 60


@dataclass
class Walked:
    """Where a walk ended: `status` and `html` of its last page, and all addresses on the way."""

    status: int
    path: str
    html: str
    visited: list[str]

    @property
    def arrived(self) -> bool:
        return self.status == 200 and "/cases/" in self.path


def walk(client: FlaskClient, start: str, bundle: Bundle, item: Item, **answers: str) -> Walked:
    """From the guide (`start`) by way of every step to the case. `answers` by field code; others are made up."""
    path, visited = start, [start]
    for _ in range(MOST_PAGES):
        got = client.get(path)
        html = got.text
        if got.status_code in (301, 303, 308):
            path = got.location
            visited.append(path)
            continue
        if got.status_code != 200 or "/cases/" in path:
            return Walked(got.status_code, path, html, visited)
        onward = _press(client, path, html, bundle, item, answers)
        if onward.status_code != 303:
            return Walked(onward.status_code, path, onward.text, visited)
        path = onward.location
        visited.append(path)
    raise AssertionError(visited)


class _Link:
    status_code = 303

    def __init__(self, location: str) -> None:
        self.location, self.text = location, ""


def _press(client: FlaskClient, path: str, html: str, bundle: Bundle, item: Item, answers: dict[str, str]) -> Any:
    """Do what the page asks for, and press its main button."""
    bare = path.partition("?")[0]
    if bare.endswith("/place"):
        return _post(client, path, html, _placed(bundle, item))
    if bare.endswith("/card"):
        return _post(client, path, html, {"card_id": "card-1"})
    if bare.endswith("/form"):
        sent = _post(client, path, html, _filled(item, answers))
        for _ in range(4):
            if sent.status_code != 200:
                break
            sent = _post(client, path, sent.text, _filled(item, answers))
        return sent
    if "/materials/" in bare:
        assert _post(client, path, html, {"do": "sample"}).status_code == 303
        return _post(client, path, html, {"do": "next"})
    if bare.endswith("/check"):
        return _post(client, path, html, {})
    found = re.search(r'class="foot".*?<a class="button" href="([^"]+)"', html, re.DOTALL)
    assert found, f"no way on from {path}"
    return _Link(found.group(1).replace("&amp;", "&"))


def _post(client: FlaskClient, path: str, html: str, typed: dict[str, str]) -> Any:
    kept: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', html):
        kept.setdefault(name, []).append(value)
    kept = {name: values for name, values in kept.items() if not name.startswith("form.")}
    return client.post(path, data={**kept, **typed})


def _placed(bundle: Bundle, item: Item) -> dict[str, str]:
    place = next(each for each in places.open_places(bundle, item) if each.banks)
    return {f"form.{each.code}": place.code if each.kind == "place" else place.banks[0] for each in item.place_fields}


def _filled(item: Item, answers: dict[str, str]) -> dict[str, str]:
    typed: dict[str, str] = {}
    for each in item.form_fields:
        name, value = f"form.{each.code}", answers.get(each.code, _made_up(each))
        if each.kind == "date":
            typed |= dict(zip((f"{name}.year", f"{name}.month", f"{name}.day"), value.split("-"), strict=True))
        else:
            typed[name] = value
    return typed


def _made_up(each: Field) -> str:
    if each.kind == "choice":
        return each.choices[0].code
    if each.kind == "region":
        code = each.within
        while offered := regions.offered(code, each.level):
            code = offered[0].code
        return code
    words = {"phone": "13800005620", "email": "a@example.com", "yes_no": "yes", "date": "1990-1-1"}
    return words.get(each.kind, "样例" + "字" * each.min_length)
