"""What a thief of the database sees: no name, number, phone, address or answer."""

import json

from sqlalchemy import text

from tests.town import BUNDLE, wait_for
from wxserver.store.tables import Base


def test_no_table_holds_anything_personal_in_clear(town):
    citizen = town.citizen("active", name="欧阳桂英").sign_in()
    address = "揭阳市榕城区东升街道建阳路 8 号 302"
    citizen.api("PUT", f"/drafts/{BUNDLE}/replace", {"form": {"phone": "13800007777", "address": address}})
    citizen.change_phone("13800008888")
    number = citizen.apply(phone="13800009999", address=address).json()["number"]
    wait_for(lambda: "production_accepted" in [entry["node"] for entry in citizen.case(number)["timeline"]])
    secrets = [
        citizen.name,
        citizen.id_number,
        "13800007777",
        "13800008888",
        "13800009999",
        "建阳路",
        citizen.person["cards"][0]["number"],
        citizen.person["cards"][0]["card"],
    ]
    with town.database.read() as unit:
        for table in Base.metadata.tables:
            for row in unit.session.execute(text(f'SELECT * FROM "{table}"')):
                shown = json.dumps([str(value) for value in row], ensure_ascii=False)
                for secret in secrets:
                    assert secret not in shown, table
