"""``resolve`` that keeps its solution in a folder, and solves on from it."""

import json

import pytest
import yaml
from helpers.spot_files import SMALL

from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.resolve import main
from holdem_mpi.subgame import spot_solving
from holdem_mpi.subgame.solution import open_solution

TURN = {**SMALL, "board": "Qs Jh 2h 8h", "ranges": {"oop": "AA,QJs,87s", "ip": "KK,AJs:0.5,99"}}
LOCKED = [{"line": [], "strategy": "check"}]
ON_A_CARD = [{"line": ["check", "check", "3c"], "strategy": "check"}]


@pytest.fixture
def resolve(tmp_path, monkeypatch, capsys):
    """``resolve(*options)``: what the command prints as JSON."""
    monkeypatch.chdir(tmp_path)
    for name, keys in (
        ("spot", {}),
        ("locked", {"locks": LOCKED}),
        ("card", {"locks": ON_A_CARD}),
        ("other", {"pot": 60, "stacks": 190}),
    ):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump({**TURN, **keys}, sort_keys=False))

    def resolve(*options, code=0):
        capsys.readouterr()
        assert main(Communicator(), [*map(str, options), "--json"]) == code
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    return resolve


def test_what_is_solved_on_is_an_uninterrupted_solve(resolve, tmp_path, capsys):
    straight = resolve("--spot", "spot.yaml", "--iterations", 14)
    part = resolve("--spot", "spot.yaml", "--iterations", 6, "--out", "kept")
    kept = open_solution("kept", verify=True)
    assert part["digest"] == kept.digest != straight["digest"] and kept.iterations == 6
    assert kept.exploitability_pct == part["exploitability_pct"] and kept.can_go_on
    more = resolve("--continue", "kept", "--iterations", 14, "--out", "all.json")
    assert more["digest"] == straight["digest"] == open_solution("kept").digest and more["iterations"] == 14
    assert more["solve_seconds"] > part["solve_seconds"] and more["strategy"] == straight["strategy"]
    saved = json.loads((tmp_path / "all.json").read_text())
    assert [check[0] for check in saved["progress"]] == [1, 5, 6, 12, 14]
    # What is reached already is looked at, and nothing more is done.
    for options in ((), ("--target-pct", 99), ("--iterations", 3)):
        assert main(Communicator(), ["--continue", "kept", *map(str, options), "--json"]) == 0
        told = capsys.readouterr()
        assert json.loads(told.out.splitlines()[-1])["iterations"] == 14
        assert "note: 14 iterations done already, and the stops are reached" in told.err
    assert resolve("--continue", "kept", "--target-pct", 1)["exploitability_pct"] <= 1


def test_locks_may_change(resolve):
    resolve("--spot", "spot.yaml", "--iterations", 30, "--out", "kept")
    assert (open_solution("kept").decision("").strategy[:, 0] < 0.1).all()
    locked = resolve("--continue", "kept", "--spot", "locked.yaml", "--iterations", 200)
    solution = open_solution("kept")
    assert locked["iterations"] == 200 and solution.spot["locks"][0]["strategy"] == {"check": 1.0}
    assert (solution.decision("").strategy[:, 0] == 1).all() and locked["exploitability_pct"] < 0.5
    back = resolve("--continue", "kept", "--spot", "spot.yaml", "--iterations", 600)
    assert back["exploitability_pct"] < 0.5 and (open_solution("kept").decision("").strategy[:, 0] < 0.1).all()


def test_a_lock_on_one_card_makes_others_apart(resolve):
    """Clubs and diamonds are alike before, and what was learnt of both is what one had; and back."""
    resolve("--spot", "spot.yaml", "--iterations", 30, "--out", "kept")
    before = open_solution("kept")
    rows = before.numbers.tables.rows[0]
    resolve("--continue", "kept", "--spot", "card.yaml", "--iterations", 30)
    apart = open_solution("kept")
    assert apart.numbers.tables.rows[0] > rows
    for line in ("check, check, 4d", "check, check, 4c", "check, bet 50, call, 3d"):
        assert apart.decision(line).strategy == pytest.approx(before.decision(line).strategy, abs=1e-6)
    assert (apart.decision("check, check, 3c").strategy[:, 0] == 1).all()
    resolve("--continue", "kept", "--spot", "spot.yaml", "--iterations", 30)
    assert open_solution("kept").numbers.tables.rows[0] == rows


def test_states_are_kept_on_the_way(resolve, monkeypatch):
    """Each look at the exploitability keeps one, where they are a minute apart."""
    from holdem_mpi.subgame.keeping import Folder

    kept = []
    monkeypatch.setattr(spot_solving, "_KEEP_SECONDS", 0.0)
    monkeypatch.setattr(spot_solving, "_KEEP_SHARE", 0.0)
    keep = Folder.keep

    def look(folder, *given):
        keep(folder, *given)
        kept.append(open_solution(folder.path))

    monkeypatch.setattr(Folder, "keep", look)
    straight = resolve("--spot", "spot.yaml", "--iterations", 30, "--out", "kept")
    assert [each.iterations for each in kept] == [1, 5, 10, 20] and {each.stopped_by for each in kept} == {"running"}
    assert open_solution("kept").digest == straight["digest"]
    resolve("--spot", "spot.yaml", "--iterations", 30, "--out", "without", "--no-state")
    assert len(kept) == 4 and not open_solution("without").can_go_on


def test_three_players_are_kept_too(resolve, tmp_path):
    spot = {**SMALL, "ranges": {"SB": "AA,QJs", "BB": "KK,AJs", "BTN": "99,87s"}, "stacks": 100}
    (tmp_path / "three.yaml").write_text(yaml.safe_dump(spot, sort_keys=False))
    straight = resolve("--spot", "three.yaml", "--iterations", 8)
    resolve("--spot", "three.yaml", "--iterations", 3, "--out", "kept")
    more = resolve("--continue", "kept", "--iterations", 8)
    assert more["digest"] == straight["digest"] == open_solution("kept").digest


def test_what_cannot_be_is_one_line(resolve, tmp_path):
    resolve("--spot", "spot.yaml", "--iterations", 2, "--out", "kept")
    resolve("--spot", "spot.yaml", "--iterations", 2, "--out", "without", "--no-state")
    (tmp_path / "mine").mkdir()
    for options, text in (
        (
            ("--spot", "spot.yaml", "--out", "kept"),
            "--out kept: holds a solution; expected a new folder, or --continue",
        ),
        (("--spot", "spot.yaml", "--out", "mine"), "--out mine: is there, and holds no solution"),
        (
            ("--spot", "spot.yaml", "--out", "/proc/kept"),
            "--out /proc/kept: No such file or directory at /proc; expected the name",
        ),
        (
            ("--spot", "spot.yaml", "--out", "spot.yaml/kept"),
            "; expected the name of a folder that can be made",
        ),
        (("--spot", "spot.yaml", "--no-state"), "--no-state: expected it beside --out DIR"),
        (("--continue", "kept", "--out", "kept2"), "--out kept2: a solution that is solved on stays in its folder"),
        (("--continue", "mine"), "mine: no solution here; expected a folder that resolve --out"),
        (("--continue", "nowhere"), "nowhere: no such folder"),
        (("--continue", "without"), "--continue without: was saved with --no-state"),
        (("--continue", "kept", "--spot", "other.yaml"), "other.yaml: pot: 60.0 is not what was solved; expected 50.0"),
        (("--continue", "kept", "--plan"), "--plan: nothing is solved; expected it without"),
        (("--iterations", "5"), "--spot"),
    ):
        with pytest.raises(UserError) as caught:
            resolve(*options)
        assert text in str(caught.value) and "\n" not in str(caught.value) and caught.value.exit_code == 64
