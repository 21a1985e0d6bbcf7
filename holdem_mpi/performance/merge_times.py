"""``bench merge``: what merging costs in each of its forms, beside the computing of the same batches."""

from dataclasses import replace
from typing import Any, get_args

from holdem_mpi.config.buckets import MAX_BUCKETS, STRENGTHS
from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.config.samplers import samplers_where
from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.performance.batch_times import BatchTimes, time_batches
from holdem_mpi.performance.bench_report import shown, spread
from holdem_mpi.text import count, counted
from holdem_mpi.training.memory import buckets_of, check_memory, size_of_tree
from holdem_mpi.training.problem import Problem
from holdem_mpi.training.start import build_problem, compile_first, trainer_for
from holdem_mpi.training.trainer import Progress, table_digest

# What a config may name; ``whole`` is what the others are compared with.
FORMS = get_args(RunConfig.model_fields["merge"].annotation)


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


def check_merging(config: RunConfig, comm: Communicator) -> None:
    """UserError where there is nothing to merge."""
    if comm.size == 1:
        raise UserError("bench merge: one process merges nothing; expected 2 ranks or more (mpirun -n 2 ...)")
    if not config.solver.facts.in_batches:
        others = samplers_where(lambda facts: facts.in_batches, "or")
        raise UserError(f"--sampler {config.solver.sampler}: its merge has one form; expected {others}")
    if config.mode != "reproducible":
        raise UserError(f"--mode {config.mode}: ranks do not merge there; expected reproducible")


def measure_merges(config: RunConfig, comm: Communicator, batches: int, warm: int, rounds: int) -> dict[str, Any]:
    """Every form on the table of one config. Collective.

    In each round and for each form a table of its own is trained from its start: ``warm`` batches, then ``batches``
    that are timed. The order of the forms turns from round to round. The report says what was run, the "digest", and
    in "forms" what ``_figures`` found. ArithmeticError where two forms do not make one table.
    """
    check_memory(config.model_copy(update={"merge": "whole"}), comm)
    problem = build_problem(config.completed(comm.size), comm)
    compile_first(problem, comm)
    found: dict[str, list[BatchTimes]] = {form: [] for form in FORMS}
    digests = set()
    for number in range(rounds):
        for form in FORMS if number % 2 == 0 else FORMS[::-1]:
            times, digest = _run(problem, comm, form, batches, warm)
            found[form].append(times)
            digests.add(digest)
    if len(digests) != 1:
        raise ArithmeticError(f"merge forms {', '.join(FORMS)}: {len(digests)} digests for one table")
    return {
        "game": config.game.name,
        "entries": 2 * problem.layout.num_pairs,
        "buckets": list(buckets_of(config)),
        "precision": config.solver.precision,
        "ranks": comm.size,
        "hosts": comm.hosts,
        "lanes": problem.config.lanes,
        "batch_size": config.batch_size,
        "batches": batches,
        "warm": warm,
        "rounds": rounds,
        "seed": config.solver.seed,
        "digest": digests.pop(),
        "forms": {form: _figures(of_form, found["whole"]) for form, of_form in found.items()},
    }


def _run(problem: Problem, comm: Communicator, form: str, batches: int, warm: int) -> tuple[BatchTimes, str]:
    """(times, digest) of a trainer of its own, all of whose memory is given back."""
    part = comm.first_ranks(comm.size)
    config = problem.config.model_copy(update={"merge": form})
    trainer = trainer_for(replace(problem, config=config), part, None, Progress())
    time_batches(trainer, warm)
    times = time_batches(trainer, batches)
    digest = comm.on_root(lambda trainer=trainer: table_digest(trainer.table, trainer.progress))
    comm.barrier()
    del trainer
    part.free()
    return times, digest


def _figures(times: list[BatchTimes], whole: list[BatchTimes]) -> dict[str, list[float]]:
    """[median, least, most] over rounds of medians over batches: milliseconds of computing, waiting and merging, share
    of waiting and merging in a batch, whole-table merges over this form's in the same round, and iterations a second.
    """
    milliseconds = [[1e3 * seconds for seconds in each.medians] for each in times]
    return {
        "compute_ms": spread([each[0] for each in milliseconds]),
        "wait_ms": spread([each[1] for each in milliseconds]),
        "merge_ms": spread([each[2] for each in milliseconds]),
        "merge_share": spread([each.merge_share for each in times]),
        "whole_over_this": spread([other.medians[2] / each.medians[2] for each, other in zip(times, whole)]),
        "iterations_per_second": spread([each.iterations / each.seconds for each in times]),
    }


def merge_lines(reports: list[dict[str, Any]]) -> list[str]:
    """The figures as a table for reading."""
    first = reports[0]
    lines = [
        f"{first['game']}, {first['ranks']} ranks on {counted(first['hosts'], 'host')}, "
        f"{counted(first['lanes'], 'lane')} of {first['batch_size']} iterations, {first['precision']} tables, "
        f"seed {first['seed']}; {counted(first['rounds'], 'round')} of {first['batches']} batches "
        f"after {first['warm']}: median (least to most)",
        "",
        "| entries | buckets | form | compute, ms | wait, ms | merge, ms | share of wait and merge | whole / this |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for report in reports:
        for form, figures in report["forms"].items():
            share = "{:.0%} ({:.0%} to {:.0%})".format(*figures["merge_share"])
            cells = [shown(figures[name]) for name in ("compute_ms", "wait_ms", "merge_ms")]
            cells += [share, shown(figures["whole_over_this"])]
            buckets = ",".join(map(str, report["buckets"]))
            lines.append(f"| {count(report['entries'])} | {buckets} | {form} | {' | '.join(cells)} |")
    lines += ["", "One digest for all forms of a table:"]
    return lines + [f"    {count(report['entries'])}: {report['digest']}" for report in reports]
