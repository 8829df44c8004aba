"""Static files: kept for a year under an address of their own, compressed for who can unpack, the same content."""

import gzip
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "wxserver" / "static"


@pytest.fixture
def address(jieyang):
    """The stylesheet's address on the home page."""
    (found,) = re.findall(r"/static/citizen\.css\?v=[0-9a-f]{12}", jieyang.client().get("/").text)
    return found


def test_who_can_unpack_gets_the_same_content_small(jieyang, address):
    packed = jieyang.client().get(address, headers={"Accept-Encoding": "gzip, deflate"}, buffered=True)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == (STATIC / "citizen.css").read_bytes()
    assert len(packed.data) == int(packed.headers["Content-Length"]) < 10_000
    assert "immutable" in packed.headers["Cache-Control"]


@pytest.mark.parametrize("encoding", [{}, {"Accept-Encoding": "identity"}, {"Accept-Encoding": "gzip;q=0"}])
def test_who_cannot_gets_it_plain_and_caches_keep_both_apart(jieyang, address, encoding):
    plain = jieyang.client().get(address, headers=encoding, buffered=True)
    assert "Content-Encoding" not in plain.headers
    assert plain.data == (STATIC / "citizen.css").read_bytes()
    assert "Accept-Encoding" in plain.headers["Vary"]
    packed = jieyang.client().get(address, headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert packed.headers["ETag"] != plain.headers["ETag"]


def test_an_address_that_does_not_fit_the_content_is_asked_for_again(jieyang):
    assert jieyang.client().get("/static/citizen.css?v=0", buffered=True).headers["Cache-Control"] == "no-cache"


def test_pages_hold_a_token_and_are_not_compressed(jieyang):
    page = jieyang.browser("somebody").get("/login", headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert "Content-Encoding" not in page.headers
