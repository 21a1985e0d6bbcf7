"""Whole lanes of the plain twins, on the games and the tables that kernels are held against them on."""

from functools import cache
from itertools import pairwise

import numpy as np

from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.config.load import load_config
from holdem_mpi.game.game import Game
from holdem_mpi.kernels import rng
from holdem_mpi.kernels.cards.deal import (
    D_PLAYERS,
    draw_cards,
    find_holdem,
    finish_deal,
    holdem_tables,
    read_toy,
    sample_deal,
)
from holdem_mpi.kernels.traversal.lane import GOLDEN
from holdem_mpi.training.lane_runner import new_deal

from .naive import NaiveHand, NaiveLane, add_to_table, merged_of_table

EXPLORATION = 0.4


@cache
def game_of(name, num_players):
    """(layout, deal tables) of a game; flop hold'em has seven buckets on the flop, drawn at random."""
    game = load_config(name, {"game.players": num_players}).game
    layout = Game(game).layout((169, 7))
    deck = Game(game).toy_deck
    if deck:
        return layout, tables_of_deck(deck)
    generator = np.random.default_rng(0)
    class_of_hand = generator.integers(0, 169, 1326).astype(np.uint16)
    bucket_of_board = {3: generator.integers(0, 7, (1755, 1326)).astype(np.uint8)}
    return layout, holdem_tables(2, (0, 3), class_of_hand, bucket_of_board)


def random_table(layout, seed, spread=10.0):
    """A table with some regret below, some above zero, and strategy sums that no traversal may read."""
    generator = np.random.default_rng(seed)
    table = np.full(2 * layout.num_pairs, np.nan)
    first = layout.first_pair_of_row()
    for start, end in pairwise(first):
        table[2 * start : start + end] = np.round(generator.normal(0, spread, end - start), 3)
    return table


def hand_of_deal(layout, deal):
    bucket = (deal.segment.astype(np.int64) - layout.base_pair) // np.maximum(layout.width, 1)
    return NaiveHand(bucket.tolist(), deal.strength.tolist())


def dense(layout, rows):
    table = np.zeros(2 * layout.num_pairs)
    add_to_table(layout, rows, table)
    return table


class NaiveStream:
    """The twin's draws from the production stream, so that whole lanes can be compared."""

    def __init__(self):
        self.state = np.zeros(10, np.uint64)

    def open(self, seed, domain, batch, lane, iteration, player):
        rng.open_stream(self.state, np.uint64(seed), domain, batch, lane, iteration, player)

    def draw(self):
        return rng.draw_unit(self.state)


def phase_of_run(seed):
    state = np.zeros(10, np.uint64)
    rng.open_stream(state, np.uint64(seed), rng.DOMAIN_PHASE, 0, 0, 0, 0)
    return int(rng.draw_word(state)) << 32 | int(rng.draw_word(state))


def deal_at(tables, code, stream, deal, quantile):
    """Deal the cards that a quantile (in 2**64ths) names, and from the stream what it leaves open."""
    cards = tables.order[quantile * len(tables.order) >> 64].astype(np.int64)
    if len(cards) == deal.cards.size:
        deal.cards[:] = cards
        return read_toy(tables, code, deal)
    private = 2 * tables.shape[D_PLAYERS]
    deal.cards[private : private + 3] = cards
    gone = np.bitwise_or.reduce(np.uint64(1) << cards.astype(np.uint64))
    gone = draw_cards(stream.state, 52, 0, private, deal.cards, gone)
    draw_cards(stream.state, 52, private + 3, deal.cards.size, deal.cards, np.uint64(gone))
    find_holdem(tables, deal)
    finish_deal(tables, code, deal.segment.reshape(-1), np.uint64(0))
    return None


def groups_of(size, *spans):
    """The iterations that a kernel walks at once: ``size`` of them, fewer at the end of a call's span (first, last)."""
    return [range(at, min(at + size, last)) for first, last in spans for at in range(first, last, size)]


def naive_lane(game, table, batch, lane, groups, seed, sampler, prune_probability=0.0, number=None, **settings):
    """A lane's iterations by twins: a deal each, on it an averaging pass and a traversal for each player.

    number: of the lane's first deal in the run, where draws of cards are correlated.
    groups: iterations in lists; what those of one list add, only later lists see. Or their number alone: then each
    traversal has a deal of its own, and sees what the one before has added.
    """
    layout, tables = game
    stream, deal, code = NaiveStream(), new_deal(layout, tables), layout.code()
    settings = {"exploration": EXPLORATION, **settings}
    naive = NaiveLane(layout, merged_of_table(layout, table), stream.draw, **settings)
    threshold, players = naive.prune_below, range(layout.tree.num_players)
    apart = isinstance(groups, int)
    for group in [[iteration] for iteration in range(groups)] if apart else groups:
        for iteration in group:
            for player in players:
                if apart or not player:
                    if apart:
                        naive.settle()
                    stream.open(seed, rng.DOMAIN_LANE_DEAL, batch, lane, iteration, player)
                    if number is None:
                        sample_deal(tables, code, stream.state, deal)
                    else:
                        deal_at(tables, code, stream, deal, (phase_of_run(seed) + number * GOLDEN) % 2**64)
                        number += 1
                    hand = hand_of_deal(layout, deal)
                if not naive.average_inline:
                    stream.open(seed, rng.DOMAIN_AVERAGE, batch, lane, iteration, player)
                    naive.average(hand, player)
                stream.open(seed, rng.DOMAIN_TRAVERSE, batch, lane, iteration, player)
                if sampler == "external" and threshold > -np.inf:
                    naive.prune_below = threshold if stream.draw() < prune_probability else -np.inf
                getattr(naive, sampler)(hand, player)
        naive.settle()
    return naive
