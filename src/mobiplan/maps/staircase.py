"""The profile of a day as a staircase: who leaves at a time arrives at which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobiplan.errors import NoJourney
from mobiplan.journeys.terminal import changes, question_text, reference_date
from mobiplan.maps.axes import axes_of, clock_axis, instants, plain
from mobiplan.times import format_duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mobiplan.journeys import JourneySet

#: By number of changes: full, then lighter. The last stands for all that are more.
_SHADES = ("#08306B", "#2F7EBC", "#8FC2DE", "#E1ECF6")
_STEP = "#9A9A9A"


def staircase(journeys: JourneySet, ax: Axes | None = None) -> Axes:
    """Draw departure against arrival: each journey a dot, the earliest arrival a staircase.

    Parameters
    ----------
    journeys : JourneySet
        The departures of a day or a window, as `Planner.profile` finds them.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        x: departure, y: arrival; dotted lines join what takes equally long. The step at a time of
        departure shows when one is there who leaves then or later; a dot above the staircase has
        fewer changes than what is faster.

    Raises
    ------
    NoJourney
        If the set is empty.

    Examples
    --------
    >>> import mobiplan as mp
    >>> day = mp.Planner(mp.sample()).profile("Rennes", "Grenoble", date="2026-03-24")
    >>> ax = staircase(day)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('departure', 'arrival')
    """
    if not len(journeys):
        raise NoJourney(str(journeys.diagnosis) or "this set holds no journey to draw")
    ax = axes_of(ax, 7.5, 6)
    epoch, zone = journeys.graph.epoch, journeys.best.departure.tzinfo
    rows = [
        (epoch + journey.itinerary.departure, epoch + journey.itinerary.arrival, journey.transfers)
        for journey in journeys
    ]
    steps = earliest_arrivals([(departure, arrival) for departure, arrival, _ in rows])
    first, last = min(row[0] for row in rows), max(row[0] for row in rows)
    low, high = min(row[1] for row in rows), max(row[1] for row in rows)
    x, y = [first], [steps[0][1]]
    for (departure, arrival), following in zip(steps, [*steps[1:], None], strict=True):
        x += [departure]
        y += [arrival]
        if following is not None:
            x += [departure]
            y += [following[1]]
    ax.plot(instants(*x), instants(*y), color=_STEP, linewidth=1.4, zorder=2)
    for transfers in sorted({row[2] for row in rows}):
        mine = [row for row in rows if row[2] == transfers]
        ax.scatter(
            instants(*(row[0] for row in mine)),
            instants(*(row[1] for row in mine)),
            s=46,
            color=_SHADES[min(transfers, len(_SHADES) - 1)],
            edgecolors="#08306B",
            linewidths=0.8,
            zorder=3,
            label=changes(transfers),
        )
    margin_x, margin_y = max(0.04 * (last - first), 900), max(0.06 * (high - low), 900)
    ax.set_xlim(*instants(first - margin_x, last + margin_x))
    ax.set_ylim(*instants(low - margin_y, high + margin_y))
    _equal_durations(
        ax, rows, (first - margin_x, last + margin_x), (low - margin_y, high + margin_y)
    )
    plain(ax)
    day = reference_date(journeys)
    clock_axis(ax.xaxis, zone, day)
    clock_axis(ax.yaxis, zone, day)
    ax.set_xlabel("departure")
    ax.set_ylabel("arrival")
    ax.set_title(question_text(journeys), loc="left", fontsize=11)
    ax.legend(loc="upper left", frameon=False, fontsize=9)
    return ax


def earliest_arrivals(rows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the (departure, arrival) than which no other leaves later and arrives earlier.

    >>> earliest_arrivals([(8, 12), (9, 11), (10, 15)])
    [(9, 11), (10, 15)]
    """
    best: list[tuple[int, int]] = []
    for departure, arrival in sorted(rows, key=lambda row: (-row[0], row[1])):
        if not best or arrival < best[-1][1]:
            best.append((departure, arrival))
    return best[::-1]


def _equal_durations(
    ax: Axes,
    rows: list[tuple[int, int, int]],
    across: tuple[float, float],
    up: tuple[float, float],
) -> None:
    """Draw dotted lines of whole hours, from the shortest journey's to the longest's."""
    lengths_s = [arrival - departure for departure, arrival, _ in rows]
    shortest, longest = min(lengths_s) // 3600, -(-max(lengths_s) // 3600)
    step = max(1, round((longest - shortest) / 4))
    above = np.inf  # where the last name above the axes stands
    for hours in range(shortest, longest + 1, step):
        length_s = hours * 3600
        begin, end = max(across[0], up[0] - length_s), min(across[1], up[1] - length_s)
        if hours < 1 or begin >= end:
            continue
        ax.plot(
            instants(begin, end),
            instants(begin + length_s, end + length_s),
            color="#BBBBBB",
            linewidth=0.8,
            linestyle=":",
            zorder=1,
            label="_duration",
        )
        top = end == up[1] - length_s
        if top and above - end < 0.1 * (across[1] - across[0]):
            continue  # no room beside the one before
        above = end if top else above
        ax.annotate(
            format_duration(length_s),
            (instants(end)[0], instants(end + length_s)[0]),
            xytext=(0, 2) if top else (3, 0),
            textcoords="offset points",
            ha="center" if top else "left",
            va="bottom" if top else "center",
            fontsize=8,
            color="#777777",
            annotation_clip=False,
        )
