"""Local best response against a searching player: exact beliefs, the same on any ranks, resumed where it stopped."""

import json

import pytest
from helpers.fake_searches import BlueprintSearch
from helpers.lbr_players import response_to
from helpers.small_blueprints import RULES, holdem_blueprint

from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.config.search_effort import SearchEffort
from holdem_mpi.evaluation.lbr_gains import hand_row
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.search.search_player import SearchPlayer

PLAYER = BlueprintPlayer("b", holdem_blueprint())


def searching_player(least_iterations=5):
    config = SearchConfig(least_iterations=least_iterations)
    return SearchPlayer(PLAYER, BlueprintSearch(PLAYER), config, SearchEffort(milliseconds=100.0))


@pytest.mark.parametrize("fractions", [(1.0,), (0.5, 1.0)])
def test_a_search_that_finds_the_blueprint_loses_what_the_blueprint_loses_hand_by_hand(fractions):
    agent = searching_player()
    ours, expected = (response_to(player, RULES, fractions, (2, 4)) for player in (agent, PLAYER))
    for number in range(24):
        found, plain = (hand_row(response.played(5, number)) for response in (ours, expected))
        assert found == pytest.approx(plain, rel=1e-9, abs=1e-9), number
    assert agent.audit.sums[1:, 0].min() > 0 and agent.audit.sums[:, 2].sum() == 0


def test_where_search_finds_too_little_the_blueprint_plays_also_off_its_tree():
    agent = searching_player(least_iterations=100)
    ours, expected = (response_to(player, RULES, (0.3, 0.75, 2.0), (2, 4)) for player in (agent, PLAYER))
    assert [ours.play(6, number) for number in range(12)] == [expected.play(6, number) for number in range(12)]
    assert agent.audit.sums[:, 2].sum() > 20 and agent.audit.sums[:, 0].sum() == 0


COMMAND = ("-m", "holdem_mpi.evaluate", "lbr", "--policy")


def test_the_command_is_the_same_on_any_ranks_and_goes_on_where_it_stopped(train, mpirun, tmp_path):
    train(1, "--game", "flop_holdem", "--buckets", "169,5", "--iters", 2000, "--lanes", 1)
    options = ("run", "--rounds", "2", "--seed", 3, "--search-iterations", 4, "--json")
    first = mpirun(1, *COMMAND, *options, "--hands", 4, "--out", "kept")
    assert first.returncode == 0, first.stderr
    (folder,) = (tmp_path / "kept").iterdir()
    kept = (folder / "items.bin").read_bytes()
    whole = mpirun(1, *COMMAND, *options, "--hands", 8, "--out", "kept")
    two = mpirun(2, *COMMAND, *options, "--hands", 8)
    assert two.returncode == 0, two.stderr
    results = [json.loads(done.stdout) for done in (whole, two)]
    times = [{name: of.pop("mean_ms") for name, of in result["searched"].items()} for result in results]
    assert all(ms > 0 for of in times for ms in of.values())
    assert (folder / "items.bin").read_bytes()[: len(kept)] == kept
    assert results[0].pop("kept_in") == "kept/" + folder.name and results[1].pop("kept_in").startswith(
        "run/evaluations"
    )
    assert results[0] == results[1] and "4 iterations" in results[0]["player"]
    assert results[0]["searched"]["flop"]["mean_iterations"] == 4
    text = mpirun(1, *COMMAND, *options[:-1], "--hands", 8, "--out", "kept", "--top", 2)
    lines = text.stdout.splitlines()
    assert any(line.startswith("  flop: ") and "decisions" in line for line in lines)
    assert sum(line.startswith("lines where it takes most") for line in lines) == 1
    ledger = [json.loads(line) for line in (tmp_path / "run" / "evaluations.jsonl").read_text().splitlines()]
    assert ledger[-1]["options"]["search_iterations"] == "4" and "search_ms" not in ledger[-1]["options"]
    match = ("-m", "holdem_mpi.evaluate", "match", "--policy", "run", "--against", "run", "--seed", 3, "--json")
    played = [mpirun(ranks, *match, "--hands", 8, "--search-iterations", 4) for ranks in (1, 2)]
    found = [json.loads(done.stdout) for done in played]
    assert found[0] == found[1] and "4 iterations" in found[0]["policy"] and found[0]["aivat"]["mean"] != 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ("always-call", "--game", "flop_holdem", "--search-ms", "100"),
            ("--search-ms", "always-call", "policy's folder"),
        ),
        (("always-call", "--search-iterations", "9"), ("--search-iterations", "always-call", "policy's folder")),
        (("nowhere", "--search-ms", "100"), ("nowhere", "folder")),
        (("nolimit_hu_200bb", "--search-iterations", "1,2"), ("--search-iterations 1,2", "10,60,1000")),
        (("nolimit_hu_200bb", "--search-ms", "0.2"), ("--search-ms 0.2", "at least 1")),
        (("nolimit_hu_200bb", "--search-ms", "9", "--search-iterations", "9"), ("--search-ms", "not allowed")),
        (("nolimit_hu_200bb", "--top", "-1"), ("--top -1",)),
        (("nolimit_hu_200bb", "--search-streets", "turn"), ("--search-streets turn", "search")),
        (("nolimit_hu_200bb", "--search-ms", "9", "--search-streets", "turn,preflop"), ("turn,preflop", "turn,river")),
        (("nolimit_hu_200bb", "--search-leaves", "cards"), ("--search-leaves cards", "search")),
        (("nolimit_hu_200bb", "--purify", "0.1"), ("--purify 0.1", "search")),
        (("nolimit_hu_200bb", "--search-ms", "9", "--purify", "1"), ("--purify 1", "less than 1")),
    ],
)
def test_bad_input_is_one_line(mpirun, options, words):
    done = mpirun(1, *COMMAND, *options)
    assert done.returncode == 64 and done.stdout == "" and done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr
