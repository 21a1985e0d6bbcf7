"""What of the job scripts needs no SLURM."""

import os
import subprocess
import sys
from pathlib import Path

from helpers.launching import child_environment
from helpers.slurm_cluster import HOME


def bash(folder, *words, **environment):
    """``bash WORDS`` in ``folder``, where ``sbatch`` prints its own words on stderr and a job number."""
    fake = folder / "bin" / "sbatch"
    fake.parent.mkdir(exist_ok=True)
    fake.write_text('#!/bin/sh\necho "$@" >&2\necho "7;cluster"\n')
    fake.chmod(0o755)
    settings = child_environment(
        PATH=f"{fake.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}", **environment
    )
    return subprocess.run(
        ["bash", *map(str, words)], cwd=folder, env=settings, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


def chain(folder, *words, **environment):
    return bash(folder, HOME / "jobs" / "chain.sh", *words, **environment)


def test_a_chain_says_what_it_lacks(tmp_path):
    whole = ("--buckets", "169,5", "--logdir", "run", "--", "chart")
    assert chain(tmp_path, *whole).returncode == 0
    for lacking, named in ((whole[2:], "--buckets"), (whole[:2] + whole[4:], "--logdir"), (whole[:4], "evaluate")):
        done = chain(tmp_path, *lacking)
        assert done.returncode == 64 and done.stdout == ""
        assert done.stderr.startswith("error: ") and named in done.stderr and done.stderr.count("\n") == 1


def test_a_chain_gives_each_command_its_options(tmp_path):
    words = ("--game=flop_holdem", "--buckets=169,5", "--bucket-dir", "my tables", "--logdir", "run")
    done = chain(tmp_path, *words, "--", "lbr", "--hands", "9", HOLDEM_MPI_SBATCH="--ntasks=3 --time=10")
    assert done.stdout == "abstract 7, train 7, evaluate 7\n", done.stderr
    after = "--dependency=afterok:7 --kill-on-invalid-dep=yes "
    options, jobs = "--ntasks=3 --time=10", HOME / "jobs"
    assert done.stderr.splitlines() == [
        f"--parsable {options} {jobs}/abstract.sbatch --buckets=169,5 --out my tables",
        f"--parsable {after}{options} {jobs}/train.sbatch --game=flop_holdem --buckets=169,5 --bucket-dir my tables "
        "--logdir run",
        f"--parsable {after}{options} {jobs}/evaluate.sbatch lbr --hands 9 --policy run",
    ]


def test_a_chain_takes_recipes(tmp_path):
    done = chain(tmp_path, "--recipe", "pluribus", "--logdir", "run", "--", "chart")
    assert f"{HOME}/jobs/abstract.sbatch --recipe pluribus\n" in done.stderr and done.returncode == 0


def rank(folder, **environment):
    """(Numba's folder, threads) as a rank sees them."""
    shown = "import os; print(*(os.environ[name] for name in ('NUMBA_CACHE_DIR', 'NUMBA_NUM_THREADS')))"
    done = bash(folder, HOME / "jobs" / "rank.sh", "-c", shown, NUMBA_NUM_THREADS="8", **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_rank_compiles_into_a_folder_that_is_its_user_s_alone(tmp_path):
    own = tmp_path / f"holdem_mpi-{os.getuid()}"
    for _ in range(2):
        assert rank(tmp_path, TMPDIR=str(tmp_path), NUMBA_CACHE_DIR="") == [str(own), "1"]
        assert own.stat().st_mode & 0o777 == 0o700
    assert rank(tmp_path, NUMBA_CACHE_DIR="/given") == ["/given", "1"]
    job = tmp_path / "job"
    job.mkdir()
    assert rank(tmp_path, SLURM_TMPDIR=str(job), NUMBA_CACHE_DIR="") == [str(job / own.name), "1"]
    own.rmdir()
    own.symlink_to(job)
    other, _ = rank(tmp_path, TMPDIR=str(tmp_path), NUMBA_CACHE_DIR="")
    assert other.startswith(f"{tmp_path}/tmp.")


# Plays python3 and, in a virtual environment that it makes, that one's python and pip.
FAKE_PYTHON = """#!/bin/sh
case "$1 $2" in
    "--version ") echo "Python 3.12.1" ;;
    "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && cp "$0" "$3/bin/pip" ;;
    "-m pip") echo "pip $*" >&2 ;;
esac
"""


def test_venv_says_what_it_does(tmp_path):
    fake, folder = tmp_path / "python", tmp_path / "env"
    fake.write_text(FAKE_PYTHON)
    fake.chmod(0o755)

    def said():
        done = bash(tmp_path, HOME / "venv.sh", folder, "mpich,test", PYTHON=str(fake))
        assert done.returncode == 0 and done.stdout == "", done.stderr
        first, second, pip, last = done.stderr.splitlines()
        assert "installing this project [mpich,test]" in second and pip.endswith("-e .[mpich,test]")
        assert last == f"venv.sh: done; next: . {folder}/bin/activate"
        return first

    assert said() == f"venv.sh: making the virtual environment {folder} with Python 3.12.1"
    assert said() == f"venv.sh: {folder} is there already, and is used as it is"
