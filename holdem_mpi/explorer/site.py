"""The explorer's addresses: its pages, which are plain files, and its API over the sources that it was given."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp

from holdem_mpi.errors import UserError
from holdem_mpi.explorer.endpoint import Endpoint, NothingAsked, Streams, api_of
from holdem_mpi.explorer.job_limits import JobLimits
from holdem_mpi.explorer.lock_view import LocksAsked, locks_view
from holdem_mpi.explorer.pages import behind_gate
from holdem_mpi.explorer.play_review import SessionReviews
from holdem_mpi.explorer.play_table import ActAsked, HandsAsked, PlayTables, SitAsked, TableAsked
from holdem_mpi.explorer.policy_api import PolicyApi
from holdem_mpi.explorer.report_view import ReportAsked, ReportBook, report_state, report_view
from holdem_mpi.explorer.response_view import response_view
from holdem_mpi.explorer.run_view import RunAsked, bucket_view, run_events, run_view
from holdem_mpi.explorer.solution_view import (
    CardsAsked,
    NodeAsked,
    NodeHandsAsked,
    SolutionBook,
    cards_view,
    node_hands,
    node_view,
)
from holdem_mpi.explorer.sources import Sources, listing
from holdem_mpi.explorer.spot_editor import (
    DownloadAsked,
    GoOnAsked,
    MenuAsked,
    RangeAsked,
    SolveAsked,
    SpotAsked,
    TemplateAsked,
    download,
    looks_only,
    menu_view,
    opened_spot,
    plan_view,
    range_view,
    stops_from,
    template_of,
)
from holdem_mpi.explorer.spot_jobs import SpotJobs, job_events
from holdem_mpi.explorer.spot_store import SpotStore
from holdem_mpi.text import one_line, printable

_MOST_LISTED = 200


class Explorer:
    """What stands behind the API.

    sources: what may be looked at. store: folder of the spots that are solved here. limits: of their jobs. policies:
    the part that shows policies, where it is there already.
    """

    def __init__(
        self, sources: Sources, store: Path, limits: JobLimits | None = None, policies: PolicyApi | None = None
    ) -> None:
        self.sources, self._policies = sources, policies or PolicyApi(sources)
        self.policies = self._policies.book
        self.jobs = SpotJobs(SpotStore(store), limits or JobLimits())
        self.reports = ReportBook(sources)
        self.solutions = SolutionBook(sources, self.jobs.store, self.reports.solution_of)
        self.tables, self.reviews = PlayTables(self.policies), SessionReviews()
        self.streams = Streams()
        self._planning = threading.Lock()

    def close(self) -> None:
        """End what goes on in the background; the server does."""
        self.streams.close()
        self.reviews.close()
        self.jobs.close()

    def endpoints(self) -> list[Endpoint]:
        """All of the API's addresses."""
        return [
            listing(self.sources),
            *self._policies.endpoints(),
            Endpoint("GET", "run/state", RunAsked, self._run),
            Endpoint("GET", "run/buckets", RunAsked, self._buckets),
            Endpoint("GET", "run/follow", RunAsked, self._follow),
            Endpoint(
                "GET", "report/table", ReportAsked, lambda asked: report_view(self.reports.open(asked.of), asked.of)
            ),
            Endpoint("GET", "report/state", ReportAsked, lambda asked: report_state(self.reports.open(asked.of))),
            *self._spot_endpoints(),
            *self._play_endpoints(),
        ]

    def _spot_endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", "spot/list", NothingAsked, self._spots),
            Endpoint("GET", "spot/template", TemplateAsked, self._template),
            Endpoint("POST", "spot/range", RangeAsked, _or_error(lambda asked: range_view(asked.text))),
            Endpoint("POST", "spot/plan", SpotAsked, _or_error(self._plan)),
            Endpoint("GET", "spot/menu", MenuAsked, lambda asked: menu_view(asked.menu, asked.board)),
            Endpoint("POST", "spot/solve", SolveAsked, _or_error(self._solve)),
            Endpoint("POST", "spot/continue", GoOnAsked, _or_error(self._go_on)),
            Endpoint("POST", "spot/stop", TemplateAsked, self._stop),
            Endpoint("GET", "spot/job", TemplateAsked, lambda asked: self.jobs.view(asked.of)),
            Endpoint("GET", "spot/follow", TemplateAsked, self._follow_job),
            Endpoint("GET", "solution/node", NodeAsked, self._node),
            Endpoint("GET", "solution/cards", CardsAsked, self._node_cards),
            Endpoint("GET", "solution/hands", NodeHandsAsked, self._node_hands),
            Endpoint("POST", "solution/locks", LocksAsked, _or_error(self._locks)),
            Endpoint("GET", "solution/responses", NodeAsked, self._responses),
            Endpoint("GET", "solution/download", DownloadAsked, self._download),
        ]

    def _play_endpoints(self) -> list[Endpoint]:
        get = self.tables.get
        return [
            Endpoint("POST", "play/sit", SitAsked, _or_error(self.tables.sit)),
            Endpoint("GET", "play/table", TableAsked, lambda asked: get(asked.table).view()),
            Endpoint(
                "POST", "play/act", ActAsked, _or_error(lambda asked: get(asked.table).act(asked.hand, asked.action))
            ),
            Endpoint("POST", "play/deal", TableAsked, _or_error(lambda asked: get(asked.table).deal())),
            Endpoint("GET", "play/hands", HandsAsked, self.tables.download),
            Endpoint("POST", "play/judge", TableAsked, _or_error(lambda a: self.reviews.start(a.table, get(a.table)))),
            Endpoint("GET", "play/judged", TableAsked, lambda asked: self.reviews.state(asked.table)),
        ]

    def _run(self, asked: RunAsked) -> dict[str, Any]:
        return run_view(self.sources.get("run", asked.of))

    def _buckets(self, asked: RunAsked) -> dict[str, Any]:
        return bucket_view(self.sources.get("run", asked.of))

    def _follow(self, asked: RunAsked) -> Response:
        return self.streams.response(run_events(self.sources.get("run", asked.of), self.streams.pause))

    def _spots(self, asked: NothingAsked) -> dict[str, Any]:
        running = self.jobs.running()
        solved = [{"name": name, "runs": name in running} for name in self.jobs.store.names()[:_MOST_LISTED]]
        limits = {"free": self.jobs.memory_limit(), "ranks": self.jobs.most_ranks()}
        return {"solved": solved, "limits": self.jobs.limits._asdict() | limits}

    def _template(self, asked: TemplateAsked) -> dict[str, Any]:
        if asked.of in {each.name for each in self.sources.of_kind("spot")}:
            return {"spot": template_of(str(self.sources.get("spot", asked.of).path))}
        if asked.of in {each.name for each in self.sources.of_kind("solution")}:
            return {"spot": self.solutions.open(asked.of).solution.spot}
        if found := self.reports.board_of(asked.of):
            return {"spot": {**found[0].spot, "board": found[1]}}
        return {"spot": self.jobs.store.spot(asked.of)}

    def _plan(self, asked: SpotAsked) -> dict[str, Any]:
        with self._planning:
            return plan_view(opened_spot(asked.spot), self.jobs.memory_limit(), asked.ranks)

    def _solve(self, asked: SolveAsked) -> dict[str, Any]:
        """Start a job, from what was solved before where that is named and has a state to go on from."""
        solution = self.solutions.open(asked.begin).solution if asked.begin else None
        keys, begin = dict(asked.spot), None
        if solution is not None and solution.can_go_on:
            begin, stops = self.solutions.folder(asked.begin), keys.get("solver")
            change = looks_only if asked.exploit else stops_from
            keys["solver"] = change(solution, stops if isinstance(stops, dict) else {})
        elif asked.exploit:
            raise UserError("nothing to go on from was kept with this solution; expected it to be solved again first")
        with self._planning:
            spot = opened_spot(keys)
            return {"name": self.jobs.start(spot, spot.config.model_dump(mode="json"), asked.ranks, begin)}

    def _go_on(self, asked: GoOnAsked) -> dict[str, Any]:
        keys, solution = self.jobs.store.spot(asked.of), self.solutions.open(asked.of).solution
        if not solution.can_go_on:
            raise UserError("nothing to go on from was kept with this solution; expected it to be solved again")
        stops = {"target_pct": asked.target_pct, "time": asked.seconds, "iterations": None}
        if asked.target_pct is None and asked.seconds is None:
            raise UserError("expected an exploitability or seconds to stop at")
        with self._planning:
            spot = opened_spot({**keys, "solver": keys.get("solver", {}) | stops})
            self.jobs.go_on(asked.of, spot, spot.config.model_dump(mode="json"), asked.ranks)
        return {"name": asked.of}

    def _stop(self, asked: TemplateAsked) -> dict[str, Any]:
        self.jobs.stop(asked.of)
        return {"name": asked.of}

    def _follow_job(self, asked: TemplateAsked) -> Response:
        self.jobs.store.folder(asked.of)
        return self.streams.response(job_events(self.jobs, asked.of, self.streams.pause))

    def _node(self, asked: NodeAsked) -> dict[str, Any]:
        return {"of": asked.of} | node_view(self.solutions.open(asked.of), asked.line)

    def _node_cards(self, asked: CardsAsked) -> dict[str, Any]:
        return {"of": asked.of} | cards_view(self.solutions.open(asked.of), asked.line, asked.by == "ev")

    def _node_hands(self, asked: NodeHandsAsked) -> dict[str, Any]:
        return node_hands(self.solutions.open(asked.of), asked.line, asked.hands)

    def _locks(self, asked: LocksAsked) -> dict[str, Any]:
        opened = self.solutions.open(asked.of)
        with self._planning:
            return {"of": asked.of} | locks_view(opened, asked, self.jobs.memory_limit())

    def _responses(self, asked: NodeAsked) -> dict[str, Any]:
        told = self.jobs.store.exploit(asked.of) if asked.of in self.jobs.store.names() else []
        return {"of": asked.of} | response_view(self.solutions.open(asked.of), asked.line, told)

    def _download(self, asked: DownloadAsked) -> Response:
        return download(asked.of, self.solutions.open(asked.of), asked.form)


def _or_error(answer: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    """``answer``, but what is half typed or against the rules is no failed question: its mistake is an answer."""

    def answered(asked: Any) -> dict[str, Any]:
        try:
            return answer(asked)
        except UserError as error:
            return {"error": printable(one_line(str(error)))}

    return answered


def site_of(explorer: Explorer, hosts: frozenset[str], token: str, cookie: str) -> ASGIApp:
    """The whole site behind its gate; see ``Gate``."""
    return behind_gate(api_of(explorer.endpoints()), hosts, token, cookie)
