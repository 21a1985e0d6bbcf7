"""Game definitions of the ACPC from files, and whether a policy was trained for the game that a table plays."""

from pathlib import Path

from holdem_mpi.config.shipped import config_folder, one_of_the_shipped, shipped_acpc_games
from holdem_mpi.errors import DataError, ProtocolError, UserError
from holdem_mpi.formats.acpc_game import AcpcGame, parse_game
from holdem_mpi.game.rules import CALL, BettingState, Rules
from holdem_mpi.hands.hand_files import read_text

_ENDING = ".game"
_KEYS = ("num_players", "betting", "blinds", "ante", "antes", "board_cards", "first_to_act", "raise_sizes", "min_bet")


def open_acpc_game(path_or_name: str) -> tuple[str, AcpcGame]:
    """(file, game) of a ``.game`` file, or of a shipped one by name.

    UserError, one line with file and line, on mistakes and on games other than Texas hold'em.
    """
    path = Path(path_or_name)
    if "/" not in path_or_name and path.suffix != _ENDING:
        path = config_folder() / "acpc" / (one_of_the_shipped("game", path_or_name, shipped_acpc_games()) + _ENDING)
    try:
        game = parse_game(read_text(path, f"a game definition of the ACPC ({_ENDING} file)"))
    except ProtocolError as error:
        raise UserError(f"{path}:{error.line}: {error}") from None
    if not game.is_holdem:
        raise UserError(f"{path}: expected Texas hold'em: 4 suits, 13 ranks, 2 hole cards, board cards 0 3 1 1")
    return str(path), game


def refuse_other_game(own: Rules, source: str, table: Rules, file: str) -> None:
    """DataError, one line, where the rules of ``table`` (from ``file``) are not those of ``own`` (from ``source``).

    Stacks that can never run out are alike; caps on raises count in fixed-limit games only, as in tables' rules.
    """
    keys = (*_KEYS, "max_raises") if own.betting == "fixed_limit" else _KEYS
    for key in keys:
        if getattr(own, key) != getattr(table, key):
            name = "players" if key == "num_players" else key
            text = f"{file}: {name} {_plain(getattr(table, key))}, expected {_plain(getattr(own, key))}"
            raise DataError(f"{text} as {source} was trained for")
    if own.stacks != table.stacks and not (_is_deep(own) and _is_deep(table)):
        raise DataError(
            f"{file}: stacks {_plain(table.stacks)}, expected {_plain(own.stacks)} as {source} was trained for"
        )


def _plain(value: object) -> str:
    return str(list(value)) if isinstance(value, tuple) else str(value)


def _is_deep(rules: Rules) -> bool:
    """Whether nobody can ever be all-in: only in fixed-limit games with caps."""
    if rules.betting != "fixed_limit" or None in rules.max_raises:
        return False
    state = BettingState.start(rules)
    while not state.is_over:
        state = state.apply(state.legal().max_raise_to or CALL)
    return max(state.contributions) < min(rules.most)
