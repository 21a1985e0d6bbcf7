"""The blueprint view: what a policy does at a point of a hand, the line that leads there, and who may hold what."""

import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Annotated, Any
from weakref import WeakKeyDictionary

import numpy as np
from pydantic import Field

from holdem_mpi.cards import CLASS_NAMES, CLASS_OF_HAND, NUM_CARDS, NUM_CLASSES, card_name, hands_holding
from holdem_mpi.config.profile_config import STREETS
from holdem_mpi.config.section import Section
from holdem_mpi.config.shipped import path_of_blueprint
from holdem_mpi.errors import UserError
from holdem_mpi.explorer.sources import Sources, check_links
from holdem_mpi.game.game import Game
from holdem_mpi.game.rules import CALL, FOLD, BettingState, Rules
from holdem_mpi.hands.action_text import action_text
from holdem_mpi.hands.hand import seen
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.decision_json import decision_json
from holdem_mpi.policy.names import action_name, betting_of, board_of, rank_name, states_of_betting
from holdem_mpi.policy.open_player import load_policy, load_shipped_first_street
from holdem_mpi.policy.policy import Policy, PolicyDecision
from holdem_mpi.reporting.hand_grid import class_means
from holdem_mpi.storage.array_folder import MANIFEST
from holdem_mpi.storage.checkpoint import list_generations, split_checkpoint
from holdem_mpi.text import shown

Name = Annotated[str, Field(max_length=200)]
Line = Annotated[str, Field(max_length=1000)]
Board = Annotated[str, Field(max_length=40)]
_KEPT = 3
# Answers of each policy that are kept, of some 35 kB.
_KEPT_ANSWERS = 512
_POSITIONS = {3: "SB BB BTN", 4: "SB BB UTG BTN", 5: "SB BB UTG CO BTN", 6: "SB BB UTG HJ CO BTN"}


class DecisionAsked(Section):
    """of: the policy's name, with ``@250`` a checkpoint of a run. board: at least the cards that lie open. betting: as
    ACPC writes it.
    """

    of: Name
    board: Board = ""
    betting: Line = ""


class CombosAsked(DecisionAsked):
    """hands: the class whose hands are asked for, ``A5s``."""

    hands: Annotated[str, Field(max_length=3)]


class PolicyBook:
    """Policies by name, opened when they are first asked for; the last few are kept."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._kept: OrderedDict[str, Policy] = OrderedDict()
        self._first_streets: dict[str, Policy] = {}
        self._lock = threading.Lock()

    def begin(self, name: str) -> None:
        """Have the first street of a shipped blueprint at hand, until ``open`` has opened it whole: that takes longer.
        Of other policies nothing, since only the whole tells whether they fit their game.
        """
        path = self._sources.get("policy", name).path
        if path.resolve() == path_of_blueprint(path.name).resolve():
            self._first_streets[name] = load_shipped_first_street(path.name)

    def open_for(self, name: str, betting: str) -> Policy:
        """What can be asked of a decision after ``betting``: the policy, or its first street where that is enough and
        the whole is not open yet. UserError as for ``open``, and as for ``Policy.decision``.
        """
        early = self._first_streets.get(name)
        if early is not None and states_of_betting(early.game, betting)[-1].street == 0:
            return early
        return self.open(name)

    def open(self, name: str) -> Policy:
        """The policy of a source; of a run's that still trains, that of its newest checkpoint. UserError as for
        ``load_policy``, or where there is no such source.
        """
        base, number = split_checkpoint(name)
        known = {each.name for each in self._sources.of_kind("policy")}
        path = self._sources.get("policy", name if number is None or name in known else base).path
        text = str(path) if number is None or name in known else f"{path}@{number}"
        if text == str(path):
            text = _newest(path)
        with self._lock:
            if text not in self._kept:
                check_links(Path(split_checkpoint(text)[0]))
                try:
                    self._kept[text] = load_policy(text, Communicator())
                finally:
                    self._first_streets.pop(name, None)
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(text)
            return self._kept[text]


class KeptAnswers:
    """The last answers about each policy, for as long as the policy is open: many browsers ask the same.

    most: of a policy.
    """

    def __init__(self, most: int = _KEPT_ANSWERS) -> None:
        self._most = most
        self._kept: WeakKeyDictionary[Policy, OrderedDict[Hashable, bytes]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        with self._lock:
            return sum(map(len, self._kept.values()))

    def get(self, policy: Policy, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The answer of a key, all that it depends on beside the policy; made where it is not kept."""
        with self._lock:
            kept = self._kept.setdefault(policy, OrderedDict())
            if key in kept:
                kept.move_to_end(key)
                return kept[key]
        made = make()
        with self._lock:
            kept[key] = made
            if len(kept) > self._most:
                kept.popitem(last=False)
        return made


def _newest(path: Path) -> str:
    """A run that has not ended has no policy yet; its newest checkpoint stands for it."""
    if (path / "policy" / MANIFEST).is_file() or (path / MANIFEST).is_file():
        return str(path)
    numbers = [number for number, _ in list_generations(path / "checkpoints")]
    return f"{path}@{numbers[-1]}" if numbers else str(path)


def sight(game: Game, board: str, betting: str) -> str:
    """The cards of ``board`` that lie open after ``betting``, or as many of them as are there: what a decision's view
    depends on. UserError as for ``Policy.decision`` where the rules do not allow the betting.
    """
    letters, width = "".join(board.split()), 1 if game.is_toy else 2
    seen_cards = seen(game.rules, states_of_betting(game, betting)[-1].street)
    return letters if len(letters) % width else letters[: width * seen_cards]


def seat_names(rules: Rules) -> list[str]:
    """What players call the seats, by seat: ``BB`` and ``BTN`` heads-up, ``SB, BB, ..., BTN`` with more; numbers where
    the blinds are not the usual ones.
    """
    if rules.num_players > 2 and rules.blinds[1] > rules.blinds[0] > 0 and not any(rules.blinds[2:]):
        return _POSITIONS[rules.num_players].split()
    if rules.num_players == 2 and rules.blinds[0] > rules.blinds[1]:
        return ["BB", "BTN"]
    return [f"seat {seat}" for seat in range(rules.num_players)]


def decision_view(policy: Policy, board: str, betting: str) -> dict[str, Any]:
    """What the page shows of a decision; where cards are missing (``needs``), the line and the money alone.

    Ranges are by seat and class: the mean of the probabilities with which the class's hands get here by the seat's own
    actions. UserError as for ``Policy.decision``.
    """
    game = policy.game
    states = states_of_betting(game, betting)
    state = states[-1]
    open_cards = seen(game.rules, state.street)
    width = 1 if game.is_toy else 2
    letters = "".join(board.split())
    if len(letters) % width:
        raise UserError(f"board {shown(board)}: expected cards such as Qh7h2c")
    view = head_of(game, states) | {"open_cards": open_cards, "board": letters[: width * open_cards]}
    view["needs"] = max(0, open_cards - len(letters) // width)
    if view["needs"]:
        return view
    found = policy.decision(letters[: width * open_cards], betting)
    told = decision_json(found, None if game.is_toy else [])
    kept = ("on_tree", "reach", "visited", "free_hands")
    view |= {key: told[key] for key in kept}
    view["actions"] = [each | menu_action(state, action_of(each["action"])) for each in told["actions"]]
    view["translated"] = [str(each) for each in found.translated]
    view["hands"] = [_toy_hand(row) for row in told["hands"]]
    view["classes"] = [] if game.is_toy else _classes(found, told)
    view["ranges"] = [] if game.is_toy else _ranges(found)
    return view


def head_of(game: Game, states: list[BettingState]) -> dict[str, Any]:
    """The line so far, and the money at its end."""
    state, legal = states[-1], states[-1].legal()
    pot = state.pot
    crumbs = []
    for before, after in itertools.pairwise(states):
        action = after.history[before.street][len(before.history[before.street])]
        crumbs.append(
            {
                "player": before.player,
                "street": before.street,
                "betting": betting_of(before),
                "action": action_name(action),
                "text": action_text(before, action),
                "pot": before.pot,
            }
        )
    return {
        "game": game.name,
        "is_toy": game.is_toy,
        "ranks": sorted({rank_name(game, card) for card in range(game.num_hands)}) if game.is_toy else [],
        "seats": seat_names(game.rules),
        "big_blind": game.big_blind,
        "board_cards": list(game.rules.board_cards),
        "crumbs": crumbs,
        "betting": betting_of(state),
        "street": state.street,
        "street_name": STREETS[state.street],
        "player": state.player,
        "pot": pot,
        "to_call": legal.call_amount,
        "odds": legal.call_amount / (pot + legal.call_amount) if legal.call_amount else None,
        "stacks": [state.stack(seat) for seat in range(game.num_players)],
        "folded": list(state.folded),
        "raise_from": legal.min_raise_to if game.config.betting == "no_limit" else 0,
        "raise_to": legal.max_raise_to if game.config.betting == "no_limit" else 0,
    }


def menu_action(state: BettingState, action: int) -> dict[str, Any]:
    """An action in words: its kind, and of bets the share of the pot after a call."""
    kind = {FOLD: "fold", CALL: "call"}.get(action, "raise")
    share = None
    if kind == "raise":
        call = state.legal().call_amount
        share = (action - state.contributions[state.player] - call) / (state.pot + call)
    return {"action": action_name(action), "text": action_text(state, action), "kind": kind, "share": share}


def action_of(name: str) -> int:
    """The action of a name: ``f``, ``c``, ``r300``. UserError where it is none."""
    if name in ("f", "c"):
        return FOLD if name == "f" else CALL
    if not (name[:1] == "r" and name[1:].isdecimal() and name.isascii()):
        raise UserError(f"action {shown(name)}: expected f, c or r and the chips in all, such as r300")
    return int(name[1:])


def _classes(found: PolicyDecision, told: dict[str, Any]) -> list[dict[str, Any] | None]:
    """By class (169, the order of the grid); None where the board leaves none of its hands."""
    free = ~hands_holding(found.board, found.game.num_hands)
    combos = np.bincount(CLASS_OF_HAND[free], minlength=NUM_CLASSES)
    rows = map(told["classes"].get, CLASS_NAMES)
    return [
        row
        and {
            "name": name,
            "combos": count,
            "reach": row["reach"],
            "visited": row["visited"],
            "play": list(row["probabilities"].values()),
        }
        for name, count, row in zip(CLASS_NAMES, combos.tolist(), rows)
    ]


def _ranges(found: PolicyDecision) -> list[dict[str, Any]]:
    free = ~hands_holding(found.board, found.game.num_hands)
    return [{"combos": float(reach.sum()), "reach": class_means(reach, free).tolist()} for reach in found.reach]


def _toy_hand(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": row["hand"],
        "combos": 1,
        "reach": row["reach"],
        "visited": float(row["visited"]),
        "play": list(row["probabilities"].values()),
    }


def combos_view(policy: Policy, board: str, betting: str, name: str) -> dict[str, Any]:
    """The hands of a class at a decision, each with bucket, whether training came there, reach and probabilities.

    UserError where there is no such class, or cards are missing.
    """
    if name not in CLASS_NAMES or policy.game.is_toy:
        raise UserError(f"hands {shown(name)}: expected a class such as A5s, KQo or 77")
    number = CLASS_NAMES.index(name)
    state = states_of_betting(policy.game, betting)[-1]
    letters = "".join(board.split())[: 2 * seen(policy.game.rules, state.street)]
    found = policy.decision(letters, betting)
    free = ~hands_holding(found.board, policy.game.num_hands)
    hands = np.flatnonzero((number == CLASS_OF_HAND) & free)[::-1].tolist()
    told = decision_json(found, hands)
    rows = [
        {key: row[key] for key in ("hand", "bucket", "visited", "reach")}
        | {"play": list(row["probabilities"].values())}
        for row in told["hands"]
    ]
    return {"name": name, "actions": [each["action"] for each in told["actions"]], "hands": rows}


def next_cards(policy: Policy, board: str, betting: str) -> dict[str, Any]:
    """Of each card that may come next, how often the player to act bets or raises after it; of hold'em's turn and
    river, where it is the only card that is missing.

    UserError where it is not.
    """
    states = states_of_betting(policy.game, betting)
    state = states[-1]
    before = board_of(policy.game, board, state.street - 1) if state.street and not policy.game.is_toy else ()
    if not before or seen(policy.game.rules, state.street) != len(before) + 1:
        raise UserError(
            f"betting {shown(betting)}: expected one that waits for a turn or river card, with those before"
        )
    cards = []
    for card in sorted(set(range(NUM_CARDS)) - set(before)):
        found = policy.decision(board_names((*before, card)), betting)
        reach = found.reach[found.player]
        bets = [place for place, name in enumerate(found.actions) if name[0] == "r"]
        mean = reach @ found.probabilities / reach.sum() if reach.sum() > 0 else None
        cards.append({"card": card_name(card), "bets": None if mean is None else float(mean[bets].sum())})
    return {"seat": seat_names(policy.game.rules)[state.player], "cards": cards}


def board_names(cards: tuple[int, ...]) -> str:
    """Cards as addresses have them."""
    return "".join(map(card_name, cards))
