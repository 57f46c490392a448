"""`plot()` of journeys: a still map for a page or a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobiplan.journeys.terminal import clock, heading
from mobiplan.maps.axes import axes_of, brand_handle, brand_legend, halo, laid_out, line_style
from mobiplan.maps.journey_map import (
    changing_places,
    distinct_legs,
    journeys_of,
    leg_dash,
    legend,
    not_drawn,
)
from mobiplan.maps.labels import place_labels
from mobiplan.maps.lines import lines_of
from mobiplan.maps.palette import GROUND, LINE, TEXT, WALK, colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mobiplan.journeys import Journey, JourneySet
    from mobiplan.timetable.timetable import Timetable

_MARGIN = 0.12  # of the extent of the journeys, around them
_TIMES_UP_TO = 3  # journeys of which times are written beside the names


def journey_plot(journeys: Journey | JourneySet, ax: Axes | None = None) -> Axes:
    """Draw one journey or a set on a map: legs in their brands' colours over the network.

    Parameters
    ----------
    journeys : Journey or JourneySet
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Longitude and latitude in degrees, stretched to be true at the middle latitude.

    Raises
    ------
    NoJourney
        If the set is empty.

    Examples
    --------
    >>> import mobiplan as mp
    >>> planner = mp.Planner(mp.sample())
    >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
    >>> journey_plot(found).get_title(loc="left")
    'Rennes → Grenoble, Tue 24 Mar 2026'
    """
    shown = journeys_of(journeys)
    timetable = shown[0].graph.timetable
    legs = distinct_legs(shown)
    ax = axes_of(ax, 8, 6.5)
    brand_colours = colours(timetable.brands)
    points = [point for drawn in legs for point in drawn.leg.coordinates]
    _frame(ax, points)
    draw_network(ax, timetable)
    for drawn in legs:
        leg = drawn.leg
        if len(leg.coordinates) < 2:
            continue
        lon, lat = zip(*leg.coordinates, strict=True)
        colour = WALK if leg.is_walk else brand_colours[leg.brand]
        dash = line_style(leg_dash(leg))
        ax.plot(lon, lat, color=colour, linewidth=2.6, linestyle=dash, zorder=3)
        if leg.stops:
            ax.scatter(lon[1:-1], lat[1:-1], s=7, color="white", edgecolors=TEXT, zorder=4, lw=0.6)
    places = changing_places(shown)
    at = [(place.lon, place.lat) for place in places]
    if at:
        ax.scatter(
            [x for x, _ in at],
            [y for _, y in at],
            s=42,
            color="white",
            edgecolors=TEXT,
            zorder=5,
            lw=1.6,
        )
    first = shown[0]
    ax.set_title(
        f"{heading(first.legs)}, {first.departure:%a} {first.departure.day} "
        f"{first.departure:%b %Y}",
        loc="left",
        fontsize=11,
    )
    keys = legend([drawn.leg for drawn in legs], brand_colours)
    brand_legend(ax, [brand_handle(key.text, key.colour, key.dash) for key in keys], 0.01)
    if note := not_drawn(legs):
        ax.text(0, 0, note, transform=ax.transAxes, va="bottom", fontsize=8.5, color=TEXT)
    laid_out(ax)
    texts = [place.name for place in places]
    if len(shown) <= _TIMES_UP_TO:
        texts = [f"{place.name}\n{_clocks(place.name, shown)}" for place in places]
    tracks = [drawn.leg.coordinates for drawn in legs]
    style = {"fontsize": 9, "color": TEXT, "zorder": 6, "path_effects": halo()}
    place_labels(ax, at, texts, tracks, **style)
    return ax


def draw_network(ax: Axes, timetable: Timetable) -> None:
    """Draw the network's lines as the ground of a map, within the limits of the axes."""
    from matplotlib.collections import LineCollection

    lines, stations = lines_of(timetable), timetable.stations
    ends = np.stack([lines.one[lines.track], lines.other[lines.track]], axis=1)
    links = np.stack([stations.lon[ends], stations.lat[ends]], axis=2)
    ground = LineCollection(list(links), colors=LINE, linewidths=0.9, zorder=1)
    ax.add_collection(ground, autolim=False)


def _frame(ax: Axes, points: list[tuple[float, float]]) -> None:
    """Set the limits around points, true to scale at their middle, and clear the ground."""
    ax.set_facecolor(GROUND)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    if not points:
        return
    lat = [point[1] for point in points]
    ax.set_aspect(1 / np.cos(np.radians((min(lat) + max(lat)) / 2)), adjustable="datalim")
    ax.margins(_MARGIN)


def _clocks(name: str, journeys: list[Journey]) -> str:
    """Write when one is at a place, journey by journey."""
    said = []
    for journey in journeys:
        date = journey.departure.date()
        arrives = [leg.arrival for leg in journey.legs if leg.to_name == name]
        leaves = [leg.departure for leg in journey.legs if leg.from_name == name]
        times = [clock(arrives[0], date, up=True)] if arrives else []
        times += [clock(leaves[-1], date)] if leaves else []
        if times:
            said.append(" – ".join(dict.fromkeys(times)))
    return ", ".join(dict.fromkeys(said))
