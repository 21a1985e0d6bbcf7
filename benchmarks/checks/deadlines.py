"""Whether answers come in time: a dry run of many decisions, with ranks stopped and woken on the way.

    python -m benchmarks.checks.deadlines [--decisions 500] [--ranks 4] [--deadline-ms 300]
        [--stop none|one|all] [--seed 0] [--policy DIR]

Starts ``mpirun -n RANKS python -m holdem_mpi.dry_run`` on hands that it deals itself, with the shipped blueprint
or another policy of hold'em, of any number of players. With ``--stop one`` rank 1 (with
``all`` every rank but 0) gets SIGSTOP after the first searched decision and SIGCONT after a half of them all; a quarter
of them before the end it is stopped for good. Prints, by phase: decisions, sources after the flop, those answered by
every running rank (where they outnumber the cores: by as many as there are cores, since no more search), milliseconds
over the deadline (99th percentile and worst; below zero is early); at the end the exit code, and the processes that are
left. Targets: 20 and 100 ms, 95 %. Linux only. Always exits with 0.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from holdem_mpi.parallel.host import available_cores


def start(given: argparse.Namespace) -> subprocess.Popen:
    """The dry run."""
    beside = Path(sys.executable).parent / "mpirun"
    launcher = str(beside) if beside.exists() else shutil.which("mpirun")
    command = [launcher, "-n", str(given.ranks), sys.executable, "-m", "holdem_mpi.dry_run", "--json"]
    command += ["--hands", str(given.decisions), "--deadline-ms", str(given.deadline_ms), "--seed", str(given.seed)]
    command += ["--policy", given.policy] if given.policy else []
    print("mpirun", *command[1:], flush=True)
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def ranks_of(parent: int) -> dict[int, int]:
    """{rank: process id} of the Python processes below ``parent``, by the launcher's variable."""
    found, todo = {}, [parent]
    while todo:
        pid = todo.pop()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        todo += map(int, children)
        if pid != parent and "python" in os.path.basename(os.readlink(f"/proc/{pid}/exe")):
            variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            rank = next(int(each.split(b"=")[1]) for each in variables if each.startswith(b"PMI_RANK="))
            found[rank] = pid
    return found


def is_running(pid: int) -> bool:
    """Whether there is such a process, and it is not one that only waits for its parent to take note of its end."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def watch(job: subprocess.Popen, given: argparse.Namespace) -> list[tuple[str, int, dict]]:
    """(phase, ranks running, decision) of each decision; stops and wakes ranks on the way."""
    seen: list[tuple[str, int, dict]] = []
    phase, running, stopped = "all run", given.ranks, []
    half, quarter = given.decisions // 2, given.decisions // 4
    moments = {} if given.stop == "none" else {1: "stop", half: "wake", half + quarter: "stop"}
    for line in job.stdout:
        record = json.loads(line)
        if "decisions" in record:
            break
        seen.append((phase, running, record))
        if len(seen) >= given.decisions:
            job.send_signal(signal.SIGINT)
            break
        if moments.get(len(seen)) == "stop":
            pids = ranks_of(job.pid)
            stopped = [pids[rank] for rank in range(1, given.ranks if given.stop == "all" else 2)]
            phase, running = f"{len(stopped)} stopped", given.ranks - len(stopped)
        elif moments.get(len(seen)) == "wake":
            phase, running = "woken", given.ranks
        for pid in stopped if len(seen) in moments else []:
            os.kill(pid, signal.SIGSTOP if running < given.ranks else signal.SIGCONT)
    return seen


def report(name: str, rows: list[tuple[str, int, dict]]) -> str:
    """One phase's line."""
    over = np.array([record["milliseconds"] - record["allowed_ms"] for _, _, record in rows])
    later = [(running, record) for _, running, record in rows if record["street"] != "preflop"]
    full = sum(
        record["source"] != "blueprint" and record["ranks_answered"] >= min(running, available_cores())
        for running, record in later
    )
    sources = {
        name: sum(record["source"] == name for _, record in later) for name in ("search", "partial search", "blueprint")
    }
    shown = ", ".join(f"{count} {name}" for name, count in sources.items())
    p99 = np.percentile(over, 99, method="higher")
    share = 100 * full / max(len(later), 1)
    return (
        f"{name}: {len(rows)} decisions, {len(later)} after the flop ({shown}), {share:.1f} % by every running rank; "
        f"over the deadline p99 {p99:.1f} ms, worst {over.max():.1f} ms"
    )


def main() -> int:
    """Run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--decisions", type=int, default=500)
    parser.add_argument("--ranks", type=int, default=4)
    parser.add_argument("--deadline-ms", type=float, default=300)
    parser.add_argument("--stop", choices=["none", "one", "all"], default="none")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--policy", help="a run's or policy's folder (default: the shipped blueprint)")
    given = parser.parse_args()
    job = start(given)
    seen = watch(job, given)
    pids = [*ranks_of(job.pid).values(), job.pid]
    begin = time.monotonic()
    job.stdout.read()
    code = job.wait()
    took = time.monotonic() - begin
    until = time.monotonic() + 10.0
    while (left := [pid for pid in pids if is_running(pid)]) and time.monotonic() < until:
        time.sleep(0.1)
    print(f"ended {took:.1f} s after the last decision with exit code {code} (75: by Ctrl-C)")
    print(f"processes left: {len(left)}")
    for name in dict.fromkeys(phase for phase, _, _ in seen):
        print(report(name, [row for row in seen if row[0] == name]))
    if given.stop != "none":
        print(report("in all", seen))
    return 0


if __name__ == "__main__":
    sys.exit(main())
