"""Recipes: what they stand for, and the one line that is said of those that cannot be."""

import re

import pytest
import yaml

from holdem_mpi.abstraction.bucket_table_keys import keys_of
from holdem_mpi.config.load import load_config, recipe_named
from holdem_mpi.config.shipped import config_folder
from holdem_mpi.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("flop: {method: ochs_kmeans, k: 60001}", "flop.k: expected 1 to 60000 buckets, or lossless, got 60001"),
        ("flop: {method: percentile, k: 1391}", "flop.k: expected at most 1390 by percentile on the last street"),
        (
            "flop: {method: percentile, k: 1391}\nturn: {method: ehs_kmeans, k: 1913}",
            "turn.k: expected at most 1912 by ehs_kmeans on the last street",
        ),
        ("flop: {method: emd_kmeans, k: 5}", "flop.method: emd_kmeans is for streets before the last"),
        (
            "flop: {method: ochs_kmeans, k: 5}\nturn: {method: lossless}",
            "flop.method: ochs_kmeans is for the last street",
        ),
        ("flop: {method: lossless, k: 5}", "flop.k: expected none with the method lossless"),
        ("flop: {method: percentile}", "flop.k: expected a number with the method percentile"),
        ("flop: {method: kmeans, k: 5}", "flop.method"),
        ("flop: {method: texture, k: 35}", "flop.k: expected at least 36 by texture, got 35"),
        ("flop: {method: lossless}\nriver: {method: lossless}", "turn: missing"),
        ("flop: {method: lossless}\nk: 5", "unknown key k"),
    ],
)
def test_a_bad_recipe_is_one_line(tmp_path, text, words):
    (tmp_path / "bad.yaml").write_text(f"preflop: {{method: lossless}}\n{text}\n")
    with pytest.raises(ConfigError, match=re.escape(words)) as caught:
        recipe_named(str(tmp_path / "bad.yaml"))
    assert "bad.yaml" in str(caught.value) and "\n" not in str(caught.value)


def test_an_unknown_recipe_names_the_known_ones(mpirun):
    run = mpirun(1, "-m", "holdem_mpi.abstract", "--recipe", "pluribos")
    assert run.returncode == 64 and run.stderr.count("\n") == 1 and "did you mean pluribus?" in run.stderr


@pytest.mark.parametrize(
    "name", ["default", "texture", "texture_small", "texture_tiny", "johanson", "pluribus", "large"]
)
def test_shipped_recipes_fit_the_default_game(name):
    config = load_config("nolimit_hu_200bb", {"abstraction.recipe": ("--recipe", name)})
    keys = keys_of(tuple(config.abstraction.buckets), 3, tuple(config.abstraction.methods))
    if name == "texture":
        assert config == load_config("nolimit_hu_200bb")
    if name == "default":
        assert [key.method for key in keys] == ["percentile"] * 3
    elif name.startswith("texture"):
        assert [key.method for key in keys] == ["texture"] * 3
    else:
        assert [key.method for key in keys] == ["emd_kmeans", "emd_kmeans", "ochs_kmeans"]
        assert keys[0].after == (config.abstraction.buckets[2], "emd_kmeans")


def test_methods_and_numbers_that_do_not_fit():
    with pytest.raises(ConfigError, match="ochs_kmeans for the flop: expected it on the game's last street"):
        keys_of((169, 5, 5), 2, ("lossless", "ochs_kmeans", "percentile"))
    with pytest.raises(ConfigError, match="emd_kmeans for the turn: expected a street before the game's last"):
        keys_of((169, 5, 5), 2, ("lossless", "percentile", "emd_kmeans"))
    with pytest.raises(ConfigError, match="lossless for the flop: expected 1286792 buckets, got 5"):
        keys_of((169, 5), 1, ("lossless", "lossless"))
    with pytest.raises(ConfigError, match="--buckets: turn: expected at least 90 by texture, got 89"):
        keys_of((169, 36, 89), 2, ("lossless", "texture", "texture"))
    with pytest.raises(ConfigError, match="ehs_kmeans for the flop: expected at most 60000 buckets, got 1286792"):
        keys_of((169, 1_286_792), 1, ("lossless", "ehs_kmeans"))
    assert keys_of((169, 1_286_792), 1, ("lossless", "lossless")) == keys_of((169, 1_286_792), 1)
    with pytest.raises(ConfigError, match="for the flop: expected at most 10000 buckets after it, got 20000"):
        keys_of((169, 5, 20_000, 5), 3, ("lossless", "emd_kmeans", "percentile", "percentile"))


def test_recipe_and_buckets_exclude_each_other(tmp_path):
    both = {"abstraction.recipe": ("--recipe", "pluribus"), "abstraction.buckets": ("--buckets", [169, 5, 5, 5])}
    with pytest.raises(ConfigError, match="--recipe and --buckets: expected one of them"):
        load_config("nolimit_hu_200bb", both)
    config = yaml.safe_load((config_folder() / "flop_holdem.yaml").read_text())
    config["abstraction"] |= {"recipe": "pluribus"}
    (tmp_path / "game.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(ConfigError, match=r"abstraction\.recipe: expected either a recipe or buckets"):
        load_config(tmp_path / "game.yaml")
    assert load_config(tmp_path / "game.yaml", {"abstraction.buckets": [169, 7]}).abstraction.buckets == [169, 7]
    config["abstraction"] = {"recipe": 5}
    (tmp_path / "game.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(ConfigError, match="expected the name or the file of a recipe, got 5"):
        load_config(tmp_path / "game.yaml")


@pytest.mark.parametrize(
    ("game", "words"),
    [
        ("kuhn", "for games of the deck holdem (52 cards); the infosets of kuhn are exact"),
        ("leduc", "for games of the deck holdem (52 cards); the infosets of leduc are exact"),
        ("flop_holdem", "expected 2 values, one per street, got 4"),
    ],
)
def test_a_recipe_that_does_not_fit_the_game_is_named(tmp_path, game, words):
    with pytest.raises(ConfigError, match=f"^--recipe pluribus: {re.escape(words)}"):
        load_config(game, {"abstraction.recipe": ("--recipe", "pluribus")})
    config = yaml.safe_load((config_folder() / f"{game}.yaml").read_text()) | {"abstraction": {"recipe": "pluribus"}}
    (tmp_path / "game.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(ConfigError, match=rf"game\.yaml: abstraction\.recipe pluribus: {re.escape(words)}"):
        load_config(tmp_path / "game.yaml")


def test_a_folder_stands_for_what_it_was_built_by(tmp_path):
    index = tmp_path / "abstraction.yaml"
    index.write_text("buckets: [169, 7]\nmethods: [lossless, ehs_kmeans]\nseed: 2\ndigest: abc\n")
    config = load_config("flop_holdem", {"abstraction.buckets": ("--buckets", str(tmp_path))}).abstraction
    assert (config.buckets, config.methods, config.seed) == ([169, 7], ["lossless", "ehs_kmeans"], 2)
    assert config.directory == str(tmp_path)
    for text, words in (("buckets: [169, x]", "buckets"), ("bucket: [169, 7]", "unknown key bucket"), ("5", "got 5")):
        index.write_text(text)
        with pytest.raises(ConfigError, match=words) as caught:
            load_config("flop_holdem", {"abstraction.buckets": ("--buckets", str(tmp_path))})
        assert "abstraction.yaml" in str(caught.value) and "\n" not in str(caught.value)
