"""``bench merge``: what a batch takes to walk, to wait for others, to merge and to exchange between hosts."""

from typing import Any

import numpy as np

from holdem_mpi.config.buckets import MAX_BUCKETS, STRENGTHS
from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.config.samplers import samplers_where
from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.performance.batch_sums import BatchSums, measure_sums
from holdem_mpi.performance.batch_times import BatchTimes, time_batches
from holdem_mpi.performance.bench_report import shown_spread, spread
from holdem_mpi.text import count, counted, gibibytes
from holdem_mpi.training.memory import buckets_of, check_memory, size_of_tree
from holdem_mpi.training.problem import Problem
from holdem_mpi.training.start import build_problem, compile_first, trainer_for
from holdem_mpi.training.trainer import Progress, table_digest


def configs_of_sizes(config: RunConfig, entries: list[int]) -> list[RunConfig]:
    """The config with as many buckets, the same on each street after the first, as give tables nearest to ``entries``.
    Where the last street cannot have so many, the others have more.

    UserError where its game has no buckets to choose, or its first street alone is larger.
    """
    size = size_of_tree(config)
    if not config.abstraction.buckets or size is None:
        raise UserError(f"--entries: {config.game.name} has no buckets to choose; expected a hold'em game")
    of_street = [int(sum(pairs)) for pairs in size.pairs.tolist()]
    first, strengths = config.abstraction.buckets[0], STRENGTHS[sum(config.game.board_cards)]
    others = sum(of_street[1:-1])
    found = []
    for number in entries:
        left, last = number / 2 - first * of_street[0], []
        buckets = round(left / sum(of_street[1:]))
        if buckets > strengths and others:
            last = [strengths]
            buckets = round((left - strengths * of_street[-1]) / others)
        most = MAX_BUCKETS if others else strengths
        if not 1 <= buckets <= most:
            raise UserError(
                f"--entries {number}: {config.game.name} would have {buckets} buckets a street; expected 1 to {most}"
            )
        abstraction = config.abstraction.model_copy(
            update={"buckets": [first] + [buckets] * (len(of_street) - 1 - len(last)) + last}
        )
        found.append(config.model_copy(update={"abstraction": abstraction}))
    return found


def check_merging(config: RunConfig) -> None:
    """UserError where there is nothing to merge."""
    if not config.solver.facts.in_batches:
        others = samplers_where(lambda facts: facts.in_batches, "or")
        raise UserError(f"--sampler {config.solver.sampler}: it has no batches to merge; expected {others}")
    if config.mode != "reproducible":
        raise UserError(f"--mode {config.mode}: ranks do not merge there; expected reproducible")


def measure_merges(config: RunConfig, comm: Communicator, batches: int, warm: int, rounds: int) -> dict[str, Any]:
    """What batches cost on the table of one config. Collective.

    In each round a table is trained from its start: ``warm`` batches, then ``batches`` that are timed. The report says
    what was run, the "digest", and what ``_figures`` found. ArithmeticError where two rounds do not make one table.
    """
    config = config.completed(comm.size)
    check_memory(config, comm)
    problem = build_problem(config, comm)
    compile_first(problem, comm)
    found, digests = [], set()
    for _ in range(rounds):
        times, sent, digest = _run(problem, comm, batches, warm)
        found.append(times)
        digests.add(digest)
    if len(digests) != 1:
        raise ArithmeticError(f"bench merge: {len(digests)} digests for one table")
    table = np.zeros(2 * problem.layout.num_pairs, np.dtype(config.solver.precision))
    sums = BatchSums(*comm.on_root(lambda: list(measure_sums(problem, table))))
    return {
        "game": config.game.name,
        "entries": 2 * problem.layout.num_pairs,
        "buckets": list(buckets_of(config)),
        "precision": config.solver.precision,
        "ranks": comm.size,
        "hosts": comm.hosts,
        "lanes": config.lanes,
        "batch_size": config.batch_size,
        "batches": batches,
        "warm": warm,
        "rounds": rounds,
        "seed": config.solver.seed,
        "digest": digests.pop(),
        "logged": sums.logs(config.batch_size, config.lanes / comm.size),
        "sent": sent,
        **_figures(found),
    }


def _run(problem: Problem, comm: Communicator, batches: int, warm: int) -> tuple[BatchTimes, int, str]:
    """(times, bytes that a rank sent in the last merge, digest) of a trainer, all of whose memory is given back."""
    part = comm.first_ranks(comm.size)
    trainer = trainer_for(problem, part, None, Progress())
    time_batches(trainer, warm)
    times = time_batches(trainer, batches)
    digest = comm.on_root(lambda trainer=trainer: table_digest(trainer.table, trainer.progress))
    sent = trainer.bytes_sent
    comm.barrier()
    del trainer
    part.free()
    return times, sent, digest


def _figures(times: list[BatchTimes]) -> dict[str, list[float]]:
    """[median, least, most] over rounds of medians over batches: milliseconds of walking, waiting, merging and
    exchanging, shares of merging (messages included) and of waiting in a batch, and iterations a second.
    """
    milliseconds = [[1e3 * seconds for seconds in each.medians] for each in times]
    names = ("compute_ms", "wait_ms", "merge_ms", "exchange_ms")
    return {
        **{name: spread([each[place] for each in milliseconds]) for place, name in enumerate(names)},
        "merge_share": spread([each.merge_share for each in times]),
        "wait_share": spread([each.wait_share for each in times]),
        "iterations_per_second": spread([each.iterations / each.seconds for each in times]),
    }


def merge_lines(reports: list[dict[str, Any]]) -> list[str]:
    """The figures as a table for reading."""
    first = reports[0]
    lines = [
        f"{first['game']}, {counted(first['ranks'], 'rank')} on {counted(first['hosts'], 'host')}, "
        f"{counted(first['lanes'], 'lane')} of {first['batch_size']} iterations, {first['precision']} tables, "
        f"seed {first['seed']}; {counted(first['rounds'], 'round')} of {first['batches']} batches "
        f"after {first['warm']}: median (least to most)",
        "",
        "| entries | buckets | walk, ms | wait, ms | merge, ms | exchange, ms | share of merging | of waiting | "
        "logs a rank | sent |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for report in reports:
        cells = [count(report["entries"]), ",".join(map(str, report["buckets"]))]
        cells += [shown_spread(report[name]) for name in ("compute_ms", "wait_ms", "merge_ms", "exchange_ms")]
        cells += ["{:.0%} ({:.0%} to {:.0%})".format(*report[name]) for name in ("merge_share", "wait_share")]
        cells += [gibibytes(report["logged"]) if report["logged"] else "whole table", gibibytes(report["sent"])]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "One digest in all rounds of a table:"]
    return lines + [f"    {count(report['entries'])}: {report['digest']}" for report in reports]
