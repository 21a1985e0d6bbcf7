"""Local best response against a searching player: exact beliefs, the same on any ranks, resumed where it stopped."""

import json

import numpy as np
import pytest
from helpers.fake_searches import BlueprintSearch
from helpers.lbr_players import DEEP, RandomPlayer, response_to
from helpers.small_blueprints import RULES, holdem_blueprint

from holdem_mpi.cards import hands_holding, without_blocked
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.config.search_effort import SearchEffort
from holdem_mpi.evaluation.lbr_gains import hand_row
from holdem_mpi.evaluation.local_best_response import ALL_IN, LbrScreen
from holdem_mpi.game.rules import CALL, FOLD, BettingState
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


MANY = tuple(0.2 * 1.4**k for k in range(10)) + (ALL_IN,)


@pytest.mark.parametrize("most", [1, 3, len(MANY)])
def test_screening_by_answers_that_are_the_players_own_changes_no_hand(most):
    everything, screened = searching_player(least_iterations=100), searching_player(least_iterations=100)
    screen = LbrScreen(PLAYER, most)
    ours, expected = (
        response_to(player, RULES, MANY, (2, 4), screen=each)
        for player, each in ((screened, screen), (everything, None))
    )
    for number in range(5):
        found, whole = (hand_row(response.played(7, number)) for response in (ours, expected))
        assert found.tolist() == whole.tolist(), number
    asked, of_all = (player.audit.sums[:, :3].sum() for player in (screened, everything))
    assert asked == of_all if most == len(MANY) else asked < of_all / 2


class Uneven(RandomPlayer):
    """Folds more to some raises than to others, by ``seed``."""

    def __init__(self, seed):
        self._seed = seed

    def strategy(self, memo, state, board):
        actions, sigma = super().strategy(memo, state, board)
        if FOLD not in actions:
            return actions, sigma
        kept = np.random.default_rng([self._seed, memo, *state.history[-1]]).random()
        folds = np.array([action == FOLD for action in actions]) * ~hands_holding(board)[:, None]
        return actions, kept * sigma + (1.0 - kept) * folds


def test_of_each_group_the_best_by_the_screen_is_valued_by_the_players_own_answers():
    player, other = Uneven(1), Uneven(2)
    whole, by_other = (response_to(each, DEEP, MANY) for each in (player, other))
    changed = 0
    for number in range(6):
        hand, state = whole.deal(3, number), BettingState.start(DEEP)
        hand.board = tuple(card for card in range(3, 23, 4) if card not in (hand.high, hand.low))[:3]
        hand.reach = {memo: without_blocked(reach, hand.board) for memo, reach in hand.reach.items()}
        for action in (CALL, CALL) if hand.seat == 0 else (CALL, CALL, CALL):
            state = state.apply(action)
        values, screens = whole.values(hand, state), by_other.values(hand, state)
        raises = whole.raises(state)
        screened = response_to(player, DEEP, MANY, screen=LbrScreen(other, 3)).values(hand, state)
        assert len(raises) == 9  # the smallest three are one
        groups = [raises[start : start + 3] for start in (0, 3, 6)]
        chosen = [max(group, key=screens.get) for group in groups]
        assert screened == {action: values[action] for action in (CALL, *chosen)}
        changed += chosen != [max(group, key=values.get) for group in groups]
    assert changed > 2


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
    screened = json.loads(mpirun(1, *COMMAND, *options, "--hands", 4, "--screen", 1, "--out", "kept").stdout)
    plain = json.loads(first.stdout)  # of one raise there is nothing to leave out
    assert screened["screen"] == 1 and "screen" not in plain and screened["kept_in"] != plain["kept_in"]
    assert (screened["mean"], screened["taken"]) == (plain["mean"], plain["taken"])
    ledger = [json.loads(line) for line in (tmp_path / "run" / "evaluations.jsonl").read_text().splitlines()]
    assert ledger[-1]["options"]["search_iterations"] == "4" and "search_ms" not in ledger[-1]["options"]
    assert ledger[-1]["options"]["screen"] == 1
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
        (("nolimit_hu_200bb", "--screen", "2"), ("--screen 2", "search")),
        (("nolimit_hu_200bb", "--search-ms", "9", "--screen", "0"), ("--screen 0", "at least 1")),
        (("nolimit_hu_200bb", "--purify", "0.1"), ("--purify 0.1", "search")),
        (("nolimit_hu_200bb", "--search-ms", "9", "--purify", "1"), ("--purify 1", "less than 1")),
    ],
)
def test_bad_input_is_one_line(mpirun, options, words):
    done = mpirun(1, *COMMAND, *options)
    assert done.returncode == 64 and done.stdout == "" and done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr
