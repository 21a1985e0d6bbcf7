"""Runs side by side: what the ledger knows is not measured again, and every form of output says the same."""

import csv
import io
import json
import os

import pytest
from helpers.launching import Job, run_here

from holdem_mpi.evaluation import compare, ledger, measures
from holdem_mpi.evaluation.exploitability import exploitability_of
from holdem_mpi.evaluation.option import OPTIONS_OF_MEASURE, options_of
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.reporting import plot

COMPARE = ("-m", "holdem_mpi.evaluate", "compare")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder with runs ``a`` and ``b`` of Kuhn, of two seeds and lengths."""
    folder = tmp_path_factory.mktemp("runs")
    for name, iters in (("a", 40_000), ("b", 100_000)):
        options = ("--game", "kuhn", "--lanes", 2, "--seed", ord(name), "--iters", iters, "--snapshots", 2)
        done = run_here(("-m", "holdem_mpi.train", *options, "--logdir", name), folder)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def here(runs, monkeypatch):
    """That folder as the current one, without ledgers."""
    monkeypatch.chdir(runs)
    for name in "ab":
        (runs / name / "evaluations.jsonl").unlink(missing_ok=True)
    return runs


def test_points_are_what_the_verb_says(here, monkeypatch):
    points = compare.compare_runs(["a", "b"], "exploitability", {}, False, Communicator())["points"]
    assert [(point["run"], point["iterations"]) for point in points] == [
        *(("a", iterations) for iterations in (10_000, 20_000, 40_000)),
        *(("b", iterations) for iterations in (10_000, 20_000, 40_000, 80_000, 100_000)),
    ]
    for point in points:
        result = exploitability_of(Communicator(), f"{point['run']}@{point['checkpoint']}", None, None, 0, None)
        assert result["iterations"] == point["iterations"] and result["exploitability_mbb"] == point["value"]
        assert point["low"] is None and point["high"] is None
    for run in "ab":
        cpu = [point["cpu_seconds"] for point in points if point["run"] == run]
        assert cpu[0] > 0 and cpu == sorted(cpu)
        assert cpu[-1] == json.loads((here / run / "summary.json").read_text())["cpu_seconds"]
    # All of it is in the ledgers now.
    monkeypatch.setattr(
        measures, "exploitability_of", lambda _, policy, *__: pytest.fail(f"{policy} was measured again")
    )
    again = compare.compare_runs(["a", "b"], "exploitability", {}, False, Communicator())["points"]
    assert again == points
    last = compare.compare_runs(["a", "b"], "exploitability", {}, True, Communicator())["points"]
    assert last == [points[2], points[7]]


def test_the_ledger_is_believed_only_where_it_fits(here, monkeypatch):
    compare.compare_runs(["a"], "exploitability", {}, True, Communicator())
    (line,), _ = ledger.read("a")
    path = here / "a" / "evaluations.jsonl"
    changes = [
        {"verb": "lbr"},
        {"options": {"seed": 1}},
        {"fingerprint": "0" * 64},
        {"iterations": 39_600},
        {"result": {"exploitability_mbb": "high"}},
        {"result": {"exploitability_mbb": 1.5, "bracket_mbb": "wide"}},
        {"result": None},
    ]
    for change in changes:
        path.write_text(json.dumps(line | change) + "\n")
        measured = []

        def measure(_, policy, *__, measured=measured):
            measured.append(policy)
            return line["result"]

        monkeypatch.setattr(measures, "exploitability_of", measure)
        compare.compare_runs(["a"], "exploitability", {}, True, Communicator())
        assert measured == ["a@100"], change


def test_each_measure_has_its_options():
    assert measures.MEASURES.keys() == OPTIONS_OF_MEASURE.keys()


def test_intervals_pass_through(here, monkeypatch, capsys):
    rest = {"standard_error": 2.5, "unit": "mbb/h", "count": 10}
    results = iter([{"mean": -3.0, "interval_95": [-8.0, 2.0], **rest}, {"mean": 5.0, "interval_95": [1, 9], **rest}])
    sampled = measures.MEASURES["lbr"]._replace(take=lambda *_: next(results))
    monkeypatch.setitem(measures.MEASURES, "sampled", sampled)
    found = compare.compare_runs(["a", "b"], "sampled", {"hands": 10}, True, Communicator())
    said = capsys.readouterr().err.splitlines()
    assert said == ["sampled of a@100: -3 mbb/g", "sampled of b@250: 5 mbb/g"]
    assert [(point["value"], point["low"], point["high"]) for point in found["points"]] == [(-3, -8, 2), (5, 1, 9)]
    lines = compare.comparison_lines(found)
    assert lines[1].endswith("-8.00 to +2.00") and lines[2].endswith("+1.00 to +9.00")
    plot.plot_comparison(found, "sampled.svg")  # a value below zero: a linear axis
    assert (here / "sampled.svg").read_text().count("<svg ") == 1


def sampled_result(draws=()):
    """Of ``evaluate exploitability --flops``, as far as a comparison looks at it."""
    rest = {"standard_error": 1.0, "interval_95": [18.5, 33.0], "unit": "mbb/g", "count": 4}
    plug_in, crossed = {"mean": 30.0, **rest}, {"mean": 20.0, **rest}
    return {"plug_in": plug_in, "cross_fitted": crossed, "bracket_mbb": [18.5, 33.0], "draws_mbb": draws}


def test_what_earlier_versions_kept_is_still_read():
    sampled = {"plug_in": {"exploitability_mbb": 30.0}, "cross_fitted": {"exploitability_mbb": 20.0}}
    assert measures.figure_of("exploitability", sampled | {"bracket_mbb": [18.5, 33.0]}) == (25.0, 18.5, 33.0)
    lbr = {"mean_mbb": -3.0, "standard_error_mbb": 2.5, "half_width_mbb": 5.0, "interval_95_mbb": [-8.0, 2.0]}
    assert measures.figure_of("lbr", lbr) == (-3.0, -8.0, 2.0)
    assert measures.figure_of("lbr", lbr | {"interval_95_mbb": None}) is None


def test_figures_of_sampled_flops():
    result = sampled_result()
    assert measures.figure_of("exploitability", result) == (25.0, 18.5, 33.0)
    assert measures.figure_of("exploitability", {"exploitability_mbb": 4.0}) == (4.0, None, None)
    for wrong in (None, [], {}, {"exploitability_mbb": "4"}, {"exploitability_mbb": None}, result | {"bracket_mbb": 3}):
        assert measures.figure_of("exploitability", wrong) is None
    for key, value in (("mean", "20"), ("mean", None), ("interval_95", [1.0]), ("standard_error", [])):
        edited = result | {"plug_in": result["plug_in"] | {key: value}}
        assert measures.figure_of("exploitability", edited) is None
    assert options_of("exploitability", {"flops": None, "seed": 0, "hands": None}) == {}
    assert options_of("exploitability", {"flops": 16}) == {"flops": 16, "seed": 0}
    assert options_of("lbr", {"seed": 2, "flops": None})["seed"] == 2


def test_differences_are_paired_by_flop(here, monkeypatch):
    draws = iter([[[10.0, 20.0], [30.0, 40.0]], [[13.0, 22.0], [33.0, 44.0]]])

    def sampled(*_):
        return sampled_result(next(draws))

    monkeypatch.setattr(measures, "exploitability_of", sampled)
    options = {"flops": 4, "seed": 0}
    found = compare.compare_runs(["a", "b"], "exploitability", options, True, Communicator())
    (difference,) = found["differences"]
    assert (difference["run"], difference["from"], difference["mean"], difference["count"]) == ("b", "a", 3.0, 4)
    # Differences of 1 within both strata: a standard error of sqrt(2 / 4) / 2, and 4.303 times that on both sides.
    low, high = difference["interval_95"]
    assert high - 3 == pytest.approx(3 - low) == pytest.approx(4.303 * 0.125**0.5)
    text = "b less a, cross-fitted, on the same flops: +3.00 mbb/g, 95 % interval +1.48 to +4.52 (standard error 0.35)"
    assert compare.comparison_lines(found)[-1] == text
    again = compare.compare_runs(["a", "b"], "exploitability", options, True, Communicator())
    assert again["differences"] == found["differences"]
    # What somebody made of the ledger is not believed: it is measured again.
    path = here / "b" / "evaluations.jsonl"
    (line,) = map(json.loads, path.read_text().splitlines())
    for wrong in (None, 3, "1 2", [[1.0, 2.0]], [None, [1.0, 2.0]], [[1.0, 2.0, 3.0]] * 2, [[float("nan"), 2.0]] * 2):
        path.write_text(json.dumps(line | {"result": line["result"] | {"draws_mbb": wrong}}) + "\n")
        draws = iter([[[13.0, 22.0], [33.0, 44.0]]])
        assert compare.compare_runs(["a", "b"], "exploitability", options, True, Communicator()) == again


def test_a_run_without_checkpoints_has_its_policy(here, tmp_path):
    os.symlink(here / "a" / "policy", tmp_path / "policy")
    for name in ("config.yaml", "summary.json"):
        os.symlink(here / "a" / name, tmp_path / name)
    (point,) = compare.compare_runs([str(tmp_path)], "exploitability", {}, False, Communicator())["points"]
    assert point["checkpoint"] is None and point["iterations"] == 40_000 and point["cpu_seconds"] > 0


@pytest.mark.parametrize("ranks", [1, 2])
def test_command(here, ranks):
    def run(*options):
        done = Job(ranks, (*COMPARE, "a", "b", *options), here).finish()
        assert done.returncode == 0, done.stderr
        return done

    done = run("--json", "--plot", "plot.png")
    points = json.loads(done.stdout)["points"]
    assert len(points) == 8 and done.stderr.count("exploitability of ") == 8
    assert (here / "plot.png").read_bytes().startswith(b"\x89PNG")
    done = run("--csv")
    assert done.stderr == ""
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["run"], int(row["iterations"]), float(row["value"])) for row in rows] == [
        (point["run"], point["iterations"], point["value"]) for point in points
    ]
    lines = run("--last").stdout.splitlines()
    assert len(lines) == 3 and lines[0].split()[:3] == ["run", "checkpoint", "iterations"]
    assert lines[2].startswith("b ") and "100,000" in lines[2] and lines[2].endswith("exact")


def test_local_best_response_with_its_options(tmp_path):
    def run(*arguments):
        done = run_here(arguments, tmp_path)
        assert done.returncode == 0, done.stderr
        return done

    run("-m", "holdem_mpi.abstract", "--buckets", "169,5", "--out", "tables")
    game = ("--game", "flop_holdem", "--buckets", "169,5", "--bucket-dir", "tables", "--lanes", 1, "--logdir", "run")
    run("-m", "holdem_mpi.train", *game, "--iters", 20_000, "--snapshots", 2)
    settings = ("--rounds", "2-2", "--hands", 40, "--seed", 3)
    done = run("-m", "holdem_mpi.evaluate", "lbr", "--policy", "run", "--checkpoint", 50, *settings, "--json")
    known = json.loads(done.stdout)
    done = run(*COMPARE, "run", "--measure", "lbr", *settings, "--json")
    assert [line.split(":")[0] for line in done.stderr.splitlines() if "lbr of" in line] == ["lbr of run@100"]
    first, second = json.loads(done.stdout)["points"]
    assert (first["checkpoint"], first["value"]) == (50, known["mean"])
    assert [first["low"], first["high"]] == known["interval_95"]
    assert second["low"] < second["value"] < second["high"]
    lines, _ = ledger.read(tmp_path / "run")
    assert [(line["verb"], line["iterations"]) for line in lines] == [("lbr", 10_000), ("lbr", 20_000)]
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert lines[1]["policy_digest"] == summary["digest"] != lines[0]["policy_digest"]
    assert lines[1]["options"] == {"actions": None, "rounds": "2-2", "hands": 40, "seed": 3, "half_width": 100.0}


def test_without_matplotlib(here, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'matplotlib' else find(name, *more)"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = Job(1, (*COMPARE, "a", "--plot", "plot2.png"), here, PYTHONPATH=path).finish()
    assert done.returncode == 64 and done.stdout == "" and done.stderr.count("\n") == 1
    assert "matplotlib is not installed" in done.stderr and "holdem_mpi[plot]" in done.stderr


NO_LIMIT = """
game: {name: short, deck: holdem, players: 2, betting: no_limit, stacks: 1000, blinds: [100, 50], board_cards: [0, 3],
       bet_sizes: []}
abstraction: {buckets: [169, 1]}
iters: 2000
"""


@pytest.mark.parametrize(
    ("verb", "players", "word"), [("compare", 2, True), ("exploitability", 2, True), ("compare", 3, False)]
)
def test_what_is_too_large_for_best_responses_names_lbr(tmp_path, verb, players, word):
    text = (
        NO_LIMIT if players == 2 else NO_LIMIT.replace("players: 2", "players: 3").replace("[100, 50]", "[50, 100, 0]")
    )
    (tmp_path / "short.yaml").write_text(text)
    assert run_here(("-m", "holdem_mpi.train", "--config", "short.yaml", "--logdir", "run"), tmp_path).returncode == 0
    options = ("run",) if verb == "compare" else ("--policy", "run")
    done = run_here(("-m", "holdem_mpi.evaluate", verb, *options), tmp_path)
    assert done.returncode == 64 and "short is too large for an exact best response" in done.stderr
    assert ("compare --measure lbr" in done.stderr) == word
