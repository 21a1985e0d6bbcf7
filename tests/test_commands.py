"""The commands by name, and that their ``--help`` imports nothing that takes long."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.launching import child_environment, without_notices

import holdem_mpi
from holdem_mpi.__main__ import COMMANDS
from holdem_mpi.config.shipped import config_folder

SUBCOMMANDS = {
    "abstract": ("show", "plot"),
    "evaluate": ("exploitability", "lbr", "match", "review", "compare", "strategy", "chart"),
    "resolve": ("show",),
    "bench": ("scaling", "kernel", "merge"),
}
HELPS = [
    (name, *subcommand) for name in COMMANDS for subcommand in [(), *((each,) for each in SUBCOMMANDS.get(name, ()))]
]
# What compiles, draws, plots or trains; only what a command runs may import it.
HEAVY = ("numba", "llvmlite", "scipy", "rich", "matplotlib", "holdem_mpi.kernels", "holdem_mpi.training")


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess:
    done = [sys.executable, *arguments]
    return subprocess.run(done, capture_output=True, text=True, timeout=60, cwd=cwd, env=child_environment())


def test_every_command_is_listed(tmp_path):
    package = Path(holdem_mpi.__file__).parent
    modules = {path.stem for path in package.glob("*.py") if 'if __name__ == "__main__":' in path.read_text()}
    assert modules - {"__main__"} == set(COMMANDS)
    done = run("-m", "holdem_mpi", cwd=tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    for name, text in COMMANDS.items():
        assert [line.split(maxsplit=1) for line in done.stdout.splitlines()].count([name, text]) == 1
    assert run("-m", "holdem_mpi", "--help", cwd=tmp_path).stdout == done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("trian", "error: 'trian': no such command (did you mean train?)\n"),
        ("", "error: '': no such command; expected"),
    ],
)
def test_an_unknown_command_is_an_error_of_one_line(tmp_path, name, said):
    done = run("-m", "holdem_mpi", name, cwd=tmp_path)
    assert done.returncode == 64 and done.stdout == ""
    assert done.stderr.startswith(said) and done.stderr.count("\n") == 1


def test_a_name_runs_its_command(tmp_path):
    for options in (["--help"], ["--lanes", "none"], ["--game", "kuhnn"]):
        plain = run("-m", "holdem_mpi.train", *options, cwd=tmp_path)
        named = run("-m", "holdem_mpi", "train", *options, cwd=tmp_path)
        assert (named.returncode, named.stdout, named.stderr) == (plain.returncode, plain.stdout, plain.stderr)
        assert plain.returncode == (0 if options == ["--help"] else 64)


@pytest.mark.parametrize("words", HELPS, ids=" ".join)
def test_help_imports_nothing_that_takes_long(tmp_path, words):
    script = (
        "import atexit, runpy, sys\n"
        "name, *sys.argv[1:] = sys.argv[1:]\n"
        f"atexit.register(lambda: print('imported:', *[each for each in {HEAVY!r} if each in sys.modules]))\n"
        "runpy.run_module(f'holdem_mpi.{name}', run_name='__main__', alter_sys=True)"
    )
    done = run("-c", script, *words, "--help", cwd=tmp_path)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert done.stdout.startswith(f"usage: python -m holdem_mpi.{' '.join(words)}")
    assert done.stdout.splitlines()[-1] == "imported:"


@pytest.mark.parametrize("subcommand", ["chart", "strategy"])
def test_a_verb_imports_only_what_it_runs(tmp_path, subcommand):
    """What shows a policy neither trains nor plays: it stops at a policy that is not there."""
    script = (
        "import atexit, runpy, sys\n"
        "names = ('holdem_mpi.training.trainer', 'holdem_mpi.evaluation.match', 'holdem_mpi.evaluation.aivat')\n"
        "atexit.register(lambda: print('imported:', *[each for each in names if each in sys.modules]))\n"
        "runpy.run_module('holdem_mpi.evaluate', run_name='__main__', alter_sys=True)"
    )
    done = run("-c", script, subcommand, "--policy", "none", cwd=tmp_path)
    assert done.returncode == 64 and done.stderr.count("\n") == 1, done.stderr
    assert done.stdout == "imported:\n"


def test_a_chart_opens_no_bucket_tables(tmp_path):
    policy = config_folder() / "blueprints" / "nolimit_hu_200bb"
    packages = (
        "abstraction",
        "best_response",
        "training",
        "search",
        "subgame",
        "hands.dealing",
        "hands.histories",
        "rich",
    )
    script = (
        "import runpy, sys\n"
        "try: runpy.run_module('holdem_mpi.evaluate', run_name='__main__', alter_sys=True)\n"
        f"finally: print('imported:', *[each for each in {packages!r}"
        " if {each, f'holdem_mpi.{each}'} & set(sys.modules)])"
    )
    done = run("-c", script, "chart", "--policy", str(policy), cwd=tmp_path)
    assert done.returncode == 0 and without_notices(done.stderr) == "", done.stderr
    assert done.stdout.startswith("nolimit_hu_200bb: ") and done.stdout.endswith("\nimported:\n")


def test_the_package_itself_imports_nothing(tmp_path):
    script = "import sys; before = set(sys.modules); import holdem_mpi; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, env={**os.environ}, timeout=60
    )
    assert done.stdout == "holdem_mpi\n", done.stderr
