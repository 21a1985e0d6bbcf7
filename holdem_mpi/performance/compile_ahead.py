"""Everything that compiles kernels, as jobs of small work, and processes of a host that do them ahead."""

import importlib
import socket
import sys
import tempfile
import time

import numba
import numpy as np

from holdem_mpi.abstraction.bucket_table_keys import keys_of
from holdem_mpi.abstraction.build_abstraction import compile_tables
from holdem_mpi.abstraction.request import request_of
from holdem_mpi.config.load import load_config
from holdem_mpi.config.shipped import shipped_games
from holdem_mpi.errors import UserError
from holdem_mpi.game.game import Game
from holdem_mpi.game.tree_size import count_tree
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compilers import Compilers, Job
from holdem_mpi.parallel.host import available_cores
from holdem_mpi.performance.ring_stand_in import ring_search_jobs
from holdem_mpi.text import counted, did_you_mean, duration, shown
from holdem_mpi.training.stand_in import lane_jobs

_SECONDS_A_LINE = 7.0
_POLICY = "nolimit_hu_200bb"
# By command: the seconds of a processor that it takes where nothing is compiled, and a command line that does little.
# {out} is an empty folder.
_COMMANDS = {
    "evaluate": (
        (15, "exploitability --policy random --game leduc --ledger {out}/kept.jsonl"),
        (40, "exploitability --policy always-call --game flop_holdem --flops 4 --out {out} --ledger {out}/kept.jsonl"),
        (40, f"lbr --policy {_POLICY} --hands 4 --ledger {{out}}/kept.jsonl"),
        (20, f"match --policy {_POLICY} --against always-call --hands 4"),
        (10, f"strategy --policy {_POLICY} --board Qh7h2c --betting r300c/c"),
        (10, f"difference {_POLICY} {_POLICY} --hands 10"),
        (5, f"chart --policy {_POLICY}"),
    ),
    "resolve": (
        (20, "--spot river --iterations 1"),
        (30, "--spot turn --iterations 1"),
        (30, "--spot flop --iterations 1"),
        (15, "--spot river_3way --iterations 1"),
    ),
    "dry_run": ((60, "--hands 1 --deadline-ms 100"),),
    "bench": ((60, "kernel --seconds 0.01"), (30, "merge --entries 100k --rounds 1")),
}
# What a command needs of another's.
_LIKE = {"autoplay": ("dry_run",), "explore": ("resolve", "evaluate")}
KNOWN = ("train", "abstract", *_COMMANDS, "autoplay", "explore")
# Card abstractions by recipe, and the seconds of their kernels; the first ones are those of shipped games.
_BUCKETS = {"percentiles": 15.0, "texture": 15.0, "pluribus": 25.0}
_BUCKETS_OF_TRAIN = 2


def jobs_of(commands: list[str]) -> list[Job]:
    """What compiles all that these commands need; of all commands where none is named. UserError on a wrong name."""
    for name in commands:
        if name not in KNOWN:
            hint = did_you_mean(name, list(KNOWN)) or f"; expected one of {', '.join(KNOWN)}"
            raise UserError(f"{shown(name)}: no such command{hint}")
    wanted = {part for name in commands or KNOWN for part in (name, *_LIKE.get(name, ()))}
    jobs = _training_jobs() if "train" in wanted else []
    for place, (recipe, seconds) in enumerate(_BUCKETS.items()):
        if "abstract" in wanted or ("train" in wanted and place < _BUCKETS_OF_TRAIN):
            jobs.append(Job(f"buckets, {recipe}", f"{__name__}:compile_buckets", {"recipe": recipe}, seconds))
    jobs += ring_search_jobs() if "dry_run" in wanted else []
    for name, lines in _COMMANDS.items():
        for seconds, line in lines if name in wanted else ():
            arguments = {"module": f"holdem_mpi.{name}", "line": line}
            jobs.append(Job(f"{name} {line.partition(' --out')[0]}", f"{__name__}:run_quietly", arguments, seconds))
    # The longest first, so that none of them is the last one for which a core works alone.
    return sorted(jobs, key=lambda job: -job.seconds)


def _training_jobs() -> list[Job]:
    """Of all shipped games; those with arrays of the same types are one."""
    found = [job for name in shipped_games() for job in lane_jobs(load_config(name).completed(1))]
    return [Job("betting trees", f"{__name__}:compile_trees", {}, 8.0), *{job.mark: job for job in found}.values()]


def compile_trees() -> None:
    """Compile what counts and builds large betting trees."""
    game = Game(load_config(_POLICY).game)
    count_tree(game.rules, game.menu)
    game.tree  # noqa: B018, it is built here


def compile_buckets(recipe: str) -> None:
    """Compile what builds the card abstraction of a shipped recipe, or one by percentiles."""
    request = request_of(Communicator(), "169,50,50,50", None if recipe == "percentiles" else recipe)
    compile_tables(keys_of(request.buckets, request.final_street, request.methods, request.seed))


def run_quietly(module: str, line: str) -> None:
    """Run a command of ours here, for what it compiles. RuntimeError where it fails."""
    with tempfile.TemporaryDirectory() as out:
        sys.argv = [module, *line.format(out=out).split()]
        code = importlib.import_module(module).main(Communicator())
    if code:
        raise RuntimeError(f"{module} {line}: exit code {code}")


def compile_ahead(comm: Communicator, commands: list[str], processes: int | None) -> None:
    """Compile on the first rank of each host what these commands need (all, where none is named), by so many processes
    (None: one a core), while the other ranks wait. Collective; UserError on a wrong name, and where something failed.
    """
    jobs, failed = jobs_of(commands), np.zeros(1, np.int64)
    if comm.host.rank == 0:
        failed[0] = _compile(comm, jobs, processes or max(available_cores(), comm.host.size))
    comm.allreduce_max(failed)
    if failed[0]:
        raise UserError("not all could be compiled (see above); what is missing is compiled where it is needed")
    if comm.rank == 0:
        print(f"all is compiled, in {numba.config.CACHE_DIR}", flush=True)


def _compile(comm: Communicator, jobs: list[Job], processes: int) -> int:
    """Do what was not done yet; how much of it failed. Rank 0 tells how far its host is."""
    told, undone = comm.rank == 0, [job for job in jobs if not job.is_done]
    begin, total = time.monotonic(), sum(job.seconds for job in undone)
    if told and undone:
        groups = counted(len(undone), "group")
        print(
            f"compiling {groups} of kernels on {counted(processes, 'core')}, ETA {duration(total / processes)}",
            flush=True,
        )
    spent, done = 0.0, 0
    with Compilers(undone, processes, anywhere=comm.host.size > 1) as compilers:
        for job in compilers.finished(_SECONDS_A_LINE):
            seconds = time.monotonic() - begin
            done, spent = done + (job is not None), spent + (job.seconds if job else 0.0)
            # What jobs are guessed to take holds until the first ones show what they do.
            left = (total - spent) * seconds / spent if spent else max(total / processes - seconds, 1.0)
            if told:
                what = f": {job.name}" if job else ""
                print(f"{done} of {len(undone)}, {duration(seconds)}, ETA {duration(left)}{what}", flush=True)
    for name, error in compilers.failed.items():
        print(f"error: {socket.gethostname()}: {name}: {error}", file=sys.stderr, flush=True)
    return len(compilers.failed)
