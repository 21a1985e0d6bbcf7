"""An agent that is asked by name: cards, board and betting as text, plain answers, for a loop of one's own."""

import numbers
from pathlib import Path

import numpy as np

from holdem_mpi.cards import Cards
from holdem_mpi.config.arguments import whole_argument
from holdem_mpi.config.run_config import MAX_SEED
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.names import action_name, board_of, hand_of, states_of_betting
from holdem_mpi.policy.open_player import load_policy
from holdem_mpi.policy.players import chosen
from holdem_mpi.policy.policy import Policy, betting_after
from holdem_mpi.policy.range_tracker import NUMBERS
from holdem_mpi.search.agent import Agent, Decision, Situation
from holdem_mpi.search.service import SearchService
from holdem_mpi.search.team import abstraction_to_search, compile_search
from holdem_mpi.text import shown


class AskedAgent:
    """Plays a policy of hold'em, and searches after the flop where it is given the time.

    One process, and no collective: under mpirun each rank that makes an agent has one of its own. Not for several hands
    at once.

    policy: what it plays, and reads ranges by; or its folder, or a shipped blueprint's name.
    search_ms: milliseconds for each decision after the flop; None: the policy alone.
    seed: of the actions that are drawn, of translated bets and of search.

    UserError on a policy of another game.
    """

    def __init__(self, policy: Policy | str | Path, *, search_ms: float | None = None, seed: int = 0) -> None:
        seed = whole_argument("seed", seed, 0, MAX_SEED)
        if search_ms is not None and not (isinstance(search_ms, numbers.Real) and search_ms >= 1):
            raise UserError(f"search_ms {shown(search_ms)}: expected at least 1")
        policy = policy if isinstance(policy, Policy) else load_policy(str(policy), Communicator())
        game = policy.game
        if game.is_toy:
            raise UserError(f"{policy.name}: of {game.name}; expected a policy of hold'em")
        self.policy = policy
        config, service, alone = SearchConfig(seed=seed), None, Communicator()
        if search_ms is not None:
            config = SearchConfig(seed=seed, deadline_ms=float(search_ms), margin_ms=2.0)
            cards = abstraction_to_search(alone, game.config, config, policy.player)
            compile_search(alone, config, game.rules, cards)
            service = SearchService(alone, config, game.rules, cards)
        self._agent = Agent(policy.player, service, config)
        self._random = np.random.default_rng(seed)

    def decide(self, hand: Cards, *, board: Cards = "", betting: str | None = "", hand_number: int = 0) -> Decision:
        """All that the agent knows of a decision: how it was come to, its EV, what was translated. See ``strategy``."""
        hand_number = whole_argument("hand_number", hand_number, 0, NUMBERS - 1)
        state = states_of_betting(self.policy.game, betting)[-1]
        cards = board_of(self.policy.game, board, state.street)
        return self._agent.decide(Situation(hand_number, state, cards, hand_of(self.policy.game, hand, cards)))

    def strategy(
        self, hand: Cards, *, board: Cards = "", betting: str | None = "", hand_number: int = 0
    ) -> dict[str, float]:
        """Probability of each action, by name: ``f``, ``c``, ``r300`` (chips in all over the hand).

        hand: of the player to act, ``AhKh``. board: ``Qh7h2c``, the cards that lie open. betting: ``r300c/c``, as ACPC
        writes it. hand_number: of the hand; a bet that the policy's tree lacks is translated by a draw, which is the
        same at all decisions of a hand. UserError on what the rules do not allow.
        """
        return _by_name(self.decide(hand, board=board, betting=betting, hand_number=hand_number))

    def act(
        self, hand: Cards, *, board: Cards = "", betting: str | None = "", hand_number: int = 0
    ) -> dict[str, object]:
        """Draw an action: ``{"action": "r300", "betting": "r300", "strategy": {...}, "source": "search", "reason": "",
        "ev": 312.5, "iterations": 900, "milliseconds": 98.1, "translated": []}``.

        betting: after the action; None where it ends the betting of the hand. source: search or blueprint, and the
        reason why not search. ev: chips that the hand takes out of the pot from now on, less what it still puts in;
        None without search. Arguments and errors as for ``strategy``.
        """
        found = self.decide(hand, board=board, betting=betting, hand_number=hand_number)
        action = found.actions[chosen(found.probabilities, self._random.random())]
        return {
            "action": action_name(action),
            "betting": betting_after(states_of_betting(self.policy.game, betting)[-1], action),
            "strategy": _by_name(found),
            "source": found.source,
            "reason": found.reason,
            "ev": found.ev,
            "iterations": found.iterations,
            "milliseconds": found.milliseconds,
            "translated": list(found.translated),
        }


def _by_name(found: Decision) -> dict[str, float]:
    return dict(zip(map(action_name, found.actions), found.probabilities.tolist()))
