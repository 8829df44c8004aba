"""A clerk's page of a guardianship: first look, then decide; without papers only after seeing the originals."""

from __future__ import annotations

import io
import uuid

import pytest
from flask.testing import FlaskClient

from tests.web.pages import SAMPLES, hidden, page, signed_in
from tests.web.staff import StaffClient, staff_client
from tests.web.test_citizen_for_whom import claimed
from tests.web.world import Town

TICK = "我在窗口看过户口簿和监护关系证明原件"


@pytest.fixture
def mother(jieyang: Town) -> FlaskClient:
    return signed_in(jieyang, f"mother-{uuid.uuid4().hex[:10]}")


@pytest.fixture
def clerk(jieyang: Town) -> StaffClient:
    return staff_client(jieyang.app, "clerk")


def hand_in_papers(mother: FlaskClient, ward: str) -> None:
    where = f"/me/children/{ward}"
    files = {
        kind: (io.BytesIO((SAMPLES / "id-front.jpg").read_bytes()), f"{kind}.jpg")
        for kind in ("household_register", "guardianship_proof")
    }
    token = hidden(page(mother, where), "csrf_token")
    sent = mother.post(where, data={"csrf_token": token, **files}, content_type="multipart/form-data")
    assert sent.status_code == 303, sent.text


def test_without_papers_a_clerk_confirms_only_after_saying_that_the_originals_were_seen(
    jieyang: Town, mother: FlaskClient, clerk: StaffClient
) -> None:
    at = f"/admin/guardianships/{claimed(jieyang, mother, proven=False)}"
    assert TICK in page(clerk, at)
    for typed in ({}, {"originals": ""}, {"originals": "no"}):
        refused = clerk.post_form(f"{at}/confirm", data=typed)
        assert refused.status_code == 422
        assert 'href="#f-originals"' in refused.text
        assert 'id="f-originals-error"' in refused.text
        assert 'aria-describedby="f-originals-error"' in refused.text
    assert "正在核对" in page(clerk, at)
    stale = clerk.post(f"{at}/confirm", data={"csrf_token": "old", "originals": "yes"})
    assert stale.status_code == 422
    assert 'value="yes" checked' in stale.text
    assert "done=confirm" in clerk.post_form(f"{at}/confirm", originals="yes").location
    assert "已核对" in page(clerk, at)
    assert clerk.post_form(f"{at}/confirm").status_code == 409, "decided: there is nothing to tick"


def test_with_papers_nothing_is_to_be_ticked(jieyang: Town, mother: FlaskClient, clerk: StaffClient) -> None:
    ward = claimed(jieyang, mother, proven=False)
    hand_in_papers(mother, ward)
    at = f"/admin/guardianships/{ward}"
    assert TICK not in page(clerk, at)
    assert "done=confirm" in clerk.post_form(f"{at}/confirm").location


def test_looking_comes_before_deciding(jieyang: Town, mother: FlaskClient, clerk: StaffClient) -> None:
    at = f"/admin/guardianships/{claimed(jieyang, mother, proven=False)}"
    masked = page(clerk, at)
    assert masked.index(f'action="{at}/unmask"') < masked.index(f'action="{at}/confirm"')
    shown = clerk.post_form(f"{at}/unmask", why="check", note="核对户口簿和证明").text
    assert f'action="{at}/unmask"' not in shown
    assert f'action="{at}/confirm"' in shown
