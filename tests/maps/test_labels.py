"""Labels: names never cover one another, axis labels move as little as is needed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot as plt

from mobiplan.maps.labels import Box, overlapping, place_labels, spread

positions = st.lists(st.integers(0, 40), min_size=1, max_size=7).map(sorted)


@given(positions, st.integers(1, 6))
def test_spread_keeps_the_gap_and_moves_least(wanted: list[int], gap: int) -> None:
    found = spread(wanted, gap)
    assert all(b - a >= gap - 1e-9 for a, b in pairwise(found.tolist()))
    # The slow twin: no feasible point nearby moves less (the problem is convex, so that is enough).
    cost = float(((found - wanted) ** 2).sum())
    chance = np.random.default_rng(0)
    for _ in range(60):
        other = found + chance.normal(0, 0.5, len(wanted))
        for k in range(1, len(other)):
            other[k] = max(other[k], other[k - 1] + gap)
        assert ((other - wanted) ** 2).sum() >= cost - 1e-9


@given(positions, st.integers(1, 6))
def test_spread_stays_within_limits_where_there_is_room(wanted: list[int], gap: int) -> None:
    high = 40 + gap * len(wanted)
    found = spread(wanted, gap, low=0, high=high)
    assert found[0] >= -1e-9 and found[-1] <= high + 1e-9
    assert all(b - a >= gap - 1e-9 for a, b in pairwise(found.tolist()))


def test_boxes_that_share_an_edge_do_not_meet() -> None:
    assert not Box(0, 0, 1, 1).meets(Box(1, 0, 2, 1))
    assert Box(0, 0, 1, 1).meets(Box(0.5, 0.5, 2, 2))


@pytest.mark.parametrize("n", [1, 5, 40])
def test_names_of_crowded_points_do_not_overlap(n: int) -> None:
    chance = np.random.default_rng(n)
    points = [(float(x), float(y)) for x, y in chance.normal(0, 1, (n, 2))]
    _, ax = plt.subplots(figsize=(6, 4))
    ax.scatter(*zip(*points, strict=True))
    ax.set_xticks([])
    ax.set_yticks([])
    ax.figure.draw_without_rendering()
    placed = place_labels(ax, points, [f"Saint-Quelque-Chose {k}" for k in range(n)])
    assert overlapping(ax) == []
    assert placed[0] is not None
    written = [label for label in placed if label is not None]
    assert len(written) == len(ax.texts)  # what has no room is not there at all


def test_the_first_of_two_points_in_one_place_keeps_its_name() -> None:
    _, ax = plt.subplots(figsize=(0.9, 0.5))
    ax.set_xticks([])
    ax.set_yticks([])
    ax.scatter([0], [0])
    ax.figure.draw_without_rendering()
    names = ["Paris", "Paris Montparnasse Hall 1 - 2"]
    first, second = place_labels(ax, [(0, 0), (0, 0)], names, fontsize=6)
    assert first is not None and second is None


def test_a_name_leaves_a_line_free_where_it_can() -> None:
    def bottom_of(lines: list[list[tuple[float, float]]]) -> float:
        _, ax = plt.subplots(figsize=(6, 4))
        ax.set_xlim(-1, 1)
        ax.set_ylim(-1, 1)
        ax.figure.draw_without_rendering()
        label = place_labels(ax, [(0.0, 0.0)], ["Rennes"], lines)[0]
        assert label is not None
        return float(label.get_position()[1])

    assert bottom_of([]) < 0  # beside its point, half of it below
    assert bottom_of([[(-1, 0), (1, 0)]]) > 0  # above the line that runs through


def test_overlapping_texts_are_found() -> None:
    _, ax = plt.subplots()
    ax.text(0.5, 0.5, "one")
    ax.text(0.5, 0.5, "other")
    assert overlapping(ax) == [("other", "one")]
