"""Which folder a policy's name stands for: a path from wherever one is, a run's policy, a shipped blueprint by name."""

import json
import shutil
from pathlib import Path

import pytest
from helpers.launching import run_here

from holdem_mpi.config.shipped import path_of_blueprint, shipped_blueprints
from holdem_mpi.errors import DataError, UserError
from holdem_mpi.evaluation.ledger import run_of
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.open_player import load_policy
from holdem_mpi.policy.policy_files import check_policy_exists, is_shipped, policy_folder

NAME = "nolimit_hu_200bb"


def test_a_name_stands_for_the_shipped_folder_unless_one_is_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert NAME in shipped_blueprints()
    assert is_shipped(NAME) and policy_folder(NAME) == path_of_blueprint(NAME)
    assert not is_shipped("limit_holdem") and policy_folder("limit_holdem") == Path("limit_holdem")
    (tmp_path / NAME).mkdir()
    assert not is_shipped(NAME) and policy_folder(NAME) == Path(NAME)
    check_policy_exists(NAME)
    with pytest.raises(UserError, match=r"--policy nolimit: no such folder; expected .* nolimit_hu_200bb, random"):
        check_policy_exists("nolimit", "--policy ", ("random",))


def test_python_opens_it_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # A run's folder, with tables of its own, where the command happens to be typed.
    (tmp_path / "config.yaml").write_text("game: {name: kuhn, deck: kuhn, players: 2}\n")
    named, by_path = load_policy(NAME, Communicator()), load_policy(str(path_of_blueprint(NAME)), Communicator())
    assert named.name == NAME and named.game == by_path.game
    assert named.action_probabilities("AhKh") == by_path.action_probabilities("AhKh")


@pytest.mark.parametrize("name", ["nope", "", "nope@3"])
def test_what_is_no_folder_is_told_what_there_is(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    named = name or "''"
    with pytest.raises(UserError, match=f"^{named}: no such folder; expected .* or {NAME}$"):
        load_policy(name, Communicator())


@pytest.fixture
def inside(tmp_path, monkeypatch):
    """The folder of a run's policy, where one stands."""
    shutil.copytree(path_of_blueprint(NAME), tmp_path / "run" / "policy")
    (tmp_path / "run" / "config.yaml").write_text((path_of_blueprint(NAME).parents[1] / f"{NAME}.yaml").read_text())
    monkeypatch.chdir(tmp_path / "run" / "policy")
    return tmp_path / "run" / "policy"


@pytest.mark.parametrize("name", [".", "..", "./", "../policy", "../../run"])
def test_a_policy_is_opened_from_within(inside, name):
    policy = load_policy(name, Communicator())
    assert policy.name == name and sum(policy.action_probabilities("AhKh").values()) == pytest.approx(1)
    assert run_of(name).resolve() == inside.parent
    done = run_here(("-m", "holdem_mpi.evaluate", "strategy", "--policy", name, "--hand", "AhKh"), inside)
    assert done.returncode == 0 and "AhKh" in done.stdout, done.stderr


def test_the_root_of_all_folders_holds_no_policy(tmp_path):
    with pytest.raises(DataError, match=r"^/: no policy here"):
        load_policy("/", Communicator())


@pytest.mark.parametrize(
    "options",
    [
        ("evaluate", "chart", "--policy", NAME),
        ("evaluate", "strategy", "--policy", NAME, "--betting", "r300"),
        ("evaluate", "match", "--policy", NAME, "--against", "random", "--hands", 4, "--json"),
        ("evaluate", "match", "--policy", "always-call", "--against", NAME, "--hands", 4, "--no-aivat"),
        ("evaluate", "lbr", "--policy", NAME, "--hands", 4),
        ("dry_run", "--policy", NAME, "--hands", 1, "--deadline-ms", 50),
    ],
)
def test_every_command_takes_a_shipped_name(tmp_path, options):
    module, *rest = options
    done = run_here(("-m", f"holdem_mpi.{module}", *rest), tmp_path)
    assert done.returncode == 0 and done.stdout, done.stderr
    if "--json" in options:
        assert json.loads(done.stdout)["policy"] == NAME
    assert list(tmp_path.iterdir()) == []


def test_exploitability_says_why_not_the_shipped_one(tmp_path):
    done = run_here(("-m", "holdem_mpi.evaluate", "exploitability", "--policy", NAME), tmp_path)
    assert done.returncode == 64 and "nolimit_hu_200bb is too large" in done.stderr and "lbr" in done.stderr
