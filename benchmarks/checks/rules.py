"""Play random hands through the project's rules and through pokerkit at once, and count the differences.

    python -m benchmarks.checks.rules --hands 100000 --seed 1 [--fewest 3]

Both no-limit and fixed-limit hold'em, 2 to 6 players, random stacks (many of a few chips only), antes of all or by
seat, blinds and straddles, caps on raises; cards from small decks so that ties are common. After every action: who
acts, chips to call, smallest and largest raise, whether folding makes sense, contributions. At the end: winnings to the
chip. Hands are compared by phevaluator, so neither side checks itself. Exit 1 on any mismatch.

Differences that are known, and described in ``holdem_mpi/game/rules.py``, are let pass and counted:
- "idle checks": pokerkit asks for a check where a player owes nothing and everybody else is all-in or out; the
  project's rules ask for nothing there;
- "reopened otherwise": after an all-in for less than a full raise, one of the two lets a player raise again, the other
  does not. Such a raise is not made.
Nobody posts the largest blind short, of which the two think differently.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from functools import cache, lru_cache
from typing import NamedTuple

import phevaluator
from pokerkit import Automation, Deck, FixedLimitTexasHoldem, HoleDealing, NoLimitTexasHoldem, StandardHighHand

from holdem_mpi.game.pots import payoffs, pots
from holdem_mpi.game.rules import CALL, FOLD, BettingState, Rules

AUTOMATIONS = (
    Automation.ANTE_POSTING,
    Automation.BET_COLLECTION,
    Automation.BLIND_OR_STRADDLE_POSTING,
    Automation.CARD_BURNING,
    Automation.HOLE_DEALING,
    Automation.BOARD_DEALING,
    Automation.RUNOUT_COUNT_SELECTION,
    Automation.HOLE_CARDS_SHOWING_OR_MUCKING,
    Automation.HAND_KILLING,
    Automation.CHIPS_PUSHING,
    Automation.CHIPS_PULLING,
)


class RememberedHand(StandardHighHand):
    """pokerkit's own hand of a player, worked out once for the same cards; asking again took most of the time."""

    @classmethod
    def from_game(cls, hole_cards, board_cards=()):
        return best_hand(tuple(hole_cards), tuple(board_cards))


@lru_cache(maxsize=256)
def best_hand(hole_cards: tuple, board_cards: tuple) -> StandardHighHand:
    return StandardHighHand.from_game(hole_cards, board_cards)


class Mismatch(Exception):  # noqa: N818
    """The two disagree; the text says on what."""


@cache
def holdem_class(base: type, cap: int | None, ranks: str) -> type:
    """pokerkit's game with another cap on raises and a deck of only some ranks."""
    deck = tuple(card for card in Deck.STANDARD if card.rank in ranks)
    changed = {"max_completion_betting_or_raising_count": cap, "deck": deck, "hand_types": (RememberedHand,)}
    return type(base.__name__, (base,), changed)


def random_rules(rng: random.Random, fewest: int = 2) -> Rules:
    """Of ``fewest`` to six players."""
    players = rng.randint(fewest, 6)
    big = rng.randint(1, 12)
    ante = rng.choice((0, 0, 1, rng.randint(1, big)))
    # Where antes swallow the only blind, pokerkit takes the last seat for the big blind: so none of 0 beside an ante.
    blinds = [rng.randint(1 if ante else 0, big), big]
    if players >= 4 and rng.random() < 0.1:
        blinds.append(rng.randint(big, 2 * big))
    blinds = blinds[::-1] if players == 2 else blinds + [0] * (players - len(blinds))
    longest = rng.choice((2, 5, 20, 100)) * big
    stacks = [rng.randint(1, longest) if rng.random() < 0.8 else rng.randint(1, 2 * big) for _ in range(players)]
    if rng.random() < 0.1:
        stacks = [longest] * players
    if players >= 5 and rng.random() < 0.3:
        # Two deep stacks, the others a little longer each: after a small raise of seat 2, several short all-ins follow.
        stacks = [100 * big] * players
        for i, seat in enumerate((*range(3, players), 0)):
            stacks[seat] = ante + 2 * big + sum(rng.randint(1, big) for _ in range(i + 1))
    largest = blinds.index(max(blinds))
    antes = {"ante": ante}
    if ante and rng.random() < 0.5:  # of the big blind alone, or of any seat another one
        others = rng.random() < 0.5
        antes = {"antes": [ante if seat == largest else others * rng.randint(0, ante) for seat in range(players)]}
    stacks[largest] = max(stacks[largest], ante + blinds[largest])
    cap = rng.choice((None, None, 1, 3, 4))
    if rng.random() < 0.4:
        small_bet = rng.choice((big, big, rng.randint(1, 2 * big)))
        sizes = (small_bet, small_bet, 2 * small_bet, 2 * small_bet)
        return Rules(stacks, blinds, betting="fixed_limit", raise_sizes=sizes, max_raises=(cap or 4,) * 4, **antes)
    min_bet = rng.choice((None, None, None, rng.randint(1, 3 * big)))
    return Rules(stacks, blinds, max_raises=(cap,) * 4, min_bet=min_bet, **antes)


def pokerkit_state(rules: Rules, ranks: str):
    """The same game in pokerkit, which heads-up seats the big blind first too, but lists the blinds in reverse."""
    blinds = rules.blinds[::-1] if rules.num_players == 2 else rules.blinds
    fixed = rules.betting == "fixed_limit"
    sizes = (rules.raise_sizes[0], rules.raise_sizes[2]) if fixed else (rules.min_bet,)
    game = holdem_class(FixedLimitTexasHoldem if fixed else NoLimitTexasHoldem, rules.max_raises[0], ranks)
    antes = rules.antes or (rules.ante,) * rules.num_players
    antes = antes[::-1] if rules.num_players == 2 else antes
    amounts = antes, blinds, *sizes, rules.stacks, rules.num_players
    return game.create_state(AUTOMATIONS, not rules.antes, *amounts)


def compare(what: str, ours, theirs) -> None:
    if ours != theirs:
        raise Mismatch(f"{what}: rules {ours}, pokerkit {theirs}")


def compare_decision(state: BettingState, other, after_short: bool) -> bool:
    """Compare the player to act and what he may do; whether both let him raise, or both do not. after_short: whether an
    all-in on this street was less than a full raise.
    """
    compare("player to act", state.player, other.actor_index)
    compare("street", state.street, other.street_index)
    paid = [chips + ante for chips, ante in zip(state.contributions, state.rules.antes_paid)]
    compare("contributions", paid, [-chips for chips in other.payoffs])
    legal = state.legal()
    before = state.contributions[state.player] - other.bets[state.player]  # pokerkit's amounts are of this street only
    bounds = (other.min_completion_betting_or_raising_to_amount, other.max_completion_betting_or_raising_to_amount)
    compare("chips to call", legal.call_amount, other.checking_or_calling_amount)
    compare("can fold", legal.can_fold, other.can_fold())
    theirs = (0, 0) if bounds[0] is None else (bounds[0] + before, bounds[1] + before)
    ours = (legal.min_raise_to, legal.max_raise_to)
    if after_short and state.acted[state.player] and ours != theirs and (0, 0) in (ours, theirs):
        return False
    compare("raise to", ours, theirs)
    return True


class Style(NamedTuple):
    """How a hand is played: probabilities of folding to a bet, of calling or checking otherwise, of raising all-in."""

    fold: float
    call: float
    all_in: float


STYLES = (Style(0.12, 0.5, 0.05), Style(0.12, 0.5, 0.3), Style(0.12, 0.5, 0.8), Style(0.02, 0.25, 0.0))


def random_action(state: BettingState, rng: random.Random, style: Style) -> int:
    """A legal action; folds are rare, for showdowns of many players."""
    legal = state.legal()
    if legal.can_fold and rng.random() < style.fold:
        return FOLD
    if not legal.max_raise_to or rng.random() < style.call:
        return CALL
    if rng.random() < style.all_in:
        return legal.max_raise_to
    if rng.random() < 0.5:
        return legal.min_raise_to
    return rng.randint(legal.min_raise_to, min(legal.max_raise_to, 3 * legal.min_raise_to))


def do_in_pokerkit(other, state: BettingState, action: int) -> None:
    if action == FOLD:
        other.fold()
    elif action == CALL:
        other.check_or_call()
    else:
        other.complete_bet_or_raise_to(action - state.contributions[state.player] + other.bets[state.player])


def hand_strengths(other) -> list[int]:
    """By seat, larger is better: phevaluator's ranks turned round."""
    hole = [[] for _ in other.player_indices]
    for operation in other.operations:
        if isinstance(operation, HoleDealing):
            hole[operation.player_index] += map(repr, operation.cards)
    board = [repr(card) for card in other.get_board_cards(0)]
    return [-phevaluator.evaluate_cards(*cards, *board) for cards in hole]


def play_hand(rules: Rules, rng: random.Random, seen: Counter) -> None:
    """Play one random hand in both; raises Mismatch. Adds what happened to ``seen``."""
    ranks = "".join(rng.sample("23456789TJQKA", rng.choice((5, 5, 7, 13))))
    random.seed(rng.getrandbits(32))  # pokerkit shuffles with the global generator
    other = pokerkit_state(rules, ranks)
    state = BettingState.start(rules)
    style, after_short = rng.choice(STYLES), False
    while not state.is_over:
        alike = compare_decision(state, other, after_short)
        count_closed(state, seen)
        action = random_action(state, rng, style) if alike else CALL
        seen["reopened otherwise"] += not alike
        do_in_pokerkit(other, state, action)
        full_raise = max(state.largest_raise, rules.bet_size(state.street))
        after_short = after_short or 0 < action < max(state.contributions) + full_raise
        street, state = state.street, state.apply(action)
        after_short = after_short and state.street == street
    if other.actor_index is not None:  # the idle check
        theirs = (other.checking_or_calling_amount, other.max_completion_betting_or_raising_to_amount)
        compare("an idle check", (0, None), theirs)
        other.check_or_call()
        seen["idle checks"] += 1
    compare("hand over", True, not other.status)
    strengths = hand_strengths(other) if state.is_showdown else [0] * rules.num_players
    won = payoffs(state.contributions, state.folded, strengths, "seat", rules.antes_paid)
    compare("payoffs", won, other.payoffs)
    exact = payoffs(state.contributions, state.folded, strengths, antes=rules.antes_paid)
    compare("exact payoffs within the odd chips", True, all(abs(a - b) < 5 * 6 for a, b in zip(exact, won)))
    count_showdown(state, strengths, seen)


def count_closed(state: BettingState, seen: Counter) -> None:
    """Count decisions whose raise only a short all-in keeps from the player."""
    highest, seat = max(state.contributions), state.player
    if state.legal().max_raise_to or state.num_raises == state.rules.max_raises[state.street]:
        return
    richer = [s for s, stack in enumerate(state.rules.most) if stack > highest and not state.folded[s]]
    seen["closed by a short all-in"] += seat in richer and len(richer) > 1


def count_showdown(state: BettingState, strengths: list[int], seen: Counter) -> None:
    final = pots(state.contributions, state.folded, state.rules.dead)
    seen["all-ins"] += any(state.is_all_in(seat) for seat in range(state.rules.num_players))
    seen["showdowns"] += state.is_showdown
    seen["side pots"] += max(0, len(final) - 1)
    for _, eligible in final:
        ranked = sorted(strengths[seat] for seat in eligible)
        seen["split pots"] += len(eligible) > 1 and ranked[-1] == ranked[-2]


def check(hands: int, seed: int, fewest: int = 2) -> Counter:
    """Play ``hands`` hands of ``fewest`` to six players; the counts of what was seen, "mismatches" among them (each
    described on stderr).
    """
    rng = random.Random(seed)
    seen: Counter = Counter()
    for number in range(hands):
        rules = random_rules(rng, fewest)
        try:
            play_hand(rules, rng, seen)
        except Mismatch as mismatch:
            seen["mismatches"] += 1
            print(f"hand {number}: {mismatch} ({rules})", file=sys.stderr)
    return seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hands", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fewest", type=int, default=2, choices=range(2, 7), help="players at a table, at least")
    options = parser.parse_args()
    start = time.perf_counter()
    seen = check(options.hands, options.seed, options.fewest)
    names = ("all-ins", "showdowns", "side pots", "split pots", "closed by a short all-in", "reopened otherwise")
    names += ("idle checks", "mismatches")
    counts = ", ".join(f"{name} {seen[name]}" for name in names)
    print(f"hands {options.hands}, seed {options.seed}: {counts} ({time.perf_counter() - start:.0f} s)")
    return 1 if seen["mismatches"] else 0


if __name__ == "__main__":
    sys.exit(main())
