"""An action as text that people read."""

from holdem_mpi.game.rules import CALL, FOLD, BettingState


def action_text(state: BettingState, action: int) -> str:
    """``fold``, ``check``, ``call``, ``bet 300`` or ``raise 900``: chips that the player then has in the pot."""
    legal = state.legal()
    if action == FOLD:
        return "fold"
    if action == CALL:
        return "call" if legal.call_amount else "check"
    word = "raise" if legal.call_amount or state.street == 0 else "bet"
    return f"{word} {action}" + (" all-in" if action == state.rules.stacks[state.player] else "")
