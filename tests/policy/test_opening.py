"""Policies out of folders: one rank checks the bytes, all ask the same policy."""

import json

import numpy as np
import pytest
from helpers.launching import run_here

from holdem_mpi.abstraction.deal_tables import digest_of_deck
from holdem_mpi.config.load import load_config
from holdem_mpi.errors import DataError
from holdem_mpi.game.game import Game
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy import policy_files as policies
from holdem_mpi.policy.open_player import load_policy, open_player
from holdem_mpi.policy.policy_files import open_run_policy
from holdem_mpi.storage import array_folder
from holdem_mpi.storage.policy_file import save_policy


class OtherRank(Communicator):
    """A rank whose root is elsewhere, and has found nothing amiss."""

    rank, size = 1, 2

    def on_root(self, call):
        return None


@pytest.fixture
def folder(tmp_path):
    """A policy of Kuhn that bets and calls with a third of everything."""
    game = Game(load_config("kuhn").game)
    layout = game.layout()
    meta = {
        "game": game.config.model_dump(mode="json"),
        "buckets": list(layout.num_buckets),
        "abstraction_digest": digest_of_deck(game.toy_deck),
        "table_digest": "1" * 64,
        "iterations": 7,
        "layout_fingerprint": layout.fingerprint(),
    }
    probability = np.tile([2 / 3, 1 / 3], layout.num_rows)
    save_policy(tmp_path / "run" / "policy", probability, np.arange(layout.num_rows) > 0, meta)
    return tmp_path / "run"


def test_one_rank_verifies(folder, monkeypatch):
    asked, plain = [], policies.open_policy
    monkeypatch.setattr(policies, "open_policy", lambda path, verify: asked.append(verify) or plain(path, verify))
    first = open_run_policy(str(folder), Communicator())
    other = open_run_policy(str(folder), OtherRank())
    assert asked == [True, False]
    assert first.game == other.game == Game(load_config("kuhn").game)
    np.testing.assert_array_equal(first.policy.probability, other.policy.probability)
    assert first.manifest == other.manifest and first.manifest["iterations"] == 7


def test_a_policy_that_meets_itself_is_verified_once(folder, monkeypatch):
    read, plain = [], array_folder.sha256_of_file
    monkeypatch.setattr(array_folder, "sha256_of_file", lambda path: read.append(path.name) or plain(path))
    players = ("--policy", str(folder), "--against", str(folder))
    done = run_here(("-m", "holdem_mpi.evaluate", "match", *players, "--hands", "4"), folder)
    assert done.returncode == 0, done.stderr
    assert sorted(read) == ["strategy.npy", "visited.npy"]


def test_damage_is_found_by_the_rank_that_verifies(folder):
    path = folder / "policy" / "strategy.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match="strategy"):
        open_run_policy(str(folder), Communicator())


def test_a_folder_answers_by_name(folder):
    policy = load_policy(str(folder), Communicator())
    assert policy.name == str(folder) and policy.manifest["iterations"] == 7
    found = policy.action_probabilities("K", betting="cr2")
    assert found == pytest.approx({"f": 2 / 3, "c": 1 / 3}) and json.dumps(found)
    assert not policy.decision().visited[0] and policy.decision().visited[2]
    game, player = open_player(str(folder), policy.game, Communicator())
    assert game == policy.game and player.name == policy.name
    with pytest.raises(DataError, match="a policy of kuhn, expected one of leduc"):
        open_player(str(folder), Game(load_config("leduc").game), Communicator())
