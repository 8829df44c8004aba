"""Passwords by argon2id, and codes by time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import argon2
import pytest

from wxserver.adapters.credentials import Argon2Passwords, TimedCodes

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""RFC 6238, appendix B: "12345678901234567890"."""


@pytest.fixture(scope="module")
def passwords():
    return Argon2Passwords()


def test_a_password_is_kept_as_argon2id_with_64_mib_and_a_salt_of_its_own(passwords):
    one, other = passwords.hash("好密码 with words"), passwords.hash("好密码 with words")
    assert one != other
    assert one.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert passwords.matches(one, "好密码 with words")
    assert not passwords.matches(one, "好密码 with word")
    assert not passwords.matches("never used", "x")
    assert not passwords.is_dated(one)
    assert passwords.is_dated(argon2.PasswordHasher(time_cost=1, memory_cost=1024).hash("x"))


def test_finding_out_that_there_is_no_account_costs_a_hash_of_the_same_price(passwords, monkeypatch):
    verified = []
    real = argon2.PasswordHasher.verify

    def verify(self, hashed, password):
        verified.append(hashed.rsplit("$", 2)[0])
        return real(self, hashed, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", verify)
    assert not passwords.matches(None, "x")
    assert not passwords.matches(passwords.hash("y"), "x")
    assert len(verified) == 2
    assert len(set(verified)) == 1


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_standard(seconds, code):
    assert TimedCodes().code_at(SECRET, datetime.fromtimestamp(seconds, UTC)) == code


def test_a_code_of_the_half_minute_before_or_after_counts_and_no_other():
    codes, now = TimedCodes(), datetime(2026, 11, 26, 10, tzinfo=UTC)
    present = int(now.timestamp()) // 30
    found = {
        offset: codes.step_of(SECRET, codes.code_at(SECRET, now + timedelta(seconds=30 * offset)), now)
        for offset in range(-3, 4)
    }
    assert found == {-3: None, -2: None, -1: present - 1, 0: present, 1: present + 1, 2: None, 3: None}
    for wrong in ("", "12345", "1234567", "abcdef", "１２３４５６"):
        assert codes.step_of(SECRET, wrong, now) is None


def test_every_secret_is_another_and_reads_as_an_address_for_phones():
    codes = TimedCodes()
    assert codes.new_secret() != codes.new_secret()
    assert len(codes.new_secret()) == 32
    address = codes.address(SECRET, "huang", "揭阳人社")
    assert address.startswith("otpauth://totp/")
    assert f"secret={SECRET}" in address
