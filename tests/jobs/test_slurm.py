"""Every job script on a real SLURM: preempted, requeued, cancelled, refused, braked and chained.

All jobs run side by side, each waiting for its own signals; each test then looks at its own.
"""

import json
import re

import pytest
from helpers.slurm_cluster import HOME, Cluster, SlurmJob

from holdem_mpi.storage.checkpoint import read_manifests

pytestmark = pytest.mark.timeout(900)  # on a busy machine the time limits and restarts alone take minutes
# Without JIT a batch takes so long that no machine is at the end before SLURM's signal; the digest is the same.
PLAIN = {"NUMBA_DISABLE_JIT": "1"}
SIZE = ("--lanes", 4, "--batch-size", 10)
# Under srun on one node: across two, MPICH's long addresses go through SLURM's pmi2, which takes what one read() gives
# for a whole request, and hangs where a sandbox's sockets gave half of one.
NODES = {"mpirun": 2, "srun": 1}
SPOT = "pot: 10\nstacks: 20\nranges: {oop: 'AA,QQ,77,A5s', ip: 'KK,TT,76s'}\nbet_sizes: [0.5]\n"
RIVERS = ("4d", "5d", "6d", "7d", "9d", "Td", "Jd", "Qd")
CHAIN = "--ntasks=2 --time=10"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("slurm"), tmp_path_factory.mktemp("jobs"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def chained(cluster: Cluster, *words: str) -> list[SlurmJob]:
    """The jobs that chain.sh submits."""
    said = cluster.command("bash", str(HOME / "jobs" / "chain.sh"), *words, HOLDEM_MPI_SBATCH=CHAIN)
    submitted = re.findall(r"(\w+) (\d+)", said)
    assert [name for name, _ in submitted] == ["abstract", "train", "evaluate"]
    return [
        SlurmJob(cluster, number, cluster.folder / f"slurm-holdem-{name}-{number}.out") for name, number in submitted
    ]


@pytest.fixture(scope="module")
def jobs(cluster):
    """{name: job, or jobs of a chain}."""
    leduc = (HOME / "configs" / "leduc.yaml").read_text()
    endless, found = re.subn(r"(?m)^iters:.*$", "iters: 1_000_000_000_000\ncheckpoint_interval: 1", leduc)
    assert found == 1
    (cluster.folder / "endless.yaml").write_text(endless)
    train = ("train", "--config", "endless.yaml", *SIZE)
    jobs = {}
    for launcher, nodes in NODES.items():
        options = f"--nodes={nodes} --ntasks=4 --time=1 --signal=B:USR1@1"
        logdir = ("--logdir", launcher)
        jobs[launcher] = cluster.submit(
            launcher, *train, *logdir, options=options, HOLDEM_MPI_LAUNCHER=launcher, **PLAIN
        )
    for (
        launcher
    ) in NODES:  # they start alone, so that they train before the signal, half a minute later at the earliest
        jobs[launcher].until(lambda run=launcher: iterations(cluster, run))
    # A processor time that is never enough for the first batch: each start is killed.
    jobs["stuck"] = cluster.submit(
        "stuck",
        *("train", "--game=leduc", "--lanes=1", "--batch-size=1000000000", "--logdir=stuck"),
        options="--ntasks=1",
        shell="ulimit -t 2",
        **PLAIN,
    )
    jobs["cancelled"] = cluster.submit("cancelled", *train, "--logdir=cancelled", **PLAIN)
    jobs["mistaken"] = cluster.submit("mistaken", "train", "--game", "ludec", NUMBA_CACHE_DIR="")
    flop = ("--game=flop_holdem", "--buckets=169,5", "--bucket-dir", "tables", "--iters=2000", "--logdir", "flop")
    jobs["chain"] = chained(cluster, *flop, "--", "chart", "--line", "c")
    jobs["broken chain"] = chained(cluster, "--game=flop_holdem", "--buckets", "169,0", "--logdir=none", "--", "chart")
    jobs["train"] = cluster.submit("train", "train", "--game=leduc", "--iters=4000", "--logdir=leduc")
    after = f"--ntasks=2 --nodes=2 --dependency=afterok:{jobs['train'].number}"
    jobs["evaluate"] = cluster.submit("evaluate", "evaluate", "exploitability", "--policy=leduc", options=after)
    (cluster.folder / "spot.yaml").write_text(SPOT)
    boards = ("--flops", ",".join(f"Ks8s2h3c{card}" for card in RIVERS))
    report = ("report", "--spot=spot.yaml", *boards, "--out", "reports", "--time=1.5")
    jobs["report"] = cluster.submit("report", *report, options="--nodes=2 --ntasks=2")
    jobs["dry run"] = cluster.submit("dry", "dry_run", "--hands=1", "--deadline-ms=200", "--log", "dry.jsonl")
    watching = ("dry_run", "--hands=1000000", "--deadline-ms=200", "--log=watching.jsonl")
    jobs["watching"] = cluster.submit("watching", *watching, HOLDEM_MPI_LAUNCHER="srun")
    scaling = ("scaling", "--game=leduc", "--seconds=0.2", "--rounds=1", "--out", "scaling")
    jobs["scaling"] = cluster.submit("scaling", *scaling, options="--nodes=2 --ntasks=2")
    # Stopped as soon as some boards are done, while the other jobs go on.
    jobs["report"].until(lambda: rows_of(cluster))
    cluster.command("scancel", "--batch", "--signal=USR1", jobs["report"].number)
    jobs["report"].until(lambda: "requeued" in jobs["report"].log)
    jobs["rows before"] = rows_of(cluster)
    return jobs


def rows_of(cluster: Cluster) -> dict[str, int]:
    """{file of a board that the report has done: when it was written}."""
    return {path.name: path.stat().st_mtime_ns for path in (cluster.folder / "reports" / "boards").glob("*.json")}


def iterations(cluster: Cluster, run: str) -> int:
    """Iterations of the newest checkpoint."""
    manifests, _ = read_manifests(cluster.folder / run / "checkpoints")
    return max((manifest["progress"]["iterations"] for manifest in manifests), default=0)


def summary(cluster: Cluster, run: str) -> dict:
    return json.loads((cluster.folder / run / "summary.json").read_text())


def finish(cluster: Cluster, run: str) -> int:
    """Let a run that goes on for ever stop soon, by its folder's config; the iterations at which it will."""
    total = iterations(cluster, run) + 80
    config = cluster.folder / run / "config.yaml"
    text, found = re.subn(r"(?m)^iters:.*$", f"iters: {total}", config.read_text())
    assert found == 1
    config.write_text(text)
    return total


def test_a_preempted_job_reaches_the_digest_of_an_uninterrupted_one(cluster, jobs):
    for launcher in NODES:
        job = jobs[launcher]
        job.start_of(1)  # after the time limit's signal
        assert "exit code 75; requeued" in job.log
        job.until(lambda job=job: "resumed at" in job.log)
        stopped, resumed = (re.search(text, job.log)[1] for text in (r"leduc: (\d+) iter", r"resumed at (\d+) iter"))
        assert stopped == resumed != "0"
        job.until(lambda run=launcher, resumed=resumed: iterations(cluster, run) > int(resumed))
        cluster.command("scontrol", "requeue", job.number)
    whole = {}
    for launcher in NODES:
        job = jobs[launcher]
        job.until(lambda job=job: job.field("JobState") == "PENDING")
        total, reference = finish(cluster, launcher), f"{launcher}-reference"
        stop = (*SIZE, "--iters", total, "--logdir", reference)
        whole[launcher] = cluster.submit(reference, "train", "--game=leduc", *stop)
    for launcher in NODES:
        jobs[launcher].end()
        whole[launcher].end()
        assert int(jobs[launcher].field("Restarts")) >= 2 and whole[launcher].field("Restarts") == "0"
        resumed, uninterrupted = summary(cluster, launcher), summary(cluster, f"{launcher}-reference")
        assert resumed["iterations"] == uninterrupted["iterations"] > 0
        assert resumed["digest"] == uninterrupted["digest"]


def test_a_job_that_makes_no_progress_stops_after_three_restarts(jobs):
    job = jobs["stuck"]
    job.end("FAILED")
    assert job.field("ExitCode") == "69:0"
    assert job.field("Restarts") == "3" and job.log.count("; requeued") == 3
    assert "three restarts without progress" in job.log.splitlines()[-1]


def test_a_cancelled_job_saves_and_does_not_come_back(cluster, jobs):
    job = jobs["cancelled"]
    job.until(lambda: iterations(cluster, "cancelled"))
    cluster.command("scancel", job.number)
    job.end("CANCELLED")
    assert job.field("Restarts") == "0"
    job.until(lambda: "left to SLURM" in job.log)
    assert summary(cluster, "cancelled")["iterations"] == iterations(cluster, "cancelled")


def test_a_mistake_is_told_on_one_line_and_not_tried_again(jobs):
    job = jobs["mistaken"]
    job.end("FAILED")
    assert job.field("ExitCode") == "64:0" and job.field("Restarts") == "0"
    _, *notices, told, verdict = job.log.splitlines()
    assert all(notice.startswith("starting ") for notice in notices), "ranks that start slowly say so"
    assert told.startswith("error: unknown game 'ludec'") and verdict.endswith("exit code 64; not requeued")


def test_a_chain_runs_in_order(cluster, jobs):
    for job in jobs["chain"]:
        job.end()
    times = [(job.field("StartTime"), job.field("EndTime")) for job in jobs["chain"]]
    assert times[0][1] <= times[1][0] and times[1][1] <= times[2][0]
    abstract, _, evaluate = jobs["chain"]
    digest = re.search(r"digest (\w{64})", abstract.log)[1]
    assert summary(cluster, "flop")["bucket_digest"] == digest
    assert summary(cluster, "flop")["iterations"] == 2000 and "all hands: " in evaluate.log


def test_a_failing_link_cancels_the_rest(jobs):
    for job, state in zip(jobs["broken chain"], ("FAILED", "CANCELLED", "CANCELLED")):
        job.end(state)
    assert "error: --buckets 169,0" in jobs["broken chain"][0].log


def test_train_and_evaluate(cluster, jobs):
    for name in ("train", "evaluate"):
        jobs[name].end()
    assert f"digest: {summary(cluster, 'leduc')['digest']}" in jobs["train"].log
    nash_conv = float(re.search(r"NashConv: (\S+) chips", jobs["evaluate"].log)[1])
    assert 0 < nash_conv < 4.747222  # of uniform play


def test_a_preempted_report_solves_no_board_twice(cluster, jobs):
    before = jobs["rows before"]
    assert 0 < len(before) < len(RIVERS)
    jobs["report"].end()
    after = rows_of(cluster)
    assert f"boards of a list: {len(RIVERS)} boards" in jobs["report"].log and len(after) == len(RIVERS)
    assert {name: after[name] for name in before} == before


def test_dry_run(cluster, jobs):
    jobs["dry run"].end()
    assert all(json.loads(line) for line in (cluster.folder / "dry.jsonl").read_text().splitlines())


def test_the_exit_code_of_ranks_that_abort_under_srun_is_not_lost(cluster, jobs):
    job, decisions = jobs["watching"], cluster.folder / "watching.jsonl"
    job.until(lambda: decisions.exists() and decisions.read_text())
    cluster.command("scancel", "--batch", "--signal=USR1", job.number)
    job.until(lambda: "exit code 75; requeued" in job.log)
    cluster.command("scancel", job.number)
    job.end("CANCELLED")


def test_scaling(cluster, jobs):
    jobs["scaling"].end()
    assert json.loads((cluster.folder / "scaling" / "report.json").read_text())
