"""Walking through the citizen's pages as a browser without JavaScript does."""

from __future__ import annotations

import io
import re
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.world import BUNDLE, NAME, NUMBER, Town

CHANGE = f"/bundles/{BUNDLE}/change-information"
APPLY = f"/bundles/{BUNDLE}/apply"
SAMPLES = Path(__file__).parents[2] / "wxserver" / "sandbox" / "static" / "samples"


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    """The text of a page that answers with this status."""
    response = client.get(path)
    assert response.status_code == status, response.location or response.text
    return response.text


def hidden(html: str, name: str) -> str:
    """The value of a hidden input."""
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', html)
    assert found, f"no {name} on the page"
    return found.group(1)


def send(client: FlaskClient, path: str, **typed: str) -> TestResponse:
    """Fill in the form of a page as a browser would, and send it."""
    html = page(client, path)
    kept = {name: hidden(html, name) for name in re.findall(r'type="hidden" name="([^"]+)"', html)}
    return client.post(path, data=kept | typed)


def upload(client: FlaskClient, code: str, sample: str, **more: str) -> TestResponse:
    """Hand in a drawn picture as a material of the application, as a browser without JavaScript does."""
    path = f"{APPLY}/materials/{code}"
    token = hidden(page(client, path), "csrf_token")
    typed = {"csrf_token": token, "do": "add", "file": (io.BytesIO((SAMPLES / sample).read_bytes()), sample)}
    return client.post(path, data=typed | more, content_type="multipart/form-data")


def hand_in(client: FlaskClient) -> None:
    """Both materials of the application."""
    for code, sample in (("identity", "id-front.jpg"), ("photo", "portrait-white.jpg")):
        assert upload(client, code, sample).location == f"{APPLY}/materials/{code}"


def signed_in(town: Town, openid: str, number: str = NUMBER) -> FlaskClient:
    """A browser that has come through WeChat and the face verification."""
    client = town.browser(openid)
    consent = re.search(r'name="consent" value="([^"]+)"', page(client, "/login"))
    ticked = {"consent": consent.group(1)} if consent else {}
    typed = {"name": NAME, "id_type": "resident_id", "id_number": number}
    sent = send(client, "/login", provider="signed", **ticked, **typed)
    assert sent.location.startswith("https://identity.example/face/"), sent.text
    back = town.provider.decide().return_url
    assert client.get(back.partition("8000")[2]).status_code == 303
    return client
