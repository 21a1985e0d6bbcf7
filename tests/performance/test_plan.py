"""``--plan``: sizes are exact, times follow the model, and what cannot fit is refused with what would."""

import argparse
import json
import re
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from holdem_mpi.config.load import load_config
from holdem_mpi.errors import ConfigError, UserError
from holdem_mpi.game.game import Game
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host import ProcessMemory
from holdem_mpi.parallel.host_ranks import SharedArray
from holdem_mpi.performance import calibration
from holdem_mpi.performance.batch_sums import BatchSums, measure_sums, whole_tables
from holdem_mpi.performance.calibration import Calibration
from holdem_mpi.performance.cost_model import BatchModel, MergeModel, fit_merge, wait_share
from holdem_mpi.performance.link_times import ASSUMED_HOST, ASSUMED_NETWORK, Link
from holdem_mpi.performance.plan import Cluster, cluster_of, recommend_batch_size
from holdem_mpi.train import check_cluster_options
from holdem_mpi.training import memory as fitting
from holdem_mpi.training.algorithm import algorithm_of
from holdem_mpi.training.export import export_policy
from holdem_mpi.training.lane_logs import LaneLogs, bytes_of_logs
from holdem_mpi.training.memory import (
    PROCESS_BYTES,
    check_fits,
    check_memory,
    memory_need,
    size_of_layout,
    size_of_tree,
    tree_bytes,
)
from holdem_mpi.training.problem import Problem
from holdem_mpi.training.start import build_problem

GIB = 1 << 30
LIMIT = load_config("limit_holdem")
SUMS = BatchSums(
    logged=80.0, blocks=16_000.0, batch_size=200, growth_in_batch=0.5, growth_in_lanes=0.75, most=16_000_000.0
)
# 100 us an iteration; 16 ms for the merge of a lane's 16,000 bytes of logs; a network of 1 ms and 1 GB/s.
MODEL = MergeModel(SUMS, byte=1e-6, host=Link(1e-4, 0.0), network=Link(1e-3, 1e-9))
BATCHES = BatchModel(ranks=2, iteration=1e-4, divided=False, wait=0.1, merge=MODEL)
CALIBRATION = Calibration(BATCHES, process=5000, scratch=4000, batch_size=200)


def refused(done, *words: str) -> None:
    """Assert that one line, with these words, was all that was said."""
    assert done.returncode == 64 and done.stdout == "", done.stderr
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("error: "), done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


def test_table_bytes_are_those_of_the_table(mpirun, train, tmp_path):
    train(1, "--game", "leduc", "--iters", 400)
    (table,) = tmp_path.glob("run/checkpoints/*/table.npy")
    need = memory_need(load_config("leduc"), size_of_tree(load_config("leduc")), 1, 1, PROCESS_BYTES, first=True)
    assert need.table == need.copy == table.stat().st_size - 128  # the header of a .npy file
    plan = mpirun(2, "-m", "holdem_mpi.train", "--game", "leduc", "--plan", "--plan-ranks", 96, "--node-cores", 32)
    assert plan.returncode == 0, plan.stderr
    assert "ranks, lanes, batch size: 96, 96, 200" in plan.stdout and "nodes:                    3" in plan.stdout
    assert "#SBATCH --nodes=3\n#SBATCH --ntasks-per-node=32\n#SBATCH --cpus-per-task=1\n" in plan.stdout
    assert re.search(r"^#SBATCH --time=0-00:1[0-9]:00$", plan.stdout, re.MULTILINE)
    assert re.search(r"^recommended batch size: +[1-9][0-9]+ \(", plan.stdout, re.MULTILINE)


def test_memory_asked_for_covers_the_memory_used(mpirun, train, tmp_path):
    options = ("--game", "leduc", "--lanes", 2)
    plan = mpirun(2, "-m", "holdem_mpi.train", *options, "--plan")
    asked = int(re.search(r"--mem=([0-9]+)M", plan.stdout)[1]) << 20
    show = (
        "from holdem_mpi.training.run import Run\n"
        "from holdem_mpi.parallel.host import process_memory\n"
        "from holdem_mpi.parallel.processes import world\n"
        "from holdem_mpi.config.load import load_config\n"
        "import json, sys, numpy as np\n"
        "comm = world()\n"
        "run = Run(load_config('leduc', {'lanes': 2, 'iters': 4000, 'logdir': 'used'}).completed(2), comm, False)\n"
        "run.train()\n"
        "used = np.array([process_memory().pss])\n"
        "comm.allreduce_sum(used)\n"
        "run.close()\n"
        "print(json.dumps(used.tolist()) if comm.rank == 0 else '', end='')\n"
    )
    used = json.loads(mpirun(2, "-c", show).stdout)[0]
    assert asked / 4 < used < asked


def test_the_policy_takes_in_the_end_what_is_planned_for_it(tmp_path):
    config = load_config("limit_holdem", {"abstraction.buckets": [169, 100, 100, 100]})
    layout = Game(config.game).layout((169, 100, 100, 100))
    planned = memory_need(config, size_of_layout(layout), 1, 1, 0, first=True).policy
    table = np.zeros(2 * layout.num_pairs)
    tracemalloc.start()
    export_policy(Problem(config, layout, None, "", None), table, tmp_path / "policy", "digest", 1)
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 0.9 * planned < taken < 1.1 * planned


def test_what_compiling_leaves_behind_is_no_part_of_a_plan(monkeypatch):
    problem = build_problem(load_config("leduc").completed(1), Communicator())
    found = {}
    for compiled in (False, True):
        monkeypatch.setattr(calibration, "has_compiled", lambda compiled=compiled: compiled)
        monkeypatch.setattr(calibration, "process_memory", lambda: ProcessMemory(0, 0, 900 << 20))
        found[compiled] = calibration._process_bytes(problem)
    assert found == {False: 900 << 20, True: PROCESS_BYTES + tree_bytes(size_of_layout(problem.layout))}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--plan-ranks", 4), ("--plan-ranks", "only with --plan")),
        (("--plan", "--plan-nodes", 0), ("--plan-nodes 0", "at least 1")),
        (("--plan", "--node-memory", "much"), ("--node-memory", "64G", "much")),
        (("--plan", "--plan-ranks", 64, "--plan-nodes", 2, "--node-cores", 16), ("--plan-ranks 64", "at most 32")),
        (("--plan", "--node-memory", "20M"), ("kuhn", "20 MiB are available", "--node-memory", "nodes with")),
    ],
)
def test_bad_options(mpirun, options, words):
    refused(mpirun(2, "-m", "holdem_mpi.train", "--game", "kuhn", *options), *words)


# A tree of millions of nodes, and a table of terabytes.
DEEP = """
game: {name: deep, deck: holdem, players: 2, betting: fixed_limit, stacks: 20000, blinds: [10, 5],
  board_cards: [0, 3, 1, 1], raise_sizes: [10, 10, 20, 20], max_raises: [20, 20, 20, 20]}
abstraction: {buckets: [169, 60000, 60000, 1950]}
"""


@pytest.mark.parametrize("options", [("--plan",), ("--logdir", "run")])
def test_what_cannot_fit_is_refused_before_anything_is_built(mpirun, tmp_path, options):
    (tmp_path / "deep.yaml").write_text(DEEP)
    done = mpirun(2, "-m", "holdem_mpi.train", "--config", "deep.yaml", *options)
    refused(done, "deep: a node needs", "TiB", "--buckets 169,", "nodes with")
    assert not (tmp_path / "run").exists()


def test_advice_fits():
    config = load_config("limit_holdem", {"abstraction.buckets": [169, 5000, 5000, 1950]})
    size = size_of_tree(config)
    need = memory_need(config, size, 4, 1, PROCESS_BYTES, first=True)
    available = need.total // 3
    with pytest.raises(ConfigError) as refusal:
        check_fits(config, size, need, available, "here")
    assert "--precision float32" not in str(refusal.value)  # that would still be too much
    buckets = [int(number) for number in re.search(r"--buckets ([0-9,]+)", str(refusal.value))[1].split(",")]
    smaller = load_config("limit_holdem", {"abstraction.buckets": buckets})
    assert 0.8 * available < memory_need(smaller, size, 4, 1, PROCESS_BYTES, first=True).total <= available
    check_fits(smaller, size, memory_need(smaller, size, 4, 1, PROCESS_BYTES, first=True), available, "here")
    with pytest.raises(ConfigError, match="float32"):
        check_fits(config, size, need, int(0.85 * need.total), "here")


def test_a_table_for_each_rank_where_shared_memory_is_short():
    size = size_of_tree(LIMIT)
    table = memory_need(LIMIT, size, 1, 1, 0, first=False).table
    assert fitting.tables_of_host(LIMIT, size, 8, table) == 1
    assert fitting.tables_of_host(LIMIT, size, 8, table - 1) == 8
    assert fitting.tables_of_host(LIMIT, size, 1, 0) == 1
    eight = memory_need(LIMIT, size, 8, 8, PROCESS_BYTES, first=True)
    with pytest.raises(ConfigError, match="5 ranks a node"):
        check_fits(LIMIT, size, eight, 5 * (table + eight.process) + max(eight.copy, eight.policy), "here")


def test_a_run_looks_at_this_host_first(monkeypatch):
    monkeypatch.setattr(fitting, "available_memory", lambda: 200 << 20)
    with pytest.raises(UserError, match=r"limit_holdem: a node needs .* 200 MiB are available on this host"):
        check_memory(LIMIT, Communicator())
    assert check_memory(load_config("kuhn"), Communicator())
    monkeypatch.setattr(fitting, "count_tree", lambda *_: None)
    assert not check_memory(LIMIT, Communicator())


def cluster(**options) -> Cluster:
    """The cluster of these options, on one process."""
    names = ("plan_ranks", "plan_nodes", "node_memory", "node_cores")
    return cluster_of(Communicator(), argparse.Namespace(**{name: options.get(name) for name in names}))


def test_clusters():
    here = cluster()
    assert (here.ranks, here.nodes, here.ranks_a_node) == (1, 1, 1) and here.memory > 0
    assert cluster(plan_ranks=100, node_cores=32).nodes == 4
    assert cluster(plan_nodes=4, node_cores=32).ranks == 128
    far = cluster(plan_ranks=9, plan_nodes=2, node_memory=64 * GIB)
    assert (far.ranks_a_node, far.memory, far.shared) == (5, 64 * GIB, 32 * GIB)
    with pytest.raises(UserError, match="--plan-ranks 33: expected at most 32"):
        cluster(plan_ranks=33, plan_nodes=2, node_cores=16)
    with pytest.raises(UserError, match="--node-memory: only with --plan"):
        check_cluster_options(
            argparse.Namespace(plan=False, plan_ranks=None, plan_nodes=None, node_memory=5, node_cores=None)
        )


def test_merge_model():
    assert SUMS.union(800, 1) == 32_000 and SUMS.union(200, 16) == 128_000 and SUMS.logs(800, 3) == 192_000
    assert SUMS.union(1e9, 1e9) == 16_000_000
    # One node: the logs of as many lanes as a rank has, and a signal among 2 or 16 ranks.
    assert MODEL.seconds(200, 2, 2, 1) == pytest.approx(0.0161)
    assert MODEL.seconds(200, 16, 16, 1) == pytest.approx(0.0164)
    assert MODEL.seconds(200, 1, 2, 1) == pytest.approx(0.0081)  # two owners share one lane's logs
    # Two nodes of 8: logs are gone through twice, the union of 16 lanes' blocks crosses the network once, and 8 ranks
    # pack it and add it to their table.
    assert MODEL.seconds(200, 16, 16, 2) == pytest.approx(0.032 + 0.0003 + 0.001 + 128_000e-9 + 2 * 128_000e-6 / 8)
    # A measured merge is what the model gives for the same ranks.
    links = argparse.Namespace(host=None, network=None)
    for nodes in (1, 3):
        fitted = fit_merge(SUMS, links, 0.05, 400, 6, 3, nodes)
        assert fitted.seconds(400, 6, 3, nodes) == pytest.approx(0.05)
    assert (fitted.host, fitted.network) == (ASSUMED_HOST, ASSUMED_NETWORK)
    # Whole tables go from rank to rank: with 4 ranks of a host, each byte one and a half times.
    whole = MergeModel(whole_tables(1000), byte=1e-9, host=Link(1e-6, 1e-9), network=ASSUMED_NETWORK)
    assert whole.seconds(200, 4, 4, 1) == pytest.approx(8000e-9 + 2e-6 + 1.5 * 8000e-9)


def test_sums_of_batches_are_counted():
    """Blocks and bytes of logs, by the kernels that a merge between hosts uses."""
    config = load_config("flop_holdem", {"abstraction.buckets": [169, 300], "batch_size": 400}).completed(1)
    problem = build_problem(config, Communicator())
    table = np.zeros(2 * problem.layout.num_pairs)
    sums = measure_sums(problem, table)
    assert not table.any() and sums.batch_size == 400 and sums.most == 8 * table.size
    runner = algorithm_of(config).runner(problem, Communicator())
    runner.run(table, 0, 0, 400)
    merger = runner.merger(Communicator(), SharedArray(table, 0, 1), -np.inf)
    assert 0.8 < 400 * sums.logged / runner.logs.bytes_logged < 1.25
    merger.merge()
    first = 2 << runner.logs.bits  # entries of a segment, each of which begins with a block
    blocks = {place // first * first + place % first // 8 for place in np.flatnonzero(table).tolist()}
    # A block may have nothing but zeros added to it, and a row may run on into the next segment.
    assert len(blocks) <= sums.blocks / 64 <= 1.2 * len(blocks)
    assert 0 < sums.growth_in_batch < 1 and 0 < sums.growth_in_lanes < 1
    assert sums.union(400, 4) < 4 * sums.blocks
    toy = build_problem(load_config("leduc").completed(1), Communicator())
    assert measure_sums(toy, np.zeros(2 * toy.layout.num_pairs)) == whole_tables(2 * toy.layout.num_pairs)


def test_cost_of_a_batch():
    cost = BATCHES.batch(200, 3, 2, 1)  # two lanes on one of the ranks
    assert (cost.compute, cost.wait) == pytest.approx((0.04, 0.004))
    assert cost.idle_share == pytest.approx((cost.wait + cost.merge) / cost.seconds)
    assert replace(BATCHES, divided=True).batch(1, 1, 4, 1).compute == pytest.approx(2.5e-5)
    assert CALIBRATION.process_bytes(800, 2, 1) == 9000
    assert CALIBRATION.process_bytes(800, 2, 2) == pytest.approx(9000 + 32_000 * 2**0.75, abs=1)
    assert wait_share(0.1, 2, 16) == pytest.approx(0.2) and wait_share(0.1, 2, 1) == wait_share(0.1, 1, 8) == 0


def test_recommended_batch_size():
    one_node = Cluster(2, 1, GIB, GIB, "")
    # Logs cost the same in batches of any size; the signal's 0.1 ms are nothing beside 100 iterations.
    assert recommend_batch_size(BATCHES, 2, one_node, 10**9) == 100
    # Whole tables are merged in 10 ms beside 0.1 ms * size: 3 % from 3,300 on.
    tables = replace(BATCHES, merge=MergeModel(whole_tables(125_000), 1e-8, Link(0.0, 0.0), ASSUMED_NETWORK))
    assert recommend_batch_size(tables, 2, one_node, 10**9) == 5000
    assert recommend_batch_size(tables, 2, one_node, 1000) == 1000


def test_bytes_of_logs():
    pairs = 500_000
    few = bytes_of_logs(pairs, 8, 0)
    assert 8 << 20 < few < 9 << 20 and bytes_of_logs(pairs, 8, 1 << 20) == few
    assert bytes_of_logs(pairs, 8, 10 << 20) == few + (12 << 20)
    # What fits the largest logs needs no rounds; what does not, has its sums wait, each owner's part of the table.
    largest = bytes_of_logs(pairs, 8, 32 << 20)
    assert largest == few + (24 << 20)
    assert bytes_of_logs(pairs, 8, 33 << 20) == largest + 2 * pairs
    # They are what a run has.
    layout = Game(load_config("flop_holdem").game).layout((169, 300))
    logs = LaneLogs(layout, Communicator(), wide=False, at_once=8)
    assert logs.bytes_in_use == pytest.approx(bytes_of_logs(layout.num_pairs, 1, 0), rel=0.01)
    assert logs.grow(2)
    assert logs.bytes_in_use == pytest.approx(bytes_of_logs(layout.num_pairs, 1, 8 << 20), rel=0.01)


def test_memory_counts_what_samplers_need():
    def process(name: str, ranks: int, **keys) -> int:
        config = load_config(name, {key.replace("__", "."): value for key, value in keys.items()})
        return memory_need(config, size_of_tree(config), ranks, 1, 0, first=False).process

    small = process("limit_holdem", 8, lanes=8)
    assert 8 << 20 < small < 20 << 20
    assert process("limit_holdem", 8, lanes=8, batch_size=10_000) > small + (20 << 20)
    assert process("limit_holdem", 8, mode="racing") < 2 << 20
    pairs = size_of_tree(LIMIT).table_pairs((169, 500, 500, 500))
    public = process("limit_holdem", 8, solver__sampler="public", solver__algorithm="linear")
    assert public == pytest.approx(32 * pairs, rel=0.01)
    assert process("leduc", 1) == 32 * 672 + process("leduc", 1, mode="racing")
