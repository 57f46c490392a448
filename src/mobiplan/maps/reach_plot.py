"""`Reach.plot()`: the stations within reach as a still map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mobiplan import times
from mobiplan.maps.axes import axes_of, halo, laid_out
from mobiplan.maps.journey_plot import _frame, draw_network
from mobiplan.maps.labels import place_labels
from mobiplan.maps.palette import TEXT
from mobiplan.maps.reach_map import steps_of, words_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mobiplan.analysis.reach import Reach

_NAMES = 14  # the place itself and the busiest stations


def reach_plot(reach: Reach, ax: Axes | None = None) -> Axes:
    """Draw the stations within reach on a map, coloured by travel time.

    Parameters
    ----------
    reach : Reach
    ax : matplotlib.axes.Axes, optional

    Examples
    --------
    >>> import mobiplan as mp
    >>> reach = mp.Planner(mp.sample()).reach("Rennes", "3 h", date="2026-03-24")
    >>> reach_plot(reach).get_title(loc="left")
    'Within 3 h 00 from Rennes, Tue 24 Mar 2026'
    """
    stations, steps = reach.planner.timetable.stations, steps_of(reach.within_s)
    placed = ~np.isnan(stations.lat[reach.station])
    rows, travel_time = reach.station[placed], reach.travel_time[placed]
    ax = axes_of(ax, 8, 6.5)
    points = list(zip(stations.lon[rows].tolist(), stations.lat[rows].tolist(), strict=True))
    _frame(ax, points)
    draw_network(ax, reach.planner.timetable)
    step = np.array([steps.of(seconds) for seconds in travel_time.tolist()], dtype=int)
    for k in reversed(range(len(steps.until_s))):  # the nearest on top, and first in the legend
        mine = rows[step == k]
        ax.scatter(
            stations.lon[mine],
            stations.lat[mine],
            s=26,
            color=steps.colours[k],
            edgecolors="white",
            linewidths=0.5,
            zorder=3 + (len(steps.until_s) - k) / 10,
            label=f"up to {times.format_duration(steps.until_s[k])}",
        )
    handles, texts = ax.get_legend_handles_labels()
    ax.legend(
        handles[::-1],
        texts[::-1],
        loc="upper center",
        bbox_to_anchor=(0.5, -0.01),
        ncols=max(min(len(texts), int(ax.get_window_extent().width / ax.figure.dpi / 1.3)), 1),
        frameon=False,
        fontsize=9,
    )
    ax.set_title(", ".join(words_of(reach)), loc="left", fontsize=11)
    here = [int(row) for row in rows if int(row) in reach.place.stations]
    busiest = rows[np.argsort(-stations.departures[rows], kind="stable")].tolist()
    named = list(dict.fromkeys([*here, *busiest]))[:_NAMES]
    laid_out(ax)
    at = [(float(stations.lon[row]), float(stations.lat[row])) for row in named]
    style: dict[str, Any] = {"fontsize": 9, "color": TEXT, "zorder": 6, "path_effects": halo()}
    place_labels(ax, at, [stations.name[row] for row in named], **style)
    return ax
