"""Hands to the text of a ``.phhs`` file, by pokerkit, which plays each of them for it."""

import re
from collections.abc import Iterable

from holdem_mpi.cards import card_name
from holdem_mpi.formats.phh import PhhHand, pokerkit_notation
from holdem_mpi.game.rules import CALL, FOLD, BettingState, Rules


def format_hands(hands: Iterable[PhhHand]) -> str:
    """Text of a ``.phhs`` file, which ``split_hands`` and ``read_hand`` read back.

    ValueError on a game that PHH has no name for, on names that it cannot hold, on actions and cards that are none;
    UserError without pokerkit.
    """
    notation = pokerkit_notation()
    return notation.HandHistory.dumps_all([_history(notation, hand) for hand in hands]) + "\n"


def _history(notation, hand: PhhHand):
    """pokerkit's history of a hand."""
    for name in (hand.name, *hand.names):
        if not re.fullmatch(r"[^'\\\x00-\x1f\x7f]*", name):
            raise ValueError(f"not a name in PHH: {name!r}")
    rules = hand.rules
    game = _game(rules)
    state = game(rules.stacks, rules.num_players)
    for cards in hand.hole:
        state.deal_hole("".join(map(card_name, cards)) if cards else "????")
    _play(state, hand)
    number = int(hand.name) if re.fullmatch(r"0|[1-9][0-9]{0,15}", hand.name) else hand.name
    told = {"hand": number, "players": list(hand.names), "antes": list(_antes(rules))}
    if min(rules.stacks) < rules.ante:  # it matters only to who cannot pay in full
        told["ante_trimming_status"] = True
    return notation.HandHistory.from_game_state(game, state, **told)


def _game(rules: Rules):
    """pokerkit's game of the same rules. ValueError where there is none in PHH."""
    from pokerkit import Automation, FixedLimitTexasHoldem, NoLimitTexasHoldem

    fixed = rules.betting == "fixed_limit"
    sizes = (rules.raise_sizes[0], rules.raise_sizes[-1]) if fixed else (rules.min_bet,)
    by_street = {"betting": rules.betting, "raise_sizes": (sizes[0], sizes[0], sizes[-1], sizes[-1])} if fixed else {}
    usual = Rules(rules.stacks, rules.blinds, rules.ante, antes=rules.antes, **by_street)
    if any(getattr(rules, key) != getattr(usual, key) for key in ("board_cards", "first_to_act", "raise_sizes")):
        raise ValueError(f"not a game of PHH: {rules}")
    by_hand = (Automation.HOLE_DEALING, Automation.BOARD_DEALING, Automation.CARD_BURNING)
    automations = tuple(each for each in Automation if each not in by_hand)
    blinds = rules.blinds[::-1] if rules.num_players == 2 else rules.blinds
    kind = FixedLimitTexasHoldem if fixed else NoLimitTexasHoldem
    return kind(automations, not rules.antes, _antes(rules), blinds, *sizes)


def _antes(rules: Rules) -> tuple[int, ...]:
    """Antes as PHH lists them: of two players in the order of its blinds."""
    antes = rules.antes or (rules.ante,) * rules.num_players
    return antes[::-1] if rules.num_players == 2 else antes


def _play(state, hand: PhhHand) -> None:
    """Take pokerkit's state through the actions and the board of ``hand``."""
    ours, left = BettingState.start(hand.rules), list(hand.board)
    before_street = tuple(min(stack, hand.rules.ante) for stack in hand.rules.stacks)

    def deal() -> None:
        while left and state.can_burn_card():
            state.burn_card("??")
            count = state.board_dealing_count
            state.deal_board("".join(map(card_name, left[:count])))
            del left[:count]

    for action in hand.actions:
        deal()
        if action == FOLD:
            state.fold()
        elif action == CALL:
            state.check_or_call()
        else:
            state.complete_bet_or_raise_to(action - before_street[ours.player])
        street, ours = ours.street, ours.apply(action)
        if ours.street != street:
            before_street = ours.contributions
    if ours.is_over and state.can_check_or_call():  # pokerkit asks for a check where all others are all-in
        state.check_or_call()
    deal()
