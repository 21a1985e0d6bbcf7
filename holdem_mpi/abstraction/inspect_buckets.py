"""A look into an abstraction: a hand's bucket with its neighbours, and a plot of all buckets."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.abstraction import features
from holdem_mpi.abstraction.bucket_files import BucketTableKey, centres_path, open_centres, read_bucket_manifest
from holdem_mpi.abstraction.build_abstraction import Abstraction, open_tables
from holdem_mpi.abstraction.kmeans_metrics import VectorMetric
from holdem_mpi.abstraction.request import AbstractionRequest, open_requested
from holdem_mpi.cards import NUM_HANDS, card_name, class_name, class_of_cards, hand_of_cards, parse_cards
from holdem_mpi.errors import DataError, SaveError, UserError
from holdem_mpi.kernels.cards.evaluator import evaluator_tables
from holdem_mpi.kernels.cards.hand_equity import add_completions
from holdem_mpi.kernels.cards.isomorphism import index_board
from holdem_mpi.kernels.cards.showdown import showdown_workspace
from holdem_mpi.kernels.clustering.kmeans import L1, L2
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.reporting.plot import check_plot
from holdem_mpi.text import counted

_NEIGHBOURS = 4


class BucketInspection(NamedTuple):
    """Which abstraction to look into.

    request: what abstraction it is.
    folder: of the tables, None for the cache.
    command: what would build them, for messages.
    """

    request: AbstractionRequest
    folder: str | None
    command: str

    def tables(self, comm: Communicator) -> Abstraction:
        """The abstraction. DataError where it is not built. Collective."""
        return open_requested(comm, self.request, self.folder, self.command)


def show_hand(comm: Communicator, inspection: BucketInspection, hand_text: str, board_text: str) -> None:
    """Print a hand's bucket on rank 0. UserError on cards that cannot be, or tables that are not built. Collective."""
    hand, board = parse_cards(hand_text), parse_cards(board_text)
    parse_cards(hand_text + board_text)
    if len(hand) != 2:
        raise UserError(f"--hand {hand_text}: expected two cards, such as AhKh")
    streets = features.CARDS_OF_STREET[: inspection.request.final_street + 1]
    if len(board) not in streets:
        raise UserError(f"--board {board_text}: expected {', '.join(map(str, streets))} cards, got {len(board)}")
    if not board:
        if comm.rank == 0:
            name = class_name(class_of_cards(*hand))
            print(f"{name} before the flop: bucket {class_of_cards(*hand)} of 169, one for each class of hands")
        return
    abstraction = inspection.tables(comm)
    if comm.rank == 0:
        print("\n".join(_lines_of_hand(abstraction, hand, board)))


def _lines_of_hand(abstraction: Abstraction, hand: list[int], board: list[int]) -> list[str]:
    street = features.CARDS_OF_STREET.index(len(board))
    key, path = abstraction.keys[street - 1], abstraction.paths[street - 1]
    suit_map = np.zeros(4, np.uint8)
    row = index_board(features.board_indexer(street), np.array(board), suit_map)
    first, second = ((card & ~3) + int(suit_map[card & 3]) for card in hand)
    bucket = int(open_tables(abstraction)[street - 1][row, hand_of_cards(first, second)])
    cards = "".join(map(card_name, hand)), "".join(map(card_name, board))
    manifest = read_bucket_manifest(path, key)
    lines = [
        f"{cards[0]} on {cards[1]}: {features.STREET_NAMES[street]} bucket {bucket} of {key.buckets} ({key.recipe})",
        f"equity of this hand: {_equity(hand, board, key):.4f}",
    ]
    if "statistics" not in manifest:
        return [*lines, "a bucket of its own, up to a renaming of suits"]
    deals, equity = (np.array(manifest["statistics"][name]) for name in ("deals", "equity"))
    hands = manifest["statistics"].get("hands")
    size = f"{counted(deals[bucket], 'deal')}, {100 * deals[bucket] / deals.sum():.3f} % of the street"
    lines.append("size: " + (f"{counted(hands[bucket], 'hand')}, {size}" if hands else size))
    lines.append(f"mean equity: {equity[bucket]:.4f}")
    distance, unit = _distances(path, key, equity, bucket)
    if "first_of_texture" in manifest:
        textures = np.array([*manifest["first_of_texture"], key.buckets])
        texture = int(np.searchsorted(textures, bucket, side="right")) - 1
        low, high = textures[texture : texture + 2]
        lines.append(f"texture of the board: {texture} of {len(textures) - 1}, buckets {low} to {high - 1}")
        distance[:low] = distance[high:] = np.inf
    near = [int(other) for other in np.argsort(distance, kind="stable") if other != bucket][:_NEIGHBOURS]
    near = [other for other in near if np.isfinite(distance[other])]
    for other in near:
        share = 100 * deals[other] / deals.sum()
        lines.append(f"neighbour {other}: {unit} {distance[other]:.4g}, mean equity {equity[other]:.4f}, {share:.3f} %")
    return lines


def _equity(hand: list[int], board: list[int], key: BucketTableKey) -> float:
    """Exact equity of a hand against a uniform one over all boards to come."""
    cards = np.zeros(features.CARDS_OF_STREET[key.final_street], np.int64)
    cards[: len(board)] = board
    sums = np.zeros(NUM_HANDS, np.int64)
    add_completions(evaluator_tables(), cards, len(board), showdown_workspace(), sums)
    return int(sums[hand_of_cards(*hand)]) / features.largest_numerator(key.street, key.final_street)


def _distances(path: Path, key: BucketTableKey, equity: np.ndarray, bucket: int) -> tuple[np.ndarray, str]:
    """(float64[k] distance of every bucket from one, what it is): of centres where they are kept, else of equity."""
    if not centres_path(path).exists():
        return np.abs(equity - equity[bucket]), "equity apart"
    metric = VectorMetric(L1 if key.method == "emd_kmeans" else L2)
    return metric.between(open_centres(path, key), bucket), "distance of centres"


def plot_buckets(comm: Communicator, inspection: BucketInspection, file: str) -> None:
    """Draw, for each street, sizes against mean equities of its buckets. UserError where there are none. Collective."""
    comm.on_root(lambda: check_plot(file))
    abstraction = inspection.tables(comm)
    comm.on_root(lambda: _draw(abstraction, file))


def _draw(abstraction: Abstraction, file: str) -> None:
    from matplotlib.figure import Figure

    known: list[tuple[BucketTableKey, dict[str, Any]]] = []
    for key, path in zip(abstraction.keys, abstraction.paths):
        manifest = read_bucket_manifest(path, key)
        if "statistics" in manifest:
            known.append((key, manifest["statistics"]))
    if not known:
        raise DataError(f"{abstraction.paths[0].parent}: no statistics of buckets here; lossless tables have none")
    figure = Figure(figsize=(4 * len(known), 3.4), layout="constrained")
    for panel, (key, found) in zip(figure.subplots(1, len(known), squeeze=False)[0], known):
        share = 100 * np.array(found["deals"]) / sum(found["deals"])
        panel.scatter(found["equity"], share, s=6)
        panel.set(xlabel="mean equity", xlim=(0, 1), ylim=(0, None))
        panel.set_title(f"{features.STREET_NAMES[key.street]}: {key.buckets}, {key.recipe}", fontsize="small")
        panel.grid(True, alpha=0.3)
    figure.axes[0].set_ylabel("share of the deals (%)")
    try:
        figure.savefig(file, dpi=150)
    except OSError as error:
        raise SaveError(f"{file}: {error.strerror or error}; the plot was not written") from None
