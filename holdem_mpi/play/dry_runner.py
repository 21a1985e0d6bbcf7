"""The dry run: for every decision of the hero in a sequence of hands, what the agent would do; it never acts."""

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.errors import EXIT_OK, EXIT_REQUEUE, UserError
from holdem_mpi.game.rules import BettingState
from holdem_mpi.hands.dealing import dealt_hands
from holdem_mpi.hands.hand import HandHistory
from holdem_mpi.hands.histories import hand_histories
from holdem_mpi.hands.profile import Profile
from holdem_mpi.hands.room_records import AS_PLAYED, Reading
from holdem_mpi.kernels import rng
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compilers import compiling_beside
from holdem_mpi.parallel.stop_flag import StopFlag
from holdem_mpi.play.decision_report import DryRunReport
from holdem_mpi.play.hero import Hero, open_hero
from holdem_mpi.play.search_jobs import search_jobs
from holdem_mpi.policy.open_player import is_baseline
from holdem_mpi.policy.players import BlueprintPlayer, chosen
from holdem_mpi.policy.ranges import Ranges, ranges_after_action, start_ranges
from holdem_mpi.search.agent import Agent, Situation
from holdem_mpi.search.service import SearchService
from holdem_mpi.search.team import abstraction_to_search, compile_search, run_with_team, size_of_team
from holdem_mpi.storage.line_log import check_log


class DryRunOptions(NamedTuple):
    """What a dry run does, as the command line says it.

    policy: a folder, None for the blueprint that comes with the package.
    profile: of the table, a name or a file.
    hero: a name laid over that of the profile; None for the profile's own.
    files: PHH, text of poker rooms, folders of both, and ACPC logs; without any, hands are dealt from ``seed`` and
        played by the blueprint against itself.
    hands: how many; None for all of the files, or 20 that are dealt.
    seed: of hands that are dealt.
    search: settings laid over SearchConfig's.
    log: a file for one JSON line a decision, or None.
    as_json: whether JSON is printed instead of text.
    reading: how files are read.
    """

    policy: str | None
    profile: str | None
    hero: str | None
    files: tuple[str, ...]
    hands: int | None
    seed: int
    search: dict[str, Any]
    log: str | None
    as_json: bool
    reading: Reading = AS_PLAYED


def run_dry(comm: Communicator, options: DryRunOptions) -> int:
    """Show what the agent would do; the exit code, on every rank. UserError on what cannot be used. Collective."""
    comm.on_root(lambda: _check(options))
    if options.policy and is_baseline(options.policy):
        raise UserError(
            f"--policy {options.policy}: a baseline has no ranges to search with; expected a policy's folder"
        )
    with compiling_beside(comm, lambda: search_jobs(options.policy, options.profile)):
        hero = open_hero(comm, options.policy, options.profile, options.search, options.hero)
        size_of_team(comm, hero.config)
        cards = abstraction_to_search(comm, hero.profile.config.game, hero.config, hero.player)
        compile_search(comm, hero.config, hero.profile.rules, cards)

    def lead(service: SearchService) -> int:
        return _report_decisions(options, hero, service)

    return run_with_team(comm, hero.config, hero.profile.rules, cards, lead, compiled=True)


def _check(options: DryRunOptions) -> None:
    for path in options.files:
        if not Path(path).exists():
            raise UserError(
                f"{path}: no such file or folder; expected PHH, text of a poker room, a folder, an ACPC log"
            )
    if options.log:
        check_log(options.log)


def _report_decisions(options: DryRunOptions, hero: Hero, service: SearchService) -> int:
    profile, player = hero.profile, hero.blueprint_player
    agent = Agent(player, service, hero.config)
    agent.warm_up(profile.rules)
    report = DryRunReport(options.as_json, options.log)
    with StopFlag() as flag:
        service.stop_when(lambda: bool(flag.signal_number))
        for number, hand in enumerate(_hands(options, profile, player, report)):
            for step in hand.decisions():
                own_hand = hand.hand_of(hand.hero)
                deadline = options.search.get("deadline_ms") or 1e3 * profile.deadline(step.state.street)
                decision = agent.decide(Situation(number, step.state, step.board, own_hand), deadline)
                report.decision(hand, step, agent.with_gains(decision))
                if flag.signal_number:
                    break
            report.end_hand()
            if flag.signal_number:
                break
    report.summary(service.size)
    if report.unreadable:
        raise UserError(f"{len(report.unreadable)} of the files were left out, the first: {report.unreadable[0]}")
    return EXIT_REQUEUE if flag.signal_number else EXIT_OK


def _hands(
    options: DryRunOptions, profile: Profile, player: BlueprintPlayer, report: DryRunReport
) -> Iterable[HandHistory]:
    if options.files:
        return itertools.islice(_of_files(options, profile, report), options.hands)
    return _self_play(profile, player, options.hands or 20, options.seed)


def _of_files(options: DryRunOptions, profile: Profile, report: DryRunReport) -> Iterator[HandHistory]:
    """Those of all files; one that cannot be used is an error at once where it is the only one, else at the end."""
    for path in options.files:
        try:
            yield from hand_histories([path], profile, report.skipped.tell, report.notes.tell, options.reading)
        except UserError as error:
            if len(options.files) == 1:
                raise
            report.unreadable.append(str(error))
            report.skipped.tell(str(error))


def _self_play(profile: Profile, player: BlueprintPlayer, hands: int, seed: int) -> Iterator[HandHistory]:
    """The blueprint against itself; the hero changes seats."""
    players = profile.rules.num_players
    others = ["villain"] if players == 2 else [f"villain {place}" for place in range(1, players)]
    for number in range(hands):
        self_play, seat = _SelfPlay(player, profile, seed, number), number % players
        names = (*others[:seat], "hero", *others[seat:])
        yield from dealt_hands(profile.rules, seed, [number], (self_play.choose,) * players, seat, names)


class _SelfPlay:
    """All seats of one hand, played by the blueprint with seeded draws."""

    def __init__(self, player: BlueprintPlayer, profile: Profile, seed: int, number: int) -> None:
        self._player, self._seed, self._number = player, seed, number
        self._ranges: Ranges = start_ranges(player.blueprint, profile.rules)
        self._stream, self._count = np.zeros(10, np.uint64), 0

    def choose(self, state: BettingState, board: tuple[int, ...], hand: int) -> int:
        """The action of the player to act with ``hand``, drawn from the blueprint."""
        actions, probabilities = self._player.strategy_of_hand(self._ranges.place, state, board, hand)
        action = actions[chosen(probabilities, self._draw())]
        self._ranges = ranges_after_action(self._player.blueprint, self._ranges, action, board, self._draw())
        return action

    def _draw(self) -> float:
        self._count += 1
        rng.open_stream(self._stream, np.uint64(self._seed), rng.DOMAIN_MATCH_ACTION, self._number, 0, self._count, 0)
        return float(rng.draw_unit(self._stream))
