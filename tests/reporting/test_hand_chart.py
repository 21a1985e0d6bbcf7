"""The grid as a picture: what it says is what the policy and the solution say."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from holdem_mpi.api import load_policy, solve_spot
from holdem_mpi.cards import CLASS_OF_HAND, class_name
from holdem_mpi.errors import SaveError, UserError
from holdem_mpi.reporting.hand_chart import HandChart

SVG = "{http://www.w3.org/2000/svg}"
CALL = "#4a90d9"


def boxes(chart, name):
    """{colour: (width, height)} of a class's actions, in parts of a cell."""
    found = {}
    for box in ElementTree.fromstring(chart.svg()).iter(f"{SVG}rect"):
        told = box.find(f"{SVG}title")
        if told is not None and told.text.startswith(f"{name}: ") and box.get("fill") != "#e9ecf0":
            found[box.get("fill")] = (float(box.get("width")) / 39, float(box.get("height")) / 39)
    return found


def test_a_policy_draws_what_it_does():
    policy = load_policy("nolimit_hu_200bb")
    chart, found = policy.chart("r300c/c", board="Qh7h2c"), policy.decision("Qh7h2c", "r300c/c")
    reach = found.reach[found.player]
    free = found.buckets >= 0
    mean = [reach[(each == CLASS_OF_HAND) & free].mean() for each in range(169)]
    for each in range(169):
        hands = (each == CLASS_OF_HAND) & free
        call = (reach[hands] @ found.probabilities[hands, 0]) / reach[hands].sum()
        painted = boxes(chart, class_name(each)).get(CALL, (0, 0))
        if call > 0.01 and mean[each] > 0.01 * max(mean):
            assert painted == pytest.approx((call, mean[each] / max(mean)), abs=1e-4)
    assert "200bb, r300c/c on Qh7h2c" in chart.svg() and chart._repr_html_() == chart.svg()
    words = [text.text for text in ElementTree.fromstring(chart.svg()).iter(f"{SVG}text")]
    assert f"c {100 * reach @ found.probabilities[:, 0] / reach.sum():.1f} %" in words
    assert all(class_name(each) in words for each in range(169))


def test_a_solution_draws_its_decisions():
    solution = solve_spot("river", iterations=30)
    at = solution.decision("check")
    weight = solution.range_at(at.player, "check")
    assert weight == pytest.approx(solution.weights(at.player))
    names = solution.decision("").actions
    bet = next(name for name in names if name.startswith("bet"))
    raised = next(each for each in solution.decisions if len(each.line) == 2 and each.line[0] == bet)
    own = solution.range_at(solution.decision("").player, raised.line)
    assert own == pytest.approx(solution.weights("oop") * solution.decision("").strategy[:, names.index(bet)])
    chart = solution.chart("check")
    aces = CLASS_OF_HAND[solution.hands(at.player)] == CLASS_OF_HAND[-1]
    dealt = solution.dealt_at(at.player, "check")
    expected = dealt[aces] @ at.strategy[aces] / dealt[aces].sum()
    assert chart.play[0] == pytest.approx(expected) and chart.actions == at.actions
    for name, colour in zip(chart.actions, chart.colours):
        assert (name == "check") == (colour == CALL)


def test_files(tmp_path, monkeypatch):
    chart = load_policy("nolimit_hu_200bb").chart("r300")
    chart.save(tmp_path / "a.svg")
    assert ElementTree.parse(tmp_path / "a.svg").getroot().tag == f"{SVG}svg"
    chart.save(tmp_path / "a.png")
    from matplotlib.image import imread

    picture = imread(tmp_path / "a.png")
    width, height = chart.size
    assert picture.shape[:2] == (2 * height, 2 * width)
    blue = np.array([0x4A, 0x90, 0xD9]) / 255
    assert (np.abs(picture[..., :3] - blue).max(axis=2) < 0.01).mean() > 0.1
    for path in ("a.pdf", "none/a.svg", "a"):
        with pytest.raises(UserError, match="expected a file"):
            chart.save(tmp_path / path)
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(SaveError, match="full"):
        chart.save(tmp_path / "b.png")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match="PNG needs matplotlib"):
        chart.save(tmp_path / "c.png")


def test_hands_that_are_not_there():
    play, reach = np.full((169, 2), 0.5), np.ones(169)
    play[0], reach[1] = np.nan, np.nan
    chart = HandChart("<b>", ("fold", "all-in 20"), play, reach, np.array([0.5, np.nan]))
    assert (chart.told(0), chart.told(1)) == ("never here", "the board leaves none of its hands")
    assert chart.told(2) == "fold 50.0 %, all-in 20 50.0 %; here with 100.0 %"
    assert "<b>" not in chart.svg() and "all-in 20 -" in chart.svg()
    with pytest.raises(ValueError, match="expected play"):
        HandChart("", ("f",), play, reach, reach)


def test_a_small_deck_has_no_grid(runs_of_leduc):
    with pytest.raises(UserError, match="expected a policy of hold'em"):
        runs_of_leduc.chart()


@pytest.fixture
def runs_of_leduc():
    from holdem_mpi.api import MCCFRSolver, load_game

    solver = MCCFRSolver(load_game("leduc"), lanes=1, seed=0)
    solver.run(200)
    return solver.average_policy()
