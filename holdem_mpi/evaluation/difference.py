"""``evaluate difference``: where, and how much, two policies of one game play otherwise, weighted by reach."""

from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.config.arguments import whole_argument
from holdem_mpi.config.profile_config import STREETS
from holdem_mpi.config.run_config import MAX_SEED
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.seat_names import seat_with_name
from holdem_mpi.hands.action_text import names_in_words
from holdem_mpi.kernels import rng
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.work_queue import run_items
from holdem_mpi.policy.names import action_name, betting_to, states_of_betting
from holdem_mpi.policy.open_player import load_policy
from holdem_mpi.policy.policy import Policy
from holdem_mpi.reporting.progress import ItemDisplay
from holdem_mpi.text import counted

_HANDS_AN_ITEM = 20
# Columns of a decision's row, before what the two policies do there.
_HAND, _NODE, _MOVED, _FIRST = range(4)


class DifferenceOptions(NamedTuple):
    """What decides the figures.

    hands: that are followed, even; the first policy plays one half of them, the second one the other.
    seed: of boards and actions.
    top: how many of the decisions where they differ most are told.
    """

    hands: int = 2000
    seed: int = 0
    top: int = 10


class _Follower:
    """Plays hands, and compares the policies at each decision on the way."""

    def __init__(self, policies: tuple[Policy, Policy], seed: int) -> None:
        game = policies[0].game
        self._blueprints = [policy.blueprint for policy in policies]
        self.layout = self._blueprints[0].policy.layout
        self._deck, self._players = Deck(game.rules.board_cards, game.toy_deck), game.num_players
        self._seed, self._stream = seed, np.zeros(10, np.uint64)
        self.width = int(self.layout.width.max())

    def rows(self, hand: int) -> np.ndarray:
        """float64[decision, _FIRST + 2 * width] of one hand: see the columns. Even hands are played by the first one.

        All hands that a player may hold are looked at together: each counts with the probability that the policy that
        plays has done with it what was done. Actions are drawn from the mean over them.
        """
        tree, first = self.layout.tree, self._blueprints[0]
        board = self._deck.draw(self._seed, hand)[1]
        reach, rows, node = np.ones((self._players, self._deck.num_hands)), [], 0
        while tree.kind_of_node[node] == KIND_DECISION:
            seen = board[: first.seen[int(tree.street_of_node[node])]]
            player = int(tree.player_of_node[node])
            both = np.stack([blueprint.strategy(node, seen) for blueprint in self._blueprints])
            weight = reach[player] * (both[0].sum(axis=1) > 0)
            weight /= weight.sum()
            moved = weight @ np.abs(both[0] - both[1]).sum(axis=1) / 2
            means = np.zeros((2, self.width))
            means[:, : both.shape[2]] = weight @ both
            rows.append([hand, node, moved, *means.ravel()])
            ends = np.cumsum(means[hand % 2])
            choice = int(np.searchsorted(ends, self._draw(hand, len(rows)) * ends[-1], side="right"))
            reach[player] *= both[hand % 2][:, choice]
            node = int(tree.children(node)[choice])
        return np.array(rows)

    def _draw(self, hand: int, count: int) -> float:
        rng.open_stream(self._stream, np.uint64(self._seed), rng.DOMAIN_MATCH_ACTION, hand, 0, count, 0)
        return float(rng.draw_unit(self._stream))


def difference_of(comm: Communicator, first: str, second: str, options: DifferenceOptions) -> dict[str, Any]:
    """How much the policies of two folders differ, on every rank, the same for any number of ranks. Collective.

    The figure is the probability that is moved from some actions to others, half the sum of the absolute differences,
    averaged over the hands that a player may hold at a decision, and over the decisions of a hand. UserError where they
    are of different games.
    """
    if whole_argument("--hands", options.hands) < 4 or options.hands % 2:
        raise UserError(
            f"--hands {options.hands}: expected an even number of at least 4; each policy plays half of them"
        )
    whole_argument("--seed", options.seed, 0, MAX_SEED)
    whole_argument("--top", options.top, 0)
    policies = load_policy(first, comm), load_policy(second, comm)
    games = [policy.game for policy in policies]
    if games[0] != games[1]:
        raise UserError(f"{second}: a policy of {games[1].name}, expected one of {games[0].name}, as {first}")
    follower = _Follower(policies, options.seed)
    found: dict[int, np.ndarray] = {}
    display = ItemDisplay(comm, "difference", options.hands, "hands", compiles_first=True)

    def part(item: int) -> range:
        return range(item * _HANDS_AN_ITEM, min(options.hands, (item + 1) * _HANDS_AN_ITEM))

    def keep(item: int, rows: np.ndarray) -> None:
        found[item] = rows
        display.advance(len(part(item)))

    items = range(-(-options.hands // _HANDS_AN_ITEM))
    with display:
        run_items(comm, items, lambda item: np.concatenate([follower.rows(hand) for hand in part(item)]), keep)
    return comm.on_root(
        lambda: (
            {"game": games[0].name, "first": first, "second": second, **options._asdict()}
            | _summary(follower, policies[0], np.concatenate([found[item] for item in items]), options)
        )
    )


def _summary(follower: _Follower, policy: Policy, rows: np.ndarray, options: DifferenceOptions) -> dict[str, Any]:
    hand, node = rows[:, _HAND].astype(np.int64), rows[:, _NODE].astype(np.int64)
    decisions, moved = np.bincount(hand), 100 * rows[:, _MOVED]
    tree = follower.layout.tree
    street = tree.street_of_node[node]
    by_street = {
        STREETS[each]: {"decisions": int((street == each).sum()), "moved": float(moved[street == each].mean())}
        for each in np.unique(street).tolist()
    }
    total = np.bincount(node, moved)
    places = []
    for each in np.argsort(-total, kind="stable")[: options.top].tolist():
        here = node == each
        if not total[each] > 0:
            break
        actions, betting = [action_name(action) for action in tree.actions(each)], betting_to(follower.layout, each)
        count = len(actions)
        means = rows[here, _FIRST:].mean(axis=0).reshape(2, follower.width)[:, :count].tolist()
        places.append(
            {
                "street": STREETS[int(tree.street_of_node[each])],
                "betting": betting,
                "player": seat_with_name(policy.game.rules, int(tree.player_of_node[each])),
                "hands": float(here.sum() / options.hands),
                "moved": float(moved[here].mean()),
                "actions": actions,
                "texts": names_in_words(states_of_betting(policy.game, betting)[-1], actions, is_short=True),
                "means": means,
            }
        )
    values = np.bincount(hand, moved) / decisions
    return {"moved": Estimate.of_values(values, "%").to_json(), "streets": by_street, "places": places}


def difference_lines(result: dict[str, Any]) -> list[str]:
    """The result as lines of text for people."""
    lines = [
        f"{result['game']}: A {result['first']} and B {result['second']}, {counted(result['hands'], 'hand')}, half of "
        f"them played by each, seed {result['seed']}",
        f"probability moved at a decision: {Estimate.from_json(result['moved'])}",
        f"{'':<8}{'decisions':>10}{'moved %':>9}",
    ]
    for name, each in result["streets"].items():
        lines.append(f"{name:<8}{each['decisions']:>10}{each['moved']:>9.1f}")
    if result["places"]:
        lines.append("where they differ most, by how often hands come there and how much is moved:")
    for each in result["places"]:
        where = f"{each['street']}, after {each['betting']}" if each["betting"] else f"{each['street']}, at the start"
        said = (_percents(each["texts"], mean) for mean in each["means"])
        lines.append(
            f"  {where}: {each['player']}, {100 * each['hands']:.1f} % of the hands, {each['moved']:.1f} % moved: "
            f"A {next(said)}; B {next(said)}"
        )
    return lines


def _percents(texts: list[str], mean: list[float]) -> str:
    return ", ".join(f"{name} {100 * share:.0f} %" for name, share in zip(texts, mean))
