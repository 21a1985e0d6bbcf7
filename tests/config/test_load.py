"""Configs: what is refused and in which words, and which keys decide a run's fingerprint."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from holdem_mpi.cli import check_seed
from holdem_mpi.config.fingerprint import (
    OPERATIONAL_KEYS,
    fingerprint,
    game_description,
    semantic_dict,
    semantic_differences,
)
from holdem_mpi.config.load import config_to_yaml, load_config
from holdem_mpi.config.recipe_config import RecipeConfig
from holdem_mpi.config.run_config import MAX_SEED, AbstractionConfig, RunConfig, SolverConfig
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.config.shipped import DEFAULT_GAME, path_of_game, shipped_games
from holdem_mpi.errors import EXIT_USAGE, ConfigError, UserError
from holdem_mpi.subgame.sampled_arrays import board_stream

SAMPLERS = "expected 'external', 'outcome', 'public', 'full' or 'cfr-br'"
KUHN = "game: {name: kuhn, deck: kuhn, players: 2}\n"


def refusal(source, overrides=None) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(source, overrides)
    text = str(caught.value)
    assert caught.value.exit_code == EXIT_USAGE and text and "\n" not in text
    return text


@pytest.fixture
def write(tmp_path):
    def write(text: str, folder: Path = tmp_path) -> Path:
        path = folder / "run.yaml"
        path.write_text(text)
        return path

    return write


BAD_FILES = [
    (KUHN + "solver: {sampelr: outcome}", ": unknown key solver.sampelr (did you mean sampler?)"),
    (
        KUHN + "solver: {pruning: {florr: 1, after: x}}",
        ": unknown key solver.pruning.florr (did you mean floor?); solver.pruning.after: expected an integer, got 'x'",
    ),
    (
        KUHN + "abstraction: {qqq: 1}",
        ": unknown key abstraction.qqq (known: buckets, methods, seed, directory)",
    ),
    (KUHN + "7: 1", ": unknown key 7 (a key is a text)"),
    (KUHN + "lanes: 1\nbatch_size: 5\nlanes: 2", ":4: duplicate key lanes"),
    (KUHN + "solver:\n  seed: 1\n  seed: 1", ":4: duplicate key seed"),
    (KUHN + "solver: {seed: x}", ": solver.seed: expected an integer, got 'x'"),
    (KUHN + "solver: {seed: '200'}", ": solver.seed: expected an integer, got '200'"),
    (KUHN + "batch_size: true", ": batch_size: expected an integer, got True"),
    (KUHN + "batch_size: 200.0", ": batch_size: expected an integer, got 200.0"),
    (KUHN + "batch_size:", ": batch_size: expected an integer, got nothing"),
    (KUHN + "batch_size: sometimes", ": batch_size: expected an integer or auto, got 'sometimes'"),
    (KUHN + "batch_size_limit: 0", ": batch_size_limit: expected a number of at least 1, got 0"),
    (KUHN + "mode: fast", ": mode: expected 'reproducible' or 'racing', got 'fast'"),
    (
        KUHN + "mode: racing\nlate_merge: true",
        ": late_merge: only with mode reproducible, got mode racing, which merges nothing",
    ),
    (
        KUHN + "late_merge: true\nsolver: {sampler: full}",
        ": late_merge: is for the samplers external, outcome and public, not full",
    ),
    (KUHN + "late_merge: 1", ": late_merge: expected true or false, got 1"),
    (
        KUHN + "mode: racing\nsolver: {sampler: public}",
        ": mode: racing is for the samplers external and outcome, not public",
    ),
    (
        KUHN + "mode: racing\nsolver: {precision: float32}",
        ": solver.precision: racing needs float64, got float32",
    ),
    (KUHN + "batch_size: -5", ": batch_size: expected a number of at least 1, got -5"),
    (KUHN + "batch_size: 4294967296", ": batch_size: expected a number of at most 4294967295, got 4294967296"),
    (KUHN + "lanes: 16777217", ": lanes: expected a number of at most 16777216, got 16777217"),
    (KUHN + "iters: 0", ": iters: expected a number of at least 1, got 0"),
    (KUHN + "keep_checkpoints: 1", ": keep_checkpoints: expected a number of at least 2, got 1"),
    (KUHN + "log_interval: 0", ": log_interval: expected a number above 0, got 0"),
    (KUHN + "time_budget: .nan", ": time_budget: expected a finite number, got nan"),
    (KUHN + "time_budget: soon", ": time_budget: expected a number, got 'soon'"),
    (KUHN + "tensorboard: 1", ": tensorboard: expected true or false, got 1"),
    (KUHN + "logdir: 3", ": logdir: expected a text, got 3"),
    (KUHN + "solver: 3", ": solver: expected a section of keys, got 3"),
    (KUHN + "solver: {seed: -1}", ": solver.seed: expected a number of at least 0, got -1"),
    (
        KUHN + "solver: {sampler: x}",
        ": solver.sampler: expected 'external', 'outcome', 'public', 'full' or 'cfr-br', got 'x'",
    ),
    (KUHN + "solver: {algorithm: cfr+}", ": solver.algorithm: cfr+ is for the samplers public and full, not external"),
    (KUHN + "solver: {sampler: full, pruning: {enabled: true}}", ": solver.pruning.enabled: not for the sampler full"),
    (KUHN + "solver: {exploration: 1.5}", ": solver.exploration: expected a number of at most 1, got 1.5"),
    (
        KUHN + "solver: {pruning: {threshold: -10, floor: -5}}",
        ": solver.pruning.floor: expected at most the threshold -10, got -5",
    ),
    (
        KUHN + "abstraction: {buckets: [169]}",
        ": abstraction.buckets: for games of the deck holdem (52 cards); the infosets of kuhn are exact",
    ),
    ("game: {name: x, deck: kuhn}", ": missing key game.players"),
    ("game: {name: x, deck: kuhn, players: 7}", ": game.players: expected a number of at most 6, got 7"),
    ("game: {name: x, deck: leduc, players: 4}", ": game.players: expected 2 or 3 for the deck leduc, got 4"),
    (
        "game: {name: x, deck: kuhn, players: 2, stacks: 5}",
        ": game.stacks: not for the deck kuhn, whose betting is built in",
    ),
    ("game: {name: x, deck: holdem, players: 2}", ": game.betting: missing, the deck holdem needs it"),
    ("lanes: 3", ": missing key game"),
    ("", ": expected a YAML config with the key game, got nothing"),
    ("[1, 2]", ": expected a YAML config with the key game, got [1, 2]"),
    ("\tlanes: 1\n", ":1: found character '\\t' that cannot start any token"),
    (KUHN + "lanes: [1", ":2: expected ',' or ']', but got '<stream end>'"),
    (KUHN + "lanes: 2020-19-39", ":2: a value that does not fit its type timestamp"),
    (KUHN + "lanes: !!int abc", ":2: a value that does not fit its type int"),
    (
        KUHN + "lanes: !!python/object:os.system 1",
        ":2: could not determine a constructor for the tag 'tag:yaml.org,2002:python/object:os.system'",
    ),
    (KUHN + "---\n" + KUHN, ":2: expected a single document in the stream, but found another document"),
    ("[" * 5000, ": nested too deeply, expected a YAML config"),
]


@pytest.mark.parametrize(("text", "message"), BAD_FILES)
def test_a_bad_file_is_refused_in_these_words(write, text, message):
    path = write(text)
    assert refusal(path) == f"{path}{message}"


def test_unreadable_files_are_refused(tmp_path):
    assert refusal(tmp_path / "no.yaml") == f"{tmp_path}/no.yaml: No such file or directory, expected a config file"
    assert refusal(tmp_path) == f"{tmp_path}: Is a directory, expected a config file"
    (tmp_path / "latin.yaml").write_bytes(b"game: \xff")
    assert refusal(tmp_path / "latin.yaml") == f"{tmp_path}/latin.yaml: not a UTF-8 text, expected a YAML config"


def test_an_unknown_game_lists_the_known_ones():
    no_limit = "nolimit_3max_100bb, nolimit_3max_20bb, nolimit_6max_100bb, nolimit_hu_200bb, nolimit_hu_20bb"
    holdem = "flop_holdem, flop_holdem_lossless", f"limit_holdem, {no_limit}"
    games = ", kuhn, leduc, leduc_3p, ".join(holdem) + ", turn_holdem"
    assert refusal("kuhnn") == f"unknown game 'kuhnn' (did you mean kuhn?); games: {games}"
    assert refusal("zzz") == f"unknown game 'zzz'; games: {games}"


BAD_OPTIONS = [
    ({"batch_size": ("--batch-size", -5)}, "--batch-size: expected a number of at least 1, got -5"),
    (
        {"solver.sampler": ("--sampler", "x")},
        "--sampler: expected 'external', 'outcome', 'public', 'full' or 'cfr-br', got 'x'",
    ),
    ({"abstraction.buckets": ("--buckets", [169, 2])}, "--buckets: expected 4 values, one per street, got 2"),
    ({"abstraction.buckets": ("--buckets", [168, 2, 2, 2])}, "--buckets: expected 169 before the flop, got 168"),
    (
        {"abstraction.buckets": ("--buckets", [169, 2, 0, 2])},
        "--buckets: expected 1 to 60000 buckets, or lossless, got 0",
    ),
    (
        {"abstraction.buckets": ("--buckets", [169, 2, 60001, 2])},
        "--buckets: expected 1 to 60000 buckets, or lossless, got 60001",
    ),
    (
        {"abstraction.buckets": ("--buckets", [169, 5000, 5000, 5000])},
        "--buckets: expected at most 1950 by percentile on the last street, whose strengths have no more values, "
        "got 5000",
    ),
]


def test_a_limit_of_batches_needs_batches_that_grow(tmp_path):
    limit = {"batch_size_limit": ("--batch-size-limit", 500)}
    words = "only with batch_size auto (--batch-size auto), got batch_size 200"
    assert refusal("kuhn", limit) == f"--batch-size-limit: {words}"
    assert refusal("kuhn", limit | {"batch_size": ("--batch-size", 200)}) == f"--batch-size-limit: {words}"
    path = tmp_path / "game.yaml"
    path.write_text(KUHN + "batch_size_limit: 500\n")
    assert refusal(path) == f"{path}: batch_size_limit: {words}"
    path.write_text(KUHN + "batch_size: auto\nbatch_size_limit: 500\n")
    assert load_config(path).batch_size_limit == 500 and load_config(path, limit).batch_size_limit == 500
    for fixed in ({"batch_size": 300}, {"mode": "racing"}, {"solver.sampler": "full"}, {"solver.sampler": "public"}):
        assert load_config(path, fixed).batch_size_limit is None
    assert load_config("kuhn", {"batch_size": "auto"}).batch_size_limit == 20_000
    # So earlier versions wrote the config of a run with batches of one size.
    path.write_text(KUHN + "batch_size: 200\nbatch_size_limit: 20000\n")
    assert load_config(path).batch_size_limit is None
    assert refusal(path, {"batch_size_limit": 20_000}) == f"{path}: batch_size_limit: {words}"


@pytest.mark.parametrize(("overrides", "message"), BAD_OPTIONS)
def test_a_bad_option_is_named(overrides, message):
    assert refusal("nolimit_hu_20bb", overrides) == message


BAD_GAMES = [
    ({"stacks": 120, "ante": 30}, "game.blinds: seat 0 posts 130, above its stack of 120"),
    ({"stacks": [2000, 120], "antes": [0, 100]}, "game.blinds: seat 1 posts 150, above its stack of 120"),
    ({"antes": [100]}, "game.antes: expected 2 values, one per seat, got 1"),
    ({"antes": [100, 0], "ante": 5}, "game.antes: expected none beside an ante of 5, got [100, 0]"),
    ({"antes": 7, "ante": 5}, "game.antes: expected no second ante beside ante: 5, got 7"),
    ({"antes": [100, -1]}, "game.antes[1]: expected a number of at least 0, got -1"),
    ({"antes": "100"}, "game.antes: expected a list, got '100'"),
    ({"blinds": [0, 0]}, "game.blinds: expected at least one above 0, the smallest bet follows from it"),
    ({"players": 3}, "game.blinds: expected 3 values, one per seat, got 2"),
    ({"stacks": [2000, 2000, 2000]}, "game.stacks: expected 2 values, one per seat, got 3"),
    ({"first_to_act": [1, 0]}, "game.first_to_act: expected 4 values, one per street, got 2"),
    ({"first_to_act": [1, 0, 0, 2]}, "game.first_to_act: expected seats 0 to 1, got 2"),
    ({"raise_sizes": [1, 1, 1, 1]}, "game.raise_sizes: only for fixed_limit, betting is no_limit"),
    ({"max_raises": [3]}, "game.max_raises: expected 4 values, one per street, got 1"),
    (
        {"bet_sizes": [33, 75]},
        "game.bet_sizes: expected at most 10 pots, got 33 pots; 33 % of the pot is written 0.33 or 33%",
    ),
    (
        {"raise_bet_sizes": [[0.5], [12.5], [1], [1]]},
        "game.raise_bet_sizes: expected at most 10 pots, got 12.5 pots; 12.5 % of the pot is written 0.125 or 12.5%",
    ),
    (
        {"bet_sizes": ["5000%"]},
        "game.bet_sizes: expected at most 10 pots, got 50 pots; 50 % of the pot is written 0.5 or 50%",
    ),
    (
        {"bet_sizes": ["half", 1], "raise_bet_sizes": 1},
        "game.bet_sizes[0][0]: expected a number, got 'half'",
    ),
    (
        {"bet_sizes": "1100%"},
        "game.bet_sizes: expected at most 10 pots, got 11 pots; 50 % of the pot is written 0.5 or 50%",
    ),
    (
        {"betting": "fixed_limit", "bet_sizes": [], "all_in": [], "limp": False},
        "game.limp: only for no_limit, betting is fixed_limit",
    ),
    ({"most_to_flop": 3}, "game.most_to_flop: expected at most 2 players, got 3"),
    (
        {"sizes_at": [{"street": "flop", "sizes": [1, 1]}]},
        "game.sizes_at[0].sizes: expected rising pot fractions, got [1.0, 1.0]",
    ),
    (
        {"sizes_at": [{"street": "flop", "seats": [0, 2], "sizes": 1}]},
        "game.sizes_at[0].seats: expected seats 0 to 1, got 2",
    ),
    (
        {"sizes_at": [{"street": "flop", "sizes": 75}]},
        "game.sizes_at[0].sizes: expected at most 10 pots, got 75 pots; 75 % of the pot is written 0.75 or 75%",
    ),
    ({"bet_sizes": [0.5, 0.5]}, "game.bet_sizes: expected rising pot fractions, got [0.5, 0.5]"),
    (
        {"bet_sizes": [0, 1]},
        "game.bet_sizes[0][0]: expected a number above 0, got 0",
    ),
    ({"bet_sizes": [[1], [1]]}, "game.bet_sizes: expected 4 values, one per street, got 2"),
    ({"all_in": [True]}, "game.all_in: expected 4 values, one per street, got 1"),
    ({"board_cards": [0, 3, 1, 1, 1]}, "game.board_cards: expected 1 to 4 streets, got 5"),
    (
        {"board_cards": [0, 3, 0, 1]},
        "game.board_cards: expected 3 to 5 cards in all and some on each later street, got [0, 3, 0, 1]",
    ),
    ({"betting": "fixed_limit"}, "game.bet_sizes: only for no_limit, betting is fixed_limit"),
    ({"betting": "fixed_limit", "bet_sizes": [], "all_in": []}, "game.raise_sizes: missing, fixed_limit needs it"),
    ({"deck": "leduc"}, "game.betting: not for the deck leduc, whose betting is built in"),
]


@pytest.mark.parametrize(("changes", "message"), BAD_GAMES)
def test_a_game_that_does_not_hold_together_is_refused(changes, message):
    overrides = {f"game.{key}": value for key, value in changes.items()}
    assert refusal("nolimit_hu_20bb", overrides) == f"{path_of_game('nolimit_hu_20bb')}: {message}"


def test_every_shipped_game_survives_a_round_trip(tmp_path):
    assert DEFAULT_GAME in shipped_games() and len(shipped_games()) == 12
    for name in shipped_games():
        config = load_config(name)
        assert config.game.name == name
        copy = tmp_path / "copy.yaml"
        copy.write_text(config_to_yaml(config))
        assert load_config(copy) == config
        assert fingerprint(load_config(copy)) == fingerprint(config)


def test_short_spellings_mean_the_same(write):
    short = load_config("nolimit_hu_20bb")
    assert short.game.stacks == [2000, 2000] and short.game.all_in == [True] * 4
    assert short.game.bet_sizes == short.game.raise_bet_sizes == [[0.5, 1.0]] * 4
    data = yaml.safe_load(path_of_game("nolimit_hu_20bb").read_text())
    data["game"] |= {"stacks": [2000, 2000], "bet_sizes": [[0.5, 1]] * 4, "all_in": [True] * 4}
    long = load_config(write(yaml.safe_dump(data) + "time_budget: 1e3\n"))
    assert fingerprint(long) == fingerprint(short) and long.time_budget == 1000.0


def test_sizes_in_percent_and_no_sizes():
    sizes = {"game.bet_sizes": ["33%", 0.75, "150 %"], "game.raise_bet_sizes": [["50%"], [1], [], ["10.5%", 10]]}
    game = load_config("nolimit_hu_20bb", sizes).game
    assert game.bet_sizes == [[0.33, 0.75, 1.5]] * 4 and game.raise_bet_sizes == [[0.5], [1], [], [0.105, 10]]
    single = load_config("nolimit_hu_20bb", {"game.bet_sizes": "50%", "game.raise_bet_sizes": 1}).game
    assert single.bet_sizes == [[0.5]] * 4 and single.raise_bet_sizes == [[1]] * 4
    percent, plain = (
        load_config("nolimit_hu_20bb", {"game.bet_sizes": each}) for each in (["50%", "100%"], [0.5, 1.0])
    )
    assert percent == plain == load_config("nolimit_hu_20bb")
    none = load_config("nolimit_hu_20bb", {"game.bet_sizes": []}).game
    assert none.bet_sizes == none.raise_bet_sizes == [[]] * 4
    bets_alone = load_config("nolimit_hu_20bb", {"game.raise_bet_sizes": []}).game
    assert bets_alone.bet_sizes == [[0.5, 1.0]] * 4 and bets_alone.raise_bet_sizes == [[]] * 4


@pytest.mark.parametrize("size", [0, "-50%", "a", None])
def test_a_bad_size_is_told_once(size):
    with pytest.raises(ConfigError) as refused:
        load_config("nolimit_hu_20bb", {"game.bet_sizes": [size]})
    assert "game.bet_sizes" in str(refused.value) and "raise_bet_sizes" not in str(refused.value)


# Fingerprints of what is shipped, as of before games had limp: their runs go on, and their policies are found again.
SHIPPED_FINGERPRINTS = {
    "flop_holdem": "88547d0cf7c9af59",  # since its buckets are by texture and its regrets have a floor
    "flop_holdem_lossless": "1d758d0ff73b1b8a",
    "kuhn": "52fcee08d0cb3867",
    "leduc": "34af1fe74c9c9789",
    "leduc_3p": "4e2b744dbb945eb9",  # since it is trained by DCFR
    "limit_holdem": "b646c52d20afe9c9",
    "nolimit_3max_100bb": "e53224b23c5e93d3",
    "nolimit_3max_20bb": "38ba01e81b8e7f7f",
    "nolimit_6max_100bb": "04c4de4804787be1",
    "nolimit_hu_200bb": "6d2c8029575fea1b",  # since its regrets have a floor
    "nolimit_hu_20bb": "1036a0f8a7857bbf",
    "turn_holdem": "ca1bb9a492deb238",  # as flop_holdem
}


def test_fingerprints_of_shipped_games_stay():
    assert {name: fingerprint(load_config(name))[:16] for name in shipped_games()} == SHIPPED_FINGERPRINTS
    for name in shipped_games():
        game = load_config(name).game
        later = {"limp": not game.limp, "most_to_flop": game.most_to_flop, "sizes_at": game.sizes_at}
        assert {key for key in later if later[key]} == later.keys() & game_description(game).keys()
    assert game_description(load_config("nolimit_hu_20bb", {"game.limp": False}).game)["limp"] is False


def test_a_section_without_keys_is_empty_and_options_reach_into_it(write):
    path = write(KUHN + "solver:\n  # seed: 3\n")
    assert load_config(path).solver.seed == 0
    assert load_config(path, {"solver.seed": ("--seed", 2**64 - 1), "lanes": 6}).solver.seed == 2**64 - 1


# One legal change of every key: (shipped game, overrides). A new key fails here until it has a line.
CHANGE_OF_KEY = {
    "game.name": ("kuhn", "other"),
    "game.deck": ("leduc", "kuhn"),
    "game.players": ("kuhn", 3),
    "game.betting": None,  # cannot change alone; tested by name below
    "game.stacks": ("limit_holdem", 19999),
    "game.blinds": ("limit_holdem", [10, 6]),
    "game.ante": ("limit_holdem", 1),
    "game.antes": ("limit_holdem", [1, 0]),
    "game.board_cards": ("limit_holdem", [0, 1, 1, 1]),
    "game.first_to_act": ("limit_holdem", [1, 0, 0, 0]),
    "game.raise_sizes": ("limit_holdem", [10, 10, 20, 30]),
    "game.max_raises": ("limit_holdem", [3, 4, 4, None]),
    "game.bet_sizes": ("nolimit_hu_20bb", [0.5, 1.5]),
    "game.raise_bet_sizes": ("nolimit_hu_20bb", [1.0]),
    "game.all_in": ("nolimit_hu_20bb", [True, True, True, False]),
    "game.limp": ("nolimit_hu_20bb", False),
    "game.most_to_flop": ("nolimit_3max_20bb", 2),
    "game.sizes_at": ("nolimit_3max_20bb", [{"street": "flop", "raises": 1, "sizes": 2}]),
    "abstraction.buckets": ("limit_holdem", [169, 500, 500, 501]),
    "abstraction.methods": ("limit_holdem", ["lossless", "ehs_kmeans", "emd_kmeans", "ochs_kmeans"]),
    "abstraction.seed": ("limit_holdem", 1),
    "abstraction.directory": ("limit_holdem", "buckets"),
    "solver.sampler": ("kuhn", "outcome"),
    "solver.algorithm": ("kuhn", "dcfr"),
    "solver.alpha": ("kuhn", 1.0),
    "solver.beta": ("kuhn", 0.5),
    "solver.gamma": ("kuhn", 3),
    "solver.discount_interval": ("kuhn", 1),
    "solver.discount_until": ("kuhn", 1000),
    "solver.exploration": ("kuhn", 0.5),
    "solver.draws": ("flop_holdem", "correlated"),
    "solver.precision": ("kuhn", "float32"),
    "solver.seed": ("kuhn", 1),
    "solver.pruning.enabled": ("kuhn", True),
    "solver.pruning.threshold": ("kuhn", -1),
    "solver.pruning.floor": ("kuhn", -1e12),
    "solver.pruning.probability": ("kuhn", 0.5),
    "solver.pruning.after": ("kuhn", 0),
    "lanes": ("kuhn", 4),
    "mode": ("kuhn", "racing"),
    "batch_size": ("kuhn", 201),
    "batch_size_limit": ("kuhn", 7),
    "late_merge": ("kuhn", True),
    "iters": ("kuhn", 7),
    "time_budget": ("kuhn", 7),
    "checkpoint_interval": ("kuhn", 7),
    "keep_checkpoints": ("kuhn", 7),
    "snapshot_factor": ("kuhn", 3.0),
    "snapshot_first": ("kuhn", 500),
    "log_interval": ("kuhn", 7),
    "logdir": ("kuhn", "out"),
    "tensorboard": ("kuhn", True),
    "watchdog": ("kuhn", 7),
    "spare_ranks": ("kuhn", "work"),
}


# What must be said beside a key for its change to count, or to change it alone.
EXTRA_OF_KEY = {
    "solver.pruning.threshold": {"solver.pruning.floor": -2e9},
    "batch_size_limit": {"batch_size": "auto"},
    "mode": {"lanes": 1, "batch_size": 1},
}


def keys_of(model, prefix="") -> list[str]:
    keys = []
    for key, field in model.model_fields.items():
        nested = hasattr(field.annotation, "model_fields")
        keys += keys_of(field.annotation, f"{prefix}{key}.") if nested else [prefix + key]
    return keys


def with_change(key: str):
    game, value = CHANGE_OF_KEY[key]
    extra = EXTRA_OF_KEY.get(key, {})
    return load_config(game, extra), load_config(game, extra | {key: value})


def test_operational_keys_exist():
    assert set(keys_of(RunConfig)) >= OPERATIONAL_KEYS
    semantic = {"game.stacks", "abstraction.buckets", "solver.seed", "solver.pruning.after", "lanes", "batch_size"}
    assert set(keys_of(RunConfig)) - OPERATIONAL_KEYS >= semantic


@pytest.mark.parametrize("key", keys_of(RunConfig))
def test_the_fingerprint_follows_the_semantic_keys_and_no_other(key):
    if CHANGE_OF_KEY[key] is None:
        assert key in semantic_dict(load_config("kuhn"))
        return
    before, after = with_change(key)
    assert before != after
    changed = [line.partition(":")[0] for line in semantic_differences(semantic_dict(before), semantic_dict(after))]
    assert (fingerprint(before) == fingerprint(after)) == (key in OPERATIONAL_KEYS)
    if key in OPERATIONAL_KEYS:
        assert changed == []
    else:
        # What defaults to another key's value moves along with it.
        assert changed == [key] or (key == "game.bet_sizes" and changed == [key, "game.raise_bet_sizes"])


def test_differences_are_told_field_by_field():
    old, new = semantic_dict(load_config("kuhn")), semantic_dict(load_config("kuhn", {"solver.seed": 2, "lanes": 3}))
    assert semantic_differences(old, new) == ["lanes: was null, now 3", "solver.seed: was 0, now 2"]
    del old["lanes"]
    assert semantic_differences(old, new)[0] == "lanes: was absent, now 3"
    assert semantic_differences(new, new) == []


def test_lossless_is_the_number_of_classes():
    config = load_config("flop_holdem_lossless")
    assert config.abstraction.buckets == [169, 1_286_792] and config.lanes == config.batch_size == 1
    assert load_config("flop_holdem", {"abstraction.buckets": [169, "lossless"]}).abstraction == config.abstraction
    turn = load_config("limit_holdem", {"abstraction.buckets": [169, 9, "lossless", 7]})
    assert turn.abstraction.buckets == [169, 9, 13_960_050, 7]
    assert "lossless" in refusal("flop_holdem", {"abstraction.buckets": [169, 1_286_793]})


def test_a_file_keeps_its_intervals_to_samplers_of_its_own_kind():
    assert load_config("leduc", {"solver.sampler": "outcome"}).solver.discount_interval == 10_000
    public = load_config("leduc", {"solver.sampler": ("--sampler", "public")})
    assert public.solver.discount_interval == 1000 and public.batch_size == 200
    full = load_config("leduc", {"solver.sampler": "full", "batch_size": 7, "lanes": 3})
    assert full.solver.discount_interval == 1 and full.batch_size == full.lanes == 1
    assert load_config("leduc", {"solver.sampler": "full", "solver.discount_interval": 5}).solver.discount_interval == 5
    assert load_config("kuhn", {"solver.sampler": "external"}) == load_config("kuhn")


def test_a_file_keeps_its_pruning_to_samplers_that_prune():
    assert load_config("nolimit_hu_200bb", {"solver.sampler": "outcome"}).solver.pruning.enabled
    for sampler in ("public", "full"):
        assert not load_config("nolimit_hu_200bb", {"solver.sampler": sampler}).solver.pruning.enabled
    assert "not for the sampler public" in refusal(
        "nolimit_hu_200bb", {"solver.sampler": "public", "solver.pruning.enabled": True}
    )


# SHA-256 of the semantic part as versions before ``mode`` and ``batch_size: auto`` computed it.
FINGERPRINTS = {
    "leduc": "34af1fe74c9c9789f133555806cde1dd6be6163d34fdb21109567f3d9c0b7047",
    "nolimit_hu_200bb": "17bf949d8938648e95a8e893a372af2b13eb674941e18df384845446d6767341",
}


# The default game as it was then.
OLDER_KEYS = {
    "nolimit_hu_200bb": {
        "game.bet_sizes": [0.5, 1.0],
        "game.raise_bet_sizes": [[0.5, 1.0], [1.0], [1.0], [1.0]],
        "game.max_raises": [3, 2, 2, 2],
        "abstraction.buckets": [169, 50, 50, 50],
        "solver.pruning": {},
    }
}


@pytest.mark.parametrize("game", FINGERPRINTS)
def test_fingerprints_of_older_runs_stay(game):
    assert fingerprint(load_config(game, OLDER_KEYS.get(game))) == FINGERPRINTS[game]


def test_racing_has_no_lanes_and_no_batches():
    config = load_config("leduc", {"mode": "racing", "lanes": 7})
    assert config.lanes == config.batch_size == 1
    differences = semantic_differences(semantic_dict(load_config("leduc")), semantic_dict(config))
    assert 'mode: was "reproducible", now "racing"' in differences


@pytest.mark.parametrize(
    "model",
    [
        SolverConfig,
        AbstractionConfig,
        SearchConfig,
        lambda seed: RecipeConfig(seed=seed, preflop={"method": "lossless"}, flop={"method": "percentile", "k": 9}),
    ],
)
def test_every_seed_has_one_bound(model):
    assert model(seed=MAX_SEED).seed == MAX_SEED == 2**64 - 1
    check_seed(MAX_SEED)
    for wrong in (-1, MAX_SEED + 1):
        with pytest.raises(ValidationError):
            model(seed=wrong)
        with pytest.raises(UserError, match=f"^--seed {wrong}: expected 0 to 2"):
            check_seed(wrong)


def test_the_cards_of_a_search_are_drawn_from_the_whole_seed():
    names = [board_stream([0, 1, 2], (seed, 1, 0)).name for seed in (7, MAX_SEED, MAX_SEED - 1)]
    assert [name.view(np.uint64).tolist() for name in names] == [[seed, 1, 0] for seed in (7, MAX_SEED, MAX_SEED - 1)]
