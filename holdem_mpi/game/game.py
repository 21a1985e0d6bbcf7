"""A game: from the game section of a config to rules, action menu, public tree, layouts and deck."""

import functools
import json
from typing import TYPE_CHECKING, Any

from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.config.fingerprint import game_description
from holdem_mpi.config.game_config import SIZED_STREETS, GameConfig
from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.game.betting import LimitMenu, Menu, SizeMenu, SizesAt
from holdem_mpi.game.layout import Layout, build_layout
from holdem_mpi.game.rules import Rules, kuhn_rules, leduc_rules
from holdem_mpi.game.toy import ToyDeck, toy_deck
from holdem_mpi.game.tree import PublicTree, build_tree
from holdem_mpi.parallel.notices import Notice

if TYPE_CHECKING:
    from holdem_mpi.game.deck import Deck


class Game:
    """What a ``GameConfig`` describes. Its parts are built when they are first asked for, and kept.

    Two games are equal if their configs are, whatever they are called.

    config: the game section of a run's config.
    tree: the public tree, where it is at hand already (as on ranks that got it from another one); built if None.
    run_config: the run that the game is a part of, where it came with one: card abstraction and solver settings to
        train it with. No part of the game, and of no weight where two are compared.
    """

    def __init__(
        self, config: GameConfig, tree: PublicTree | None = None, *, run_config: RunConfig | None = None
    ) -> None:
        self.config, self.run_config = config, run_config
        self._layouts: dict[tuple[int, ...], Layout] = {}
        if tree is not None:
            self.tree = tree

    @property
    def name(self) -> str:
        """What the config calls the game."""
        return self.config.name

    @property
    def num_players(self) -> int:
        """Seats, all of them taken."""
        return self.config.players

    @property
    def num_streets(self) -> int:
        """Betting rounds."""
        return self.config.streets

    @property
    def is_toy(self) -> bool:
        """Whether its deck is a small one, whose hands are single cards (Kuhn, Leduc)."""
        return self.config.deck != "holdem"

    @property
    def num_hands(self) -> int:
        """Private hands: 1326 of two cards, or the cards of a toy deck."""
        return self.toy_deck.num_cards if self.toy_deck else NUM_HANDS

    @property
    def big_blind(self) -> int:
        """Chips of the largest blind; of the ante, 1, in games without blinds."""
        return max(self.config.blinds, default=0) or 1

    @functools.cached_property
    def rules(self) -> Rules:
        """The rules. ConfigError where the config contradicts itself."""
        config = self.config
        if config.deck == "kuhn":
            return kuhn_rules(config.players)
        if config.deck == "leduc":
            return leduc_rules(config.players)
        return Rules(
            stacks=tuple(config.stacks),
            blinds=tuple(config.blinds),
            ante=config.ante,
            antes=tuple(config.antes),
            betting=config.betting,
            board_cards=tuple(config.board_cards),
            first_to_act=tuple(config.first_to_act),
            raise_sizes=tuple(config.raise_sizes),
            max_raises=tuple(config.max_raises),
        )

    @functools.cached_property
    def menu(self) -> Menu:
        """The actions that the tree has: every legal one in limit games, the listed sizes in no-limit ones."""
        config = self.config
        if self.is_toy or config.betting == "fixed_limit":
            return LimitMenu(most_to_flop=config.most_to_flop)
        return SizeMenu(
            bets=tuple(tuple(sizes) for sizes in config.bet_sizes),
            raises=tuple(tuple(sizes) for sizes in config.raise_bet_sizes),
            all_in=tuple(config.all_in),
            limp=config.limp,
            most_to_flop=config.most_to_flop,
            sizes_at=tuple(
                SizesAt(SIZED_STREETS.index(at.street), tuple(at.seats), tuple(at.raises), tuple(at.sizes))
                for at in config.sizes_at
            ),
        )

    @functools.cached_property
    def tree(self) -> PublicTree:
        """The public tree. ConfigError where it is too large."""
        with Notice(f"building the betting tree of {self.name}"):
            return build_tree(self.rules, self.menu)

    @functools.cached_property
    def toy_deck(self) -> ToyDeck | None:
        """The small deck of a toy game; None for hold'em."""
        return toy_deck(self.config.deck, self.config.players) if self.is_toy else None

    @functools.cached_property
    def deck(self) -> "Deck":
        """The deck as matches deal from it; the showdowns of whole ranges are those of two players."""
        from holdem_mpi.game.deck import Deck  # with kernels of showdowns, which only matches load

        return Deck(self.rules.board_cards, self.toy_deck)

    def buckets(self, asked: tuple[int, ...]) -> tuple[int, ...]:
        """Buckets by street: those ``asked`` for, but of a toy deck its own."""
        return self.toy_deck.num_buckets if self.toy_deck else tuple(asked)

    def layout(self, buckets: tuple[int, ...] = ()) -> Layout:
        """Table positions of the tree's rows with ``buckets`` by street; a toy deck has its own, whatever is given."""
        counts = self.buckets(buckets)
        if counts not in self._layouts:
            tree = self.tree
            with Notice(f"laying out the table of {self.name}"):
                self._layouts[counts] = build_layout(tree, counts)
        return self._layouts[counts]

    def description(self) -> dict[str, Any]:
        """The config as JSON without the name: what decides whether two games are the same."""
        return game_description(self.config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Game) and self.description() == other.description()

    def __hash__(self) -> int:
        return hash(json.dumps(self.description(), sort_keys=True))

    def __repr__(self) -> str:
        return f"Game({self.name!r})"
