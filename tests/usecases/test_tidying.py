"""What has served is thrown away: OAuth states after a day, drafts after thirty."""

from sqlalchemy import select

from tests.town import BUNDLE
from wxserver.store.tables.applications import Draft
from wxserver.store.tables.identity import OAuthState


def keys(town, column):
    with town.database.read() as unit:
        return set(unit.session.scalars(select(column)))


def test_states_and_drafts_go_when_their_time_is_over_and_not_before(town):
    states_before, drafts_before = keys(town, OAuthState.state_hash), keys(town, Draft.id)
    citizen = town.citizen().sign_in()
    saved = citizen.api("PUT", f"/drafts/{BUNDLE}/apply", {"form": {"phone": "13800005620"}})
    assert saved.status_code == 200, saved.text
    states = keys(town, OAuthState.state_hash) - states_before
    drafts = keys(town, Draft.id) - drafts_before
    assert len(states) == len(drafts) == 1
    town.desk.tidying.tidy()
    assert states <= keys(town, OAuthState.state_hash)
    town.sandbox.control("time", {"advance": "PT25H"})
    town.desk.tidying.tidy()
    assert not states & keys(town, OAuthState.state_hash)
    assert drafts <= keys(town, Draft.id)
    town.sandbox.control("time", {"advance": f"PT{24 * 30}H"})
    town.desk.tidying.tidy()
    assert not drafts & keys(town, Draft.id)
