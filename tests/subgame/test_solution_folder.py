"""Solutions in their folders: the numbers of the solver at every node of every street, and states to solve on from."""

import errno

import numpy as np
import pytest
from helpers.spot_files import SMALL

from holdem_mpi.cards import NUM_HANDS, mass_of_others
from holdem_mpi.errors import DataError, SaveError
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.storage import atomic
from holdem_mpi.subgame import solver as solvers
from holdem_mpi.subgame.keeping import Folder, state_to_go_on, take_up
from holdem_mpi.subgame.solution import open_solution, solution_of
from holdem_mpi.subgame.solution_folder import kept_of, save_kept
from holdem_mpi.subgame.spot import open_spot
from holdem_mpi.subgame.spot_solving import StopRules, solve
from holdem_mpi.subgame.subgame_deck import holdem_deck

FEW = {"oop": "AA,QJs,87s", "ip": "KK,AJs:0.5,99"}
# Without a renaming of suits that changes neither board nor ranges, and with some.
SPOTS = {
    "river": SMALL,
    "turn": {**SMALL, "board": "Qs Jh 2h 8h", "ranges": FEW},
    "turn, one suit apart": {**SMALL, "board": "Qs Jh 2h 8h", "ranges": {**FEW, "oop": "AA,QJs,8c7c"}, "rake": 0.05},
    "turn, locked on a card": {
        **SMALL,
        "board": "Qs Jh 2h 8h",
        "ranges": FEW,
        "locks": [
            {"line": ["check", "check", "3c"], "strategy": "check"},
            {"line": ["check", "check"], "hands": {"AA": "all-in 200"}},
        ],
    },
    "flop": {**SMALL, "board": "Qs Jh 2h", "stacks": 50, "raise_sizes": [], "ranges": FEW},
}


def solved_at(spot, iterations, stop=lambda: False):
    """(spot, its solver after so many iterations, how that went)."""
    opened = open_spot(spot)
    solver = opened.solver()
    return opened, solver, solve(solver, opened.pot * opened.unit, StopRules(None, None, iterations), lambda *_: None)


@pytest.fixture(scope="module", params=SPOTS)
def kept(request, tmp_path_factory):
    """(spot, solver, the solution that was saved and opened)."""
    opened, solver, solved = solved_at(SPOTS[request.param], 12)
    folder = tmp_path_factory.mktemp("kept") / "solution"
    solution_of(opened, solver, solved).save(folder)
    return opened, solver, open_solution(folder, verify=True)


def test_strategies_are_the_solver_s_at_every_node(kept):
    opened, solver, solution = kept
    numbers, deck, seen = solution.numbers, holdem_deck(), 0
    tables, first = numbers.tables, opened.start.street
    turns = list(tables.standing) if first < 3 else []
    for node in np.flatnonzero(opened.tree.kind_of_node == KIND_DECISION).tolist():
        mine = solver.hands[int(opened.tree.player_of_node[node])]
        deals = int(opened.tree.street_of_node[node]) - first
        if deals == 0:
            assert numbers.strategy_at(node, ())[mine] == pytest.approx(solver.strategy(node), abs=1e-6)
            continue
        runouts = [((card,), suits) for card in turns for suits in tables.standing[card].values()]
        places = [place for place, card in enumerate(turns) for _ in tables.standing[card]]
        if deals == 2:
            game, runouts, places = solver.game, [], []
            for branch, card in enumerate(turns):
                for place in range(*game.first_runout[branch : branch + 2]):
                    for suits in tables.standing[card].values():
                        runouts.append(((card, int(game.runout_card[place])), suits))
                        places.append(place)
        for (cards, suits), place in list(zip(runouts, places))[:: 1 + 10 * (deals - 1)]:
            come = tuple(deck.renamed_card(card, suits) for card in cards)
            found, expected = numbers.strategy_at(node, come), solver.strategy(node, place)
            assert np.abs(found[deck.renamed_hands(suits)[mine]] - expected).max() < 3e-5
            seen += 1
    assert seen > 0 or first == 3


def test_values_of_the_first_street_are_the_solver_s(kept):
    opened, solver, solution = kept
    for node, state, line in list(opened.decisions())[-3:]:
        mine = solver.hands[state.player]
        place, expected = solution.place(line), solver.action_values(node)
        for action, child in enumerate(opened.tree.children(node)):
            found = solution.numbers.won(state.player, place, int(child))[mine]
            assert found == pytest.approx(expected[:, action], rel=1e-4, abs=1e-3 * opened.unit)
        equities = solution.numbers.equities(place)
        with solver.narrowed_to(node):
            for player, hands in enumerate(solver.hands):
                assert equities[player, hands] == pytest.approx(solver.equity(player), abs=1e-4)
                shares = solver.meeting_weight(player)
                dealt = solution.dealt_at(solution.positions[player], line)
                assert np.sort(dealt) == pytest.approx(np.sort(shares[shares >= 0])[-dealt.size :], abs=1e-5)
    equities = solution.numbers.equities(solution.place(""))
    for player, position in enumerate(solution.positions):
        assert solution.equities(position) == pytest.approx(equities[player, solution.hands(position)], abs=1e-5)


def test_streets_add_up(kept):
    """What a hand wins where a card comes is the mean over the cards of what it wins on the streets they lead to."""
    opened, solver, solution = kept
    if opened.start.street == 3:
        return
    numbers, line = solution.numbers, ("check", "check")
    line += ("3c", *line) if opened.start.street == 1 else ()  # from the turn on: of a flop's many cards one is enough
    at = solution.place(line)
    board = {*opened.board, *at.cards}
    for player, hands in enumerate(solver.hands):
        total, left = np.zeros(NUM_HANDS), 52 - len(board) - 4
        for card in set(range(52)) - board:
            here = solution.place(line, [card])
            reach = numbers.reach_at(here)
            met = np.maximum(mass_of_others(reach[1 - player]), 0.0) * (reach[player] > 0)
            total += numbers.won(player, here, here.node) * met
        before = numbers.met(player, numbers.reach_at(at))
        expected = numbers.won(player, at, at.node) * before * left
        assert total[hands] == pytest.approx(expected[hands], abs=2e-4 * np.abs(expected).max())


@pytest.mark.parametrize("name", ["river", "turn", "flop"])
def test_stopped_and_continued_is_an_uninterrupted_solve(tmp_path, name, monkeypatch):
    """Stopped between any two cards of an iteration, saved, and taken up by another solver."""
    monkeypatch.setattr(solvers, "_CALL", 0.0)  # as of iterations that take long
    _, expected, _ = solved_at(SPOTS[name], 6)
    opened, solver, solved = solved_at(SPOTS[name], 2)
    rests, folder = 0, Folder(str(tmp_path / "solution"), "--continue", goes_on=True)
    while solver.iterations < 6:
        asked = iter(range(1000))
        cards = {"river": 1, "turn": 40, "flop": 70}[name] + 5 * rests
        solver.run(6 - solver.iterations, lambda asked=asked, cards=cards: next(asked) > cards)
        solved.checks.append(solved.last._replace(iterations=solver.iterations))
        folder.save(opened, solver, solved)
        rests += solver.halfway is not None
        solver = opened.solver()
        kept = state_to_go_on(folder, verify=True)
        assert take_up(solver, kept, True, folder)[-1].iterations == solver.iterations
    assert rests > 2 or name == "river"
    assert solver.digest == expected.digest


def test_a_disk_that_refuses_leaves_the_state_before(tmp_path, monkeypatch, capsys):
    opened, solver, solved = solved_at(SPOTS["turn"], 2)
    folder = Folder(str(tmp_path / "solution"), "--out")
    folder.keep(opened, solver, solved)
    before = open_solution(folder.path, verify=True).digest
    solver.run(1)
    write = atomic.write_durably

    def full(path, parts):
        if path.name == "sum_last.npy":
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, parts)

    monkeypatch.setattr("holdem_mpi.storage.array_folder.write_durably", full)
    folder.keep(opened, solver, solved)
    assert "warning: " in (told := capsys.readouterr().err) and "No space left on device" in told
    assert told.count("\n") == 1 and "solving goes on" in told
    with pytest.raises(SaveError, match="No space left on device; the solution was not written"):
        folder.save(opened, solver, solved)
    assert open_solution(folder.path, verify=True).digest == before != solver.digest
    assert [path.name for path in tmp_path.iterdir()] == ["solution"]


def test_a_damaged_or_foreign_folder_is_refused(tmp_path):
    opened, solver, solved = solved_at(SPOTS["turn"], 2)
    path = tmp_path / "solution"
    folder = Folder(str(path), "--continue", goes_on=True)
    save_kept(solver.team.comm, path, kept_of(opened, solver, solved, state=False))
    assert not open_solution(path).can_go_on
    with pytest.raises(DataError, match=r"saved with --no-state.*; expected a solution with it"):
        state_to_go_on(folder, verify=True)
    folder.save(opened, solver, solved)
    with open(path / "regret_last.npy", "r+b") as file:
        file.seek(-1000, 2)
        file.write(b"\x07")
    open_solution(path)  # sizes alone are looked at
    with pytest.raises(DataError, match=r"regret_last.npy: damaged, its SHA-256 does not match"):
        state_to_go_on(folder, verify=True)
    (path / "strategy_last.npy").write_bytes(b"short")
    with pytest.raises(DataError, match=r"strategy_last.npy: 5 bytes, expected"):
        open_solution(path)
    (path / "manifest.json").write_text("{}")
    with pytest.raises(DataError, match="not the manifest of a holdem_mpi solution"):
        open_solution(path)
