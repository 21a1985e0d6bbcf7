"""``bench``: what it measures is real training, and its reports are whole. Speeds themselves are not tested."""

import json
import re

import pytest
from helpers.launching import Job

from holdem_mpi.bench import BENCHMARKS
from holdem_mpi.cli import Parser
from holdem_mpi.config.load import load_config
from holdem_mpi.errors import UserError
from holdem_mpi.game.game import Game
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.performance import bench_report
from holdem_mpi.performance.link_times import Link, fit_link
from holdem_mpi.performance.merge_times import configs_of_sizes
from holdem_mpi.performance.scaling import _check_digests, _summaries, check_ranks

BENCH = ("-m", "holdem_mpi.bench")


@pytest.fixture(scope="module")
def scaling(tmp_path_factory):
    """Folder of a report of Leduc on two ranks, and what was printed."""
    folder = tmp_path_factory.mktemp("scaling")
    options = ("scaling", "--game", "leduc", "--rounds", 1, "--seconds", 0.05, "--out", "made/report")
    done = Job(2, (*BENCH, *options), folder).finish()
    assert done.returncode == 0, done.stderr
    return folder / "made" / "report", done.stdout


def test_scaling_report(scaling, train):
    folder, printed = scaling
    report = json.loads((folder / "report.json").read_text())
    for kind in ("strong", "weak"):
        assert [row["ranks"] for row in report[kind]] == [1, 2]
        one, two = report[kind]
        assert one["efficiency"] == [1, 1, 1] and one["lanes"] == (2 if kind == "strong" else 1)
        ratio = two["iterations_per_second"][0] / one["iterations_per_second"][0]
        assert two["efficiency"][0] == pytest.approx(ratio / 2)
        assert 0 < two["wait_share"][0] < 1 and 0 < two["merge_share"][0] < 1
        assert 2 * two["pss_of_rank"][0] >= two["pss_of_host"][0] > two["pss_of_rank"][0] > 0
        assert two["rss_of_rank"][0] > two["pss_of_rank"][0]
    # Five batches of two lanes of 200 iterations warm a run up: the table is that of a training run.
    digest = train(1, "--game", "leduc", "--lanes", 2, "--iters", 2000)["digest"]
    assert {run["digest"] for run in report["runs"] if run["kind"] == "strong"} == {digest}
    assert report["links"]["host"][0] >= 0 and report["links"]["network"] is None
    model = report["model"]
    assert [row["ranks"] for row in model["extrapolated"]] == [2**power for power in range(11)]
    assert model["extrapolated"][-1]["nodes"] == 16 and model["extrapolated"][0]["strong_efficiency"] == 1
    # The model is fitted on the weak run of two ranks.
    measured = report["weak"][1]
    assert sum(measured[f"{part}_seconds"][0] for part in ("compute", "wait", "merge", "exchange")) == pytest.approx(
        400 / model["of_measured"][1]["weak"], rel=0.01
    )
    text = (folder / "report.md").read_text()
    assert printed.startswith(text) and "mpirun -n 2 python -m holdem_mpi.bench scaling --game leduc" in text
    assert "(assumed: this job had one host)" in text and digest in text
    assert (folder / "scaling.svg").read_text().startswith("<?xml")


def test_report_without_matplotlib(scaling, tmp_path, monkeypatch, capsys):
    report = json.loads((scaling[0] / "report.json").read_text())
    monkeypatch.setattr(bench_report.importlib.util, "find_spec", lambda name: None)
    lines = bench_report.write_report(report, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.json", "report.md"]
    assert (tmp_path / "report.md").read_text() == (scaling[0] / "report.md").read_text() and len(lines) > 20
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "scaling.svg: matplotlib is not installed" in said


def test_scaling_of_one_rank(mpirun, tmp_path):
    done = mpirun(1, *BENCH, "scaling", "--game", "kuhn", "--rounds", 1, "--seconds", 0.02)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "scaling" / "report.json").read_text())
    assert "scaling needs more" in done.stdout and "model" not in report and len(report["strong"]) == 1
    assert report["strong"][0]["iterations_per_second"][0] > 0


def test_full_width_has_one_kind(mpirun, tmp_path):
    options = ("--game", "leduc", "--sampler", "full", "--rounds", 1, "--seconds", 0.02, "--ranks", "2")
    done = mpirun(2, *BENCH, "scaling", *options)
    assert done.returncode == 0 and "Weak" not in done.stdout, done.stderr
    report = json.loads((tmp_path / "scaling" / "report.json").read_text())
    assert [row["ranks"] for row in report["strong"]] == [1, 2]


def test_kernel(mpirun, tmp_path):
    done = mpirun(2, *BENCH, "kernel", "--game", "leduc", "--rounds", 1, "--seconds", 0.02, "--json", "kernel.json")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "kernel.json").read_text())
    names = [part["name"].split()[0].rstrip(":") for part in report["parts"]]
    assert names == ["external", "outcome", "public", "average", "deal"] and report["machine"]["cores"] > 0
    for part in report["parts"]:
        middle, least, most = part["ns_per_item"]
        assert 0 < least <= middle <= most and f"| {part['name']} |" in done.stdout
        assert part["items_per_cpu_second"][0] == pytest.approx(1e9 / middle)
        assert part["ns_per_visit"] is None or part["ns_per_visit"][0] < middle


def test_merge(mpirun, train, tmp_path):
    options = ("--game", "leduc", "--rounds", 2, "--batches", 3, "--warm", 1, "--json", "merge.json")
    done = mpirun(2, *BENCH, "merge", *options)
    assert done.returncode == 0, done.stderr
    (table,) = json.loads((tmp_path / "merge.json").read_text())["tables"]
    assert table["entries"] == 1344 and table["lanes"] == table["ranks"] == 2
    for name in ("compute_ms", "wait_ms", "merge_ms", "exchange_ms", "merge_share", "wait_share"):
        assert table[name][1] > 0
    assert table["sent"] == 8 * 1344 and table["logged"] == 0 and "| whole table | 10.5 KiB |" in done.stdout
    digest = train(1, "--game", "leduc", "--lanes", 2, "--iters", 1600)["digest"]  # four batches
    assert table["digest"] == digest and digest in done.stdout


def test_tables_of_sizes():
    config = load_config("limit_holdem")
    for entries, sized in zip((10**6, 10**7, 10**8), configs_of_sizes(config, [10**6, 10**7, 10**8])):
        buckets = tuple(sized.abstraction.buckets)
        assert buckets[0] == 169 and buckets[1] == buckets[2] and buckets[3] == min(buckets[1], 1950)
        assert 2 * Game(config.game).layout(buckets).num_pairs == pytest.approx(entries, rel=0.02)
    with pytest.raises(UserError, match=r"--entries 10000000: flop_holdem would have .* expected 1 to 1390"):
        configs_of_sizes(load_config("flop_holdem"), [10**7])
    with pytest.raises(UserError, match="--entries 1000: limit_holdem would have 0 buckets"):
        configs_of_sizes(config, [1000])
    with pytest.raises(UserError, match="--entries: kuhn has no buckets"):
        configs_of_sizes(load_config("kuhn"), [1000])


def test_entries_are_written_as_the_help_writes_them():
    parser = Parser(prog="bench merge")
    BENCHMARKS["merge"].add_options(parser)
    (default,) = re.findall(r"\(default: ([^,]+,[^,]+,[^,]+), or the table", " ".join(parser.format_help().split()))
    assert parser.parse_args(["--entries", default]).entries == [10**6, 10**7, 10**8]
    assert parser.parse_args(["--entries", "1M"]).entries == [10**6]


@pytest.mark.parametrize(
    ("ranks", "options", "words"),
    [
        (1, (), ("subcommand",)),
        (2, ("scaling", "--game", "kuhn", "--rounds", 0), ("--rounds 0", "above 0")),
        (2, ("scaling", "--game", "kuhn", "--ranks", "1,3"), ("--ranks 1,3", "1 to 2")),
        (2, ("scaling", "--game", "kuhn", "--out", "/proc/report"), ("--out /proc/report", "folder to write")),
        (1, ("scaling", "--game", "kuhn", "--iters", 5), ("--iters",)),
        (1, ("kernel", "--game", "kuhn", "--seconds", "nan"), ("--seconds nan", "above 0")),
        (1, ("kernel", "--game", "kuhn", "--seconds", "inf"), ("--seconds inf", "above 0")),
        (1, ("merge", "--game", "kuhn", "--sampler", "full"), ("--sampler full", "external, outcome or public")),
        (1, ("merge", "--game", "kuhn", "--mode", "racing"), ("--mode racing", "expected reproducible")),
        (
            2,
            ("kernel", "--game", "kuhn", "--json", "/proc/kernel.json"),
            ("--json /proc/kernel.json", "can be written"),
        ),
        (2, ("merge", "--game", "kuhn", "--json", "no/merge.json"), ("--json no/merge.json", "folder that exists")),
        (2, ("merge", "--entries", "1e6", "--buckets", "169,5,5,5"), ("--entries", "--buckets")),
    ],
)
def test_bad_options(mpirun, ranks, options, words):
    done = mpirun(ranks, *BENCH, *options)
    assert done.returncode == 64 and done.stdout == "", done.stderr
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("error: "), done.stderr
    for word in words:
        assert word in done.stderr


def test_links_are_fitted():
    sizes = [8, 1024, 1 << 20]
    fitted = fit_link(sizes, [Link(2e-6, 1e-10).message(size) for size in sizes])
    assert fitted == pytest.approx((2e-6, 1e-10))
    steps, crossings = 3, 2 * 7 / 8
    seconds = [Link(2e-6, 1e-10).allreduce(size, 8) for size in sizes]
    assert fit_link(sizes, seconds, steps, crossings) == pytest.approx((2e-6, 1e-10))
    # Noise must not make a latency that is below nothing.
    assert fit_link([8, 1 << 20], [1e-12, 1e-3]).latency == 0


def test_efficiency_is_over_the_same_round():
    def run(number: int, ranks: int, rate: float) -> dict:
        names = ("compute_seconds", "wait_seconds", "merge_seconds", "exchange_seconds", "merge_share", "wait_share")
        shares = dict.fromkeys(names, 0.1)
        memory = {"pss": [1] * ranks, "rss": [2] * ranks, "pss_of_host": [ranks]}
        return {"round": number, "ranks": ranks, "lanes": 2, "iterations_per_second": rate, **shares, **memory}

    rows = _summaries(
        [run(0, 1, 100.0), run(0, 2, 180.0), run(1, 1, 50.0), run(1, 2, 100.0), run(2, 1, 80.0), run(2, 2, 80.0)]
    )
    assert rows[1]["efficiency"] == [0.9, 0.5, 1.0] and rows[1]["iterations_per_second"] == [100.0, 80.0, 180.0]
    assert rows[1]["pss_of_host"] == [2, 2, 2]


def test_two_digests_are_a_fault_of_ours():
    _check_digests(
        [{"kind": "strong", "digest": "a"}, {"kind": "strong", "digest": "a"}, {"kind": "weak", "digest": "b"}]
    )
    with pytest.raises(ArithmeticError, match="2 digests"):
        _check_digests([{"kind": "strong", "digest": "a"}, {"kind": "strong", "digest": "b"}])


def test_rank_counts():
    comm = Communicator()
    assert check_ranks(None, comm) == [1]
    comm.size = 6
    assert check_ranks(None, comm) == [1, 2, 4, 6] and check_ranks([5, 3], comm) == [1, 3, 5]
    with pytest.raises(UserError, match="--ranks 7: expected numbers of 1 to 6"):
        check_ranks([7], comm)
