"""``evaluate gains``: by seat, what a best response within the abstraction gains, with any number of players."""

from typing import Any

import numpy as np

from holdem_mpi.best_response.enumerated import enumerate_deals
from holdem_mpi.best_response.response_by_deals import DealResponder
from holdem_mpi.cli import check_seed
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.game.seat_names import seat_names
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.work_queue import run_items
from holdem_mpi.policy.open_player import load_policy
from holdem_mpi.policy.policy import Policy
from holdem_mpi.reporting.progress import ItemDisplay

# Of a seat, in this order; what a sample is too small for would be no interval.
_FIGURES = ("value", "gain", "plug_in")
_FEWEST = 1000
_MEANING = (
    "what a seat gains that alone leaves the policy for its best response, seeing buckets as the policy does; with "
    "opponents who see cards it can be more, and with several who leave it together nothing bounds it"
)


def gains_of_policy(comm: Communicator, name: str, deals: int, seed: int) -> dict[str, Any]:
    """Gains by seat of the policy that ``name`` names: exact in games whose deals can be enumerated, else estimated
    from ``deals`` drawn ones. On every rank, the same on any number of them. Collective.
    """
    if deals < _FEWEST or deals > 10**8:
        raise UserError(f"--deals {deals}: expected {_FEWEST} to {10**8}")
    check_seed(seed)
    policy = load_policy(name, comm)
    result = {"game": policy.game.name, "policy": policy.name, "iterations": policy.manifest.get("iterations")}
    if policy.game.is_toy:
        return comm.on_root(lambda: result | _exact(policy) | {"meaning": _MEANING})
    found = _sampled(comm, policy, deals, seed)
    return comm.on_root(lambda: result | {"deals": deals, "seed": seed, **_told(policy, found), "meaning": _MEANING})


def _positions(policy: Policy) -> tuple[str, ...]:
    return seat_names(policy.game.rules)


def _exact(policy: Policy) -> dict[str, Any]:
    responder = DealResponder(policy.tabular.layout, policy.tabular.probability)
    every, unit = enumerate_deals(policy.game.toy_deck), 1000 / policy.game.big_blind
    seats, total = [], 0.0
    for seat, position in enumerate(_positions(policy)):
        value, best = responder.exact(seat, every)
        total += unit * (best - value)
        figures = {"value_mbb": unit * value, "best_response_mbb": unit * best, "gain_mbb": unit * (best - value)}
        seats.append({"seat": seat, "position": position, **figures})
    return {"seats": seats, "mean_gain_mbb": total / len(seats)}


def _sampled(comm: Communicator, policy: Policy, deals: int, seed: int) -> dict[int, list[Estimate]]:
    """By seat the estimates of _FIGURES in mbb/g, on rank 0."""
    responder = DealResponder(policy.tabular.layout, policy.tabular.probability)
    unit, found = 1000 / policy.game.big_blind, {}
    display = ItemDisplay(comm, "responses", policy.game.num_players, "seats", compiles_first=True)

    def work(seat: int) -> np.ndarray:
        gains = responder.sampled(seat, policy.blueprint.tables, seed, deals)
        each = [Estimate.of_values(unit * of, "mbb/g") for of in (gains.value, gains.cross_fitted, gains.plug_in)]
        return np.array([(of.mean, of.standard_error, of.low, of.high) for of in each])

    def keep(seat: int, rows: np.ndarray) -> None:
        names = ("mean", "standard_error", "low", "high")
        found[seat] = [Estimate(**dict(zip(names, row)), unit="mbb/g", count=deals) for row in rows.tolist()]
        display.advance(1)

    with display:
        run_items(comm, range(policy.game.num_players), work, keep)
    return found


def _told(policy: Policy, found: dict[int, list[Estimate]]) -> dict[str, Any]:
    seats = []
    for seat, position in enumerate(_positions(policy)):
        figures = {name: of.to_json() for name, of in zip(_FIGURES, found[seat])}
        seats.append({"seat": seat, "position": position, **figures})
    mean = {name: Estimate.of_parts([found[seat][at] for seat in sorted(found)]) for at, name in enumerate(_FIGURES)}
    return {"seats": seats, **{name: mean[name].to_json() for name in _FIGURES[1:]}}


def gains_lines(result: dict[str, Any]) -> list[str]:
    """The result as lines of text for people."""
    head = f"{result['game']}: {result['policy']}, gains of best responses within its abstraction"
    if "deals" not in result:
        lines = [f"{head}, exact", f"mean over the seats: {result['mean_gain_mbb']:.6g} mbb/g"]
        for of in result["seats"]:
            lines.append(f"  {of['position']:<4} {of['gain_mbb']:10.4f} mbb/g; by the policy {of['value_mbb']:+.4f}")
        return [*lines, result["meaning"]]
    lines = [
        f"{head}, {result['deals']:,} deals a seat, seed {result['seed']}",
        f"mean over the seats: at least {Estimate.from_json(result['gain'])}",
    ]
    for of in result["seats"]:
        lines.append(f"  {of['position']:<4} at least {Estimate.from_json(of['gain'])}")
        lines.append(f"       by the policy it wins {Estimate.from_json(of['value'])}")
    upper = Estimate.from_json(result["plug_in"])
    lines.append(f"chosen and valued on the same deals, so too high: {upper}")
    return [*lines, result["meaning"]]
