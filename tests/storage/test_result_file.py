"""Files of results: refused before the work, written whole after it."""

import re

import pytest

from holdem_mpi.errors import SaveError, UserError
from holdem_mpi.storage.result_file import check_result_file, write_result_file


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nowhere/a.csv", "expected a file in a folder that exists"),
        (".", "something else than a file"),
        ("/dev/null", "something else than a file"),
        ("/proc/a.csv", "expected a file that can be written"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path, monkeypatch, path, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=f"^--csv {re.escape(path)}: .*{words}") as caught:
        check_result_file("--csv", path)
    assert caught.value.exit_code == 64 and not list(tmp_path.iterdir())


def test_looking_leaves_all_as_it_was(tmp_path):
    old = tmp_path / "old"
    old.write_text("before")
    for path in (old, tmp_path / "new"):
        check_result_file("--json", path)
    assert [path.name for path in tmp_path.iterdir()] == ["old"] and old.read_text() == "before"


def test_what_was_lost_is_said(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    write_result_file("--json", folder / "a", "5\n", "nothing was lost")
    assert (folder / "a").read_text() == "5\n"
    (folder / "a").unlink()
    folder.rmdir()
    with pytest.raises(SaveError, match=r"^--json .*/a: No such file or directory; the figures were not written$"):
        write_result_file("--json", folder / "a", "5\n", "the figures were not written")
