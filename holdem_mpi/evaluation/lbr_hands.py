"""The hands of local best response, shared out among ranks; those against a searching player are kept when done."""

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.evaluation.kept_results import stopped_by_signal
from holdem_mpi.evaluation.lbr_gains import COLUMNS, hand_row
from holdem_mpi.evaluation.local_best_response import LocalBestResponse
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.work_queue import run_items
from holdem_mpi.reporting.progress import ItemDisplay
from holdem_mpi.search.search_audit import SHAPE, SearchAudit
from holdem_mpi.storage.evaluation_store import EvaluationStore

# Hands that travel, and are kept, together: less than a second of a blueprint's; with search one for each seat.
HANDS_AN_ITEM, SEARCHED_HANDS_AN_ITEM = 50, 2


class KeptHands(NamedTuple):
    """Where hands against a searching player are kept.

    folder: of the store.
    key: JSON that decides every hand.
    audit: of the player.
    """

    folder: Path
    key: dict[str, Any]
    audit: SearchAudit


class PlayedHands(NamedTuple):
    """All hands, on rank 0; elsewhere zeros.

    rows: float64[hand, COLUMNS], see ``lbr_gains``.
    audit: float64[SHAPE], sums of what was searched.
    """

    rows: np.ndarray
    audit: np.ndarray


def play_hands(
    comm: Communicator, response: LocalBestResponse, hands: int, seed: int, kept: KeptHands | None
) -> PlayedHands:
    """Play hands 0 to ``hands`` - 1, an even number, the same on any number of ranks. Collective."""
    at_once = SEARCHED_HANDS_AN_ITEM if kept else HANDS_AN_ITEM
    items = range(ceil(hands / at_once))
    played = PlayedHands(np.zeros((hands, COLUMNS)), np.zeros(SHAPE))
    stores: list[EvaluationStore] = []

    def hands_of(item: int) -> range:
        return range(item * at_once, min((item + 1) * at_once, hands))

    def take(item: int, result: np.ndarray) -> None:
        of_hands = hands_of(item)
        played.rows[of_hands] = result[: len(of_hands) * COLUMNS].reshape(-1, COLUMNS)
        if kept:
            played.audit[:] += result[len(of_hands) * COLUMNS :].reshape(SHAPE)

    def open_store() -> list[int]:
        if not kept:
            return list(items)
        shape = (at_once * COLUMNS + int(np.prod(SHAPE)),)
        stores.append(EvaluationStore(kept.folder, kept.key, shape))
        for item in sorted(stores[0].found.keys() & set(items)):
            take(item, stores[0].found[item])
        return [item for item in items if item not in stores[0].found]

    def work(item: int) -> np.ndarray:
        before = kept.audit.sums.copy() if kept else np.zeros(0)
        rows = np.stack([hand_row(response.played(seed, number)) for number in hands_of(item)])
        searched = kept.audit.sums - before if kept else before
        return np.concatenate((rows.reshape(-1), searched.reshape(-1)))

    try:
        todo = comm.on_root(open_store)
        display = ItemDisplay(comm, "lbr", hands, "hands", done=hands - sum(len(hands_of(item)) for item in todo))

        def on_result(item: int, result: np.ndarray) -> None:
            take(item, result)
            for store in stores:
                store.add({item: result})
            display.advance(len(hands_of(item)))

        with display:
            _run(comm, todo, (work, on_result), kept)
    finally:
        for store in stores:
            store.close()
    return played


def _run(comm: Communicator, todo: Sequence[int], calls: tuple, kept: KeptHands | None) -> None:
    try:
        run_items(comm, todo, *calls)
    except KeyboardInterrupt:
        if kept is None:
            raise
        stopped_by_signal(comm, "hands", kept.folder)
