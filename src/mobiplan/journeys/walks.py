"""Ways between the stations of two rides: on foot, or by the city's own metro."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mobiplan.journeys.doors import end_station, start_station
from mobiplan.journeys.itinerary import IN_SEAT, Place, Ride
from mobiplan.journeys.leg import CITY_CHANGE, WALK
from mobiplan.timetable.footpaths import BY_TABLE, city_changes
from mobiplan.timetable.graph import ALIGHTING, ARRIVAL, BOARDING, DEPARTURE

if TYPE_CHECKING:
    from mobiplan.timetable.graph import TimeExpandedGraph


class Walk(NamedTuple):
    """A way from the stop of one ride to the stop of the next."""

    duration_s: int
    kind: str  # WALK, or CITY_CHANGE where one rides across a city
    note: str


def walk_between(graph: TimeExpandedGraph, ride: Ride, following: Ride) -> Walk | None:
    """Return the way from the end of a ride to the next, None within one station.

    Its duration is the one of the change (`Groups.pair_walk`). Where a guaranteed or
    trip-to-trip transfer leads to a station that no general rule reaches, it is the footpath's,
    else the time between the two trains.
    """
    timetable = graph.timetable
    groups, rows = timetable.groups, graph.connections.rows
    from_station, to_station = end_station(graph, ride), start_station(graph, following)
    if from_station == to_station or following.entry == IN_SEAT:
        return None
    pair = pair_between(graph, ride, following)
    path = _path(graph, from_station, to_station)
    if pair >= 0:
        duration_s = int(groups.pair_walk[pair])
    elif path >= 0:
        duration_s = int(timetable.footpaths.duration[path])
    else:
        duration_s = max(int(rows[following.board, DEPARTURE] - rows[ride.alight, ARRIVAL]), 0)
    return _named(graph, path, from_station, to_station, duration_s)


def walk_at_end(
    graph: TimeExpandedGraph, place: Place, station: int, duration_s: int, *, begins: bool
) -> tuple[int, Walk]:
    """Return the way between an end of the question and a station, and where it touches land.

    The first of the pair is the station of `place` that one leaves from (or comes to, where
    not `begins`), -1 for a point.
    """
    for own, walk in zip(place.stations, place.walks, strict=True):
        pair = (own, station) if begins else (station, own)
        path = _path(graph, *pair)
        if path >= 0 and walk + int(graph.timetable.footpaths.duration[path]) == duration_s:
            way = _named(graph, path, pair[0], pair[1], duration_s)
            if place.lat is None:
                return own, way
            if way.kind == CITY_CHANGE:
                return -1, way
    return -1, Walk(duration_s, WALK, "")


def way_between(
    graph: TimeExpandedGraph, origin: Place, destination: Place, duration_s: int
) -> tuple[int, int, Walk]:
    """Return the way from door to door without a ride, and the stations where it touches land.

    The stations are those of the two places that it leads between, -1 where one is a point.
    """
    if origin.lat is None and destination.lat is None:
        for station in destination.stations:
            own, found = walk_at_end(graph, origin, station, duration_s, begins=True)
            if own >= 0:
                return own, station, found
    return -1, -1, Walk(duration_s, WALK, "")


def _path(graph: TimeExpandedGraph, from_station: int, to_station: int) -> int:
    """Row in Footpaths from one station to the other; -1 where there is none."""
    paths = graph.timetable.footpaths
    found = np.flatnonzero((paths.from_station == from_station) & (paths.to_station == to_station))
    return int(found[0]) if len(found) else -1


def _named(
    graph: TimeExpandedGraph, path: int, from_station: int, to_station: int, duration_s: int
) -> Walk:
    """Say what kind of way it is."""
    if path < 0:
        return Walk(duration_s, WALK, "")
    paths = graph.timetable.footpaths
    distance_m, by_table = int(paths.distance[path]), int(paths.origin[path]) == BY_TABLE
    if distance_m >= 0:
        estimated = "" if by_table else ", estimated"
        return Walk(duration_s, WALK, f"about {max(round(distance_m, -1), 10)} m{estimated}")
    codes = graph.timetable.stations.code
    how = _how_across().get((codes[from_station], codes[to_station]), "")
    if how in {"", "walk"}:  # a walk between stations whose places are unknown
        return Walk(duration_s, WALK, "across the city")
    return Walk(duration_s, CITY_CHANGE, f"across the city: {how}")


def pair_between(graph: TimeExpandedGraph, ride: Ride, following: Ride) -> int:
    """Row of `Groups.pair_to` for the change from a ride to the next; -1 where there is none."""
    groups, rows = graph.timetable.groups, graph.connections.rows
    arrival_group = int(rows[ride.alight, ALIGHTING])
    first, last = groups.pair_ptr[arrival_group], groups.pair_ptr[arrival_group + 1]
    pair = np.flatnonzero(groups.pair_to[first:last] == rows[following.board, BOARDING])
    return int(first + pair[0]) if len(pair) else -1


@lru_cache(maxsize=1)
def _how_across() -> dict[tuple[str, str], str]:
    """Return how one changes from one station to the other, by their codes."""
    ways = {}
    for change in city_changes():
        back = " + ".join(reversed(change.how.split(" + "))).replace("walk to ", "walk from ")
        ways[change.to_code, change.from_code] = back
        ways[change.from_code, change.to_code] = change.how
    return ways
