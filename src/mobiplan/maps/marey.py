"""The time-distance diagram of a line, after Ibry and Marey: every train of a day as a line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mobiplan import times
from mobiplan.errors import InvalidQuery
from mobiplan.maps.axes import (
    axes_of,
    brand_handle,
    brand_legend,
    clock_axis,
    instants,
    laid_out,
    plain,
)
from mobiplan.maps.labels import spread
from mobiplan.maps.palette import TEXT, brand_name, colours
from mobiplan.timetable.arrays import Float64
from mobiplan.timetable.distance import distance_m

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mobiplan.timetable.timetable import Timetable


_MARGIN_S = 1800  # before the first train and after the last


class Path(NamedTuple):
    """One run's way along the stations of a diagram."""

    trip: int  # row in Trips
    instants: list[int]  # s since 1970 UTC, arrival and departure of each call
    places: list[int]  # the station of each, counted along the diagram


def marey(
    timetable: Timetable,
    along: str | Sequence[str],
    date: times.DateLike,
    ax: Axes | None = None,
) -> Axes:
    """Draw the runs of a day along stations: time to the right, distance upwards.

    Parameters
    ----------
    timetable : Timetable
    along : str or sequence of str
        A line, by its short name, long name or id, or the names of two stations or more in
        order. A run is drawn where it calls at two of them or more, one after the other.
    date : day
        The local day that is shown, 23 or 25 hours long when the clocks change.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        x: instants; y: kilometres along the stations as the crow flies (modelled: the feeds hold
        no tracks), stations of unknown place midway between their neighbours.

    Raises
    ------
    InvalidQuery
        If no line has that name, or fewer than two stations are given.
    UnknownStation, AmbiguousStation, OutsideCalendar

    Examples
    --------
    >>> import mobiplan as mp
    >>> ax = marey(mp.sample(), ["Rennes", "Laval", "Le Mans"], "2026-03-24")
    >>> [label.get_text() for label in ax.texts]
    ['Rennes', 'Laval', 'Le Mans']
    """
    day = times.parse_date(date)
    timetable.require_date(day)
    stations, title = _along(timetable, along)
    place_km = kilometres(timetable, stations)
    tz = times.zone(timetable.timezones[0])
    first, end = times.calendar_day(day, tz)
    ax = axes_of(ax, 10, 5.5)
    brand_colours = colours(timetable.brands)
    kinds, brands = timetable.kinds, timetable.trips.brand
    seen: dict[int, str] = {}
    begins: list[int] = []
    ends: list[int] = []
    for path in paths(timetable, stations, day):
        if path.instants[-1] <= first or path.instants[0] >= end:
            continue
        begins.append(path.instants[0] - _MARGIN_S)
        ends.append(path.instants[-1] + _MARGIN_S)
        brand = int(brands[path.trip])
        seen.setdefault(brand, kinds[int(timetable.trips.kind[path.trip])])
        ax.plot(
            instants(*path.instants),
            place_km[path.places],
            color=brand_colours[timetable.brands[brand]],
            linewidth=1.1,
            solid_joinstyle="round",
        )
    # The hours without trains tell nothing: from half an hour before the first to the last.
    first, end = max(first, min(begins, default=first)), min(end, max(ends, default=end))
    ax.set_xlim(*instants(first, end))
    ax.set_ylim(place_km[0], place_km[-1])
    plain(ax)
    clock_axis(ax.xaxis, tz, day, most=13)
    ax.set_title(f"{title}, {day:%a} {day.day} {day:%b %Y}", loc="left", fontsize=11)
    ax.grid(axis="x", color="#E4E4E4", linewidth=0.8)
    named = sorted((timetable.brands[brand], kind) for brand, kind in seen.items())
    handles = [brand_handle(brand_name(b, kind), brand_colours[b]) for b, kind in named]
    brand_legend(ax, handles)
    _name_stations(ax, [timetable.stations.name[row] for row in stations], place_km.tolist())
    return ax


def paths(timetable: Timetable, stations: Sequence[int], day: dt.date) -> Iterator[Path]:
    """Yield the runs that call at two of the stations or more, one after the other.

    Runs of the service dates before that are still under way on the day are among them. A run
    that turns back is drawn both ways.
    """
    trips, calls = timetable.trips, timetable.calls
    place_of = np.full(len(timetable.stations.lat), -1, dtype=np.int64)
    place_of[list(stations)] = np.arange(len(stations))
    place = place_of[timetable.stops.station[calls.stop]]
    on_line = np.add.reduceat(place >= 0, trips.call_ptr[:-1]) >= 2
    for back in range(timetable.lookback, -1, -1):
        date = day - dt.timedelta(days=back)
        column = (date - timetable.first_date).days
        if not 0 <= column < timetable.active.shape[1]:
            continue
        runs = on_line & (timetable.active[trips.service, column] != 0)
        for trip in np.flatnonzero(runs).tolist():
            tz = times.zone(timetable.timezones[int(trips.zone[trip])])
            start = times.service_day_start(date, tz)
            first, last = int(trips.call_ptr[trip]), int(trips.call_ptr[trip + 1])
            own = first + np.flatnonzero(place[first:last] >= 0)
            both = start + np.stack([calls.arrival[own], calls.departure[own]], axis=1)
            yield Path(trip, both.ravel().tolist(), np.repeat(place[own], 2).tolist())


def kilometres(timetable: Timetable, stations: Sequence[int]) -> Float64:
    """Return how far along the diagram each station is, (n,) float64 km, straight lines added."""
    lat, lon = timetable.stations.lat[list(stations)], timetable.stations.lon[list(stations)]
    known = np.flatnonzero(~np.isnan(lat))
    n = len(stations)
    if len(known) < 2:
        return np.arange(n, dtype=np.float64)
    steps = distance_m(lat[known[:-1]], lon[known[:-1]], lat[known[1:]], lon[known[1:]]) / 1000
    at: Float64 = np.interp(np.arange(n), known, np.concatenate([[0.0], np.cumsum(steps)]))
    if at[-1] == 0:
        return np.arange(n, dtype=np.float64)
    return at


def _along(timetable: Timetable, along: str | Sequence[str]) -> tuple[list[int], str]:
    """Return rows in Stations, in order, and a title."""
    if isinstance(along, str):
        return _line_stations(timetable, along), along
    names = list(along)
    if len(names) < 2:
        raise InvalidQuery(f"along={names!r}: give a line, or two stations or more in order")
    rows = [row for name in names for row in timetable.names.resolve(name)]
    rows = list(dict.fromkeys(rows))
    return rows, f"{timetable.stations.name[rows[0]]} – {timetable.stations.name[rows[-1]]}"


def _line_stations(timetable: Timetable, line: str) -> list[int]:
    """Return the stations of the line's trip with most calls, the most frequent of these."""
    routes, trips = timetable.routes, timetable.trips
    found = [
        row
        for row in range(len(routes.type))
        if line in (routes.short_name[row], routes.long_name[row], routes.id[row])
    ]
    mine = np.flatnonzero(np.isin(trips.route, found))
    if len(mine) == 0:
        names = sorted({name for name in routes.short_name if name} or set(routes.long_name))
        shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        raise InvalidQuery(
            f"no line is called {line!r}: give one of {shown}, or a list of stations in order"
        )
    longest = mine[np.argmax(np.diff(trips.call_ptr)[mine])]
    first, last = trips.call_ptr[longest], trips.call_ptr[longest + 1]
    rows = timetable.stops.station[timetable.calls.stop[first:last]].tolist()
    return list(dict.fromkeys(rows))


def _name_stations(ax: Axes, names: list[str], place_km: list[float]) -> None:
    """Write the stations beside the axis, moved apart where they stand close."""
    laid_out(ax)
    ax.set_yticks(place_km, labels=[""] * len(place_km))
    ax.grid(axis="y", color="#E4E4E4", linewidth=0.8)
    low, high = ax.get_ylim()
    # A label needs 11 points of height; where there are too many, every second goes, and so on.
    height_pt = ax.get_window_extent().height * 72 / ax.get_figure(root=True).dpi  # type: ignore[union-attr]
    gap_km = 12 * (high - low) / height_pt
    step = max(1, -(-len(names) // max(int(height_pt / 12) + 1, 2)))
    kept = sorted({*range(0, len(names), step), len(names) - 1})
    if len(kept) > 2 and step > 1 and kept[-1] - kept[-2] < step:
        kept.pop(-2)
    at = spread([place_km[k] for k in kept], gap_km, low + gap_km / 4, high)
    across = ax.get_yaxis_transform()
    for k, y in zip(kept, at.tolist(), strict=True):
        ax.plot(
            [-0.012, 0],
            [y, place_km[k]],
            transform=across,
            clip_on=False,
            color="#999999",
            linewidth=0.6,
        )
        ax.text(
            -0.016, y, names[k], transform=across, ha="right", va="center", fontsize=8.5, color=TEXT
        )
