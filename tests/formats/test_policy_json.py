"""avg_policy.json: what is written is read back to the bit, and nothing else is read."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdem_mpi.errors import DataError
from holdem_mpi.formats.policy_json import InfosetKey, PolicyRow, dumps, format_key, loads, parse_key

HEADER = {"game": {"name": "kuhn", "players": 2}, "bucket_digest": None, "table_digest": "ab", "complete": True}
ROW = PolicyRow(InfosetKey(1, 1, "AKs", "cr300/c"), ("f", "c", "r900"), (0.25, 0.5, 0.25), True)

actions = st.one_of(st.just("f"), st.just("c"), st.integers(1, 10**9).map("r{}".format))
bucket_names = st.one_of(st.integers(0, 59_999).map(str), st.sampled_from(["K", "K-Q", "AA", "AKs", "72o"]))


@st.composite
def keys(draw):
    street = draw(st.integers(0, 3))
    betting = "/".join("".join(draw(st.lists(actions, max_size=5))) for _ in range(street + 1))
    return InfosetKey(draw(st.integers(0, 5)), street, draw(bucket_names), betting)


@st.composite
def rows(draw):
    names = draw(st.lists(actions, min_size=1, max_size=5, unique=True))
    weights = np.array(draw(st.lists(st.floats(1e-6, 1), min_size=len(names), max_size=len(names))))
    dtype = draw(st.sampled_from([np.float64, np.float32]))
    return PolicyRow(draw(keys()), tuple(names), tuple((weights / weights.sum()).astype(dtype)), draw(st.booleans()))


@given(keys())
def test_keys_round_trip(key):
    assert parse_key(format_key(key)) == key


def test_a_key_reads_as_documented():
    assert format_key(ROW.key) == "1|1|AKs|cr300/c"
    assert format_key(InfosetKey(0, 0, "K", "")) == "0|0|K|"


BAD_KEYS = [
    "",
    "0|0|K",
    "6|0|K|",
    "0|4|K|////",
    "0|0|K|/",
    "0|1|K|cc",
    "0|0||c",
    "0|0|K K|c",
    "0|0|K|x",
    "0|0|K|r",
    "0|0|K|r0",
]
BAD_KEYS += ["0|0|K|r007", "00|0|K|", "0|0|K|c\n", "0|0|K|c|", "\u0661|0|K|", "0|0|K|r\u0661"]


@pytest.mark.parametrize("text", BAD_KEYS)
def test_what_is_no_key_is_refused(text):
    with pytest.raises(DataError, match="expected player"):
        parse_key(text)


@pytest.mark.parametrize("key", [InfosetKey(6, 0, "K", ""), InfosetKey(0, 1, "K", "cc"), InfosetKey(0, 0, "a|b", "")])
def test_a_key_that_would_not_be_read_back_is_not_written(key):
    with pytest.raises(ValueError, match="not an infoset key"):
        format_key(key)


@settings(max_examples=60)
@given(st.lists(rows(), max_size=6, unique_by=lambda row: row.key))
def test_policies_round_trip_to_the_bit(table):
    header, back = loads(dumps(HEADER, table))
    assert header == HEADER and back == table
    assert dumps(header, back) == dumps(HEADER, table)


def test_the_text_is_plain_json_with_one_infoset_a_line():
    text = dumps(HEADER, [ROW, ROW._replace(key=InfosetKey(0, 0, "K", ""))])
    data = json.loads(text)
    assert data["format"] == "holdem_mpi avg_policy" and data["version"] == 1
    expected = {"actions": ["f", "c", "r900"], "probabilities": [0.25, 0.5, 0.25], "visited": True}
    assert data["infosets"]["1|1|AKs|cr300/c"] == expected and list(data["infosets"]) == ["1|1|AKs|cr300/c", "0|0|K|"]
    assert len([line for line in text.splitlines() if "probabilities" in line]) == 2


GOOD = dumps(HEADER, [ROW])
BAD_TEXTS = [
    ("", "not JSON"),
    ("[1]", "expected an object with format"),
    ("[" * 100_000, "nested too deeply"),
    (GOOD[:-10], "not JSON"),
    (GOOD.replace("avg_policy", "other"), "expected an object with format"),
    (GOOD.replace('"version": 1', '"version": 2'), "version 2, expected 1"),
    (GOOD.replace('"version": 1', '"version": true'), "version True, expected 1"),
    (GOOD.replace('"complete": true', '"complete": 1'), "complete: expected true or false"),
    (GOOD.replace('"complete": true,', ""), "expected the keys"),
    (GOOD.replace('"bucket_digest": null', '"bucket_digest": 3'), "expected texts"),
    (GOOD.replace('"game": {', '"game": 3, "x": {'), "expected the keys"),
    (GOOD.replace('"name": "kuhn"', '"name": 3'), "game: expected an object with a name"),
    (GOOD.replace('"complete"', '"complete": true, "complete"'), "duplicate key 'complete'"),
    (GOOD.replace("cr300/c", "cr300"), "infoset key '1|1|AKs|cr300': expected player"),
    (GOOD.replace("r900", "raise"), "infoset 1|1|AKs|cr300/c: actions: expected a list of f, c and rN"),
    (GOOD.replace("r900", "c"), "an action appears twice"),
    (GOOD.replace("0.5, 0.25]", "0.75]"), "expected a probability for each of 3 actions"),
    (GOOD.replace("0.5, 0.25]", "0.6, 0.25]"), "probabilities add up to 1.1, expected 1"),
    (GOOD.replace("0.5, 0.25]", "1.5, -0.75]"), "expected numbers from 0 to 1"),
    (GOOD.replace("0.5,", "NaN,"), "NaN is no JSON"),
    (GOOD.replace("0.5,", "true,"), "expected numbers from 0 to 1"),
    (GOOD.replace("0.5,", "1e999,"), "expected numbers from 0 to 1"),
    (GOOD.replace('"visited": true', '"visited": 1'), "visited: expected true or false"),
    (GOOD.replace('"visited": true', '"seen": true'), "expected an object with actions, probabilities and visited"),
    (GOOD.replace('"infosets": {', '"infosets": [], "x": {'), "expected the keys"),
]


@pytest.mark.parametrize(("text", "message"), BAD_TEXTS)
def test_any_other_text_is_refused_in_one_line(text, message):
    assert text != GOOD
    with pytest.raises(DataError) as caught:
        loads(text, "some/avg_policy.json")
    assert str(caught.value).startswith("some/avg_policy.json: ") and message in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(max_examples=200)
@given(st.data())
def test_a_changed_byte_never_crashes_the_reader(data):
    position = data.draw(st.integers(0, len(GOOD) - 1))
    text = GOOD[:position] + data.draw(st.characters()) + GOOD[position + 1 :]
    try:
        _, back = loads(text)
    except DataError as error:
        assert "\n" not in str(error)
    else:
        assert all(abs(sum(row.probabilities) - 1) < 1e-4 for row in back)


def test_a_table_that_would_be_refused_is_not_written():
    bad = [
        [ROW, ROW],
        [ROW._replace(probabilities=(0.5, 0.5))],
        [ROW._replace(probabilities=(0.5, 0.5, float("nan")))],
        [ROW._replace(actions=("f", "c", "x"))],
    ]
    for table in bad:
        with pytest.raises(ValueError):
            dumps(HEADER, table)
    with pytest.raises(ValueError):
        dumps(HEADER | {"extra": 1}, [ROW])
