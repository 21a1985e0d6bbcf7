"""What other processes compile for a measure meanwhile: what builds its bucket tables, and what it calls itself."""

from collections.abc import Sequence
from typing import Any

from holdem_mpi.abstraction.build_abstraction import building_jobs
from holdem_mpi.abstraction.percentile import bucket_dtype
from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.errors import UserError
from holdem_mpi.parallel.compilers import Job
from holdem_mpi.policy.open_player import directory_of_run
from holdem_mpi.policy.policy import Policy
from holdem_mpi.policy.policy_files import abstraction_of, policy_folder, split_checkpoint
from holdem_mpi.storage.policy_file import open_policy

_SMALL = "holdem_mpi.evaluation.small_measures"
# By measure: CPU seconds.
_SECONDS = {"match": 20.0, "lbr": 20.0, "exploitability": 20.0}


def jobs_of_measure(measure: str, players: Sequence[str | Policy]) -> list[Job]:
    """For a match, lbr or exploitability of policies in folders of two players' hold'em. Nothing for other players, and
    for folders that cannot be read, which is told where they are opened.
    """
    jobs = []
    for name in players:
        try:
            jobs += _of_folder(measure, name) if isinstance(name, str) else []
        except (UserError, OSError, ValueError, KeyError, TypeError):
            continue
    return list({job.mark: job for job in jobs}.values())


def _of_folder(measure: str, name: str) -> list[Job]:
    stored = open_policy(policy_folder(split_checkpoint(name)[0]))
    game = GameConfig.model_validate(stored.manifest["game"])
    abstraction = abstraction_of(stored.manifest, directory_of_run(name))
    if game.deck != "holdem" or game.players != 2 or (measure == "exploitability" and game.betting != "fixed_limit"):
        return []
    dtypes = [bucket_dtype(count).name for count in abstraction.buckets[1:]]
    return [*building_jobs(game, abstraction), job_of(measure, game, dtypes, stored.strategy.dtype.name)]


def job_of(measure: str, game: GameConfig, dtypes: list[str], precision: str) -> Job:
    """What compiles a measure of a game of two players with buckets of these types; none of a baseline's."""
    arguments: dict[str, Any] = {"board_cards": list(game.board_cards), "dtypes": dtypes, "precision": precision}
    return Job(f"{measure}, {game.streets} streets", f"{_SMALL}:compile_{measure}", arguments, _SECONDS[measure])
