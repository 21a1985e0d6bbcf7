"""Opens players by name: a run's folder, or a built-in baseline."""

from pathlib import Path

from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.config import GameConfig, load_config
from holdem_mpi.drivers.policies import abstraction_of, open_run_policy, split_checkpoint
from holdem_mpi.drivers.session import digest_of_deck, tables_of_deck, tables_of_holdem
from holdem_mpi.errors import DataError, UserError
from holdem_mpi.evaluation.deck import Deck
from holdem_mpi.evaluation.players import BASELINES, BaselinePlayer, BlueprintPlayer, Player
from holdem_mpi.evaluation.pot_odds import NAME as POT_ODDS
from holdem_mpi.evaluation.pot_odds import PotOddsPlayer
from holdem_mpi.game.build import deck_of, rules_of
from holdem_mpi.kernels.deal import DealTables
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.solver.blueprint import Blueprint


def tables_of_policy(folder: str, game: GameConfig, manifest: dict, comm: Communicator) -> DealTables:
    """The deal tables that a policy was trained on. DataError where those at hand have another digest. Collective."""
    deck = deck_of(game)
    if deck:
        tables, digest = tables_of_deck(deck), digest_of_deck(deck)
    else:
        abstraction = abstraction_of(manifest, _directory_of_run(folder))
        tables, digest = tables_of_holdem(game, abstraction, comm)
    if digest != manifest["abstraction_digest"]:
        trained_on = str(manifest["abstraction_digest"])
        raise DataError(
            f"{folder}: the policy was trained on other buckets (digest {trained_on[:12]}) than those at hand "
            f"({digest[:12]}); expected the same bucket files (--bucket-dir at training)"
        )
    return tables


def _directory_of_run(folder: str) -> str | None:
    """The folder of bucket files that the run's config names, if any."""
    folder, _ = split_checkpoint(folder)
    for place in (Path(folder), Path(folder).parent):
        if (place / "config.yaml").is_file():
            return load_config(place / "config.yaml").abstraction.directory
    return None


def is_baseline(text: str) -> bool:
    """Whether ``text`` names a built-in baseline, which plays any game."""
    return text in BASELINES or text == POT_ODDS


def open_player(text: str, game: GameConfig | None, comm: Communicator) -> tuple[GameConfig, Player]:
    """(its game, the player) that ``text`` names: a baseline, which needs ``game``, or a run's or policy's folder.

    UserError where there is no such baseline or folder, or where ``game`` is given and the policy plays another.
    Collective.
    """
    if is_baseline(text):
        if game is None:
            raise UserError(f"{text}: a baseline plays any game; expected --game or a policy's folder beside it")
        deck = deck_of(game)
        if text == POT_ODDS:
            return game, PotOddsPlayer(Deck(rules_of(game).board_cards, deck))
        return game, BaselinePlayer(text, deck.num_cards if deck else NUM_HANDS)
    run, _ = split_checkpoint(text)
    if not Path(run).exists():
        known = ", ".join([*BASELINES, POT_ODDS])
        raise UserError(f"{text}: no such folder; expected a run's folder, or one of {known}")
    own_game, policy, manifest = open_run_policy(text)
    if game is not None and own_game.model_dump(exclude={"name"}) != game.model_dump(exclude={"name"}):
        raise DataError(f"{text}: a policy of {own_game.name}, expected one of {game.name}")
    tables = tables_of_policy(text, own_game, manifest, comm)
    return own_game, BlueprintPlayer(text, Blueprint(policy, tables))
