"""The measures that runs can be compared by: subcommands of ``evaluate`` as a number for each policy."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.exploitability import exploitability_of
from holdem_mpi.evaluation.gains import gains_of_policy
from holdem_mpi.evaluation.lbr import LbrOptions, measure_lbr
from holdem_mpi.parallel.communicator import Communicator


class Figure(NamedTuple):
    """A result of a measure, in mbb/g.

    value: the figure itself.
    low, high: ends of its 95 % interval; None where it is exact.
    """

    value: float
    low: float | None = None
    high: float | None = None


class Measure(NamedTuple):
    """A measure that runs can be compared by.

    take: (policy, options, communicator) -> result, on every rank; collective.
    figure: of such a result.
    """

    take: Callable[[str, dict[str, Any], Communicator], dict[str, Any]]
    figure: Callable[[dict[str, Any]], Figure]


def _exploitability(policy: str, options: dict[str, Any], comm: Communicator) -> dict[str, Any]:
    return exploitability_of(comm, policy, None, options.get("flops"), options.get("seed", 0), None)


def _figure_of_exploitability(result: dict[str, Any]) -> Figure:
    """Of sampled flops: midway between the figure that errs upward and the one that errs downward, and the bracket."""
    if "bracket_mbb" not in result:
        return Figure(result["exploitability_mbb"])
    figures = [_mean_of_sampled(result[name]) for name in ("plug_in", "cross_fitted")]
    low, high = result["bracket_mbb"]
    return Figure(sum(figures) / 2, low, high)


def _mean_of_sampled(found: dict[str, Any]) -> float:
    if "exploitability_mbb" in found:  # its name in a ledger's lines of earlier versions, which did not know Estimate
        return found["exploitability_mbb"]
    return Estimate.from_json(found).mean


def draws_of(result: dict[str, Any]) -> np.ndarray | None:
    """float64[strata, 2], mbb/g: what each sampled flop says of the cross-fitted figure; None where a result, which
    anybody may have edited, does not tell.
    """
    try:
        draws = np.array(result["draws_mbb"], np.float64)
    except (KeyError, TypeError, ValueError):
        return None
    return draws if draws.ndim == 2 and draws.shape[1] == 2 and len(draws) and np.isfinite(draws).all() else None


def _lbr(policy: str, options: dict[str, Any], comm: Communicator) -> dict[str, Any]:
    return measure_lbr(policy, None, LbrOptions(**options), comm)


def _figure_of_lbr(result: dict[str, Any]) -> Figure:
    if "mean_mbb" in result:  # the names in a ledger's lines of earlier versions
        low, high = result["interval_95_mbb"]
        return Figure(result["mean_mbb"], low, high)
    estimate = Estimate.from_json(result)
    return Figure(estimate.mean, estimate.low, estimate.high)


def _gains(policy: str, options: dict[str, Any], comm: Communicator) -> dict[str, Any]:
    return gains_of_policy(comm, policy, options["deals"], options["seed"])


def _figure_of_gains(result: dict[str, Any]) -> Figure:
    """The mean over the seats of what a best response gains, mbb/g; with an interval where deals were drawn."""
    if "mean_gain_mbb" in result:
        return Figure(result["mean_gain_mbb"])
    estimate = Estimate.from_json(result["gain"])
    return Figure(estimate.mean, estimate.low, estimate.high)


MEASURES = {
    "exploitability": Measure(_exploitability, _figure_of_exploitability),
    "gains": Measure(_gains, _figure_of_gains),
    "lbr": Measure(_lbr, _figure_of_lbr),
}


def figure_of(name: str, result: Any) -> Figure | None:
    """Figure of a ledger's result, which anybody may have edited; None where it is no result of that measure."""
    try:
        figure = MEASURES[name].figure(result)
    except (KeyError, TypeError, ValueError):
        return None
    kinds = {type(each) for each in figure if each is not None}
    return figure if kinds <= {int, float} and type(figure.value) in kinds else None
