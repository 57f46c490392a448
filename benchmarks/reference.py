"""The reference: a plain connection scan with path pointers, as one would write it first.

Dibbelt, Pajor, Strasser, Wagner: *Connection Scan Algorithm* (ACM JEA 23, 2018), section 3.1 and
the extraction of journeys in 3.2. One loop over arrays sorted by departure, a flag per trip, an
arrival per station, a pointer to the first and last connection of the leg that got there; it ends
when a connection departs no earlier than the destination is reached. Nothing else is pruned, no
footpaths, 300 s in every station. `TransferRules.plain(300)` is the same model.

Where boarding is forbidden a connection departs from a station that nobody reaches, where alighting
is forbidden it arrives at one that is always reached sooner: the loop does not know.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

import mobiplan as mp
from mobiplan import times

Int32 = NDArray[np.int32]

NEVER = 2**30
CHANGE_S = 300


class Arrays(NamedTuple):
    """Connections sorted by departure: one array for each column."""

    departure: Int32  # (n,) s since the first day's midnight
    arrival: Int32  # (n,) s
    start: Int32  # (n,) station, n_stations where nobody may board
    end: Int32  # (n,) station, n_stations + 1 where nobody may alight
    trip: Int32  # (n,) a trip on one date


class Labels(NamedTuple):
    """What a scan writes, reused from query to query."""

    ready: Int32  # (n_stations + 2,) s: a departure from then on can be caught
    boarded: Int32  # (n_trips,) connection where the trip was boarded, -1 not yet
    first: Int32  # (n_stations + 2,) first connection of the leg that arrives soonest
    last: Int32  # (n_stations + 2,) its last connection


class Reference:
    """A plain router for two days of a timetable.

    Parameters
    ----------
    timetable : Timetable
        Only its trips, calls and services are used.
    date : date
        Connections that depart on this day and the next are kept.
    n_days : int
    restricted : bool
        False: one may board and alight wherever a train calls, to explain what a router answers
        that does not look at ``pickup_type`` and ``drop_off_type``.
    """

    def __init__(
        self, timetable: mp.Timetable, date: dt.date, n_days: int = 2, *, restricted: bool = True
    ) -> None:
        tz = times.zone(timetable.timezones[0])
        self.epoch = times.calendar_day(date, tz)[0]
        end = times.calendar_day(date + dt.timedelta(days=n_days), tz)[0]
        trips, hops, calls = timetable.trips, timetable.hops, timetable.calls
        n_stations = len(timetable.stations.lat)
        station = timetable.stops.station[calls.stop]
        first_day = (date - timetable.first_date).days
        columns: list[list[Any]] = [[], [], [], [], []]
        n_trips = 0
        for day in range(first_day - timetable.lookback, first_day + n_days):
            if not 0 <= day < timetable.active.shape[1]:
                continue
            runs = timetable.active[trips.service, day] != 0
            number = n_trips + np.cumsum(runs) - 1
            n_trips += int(runs.sum())
            midnight = times.service_day_start(timetable.first_date + dt.timedelta(days=day), tz)
            hop = np.flatnonzero(runs[hops.trip])
            departure = hops.departure[hop] + (midnight - self.epoch)
            hop = hop[(departure >= 0) & (departure < end - self.epoch)]
            call, shift = hops.call[hop], midnight - self.epoch
            columns[0].append(hops.departure[hop] + shift)
            columns[1].append(hops.arrival[hop] + shift)
            no_way_in = restricted & (calls.pickup[call] == 1)
            columns[2].append(np.where(no_way_in, n_stations, station[call]))
            no_way_out = restricted & (calls.drop_off[call + 1] == 1)
            columns[3].append(np.where(no_way_out, n_stations + 1, station[call + 1]))
            columns[4].append(number[hops.trip[hop]])
        parts = [np.concatenate(column) for column in columns]
        order = np.lexsort((parts[1], parts[0]))
        self.arrays = Arrays(*(np.ascontiguousarray(p[order], dtype=np.int32) for p in parts))
        self.labels = Labels(
            *(np.empty(size, np.int32) for size in (n_stations + 2, n_trips)),
            *(np.empty(n_stations + 2, np.int32) for _ in range(2)),
        )

    def earliest_arrival(
        self, origin: int, destination: int, depart: int
    ) -> tuple[int, list[tuple[int, int]]]:
        """Return the arrival (NEVER if there is none) and the legs as (first, last) connection.

        Parameters
        ----------
        origin, destination : int
            Stations.
        depart, arrival : int
            Seconds since `epoch`.
        """
        arrival, legs = scan(self.arrays, self.labels, origin, destination, depart)
        return arrival, [(int(first), int(last)) for first, last in legs]


@numba.njit(cache=True, nogil=True)
def scan(
    arrays: Arrays, labels: Labels, origin: int, destination: int, depart: int
) -> tuple[int, Int32]:
    """Scan, then follow the pointers back from the destination."""
    departure, arrival, start, end, trip = arrays
    ready, boarded, first, last = labels
    ready[:] = NEVER
    boarded[:] = -1
    ready[origin] = depart
    ready[ready.shape[0] - 1] = -1  # where nobody may alight
    best = NEVER
    for c in range(np.searchsorted(departure, depart), departure.shape[0]):
        if departure[c] >= best:
            break
        t = trip[c]
        if boarded[t] < 0:
            if ready[start[c]] > departure[c]:
                continue
            boarded[t] = c
        s = end[c]
        if arrival[c] + CHANGE_S < ready[s]:
            ready[s] = arrival[c] + CHANGE_S
            first[s] = boarded[t]
            last[s] = c
            if s == destination:
                best = arrival[c]
    n_legs = 0
    s = destination
    if best < NEVER:
        while s != origin:
            n_legs += 1
            s = start[first[s]]
    legs = np.empty((n_legs, 2), dtype=np.int32)
    s = destination
    for leg in range(n_legs - 1, -1, -1):
        legs[leg, 0], legs[leg, 1] = first[s], last[s]
        s = start[first[s]]
    return best, legs
