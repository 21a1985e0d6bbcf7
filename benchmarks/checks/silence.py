"""How long a user waits for a sign of life: each command of README's table, with every byte that it prints stamped.

    python -m benchmarks.checks.silence [--cold] [--only WORD ...] [--limit 120] [--show] [--folder DIR]

Each command runs alone, its output through a pipe. A row of Markdown for each: seconds until the first output, the
longest silence (those before the first output and before the end among them), seconds in all, those of the
processor (what an idle core would take, whoever else uses the machine), and how it ended.
With ``--cold`` each has an empty ``HOLDEM_MPI_CACHE``, so that it compiles its kernels and builds its tables; without,
the caches that are there. A command that takes longer than ``--limit`` is told to stop by SIGINT, which counts. --show
prints the stamped lines too; --folder is where the small policies that are asked about are trained (kept, and used
again). Exit 1 where a silence is longer than ten seconds.
"""

import argparse
import itertools
import os
import resource
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

LONGEST_SILENCE = 10.0
# Policies to ask about: {name: options of train}.
POLICIES = {
    "leduc-a": "--game leduc --iters 20000 --lanes 1",
    "leduc-b": "--game leduc --iters 40000 --lanes 1 --seed 1",
    "hu20": "--game nolimit_hu_20bb --iters 20000 --lanes 1",
}
# By name: what README's table has. {leduc-a} and the like are those policies' folders, {out} is an empty folder.
COMMANDS = {
    "list of commands": "",
    "train, the first line": "train --batch-size 200 --time-budget 20 --logdir {out}/run",
    "train --plan": "train --plan --plan-ranks 64 --plan-nodes 4 --game nolimit_3max_20bb",
    "train leduc": "train --game leduc --iters 200000 --logdir {out}/run",
    "train --resume": "train --resume --logdir {leduc-a}",
    "evaluate exploitability": "evaluate exploitability --policy {leduc-a}",
    "evaluate exploitability --flops": "evaluate exploitability --policy always-call --game flop_holdem --flops 8 "
    "--out {out}/flops",
    "evaluate match": "evaluate match --policy nolimit_hu_200bb --against always-call --hands 2000",
    "evaluate lbr": "evaluate lbr --policy nolimit_hu_200bb --hands 200",
    "evaluate compare": "evaluate compare {leduc-a} {leduc-b}",
    "evaluate difference": "evaluate difference {leduc-a} {leduc-b}",
    "evaluate strategy": "evaluate strategy --policy nolimit_hu_200bb --board Qh7h2c --betting r300c/c",
    "evaluate chart": "evaluate chart --policy nolimit_hu_200bb",
    "resolve": "resolve --spot river --out {out}/solved.json",
    "dry_run": "dry_run --hands 10 --deadline-ms 100",
    "autoplay --help": "autoplay --help",
    "evaluate review": "evaluate review --hands examples/acpc.log --policy {hu20} --hero hero",
    "abstract --plan": "abstract --recipe pluribus --plan",
    "abstract": "abstract --buckets 169,20 --out {out}/buckets",
    "bench kernel": "bench kernel --seconds 1",
    "bench merge": "bench merge --entries 1M",
    "warm": "warm resolve",
}


class Run(NamedTuple):
    """What was seen: (seconds, text) of each piece of output, seconds in all and of the processor, what ended it."""

    pieces: list[tuple[float, str]]
    seconds: float
    cpu_seconds: float
    ended: str

    @property
    def first(self) -> float:
        """Seconds until the first output, or the end."""
        return self.pieces[0][0] if self.pieces else self.seconds

    @property
    def silence(self) -> float:
        """The longest time without output."""
        times = [0.0, *(seconds for seconds, _ in self.pieces), self.seconds]
        return max(later - earlier for earlier, later in itertools.pairwise(times))


def stamped(command: list[str], limit: float, environment: dict[str, str]) -> Run:
    """Run a command with its output stamped; after ``limit`` seconds it gets SIGINT, half a minute later SIGKILL."""
    begin, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    job = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
    pieces, ended = [], ""
    with selectors.DefaultSelector() as selector:
        selector.register(job.stdout, selectors.EVENT_READ)
        while True:
            seconds = time.monotonic() - begin
            if seconds > limit and not ended:
                ended = "stopped by SIGINT"
                job.send_signal(signal.SIGINT)
            if seconds > limit + 30:
                ended = "killed"
                job.kill()
            if not selector.select(0.5):
                continue
            text = os.read(job.stdout.fileno(), 1 << 16)
            if not text:
                break
            pieces.append((time.monotonic() - begin, text.decode("utf-8", "replace")))
    job.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(pieces, time.monotonic() - begin, cpu_seconds, ended or f"exit {job.returncode}")


def trained(folder: Path) -> dict[str, Path]:
    """The small policies' folders; those that are missing are trained."""
    for name, options in POLICIES.items():
        if not (folder / name / "policy").exists():
            shutil.rmtree(folder / name, ignore_errors=True)
            train = [sys.executable, "-m", "holdem_mpi.train", *options.split(), "--logdir", str(folder / name)]
            subprocess.run(train, check=True)
    return {name: folder / name for name in POLICIES}


def main() -> int:
    """Run the commands that were asked for; 1 where one of them was silent for too long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="commands whose name has one of these words")
    parser.add_argument("--limit", type=float, default=120.0, metavar="SECONDS")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path("silence"))
    given = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # started in the background, all would ignore it
    wanted = [name for name in COMMANDS if not given.only or any(word in name for word in given.only)]
    policies = trained(given.folder) if any("{leduc" in COMMANDS[n] or "{hu" in COMMANDS[n] for n in wanted) else {}
    print("| command | first output (s) | longest silence (s) | in all (s) | CPU (s) | ended |")
    print("|---|---|---|---|---|---|", flush=True)
    longest = 0.0
    for name in wanted:
        with tempfile.TemporaryDirectory() as scratch:
            environment = dict(os.environ)
            if given.cold:
                environment["HOLDEM_MPI_CACHE"] = f"{scratch}/cache"
            module, *options = COMMANDS[name].format(out=scratch, **policies).split() or [""]
            command = [sys.executable, "-m", f"holdem_mpi.{module}" if module else "holdem_mpi", *options]
            run = stamped(command, given.limit, environment)
        longest = max(longest, run.silence)
        figures = f"{run.first:.1f} | {run.silence:.1f} | {run.seconds:.0f} | {run.cpu_seconds:.0f}"
        print(f"| {name} | {figures} | {run.ended} |", flush=True)
        if given.show:
            for seconds, text in run.pieces:
                print("\n".join(f"    {seconds:7.1f} {line}" for line in text.splitlines()), flush=True)
    return 1 if longest > LONGEST_SILENCE else 0


if __name__ == "__main__":
    sys.exit(main())
