"""Actions and amounts as text that people read. A bet or raise counts the chips of its street, as people say it."""

from holdem_mpi.game.rules import CALL, FOLD, BettingState


def action_text(state: BettingState, action: int) -> str:
    """``fold``, ``check``, ``call``, ``bet 300`` or ``raise to 900``: chips that the player then has put in on this
    street, blinds included and antes not; ``all-in`` behind it where no chips are left.
    """
    legal = state.legal()
    if action == FOLD:
        return "fold"
    if action == CALL:
        return "call" if legal.call_amount else "check"
    all_in = " all-in" if action == state.rules.most[state.player] else ""
    return f"{bet_word(state)} {action - paid_before_street(state)}{all_in}"


def bet_word(state: BettingState) -> str:
    """``bet`` where there is none to call and no blind, else ``raise to``."""
    blinds = state.street == 0 and any(state.rules.blinds)
    return "raise to" if blinds or state.legal().call_amount else "bet"


def action_in_words(state: BettingState, action: int) -> str:
    """The same with big blinds, and of a bet its share of the pot: ``bet 300 (3 bb, 50 % of the pot)``."""
    text, blind = action_text(state, action), max(state.rules.blinds)
    if action <= CALL:
        return text
    chips = action - paid_before_street(state)
    sizes = [in_blinds(chips, blind)] if blind else []
    if text.startswith("bet"):
        sizes.append(f"{round(100 * chips / state.pot)} % of the pot")
    return f"{text} ({', '.join(sizes)})"


def names_in_words(state: BettingState, names: list[str], *, is_short: bool = False) -> list[str]:
    """The ACPC's names of actions (``f``, ``c``, ``r300``: chips of the whole hand) as ``action_in_words`` says them,
    or short, as ``action_text`` does.
    """
    of_name, text_of = {"f": FOLD, "c": CALL}, action_text if is_short else action_in_words
    return [text_of(state, of_name[name] if name in of_name else int(name[1:])) for name in names]


def paid_before_street(state: BettingState) -> int:
    """Chips that the player to act had in the pot when this street began; before the flop its ante."""
    rules, seat = state.rules, state.player
    if state.street == 0:
        return min(rules.stacks[seat], rules.ante)
    at = BettingState.start(rules)
    for action in (action for actions in state.history[:-1] for action in actions):
        at = at.apply(action)
    return at.contributions[seat]


def in_blinds(chips: float, blind: int) -> str:
    """``2.5 bb``."""
    return f"{chips / blind:.4g} bb"


def pot_text(state: BettingState) -> str:
    """``pot 600 (6 bb)``."""
    pot, blind = state.pot, max(state.rules.blinds)
    return f"pot {pot}" + (f" ({in_blinds(pot, blind)})" if blind else "")
