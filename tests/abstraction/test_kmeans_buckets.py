"""Clustered abstractions: whole, the same on any number of ranks and after every kind of stop, and what uses them."""

import io
import json
import re

import numpy as np
import pytest
from rich.console import Console

from holdem_mpi import abstract
from holdem_mpi.abstraction import bucket_files, features, kmeans_buckets, points
from holdem_mpi.abstraction.bucket_files import centres_path, manifest_path, open_centres, table_exists
from holdem_mpi.abstraction.build_abstraction import ensure_abstraction, open_tables
from holdem_mpi.abstraction.table_keys import keys_of
from holdem_mpi.cards import class_of_cards, hand_of_cards, parse_cards
from holdem_mpi.config.load import load_config
from holdem_mpi.errors import DataError, SaveError, UserError
from holdem_mpi.kernels.cards.isomorphism import index_board
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.open_player import tables_of_policy
from holdem_mpi.policy.policy_files import open_run_policy
from holdem_mpi.reporting.progress import Reporter

OCHS = "preflop: {method: lossless}\nflop: {method: ochs_kmeans, k: 20}\nseed: 3\n"


@pytest.fixture(autouse=True)
def small_samples(monkeypatch):
    """k-means on fewer points, which is what takes the time of so few buckets."""
    monkeypatch.setattr(kmeans_buckets, "_FEWEST_POINTS", 20_000)


def build(folder, methods=("lossless", "ochs_kmeans"), k=20, seed=3, console=None):
    console = console or Console(file=io.StringIO())
    return ensure_abstraction(Communicator(), (169, k), 1, folder, console, methods, seed)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """(folder, digest) of a flop game's abstraction of 20 buckets; not to be changed."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kmeans_buckets, "_FEWEST_POINTS", 20_000)
        return folder, build(folder).digest


def statistics_of(abstraction, street=1):
    manifest = json.loads(manifest_path(abstraction.paths[street - 1]).read_text())
    return manifest, {name: np.array(values) for name, values in manifest["statistics"].items()}


def test_every_hand_has_a_bucket_and_is_counted_once(whole):
    abstraction = build(whole[0])
    (table,) = open_tables(abstraction, verify=True)
    manifest, found = statistics_of(abstraction)
    assert table.dtype == np.uint8 and set(np.unique(table)) == {*range(20), 255}
    assert manifest["hands"] == found["hands"].sum() == 1_286_792
    assert manifest["deals"] == found["deals"].sum() == 22100 * 1176
    assert (found["deals"] * found["equity"]).sum() / found["deals"].sum() == pytest.approx(0.5, abs=1e-12)
    lowest, deals = points.classes_at(1, 0, 1755)
    known = lowest >= 0
    assert np.array_equal(known, table != 255)
    # Hands that the board does not tell apart share a bucket.
    row, hand = np.nonzero(known)
    np.testing.assert_array_equal(table[row, hand], table[row, lowest[row, hand]])
    of_deals = np.bincount(table[known], weights=deals[known], minlength=20)
    np.testing.assert_array_equal(of_deals, found["deals"])
    values = features.final_numerators(1, 0, 1755)[known].astype(float)
    sums = np.bincount(table[known], weights=deals[known] * values, minlength=20)
    np.testing.assert_allclose(sums / of_deals / features.largest_numerator(1, 1), found["equity"], rtol=1e-12)
    assert len(manifest["cluster_of_class"]) == 169 and manifest["recipe"] == "ochs-kmeans-1"


def test_each_hand_is_at_its_nearest_centre(whole):
    abstraction = build(whole[0])
    (table,), (key,) = open_tables(abstraction), abstraction.keys
    centres = open_centres(abstraction.paths[0], key).astype(int)
    clusters = np.array(statistics_of(abstraction)[0]["cluster_of_class"])
    found, _ = points.ClusterPoints(1, clusters).at(900, 903)
    known = table[900:903] != 255
    gaps = ((found[known][:, None, :].astype(int) - centres[None]) ** 2).sum(axis=2)
    np.testing.assert_array_equal(table[900:903][known], gaps.argmin(axis=1))


def test_a_renaming_of_suits_changes_no_bucket(whole):
    (table,) = open_tables(build(whole[0]))
    rng, suit_map = np.random.default_rng(0), np.zeros(4, np.uint8)
    for _ in range(200):
        cards, buckets = rng.permutation(52)[:5], set()
        for _ in range(4):
            suits = rng.permutation(4)
            renamed = cards // 4 * 4 + suits[cards % 4]
            row = index_board(features.board_indexer(1), renamed[2:], suit_map)
            first, second = (int(card) // 4 * 4 + int(suit_map[card % 4]) for card in renamed[:2])
            buckets.add(int(table[row, hand_of_cards(first, second)]))
        assert len(buckets) == 1


def test_aces_are_stronger_opponents_than_deuces():
    clusters = kmeans_buckets.opponent_clusters(Communicator(), 1, Reporter(Communicator(), None))
    assert set(clusters.tolist()) == set(range(8))
    assert clusters[0] == 7 and clusters[12 * 14] > clusters[class_of_cards(0, 21)]


@pytest.mark.parametrize("ranks", [2, 3])
def test_digest_is_equal_on_any_number_of_ranks(start, tmp_path, ranks):
    (tmp_path / "mine.yaml").write_text(OCHS)
    command = ("-m", "holdem_mpi.abstract", "--recipe", "./mine.yaml", "--out")
    run = start(ranks, *command, "tables").finish()
    alone = start(1, *command, "alone").finish()  # with as many points as the ranks, so not in this process
    assert run.returncode == alone.returncode == 0, run.stderr
    assert run.stdout.split("\n")[0] == alone.stdout.split("\n")[0] and run.stdout.startswith("digest ")


class Killed(BaseException):
    """As good as a kill: nothing of ours catches it."""


PHASES = ["hands sampled", "k-means++ has chosen", "steps of k-means", "write_rows", "_write_centres", "replace"]


@pytest.mark.parametrize("phase", PHASES)
def test_killed_in_any_phase_and_begun_again(whole, tmp_path, monkeypatch, phase):
    def stop(*given):
        raise Killed

    with monkeypatch.context() as patch:
        if phase == "replace":  # the table has its name, its manifest has not
            calls = []
            original = bucket_files.os.replace
            patch.setattr(
                bucket_files.os,
                "replace",
                lambda *given: stop() if str(given[1]).endswith(".json") else calls.append(original(*given)),
            )
        elif phase.startswith(("write", "_write")):
            patch.setattr(bucket_files.TableWriter, phase, stop)
        else:
            patch.setattr(Reporter, "line", lambda self, text: stop() if phase in text else None)
        with pytest.raises(Killed):
            build(tmp_path)
    (key,) = keys_of((169, 20), 1, ("lossless", "ochs_kmeans"), 3)
    assert not table_exists(key.path(tmp_path))
    assert build(tmp_path).digest == whole[1]


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bucket_files, "write_atomically", full)
    with pytest.raises(UserError, match="No space left on device") as caught:
        build(tmp_path)
    assert caught.value.exit_code == SaveError.exit_code and "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir() if path.name != "lock"] == []


def test_flop_by_hand_strength_and_by_distance(tmp_path, monkeypatch):
    """On a game that ends on the turn, whose flop is clustered by outcomes and whose turn by percentile."""
    abstraction = ensure_abstraction(
        Communicator(),
        (169, 12, 9),
        2,
        tmp_path,
        Console(file=io.StringIO()),
        ("lossless", "emd_kmeans", "percentile"),
        0,
    )
    _, found = statistics_of(abstraction)
    assert np.all(np.diff(found["equity"]) > 0) and found["hands"].sum() == 1_286_792
    strength = build(tmp_path, ("lossless", "ehs_kmeans"), 15)
    _, found = statistics_of(strength)
    assert np.all(np.diff(found["equity"]) > 0) and found["hands"].sum() == 1_286_792


def test_flop_by_the_buckets_of_the_turn(tmp_path, monkeypatch):
    """Potential-aware: histograms over a turn's buckets, which stand in the folder already (made up, for time)."""
    turn, flop = keys_of((169, 12, 30, 9), 3, ("lossless", "emd_kmeans", "ehs_kmeans", "percentile"))[1::-1]
    assert (
        flop.after == (30, "ehs_kmeans") and turn.after is None and "-over-ehs-kmeans-1-30" in flop.path(tmp_path).name
    )
    classes, _ = points.classes_at(2, 0, 16432)
    table = np.where(classes < 0, 255, np.maximum(classes, 0) % 30).astype(np.uint8)
    writer = bucket_files.TableWriter(tmp_path, turn, 16432, np.uint8)
    writer.write_rows(0, table)
    writer.commit({"statistics": {"deals": [1] * 30, "equity": (np.arange(30) / 30).tolist()}})
    sums = {start: np.ones((end - start, 1326), np.uint32) for start, end in kmeans_buckets.pieces_of(1755, 0, 1)}
    monkeypatch.setattr(kmeans_buckets, "sums_at", lambda *given, **keys: sums)  # they go into the statistics alone
    folder = str(tmp_path)
    first = kmeans_buckets.by_kmeans(
        Communicator(), flop, folder, Reporter(Communicator(), Console(file=io.StringIO()))
    )
    assert first.about["hands"] == 1_286_792 and first.about["next_table"] and first.centres is None
    rows = np.concatenate([first.rows_of(*piece) for piece in first.pieces[0]])
    assert rows.shape == (1755, 1326) and set(np.unique(rows)) == {*range(12), 255}


def test_a_table_that_was_clustered_by_another_is_refused(tmp_path):
    keys = keys_of((169, 5, 4, 3), 3, ("lossless", "emd_kmeans", "percentile", "percentile"))
    for key in keys:
        boards = features.number_of_boards(key.street)
        writer = bucket_files.TableWriter(tmp_path, key, boards, np.uint8)
        writer.write_rows(0, np.zeros((boards, 1326), np.uint8))
        writer.commit({"next_table": "0" * 64} if key.after else {})
    methods = ("lossless", "emd_kmeans", "percentile", "percentile")
    with pytest.raises(UserError, match="clustered by another table"):
        ensure_abstraction(Communicator(), (169, 5, 4, 3), 3, tmp_path, Console(file=io.StringIO()), methods)


def test_damaged_centres_are_refused_by_name(whole, tmp_path):
    for path in whole[0].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    abstraction = build(tmp_path)
    file = centres_path(abstraction.paths[0])
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(DataError, match=f"{file.name}: damaged"):
        open_centres(abstraction.paths[0], abstraction.keys[0])
    file.unlink()
    with pytest.raises(DataError, match=f"{file.name}: No such file"):
        open_centres(abstraction.paths[0], abstraction.keys[0])


def test_show_plot_and_plan(whole, tmp_path, capsys, monkeypatch):
    (tmp_path / "mine.yaml").write_text(OCHS)
    source = ["--recipe", str(tmp_path / "mine.yaml"), "--bucket-dir", str(whole[0])]
    comm = Communicator()
    abstract.main(comm, ["show", *source, "--hand", "AhKh", "--board", "Qh7h2c"])
    said = capsys.readouterr().out.splitlines()
    (table,) = open_tables(build(whole[0]))
    suit_map = np.zeros(4, np.uint8)
    row = index_board(features.board_indexer(1), np.array(parse_cards("Qh7h2c")), suit_map)
    first, second = (card // 4 * 4 + int(suit_map[card % 4]) for card in parse_cards("AhKh"))
    bucket = table[row, hand_of_cards(first, second)]
    _, found = statistics_of(build(whole[0]))
    assert said[0] == f"AhKh on Qh7h2c: flop bucket {bucket} of 20 (ochs-kmeans-1)"
    equity = features.final_numerators(1, row, row + 1)[0, hand_of_cards(first, second)] / (2 * 1081)
    assert said[1] == f"equity of this hand: {equity:.4f}"
    assert said[2].startswith(f"size: {found['hands'][bucket]} hands, {found['deals'][bucket]} deals,")
    assert said[3] == f"mean equity: {found['equity'][bucket]:.4f}" and len(said) == 8
    distances = [float(line.split("centres ")[1].split(",")[0]) for line in said[4:]]
    assert all(line.startswith("neighbour ") for line in said[4:]) and distances == sorted(distances)
    abstract.main(comm, ["show", *source, "--hand", "AhKd"])
    assert capsys.readouterr().out == "AKo before the flop: bucket 13 of 169, one for each class of hands\n"
    abstract.main(comm, ["plot", *source, "--plot", str(tmp_path / "buckets.svg")])
    assert (tmp_path / "buckets.svg").read_text().count("<use ") >= 20
    abstract.main(comm, ["--recipe", str(tmp_path / "mine.yaml"), "--out", str(whole[0]), "--plan"])
    assert "flop, 20 buckets, ochs-kmeans-1: built already" in capsys.readouterr().out
    abstract.main(comm, ["--recipe", str(tmp_path / "mine.yaml"), "--out", str(tmp_path / "new"), "--plan"])
    said = capsys.readouterr().out
    assert re.search(r"flop, 20 buckets, ochs-kmeans-1: \d+:\d\d on 1 rank, \d+MB a rank, 2.33MB on disk\n", said)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "subcommand", [("show", "--hand", "AhKh", "--board", "Qh7h2c"), ("plot", "--plot", "buckets.svg")]
)
@pytest.mark.parametrize("source", [("--recipe", "mine.yaml"), ("--buckets", "169,9")])
def test_a_look_builds_nothing(tmp_path, monkeypatch, subcommand, source):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(OCHS)
    words = f"no such bucket table; expected one (python -m holdem_mpi.abstract {' '.join(source)} --out new builds it)"
    with pytest.raises(UserError, match=re.escape(words)):
        abstract.main(Communicator(), [*subcommand, *source, "--bucket-dir", "new"])
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--hand", "AhKhQh", "--board", "2c3c4c"], "--hand AhKhQh: expected two cards"),
        (["--hand", "AhKh", "--board", "2c3c"], "--board 2c3c: expected 0, 3 cards, got 2"),
        (["--hand", "AhKh", "--board", "AhKd4c"], "a card appears twice"),
        (["--hand", "AhXh"], "card 'Xh'"),
    ],
)
def test_cards_that_cannot_be_shown(whole, arguments, words):
    with pytest.raises(UserError, match=re.escape(words)):
        abstract.main(Communicator(), ["show", "--buckets", "169,5", *arguments])


def test_train_and_evaluate_on_a_folder_and_on_a_recipe(whole, train, mpirun, tmp_path):
    (tmp_path / "mine.yaml").write_text(OCHS)
    comm = Communicator()
    abstract.main(comm, ["--recipe", str(tmp_path / "mine.yaml"), "--out", str(whole[0])])
    size = ("--lanes", 2, "--batch-size", 30, "--iters", 60)
    by_folder = train(1, "--game", "flop_holdem", "--buckets", whole[0], *size)
    config = load_config(tmp_path / "run" / "config.yaml")
    assert config.abstraction.methods == ["lossless", "ochs_kmeans"] and config.abstraction.seed == 3
    opened = open_run_policy(str(tmp_path / "run" / "policy"), comm)
    assert opened.manifest["abstraction_digest"] == whole[1]
    assert tables_of_policy(str(tmp_path / "run" / "policy"), opened, comm).bucket_of_3.max() == 255
    other = ("--recipe", tmp_path / "mine.yaml", "--bucket-dir", whole[0])
    assert train(1, "--game", "flop_holdem", *other, *size, logdir="other")["digest"] == by_folder["digest"]
    with pytest.raises(DataError, match="expected the same bucket files"):
        tables_of_policy(
            str(tmp_path / "run"), opened._replace(manifest=opened.manifest | {"abstraction_digest": "0" * 64}), comm
        )
