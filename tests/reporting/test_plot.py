"""Pictures: what is drawn lies within the frame, and labels keep apart."""

import itertools
import warnings

import numpy as np
import pytest
from matplotlib.figure import Figure

from holdem_mpi.errors import SaveError
from holdem_mpi.reporting import plot


@pytest.fixture
def drawn(monkeypatch):
    """The figures that were saved, laid out as they are in the files."""
    figures: list[Figure] = []
    save = Figure.savefig

    def savefig(figure, *arguments, **options):
        save(figure, *arguments, **options)
        figures.append(figure)

    monkeypatch.setattr(Figure, "savefig", savefig)
    return figures


def points(run, values, spread, first=10_000, factor=4):
    return [
        {
            "run": run,
            "iterations": first * factor**k,
            "cpu_seconds": first * factor**k / 9000,
            "value": value,
            "low": None if spread is None else value - spread,
            "high": None if spread is None else value + spread,
        }
        for k, value in enumerate(values)
    ]


CURVES = {
    "a default run": points("nlrun", [8424, 5865, 3050, 1316, 1328, 1524], 160),
    "intervals below zero": points("a", [4000 / 1.6**k for k in range(8)], 900, factor=2),
    "values below zero": points("a", [120 - 20 * k for k in range(8)], 60, factor=2),
    "exact": points("leduc", [3000 / 1.3**k for k in range(5)], None, 400, 2),
    "many decades": points("a", [9000 / 2.5**k for k in range(10)], None, 100, 8),
    "one point": points("one", [3.1], 1.2, 400_000_000),
}


@pytest.mark.parametrize("name", CURVES)
def test_a_comparison_is_readable(tmp_path, drawn, name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot.plot_comparison(
            {"measure": "lbr", "unit": "mbb/g", "points": CURVES[name]}, str(tmp_path / "comparison.png")
        )
    (figure,) = drawn
    for panel, key in zip(figure.axes, ("iterations", "cpu_seconds")):
        low, high = panel.get_ylim()
        left, right = panel.get_xlim()
        for point in CURVES[name]:
            assert left < point[key] < right
            for end in (point["value"], point["low"], point["high"]):
                assert end is None or low < end < high
        for axis, along in ((panel.xaxis, 0), (panel.yaxis, 1)):
            labels = [label for label in axis.get_ticklabels() if label.get_text() and label.get_visible()]
            boxes = sorted(label.get_window_extent().get_points()[:, along].tolist() for label in labels)
            assert all(before[1] < after[0] for before, after in itertools.pairwise(boxes)), [
                label.get_text() for label in labels
            ]
    left, right = figure.axes[0].get_xlim()
    shown = [label.get_text() for label in figure.axes[0].get_xticklabels() if left < label.get_position()[0] < right]
    assert shown and "e+" not in "".join(shown)


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_chart_has_each_size_apart(tmp_path, drawn, ending):
    shares = np.random.default_rng(1).dirichlet(np.ones(4), 169)
    file = tmp_path / f"chart.{ending}"
    words = ["fold", "call", "raise to 200 (2 bb)", "raise to 300 (3 bb)"]
    means = shares.mean(axis=0)
    plot.plot_hand_grid("a game: seat 1 to act", ["f", "c", "r200", "r300"], words, shares, means, str(file))
    (figure,) = drawn
    (panel,) = figure.axes
    width = np.array([[bar.get_width() for bar in container] for container in panel.containers])
    np.testing.assert_allclose(width, shares.T)
    left = np.array([bar.get_x() for bar in panel.containers[0]])
    np.testing.assert_array_equal(left, np.arange(169) % 13)
    colors = {container[0].get_facecolor() for container in panel.containers}
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == [f"{name} {100 * mean:.1f} %" for name, mean in zip(words, means)]
    assert len(colors) == 4 and [text.get_text() for text in panel.texts][1] == "AKs"
    assert file.read_bytes()[:5] in (b"\x89PNG\r", b"<?xml")


def test_a_disk_that_refuses_is_told(tmp_path):
    with pytest.raises(SaveError, match=r"nowhere/chart.png: No such file.*the plot was not written"):
        plot.plot_hand_grid(
            "x", ["f"], ["fold"], np.ones((169, 1)), np.ones(1), str(tmp_path / "nowhere" / "chart.png")
        )
