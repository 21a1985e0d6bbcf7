"""The play view: hands against a policy, with or without search; dealt and judged here, saved as PHH or ACPC lines."""

import secrets
import threading
from collections import OrderedDict
from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from holdem_mpi.cards import card_name, cards_of_hand
from holdem_mpi.config.section import Section
from holdem_mpi.errors import UserError
from holdem_mpi.explorer.endpoint import NotFoundError
from holdem_mpi.explorer.policy_view import Name, PolicyBook, action_of, board_names, head_of, menu_action
from holdem_mpi.formats.acpc import format_line
from holdem_mpi.formats.phh_writer import format_hands
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.rules import BettingState, IllegalAction
from holdem_mpi.game.seat_names import seat_names
from holdem_mpi.hands.action_text import action_text
from holdem_mpi.hands.dealing import to_acpc, to_phh
from holdem_mpi.hands.hand import HandHistory, Step, seen
from holdem_mpi.policy.names import betting_of, states_of_betting
from holdem_mpi.policy.policy import Policy
from holdem_mpi.search.asked_agent import AskedAgent
from holdem_mpi.text import shown

_MOST_TABLES = 16
HUMAN = "you"


def names_of_bots(players: int) -> list[str]:
    """Of those who play against the human."""
    return ["bot"] if players == 2 else [f"bot {place}" for place in range(1, players)]


class TableAsked(Section):
    """table: its name."""

    table: Name


class SitAsked(Section):
    """of: the policy to play. search_ms: milliseconds that it searches at each decision after the flop; None: none."""

    of: Name
    search_ms: Annotated[float, Field(ge=1, le=60_000)] | None = None


class ActAsked(TableAsked):
    """action: ``f``, ``c`` or ``r300``. hand: number of the hand that it is meant for."""

    action: Annotated[str, Field(max_length=24)]
    hand: Annotated[int, Field(ge=0, le=10**9)]


class HandsAsked(TableAsked):
    """form: phhs, or acpc for a log of the ACPC."""

    form: Annotated[str, Field(pattern="^(phhs|acpc)$")]


class PlayTable:
    """One human against one policy in all other seats; all move on by a seat after every hand, stacks begin anew.

    policy: that plays, and tells the rules. search_ms: of its search; None for none. bot_seed: of the bot's draws.

    UserError where it is no policy of hold'em.
    """

    def __init__(self, policy: Policy, search_ms: float | None) -> None:
        self.policy, self.bot_seed, self._seed = policy, secrets.randbits(63), secrets.randbits(63)
        self._agent = AskedAgent(policy, search_ms=search_ms, seed=self.bot_seed)
        self._lock, self._deck = threading.Lock(), Deck(policy.game.rules.board_cards)  # a deck draws for one at a time
        self.search_ms = search_ms
        self._done: list[tuple[HandHistory, tuple[int, ...]]] = []
        self._players = [HUMAN, *names_of_bots(policy.game.num_players)]
        self._begin(0)

    def view(self) -> dict[str, Any]:
        """The table as JSON can hold it, without the cards that the human may not see."""
        with self._lock:
            return self._view()

    def act(self, number: int, name: str) -> dict[str, Any]:
        """Do the human's action; the view after the bot has answered. UserError where the rules do not allow it."""
        with self._lock:
            if number != self._number or self._state.is_over or self._state.player != self._human:
                raise UserError("that hand has gone on; expected the action of the one that is shown")
            try:
                self._step(action_of(name))
            except IllegalAction as error:
                raise UserError(f"action {shown(name)}: {error}") from None
            self._let_bot_act()
            return self._view()

    def deal(self) -> dict[str, Any]:
        """Begin the next hand, where this one is over; the view."""
        with self._lock:
            if not self._state.is_over:
                raise UserError("the hand is not over; expected its end before the next one")
            self._begin(self._number + 1)
            return self._view()

    def saved(self, form: str) -> str:
        """The hands that are over as a file. UserError without pokerkit, or where PHH has no such game."""
        with self._lock:
            done = list(self._done)
        if not done:
            raise UserError("no hand is over yet; expected one at least")
        if form == "acpc":
            return "".join(format_line(to_acpc(hand, won)) + "\n" for hand, won in done)
        try:
            return format_hands(to_phh(hand) for hand, _ in done)
        except ValueError as error:
            raise UserError(f"PHH cannot hold these hands: {error}") from None

    def _begin(self, number: int) -> None:
        game = self.policy.game
        players = self._players
        self._names = tuple(players[(seat - number) % len(players)] for seat in range(len(players)))
        self._number, self._human = number, self._names.index(HUMAN)
        self._hands, self._cards = self._deck.draw(self._seed, number, len(players))
        self._state = BettingState.start(game.rules)
        self._steps: list[Step] = []
        self._told: list[dict[str, Any]] = []
        self._let_bot_act()

    def _board(self) -> tuple[int, ...]:
        """The cards that lie open; all of them at a showdown."""
        rules = self.policy.game.rules
        return self._cards if self._state.is_showdown else self._cards[: seen(rules, self._state.street)]

    def _step(self, action: int, **more: Any) -> None:
        state, board = self._state, self._cards[: seen(self.policy.game.rules, self._state.street)]
        after = state.apply(action)
        at = {"board": board_names(board), "betting": betting_of(state), "street": state.street}
        self._told.append({"who": self._names[state.player], "text": action_text(state, action), **at, **more})
        self._steps.append(Step(state, action, board))
        self._state = after
        if after.is_over:
            self._end()

    def _let_bot_act(self) -> None:
        while not self._state.is_over and self._state.player != self._human:
            board = self._cards[: seen(self.policy.game.rules, self._state.street)]
            found = self._agent.act(
                _names(self._hands[self._state.player]),
                board=board_names(board),
                betting=betting_of(self._state),
                hand_number=self._number,
            )
            name = str(found["action"])
            told = {key: found[key] for key in ("source", "milliseconds", "strategy", "ev")}
            self._step(action_of(name), **told)

    def _end(self) -> None:
        board = self._board()
        hand = HandHistory(
            source=f"table of the explorer, hand {self._number}",
            name=str(self._number),
            names=self._names,
            hero=self._human,
            hole=tuple(map(cards_of_hand, self._hands)),
            board=board,
            steps=tuple(self._steps),
            final=self._state,
        )
        self._done.append((hand, hand.winnings(self._deck)))

    def _view(self) -> dict[str, Any]:
        game, state, over = self.policy.game, self._state, self._state.is_over
        won = [pair[hand.hero] for hand, pair in self._done]
        view = {
            "of": self.policy.name,
            "game": game.name,
            "search_ms": self.search_ms,
            "hand": self._number,
            "seat": self._human,
            "players": [self._player(seat) for seat in range(len(self._names))],
            "board": board_names(self._board()),
            "over": over,
            "showdown": state.is_showdown,
            "won": won[-1] if over else None,
            "total": sum(won),
            "hands": len(won),
            "big_blind": game.big_blind,
            "pot": state.pot,
            # What a bot would do with its hand is told when the hand is over.
            "told": [each if over or each["who"] == HUMAN else _without_secrets(each) for each in self._told],
        }
        if not over:
            head = head_of(game, states_of_betting(game, betting_of(state)))
            view |= {key: head[key] for key in ("to_call", "odds", "raise_from", "raise_to", "seats", "street_name")}
            view["actions"] = [menu_action(state, action) for action in game.menu(state)]
        return view

    def _player(self, seat: int) -> dict[str, Any]:
        """A seat as JSON; cards are None where the human may not see them."""
        state = self._state
        return {
            "name": self._names[seat],
            "position": seat_names(state.rules)[seat],
            "cards": _names(self._hands[seat]) if state.is_over or seat == self._human else None,
            "stack": state.stack(seat),
            "folded": state.folded[seat],
        }


def _without_secrets(told: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key not in ("strategy", "ev")}


def _names(hand: int) -> str:
    return "".join(map(card_name, cards_of_hand(hand)))


class PlayTables:
    """The tables of a server; the ones that were used least lately are given up where there are too many."""

    def __init__(self, policies: PolicyBook) -> None:
        self._policies = policies
        self._tables: OrderedDict[str, PlayTable] = OrderedDict()

    def sit(self, asked: SitAsked) -> dict[str, Any]:
        """A new table: its name, and its first hand."""
        table = PlayTable(self._policies.open(asked.of), asked.search_ms)
        name = secrets.token_hex(4)
        self._tables[name] = table
        if len(self._tables) > _MOST_TABLES:
            self._tables.popitem(last=False)
        return {"table": name} | table.view()

    def get(self, name: str) -> PlayTable:
        """A table. NotFoundError where there is none."""
        found = self._tables.get(name)
        if found is None:
            raise NotFoundError(f"table {shown(name)}: not here; tables last as long as the server")
        self._tables.move_to_end(name)
        return found

    def download(self, asked: HandsAsked) -> Response:
        """The hands that are over, as a file."""
        text = self.get(asked.table).saved(asked.form)
        ending = "log" if asked.form == "acpc" else "phhs"
        attached = {"Content-Disposition": f'attachment; filename="hands-{asked.table}.{ending}"'}
        return Response(text, media_type="text/plain", headers=attached)
