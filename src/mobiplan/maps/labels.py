"""Names on a picture that do not stand on one another.

Two small algorithms. `place_labels` puts the name of a point beside it, in the first of eight
places, then farther off with a leader, where it covers neither a name nor a point. `spread`
moves the labels of an axis apart, as little as is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation


class Box(NamedTuple):
    """A rectangle in pixels of the figure."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Whether the two share some area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )


#: Directions in which a name may stand from its point, the usual ones first.
_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_DISTANCES_PT = (7.0, 14.0, 24.0, 38.0)
_LEADER_FROM_PT = 20.0  # a name that stands farther off is joined to its point by a line
_POINT_PT = 4.0  # half the side of what a point takes


def place_labels(
    ax: Axes,
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    lines: Sequence[Sequence[tuple[float, float]]] = (),
    **style: Any,
) -> list[Annotation | None]:
    """Write a text beside each point so that no two texts overlap and none covers a point.

    Call it last: the limits of the axes and the size of the figure must be final.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    points : sequence of (float, float)
        In data coordinates, the most important first.
    texts : sequence of str
    lines : sequence of lines, each a sequence of (float, float)
        Better not covered; in data coordinates.
    **style
        Options of `Axes.annotate`.

    Returns
    -------
    list of Annotation or None
        None where there is no room: the text was left out.
    """
    from matplotlib.lines import Line2D

    pixels_per_point = _root(ax).dpi / 72
    at = ax.transData.transform(np.asarray(points, dtype=float).reshape(-1, 2))
    reach = _POINT_PT * pixels_per_point
    taken = [Box(x - reach, y - reach, x + reach, y + reach) for x, y in at.tolist()]
    taken += [_box_of(text) for text in ax.texts if text.get_text()]
    inside = Box(*ax.get_window_extent().extents)
    dots = _dots_along(ax, lines)
    placed: list[Annotation | None] = []
    for (x, y), point, text in zip(at.tolist(), points, texts, strict=True):
        label = ax.annotate(
            text,
            point,
            xytext=(0, 0),
            textcoords="offset points",
            ha="left",
            va="bottom",
            annotation_clip=False,
            **style,
        )
        drawn = _box_of(label)
        width, height = drawn.right - drawn.left, drawn.top - drawn.bottom
        best: tuple[int, float, Box, tuple[float, float]] | None = None
        for distance_pt, (east, north) in product(_DISTANCES_PT, _SIDES):
            gap = distance_pt * pixels_per_point / (2**0.5 if east and north else 1)
            left = x + east * gap - width * (1 - east) / 2
            bottom = y + north * gap - height * (1 - north) / 2
            box = Box(left, bottom, left + width, bottom + height)
            if not _holds(inside, box) or any(box.meets(other) for other in taken):
                continue
            covered = _covered(dots, box)
            if best is None or covered < best[0]:
                anchor = (left + width * (1 - east) / 2, bottom + height * (1 - north) / 2)
                best = covered, distance_pt, box, anchor
        if best is None:
            label.remove()
            placed.append(None)
            continue
        _, distance_pt, box, anchor = best
        offset = (box.left - x) / pixels_per_point, (box.bottom - y) / pixels_per_point
        label.set_position(offset)
        label.set_in_layout(False)  # it stands inside; the layout must not move under it
        taken.append(Box(box.left - 1, box.bottom - 1, box.right + 1, box.top + 1))
        if distance_pt > _LEADER_FROM_PT:
            # Not ax.plot: a leader must not move the limits of the axes.
            ends = ax.transData.inverted().transform([(x, y), anchor])
            ax.add_artist(Line2D(*ends.T, color="#888888", linewidth=0.6, zorder=2.5))
        placed.append(label)
    return placed


def _dots_along(ax: Axes, lines: Sequence[Sequence[tuple[float, float]]]) -> NDArray[np.float64]:
    """Return pixels along lines, (n, 2), a few apart, in which a name would be seen to stand."""
    parts = [np.empty((0, 2))]
    for line in lines:
        pixels = ax.transData.transform(np.asarray(line, dtype=float).reshape(-1, 2))
        for start, end in pairwise(pixels):
            steps = min(int(np.hypot(*(end - start)) / 4) + 2, 2000)
            parts.append(start + np.linspace(0, 1, steps)[:, None] * (end - start))
    return np.concatenate(parts)


def _covered(dots: NDArray[np.float64], box: Box) -> int:
    x, y = dots.T
    inside = (box.left < x) & (x < box.right) & (box.bottom < y) & (y < box.top)
    return int(inside.sum())


def spread(
    wanted: Sequence[float], gap: float, low: float = -np.inf, high: float = np.inf
) -> NDArray[np.float64]:
    """Move positions apart, to `gap` at least, in their order and as little as is needed.

    The sum of squared moves is least: with ``k * gap`` taken off the k-th position, that is
    isotonic regression, solved by pooling adjacent violators (Ayer et al. 1955, "An Empirical
    Distribution Function for Sampling with Incomplete Information").

    Parameters
    ----------
    wanted : sequence of float
        In ascending order.
    gap : float
    low, high : float
        Where the first and the last position may be at most; there must be room.

    Examples
    --------
    >>> spread([0, 1, 10], gap=3).tolist()
    [-1.0, 2.0, 10.0]
    >>> spread([0, 1, 10], gap=3, low=0).tolist()
    [0.0, 3.0, 10.0]
    """
    offset = gap * np.arange(len(wanted))
    pools: list[tuple[float, int]] = []  # mean, members
    for value in (np.asarray(wanted, dtype=float) - offset).tolist():
        mean, members = value, 1
        while pools and pools[-1][0] > mean:
            other, more = pools.pop()
            mean = (mean * members + other * more) / (members + more)
            members += more
        pools.append((mean, members))
    best = np.repeat([mean for mean, _ in pools], [members for _, members in pools])
    moved: NDArray[np.float64] = np.clip(best, low, high - gap * max(len(wanted) - 1, 0)) + offset
    return moved


def overlapping(ax: Axes) -> list[tuple[str, str]]:
    """Return the pairs of texts of a picture that overlap, tick labels and title included.

    Meant for tests and for those who add texts of their own.
    """
    _root(ax).canvas.draw()
    found: list[Any] = [*ax.texts, ax.title, ax.xaxis.label, ax.yaxis.label]
    low, high = sorted(ax.get_xlim()), sorted(ax.get_ylim())
    for axis, (first, last) in ((ax.xaxis, low), (ax.yaxis, high)):
        for tick in axis.get_major_ticks():
            if first <= tick.get_loc() <= last:
                found += [tick.label1, tick.label2]
    legend = ax.get_legend()
    found += legend.get_texts() if legend is not None else []
    texts = [text for text in found if text.get_text().strip() and text.get_visible()]
    boxes = [_box_of(text) for text in texts]
    return [
        (one.get_text(), other.get_text())
        for k, one in enumerate(texts)
        for j, other in enumerate(texts[:k])
        if boxes[k].meets(boxes[j])
    ]


def _root(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that were removed from theirs cannot be drawn on
    return figure


def _box_of(text: Any) -> Box:
    from matplotlib.text import Text

    # Of an annotation the text alone, without its arrow.
    return Box(*Text.get_window_extent(text).extents)


def _holds(outer: Box, inner: Box) -> bool:
    return (
        outer.left <= inner.left
        and outer.bottom <= inner.bottom
        and inner.right <= outer.right
        and inner.top <= outer.top
    )
