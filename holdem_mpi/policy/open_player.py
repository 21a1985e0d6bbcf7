"""Opens by name what plays or can be asked: ``load_policy`` a folder's policy, ``open_player`` also a baseline."""

import numpy as np

from holdem_mpi.abstraction.deal_tables import digest_of_deck, tables_of_deck, tables_of_holdem
from holdem_mpi.cards import CLASS_OF_HAND
from holdem_mpi.config.load import load_config
from holdem_mpi.errors import DataError, UserError
from holdem_mpi.game.game import Game
from holdem_mpi.kernels.cards.deal import DealTables, holdem_tables
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.players import BASELINES, BaselinePlayer, Player
from holdem_mpi.policy.policy import Policy
from holdem_mpi.policy.policy_files import (
    OpenedPolicy,
    abstraction_of,
    check_policy_exists,
    folders_of_run,
    open_run_policy,
    open_shipped_first_street,
)
from holdem_mpi.policy.pot_odds import NAME as POT_ODDS
from holdem_mpi.policy.pot_odds import PotOddsPlayer


def tables_of_policy(folder: str, opened: OpenedPolicy, comm: Communicator) -> DealTables:
    """The deal tables that a policy was trained on. DataError where those at hand have another digest. Collective."""
    game, manifest = opened.game, opened.manifest
    deck = game.toy_deck
    if deck:
        tables, digest = tables_of_deck(deck), digest_of_deck(deck)
    else:
        abstraction = abstraction_of(manifest, directory_of_run(folder))
        tables, digest = tables_of_holdem(game.config, abstraction, comm)
    if digest != manifest["abstraction_digest"]:
        trained_on = str(manifest["abstraction_digest"])
        raise DataError(
            f"{folder}: the policy was trained on other buckets (digest {trained_on[:12]}) than those at hand "
            f"({digest[:12]}); expected the same bucket files (--bucket-dir at training)"
        )
    return tables


def directory_of_run(folder: str) -> str | None:
    """The folder of bucket files that the run's config names, if any."""
    for place in folders_of_run(folder):
        if (place / "config.yaml").is_file():
            return load_config(place / "config.yaml").abstraction.directory
    return None


def load_policy(folder: str, comm: Communicator) -> Policy:
    """The policy of a run's or policy's folder, of a checkpoint (``RUN@250``), or a shipped blueprint by its name, over
    its cards. Collective.

    UserError where there is none, where it is damaged, or where the bucket tables at hand are others than its own.
    """
    return _on_cards(folder, open_run_policy(folder, comm), comm)


def load_shipped_first_street(name: str) -> Policy:
    """The decisions of the first street of a hold'em blueprint that comes with the package, as ``load_policy`` has
    them, in a small part of its time: no later street's tree and no bucket tables are opened, and no kernel is loaded.
    Of later streets it is not to be asked. UserError where there is none of that name.
    """
    opened = open_shipped_first_street(name)
    # Of a deck with one public card, which nobody asks for: such tables are made at once.
    tables = holdem_tables(opened.game.num_players, (0, 1), CLASS_OF_HAND.astype(np.uint16), {})
    return Policy(opened.game, opened.policy, tables, name, opened.manifest)


def _on_cards(folder: str, opened: OpenedPolicy, comm: Communicator) -> Policy:
    return Policy(opened.game, opened.policy, tables_of_policy(folder, opened, comm), folder, opened.manifest)


def is_baseline(text: str) -> bool:
    """Whether ``text`` names a built-in baseline, which plays any game."""
    return text in BASELINES or text == POT_ODDS


def open_player(text: str | Policy, game: Game | None, comm: Communicator) -> tuple[Game, Player]:
    """(its game, the player) of a policy, or of what ``text`` names: a baseline, which needs ``game``, a run's or
    policy's folder, or a shipped blueprint.

    UserError where there is no such baseline or folder, or where ``game`` is given and the policy plays another.
    Collective.
    """
    if isinstance(text, Policy):
        return _checked(text.name, text.game, game), text.player
    if is_baseline(text):
        if game is None:
            raise UserError(f"{text}: a baseline plays any game; expected --game or a policy's folder beside it")
        return game, PotOddsPlayer(game.deck) if text == POT_ODDS else BaselinePlayer(text, game.num_hands)
    check_policy_exists(text, baselines=(*BASELINES, POT_ODDS))
    opened = open_run_policy(text, comm)
    return _checked(text, opened.game, game), _on_cards(text, opened, comm).player


def _checked(name: str, own: Game, game: Game | None) -> Game:
    """The game of a policy. DataError where ``game`` is given and is another one."""
    if game is not None and own != game:
        raise DataError(f"{name}: a policy of {own.name}, expected one of {game.name}")
    return own
