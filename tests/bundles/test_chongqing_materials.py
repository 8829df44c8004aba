"""Chongqing, cell by cell: what is shown where, by whom, and whose it is. Every cell of CQ-1 and CQ-8, and the rest."""

import pytest

from tests.bundles.in_chongqing import (
    ADULT,
    CARD_OR_ID,
    OF_ADULTS,
    PHONE,
    PICKED_UP,
    by_code,
    item,
    materials,
    somebody,
    suffices,
    told,
)

COUNTERS = ("window", "kiosk")


def shape(found):
    """Of each material whose it is, as what it counts, whether it is necessary, in which form."""
    return {code: (each.whose, each.kind, each.necessity, each.form) for code, each in found.items()}


@pytest.mark.rule("CQ-1.1", "CQ-1b.1")
@pytest.mark.parametrize("channel", COUNTERS)
def test_who_applies_at_a_counter_shows_a_document_and_a_photo(channel):
    asked = materials("apply", channel, "self")
    assert shape(asked) == {
        "identity": ("holder", "identity_document", "required", "original"),
        "photo": ("holder", "photo", "required", "original"),
    }
    assert asked["identity"].documents == OF_ADULTS
    assert told("apply", PHONE, channel=channel, shown=("identity", "photo")) == ()
    suffices("apply", channel, "self", ("identity", "photo"), PHONE)


@pytest.mark.rule("CQ-1.2", "CQ-1b.1")
@pytest.mark.parametrize("channel", COUNTERS)
def test_who_applies_for_an_adult_at_a_counter_shows_their_own_id_or_card_too(channel):
    asked = materials("apply", channel, "proxy")
    assert shape(asked) == {
        "identity": ("holder", "identity_document", "required", "original"),
        "photo": ("holder", "photo", "required", "original"),
        "proxy-identity": ("actor", "proxy_document", "required", "original"),
    }
    assert asked["identity"].documents == OF_ADULTS
    assert asked["proxy-identity"].documents == CARD_OR_ID
    assert told("apply", PHONE, channel=channel, acting_as="proxy", shown=tuple(asked)) == ()
    suffices("apply", channel, "proxy", tuple(asked), PHONE)


@pytest.mark.rule("CQ-1.3", "CQ-1b.1", "CQ-2.2", "CQ-2.4")
@pytest.mark.parametrize("channel", COUNTERS)
def test_who_applies_for_a_minor_at_a_counter_shows_the_childs_id_or_register_and_their_own(channel):
    asked = materials("apply", channel, "guardian")
    assert shape(asked) == {
        "minor-identity": ("holder", "identity_document", "required", "original"),
        "minor-register": ("holder", "household_register", "required", "original"),
        "minor-photo": ("holder", "photo", "optional", "original"),
        "proxy-identity": ("actor", "proxy_document", "required", "original"),
    }
    assert asked["minor-identity"].documents == ("resident_id",)
    for child in ("minor-identity", "minor-register"):
        assert told("apply", PHONE, channel=channel, acting_as="guardian", shown=(child, "proxy-identity")) == ()
        suffices("apply", channel, "guardian", (child, "proxy-identity"), PHONE)


@pytest.mark.rule("CQ-1.4", "CQ-2.3")
def test_who_applies_online_hands_in_pictures_of_a_document_and_of_themselves():
    asked = materials("apply", "online", "self")
    assert shape(asked) == {
        "identity-image": ("holder", "identity_document", "required", "electronic"),
        "photo-image": ("holder", "photo", "required", "electronic"),
    }
    assert asked["identity-image"].documents == OF_ADULTS
    assert item("apply").uploads_for("online", "self") == tuple(asked.values())
    good = ["identity_document", "identity_document", "photo"]
    assert told("apply", PICKED_UP, channel="online", pictures=good) == ()
    assert [f.path for f in told("apply", PICKED_UP, channel="online")] == [
        "uploads.identity-image",
        "uploads.photo-image",
    ]


@pytest.mark.rule("CQ-1.5", "CQ-2.2", "CQ-2.4")
def test_who_applies_online_for_a_minor_hands_in_the_childs_id_or_register_and_their_own_document():
    asked = materials("apply", "online", "guardian")
    assert shape(asked) == {
        "minor-identity-image": ("holder", "identity_document", "required", "electronic"),
        "minor-register-image": ("holder", "household_register", "required", "electronic"),
        "minor-photo-image": ("holder", "photo", "optional", "electronic"),
        "proxy-identity-image": ("actor", "proxy_document", "required", "electronic"),
    }
    assert all(each.upload for each in asked.values())
    assert asked["minor-identity-image"].documents == ("resident_id",)
    assert asked["proxy-identity-image"].documents == CARD_OR_ID
    for child in ("identity_document", "household_register"):
        for pictures in ([child, "proxy_document"], [child, "proxy_document", "photo"]):
            faults = told("apply", PICKED_UP, channel="online", acting_as="guardian", pictures=pictures)
            assert faults == (), pictures
    faults = told("apply", PICKED_UP, channel="online", acting_as="guardian", pictures=["household_register"])
    assert [fault.path for fault in faults] == ["uploads.proxy-identity-image"]
    faults = told("apply", PICKED_UP, channel="online", acting_as="guardian", pictures=["proxy_document"])
    assert [fault.path for fault in faults] == ["uploads.minor-identity-image"]


@pytest.mark.rule("CQ-1.6")
def test_nobody_applies_online_for_an_adult_and_is_told_why_and_where():
    assert materials("apply", "online", "proxy") == {}
    faults = told("apply", PICKED_UP, channel="online", acting_as="proxy")
    (fault,) = faults
    assert (fault.path, fault.code) == ("acting.as", "condition-online-adult")
    assert "要由本人或监护人办理；现在是由代办人办理" in fault.message
    assert "网上暂时不能替成年人申领" in fault.message
    assert "窗口" in fault.message
    assert any(each.code == "for-adults" for each in item("apply").questions)


@pytest.mark.rule("CQ-1.7")
def test_what_is_shown_at_a_counter_is_an_original_and_what_is_handed_in_online_a_picture():
    for each in item("apply").materials:
        online = each.channels == ("online",)
        assert (each.form, each.upload) == (("electronic", True) if online else ("original", False)), each.code
        assert each.copies == 1


@pytest.mark.rule("CQ-2.1")
@pytest.mark.parametrize("acting_as", ["self", "proxy"])
def test_the_five_kinds_of_document_are_taken_from_adults_and_no_other(acting_as):
    shown = tuple(materials("apply", "window", acting_as))
    for kind in OF_ADULTS:
        holder = somebody(ADULT, kind)
        assert told("apply", PHONE, acting_as=acting_as, holder=holder, shown=shown) == (), kind
    for kind in ("permanent_residence", "household_register", "social_security_card", "hmt_residence_permit"):
        faults = told("apply", PHONE, acting_as=acting_as, holder=somebody(ADULT, kind), shown=shown)
        (message,) = by_code(faults).values()
        assert "证件要是居民身份证或港澳居民来往内地通行证或台湾居民来往大陆通行证或护照或军官证" in message
        assert "请换一种能用的证件来办" in message


@pytest.mark.rule("CQ-2.2")
def test_of_minors_id_and_register_are_taken():
    shown = ("minor-register", "proxy-identity")
    for kind in ("resident_id", "household_register"):
        assert told("apply", PHONE, acting_as="guardian", holder=somebody(9, kind), shown=shown) == ()
    faults = told("apply", PHONE, acting_as="guardian", holder=somebody(9, "passport"), shown=shown)
    assert "请用孩子的身份证或户口簿" in by_code(faults)["condition-minor-document"]


@pytest.mark.rule("CQ-2.3", "CQ-2.4")
def test_every_photo_is_one_inch_on_white_bareheaded_and_a_minors_is_optional():
    photos = [each for each in item("apply").materials if each.kind == "photo"]
    assert len(photos) == 4
    for each in photos:
        assert "1 寸" in each.name + each.note
        assert "白底，不戴帽子" in each.note
        assert each.necessity == ("optional" if each.acting == ("guardian",) else "required")
        if each.upload:
            assert each.photo is not None
            assert (each.photo.width, each.photo.height, each.photo.background) == (358, 441, "white")


@pytest.mark.parametrize("channel", COUNTERS)
@pytest.mark.parametrize(
    ("acting_as", "alternatives", "photo"),
    [
        pytest.param("self", [("identity",)], "photo", id="self"),
        pytest.param("proxy", [("identity", "proxy-identity")], "photo", id="proxy of an adult"),
        pytest.param(
            "guardian",
            [("minor-register", "proxy-identity"), ("minor-card", "proxy-identity")],
            "minor-photo",
            id="proxy of a minor",
        ),
    ],
)
def test_a_replacement_asks_at_each_counter_for_what_its_cell_says(channel, acting_as, alternatives, photo):
    asked = materials("replace", channel, acting_as)
    assert set(asked) == {code for codes in alternatives for code in codes} | {photo}
    assert all(each.form == "original" for each in asked.values())
    for shown in alternatives:
        assert told("replace", {}, channel=channel, acting_as=acting_as, shown=shown) == ()
        suffices("replace", channel, acting_as, shown, {})


@pytest.mark.rule("CQ-8.1", "CQ-8.4")
@pytest.mark.parametrize("channel", COUNTERS)
def test_a_replacement_is_had_by_oneself_with_a_document_or_the_card(channel):
    assert shape(materials("replace", channel, "self")) == {
        "identity": ("holder", "identity_document", "required", "original"),
        "photo": ("holder", "photo", "if_changed", "original"),
    }
    assert materials("replace", channel, "self")["identity"].documents == (*OF_ADULTS, "social_security_card")
    suffices("replace", channel, "self", ("identity",), {})
    for kind in (*OF_ADULTS, "social_security_card"):
        assert told("replace", {}, channel=channel, holder=somebody(ADULT, kind), shown=("identity",)) == ()
    faults = told("replace", {}, channel=channel, holder=somebody(ADULT, "permanent_residence"), shown=("identity",))
    assert "请换一种能用的证件" in by_code(faults)["condition-document"]


@pytest.mark.rule("CQ-8.2", "CQ-8.5")
@pytest.mark.parametrize("channel", COUNTERS)
def test_a_replacement_is_had_for_an_adult_with_the_same_and_the_proxys_id_or_card(channel):
    asked = materials("replace", channel, "proxy")
    assert asked["identity"] == materials("replace", channel, "self")["identity"]
    assert shape(asked)["proxy-identity"] == ("actor", "proxy_document", "required", "original")
    assert asked["proxy-identity"].documents == CARD_OR_ID
    suffices("replace", channel, "proxy", ("identity", "proxy-identity"), {})


@pytest.mark.rule("CQ-8.3", "CQ-8.6")
@pytest.mark.parametrize("channel", COUNTERS)
def test_a_replacement_is_had_for_a_minor_with_register_or_card_and_the_proxys_id_or_card(channel):
    asked = materials("replace", channel, "guardian")
    assert shape(asked) == {
        "minor-register": ("holder", "household_register", "required", "original"),
        "minor-card": ("holder", "identity_document", "required", "original"),
        "minor-photo": ("holder", "photo", "if_changed", "original"),
        "proxy-identity": ("actor", "proxy_document", "required", "original"),
    }
    assert asked["minor-card"].documents == ("social_security_card",)
    assert asked["proxy-identity"].documents == CARD_OR_ID
    suffices("replace", channel, "guardian", ("minor-card", "proxy-identity"), {})


@pytest.mark.rule("CQ-8.8", "CQ-8.9")
def test_a_replacement_asks_for_a_photo_only_where_it_changes_or_a_minors_is_added():
    photo, child = (
        materials("replace", "window", who)[code] for who, code in (("self", "photo"), ("guardian", "minor-photo"))
    )
    assert (photo.necessity, child.necessity) == ("if_changed", "if_changed")
    assert "想换卡上的照片才要" in photo.note
    assert "想补上或更换照片才要" in child.note


@pytest.mark.parametrize(
    ("code", "channels", "own"),
    [
        pytest.param("change-information", ["window"], {"identity"}, marks=pytest.mark.rule("CQ-9.2")),
        pytest.param("activate", ["window"], {"identity"}, marks=pytest.mark.rule("CQ-7.2")),
        pytest.param("pin", ["window", "kiosk"], {"identity"}, marks=pytest.mark.rule("CQ-10.3")),
        pytest.param("unlock", ["window"], {"identity"}, marks=pytest.mark.rule("CQ-12.2")),
        pytest.param("card-status", ["window"], {"identity"}, marks=pytest.mark.rule("CQ-13.1")),
        pytest.param("cancel", ["window"], {"identity"}, marks=pytest.mark.rule("CQ-14.4")),
    ],
)
def test_who_comes_in_person_shows_card_or_id(code, channels, own):
    for channel in channels:
        asked = materials(code, channel, "self")
        assert shape(asked) == dict.fromkeys(own, ("holder", "identity_document", "required", "original"))
        assert asked["identity"].documents == CARD_OR_ID
        suffices(code, channel, "self", ("identity",), {})


@pytest.mark.parametrize("acting_as", ["proxy", "guardian"])
@pytest.mark.parametrize(
    ("code", "channels", "holders", "documents"),
    [
        pytest.param("pin", COUNTERS, "holder-card", ("social_security_card",), marks=pytest.mark.rule("CQ-10.4")),
        pytest.param("loss", COUNTERS, "holder-identity", CARD_OR_ID, marks=pytest.mark.rule("CQ-11.3")),
        pytest.param(
            "unlock", ("window",), "holder-card", ("social_security_card",), marks=pytest.mark.rule("CQ-12.3")
        ),
        pytest.param("card-status", ("window",), "holder-identity", CARD_OR_ID, marks=pytest.mark.rule("CQ-13.2")),
        pytest.param("cancel", ("window",), "holder-identity", CARD_OR_ID, marks=pytest.mark.rule("CQ-14.5")),
    ],
)
def test_who_comes_for_somebody_else_shows_that_persons_and_their_own(code, channels, holders, documents, acting_as):
    for channel in channels:
        asked = materials(code, channel, acting_as)
        assert shape(asked) == {
            holders: ("holder", "identity_document", "required", "original"),
            "proxy-identity": ("actor", "proxy_document", "required", "original"),
        }
        assert asked[holders].documents == documents
        assert asked["proxy-identity"].documents == CARD_OR_ID
        suffices(code, channel, acting_as, (holders, "proxy-identity"), {})


@pytest.mark.parametrize("channel", COUNTERS)
@pytest.mark.parametrize(
    ("action", "code", "documents"),
    [
        pytest.param("report", "identity-to-report", ("resident_id",), marks=pytest.mark.rule("CQ-11.1")),
        pytest.param("lift", "identity-to-lift", CARD_OR_ID, marks=pytest.mark.rule("CQ-11.2")),
    ],
)
def test_a_loss_is_reported_with_the_id_and_lifted_with_id_or_card(action, code, documents, channel):
    form = {"action": action}
    asked = materials("loss", channel, "self", form=form)
    assert shape(asked) == {code: ("holder", "identity_document", "required", "original")}
    assert asked[code].documents == documents
    state = "active" if action == "report" else "formally_lost"
    assert told("loss", form, channel=channel, state=state, shown=(code,)) == ()
    suffices("loss", channel, "self", (code,), form, state=state)


def test_no_item_asks_for_pictures_from_somebody_at_a_counter_or_on_the_phone():
    for code in ("activate", "loss", "card-status"):
        assert item(code).uploads_for("online", "self") == ()
    for each in item("loss").materials:
        assert "phone" not in each.channels
        assert "online" not in each.channels


AGENT = ("actor", "proxy_document", "required", "original")
BATCH_OF_NEW_CARDS = {
    "agent-identity": AGENT,
    "sheet": ("unit", "batch_sheet", "required", "electronic"),
    "photos": ("holder", "photo", "required", "electronic"),
    "id-scans": ("holder", "identity_document", "required", "electronic"),
    "register-scans": ("holder", "household_register", "required", "electronic"),
    "letter": ("unit", "introduction_letter", "required", "original"),
    "new-agent-letter": ("unit", "introduction_letter", "if_changed", "original"),
}


@pytest.mark.rule("CQ-4.2", "CQ-4.3", "CQ-4.4", "CQ-4.5", "CQ-4.8")
@pytest.mark.parametrize("channel", COUNTERS)
def test_a_batch_of_new_cards_asks_for_sheet_scans_and_letter_at_both_counters(channel):
    asked = materials("batch-apply", channel, "unit_agent")
    assert shape(asked) == BATCH_OF_NEW_CARDS
    assert asked["agent-identity"].documents == CARD_OR_ID
    assert asked["id-scans"].documents == ("resident_id",)
    for age, absent in ((18, {"register-scans"}), (17, {"photos", "id-scans"})):
        assert set(materials("batch-apply", channel, "unit_agent", age=age)) == set(BATCH_OF_NEW_CARDS) - absent


@pytest.mark.rule("CQ-8b.1", "CQ-8b.2")
def test_a_batch_of_replacements_asks_for_the_same_but_no_letter_and_photos_only_if_they_change():
    asked = materials("batch-replace", "window", "unit_agent")
    photos = {"photos": ("holder", "photo", "if_changed", "electronic")}
    assert shape(asked) == {code: each for code, each in BATCH_OF_NEW_CARDS.items() if code != "letter"} | photos
    assert asked["agent-identity"].documents == CARD_OR_ID
    assert asked["id-scans"].documents == ("resident_id",)
    for age, absent in ((18, "register-scans"), (17, "id-scans")):
        assert absent not in materials("batch-replace", "window", "unit_agent", age=age)


@pytest.mark.rule("CQ-6.3", "CQ-7.3")
def test_who_leaves_a_batch_or_activates_one_shows_an_original():
    leaving = materials("batch-to-individual", "window", "self")
    assert shape(leaving) == {"identity": ("holder", "identity_document", "required", "original")}
    assert shape(materials("activate", "window", "unit_agent")) == {"agent-identity": AGENT}
