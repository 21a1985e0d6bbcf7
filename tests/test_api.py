"""The Python API: the example of the documents word for word, and values equal to the commands' and OpenSpiel's."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest
from helpers import openspiel_oracle
from helpers.launching import child_environment, run_here
from helpers.spot_files import SMALL as SPOT

import holdem_mpi as hm
from holdem_mpi import api
from holdem_mpi.config.load import load_config
from holdem_mpi.errors import ConfigError, DataError, UserError
from holdem_mpi.game.game import Game

ROOT = Path(__file__).parents[1]
EXAMPLE = """
game   = hm.load_game("leduc")
solver = hm.MCCFRSolver(game, sampler="external", algorithm="linear", lanes=4, seed=0)
solver.run(100_000)                                  # collective under mpirun, plain in a notebook
policy = solver.average_policy()
print(hm.nash_conv(game, policy), solver.digest)
hm.load_policy("runs/hu").action_probabilities("AhKh", board="Qh7h2c", betting="r300c/c")
hm.solve_spot("river", target_pct=0.25).strategy("AhKh")
"""
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)
SMALL = {
    "game": {
        "name": "small",
        "deck": "holdem",
        "players": 2,
        "betting": "no_limit",
        "stacks": 2000,
        "blinds": [100, 50],
        "board_cards": [0, 3],
        "bet_sizes": [1.0],
        "max_raises": [2, 1],
    },
    "abstraction": {"buckets": [169, 5]},
}


@pytest.fixture(scope="module")
def small() -> hm.MCCFRSolver:
    """A solver of a no-limit game that ends on the flop, hardly trained."""
    solver = hm.MCCFRSolver(hm.load_game(SMALL), lanes=2, seed=1)
    solver.run(2000)
    return solver


@pytest.fixture
def kuhn() -> hm.MCCFRSolver:
    return hm.MCCFRSolver(hm.load_game("kuhn"), lanes=2, seed=3)


def test_the_example_runs_word_for_word(small, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    small.save("runs/hu")
    names: dict = {"hm": hm}
    *lines, policy, spot = EXAMPLE.strip().splitlines()
    exec("\n".join(lines), names)
    nash_conv, digest = capsys.readouterr().out.split()
    assert float(nash_conv) < 0.2 and digest == names["solver"].digest and len(digest) == 64
    for line, first in ((policy, "c"), (spot, "check")):
        found = eval(line, names)
        assert first in found and sum(found.values()) == pytest.approx(1)
    assert textwrap.indent(EXAMPLE, "    ") in (ROOT / "docs" / "api.md").read_text()


@pytest.mark.parametrize("block", range(len(BLOCKS)))
def test_the_documents_examples_run(block, tmp_path, monkeypatch):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    exec(BLOCKS[block], {"hm": hm})


def test_import_is_cheap_and_lazy():
    script = (
        "import sys, time; begin = time.perf_counter()\nimport holdem_mpi as hm\n"
        "assert time.perf_counter() - begin < 0.1\n"
        "assert not {'numpy', 'numba', 'holdem_mpi.api'} & sys.modules.keys()\n"
        "assert 'solve_spot' in dir(hm) and callable(hm.solve_spot)\n"
        "hm.load_game('kuhn'); assert 'mpi4py.MPI' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env=child_environment(PYTHONPATH=str(ROOT)))
    assert hm.__all__ == api.__all__
    assert re.findall(r"import (\w+) as", (ROOT / "holdem_mpi" / "__init__.pyi").read_text()) == hm.__all__
    with pytest.raises(AttributeError, match="no_such"):
        hm.no_such  # noqa: B018


def test_games_by_name_file_keys_and_parameters(tmp_path):
    (tmp_path / "game.yaml").write_text((ROOT / "configs" / "leduc.yaml").read_text())
    game = hm.load_game("leduc")
    assert isinstance(game, Game) and game.run_config == load_config("leduc")
    assert game == hm.load_game(tmp_path / "game.yaml") == hm.load_game(game.config)
    assert hm.load_game("leduc", {"players": 3}).num_players == 3
    plain = hm.load_game(SMALL["game"])
    assert plain.run_config is None and plain == hm.load_game(SMALL)
    assert hm.load_game(SMALL).run_config.abstraction.buckets == [169, 5]
    for source, parameters, text in (
        ("leduk", None, "did you mean leduc"),
        ("leduc", {"players": 4}, "parameters players: expected 2 or 3"),
        ({**SMALL["game"], "blind": 1}, None, "game: unknown key blind"),
        ({**SMALL, "lane": 1}, None, "config: unknown key lane"),
    ):
        with pytest.raises(ConfigError, match=text) as caught:
            hm.load_game(source, parameters)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["kuhn", "leduc"])
def test_nash_conv_is_openspiels(name):
    game = hm.load_game(name)
    solver = hm.MCCFRSolver(game, lanes=2, seed=5)
    solver.run(4000)
    policy = solver.average_policy()
    expected = openspiel_oracle.nash_conv(name, 2, policy.tabular.probability)
    assert hm.nash_conv(game, policy) == pytest.approx(expected, abs=1e-9)
    assert hm.exploitability(game, policy) == pytest.approx(expected / 2, abs=1e-9)
    with pytest.raises(UserError, match=f"a policy of {name}, expected one of small"):
        hm.nash_conv(hm.load_game(SMALL), policy)


def test_tables_are_the_commands(train, mpirun, tmp_path):
    options = ("--sampler", "external", "--algorithm", "linear", "--lanes", 4, "--seed", 0, "--iters", 4000)
    expected = train(1, "--game", "leduc", *options)["digest"]
    (tmp_path / "program.py").write_text(
        "import holdem_mpi as hm\n"
        "solver = hm.MCCFRSolver(hm.load_game('leduc'), sampler='external', algorithm='linear', lanes=4, seed=0)\n"
        "solver.run(4000)\n"
        "solver.save('saved')\n"
        "open(f'{solver.rank}.txt', 'w').write(solver.digest)\n"
    )
    done = mpirun(2, "program.py", PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    assert [(tmp_path / f"{rank}.txt").read_text() for rank in range(2)] == [expected] * 2
    here = hm.MCCFRSolver(hm.load_game("leduc"), sampler="external", algorithm="linear", lanes=4, seed=0)
    here.run(1600)
    here.run(2400)
    assert (here.digest, here.iterations) == (expected, 4000)
    evaluated = run_here(("-m", "holdem_mpi.evaluate", "exploitability", "--json", "--policy", "saved"), tmp_path)
    result = json.loads(evaluated.stdout)
    assert result["nash_conv"] == hm.nash_conv(here.game, here.average_policy()) and result["digest"] == expected
    opened = hm.load_policy(tmp_path / "saved")
    assert opened.decision(betting="cr3").by_action(0) == here.average_policy().decision(betting="cr3").by_action(0)


def test_an_error_of_one_rank_ends_all(mpirun, tmp_path):
    (tmp_path / "program.py").write_text(
        "import holdem_mpi as hm\n"
        "solver = hm.MCCFRSolver(hm.load_game('kuhn'), lanes=2)\n"
        "assert solver.rank == 0, 'a mistake'\n"
        "solver.run(10**9)\n"
    )
    done = mpirun(2, "program.py", timeout=120, PYTHONPATH=str(ROOT))
    assert done.returncode != 0 and "rank 1:" in done.stderr and "a mistake" in done.stderr


def test_an_interrupted_run_stands_at_a_whole_batch(kuhn):
    kuhn.run(400)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt, match="at a whole batch"):
        kuhn.run(10**9)
    timer.join()
    assert kuhn.iterations > 400 and kuhn.iterations % 400 == 0
    done, before = kuhn.iterations, kuhn.average_policy().tabular.probability
    kuhn.run(400)
    assert kuhn.iterations == done + 400 and (kuhn.average_policy().tabular.probability != before).any()
    whole = hm.MCCFRSolver(hm.load_game("kuhn"), lanes=2, seed=3)
    whole.run(kuhn.iterations)
    assert whole.digest == kuhn.digest


def test_it_runs_in_a_thread(kuhn):
    thread = threading.Thread(target=kuhn.run, args=(800,))
    thread.start()
    thread.join()
    assert kuhn.iterations == 800


@pytest.mark.parametrize("sampler", ["outcome", "public", "full"])
def test_every_sampler_goes_on(sampler):
    digests = []
    for parts in ((2, 4), (6,)):
        solver = hm.MCCFRSolver(hm.load_game("kuhn"), sampler=sampler, batch_size=1, lanes=2, seed=1)
        for part in parts:
            solver.run(part)
        digests.append(solver.digest)
    assert digests[0] == digests[1]


def test_a_racing_solver_goes_on_without_a_digest():
    solver = hm.MCCFRSolver(hm.load_game("kuhn"), settings={"mode": "racing"})
    for _ in range(2):
        solver.run(500)
    assert solver.digest == "none (racing)" and solver.iterations >= 1000
    assert hm.nash_conv(solver.game, solver.average_policy()) < 1


def test_a_run_in_a_folder_is_resumed(tmp_path, kuhn):
    game, where = hm.load_game("kuhn"), tmp_path / "run"
    with hm.MCCFRSolver(game, lanes=2, seed=3, logdir=where) as solver:
        solver.run(400)
    with pytest.raises(UserError, match="already holds a run"):
        hm.MCCFRSolver(game, lanes=2, seed=3, logdir=where)
    with pytest.raises(UserError, match="of another config"):
        hm.MCCFRSolver(game, lanes=2, seed=4, logdir=where, resume=True)
    with hm.MCCFRSolver(game, lanes=2, seed=3, logdir=where, resume=True) as solver:
        assert solver.iterations == 400
        solver.run(400)
        with pytest.raises(UserError, match="holds a run with checkpoints"):
            solver.save(where)
    kuhn.run(800)
    assert kuhn.digest == solver.digest
    assert json.loads((where / "summary.json").read_text())["digest"] == solver.digest
    assert hm.load_policy(where).manifest["table_digest"] == solver.digest


def test_settings_that_cannot_be(kuhn):
    game = hm.load_game("kuhn")
    for options, text in (
        ({"sampler": "extern"}, "^sampler"),
        ({"lanes": 0}, "^lanes: expected a number of at least 1"),
        ({"settings": {"solver.precison": "float32"}}, "unknown key solver.precison"),
        ({"resume": True}, "resume: expected logdir"),
        ({"buckets": [169]}, "buckets"),
    ):
        with pytest.raises(UserError, match=text):
            hm.MCCFRSolver(game, **options)
    with pytest.raises(UserError, match="iterations 0"):
        kuhn.run(0)
    with pytest.raises(ConfigError, match="buckets"):
        hm.MCCFRSolver(hm.load_game(SMALL["game"]))
    by_hand = hm.MCCFRSolver(hm.load_game(SMALL["game"]), buckets="169,5", settings={"solver.precision": "float32"})
    assert by_hand.config.abstraction.buckets == [169, 5] and by_hand.table.dtype == np.float32


def test_no_limit_is_told_what_bounds_it(small):
    with pytest.raises(UserError, match=r"too large for an exact best response.*lbr"):
        hm.nash_conv(small.game, small.average_policy())


def test_limit_holdem_is_measured_as_the_command_does(tmp_path):
    solver = hm.MCCFRSolver(hm.load_game("flop_holdem"), buckets=[169, 5], lanes=1)
    solver.run(2000)
    solver.save(tmp_path / "flop")
    nash_conv = hm.nash_conv(solver.game, tmp_path / "flop")
    done = run_here(("-m", "holdem_mpi.evaluate", "exploitability", "--json", "--policy", "flop"), tmp_path)
    assert json.loads(done.stdout)["nash_conv"] == nash_conv > 0


def test_a_match_is_the_commands(small, tmp_path):
    small.save(tmp_path / "small")
    policy = small.average_policy()
    result = hm.match(policy, "half-half", hands=40, seed=3, aivat=False)
    command = ("evaluate", "match", "--policy", "small", "--against", "half-half", "--hands", "40", "--seed", "3")
    done = run_here(("-m", f"holdem_mpi.{command[0]}", *command[1:], "--no-aivat", "--json"), tmp_path)
    expected = json.loads(done.stdout)
    found = {key: getattr(result, key) for key in expected if key not in ("duplicate", "policy")}
    assert found == {key: value for key, value in expected.items() if key in found}
    assert result.duplicate.to_json() == expected["duplicate"] and result.aivat is None
    assert json.loads(json.dumps(result.to_json())) == expected | {"policy": policy.name}
    assert "half-half" in str(result) and "95 % interval" in str(result)
    for options, text in (({"hands": 5}, "hands 5"), ({"against": "nobody"}, "nobody: no such folder")):
        with pytest.raises(UserError, match=text):
            hm.match(**{"policy": policy, "against": policy, **options})


def test_a_solution_is_the_commands_and_is_kept(tmp_path):
    (tmp_path / "spot.yaml").write_text(json.dumps(SPOT))
    solution = hm.solve_spot(SPOT, iterations=40)
    command = ("-m", "holdem_mpi.resolve", "--spot", "spot.yaml", "--iterations", 40, "--out", "out.json", "--json")
    done = run_here(command, tmp_path)
    assert done.returncode == 0, done.stderr
    expected = json.loads((tmp_path / "out.json").read_text())
    solution.save(tmp_path / "solution")
    for found in (solution, hm.open_solution(tmp_path / "solution")):
        assert (found.iterations, found.stopped_by, found.pot) == (40, "iterations", 50)
        assert found.exploitability_pct == expected["exploitability_pct"] and found.spot == expected["spot"]
        assert len(found.decisions) == len(expected["decisions"]) > 5
        for decision in expected["decisions"]:
            for hand, row in decision["strategy"].items():
                answer = found.strategy(hand, decision["line"])
                assert list(answer) == decision["actions"]
                assert list(answer.values()) == pytest.approx(row, abs=1e-6)
        for position, player in expected["players"].items():
            for hand, of_hand in player["hands"].items():
                assert found.ev(hand, position) == pytest.approx(of_hand["ev"], abs=1e-6)
        assert found.strategy("As Ac", "check, ALL-IN") == found.strategy("AcAs", ["check", "all-in 200"])


def test_a_solution_says_what_cannot_be_asked(tmp_path):
    solution = hm.solve_spot(SPOT, iterations=8)
    for call, text in (
        (lambda: solution.strategy("7c2d"), "hand '7c2d': oop cannot hold it"),
        (lambda: solution.strategy("Ah"), "expected two cards such as AhKh"),
        (
            lambda: solution.strategy("AcAs", "check, bet 51"),
            r"no 'bet 51' there; expected one of check, bet 50, all-in",
        ),
        (lambda: solution.strategy("AcAs", "check, check"), "check ends the hand; expected a line to one of its"),
        (lambda: solution.strategy("AcAs", "check, 4c"), "after check somebody is to act, no card comes; got 4c"),
        (lambda: solution.ev("AcAs", "button"), "position 'button': expected oop or ip"),
        (lambda: hm.solve_spot({**SPOT, "bord": ""}), "spot: unknown key bord"),
        (lambda: hm.solve_spot("rivr"), "unknown spot 'rivr'"),
        (lambda: hm.solve_spot(SPOT, target_pct=-1.0), "target_pct: expected a number above 0"),
        (
            lambda: hm.open_solution(tmp_path / "none"),
            "no such folder; expected a folder that resolve --out or Solution",
        ),
    ):
        with pytest.raises(UserError, match=text) as caught:
            call()
        assert "\n" not in str(caught.value)
    solution.save(tmp_path / "solution")
    with open(tmp_path / "solution" / "strategy_first.npy", "r+b") as file:
        file.seek(-3, os.SEEK_END)
        file.write(b"\xff")
    with pytest.raises(DataError, match=r"strategy_first.npy: damaged"):
        hm.open_solution(tmp_path / "solution", verify=True)


def test_a_turn_spot_answers_on_both_streets(tmp_path):
    spot = {**SPOT, "board": "Qs Jh 2h 8h"}
    hm.solve_spot(spot, iterations=8).save(tmp_path / "turn")
    solution = hm.open_solution(tmp_path / "turn")
    assert sum(solution.strategy("AcAs", "check, bet 50").values()) == pytest.approx(1)
    assert sum(solution.strategy("AcAs", "check, check, card 3c, bet 50, all-in").values()) == pytest.approx(1)
    assert (
        solution.leads_to("check")["check"] == "card" and solution.leads_to("check, check, 3c, check")["check"] == "end"
    )
    for line, text in (
        ("check, check", "ends the betting of this street; expected the card that comes, such as 'card 3c'"),
        ("check, check, bet 50", "after check, check ends the betting of this street; expected the card that comes"),
        ("check, check, 8h", "8h is on the board; expected another card"),
    ):
        with pytest.raises(UserError, match=text):
            solution.strategy("AcAs", line)


def test_an_agent_answers_as_its_policy(small):
    policy = small.average_policy()
    agent = hm.Agent(policy, seed=4)
    where = {"board": "Qh7h2c", "betting": "r300c/c"}
    assert agent.strategy("AhKh", **where) == pytest.approx(policy.action_probabilities("AhKh", **where))
    answers = [agent.act("AhKh", **where) for _ in range(40)]
    assert {answer["action"] for answer in answers} <= answers[0]["strategy"].keys()
    assert json.dumps(answers[0]) and answers[0]["source"] == "blueprint" and answers[0]["ev"] is None
    assert [hm.Agent(policy, seed=4).act("AhKh", **where)["action"]] == [answers[0]["action"]]
    betting = {answer["action"]: answer["betting"] for answer in answers}
    assert betting["c"] is None if "c" in betting else all(betting.values())
    for options, text in (({"betting": "r9999"}, "expected f, c, r200"), ({"hand_number": -1}, "hand_number -1")):
        with pytest.raises(UserError, match=text):
            agent.act("AhKh", **options)
    leduc = hm.MCCFRSolver(hm.load_game("leduc"), lanes=1).average_policy()
    with pytest.raises(UserError, match="expected a policy of hold'em"):
        hm.Agent(leduc)
