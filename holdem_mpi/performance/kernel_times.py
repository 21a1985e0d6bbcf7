"""``bench kernel``: the processor time of the parts of an iteration, each by itself."""

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.config.samplers import SAMPLERS
from holdem_mpi.game.game import Game
from holdem_mpi.kernels.cards.evaluator import evaluator_tables
from holdem_mpi.kernels.traversal.lane import LaneKey
from holdem_mpi.kernels.traversal.repeats import repeat_averages, repeat_deals, repeat_evaluations
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host_ranks import SharedArray
from holdem_mpi.performance.bench_report import shown_spread, spread
from holdem_mpi.text import counted
from holdem_mpi.training.algorithm import algorithm_of
from holdem_mpi.training.lane_runner import LogRunner, iterations_at_once, new_deal, new_workspace
from holdem_mpi.training.problem import Problem
from holdem_mpi.training.start import build_problem

# Deals or evaluations of one call.
_CALLS = 10_000


class Work(NamedTuple):
    """What one step of a part has done; visits 0 where it visits no nodes."""

    items: int
    visits: int


class Part(NamedTuple):
    """A part of an iteration.

    name: of the part.
    item: what it is counted in.
    step: ``step(number)`` does some of it.
    """

    name: str
    item: str
    step: Callable[[int], Work]


def measure_kernels(config: RunConfig, comm: Communicator, seconds: float, rounds: int) -> dict[str, Any]:
    """Parts of an iteration of the config's game, all ranks at the same time, each on a table of its own. Collective.

    seconds: of each part and round. {"game", "ranks", "parts"}: for each part its name, what an item is, and
    [median, least, most] over rounds, means over ranks, of ns_per_item, items_per_cpu_second and ns_per_visit (None
    without visits).
    """
    parts = []
    for part in _parts(config, comm):
        part.step(0)  # compiles
        found = []
        for number in range(rounds):
            comm.barrier()
            figures = np.array(_time(part, seconds, number))
            comm.allreduce_sum(figures)
            found.append((figures / comm.size).tolist())
        parts.append(_figures(part, found))
    return {"game": config.game.name, "ranks": comm.size, "rounds": rounds, "seconds": seconds, "parts": parts}


def _figures(part: Part, found: list[list[float]]) -> dict[str, Any]:
    of_item, of_visit = ([values[place] for values in found] for place in (0, 1))
    return {
        "name": part.name,
        "item": part.item,
        "ns_per_item": spread(of_item),
        "items_per_cpu_second": spread([1e9 / value for value in of_item]),
        "ns_per_visit": spread(of_visit) if any(of_visit) else None,
    }


def _time(part: Part, seconds: float, number: int) -> tuple[float, float]:
    """(ns an item, ns a visit) of processor time, over about so many seconds of it."""
    items = visits = calls = 0
    begin = time.process_time()
    while (spent := time.process_time() - begin) < seconds:
        done = part.step((number << 20) + calls)
        items, visits, calls = items + done.items, visits + done.visits, calls + 1
    return 1e9 * spent / items, 1e9 * spent / visits if visits else 0.0


def _parts(config: RunConfig, comm: Communicator) -> Iterator[Part]:
    """The parts that the config's game has, one after another, since each may hold a table."""
    by_hand = None
    for sampler, facts in SAMPLERS.items():
        if not facts.in_batches or (facts.in_vectors and config.game.players != 2):
            continue
        solver = config.solver.model_copy(update={"sampler": sampler, "algorithm": "linear"})
        problem = build_problem(config.model_copy(update={"solver": solver, "lanes": 1}), comm)
        yield Part(f"{sampler} sampling, with deals", "iteration", _lanes(problem))
        if not facts.in_vectors:
            by_hand = problem
            runner = algorithm_of(problem.config).runner(problem, Communicator())
            if isinstance(runner, LogRunner):
                yield Part(f"logs of {sampler} sampling, worked off", "iteration", _logs(problem, runner))
    yield Part("average policy's pass, with deals", "pass of all players", _averages(by_hand))
    yield Part("deal: cards, buckets, strengths", "deal", _deals(by_hand))
    if not Game(config.game).is_toy:
        yield Part("evaluator", "hand of 7 cards", _evaluations())


def _random_table(problem: Problem) -> np.ndarray:
    """Regrets and sums as no training leaves them, but every page of memory real and every strategy mixed."""
    table = np.empty(2 * problem.layout.num_pairs, np.dtype(problem.config.solver.precision))
    return np.random.default_rng(0).random(out=table, dtype=table.dtype)


def _lanes(problem: Problem) -> Callable[[int], Work]:
    table, runner = _random_table(problem), algorithm_of(problem.config).runner(problem, Communicator())
    size = 1 if problem.config.solver.facts.in_vectors else problem.config.batch_size

    def step(number: int) -> Work:
        runner.clear()
        runner.begin(number, range(1), size, False)
        while not runner.go_on(table):
            runner.logs.forget()
        return Work(size, runner.visits)

    return step


def _logs(problem: Problem, runner: LogRunner) -> Callable[[int], Work]:
    """Merge one lane's logs again and again: a batch of them, or as many as fit."""
    table, logs = _random_table(problem), runner.logs
    span = 0, 0, 0, problem.config.batch_size
    iterations = runner.traversals.run(table, runner.sink, span, False, logs.chunks_of_iteration)
    merger = runner.merger(Communicator(), SharedArray(table, 0, 1), -np.inf)
    first, at = runner.sink.first.copy(), runner.sink.at.copy()

    def step(number: int) -> Work:
        runner.sink.first[:], runner.sink.at[:] = first, at
        merger.merge()
        return Work(iterations, 0)

    return step


def _averages(problem: Problem) -> Callable[[int], Work]:
    layout, tables = problem.layout, problem.tables
    table, tree, deal = _random_table(problem), layout.code(), new_deal(layout, tables)
    work = new_workspace(layout, iterations_at_once(layout))
    work.params[:] = np.where(np.isinf(work.params), work.params, 1.0)
    runner = algorithm_of(problem.config).runner(problem, Communicator())
    chunks = runner.logs.chunks_of_iteration if isinstance(runner, LogRunner) else 0

    def step(number: int) -> Work:
        runner.clear()
        key = LaneKey(seed=np.uint64(0), sampler=0, batch=number, lane=0, first=0, last=_CALLS, chunks=chunks)
        done = repeat_averages(tree, table, runner.sink, tables, deal, work, key)
        return Work(done, runner.visits)

    return step


def _deals(problem: Problem) -> Callable[[int], Work]:
    tree, deal, state = problem.layout.code(), new_deal(problem.layout, problem.tables), np.zeros(10, np.uint64)

    def step(number: int) -> Work:
        repeat_deals(tree, problem.tables, deal, state, number * _CALLS, (number + 1) * _CALLS)
        return Work(_CALLS, 0)

    return step


def _evaluations() -> Callable[[int], Work]:
    random = np.random.default_rng(0)
    hands = np.array([random.choice(52, 7, replace=False) for _ in range(_CALLS)])

    def step(number: int) -> Work:
        repeat_evaluations(evaluator_tables(), hands)
        return Work(_CALLS, 0)

    return step


def kernel_lines(report: dict[str, Any]) -> list[str]:
    """The figures as a table for reading."""
    ranks = f"{report['ranks']} ranks at once" if report["ranks"] > 1 else "1 process"
    lines = [
        f"{report['game']}, {ranks}, {counted(report['rounds'], 'round')} of {report['seconds']:g} CPU seconds: "
        "median (least to most)",
        "",
        "| part | item | ns an item | items a CPU second | ns a node visited |",
        "|---|---|---|---|---|",
    ]
    for part in report["parts"]:
        figures = [part["ns_per_item"], part["items_per_cpu_second"], part["ns_per_visit"]]
        lines.append(f"| {part['name']} | {part['item']} | {' | '.join(map(shown_spread, figures))} |")
    return lines
