"""The abstract command: its output and the one line it says about bad input."""

import subprocess
import sys

import pytest

from holdem_mpi import abstract
from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator


def test_prints_digest_and_paths(tmp_path, capsys):
    assert abstract.main(Communicator(), ["--buckets", "169,7", "--out", str(tmp_path), "--verify"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert len(out[0]) == len("digest ") + 64 and out[1:] == [str(next(tmp_path.glob("*.npy")))]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--buckets", "169,x"], "169,x"),
        (["--buckets", "169,5,,5"], "169,5,,5"),
        (["--buckets", "169"], "2 to 4"),
        (["--buckets", "169,5,5,-5"], "-5 for the river"),
        (["--bucket", "169,5"], "--bucket"),
        (["extra"], "extra"),
        (["--buckets", "nowhere"], "or the folder of a built abstraction"),
        (["--recipe", ""], "--recipe: invalid name value: ''"),
    ],
)
def test_bad_input(arguments, word, tmp_path):
    with pytest.raises(UserError) as caught:
        abstract.main(Communicator(), [*arguments, "--out", str(tmp_path)])
    assert word in str(caught.value) and "\n" not in str(caught.value)


def test_out_that_is_empty_builds_nothing_elsewhere():
    with pytest.raises(UserError, match="--out: invalid name value: ''"):
        abstract.main(Communicator(), ["--buckets", "169,5", "--out", ""])


def test_out_that_is_a_file_is_one_line_and_exit_64(tmp_path):
    place = tmp_path / "file"
    place.write_text("")
    command = [sys.executable, "-m", "holdem_mpi.abstract", "--buckets", "169,5", "--out", str(place)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 64 and run.stdout == ""
    assert run.stderr.startswith("error: ") and str(place) in run.stderr and run.stderr.count("\n") == 1


def test_help(capsys):
    with pytest.raises(SystemExit) as done:
        abstract.main(Communicator(), ["--help"])
    assert done.value.code == 0
    assert "--buckets" in capsys.readouterr().out
