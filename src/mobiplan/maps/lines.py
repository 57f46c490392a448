"""The network's lines: which stations trains link, how often, and what to draw of it.

No feed of the French railways carries shapes, so a line is straight between two calls. A train
that skips stations would then be drawn beside the track it runs on: `Lines.track` marks the
links that are not covered by shorter ones.
"""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mobiplan.timetable.arrays import Bool, Int32
from mobiplan.timetable.distance import distance_m

if TYPE_CHECKING:
    from mobiplan.timetable.timetable import Timetable

#: A link is left to the stopping trains when their way is at most this much longer.
DETOUR = 1.15


class Lines(NamedTuple):
    """Pairs of stations that a vehicle links without a call between, in either direction."""

    one: Int32  # (n,) row in Stations, the smaller
    other: Int32  # (n,) row in Stations
    trips: Int32  # (n,) trips of the busiest date, both directions
    track: Bool  # (n,) not covered by shorter links: draw it


def lines_of(timetable: Timetable) -> Lines:
    """Return the links between stations on the timetable's busiest date.

    Links to stations whose place is unknown are left out.

    Examples
    --------
    >>> import mobiplan as mp
    >>> lines = lines_of(mp.sample())
    >>> bool((lines.trips > 0).all()), 0 < int(lines.track.sum()) <= len(lines.one)
    (True, True)
    """
    calls, hops, trips = timetable.calls, timetable.hops, timetable.trips
    stations = timetable.stations
    day = (timetable.busiest_date - timetable.first_date).days
    runs = timetable.active[trips.service[hops.trip], day] != 0
    station = timetable.stops.station[calls.stop]
    start, end = station[hops.call[runs]], station[hops.call[runs] + 1]
    placed = ~np.isnan(stations.lat[start] + stations.lat[end]) & (start != end)
    n = len(stations.lat)
    one, other = np.minimum(start, end)[placed], np.maximum(start, end)[placed]
    key, count = np.unique(one.astype(np.int64) * n + other, return_counts=True)
    one, other = (key // n).astype(np.int32), (key % n).astype(np.int32)
    return Lines(one, other, count.astype(np.int32), _track(timetable, one, other))


def _track(timetable: Timetable, one: Int32, other: Int32) -> Bool:
    """Mark the links that no chain of shorter ones covers within `DETOUR`."""
    lat, lon = timetable.stations.lat, timetable.stations.lon
    length = distance_m(lat[one], lon[one], lat[other], lon[other])
    # Plain numbers on a plane, true at the middle latitude: the search asks for many distances.
    middle = np.radians(lat[np.concatenate([one, other])].mean()) if len(one) else 0.0
    x, y = (np.cos(middle) * 111_195 * lon).tolist(), (111_195 * lat).tolist()
    around: dict[int, list[tuple[int, float]]] = {}
    track = np.zeros(len(one), dtype=bool)
    for link in np.argsort(length, kind="stable").tolist():  # shortest first
        a, b, metres = int(one[link]), int(other[link]), float(length[link])
        if not _covered(around, x, y, a, b, DETOUR * metres):
            track[link] = True
            around.setdefault(a, []).append((b, metres))
            around.setdefault(b, []).append((a, metres))
    return track


def _covered(
    around: dict[int, list[tuple[int, float]]],
    x: list[float],
    y: list[float],
    start: int,
    end: int,
    limit_m: float,
) -> bool:
    """Whether a way of at most `limit_m` leads from start to end.

    A* by straight lines; the plane bends them a little, hence the 2 % off.
    """
    to_x, to_y = x[end], y[end]

    def ahead(station: int) -> float:
        return 0.98 * math.hypot(x[station] - to_x, y[station] - to_y)

    best = {start: 0.0}
    queue = [(ahead(start), start)]
    while queue:
        _, station = heapq.heappop(queue)
        if station == end:
            return True
        for neighbour, metres in around.get(station, ()):
            way = best[station] + metres
            total = way + ahead(neighbour)
            if total <= limit_m and way < best.get(neighbour, math.inf):
                best[neighbour] = way
                heapq.heappush(queue, (total, neighbour))
    return False
