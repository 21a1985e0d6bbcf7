"""What ``warm`` compiles ahead, on little, and what it says of it."""

import importlib
import inspect

import numba
import pytest

from holdem_mpi.errors import UserError
from holdem_mpi.performance import compile_ahead
from holdem_mpi.performance.compile_ahead import jobs_of, run_quietly

WARM = ("-m", "holdem_mpi.warm")


def test_jobs_are_those_of_the_commands_that_are_named():
    everything = jobs_of([])
    assert len({job.mark for job in everything}) == len(everything) > 20
    assert [job.seconds for job in everything] == sorted((job.seconds for job in everything), reverse=True)
    train, resolve = jobs_of(["train"]), jobs_of(["resolve"])
    assert {job.name.split()[0] for job in resolve} == {"resolve"} and len(resolve) == 4
    kinds = [job.name.split(", ")[1:] for job in jobs_of(["autoplay"]) if job.name.startswith("search of three")]
    assert sorted(kinds) == [["uint16", "float64"], ["uint8", "float64"]]
    assert {job.name for job in train} >= {"betting trees", "external sampling, 4 streets", "buckets, texture"}
    assert set(map(str, jobs_of(["resolve", "train", "train"]))) == set(map(str, [*train, *resolve]))
    assert set(map(str, jobs_of(["explore"]))) == set(map(str, jobs_of(["evaluate", "resolve"])))
    assert set(map(str, [*train, *jobs_of(["explore", "autoplay", "bench", "abstract"])])) == set(map(str, everything))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("trian",), "error: 'trian': no such command (did you mean train?)\n"),
        (("--for", "train,solve"), "error: 'solve': no such command (did you mean resolve?)"),
        (("--processes", "0"), "error: --processes 0: expected at least 1\n"),
    ],
)
def test_mistakes(mpirun, words, said):
    done = mpirun(1, *WARM, *words)
    assert done.returncode == 64 and done.stderr.startswith(said) and done.stderr.count("\n") == 1


def test_it_compiles_once_and_says_how_far_it_is(mpirun, monkeypatch, tmp_path):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    lines = {"evaluate": ((1, "chart --policy nolimit_hu_200bb"), (2, "chart --policy nowhere --csv {out}/x"))}
    monkeypatch.setattr(compile_ahead, "_COMMANDS", lines)
    done = mpirun(1, *WARM, "evaluate", "--processes", "1")
    assert done.returncode == 64
    first, *each = done.stdout.splitlines()
    assert first == "compiling 2 groups of kernels on 1 core, ETA 0:03"
    assert each[-1].startswith("2 of 2, ") and each[-1].endswith(", ETA 0:00: evaluate chart --policy nolimit_hu_200bb")
    assert ": evaluate chart --policy nowhere" in done.stderr and done.stderr.count("error: ") == 2
    lines["evaluate"] = lines["evaluate"][:1]
    again = mpirun(1, *WARM, "evaluate")
    assert (again.returncode, again.stdout) == (0, f"all is compiled, in {tmp_path}\n")


def test_a_command_that_fails_is_an_error():
    run_quietly("holdem_mpi.evaluate", "exploitability --policy random --game kuhn --ledger {out}/kept.jsonl")
    with pytest.raises(UserError, match="nowhere"):
        run_quietly("holdem_mpi.evaluate", "chart --policy nowhere")


def test_it_runs_commands_as_they_are_started():
    for lines in compile_ahead._COMMANDS.items():
        inspect.signature(importlib.import_module(f"holdem_mpi.{lines[0]}").main).bind("a communicator")
    run_quietly("holdem_mpi.resolve", "--spot river --iterations 1")
