"""A tour of what ranks are for: training that does not depend on their number, and answers before a deadline.

    python examples/parallel_demo.py

Runs each command below as you would type it, two ranks or four, a few minutes in all the first time (kernels are
compiled and card abstractions built), well under one after that. Nothing is left behind.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

STEPS = [
    (
        "Train Leduc on one process: 6 lanes, merged after every batch. Look at the digest.",
        1,
        ["train", "--game", "leduc", "--lanes", "6", "--iters", "60000", "--logdir", "{tmp}/one"],
    ),
    (
        "The same lanes on three ranks. Deltas are integers and random numbers belong to lanes: the same digest.",
        3,
        ["train", "--game", "leduc", "--lanes", "6", "--iters", "60000", "--logdir", "{tmp}/three"],
    ),
    (
        "Half of it on two ranks, as if the job's time had run out...",
        2,
        ["train", "--game", "leduc", "--lanes", "6", "--iters", "30000", "--logdir", "{tmp}/resumed"],
    ),
    (
        "...and the rest on four. Resuming multiplies nothing: the same digest once more.",
        4,
        ["train", "--resume", "--iters", "60000", "--logdir", "{tmp}/resumed"],
    ),
    (
        "How good is it? Exact, ranks share the work.",
        2,
        ["evaluate", "exploitability", "--policy", "{tmp}/three"],
    ),
    (
        "Now against the clock: four ranks watch three hands, 300 ms a decision. Lines say how many ranks answered.",
        4,
        ["dry_run", "--hands", "3", "--deadline-ms", "300", "--seed", "2"],
    ),
    (
        "The same hands with one rank that searches: fewer iterations, as punctual.",
        2,
        ["dry_run", "--hands", "3", "--deadline-ms", "300", "--seed", "2", "--num-workers", "1"],
    ),
]


def command_of(ranks: int, arguments: list[str], folder: str) -> list[str]:
    """What to run: under the mpirun beside this Python, or the one on the path; alone for one rank."""
    beside = Path(sys.executable).parent / "mpirun"
    launcher = str(beside) if beside.exists() else shutil.which("mpirun")
    if ranks > 1 and launcher is None:
        sys.exit("error: no mpirun found; expected an MPI library (pip install 'holdem_mpi[mpich]')")
    name, *rest = (argument.replace("{tmp}", folder) for argument in arguments)
    return [*([launcher, "-n", str(ranks)] if ranks > 1 else []), sys.executable, "-m", f"holdem_mpi.{name}", *rest]


def main() -> int:
    """Every step; the first failure's exit code."""
    with tempfile.TemporaryDirectory() as folder:
        for text, ranks, arguments in STEPS:
            shown = "python -m holdem_mpi." + " ".join(arguments).replace("{tmp}", "RUNS")
            print(f"\n# {text}\n$ {f'mpirun -n {ranks} ' if ranks > 1 else ''}{shown}", flush=True)
            code = subprocess.run(command_of(ranks, arguments, folder), check=False).returncode
            if code:
                return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
