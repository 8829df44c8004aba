"""Files in a folder: whole or not there, for their owner's eyes only, dated by our clock."""

import os
import stat
from datetime import UTC, datetime

import pytest

from wxserver.adapters.files import FolderFiles
from wxserver.ports import FileLost, FileStore, StoredFile

NAME, OTHER = "ab" + "0" * 30, "ab" + "1" * 30
AT = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)


@pytest.fixture
def files(tmp_path) -> FileStore:
    return FolderFiles(tmp_path / "var" / "uploads")


def test_what_is_written_is_read_again_and_listed_with_its_date(files):
    assert list(files.names()) == []
    files.write(NAME, b"sealed", AT)
    files.write(OTHER, b"", AT)
    assert (files.read(NAME), files.read(OTHER)) == (b"sealed", b"")
    assert sorted(files.names(), key=lambda each: each.name) == [StoredFile(NAME, AT), StoredFile(OTHER, AT)]


def test_a_file_is_replaced_in_one_step(files):
    files.write(NAME, b"one", AT)
    files.write(NAME, b"two", AT)
    assert files.read(NAME) == b"two"
    assert len(list(files.names())) == 1


def test_a_deleted_file_is_gone_and_deleting_it_again_is_no_fault(files):
    files.write(NAME, b"sealed", AT)
    files.delete(NAME)
    files.delete(NAME)
    with pytest.raises(FileLost):
        files.read(NAME)


def test_files_lie_in_folders_by_their_first_letters_readable_by_their_owner_only(files, tmp_path):
    files.write(NAME, b"sealed", AT)
    path = tmp_path / "var" / "uploads" / "ab" / NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_write_that_fails_leaves_nothing_and_one_that_was_killed_can_be_deleted(files, tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            files.write(NAME, b"sealed", AT)
    assert list(files.names()) == []
    killed = f"{NAME}.0123abcd.part"
    (tmp_path / "var" / "uploads" / "ab" / killed).write_bytes(b"half")
    (tmp_path / "var" / "uploads" / "a file").write_bytes(b"of somebody else")
    assert [each.name for each in files.names()] == [killed]
    files.delete(killed)
    assert list(files.names()) == []


@pytest.mark.parametrize("name", ["", "../x", "AB" + "0" * 30, "0" * 31, NAME + "/x", NAME + ".part", "ab" + "é" * 30])
def test_a_name_that_is_no_name_is_refused(files, name):
    for act in (files.read, files.delete, lambda each: files.write(each, b"", AT)):
        with pytest.raises(ValueError, match="32 hexadecimal"):
            act(name)
