"""What has served is thrown away: OAuth states after a day, drafts after thirty."""

from sqlalchemy import func, select

from tests.town import BUNDLE
from wxserver.store.tables.applications import Draft
from wxserver.store.tables.identity import OAuthState


def rows(town, table):
    with town.database.read() as unit:
        return unit.session.scalar(select(func.count()).select_from(table))


def test_states_and_drafts_go_when_their_time_is_over_and_not_before(town):
    citizen = town.citizen().sign_in()
    saved = citizen.api("PUT", f"/drafts/{BUNDLE}/apply", {"form": {"phone": "13800005620"}})
    assert saved.status_code == 200, saved.text
    states, drafts = rows(town, OAuthState), rows(town, Draft)
    town.desk.tidying.tidy()
    assert (rows(town, OAuthState), rows(town, Draft)) == (states, drafts)
    town.sandbox.control("time", {"advance": "PT25H"})
    town.desk.tidying.tidy()
    assert (rows(town, OAuthState), rows(town, Draft)) == (0, drafts)
    town.sandbox.control("time", {"advance": f"PT{24 * 30}H"})
    town.desk.tidying.tidy()
    assert rows(town, Draft) == 0
