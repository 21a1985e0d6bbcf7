"""``bench scaling``: training on more and more of a job's ranks, strong and weak, beside a model of it."""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host import process_memory
from holdem_mpi.performance.batch_sums import BatchSums, measure_sums
from holdem_mpi.performance.batch_times import BatchTimes, batches_for, time_batches
from holdem_mpi.performance.bench_report import say, spread
from holdem_mpi.performance.cost_model import BatchModel, fit_batches
from holdem_mpi.performance.link_times import measure_links
from holdem_mpi.text import count
from holdem_mpi.training.memory import check_memory
from holdem_mpi.training.problem import Problem
from holdem_mpi.training.start import build_problem, compile_first, trainer_for
from holdem_mpi.training.trainer import Progress, Trainer, table_digest

# Ranks without a part in a run sleep until rank 0 sends this.
_TAG_DONE = 21
# How far the model is extrapolated, and ranks of a node there where one host says nothing about others.
LARGEST, NODE_CORES = 1024, 64


def check_ranks(ranks: list[int | str] | None, comm: Communicator) -> list[int]:
    """Rank counts to measure, in order: 1, 2, 4, ... and all, or those given. UserError where they cannot be."""
    if ranks is None:
        return sorted({2**power for power in range(comm.size.bit_length()) if 2**power <= comm.size} | {comm.size})
    if any(not isinstance(number, int) or not 1 <= number <= comm.size for number in ranks):
        given = ",".join(map(str, ranks))
        raise UserError(f"--ranks {given}: expected numbers of 1 to {comm.size}, the ranks of this job")
    return sorted(set(ranks) | {1})


def measure_scaling(
    config: RunConfig, comm: Communicator, counts: list[int], seconds: float, rounds: int, node_cores: int | None
) -> dict[str, Any]:
    """Run ``rounds`` times about ``seconds`` on each of ``counts`` ranks, strong (all runs have the same lanes) and
    weak (as many lanes as ranks), and hold it against a model. Collective; the report is rank 0's.

    ArithmeticError where strong runs do not make one table.
    """
    racing = config.mode != "reproducible"
    divided = config.solver.facts.divided
    lanes = config.completed(math.lcm(*counts)).lanes
    config = config.model_copy(update={"lanes": max(lanes, comm.size)})
    check_memory(config, comm)
    problem = build_problem(config, comm)  # scaled for the most lanes of any run
    compile_first(problem, comm)
    links = measure_links(comm)
    runs, times = [], {}
    for number in range(rounds):
        for ranks in counts if number % 2 == 0 else counts[::-1]:
            # As many lanes as ranks: one run is both.
            for kinds in [("strong", "weak")] if lanes == ranks or divided or racing else [("strong",), ("weak",)]:
                own_lanes = lanes if "strong" in kinds else ranks
                run = _run(replace(problem, config=_with_lanes(config, own_lanes)), comm, ranks, seconds)
                if comm.rank == 0:
                    times[kinds[-1], ranks] = run.pop("times")
                    runs += [{"kind": kind, "round": number, **run} for kind in kinds]
                    rate = count(run["iterations_per_second"])
                    say(comm, f"round {number + 1} of {rounds}, {' and '.join(kinds)}, on {ranks}: {rate} it/s")
    hosts = comm.host.of_ranks()
    sums = BatchSums(*comm.on_root(lambda: list(_sums(problem))))
    if comm.rank:
        return {}
    _check_digests(runs)
    report = {
        "game": config.game.name,
        "sampler": config.solver.sampler,
        "divided": divided,
        "mode": "racing" if racing else "reproducible",
        "precision": config.solver.precision,
        "seed": config.solver.seed,
        "buckets": config.abstraction.buckets,
        "table_entries": 2 * problem.layout.num_pairs,
        "batch_size": config.batch_size,
        "lanes": lanes,
        "rounds": rounds,
        "seconds": seconds,
        "ranks_of_hosts": [hosts.count(host) for host in sorted(set(hosts))],
        "links": links._asdict(),
        "runs": runs,
    }
    report |= {kind: _summaries([run for run in runs if run["kind"] == kind]) for kind in ("strong", "weak")}
    if counts[-1] > 1 and not racing:
        most = counts[-1]
        fitted = fit_batches(_with_lanes(config, most), times["weak", most], sums, links, most, len(set(hosts[:most])))
        node = node_cores or (max(report["ranks_of_hosts"]) if len(set(hosts)) > 1 else NODE_CORES)
        report["model"] = _model(config, fitted, counts, hosts, node, report)
    return report


def _with_lanes(config: RunConfig, lanes: int) -> RunConfig:
    return config.model_copy(update={"lanes": 1 if config.solver.facts.divided else lanes})


def _sums(problem: Problem) -> BatchSums:
    """Against an empty table, which is what all runs start from."""
    table = np.zeros(2 * problem.layout.num_pairs, np.dtype(problem.config.solver.precision))
    return measure_sums(problem, table)


def _run(problem: Problem, comm: Communicator, ranks: int, seconds: float) -> dict[str, Any] | None:
    """One run on the first ``ranks`` ranks; its figures on rank 0. The other ranks sleep. Collective."""
    part = comm.first_ranks(ranks)
    if part is None:
        comm.receive(np.zeros(1, np.int64), 0, _TAG_DONE)
        return None
    trainer = trainer_for(problem, part, None, Progress())
    number = batches_for(trainer, seconds)
    # After the warm-up all runs have done the same batches; a process alone does several sweeps of all boards in one.
    one_table = problem.config.mode == "reproducible" and not problem.config.solver.facts.divided
    digest = (
        None if not one_table else part.on_root(lambda trainer=trainer: table_digest(trainer.table, trainer.progress))
    )
    part.barrier()
    figures = _figures(trainer, time_batches(trainer, number), digest)
    del trainer
    part.free()
    if comm.rank == 0:
        for rank in range(ranks, comm.size):
            comm.send(np.zeros(1, np.int64), rank, _TAG_DONE)
    return figures


def _figures(trainer: Trainer, times: BatchTimes, digest: str | None) -> dict[str, Any]:
    """A run's figures. ``pss``, ``rss``: bytes by rank; pss_of_host: its ranks' together, by host. Collective."""
    comm, memory = trainer.comm, process_memory()
    of_ranks = np.zeros((comm.size, 2), np.int64)
    of_ranks[comm.rank] = memory.pss, memory.rss
    comm.allreduce_sum(of_ranks)
    hosts = np.array(comm.host.of_ranks())
    compute, wait, merge, exchange = times.medians
    return {
        "ranks": comm.size,
        "lanes": trainer.problem.config.lanes,
        "batches": len(times.spans),
        "iterations_per_second": times.iterations / times.seconds,
        "visits_per_second": times.visits / times.seconds,
        "compute_seconds": compute,
        "wait_seconds": wait,
        "merge_seconds": merge,
        "exchange_seconds": exchange,
        "merge_share": times.merge_share,
        "wait_share": times.wait_share,
        "merge_cpu_share": times.merge_cpu_share,
        "bytes_sent": trainer.bytes_sent,
        "pss": of_ranks[:, 0].tolist(),
        "rss": of_ranks[:, 1].tolist(),
        "pss_of_host": [int(of_ranks[hosts == host, 0].sum()) for host in range(hosts.max() + 1)],
        "digest": digest,
        "times": times,
    }


def _check_digests(runs: list[dict[str, Any]]) -> None:
    digests = {run["digest"] for run in runs if run["kind"] == "strong"}
    if len(digests) != 1:
        raise ArithmeticError(f"strong scaling: {len(digests)} digests of one table, by rank counts and rounds")


def _summaries(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each rank count, [median, least, most] over rounds; efficiency: of ``ranks`` times the one process' rate in
    the same round.
    """
    alone = {run["round"]: run["iterations_per_second"] for run in runs if run["ranks"] == 1}
    found = []
    for ranks in sorted({run["ranks"] for run in runs}):
        own = [run for run in runs if run["ranks"] == ranks]
        rates = [run["iterations_per_second"] for run in own]
        names = ("compute_seconds", "wait_seconds", "merge_seconds", "exchange_seconds", "merge_share", "wait_share")
        found.append(
            {
                "ranks": ranks,
                "lanes": own[0]["lanes"],
                "iterations_per_second": spread(rates),
                "efficiency": spread([rate / (ranks * alone[run["round"]]) for rate, run in zip(rates, own)]),
                **{name: spread([run[name] for run in own]) for name in names},
                "pss_of_rank": spread([max(run["pss"]) for run in own]),
                "rss_of_rank": spread([max(run["rss"]) for run in own]),
                "pss_of_host": spread([max(run["pss_of_host"]) for run in own]),
            }
        )
    return found


def _model(
    config: RunConfig, fitted: BatchModel, counts: list[int], hosts: list[int], node: int, report: dict[str, Any]
) -> dict[str, Any]:
    """The fitted model, what it says of the measured runs (hosts: by rank), and of up to LARGEST ranks.

    Strong: LARGEST lanes on any number of ranks; weak: as many lanes as ranks. Efficiency is over one process, in
    strong scaling by the model, in weak scaling as measured.
    """
    size, lanes = config.batch_size, report["lanes"]
    divided = fitted.divided

    def rate(own_lanes: int, ranks: int, nodes: int) -> float:
        own_lanes = 1 if divided else own_lanes
        return size * own_lanes / fitted.batch(size, own_lanes, ranks, nodes).seconds

    further = [2**power for power in range(LARGEST.bit_length())]
    measured_alone = report["weak"][0]["iterations_per_second"][0]
    modelled_alone = rate(LARGEST, 1, 1)
    extrapolated = []
    for ranks in further:
        nodes = math.ceil(ranks / node)
        strong = rate(LARGEST, ranks, nodes)
        weak = rate(ranks, ranks, nodes) if ranks > 1 else measured_alone  # a process alone has nothing to merge
        cost = fitted.batch(size, 1 if divided else ranks, ranks, nodes)
        extrapolated.append(
            {
                "ranks": ranks,
                "nodes": nodes,
                "strong": strong,
                "strong_efficiency": strong / (ranks * modelled_alone),
                "weak": weak,
                "weak_efficiency": weak / (ranks * measured_alone),
                "weak_idle_share": cost.idle_share,
            }
        )
    return {
        "ranks_of_node": node,
        "iteration_seconds": fitted.iteration,
        "wait": fitted.wait,
        "merge_seconds_of_byte": fitted.merge.byte,
        "sums": fitted.merge.sums._asdict(),
        "host": fitted.merge.host._asdict(),
        "network": fitted.merge.network._asdict(),
        "fitted_on": fitted.ranks,
        "of_measured": [
            {"ranks": ranks, "strong": rate(lanes, ranks, nodes), "weak": rate(ranks, ranks, nodes)}
            for ranks, nodes in ((ranks, len(set(hosts[:ranks]))) for ranks in counts)
        ],
        "extrapolated": extrapolated,
    }
