"""Deal tables of a game: its bucket files opened, checked and put in order for the kernels that deal."""

import hashlib

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND
from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.config.run_config import AbstractionConfig
from holdem_mpi.errors import ConfigError
from holdem_mpi.game.toy import ToyDeck
from holdem_mpi.kernels.cards.deal import DealTables, holdem_tables, toy_tables
from holdem_mpi.parallel.communicator import Communicator

# Board cards by street that the card abstraction covers.
_BOARDS = ((0, 3), (0, 3, 1), (0, 3, 1, 1))


def tables_of_holdem(game: GameConfig, abstraction: AbstractionConfig, comm: Communicator) -> tuple[DealTables, str]:
    """Deal tables and their digest, over the bucket files of ``abstraction.directory``, or of the cache, where missing
    ones are built. Collective.
    """
    # Here, for what builds tables is most of the package, and who asks of the first street alone waits for none of it.
    from holdem_mpi.abstraction.build_abstraction import check_tables, ensure_abstraction, open_tables

    board_cards, buckets = tuple(game.board_cards), tuple(abstraction.buckets)
    if board_cards not in _BOARDS:
        raise ConfigError(f"game.board_cards: {list(board_cards)} has no card abstraction; expected one of {_BOARDS}")
    folder, final_street = abstraction.directory, len(board_cards) - 1
    methods, seed = tuple(abstraction.methods), abstraction.seed
    if folder is not None:
        comm.on_root(lambda: check_tables(folder, buckets, final_street, methods, seed))
    found = ensure_abstraction(comm, buckets, final_street, folder, methods=methods, seed=seed)
    # All bytes are checked by one rank; the others map the same files.
    comm.on_root(lambda: len(open_tables(found, verify=True)))
    tables = {3 + place: np.asarray(table) for place, table in enumerate(open_tables(found))}
    return holdem_tables(game.players, board_cards, CLASS_OF_HAND.astype(np.uint16), tables), found.digest


def digest_of_deck(deck: ToyDeck) -> str:
    """Digest that stands for a toy deck's buckets: its ranks, copies and public cards."""
    return hashlib.sha256(repr(deck).encode()).hexdigest()


def tables_of_deck(deck: ToyDeck) -> DealTables:
    """Deal tables of a toy deck."""
    cards, streets = deck.num_cards, 1 + deck.public_cards
    bucket = np.zeros((streets, cards, cards), np.uint16)
    strength = np.zeros((cards, cards), np.int64)
    for private in range(cards):
        for public in range(cards):
            strength[private, public] = deck.strength(private, public if deck.public_cards else None)
            for street in range(streets):
                bucket[street, private, public] = deck.bucket(private, public if street else None)
    return toy_tables(bucket, strength, deck.deals(), deck.public_cards)
