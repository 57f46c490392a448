"""Journeys as bars on one scale of time: a row for each leg, or for each journey of a set."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from mobiplan.journeys.leg import Leg, elapsed
from mobiplan.journeys.terminal import changes, clock, day, heading, length, summary
from mobiplan.maps.axes import (
    axes_of,
    brand_handle,
    brand_legend,
    clock_axis,
    instants,
    line_style,
    plain,
)
from mobiplan.maps.journey_map import journeys_of, leg_dash, legend
from mobiplan.maps.palette import TEXT, WALK, colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mobiplan.journeys import Journey, JourneySet

_HEIGHT = 0.46  # of a row


class Row(NamedTuple):
    """A row of a timeline: what is drawn on it and written beside it."""

    name: str
    legs: tuple[Leg, ...]
    text: str  # at the end of its bars


def timeline(journeys: Journey | JourneySet, ax: Axes | None = None) -> Axes:
    r"""Draw a journey leg by leg, or a set journey by journey, on one scale of time.

    Rides are bars in their brands' colours, walks and ways across a city thin lines, waits thin
    and light.

    Parameters
    ----------
    journeys : Journey or JourneySet
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        x: instants, in the local time of the first departure; a row for each leg or journey.

    Raises
    ------
    NoJourney
        If the set is empty.

    Examples
    --------
    >>> import mobiplan as mp
    >>> planner = mp.Planner(mp.sample())
    >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
    >>> timeline(found.best).get_title(loc="left")
    'Rennes → Grenoble, Tue 24 Mar 2026\n08:05 – 14:39 · 6 h 34 · 2 changes'
    """
    shown = journeys_of(journeys)
    single = len(shown) == 1
    rows = _rows_of_legs(shown[0]) if single else _rows_of_journeys(shown)
    row_in = 0.5 if single else 0.36
    ax = axes_of(ax, 10, 1.6 + row_in * len(rows))
    brand_colours = colours(shown[0].graph.timetable.brands)
    legs = [leg for journey in shown for leg in journey.legs]
    first = min(legs, key=lambda leg: leg.departure.timestamp()).departure
    last = max(legs, key=lambda leg: leg.arrival.timestamp()).arrival
    whole = elapsed(first, last)
    for k, row in enumerate(rows):
        for before, leg in zip((None, *row.legs), row.legs, strict=False):
            if before is not None:
                ax.plot(
                    instants(before.arrival.timestamp(), leg.departure.timestamp()),
                    [k, k],
                    color="#BBBBBB",
                    linewidth=1,
                )
            _draw(ax, leg, k, brand_colours)
        ax.annotate(
            row.text,
            (instants((row.legs[-1].arrival).timestamp())[0], k),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=TEXT,
            annotation_clip=False,
        )
    margin = whole * 0.02 + dt.timedelta(minutes=1)
    ax.set_xlim(*instants((first - margin).timestamp(), (last + margin).timestamp()))
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_yticks(range(len(rows)), labels=[row.name for row in rows], fontsize=9)
    plain(ax)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color="#E4E4E4", linewidth=0.8)
    ax.set_axisbelow(True)
    clock_axis(ax.xaxis, first.tzinfo, first.date())
    title = f"{heading(shown[0].legs)}, {day(first.date())}"
    ax.set_title(f"{title}\n{summary(shown[0])}" if single else title, loc="left", fontsize=11)
    keys = legend(legs, brand_colours)
    below = 0.4 / (row_in * len(rows))  # under the clock, however many rows there are
    brand_legend(ax, [brand_handle(key.text, key.colour, key.dash) for key in keys], below)
    return ax


def _rows_of_legs(journey: Journey) -> list[Row]:
    rows, date = [], journey.departure.date()
    for leg in journey.legs:
        start = f"{clock(leg.departure, date)} {leg.from_name}"
        end = f"{clock(leg.arrival, date, up=True)} {leg.to_name}"
        what = (leg.note or leg.kind) if leg.is_walk else leg.title
        rows.append(Row(f"{start} – {end}\n{what}", (leg,), length(leg.duration)))
    return rows


def _rows_of_journeys(journeys: list[Journey]) -> list[Row]:
    date = journeys[0].departure.date()
    return [
        Row(
            f"{clock(journey.departure, date)} – {clock(journey.arrival, date, up=True)}",
            journey.legs,
            f"{length(journey.duration)}, {changes(journey.transfers)}",
        )
        for journey in journeys
    ]


def _draw(ax: Axes, leg: Leg, row: int, brand_colours: dict[str, str]) -> None:
    start, end = instants(leg.departure.timestamp(), leg.arrival.timestamp())
    if leg.is_walk:
        dash = line_style(leg_dash(leg))
        ax.plot([start, end], [row, row], color=WALK, linewidth=2, linestyle=dash)
        return
    ax.barh(
        row,
        end - start,
        left=start,
        height=_HEIGHT,
        color=brand_colours[leg.brand],
        edgecolor="white",
        hatch="//" if leg.mode == "coach" else None,
        linewidth=0.6,
    )
