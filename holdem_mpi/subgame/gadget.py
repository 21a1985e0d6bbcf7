"""A gadget at the root of a subgame, from the outside: its alternatives, the range that it has learnt, its value."""

from dataclasses import dataclass

import numpy as np

from holdem_mpi.kernels.subgame.gadget_sweep import MAXMARGIN, RESOLVE, GadgetSums, match_gadget

KINDS = {"resolve": RESOLVE, "maxmargin": MAXMARGIN}


@dataclass(frozen=True, eq=False)
class Gadget:
    """What keeps the opponent from gaining by a subgame that is solved anew.

    kind: "resolve" or "maxmargin", see ``kernels/subgame/gadget_sweep.py``.
    player: the opponent, whose alternatives count; the other one's strategy is what becomes safe.
    alternative: float[hand] over all hands of the deck, chips as in ``SubgameSolver.values``: what each hand of the
        opponent has without the new solution, by the blueprint's counterfactual best response. Those of hands that the
        board blocks, or that can meet none, are not read.
    """

    kind: str
    player: int
    alternative: np.ndarray

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.player not in (0, 1):
            raise ValueError(f"gadget {self.kind!r} of player {self.player!r}: expected one of {list(KINDS)} of 0 or 1")


class GadgetState:
    """A gadget in one subgame.

    hands: int64[n], the opponent's hands in the subgame; opposed: float64[n], the weight of the other's hands that each
    of them can meet. The chance weight of all is the same: with the re-solve gadget 1; with maxmargin what makes the
    other's hands that one meets weigh 1 together, so that a margin is in chips.
    """

    def __init__(self, gadget: Gadget, hands: np.ndarray, opposed: np.ndarray) -> None:
        meets = opposed > 0
        alternative = np.where(meets, np.asarray(gadget.alternative, np.float64)[hands], 0.0)
        if not np.isfinite(alternative).all():
            raise ValueError("gadget: an alternative value is not a finite number")
        self._pairs = float(opposed.sum())
        weight = meets.astype(np.float64)
        if KINDS[gadget.kind] == MAXMARGIN:
            weight[meets] /= opposed[meets]
        self.sums = GadgetSums(
            kind=KINDS[gadget.kind],
            player=gadget.player,
            weight=weight,
            alternative=alternative * opposed,
            regret=np.zeros((2, hands.size)),
            strategy=np.zeros((2, hands.size)),
            follow=np.zeros(hands.size),
        )

    def average_range(self) -> np.ndarray:
        """float64[n], the opponent's range at the root by the average over all iterations."""
        match_gadget(self.sums, self.sums.strategy)
        return self.sums.follow * self.sums.weight

    def nash_conv(self, best_value: np.ndarray, others_best: float) -> float:
        """NashConv of the game with the gadget, in chips: what both players' best responses gain together.

        best_value: float64[n], the opponent's best values in the subgame by hand; others_best: the other player's
        against ``average_range``, over all its hands; both summed as those of a sweep are. Payoffs are less the
        alternatives, so that staying outside pays 0.

        Where the alternatives are the blueprint's best response values, the new solution gives the opponent no more
        than this beyond them: on average over all pairs of hands (resolve), or with any one hand (maxmargin).
        """
        gain = self.sums.weight * (best_value - self.sums.alternative)
        others = others_best + float(self.average_range() @ self.sums.alternative)
        if self.sums.kind == MAXMARGIN:
            return float(gain[self.sums.weight > 0].max()) + others
        return (float(np.maximum(gain, 0.0).sum()) + others) / self._pairs
