"""The examples run as a reader would start them, with small settings."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
RUNS = {
    "train_and_chart_leduc.py": (("--iterations", 8000), r"NashConv [\d.]+ chips(?s:.*)\n  K  c"),
    "custom_game.py": (("--iterations", 4000, "--hands", 20), "(?s)95 % interval.*r120: betting 'r120'.*expected f, c"),
    "ask_a_blueprint.py": ((), r"seat 1 acts; pot 600, 0 to call(?s:.*) c +[\d.]+% of the range"),
    "solve_and_plot_river.py": (("--target-pct", 2, "--out", "river.png"), "plot: river.png"),
    "agent_loop.py": (("--hands", 1, "--search-ms", 60), r"seat 1 \w+ on - after -"),
}


@pytest.mark.parametrize("name", sorted(RUNS))
def test_example(name, mpirun, tmp_path):
    options, expected = RUNS[name]
    done = mpirun(1, EXAMPLES / name, *options, timeout=290, PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    assert re.search(expected, done.stdout), done.stdout
    if name == "solve_and_plot_river.py":
        assert (tmp_path / "river.png").stat().st_size > 1000


def test_the_training_script_under_mpirun(mpirun):
    outs = [
        mpirun(ranks, EXAMPLES / "train_and_chart_leduc.py", "--iterations", 8000, PYTHONPATH=str(ROOT)).stdout
        for ranks in (1, 2)
    ]
    assert outs[0] == outs[1] and "digest" in outs[0]


def test_every_example_is_run():
    assert {path.name for path in EXAMPLES.glob("*.py")} == {*RUNS, "parallel_demo.py"}
