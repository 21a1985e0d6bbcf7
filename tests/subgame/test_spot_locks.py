"""Locks: hands that keep to a strategy, what is best against them, and linear programs that say the same."""

import numpy as np
import pytest
from helpers import openspiel_oracle as oracle
from helpers.spot_files import SMALL, opener
from helpers.subgame_lp import SubgameProgram

from holdem_mpi.cards import card_name, hand_of_cards, parse_cards
from holdem_mpi.errors import ConfigError
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.subgame import spot as spots
from holdem_mpi.subgame import subgame_arrays
from holdem_mpi.subgame.locks import Lock
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.spot import open_spot
from holdem_mpi.subgame.spot_exploit import best_strategies, exploit_lines, exploit_of
from holdem_mpi.subgame.spot_report import result_of
from holdem_mpi.subgame.spot_solving import StopRules, solve
from holdem_mpi.subgame.subgame_deck import toy_subgame_deck

NUTS = {**SMALL, "board": "Ts 3h 2h 5c 9s", "pot": 100, "stacks": 100, "ranges": {"oop": "AA,QQ", "ip": "KK"}}
NUTS |= {"bet_sizes": [], "raise_sizes": []}


@pytest.fixture
def spot(tmp_path):
    return opener(tmp_path)


def solved(opened, target=0.01):
    solver = opened.solver()
    return solver, solve(solver, opened.pot * opened.unit, StopRules(target, None, 5000), lambda check, left: None)


def hand(text):
    return hand_of_cards(*parse_cards(text))


def row_of(solver, node, text):
    player = int(solver.tree.player_of_node[node])
    return solver.strategy(node)[np.flatnonzero(solver.hands[player] == hand(text))[0]]


@pytest.mark.parametrize("position", ["oop", "ip"])
def test_who_always_folds_to_a_bet_loses_the_pot(spot, position):
    """The other bets whatever it holds, and takes the pot."""
    if position == "ip":
        locks, other, line, bluff = [{"line": ["all-in"], "strategy": "fold"}], "oop", [], "QsQh"
    else:
        locks = [{"strategy": "check"}, {"line": ["check", "all-in"], "strategy": {"fold": 1}}]
        other, line, bluff = "ip", ["check"], "KsKh"
    opened = spot(**{**NUTS, "locks": locks})
    solver, found = solved(opened)
    result = result_of(opened, solver, found)
    assert result["players"][other]["ev"] == pytest.approx(100, abs=0.05)
    assert result["players"][position]["ev"] == pytest.approx(0, abs=0.05)
    best = exploit_of(opened, solver, opened.config.positions.index(other))
    assert best["player"] == other and best["ev"] == pytest.approx(100, abs=0.01)
    assert -1e-3 < best["gain"] < 0.05 and best["gain_pct"] == pytest.approx(best["gain"], abs=1e-5)
    assert next(each for each in best["decisions"] if each["line"] == line)["strategy"][bluff] == [0, 1]


@pytest.mark.parametrize(
    "share, bets, value",
    [
        (0.2, 1.0, (100 + 0.2 * 100) / 2 + (100 - 0.2 * 200) / 2),  # KK calls less than half: QQ bluffs always
        (0.9, 0.0, (100 + 0.9 * 100) / 2),  # more: QQ checks, and loses
    ],
)
def test_a_locked_caller_is_answered_in_closed_form(spot, share, bets, value):
    lock = {"line": "all-in 100", "hands": {"KK": {"call": share, "fold": 1 - share}}}
    opened = spot(**{**NUTS, "locks": [lock]})
    solver, found = solved(opened)
    result = result_of(opened, solver, found)
    assert result["players"]["oop"]["ev"] == pytest.approx(value, abs=0.05)
    assert row_of(solver, 0, "QsQh")[1] == pytest.approx(bets, abs=0.01) and row_of(solver, 0, "AsAh")[1] > 0.99
    assert found.last.exploitability_pct <= 0.01 and found.stopped_by == "target"
    best = exploit_of(opened, solver, 0)
    assert best["ev"] == pytest.approx(value, abs=0.05)
    assert best["decisions"][0]["strategy"]["QsQh"] == [1 - bets, bets]
    text = "\n".join(exploit_lines(best, 100))
    assert f"oop's best response: EV {best['ev']:.3f} of 100" in text and "\n  at the start: check" in text


def test_locked_hands_never_move_and_others_do(spot):
    locks = [
        {"line": [], "hands": {"AA": {"check": 0.25, "bet 50": 0.75}, "AcAd": {"all-in": 1}}},
        {"line": "check, bet 50", "strategy": {"fold": 0.5, "call": "50%"}, "hands": {"KQs,QJs": "raise 140"}},
    ]
    opened = spot(locks=locks)
    solver = opened.solver()
    node = next(node for node, _, line in opened.decisions() if line == ["check", "bet 50"])
    for iterations in (0, *[3] * 6):  # from before the first iteration on
        solver.run(iterations)
        assert row_of(solver, 0, "AhAs") == pytest.approx([0.25, 0.75, 0], abs=1e-6)
        assert row_of(solver, 0, "AcAd") == pytest.approx([0, 0, 1], abs=1e-6)
        assert row_of(solver, node, "8c7c") == pytest.approx([0.5, 0.5, 0, 0], abs=1e-6)
        assert row_of(solver, node, "KhQh") == pytest.approx([0, 0, 1, 0], abs=1e-6)
        solver.values(0, True)
    free = row_of(solver, 0, "KhQh")
    assert 0 < free.max() < 1 and solver.iterations == 18
    best = best_strategies(solver, 0)
    places = np.flatnonzero(np.isin(solver.hands[0], [hand("AhAs")]))
    assert best[0][places[0]] == pytest.approx([0.25, 0.75, 0]) and (best[0].sum(axis=1) == pytest.approx(1))


@pytest.mark.parametrize("position", [0, 1])
def test_against_an_equilibrium_nobody_wins_more(position):
    """With the solution locked for one side, the other's best response gains no more than what was left."""
    opened = open_spot(SMALL)
    solver, found = solved(opened, 0.05)
    locks, every = [], np.ones(1326, bool)
    for node, state, _ in opened.decisions():
        if state.player == position:
            strategy = np.zeros((1326, len(opened.tree.actions(node))))
            strategy[solver.hands[position]] = solver.strategy(node)
            taken = tuple(int(opened.tree.actions(above)[action]) for above, action in opened.tree.line_to(node))
            locks.append(Lock(taken, every, strategy))
    locked = SubgameSolver(opened.tree, opened.board, opened.ranges, locks=locks)
    locked.run(300)
    own = [locked.mean(player, locked.values(player, False)) for player in range(2)]
    best = locked.mean(1 - position, locked.values(1 - position, True))
    before = solver.mean(1 - position, solver.values(1 - position, False))
    left = 2 * found.last.exploitability_pct / 100 * 50 * opened.unit
    assert before - 1e-3 * opened.unit <= best <= before + left + 1e-3 * opened.unit
    assert own[1 - position] <= best + 1e-3 * opened.unit
    # Nothing of the locked side can gain, so what is left is the other's.
    assert locked.mean(position, locked.values(position, True)) == pytest.approx(own[position], abs=1e-4 * opened.unit)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", ["kuhn", "leduc"])
def test_values_are_a_linear_programs(name, seed):
    """Some cards locked at some decisions of any street, at random, and the rest solved."""
    layout, toy = oracle.layout_and_deck(name, 2)
    tree, draw = layout.tree, np.random.default_rng(seed)
    nodes = np.flatnonzero(tree.kind_of_node == KIND_DECISION)
    locks, fixed = [], {}
    for node in draw.choice(nodes, min(len(nodes), 3 if name == "kuhn" else 30), replace=False).tolist():
        cards = draw.random(toy.num_cards) < 0.6
        strategy = draw.dirichlet(np.ones(len(tree.actions(node))), toy.num_cards).astype(np.float32)
        taken = tuple(int(tree.actions(above)[action]) for above, action in tree.line_to(node))
        locks.append(Lock(taken, cards, strategy))
        fixed[node] = {card: strategy[card].astype(np.float64) for card in np.flatnonzero(cards).tolist()}
    ranges = draw.uniform(0.2, 1.0, (2, toy.num_cards))
    solver = SubgameSolver(tree, [], ranges, locks=locks, deck=toy_subgame_deck(toy))
    solver.run(2500)
    expected = SubgameProgram(tree, toy, [], ranges, locks=fixed).value() / solver.meetings
    gap = 2 * solver.exploitability()
    assert -1e-6 < gap < 0.005
    values = [solver.mean(player, solver.values(player, True)) for player in range(2)]
    assert expected - 1e-5 <= values[0] <= expected + gap + 1e-5
    assert -expected - 1e-5 <= values[1] <= -expected + gap + 1e-5


@pytest.mark.parametrize("board", ["Qs Jh 2h 8h"])
def test_locks_of_a_turn_bind_its_own_street(board):
    """The next street answers: who never folds is not bluffed, and gains nothing by what he may not do."""
    keys = {**SMALL, "board": board, "stacks": 60, "ranges": {"oop": "AA,87s,A5s", "ip": "KK,99"}, "raise_sizes": []}
    opened = open_spot({**keys, "locks": [{"line": "bet 50", "strategy": "call"}]})
    solver = opened.solver()
    solver.run(60)
    node = next(node for node, _, line in opened.decisions() if line == ["bet 50"])
    assert solver.strategy(node)[:, 1] == pytest.approx(1, abs=1e-6)
    free = SubgameSolver(opened.tree, opened.board, opened.ranges, locks=())
    free.run(60)
    bound = [solver.mean(player, solver.values(player, True)) for player in range(2)]
    assert sum(bound) / 2 == pytest.approx(solver.exploitability(), rel=1e-4)
    assert (free.values(1, True) >= free.values(1, False) - 1e-3).all()
    unbound = SubgameSolver(opened.tree, opened.board, opened.ranges)
    for node in np.flatnonzero(opened.tree.kind_of_node == KIND_DECISION).tolist():
        for runout in range(1 if node in solver.game.upper else solver.game.runout_card.size):
            unbound.set_strategy(node, solver.strategy(node, runout), runout)
    assert (unbound.values(1, True) >= solver.values(1, True) - 1e-3 * opened.unit).all()


LATER = {**SMALL, "stacks": 60, "ranges": {"oop": "AA,87s,A5s", "ip": "KK,99"}, "raise_sizes": []}


def rows_after(opened, solver, *line):
    """{cards dealt: strategy} at the decision of the last street after some actions, each time that it comes."""
    node, state = 0, opened.start
    for text in line:
        actions = opened.tree.actions(node)
        place = opened.action_names(state, actions).index(text)
        node, state = int(opened.tree.children(node)[place]), state.apply(int(actions[place]))
    runouts = [(card,) for card in solver.game.runout_card.tolist()]
    if solver.game.share.size == 2:
        branch = np.repeat(solver.game.branch_card, np.diff(solver.game.first_runout))
        runouts = [(int(turn), *card) for turn, card in zip(branch, runouts, strict=True)]
    return {tuple(map(card_name, cards)): solver.strategy(node, place) for place, cards in enumerate(runouts)}


@pytest.mark.parametrize(
    "board, cards, stack",
    [
        ("Qs Js 2s 8s", {("3c",): 0, ("3d",): 1, ("6d",): 1}, 60),
        ("Qs Js 2s", {("3c", "5c"): 0, ("3c", "6c"): 2, ("4d", "3c"): 1}, 25),
    ],
)
def test_a_lock_of_a_later_street_holds_on_the_cards_that_it_names(board, cards, stack, monkeypatch):
    """Those of a card stand before those of any; and what suits make equal does not change the solution."""
    deals = 5 - len(board.split())
    rounds = ["check", "check"] * deals
    one = [*rounds[:2], *(["3c"] if deals == 2 else []), *rounds[2:], *(["5c"] if deals == 2 else ["3c"])]
    locks = [
        {"line": rounds, "strategy": "check"},
        {"line": one, "hands": {"AA": {"check": 0.25, f"all-in {stack}": 0.75}}},
    ]
    if deals == 2:
        locks.insert(1, {"line": "check, check, turn 3c, check, check", "strategy": {"check": "50%", "all-in": 0.5}})
    opened = open_spot(
        {**LATER, "board": board, "stacks": stack, "bet_sizes": [], "short_stacks": True, "locks": locks}
    )
    solver = opened.solver()
    solver.run(4)  # later, hands that do equally well by two actions may take either
    rows = rows_after(opened, solver, *rounds)
    place = np.flatnonzero(np.isin(solver.hands[0], [hand("AsAd")]))[0]
    expected = ([0.25, 0.75], [1, 0], [0.5, 0.5])
    for dealt, kind in cards.items():
        assert rows[dealt][place] == pytest.approx(expected[kind], abs=1e-6)
    first = next(iter(cards))  # where aces are locked by that card, other hands by any card, or by the turn's
    other = np.flatnonzero(np.isin(solver.hands[0], [hand("8h7h")]))[0]
    assert rows[first][other] == pytest.approx(expected[deals], abs=1e-6)
    monkeypatch.setattr(subgame_arrays, "symmetries_of", lambda board, ranges, deck: [(0, 1, 2, 3)])
    every = opened.solver()
    every.run(4)
    assert every.game.runout_card.size > solver.game.runout_card.size
    for player in range(2):
        for best in (False, True):
            assert every.values(player, best) == pytest.approx(solver.values(player, best), abs=1e-3 * opened.unit)


WRONG = [
    (
        {"line": "bet 51", "strategy": "fold"},
        "locks[0].line: after the start no 'bet 51'; expected one of check, bet 50",
    ),
    (
        {"line": "bet 50, call", "strategy": "fold"},
        "locks[0].line: call ends the betting; expected a line to a decision",
    ),
    (
        {"line": "check, 3c", "strategy": "fold"},
        "locks[0].line: after check no card is dealt; expected an action before 3c",
    ),
    ({"line": "bet 50", "strategy": "check"}, "locks[0].strategy: no 'check' there; expected fold, call, raise to 140"),
    ({"line": "bet 50", "strategy": {"call": 0.5}}, "locks[0].strategy: probabilities add up to 0.5; expected 1"),
    ({"line": "bet 50", "strategy": {"call": 2, "fold": -1}}, "locks[0].strategy: expected probabilities from 0 to 1"),
    ({"line": "bet 50", "strategy": {"call": "often"}}, "locks[0].strategy.call: expected a number, got 'often'"),
    ({"line": "bet 50", "strategy": 1}, "locks[0].strategy: expected"),
    ({"line": "bet 50"}, "locks[0].strategy: expected a strategy of all hands, or hands with theirs"),
    ({"line": "bet 50", "hands": {"KX": "call"}}, "locks[0].hands.KX: entry 'KX' at character 1"),
    ({"line": "bet 50", "hands": {"KK:0.5": "call"}}, "locks[0].hands.KK:0.5: expected hands without weights"),
    ({"line": "bet 50", "hands": {"AA": "call"}}, "locks[0].hands: none of them is in ip's range on this board"),
    ({"line": 50, "strategy": "call"}, "locks[0].line: expected a list, got 50"),
    ({"lines": [], "strategy": "call"}, "unknown key locks.lines"),
    ({"hands": "KK"}, "locks[0].hands: expected hands with their strategies, such as {KK: call}, got 'KK'"),
    ({"hands": ["KK"]}, "locks[0].hands: expected hands with their strategies, such as {KK: call}, got ['KK']"),
    ({"hands": {"KK": 5}}, "locks[0].hands: expected an action's name or {action: probability}, got 5"),
    ({"strategy": 7}, "locks[0].strategy: expected an action's name or {action: probability}, got 7"),
]


@pytest.mark.parametrize("lock, said", WRONG, ids=[said for _, said in WRONG])
def test_a_line_for_each_mistake_and_nothing_is_built(spot, monkeypatch, lock, said):
    monkeypatch.setattr(spots, "build_tree", None)
    monkeypatch.setattr(spots, "SubgameSolver", None)
    with pytest.raises(ConfigError) as caught:
        spot(locks=[lock])
    assert str(caught.value).partition("spot.yaml: ")[2].startswith(said) and "\n" not in str(caught.value)
