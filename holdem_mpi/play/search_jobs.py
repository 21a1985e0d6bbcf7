"""What other processes compile for the search at a table, while its blueprint and its cards are still being opened."""

from holdem_mpi.abstraction.build_abstraction import building_jobs
from holdem_mpi.abstraction.percentile import bucket_dtype
from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.config.run_config import AbstractionConfig
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.errors import UserError
from holdem_mpi.game.game import Game
from holdem_mpi.hands.profile import open_profile
from holdem_mpi.hands.profile_policy import DEFAULT_PROFILE, shipped_policy
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compilers import Job
from holdem_mpi.policy.open_player import directory_of_run
from holdem_mpi.policy.policy_files import abstraction_of, policy_folder, split_checkpoint
from holdem_mpi.search.root_search import CardAbstraction
from holdem_mpi.search.team import compile_search
from holdem_mpi.storage.policy_file import open_policy
from holdem_mpi.training.stand_in import empty_tables

_SECONDS = 40.0
# Heads-up no-limit with nothing but all-in.
_SMALL = {"name": "small", "deck": "holdem", "players": 2, "betting": "no_limit", "stacks": 400, "blinds": [10, 5]}


def search_jobs(policy: str | None, profile: str | None) -> list[Job]:
    """For who plays and the table, as ``open_hero`` takes them, of two players. Nothing for others, and where they
    cannot be opened, which is told there.
    """
    try:
        folder = policy or shipped_policy(open_profile(profile or DEFAULT_PROFILE))
        manifest = open_policy(policy_folder(split_checkpoint(folder)[0])).manifest
        game = GameConfig.model_validate(manifest["game"])
        blueprint = abstraction_of(manifest, directory_of_run(folder))
    except (UserError, OSError, ValueError, KeyError, TypeError):
        return []
    if game.deck != "holdem" or game.players != 2:
        return []
    drawn = AbstractionConfig(buckets=[169] + [SearchConfig().buckets] * (game.streets - 1))
    search = Job(
        "search of two players", f"{__name__}:compile_search_of_two", {"board_cards": list(game.board_cards)}, _SECONDS
    )
    jobs = [*building_jobs(game, blueprint), *building_jobs(game, drawn), search]
    return list({job.mark: job for job in jobs}.values())


def compile_search_of_two(board_cards: list[int]) -> None:
    """Compile, or load, all that a search with drawn cards calls, beginning with what the search itself comes to last.

    board_cards: by street.
    """
    streets, config = len(board_cards), SearchConfig()
    sizes = {"board_cards": board_cards, "bet_sizes": [], "max_raises": [1] * streets}
    game = Game(GameConfig.model_validate(_SMALL | sizes))
    tables = empty_tables(game.config, [bucket_dtype(config.buckets).name] * (streets - 1))
    cards = CardAbstraction(tables, (169, *[config.buckets] * (streets - 1)), None)
    compile_search(Communicator(), config, game.rules, cards, last_first=True)
