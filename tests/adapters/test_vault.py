"""The vault: what is sealed opens in its own place only, and says nothing to who looks at it."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxserver.adapters.vault import KeyRing, KeysUnusable, SealBroken, SealingVault

RING = KeyRing("k1", {"k1": b"1" * 32}, b"i" * 32, b"c" * 32)


@given(st.text().filter(lambda text: text.isprintable()), st.text(max_size=10).filter(str.isprintable))
def test_what_is_sealed_opens_again_and_differs_each_time(text, row):
    vault = SealingVault(RING)
    sealed = vault.seal("person.name", row, text)
    assert vault.open("person.name", row, sealed) == text
    assert vault.seal("person.name", row, text) != sealed
    assert sealed.startswith("v1.A256G.k1.")


def test_a_seal_moved_to_another_row_or_column_or_altered_does_not_open():
    vault = SealingVault(RING)
    sealed = vault.seal("person.name", "1", "林秀兰")
    altered = sealed[:-2] + ("A" if sealed[-2] != "A" else "B") + sealed[-1]
    for place, row, text in (
        ("person.name", "2", sealed),
        ("person.number", "1", sealed),
        ("person.name", "1", altered),
        ("person.name", "1", sealed.replace("k1", "k9")),
        ("person.name", "1", sealed.replace("v1", "v2")),
        ("person.name", "1", "not sealed at all"),
        ("person.name", "1", "v1.A256G.k1.AAAA"),
    ):
        with pytest.raises(SealBroken):
            vault.open(place, row, text)


def test_after_a_rotation_old_seals_open_and_new_ones_bear_the_new_key():
    old, ring = SealingVault(RING), RING.rotated()
    sealed = old.seal("p.c", "1", "x")
    assert SealingVault(ring).open("p.c", "1", sealed) == "x"
    assert ".k2." in SealingVault(ring).seal("p.c", "1", "x")
    assert SealingVault(ring).index("document", "1") == old.index("document", "1")


def test_blind_indexes_find_equals_of_one_field_only():
    vault = SealingVault(RING)
    assert vault.index("document", "1") == vault.index("document", "1")
    assert vault.index("document", "1") != vault.index("document", "2")
    assert vault.index("document", "1") != vault.index("card", "1")


def test_the_key_file_is_made_once_even_by_many_and_readable_by_its_owner_only(tmp_path):
    path = tmp_path / "var" / "keys.json"
    with ThreadPoolExecutor(8) as threads:
        rings = list(threads.map(lambda _: KeyRing.from_file(path), range(16)))
    assert len({ring.keys["k1"] for ring in rings}) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["keys.json"]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"current":"k1","keys":{"k1":"QQ=="},"index":"QQ==","csrf":"QQ=="}'])
def test_a_broken_key_file_stops_the_start_instead_of_being_replaced(tmp_path, text):
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(KeysUnusable):
        KeyRing.from_file(path)
    assert path.read_text() == text


def test_a_file_is_sealed_for_its_place_and_opens_nowhere_else(tmp_path):
    ring = KeyRing.from_file(tmp_path / "keys.json")
    vault, content = SealingVault(ring), bytes(range(256)) * 40
    sealed = vault.seal_bytes("upload.content", "row", content)
    assert content[:40] not in sealed
    assert sealed != vault.seal_bytes("upload.content", "row", content)
    assert vault.open_bytes("upload.content", "row", sealed) == content
    assert SealingVault(ring.rotated()).open_bytes("upload.content", "row", sealed) == content
    for place, row, broken in (
        ("upload.content", "other", sealed),
        ("case.form_sealed", "row", sealed),
        ("upload.content", "row", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        ("upload.content", "row", sealed[:20]),
        ("upload.content", "row", b"v2" + sealed[2:]),
        ("upload.content", "row", sealed.replace(b".k1.", b".k9.", 1)),
        ("upload.content", "row", b"nothing"),
    ):
        with pytest.raises(SealBroken):
            vault.open_bytes(place, row, broken)
