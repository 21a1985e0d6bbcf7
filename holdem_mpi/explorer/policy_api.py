"""The part of the explorer's API that shows policies. It is loaded before the rest: the first grid is its answer."""

import contextlib
from typing import Any

from starlette.responses import Response

from holdem_mpi.errors import UserError
from holdem_mpi.explorer.endpoint import Endpoint, PlainJson
from holdem_mpi.explorer.policy_view import (
    CombosAsked,
    DecisionAsked,
    KeptAnswers,
    PolicyBook,
    combos_view,
    decision_view,
    next_cards,
    sight,
)
from holdem_mpi.explorer.sources import Sources


class PolicyApi:
    """What stands behind it.

    sources: what may be looked at.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources, self.book = sources, PolicyBook(sources)
        self._kept = KeptAnswers()

    def begin(self) -> None:
        """Have what the first grid needs of the first policy, where that is quickly had."""
        with contextlib.suppress(UserError, OSError):  # who asks for it will be told
            for each in self._sources.of_kind("policy")[:1]:
                self.book.begin(each.name)

    def open_first(self) -> None:
        """Open the first policy, and load what a decision needs: while a browser starts there is time for it."""
        with contextlib.suppress(UserError, OSError):  # who asks for it will be told
            for each in self._sources.of_kind("policy")[:1]:
                decision_view(self.book.open(each.name), "", "")

    def endpoints(self) -> list[Endpoint]:
        """Those under ``policy/``: a decision with its classes, a class's combinations, the next cards."""
        return [
            Endpoint("GET", "policy/decision", DecisionAsked, self._decision, quick=True),
            Endpoint("GET", "policy/combos", CombosAsked, self._combos, quick=True),
            Endpoint("GET", "policy/cards", DecisionAsked, self._cards),
        ]

    def _decision(self, asked: DecisionAsked) -> Response:
        policy = self.book.open_for(asked.of, asked.betting)
        board = sight(policy.game, asked.board, asked.betting)

        def made() -> bytes:
            return PlainJson({"of": asked.of} | decision_view(policy, board, asked.betting)).body

        told = self._kept.get(policy, (asked.of, asked.betting, board), made)
        return Response(told, media_type=PlainJson.media_type)

    def _combos(self, asked: CombosAsked) -> dict[str, Any]:
        return combos_view(self.book.open(asked.of), asked.board, asked.betting, asked.hands)

    def _cards(self, asked: DecisionAsked) -> dict[str, Any]:
        return next_cards(self.book.open(asked.of), asked.board, asked.betting)
