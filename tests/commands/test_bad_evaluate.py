"""Each mistake of a user of ``evaluate``: exit 64 and one line on standard error that names what was wrong.

A subcommand that takes policies joins SUBCOMMANDS; a fault of its own options joins OPTIONS.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers.launching import Job, run_here
from helpers.mistakes import refused

from holdem_mpi.config.load import load_config
from holdem_mpi.errors import UserError
from holdem_mpi.game.game import Game
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.open_player import open_player
from holdem_mpi.storage import array_folder
from holdem_mpi.storage.policy_file import save_policy

# How each subcommand is told a policy.
SUBCOMMANDS = {
    "exploitability": ("exploitability", "--policy"),
    "chart": ("chart", "--policy"),
    "strategy": ("strategy", "--policy"),
    "gains": ("gains", "--policy"),
    "lbr": ("lbr", "--policy"),
    "match": ("match", "--against", "random", "--policy"),
}

# Folders that are no policy, and what must be said about them.
POLICIES = {
    "nowhere": ("nowhere", "expected"),
    "file": ("file", "expected"),
    "empty": ("empty", "no policy here"),
    "foreign": ("foreign/manifest.json", "not the manifest of"),
    "cut": ("cut/policy/strategy.npy", "bytes, expected"),
    "changed": ("changed/policy/strategy.npy", "SHA-256"),
    "lost": ("lost/policy/visited.npy", "No such file"),
    "manifest": ("manifest/policy/manifest.json", "damaged"),
    "version": ("version/policy/manifest.json", "format version 99"),
    "checkpoint": ("checkpoint", "not the manifest of a holdem_mpi policy"),
    "rules": ("rules", "describes no game"),
    "layout": ("layout", "do not fit the game"),
    "run@51": ("run/checkpoints", "no checkpoint 51", "25, 50, 100"),
    "empty@50": ("empty", "no config.yaml here"),
    "nowhere@50": ("nowhere", "expected"),
    "damaged@50": ("damaged/checkpoints/g000000000050/table.npy", "SHA-256"),
    "otherwise@50": ("otherwise", "checkpoint 50 is of another config"),
}

OPTIONS = [
    ((), ("required", "subcommand")),
    (("judge",), ("judge", "exploitability")),
    (("gains", "--policy", "run", "--buckets", "10"), ("--buckets 10", "evaluate gains --help shows the options")),
    (("exploitability",), ("--policy",)),
    (("exploitability", "--policy", "run", "--checkpoint", "51"), ("no checkpoint 51", "25, 50, 100")),
    (("exploitability", "--policy", "run", "--checkpoint", "last"), ("--checkpoint last", "the number", "all")),
    (("exploitability", "--policy", "run", "--checkpoint", "-1"), ("--checkpoint",)),
    (("exploitability", "--policy", "run/policy", "--checkpoint", "50"), ("run/policy", "no config.yaml here")),
    (("exploitability", "--policy", "bare", "--checkpoint", "all"), ("bare", "no checkpoints here")),
    (("chart", "--policy", "run"), ("kuhn", "preflop")),
    (("strategy", "--policy", "run", "--betting", "r3"), ("betting 'r3'", "at the start expected c, r2", "'r3'")),
    (("strategy", "--policy", "run", "--betting", "cc"), ("betting 'cc'", "ends the betting")),
    (("strategy", "--policy", "run", "--betting", "cr2fc"), ("after 'cr2f'", "the betting is over")),
    (("strategy", "--policy", "run", "--board", "K"), ("board 'K'", "no cards")),
    (("strategy", "--policy", "run", "--hand", "A"), ("'A'", "J, Q, K")),
    (("strategy", "--policy", "leduc", "--betting", "cc"), ("board ''", "expected 1 cards")),
    (("strategy", "--policy", "leduc", "--betting", "cc", "--board", "A"), ("'A'", "J, Q, K")),
    (("strategy", "--policy", "run", "--csv", "nowhere/x.csv"), ("--csv nowhere/x.csv", "a folder that exists")),
    (("strategy",), ("--policy",)),
    (("gains", "--policy", "run", "--deals", "999"), ("--deals 999", "expected 1000")),
    (("gains", "--policy", "always-call"), ("always-call", "expected")),
    (("cross", "run"), ("cross run", "expected 2 to 12")),
    (("cross", "random", "always-call"), ("--game",)),
    (("lbr", "--policy", "run"), ("kuhn", "expects hold'em")),
    (("lbr", "--policy", "always-cal"), ("always-cal", "always-call")),
    (("lbr", "--policy", "always-call"), ("always-call", "--game")),
    (("lbr", "--policy", "always-call", "--game", "kuhm"), ("kuhm", "did you mean kuhn")),
    (
        ("lbr", "--policy", "always-call", "--game", "kuhn", "--checkpoint", "50"),
        ("always-call", "no config.yaml here"),
    ),
    (("lbr", "--policy", "run", "--game", "leduc"), ("leduc", "expects hold'em")),
    (("lbr", "--policy", "run", "--hands", "3"), ("--hands 3", "even")),
    (("lbr", "--policy", "run", "--seed", "-1"), ("--seed",)),
    (("match", "--policy", "run"), ("--against",)),
    (("match", "--policy", "run", "--against", "leduc"), ("leduc", "a policy of leduc, expected one of kuhn")),
    (("match", "--policy", "run@50", "--against", "leduc"), ("leduc", "kuhn")),
    (("match", "--policy", "run", "--against", "always-cal"), ("always-cal", "always-call")),
    (("match", "--policy", "run", "--against", "cut"), POLICIES["cut"]),
    (("match", "--policy", "always-call", "--against", "always-fold"), ("always", "--game")),
    (("match", "--policy", "run", "--against", "run", "--hands", "3"), ("--hands 3", "even")),
    (("exploitability", "--policy", "run", "--flops", "4"), ("--flops 4", "enumerated")),
    (("exploitability", "--policy", "run", "--flops", "3"), ("--flops 3", "even")),
    (("exploitability", "--policy", "run", "--game", "leduc"), ("--game leduc", "kuhn")),
    (("exploitability", "--policy", "always-call"), ("--game",)),
    (("compare", "run", "--flops", "4"), ("--flops 4", "enumerated")),
    (("compare",), ("RUN",)),
    (("compare", "run", "--measure", "lbr"), ("kuhn", "expects hold'em")),
    (("compare", "run", "--hands", "10"), ("--hands", "not an option of --measure exploitability")),
    (("compare", "run", "nowhere"), ("nowhere", "no config.yaml here")),
    (("compare", "file"), ("file", "no config.yaml here")),
    (("compare", "run/policy"), ("run/policy", "no config.yaml here")),
    (("compare", "bare"), ("bare", "no checkpoint and no policy")),
    (("compare", "unreadable"), ("unreadable/config.yaml", "unknown key")),
    (("compare", "run", "--measure", "luck"), ("--measure", "luck", "exploitability")),
    (("compare", "run", "--json", "--csv"), ("--json", "--csv")),
    (("compare", "run", "--plot", "plot.doc"), ("--plot plot.doc", ".png")),
    (("compare", "run", "--plot", "nowhere/plot.png"), ("--plot nowhere/plot.png", "folder")),
    (("lbr", "--policy", "run", "--ledger", "nowhere/kept.jsonl"), ("--ledger nowhere/kept.jsonl", "No such file")),
    (("compare", "ledger"), ("ledger/evaluations.jsonl", "expected a ledger")),
]


def forge(folder: Path, **changes) -> None:
    """Change a manifest and its own hash, as another program could."""
    manifest = json.loads((folder / "manifest.json").read_bytes()) | changes
    manifest["manifest_sha256"] = array_folder._self_hash(manifest)
    (folder / "manifest.json").write_bytes(array_folder._spell(manifest))


def spoil(folder: Path) -> None:
    """Beside ``run``, make every bad folder that POLICIES and OPTIONS name."""
    for name in ("cut", "changed", "lost", "manifest", "version", "rules", "layout", "damaged", "otherwise", "ledger"):
        shutil.copytree(folder / "run", folder / name)
    (folder / "file").write_text("x")
    for name in ("empty", "foreign", "bare", "unreadable"):
        (folder / name).mkdir()
    (folder / "foreign" / "manifest.json").write_text('{"name": "a web app"}')
    shutil.copy(folder / "run" / "config.yaml", folder / "bare")
    (folder / "unreadable" / "config.yaml").write_text("colour: red\n")
    shutil.copytree(folder / "run" / "checkpoints" / "g000000000100", folder / "checkpoint")
    strategy = folder / "cut" / "policy" / "strategy.npy"
    strategy.write_bytes(strategy.read_bytes()[:-8])
    for name in ("changed/policy/strategy.npy", "damaged/checkpoints/g000000000050/table.npy"):
        array = folder / name
        data = bytearray(array.read_bytes())
        data[-1] ^= 1
        array.write_bytes(data)
    (folder / "lost" / "policy" / "visited.npy").unlink()
    (folder / "manifest" / "policy" / "manifest.json").write_bytes(b"{")
    forge(folder / "version" / "policy", format_version=99)
    forge(folder / "rules" / "policy", game={"name": "kuhn", "deck": "tarot", "players": 2})
    forge(folder / "layout" / "policy", layout_fingerprint="0" * 64)
    config = folder / "otherwise" / "config.yaml"
    config.write_text(config.read_text().replace("seed: 0", "seed: 1"))
    (folder / "ledger" / "evaluations.jsonl").mkdir()


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    """A folder with a good ``run`` of Kuhn (checkpoints 25, 50, 100), a good one of Leduc, and all that is bad."""
    folder = tmp_path_factory.mktemp("bad")
    for game, iters in (("kuhn", 40_000), ("leduc", 400)):
        options = ("--game", game, "--lanes", 2, "--iters", iters, "--snapshots", 2)
        logdir = "run" if game == "kuhn" else game
        done = run_here(("-m", "holdem_mpi.train", *options, "--logdir", logdir), folder)
        assert done.returncode == 0, done.stderr
    spoil(folder)
    return folder


@pytest.fixture
def command(bad):
    """``command(*arguments)``: evaluate in this process, as it runs on one rank; a CompletedProcess."""
    return lambda *arguments: run_here(("-m", "holdem_mpi.evaluate", *arguments), bad)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("subcommand", SUBCOMMANDS)
def test_policy(command, subcommand, policy):
    refused(command(*SUBCOMMANDS[subcommand], policy), *POLICIES[policy])


@pytest.mark.parametrize(("arguments", "words"), OPTIONS)
def test_options(command, arguments, words):
    refused(command(*arguments), *words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("exploitability", "--policy", "cut"), POLICIES["cut"]),
        (("exploitability", "--policy", "damaged@50"), POLICIES["damaged@50"]),
        (("compare", "run", "nowhere"), ("nowhere", "no config.yaml here")),
    ],
)
def test_two_ranks_say_it_once(bad, arguments, words):
    done = Job(2, ("-m", "holdem_mpi.evaluate", *arguments), bad).finish()
    refused(done, *words)


@pytest.mark.parametrize(
    ("text", "game", "words"),
    [
        ("always-cal", "kuhn", ("always-cal", "always-call", "policy's folder")),
        ("always-call", None, ("always-call", "--game")),
        ("leduc", "kuhn", ("leduc: a policy of leduc, expected one of kuhn",)),
        ("run@50", "leduc", ("run@50: a policy of kuhn, expected one of leduc",)),
        ("run@51", "kuhn", ("no checkpoint 51",)),
        ("cut", "kuhn", POLICIES["cut"]),
    ],
)
def test_players(bad, monkeypatch, text, game, words):
    monkeypatch.chdir(bad)
    with pytest.raises(UserError) as caught:
        open_player(text, Game(load_config(game).game) if game else None, Communicator())
    assert "\n" not in str(caught.value) and caught.value.exit_code == 64
    for word in words:
        assert word in str(caught.value)


def test_a_policy_of_other_buckets(tmp_path):
    """Its manifest names the tables that it was trained on; those at hand have another digest."""
    config = load_config("flop_holdem", {"abstraction.buckets": [169, 5]})
    layout = Game(config.game).layout((169, 5))
    meta = {
        "game": config.game.model_dump(mode="json"),
        "buckets": [169, 5],
        "abstraction_digest": "0" * 64,
        "table_digest": "1" * 64,
        "iterations": 1,
        "layout_fingerprint": layout.fingerprint(),
    }
    actions = np.diff(layout.first_pair_of_row())
    save_policy(tmp_path / "policy", np.repeat(1 / actions, actions), np.zeros(layout.num_rows, bool), meta)
    done = run_here(("-m", "holdem_mpi.abstract", "--buckets", "169,5", "--out", "tables"), tmp_path)
    assert done.returncode == 0, done.stderr
    directory = {"abstraction.directory": str(tmp_path / "tables"), "abstraction.buckets": [169, 5]}
    text = load_config("flop_holdem", directory).model_dump_json()
    (tmp_path / "config.yaml").write_text(text)  # JSON is YAML
    with pytest.raises(UserError, match="trained on other buckets") as caught:
        open_player(str(tmp_path), None, Communicator())
    assert "\n" not in str(caught.value) and "000000000000" in str(caught.value)
