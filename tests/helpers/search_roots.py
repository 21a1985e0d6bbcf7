"""Small roots for the tests of search: few hands, small trees, buckets from a pattern instead of an abstraction."""

import functools

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, hand_of_cards, parse_cards
from holdem_mpi.game.betting import SizeMenu
from holdem_mpi.game.rules import CALL, BettingState, Rules
from holdem_mpi.game.tree import build_tree
from holdem_mpi.kernels.cards.deal import holdem_tables
from holdem_mpi.kernels.cards.isomorphism import build_indexer, indexer_size
from holdem_mpi.search.root_search import CardAbstraction, SearchRoot

FLOP, TURN, RIVER = "Qs Jh 2h", "Qs Jh 2h 8h", "Qs Jh 2h 8h 3c"
BOARDS = {1: FLOP, 2: TURN, 3: RIVER}
# Twins, hands that share a card, sets, flushes, ties; weights that are no powers of two; each range's largest is 1.
RANGES = (
    {"AhKc": 1, "QcQd": 0.7, "Th9c": 1, "AcAd": 0.3, "8c8d": 1, "KsTs": 0.55, "7h6h": 1, "AsAd": 1, "5c4c": 0.2},
    {"AhKc": 0.9, "QcJd": 1, "Th9c": 0.35, "JcJd": 1, "AsKs": 1, "8c3d": 0.6, "KsTd": 1},
)
NUM_BUCKETS = (169, 5, 4, 3)


def rules_of(stack=100):
    """Pot of 50 before the flop, ``stack`` chips behind; seat 0 is first on every street."""
    return Rules((25 + stack,) * 2, (25, 25), board_cards=(0, 3, 1, 1), min_bet=1, first_to_act=(0,) * 4)


def state_on(street, stack=100, actions=()):
    """Checks up to ``street``, then ``actions``."""
    state = BettingState.start(rules_of(stack))
    for action in (*(CALL,) * 2 * street, *actions):
        state = state.apply(action)
    return state


def small_tree(street, stack=100, actions=(), raises=(0.6,)):
    """From ``state_on`` to the end of the hand: pot bets, a raise, all-in only as the rest of a stack."""
    menu = SizeMenu(((1.0,),) * 4, (raises,) * 4, (False,) * 4, 0.9)
    return build_tree(rules_of(stack), menu, state_on(street, stack, actions))


def hand(name):
    """0..1325 of ``AhKc``."""
    return hand_of_cards(*parse_cards(name))


def weights_of(ranges=RANGES):
    """float64[player, 1326]."""
    weight = np.zeros((2, 1326))
    for player, of_player in enumerate(ranges):
        for name, share in of_player.items():
            weight[player, hand(name)] = share
    return weight


def spot_on(street, stack=100, actions=(), ranges=RANGES):
    """A root with ``ranges``, but for the hands that overlap the board."""
    board, weight = parse_cards(BOARDS[street]), weights_of(ranges)
    high, low = np.tril_indices(52, -1)
    weight[:, np.isin(high, board) | np.isin(low, board)] = 0.0
    return SearchRoot(state_on(street, stack, actions), tuple(board), weight)


@functools.cache
def pattern_tables():
    """DealTables: preflop classes; later buckets go through a pattern that no hand and no board has a part in."""
    pattern, by_cards = np.random.default_rng(3).integers(0, 60, 997), {}
    for cards, buckets in zip((3, 4, 5), NUM_BUCKETS[1:]):
        size = indexer_size(build_indexer((cards,))) * 1326
        by_cards[cards] = np.resize((pattern % buckets).astype(np.uint8), size)
    classes = CLASS_OF_HAND.astype(np.uint16)
    return holdem_tables(2, (0, 3, 1, 1), classes, by_cards)


def pattern_abstraction():
    """The same as a search wants them."""
    return CardAbstraction(pattern_tables(), NUM_BUCKETS)
