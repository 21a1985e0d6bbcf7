"""Deals are uniform, buckets are those of the cards in any suits, strengths order hands as phevaluator does."""

import math
from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import phevaluator
import pytest
from helpers.naive_lanes import game_of

from holdem_mpi.abstraction import features
from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.cards import CLASS_OF_HAND, hand_of_cards
from holdem_mpi.config.load import load_config
from holdem_mpi.game.betting import SizeMenu
from holdem_mpi.game.game import Game
from holdem_mpi.game.layout import build_layout
from holdem_mpi.game.rules import Rules
from holdem_mpi.game.tree import build_tree
from holdem_mpi.kernels import rng
from holdem_mpi.kernels.cards.deal import (
    boards_by_rank,
    cards_dealt,
    draw_cards,
    holdem_tables,
    place_of_quantile,
    read_holdem,
    sample_deal,
)
from holdem_mpi.kernels.cards.isomorphism import build_indexer, index_board
from holdem_mpi.kernels.traversal.lane import GOLDEN, LaneKey, deal_hands
from holdem_mpi.training.lane_runner import new_deal, new_workspace

pytestmark = pytest.mark.kernels

# Twice the opponents' hands on a flop: a win counts two.
LARGEST_COUNT = 2 * 1081


def open_state(seed, iteration=0):
    state = np.zeros(10, np.uint64)
    rng.open_stream(state, np.uint64(seed), rng.DOMAIN_TRAVERSE, 0, 0, iteration, 0)
    return state


def deviation(counts, expected):
    """Chi-squared of ``counts`` against one expected count each, in standard deviations of its distribution."""
    freedom = len(counts) - 1
    return (((np.asarray(counts) - expected) ** 2 / expected).sum() - freedom) / math.sqrt(2 * freedom)


def test_each_card_is_as_likely_at_each_place_and_beside_each_other():
    hands = 3000
    dealt = np.zeros((hands, 9), np.int64)
    state = open_state(3)
    for row in dealt:
        draw_cards(state, 52, 0, 9, row, np.uint64(0))
    assert all(len(set(row)) == 9 for row in dealt.tolist())
    for place in range(9):
        assert abs(deviation(np.bincount(dealt[:, place], minlength=52), hands / 52)) < 4
    # Neighbours: the distance round the deck is 1 to 51, all alike.
    distances = np.concatenate([(dealt[:, place + 1] - dealt[:, place]) % 52 for place in range(8)])
    counts = np.bincount(distances, minlength=52)
    assert counts[0] == 0 and abs(deviation(counts[1:], distances.size / 51)) < 4


@pytest.mark.parametrize(("name", "num_players", "hands"), [("kuhn", 2, 1200), ("kuhn", 3, 2400), ("leduc", 2, 6000)])
def test_toy_deals_are_all_alike_and_carry_the_decks_buckets(name, num_players, hands):
    game = load_config(name, {"game.players": num_players}).game
    layout, deck = Game(game).layout(), Game(game).toy_deck
    tables, code = tables_of_deck(deck), layout.code()
    deal, state = new_deal(layout, tables), open_state(11)
    assert cards_dealt(tables) == deal.cards.size == num_players + deck.public_cards
    counts = Counter()
    for _ in range(hands):
        sample_deal(tables, code, state, deal)
        cards = tuple(deal.cards.tolist())
        counts[cards] += 1
        public = cards[-1] if deck.public_cards else None
        for player in range(num_players):
            assert deal.strength[player] == deck.strength(cards[player], public)
            for street in range(layout.tree.num_streets):
                bucket = deck.bucket(cards[player], public if street else None)
                first = layout.base_pair[street, player] + bucket * layout.width[street, player]
                assert deal.segment[street, player] == first
    everything = {tuple(cards) for cards in deck.deals().tolist()}
    assert set(counts) == everything
    assert abs(deviation(list(counts.values()), hands / len(everything))) < 4


@pytest.mark.parametrize(("name", "num_players"), [("kuhn", 3), ("leduc", 2), ("flop_holdem", 2)])
def test_deals_of_iterations_at_once_are_those_of_their_streams(name, num_players):
    """One stream for each iteration of a lane, the same for all players, whatever is dealt beside it."""
    layout, tables = game_of(name, num_players)
    code, deal, work = layout.code(), new_deal(layout, tables), new_workspace(layout, 5)
    key, single, state = LaneKey(np.uint64(3), 0, 7, 11, 0, 100, 0), new_deal(layout, tables), np.zeros(10, np.uint64)
    found = set()
    for first, deals in ((0, 5), (5, 1), (6, 3)):
        deal_hands(tables, code, deal, work, key, first, deals, 0, np.uint64(1))
        for index in range(deals):
            rng.open_stream(state, np.uint64(3), rng.DOMAIN_LANE_DEAL, 7, 11, first + index, 0)
            sample_deal(tables, code, state, single)
            hands = single.segment.size
            assert work.segment[index * hands : (index + 1) * hands].tolist() == single.segment.ravel().tolist()
            assert work.strength[index].tolist() == single.strength.tolist()
            found.add(tuple(single.cards.tolist()))
            if num_players == 2:
                ahead = float(np.sign(single.strength[0] - single.strength[1]))
                assert work.ahead[2 * index : 2 * index + 2].tolist() == [ahead, -ahead]
    assert len(found) > 5


def test_a_quantile_lies_in_one_of_equal_parts():
    random = np.random.default_rng(2)
    for count in (1, 6, 120, 22100):
        quantiles = [0, 2**64 - 1, *(int(high) << 32 | int(low) for high, low in random.integers(0, 2**32, (200, 2)))]
        quantiles += [-(-place * 2**64 // count) for place in range(min(count, 200))]
        for quantile in quantiles:
            assert int(place_of_quantile(np.uint64(quantile), count)) == quantile * count >> 64


def test_boards_are_all_there_and_ordered_by_rank():
    boards = boards_by_rank(3).astype(int)
    assert {frozenset(board) for board in boards.tolist()} == set(map(frozenset, combinations(range(52), 3)))
    assert len(boards) == 22100
    ranks = [tuple(card >> 2 for card in board) for board in boards.tolist()]
    assert ranks == sorted(ranks) and ranks[0] == (0, 0, 0) and ranks[-1] == (12, 12, 12)


@pytest.mark.parametrize(("name", "num_players"), [("kuhn", 3), ("leduc", 2), ("flop_holdem", 2)])
def test_correlated_draws_lie_evenly_and_each_by_itself_is_uniform(name, num_players):
    """Kuhn and Leduc: the n-th draw over a phase in each of equal parts meets every deal once. Hold'em: of so many
    flops in a row none comes much more often than another, and the other cards are drawn as ever.
    """
    layout, tables = game_of(name, num_players)
    code, deal, work, order = layout.code(), new_deal(layout, tables), new_workspace(layout, 1), tables.order

    def cards(phase, iteration):
        key = LaneKey(np.uint64(3), 0, 7, 11, 0, 100_000, 0, True, np.uint64(phase % 2**64))
        deal_hands(tables, code, deal, work, key, iteration, 1, 0, np.uint64(1))
        return deal.cards.copy()

    count = len(order)
    if name == "flop_holdem":
        dealt = np.array([cards(2**63, iteration) for iteration in range(5000)])
        assert all(len(set(row)) == 7 for row in dealt.tolist())
        places = [((2**63 + iteration * GOLDEN) % 2**64) * count >> 64 for iteration in range(5000)]
        assert (dealt[:, 4:] == order[places]).all()
        tenths = np.bincount(np.array(places) * 10 // count, minlength=10)
        assert np.abs(tenths - 500).max() <= 3  # independent draws would be 20 off
        assert abs(deviation(np.bincount(dealt[:, :4].ravel(), minlength=52), 4 * 5000 / 52)) < 4
        return
    for iteration in (0, 1, 5):
        everything = Counter(tuple(cards((2 * part + 1) * 2**63 // count, iteration)) for part in range(count))
        assert everything == Counter(map(tuple, order.tolist()))


def strength_by_phevaluator(hole, board):
    """Larger wins."""
    return -phevaluator.evaluate_cards(*hole, *board)


def won_by_phevaluator(hole, board):
    """Opponents' hands that a hand beats or ties on a complete board, ties counted half, in halves."""
    own = strength_by_phevaluator(hole, board)
    rest = [card for card in range(52) if card not in hole and card not in board]
    others = [strength_by_phevaluator(hand, board) for hand in combinations(rest, 2)]
    return sum(2 * (own > other) + (own == other) for other in others)


@pytest.mark.parametrize("name", ["flop_holdem", "limit_holdem"])
def test_the_bucket_of_a_deal_is_that_of_its_cards_in_any_suits(name):
    """The tables hold, for canonical boards, how many hands a hand beats as if no card were to come; phevaluator counts
    that for the cards as they were dealt. A wrong board, suit or hand gives another number.
    """
    game = load_config(name).game
    layout = Game(game).layout((169, *[LARGEST_COUNT + 1] * (game.streets - 1)))
    sizes = np.cumsum(game.board_cards)[1:].tolist()
    generator = np.random.default_rng(9)
    deals = [generator.permutation(52)[: 4 + sizes[-1]] for _ in range(4)]
    table_of_size, suit_map = {}, np.zeros(4, np.uint8)
    for size in sizes:
        # Only the boards dealt are filled in; of the rest, no memory is touched.
        table_of_size[size] = np.zeros((features.number_of_boards(size - 2), 1326), np.uint16)
        for cards in deals:
            board = index_board(build_indexer((size,)), cards[4:], suit_map)
            table_of_size[size][board] = features.final_numerators(size - 2, board, board + 1)[0]
    tables = holdem_tables(2, tuple(game.board_cards), CLASS_OF_HAND.astype(np.uint16), table_of_size)
    deal, code = new_deal(layout, tables), layout.code()
    for cards in deals:
        deal.cards[:] = cards
        read_holdem(tables, code, deal)
        bucket = (deal.segment.astype(np.int64) - layout.base_pair) // layout.width
        for player in range(2):
            hole = cards[2 * player : 2 * player + 2].tolist()
            assert bucket[0, player] == CLASS_OF_HAND[hand_of_cards(*hole)]
            for street, size in enumerate(sizes, 1):
                assert bucket[street, player] == won_by_phevaluator(hole, cards[4 : 4 + size].tolist())


@pytest.mark.parametrize("num_players", [2, 3, 6])
def test_strengths_order_hands_as_phevaluator_does(num_players):
    # Everybody is all-in for the ante: a tree of one node, whose buckets are nobody's.
    tree = build_tree(Rules((1,) * num_players, (0,) * num_players, ante=1), SizeMenu((), (), ()))
    layout = build_layout(tree, (1, 1, 1, 1))
    boards = {seen: np.zeros((features.number_of_boards(seen - 2), 1326), np.uint8) for seen in (3, 4, 5)}
    tables = holdem_tables(num_players, (0, 3, 1, 1), np.zeros(1326, np.uint16), boards)
    deal, code, state = new_deal(layout, tables), layout.code(), open_state(21)
    for _ in range(300):
        sample_deal(tables, code, state, deal)
        cards = deal.cards.tolist()
        board = cards[2 * num_players :]
        expected = [strength_by_phevaluator(cards[2 * player : 2 * player + 2], board) for player in range(num_players)]
        order = sorted(range(num_players), key=lambda player: expected[player])
        for lower, higher in pairwise(order):
            difference = deal.strength[higher] - deal.strength[lower]
            assert difference > 0 if expected[higher] > expected[lower] else difference == 0
