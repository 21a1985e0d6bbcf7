"""Where a spot begins: whole chips, the state at the start of its street, and the one after its actions."""

import re
from fractions import Fraction

from holdem_mpi.config.spot_config import SpotConfig
from holdem_mpi.config.spot_sizes import STREETS, size_parts
from holdem_mpi.errors import ConfigError
from holdem_mpi.game.rules import CALL, FOLD, BettingState, IllegalAction, Rules
from holdem_mpi.kernels.betting.spot_actions import CHIPS_MORE

_WORD = r"(bet|raise|b|r)(?:\s+to)?\s*([0-9]+(?:\.[0-9]+)?)"
_ACTION = re.compile(rf"(?:{_WORD}|(check|call|x|c)|(all-?in|a)(?:\s+[0-9.]+)?|(fold|f))", re.IGNORECASE)
# Chips are internally whole: amounts of a file have at most four decimals, of which half is still whole; sizes may be
# finer. The most that a file may hold (a million chips) is then below 2**43: exact as int64 and float64.
_MAX_UNITS, _MAX_FINE_UNITS = 20_000, 2_000_000
_UNITS = (1, 2, 10, 20, 100, 200, 1000, 2000, 10_000, _MAX_UNITS, 100_000, 200_000, 1_000_000, _MAX_FINE_UNITS)
# A size is off by half a unit at most, and the smallest amount has this many units where so many are allowed.
_FINENESS = 1000


def unit_of(source: str, config: SpotConfig) -> int:
    """The rules' chips in one chip: all amounts become whole, and each player's part of the pot, which all have put in.

    A unit is a thousandth of the smallest amount or less, unless the file says what the smallest chip is.
    """
    total = sum(Fraction(str(amount)) for amount in (config.pot, config.dead_money))
    amounts = [*config.stacks, config.least_bet, config.chip or 0.0, *_chips_of_sizes(config)]
    amounts += [float(match[2]) for text in config.actions if (match := _ACTION.fullmatch(text.strip())) and match[2]]
    exact = [total, *(Fraction(str(amount)) for amount in amounts)]
    fine = 0 if config.chip else _FINENESS / min(amount for amount in exact if amount)
    exact[0] /= len(config.positions)
    odd = 3 if len(config.positions) == 3 else 1  # thirds of what decimals there may be
    units = [odd * unit for unit in _UNITS]
    whole = [unit for unit in units if all((amount * unit).denominator == 1 for amount in exact)]
    if not whole or whole[0] > odd * _MAX_UNITS:
        by_key = {key: getattr(config, key) or 0.0 for key in ("pot", "dead_money", "min_bet", "chip")}
        by_key |= {f"stacks[{place}]": stack for place, stack in enumerate(config.stacks)}
        fine_keys = [key for key, amount in by_key.items() if (Fraction(str(amount)) * 10_000).denominator > 1]
        key = fine_keys[0] if fine_keys else "sizes and actions"
        raise ConfigError(f"{source}: {key}: expected chips with at most four decimals")
    return next((unit for unit in whole if unit >= fine), whole[-1])


def _chips_of_sizes(config: SpotConfig) -> list[float]:
    """Amounts in chips of all bet, raise and donk sizes that are written so (`25c`)."""
    lists = (
        config.sizes(key, street, position)
        for key in ("bet_sizes", "raise_sizes", "donk_sizes")
        for street in STREETS
        for position in config.positions
    )
    parts = [size_parts(size) for sizes in lists for size in sizes]
    return [part.number for part in parts if part.kind == CHIPS_MORE]


def begin_of(config: SpotConfig, unit: int, street: int) -> BettingState:
    """The state at the start of the street. Nobody has more than another one can call."""
    players, pot = len(config.positions), Fraction(str(config.pot)) + Fraction(str(config.dead_money))
    each, stacks = round(pot * unit / players), [round(stack * unit) for stack in config.stacks]
    rules = Rules(
        stacks=tuple(each + min(stack, sorted(stacks)[-2]) for stack in stacks),
        blinds=(each,) * players,
        first_to_act=(0,) * 4,
        max_raises=(None, *config.caps),
        min_bet=max(1, round(config.least_bet * unit)),
    )
    history = ((),) * (street + 1)
    return BettingState(
        rules=rules,
        street=street,
        player=0,
        contributions=rules.blinds,
        folded=(False,) * players,
        num_raises=0,
        largest_raise=0,
        acted=(False,) * players,
        to_act=tuple(range(players)),
        history=history,
    )


def after_actions(
    source: str, config: SpotConfig, unit: int, begin: BettingState
) -> tuple[BettingState, tuple[tuple[BettingState, int], ...]]:
    """(state after the file's actions, checked against ``to_act``; each state before it, with the action there)."""
    state, positions, taken = begin, config.positions, []
    texts = list(config.actions)
    if not texts and config.to_act is not None:
        texts = ["check"] * positions.index(config.to_act)
    for place, text in enumerate(texts):
        where = f"{source}: actions[{place}]"
        try:
            action = _action(text, state, unit)
            taken.append((state, action))
            state = state.apply(action)
        except IllegalAction as error:
            raise ConfigError(f"{where}: {text!r}: {_in_chips(str(error), state, unit, positions)}") from None
        except ValueError:
            raise ConfigError(f"{where}: expected check, call, fold, bet N, raise N or all-in, got {text!r}") from None
        if state.is_over or state.street != begin.street:
            raise ConfigError(f"{where}: {text!r} ends the betting of this street; nothing is left to decide on it")
    if config.to_act is not None and positions[state.player] != config.to_act:
        raise ConfigError(f"{source}: to_act: after the actions it is {positions[state.player]}, not {config.to_act}")
    return state, tuple(taken)


def _action(text: str, state: BettingState, unit: int) -> int:
    match = _ACTION.fullmatch(text.strip())
    if not match:
        raise ValueError
    legal = state.legal()
    if match[4]:
        return legal.max_raise_to or CALL
    if match[5]:
        return FOLD
    word = (match[3] or match[1]).lower()
    facing = {"check": False, "x": False, "call": True, "bet": False, "raise": True}.get(word)
    if facing is not None and facing != (legal.call_amount > 0):
        raise IllegalAction("there is a bet to call" if legal.call_amount else "there is no bet yet")
    if match[3]:
        return CALL
    # Each player had put in his part of the pot before this street.
    amount = round(Fraction(match[2]) * unit)
    return _put_in(state) + amount if amount else _refuse("expected more than 0 chips")


def _put_in(state: BettingState) -> int:
    return state.rules.blinds[0]


def _refuse(text: str) -> int:
    raise IllegalAction(text)


def _in_chips(problem: str, state: BettingState, unit: int, positions: tuple[str, ...]) -> str:
    """An illegal size in the file's chips of this street."""
    if "cannot bet" not in problem:
        return problem
    legal, before = state.legal(), _put_in(state)
    low, high = ((total - before) / unit for total in (legal.min_raise_to, legal.max_raise_to))
    none = "no raise is possible" + (f": max_raises is {state.num_raises}" if state.is_capped else "")
    allowed = f"expected {low:g} to {high:g}" if legal.max_raise_to else none
    return f"{positions[state.player]} cannot bet or raise so much or so little; {allowed}"
