"""Members of staff for tests: an account and a live session, put straight into the database."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from wxserver.store import staff
from wxserver.usecases.desk import UseCases
from wxserver.usecases.rights import Member
from wxserver.usecases.tokens import hash_of
from wxserver.web.staff_guard import COOKIE


def _desk(app: Flask) -> UseCases:
    found: UseCases = app.extensions["usecases"]
    return found


def sign_in(
    app: Flask,
    *roles: str,
    username: str = "",
    regions: Sequence[str] = (),
    bundles: Sequence[str] = (),
    stage: str = "full",
) -> tuple[str, Member]:
    """A new account with a session: (token, member). Without a username it gets one of its own."""
    world, desk, token = app.extensions["world"], _desk(app), secrets.token_hex(32)
    named, now = username or f"staff-{secrets.token_hex(4)}", world.clock.now()
    with world.database.write() as unit:
        account = staff.add(
            unit,
            username=named,
            name=f"{named} 的名字",
            roles=roles,
            regions=regions,
            bundles=bundles,
            password_hash="never used",
            must_change=False,
            by="test",
            now=now,
        )
        staff.begin_session(
            unit,
            staff_id=account,
            token_hash=hash_of(token),
            stage=stage,
            agent="tests",
            now=now,
            expires_at=now + timedelta(hours=12),
        )
    member = desk.staffing.find(token)
    assert member is not None
    return token, member


def member_of(app: Flask, *roles: str, **scope: Any) -> Member:
    """A member of staff with these roles."""
    return sign_in(app, *roles, **scope)[1]


class StaffClient(FlaskClient):
    """A browser of a member of staff."""

    member: Member
    home: str
    """Where a test works, if it works in one place."""
    draft: Any

    @property
    def csrf(self) -> str:
        """The token that forms carry."""
        return self.member.csrf_token

    def post_form(self, path: str, **fields: Any) -> Any:
        """Post a form with its token. Names with dots or brackets go into `data`, a mapping."""
        data = {**fields.pop("data", {}), **fields, "csrf_token": self.csrf}
        return self.post(path, data=data)

    def call(self, method: str, path: str, **more: Any) -> Any:
        """Ask the API under /api/v1/admin/."""
        headers = {"X-CSRFToken": self.csrf} | more.pop("headers", {})
        return self.open(f"/api/v1/admin/{path}", method=method, headers=headers, **more)


def staff_client(app: Flask, *roles: str, **scope: Any) -> StaffClient:
    """A browser signed in as a new member of staff with these roles."""
    token, member = sign_in(app, *roles, **scope)
    client = StaffClient(app, app.response_class, use_cookies=True)
    client.member = member
    client.set_cookie(COOKIE, token)
    return client


def part(pattern: str, text: str, group: int = 1) -> str:
    """A group of a pattern that is in a page."""
    found = re.search(pattern, text)
    assert found, pattern
    return found[group]
