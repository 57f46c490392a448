"""Constraints: what needs make of a timetable, of a graph and of a search.

Three kinds, no fourth. *Minima*: pace, extra time, no change at a station: a timetable of one's
own. *Masks*: modes, trains, stations, hours of the day: a graph without what one would not take.
*Resources*: what adds up along a journey or has a limit at each wait: data for the sweep with
bags. So a planner under needs is a planner like any other, and no kernel knows of needs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from mobiplan import times
from mobiplan.errors import InvalidQuery
from mobiplan.gtfs.kinds import KIND
from mobiplan.timetable.arrays import Bool, Int32
from mobiplan.timetable.graph import ARRIVAL, DEPARTURE, RUN, TimeExpandedGraph
from mobiplan.timetable.names import rows_named
from mobiplan.timetable.pace import at_own_pace
from mobiplan.timetable.timetable import Timetable
from mobiplan.traveller.limits import NIGHT_FROM, NIGHT_UNTIL

if TYPE_CHECKING:
    from mobiplan.planner.places import Places
    from mobiplan.planner.planner import Planner
    from mobiplan.search.pareto import Column, Limits
    from mobiplan.traveller.needs import Needs

#: Needs that a label has to carry; the others are in the timetable or the graph.
RESOURCES = ("max_transfers", "max_walking", "max_wait", "max_night_wait", "max_duration", "via")
YES = 1  # of a three-valued column


def limited_by(needs: Needs) -> list[str]:
    """Return the needs that are a matter of whole journeys."""
    return [name for name in RESOURCES if getattr(needs, name) not in (None, ())]


# ------------------------------------------------------------------ minima


def personal_timetable(timetable: Timetable, needs: Needs, places: Places) -> Timetable:
    """Return the timetable with the changes that a traveller can make."""
    closed = _stations(needs, "change_at", places)
    extra, factor = needs.seconds("extra_transfer_time"), needs.transfer_time_factor
    # Nobody here knows which metro or bus suits.
    on_foot_only = "require" in (needs.step_free, needs.bicycle)
    same = not extra and factor is None and needs.pace is None and not on_foot_only
    if same and not closed.any():
        return timetable
    return at_own_pace(
        timetable,
        walking_speed_m_s=needs.pace_m_s,
        factor=factor or 1.0,
        extra_s=extra or 0,
        no_change_at=closed,
        on_foot_only=on_foot_only,
    )


# ------------------------------------------------------------------ masks


class Masks(NamedTuple):
    """What one does not take, free of dates; True where it is refused."""

    trips: Bool  # (n_trips,)
    stations: Bool  # (n_stations,) neither board, alight nor pass through
    board_at: Bool  # (n_stations,)
    pass_through: Bool  # (n_stations,)
    with_steps: Bool  # (n_stations,) neither board nor alight


def personal_masks(planner: Planner, needs: Needs) -> Masks:
    """Return what a traveller does not take.

    Raises
    ------
    InvalidQuery, UnknownStation, AmbiguousStation
        If the needs name what the timetable does not have.
    """
    timetable, places = planner.timetable, planner.places
    steps = np.zeros(len(timetable.stations.lat), dtype=bool)
    if needs.step_free == "require":  # by GTFS and by the tables of stations, as "prefer" counts
        steps = planner.attributes.access.step_free != YES
    return Masks(
        _unwanted_trips(timetable, needs),
        _stations(needs, "stations", places),
        _stations(needs, "board_at", places),
        _stations(needs, "pass_through", places),
        steps,
    )


def personal_graph(graph: TimeExpandedGraph, needs: Needs, masks: Masks) -> TimeExpandedGraph:
    """Return the graph without what a traveller would not take; itself where that is nothing."""
    timetable, connections = graph.timetable, graph.connections
    call = timetable.hops.call[connections.hop]
    start = timetable.stops.station[timetable.calls.stop[call]]
    end = timetable.stops.station[timetable.calls.stop[call + 1]]
    ride = ~masks.trips[connections.run_trip[connections.rows[:, RUN]]]
    ride &= ~masks.stations[start] & ~masks.stations[end] & _within_hours(graph, needs)
    board = ~masks.board_at[start] & ~masks.with_steps[start]
    alight = ~masks.with_steps[end]
    stay = ~masks.pass_through[start]
    if all(mask.all() for mask in (ride, board, alight, stay)):
        return graph
    return graph.restricted(ride, board, alight, stay)


def _unwanted_trips(timetable: Timetable, needs: Needs) -> Bool:
    """Return which trips are not taken (n_trips,)."""
    trips, routes = timetable.trips, timetable.routes
    agency = routes.agency[trips.route]
    unwanted = np.zeros(len(trips.route), dtype=bool)

    def by_kind(names: Sequence[str], _: str) -> Bool:
        return np.isin(trips.kind, [KIND[name] for name in names])

    def by_brand(names: Sequence[str], which: str) -> Bool:
        rows = [_row(name, [timetable.brands], "brand", which) for name in names]
        return np.isin(trips.brand, np.concatenate(rows))

    def by_operator(names: Sequence[str], which: str) -> Bool:
        known = [timetable.agencies.name[:], timetable.agencies.id[:]]
        rows = [_row(name, known, "operator", which) for name in names]
        return np.isin(agency, np.concatenate(rows))

    def by_line(names: Sequence[str], which: str) -> Bool:
        known = [routes.short_name[:], routes.long_name[:], routes.id[:]]
        rows = [_row(name, known, "line", which) for name in names]
        return np.isin(trips.route, np.concatenate(rows))

    def by_number(names: Sequence[str], which: str) -> Bool:
        rows = [_row(name, [trips.number[:]], "train", which) for name in names]
        return np.isin(np.arange(len(trips.route)), np.concatenate(rows))

    for kind, rows_of in (
        ("modes", by_kind),
        ("brands", by_brand),
        ("operators", by_operator),
        ("lines", by_line),
        ("trains", by_number),
    ):
        unwanted |= _unwanted(needs, kind, rows_of)
    if needs.step_free == "require":
        unwanted |= trips.wheelchair != YES
    if needs.bicycle == "require":
        unwanted |= trips.bicycle != YES
    return unwanted


def _unwanted(needs: Needs, kind: str, rows_of: Callable[[Sequence[str], str], Bool]) -> Any:
    """Return what is avoided, or is not among what alone is wanted; False: all is allowed."""
    unwanted: Any = False
    if kind in needs.avoid:
        unwanted = rows_of(needs.avoid[kind], "avoid")
    if kind in needs.only:
        unwanted = unwanted | ~rows_of(needs.only[kind], "only")
    return unwanted


def _row(name: str, columns: Sequence[Sequence[str]], kind: str, which: str) -> Int32:
    """Return the rows that are called `name` in any of the columns, which are of one length."""
    complaint = f"{which}={{'{kind}s': {name!r}}}: the timetable has no such {kind}"
    rows = rows_named(name, columns, kind, complaint)
    return np.array(rows, dtype=np.int32)


def _stations(needs: Needs, kind: str, places: Places) -> Bool:
    """Return the stations that are refused (n_stations,)."""
    n_stations = len(places.timetable.stations.lat)

    def named(names: Sequence[str], which: str) -> Bool:
        rows = [row for name in names for row in places.resolve(name, which).stations]
        return np.isin(np.arange(n_stations), rows)

    refused: Bool = np.zeros(n_stations, dtype=bool) | _unwanted(needs, kind, named)
    return refused


def _within_hours(graph: TimeExpandedGraph, needs: Needs) -> Bool:
    """Return which connections lie within the hours at which one travels (n,)."""
    if needs.not_before is None and needs.not_after is None:
        return np.ones(graph.n, dtype=bool)
    begin = needs.not_before or dt.time(0)
    rows = graph.connections.rows
    spans = daily(graph, begin, needs.not_after or begin)
    if needs.not_after is None:  # until midnight
        spans = daily(graph, begin, dt.time(0))
    day = np.searchsorted(spans[:, 0], rows[:, DEPARTURE], side="right") - 1
    inside: Bool = (day >= 0) & (rows[:, ARRIVAL] <= spans[np.maximum(day, 0), 1])
    return inside


def daily(graph: TimeExpandedGraph, begin: dt.time, end: dt.time) -> Int32:
    """Return when a part of every local day begins and ends (days, 2) [s since the epoch].

    An end that is not after the beginning is that of the next day. The clocks are the agency's.
    """
    tz = times.zone(graph.timetable.timezones[0])
    first = times.local_time(graph.epoch, tz).date() - dt.timedelta(days=1)
    last = times.local_time(graph.epoch + graph.last_arrival, tz).date() + dt.timedelta(days=2)
    spans = []
    for day in range((last - first).days):
        date = first + dt.timedelta(days=day)
        until = date if end > begin else date + dt.timedelta(days=1)
        ends = (dt.datetime.combine(d, t, tzinfo=tz) for d, t in ((date, begin), (until, end)))
        spans.append([int(instant.timestamp()) - graph.epoch for instant in ends])
    return np.array(spans, dtype=np.int32)


# ------------------------------------------------------------------ resources


def resource_columns(needs: Needs) -> list[Column]:
    """Return the amounts that have a limit."""
    from mobiplan.search.pareto import Column

    columns = []
    if needs.max_transfers is not None:
        columns.append(Column(transfer=1.0, limit=needs.max_transfers, wanted=False))
    if needs.max_walking is not None:
        limit = float(needs.max_walking.total_seconds())
        columns.append(Column(walking=1.0, limit=limit, wanted=False))
    if needs.max_duration is not None:
        limit = float(needs.max_duration.total_seconds())
        columns.append(
            Column(riding=1.0, walking=1.0, crossing=1.0, waiting=1.0, limit=limit, wanted=False)
        )
    return columns


def search_limits(graph: TimeExpandedGraph, needs: Needs, places: Places, origin: Int32) -> Limits:
    """Return the limits of waits and the stations to pass; `origin` are one's stations."""
    from mobiplan.search.pareto import Limits, no_limits

    stations = [np.array(places.resolve(via.place, "via").stations) for via in needs.via]
    if len(stations) > 30:
        raise InvalidQuery(f"via has {len(stations)} places: at most 30")
    limits = no_limits(len(places.timetable.stations.lat))
    via = limits.via.copy()
    for stage, rows in enumerate(stations):
        via[rows] |= 1 << stage
    stays = np.array([int(v.stay.total_seconds()) for v in needs.via], dtype=np.int32)
    first = 0
    while first < len(stays) and stays[first] == 0 and np.isin(origin, stations[first]).any():
        first += 1
    return Limits(_until(graph, needs, stays), via, stays, first)


_untils: WeakKeyDictionary[TimeExpandedGraph, dict[tuple[int | None, ...], Int32]]
_untils = WeakKeyDictionary()


def _until(graph: TimeExpandedGraph, needs: Needs, stays: Int32) -> Int32:
    """Return by when who begins to wait at each second has to have boarded; kept with the graph."""
    from mobiplan.search.pareto import no_limits

    longest, by_night = needs.seconds("max_wait"), needs.seconds("max_night_wait")
    if longest is None and by_night is None:
        return no_limits(0).until
    after = int(graph.timetable.groups.pair_walk.max(initial=0)) + int(stays.max(initial=0))
    known, key = _untils.setdefault(graph, {}), (longest, by_night, after)
    if key not in known:
        known[key] = _last_boardings(graph, longest, by_night, after)
    return known[key]


def _last_boardings(
    graph: TimeExpandedGraph, longest: int | None, by_night: int | None, after: int
) -> Int32:
    """Return the table of `_until`, to `after` seconds beyond the last arrival."""
    second = np.arange(graph.last_arrival + after + 1, dtype=np.int32)
    until = np.full(len(second), np.int32(2**30), dtype=np.int32)
    if longest is not None:
        until = second + np.int32(min(longest, 2**29))
    if by_night is not None:
        nights = daily(graph, NIGHT_FROM, NIGHT_UNTIL)
        night = np.searchsorted(nights[:, 1], second, side="right")  # the one that ends next
        left = np.full(len(second), by_night, dtype=np.int64)
        found = np.full(len(second), 2**30, dtype=np.int64)
        for ahead in range(len(nights)):  # of one night what is left of it, then the next ones
            row = np.minimum(night + ahead, len(nights) - 1)
            begins = np.maximum(nights[row, 0], second)
            length = np.maximum(nights[row, 1] - begins, 0)
            ends_here = (found == 2**30) & (left < length)
            found[ends_here] = (begins + left)[ends_here]
            left = left - length
        until = np.minimum(until, found).astype(np.int32)
    return until
