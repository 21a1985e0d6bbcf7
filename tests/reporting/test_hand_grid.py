"""The grid of preflop classes."""

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, class_name
from holdem_mpi.reporting.hand_grid import class_means, grid_lines, percent_cells


def test_means_of_classes():
    values, weight = np.zeros(1326), np.ones(1326)
    values[1325] = 1.0  # AsAh, one of six
    lines = grid_lines(percent_cells(class_means(values, weight)))
    assert lines[1].split()[:3] == ["A", "17", "0"] and {len(line) for line in lines} == {55}
    weight[1325] = 0
    assert grid_lines(percent_cells(class_means(values, weight)))[1].split()[1] == "0"
    weight[CLASS_OF_HAND == 0] = 0
    assert np.flatnonzero(np.isnan(class_means(values, weight))).tolist() == [0]  # no aces are left
    assert grid_lines(percent_cells(class_means(values, weight)))[1].split()[1] == "."


def test_weights_and_a_part_of_the_hands():
    means = class_means(np.array([1.0, 0.0, 0.5]), np.array([3.0, 1.0, 2.0]), np.array([7, 7, 20]))
    assert means[7] == 0.75 and means[20] == 0.5 and np.isnan(means).sum() == 167


def test_suited_hands_stand_above_the_diagonal():
    lines = grid_lines([class_name(each) for each in range(169)], 5)
    assert lines[0].split() == list("AKQJT98765432") and len(lines) == 14
    assert lines[1].split()[:3] == ["A", "AA", "AKs"] and lines[2].split()[:3] == ["K", "AKo", "KK"]
    assert lines[13].split()[-1] == "22"
