"""Make a time-expanded graph: which trips run on the dates of a window, sorted into connections."""

from __future__ import annotations

import datetime as dt

import numpy as np

from mobiplan import times
from mobiplan.timetable.arrays import Bool, Int8, Int32, frozen
from mobiplan.timetable.graph import (
    ALIGHTING,
    ARRIVAL,
    BOARDING,
    DEPARTURE,
    NEVER,
    RUN,
    Connections,
    TimeExpandedGraph,
)
from mobiplan.timetable.timetable import Timetable


def make_graph(timetable: Timetable, first_day: int, n_days: int) -> TimeExpandedGraph:
    """Expand the service days `first_day` to `first_day + n_days - 1` into connections.

    Days before or after the timetable's calendar hold no trips and are allowed.
    """
    first_date = timetable.first_date + dt.timedelta(days=first_day)
    zones = [times.zone(name) for name in timetable.timezones]
    starts = np.array(
        [
            [times.service_day_start(first_date + dt.timedelta(days=day), tz) for tz in zones]
            for day in range(n_days + 1)
        ],
        dtype=np.int64,
    )
    epoch = int(starts[0].min())
    offset = (starts - epoch).astype(np.int32)  # (n_days + 1, n_zones) s

    trips, hops, groups = timetable.trips, timetable.hops, timetable.groups
    n_trips = len(trips.service)
    runs_on = np.zeros((n_days, n_trips), dtype=bool)
    for day in range(n_days):
        if 0 <= first_day + day < timetable.active.shape[1]:
            runs_on[day] = timetable.active[trips.service, first_day + day] != 0
    # Runs are numbered by their first departure: those under way at one time are neighbours
    # in the kernels' labels, and so in the processor's cache.
    run_day, run_trip = (found.astype(np.int32) for found in np.nonzero(runs_on))
    first_call = trips.call_ptr[run_trip]
    begins = timetable.calls.departure[first_call] + offset[run_day, trips.zone[run_trip]]
    by_beginning = np.argsort(begins, kind="stable")
    run_day, run_trip = run_day[by_beginning], run_trip[by_beginning]
    run_of = np.full((n_days, n_trips), -1, dtype=np.int32)
    run_of[run_day, run_trip] = np.arange(len(run_trip), dtype=np.int32)
    run_slot = np.zeros(len(run_trip) + 1, dtype=np.int32)
    np.cumsum(np.diff(trips.call_ptr)[run_trip] - 1, out=run_slot[1:])

    hop, run, departure, arrival = _in_order(timetable, runs_on, run_of, offset)
    n = len(hop)
    call = hops.call[hop]
    rows = np.empty((n, 5), dtype=np.int32)
    rows[:, DEPARTURE], rows[:, ARRIVAL], rows[:, RUN] = departure, arrival, run
    rows[:, BOARDING] = groups.boarding[call]
    rows[:, ALIGHTING] = groups.arrival[call + 1]
    slot = run_slot[run] + (call - trips.call_ptr[hops.trip[hop]])
    position = np.empty(n, dtype=np.int32)
    position[slot] = np.arange(n, dtype=np.int32)
    exceptional = exceptional_arcs(timetable, first_day, run_of, run_slot, position, rows)
    connections = make_connections(
        timetable, rows, hop, slot, position, run_trip, run_day, run_slot, exceptional
    )
    ends = first_day + n_days >= timetable.active.shape[1]
    complete_until = NEVER if ends else int(offset[n_days].min())
    return TimeExpandedGraph(
        timetable, first_day, n_days, epoch, complete_until, frozen(connections)
    )


def _in_order(
    timetable: Timetable, runs_on: Bool, run_of: Int32, offset: Int32
) -> tuple[Int32, Int32, Int32, Int32]:
    """Return hop, run, departure and arrival [s] of every connection, in array order.

    `runs_on` and `run_of` (n_days, n_trips) say which trips run and as which run, `offset`
    (n_days + 1, n_zones) when a day begins.
    """
    trips, hops = timetable.trips, timetable.hops
    # A day's connections are a mask over the sorted hops; days are merged by a stable sort,
    # which finds them already in order and so costs little more than a merge.
    hop_parts, run_parts, key_parts = [], [], []
    single_zone = offset.shape[1] == 1
    for day in range(len(runs_on)):
        rows_of_day = np.flatnonzero(runs_on[day][hops.trip])
        trip = hops.trip[rows_of_day]
        shift = offset[day, 0] if single_zone else offset[day, trips.zone[trip]]
        departure = hops.departure[rows_of_day] + shift
        duration = hops.arrival[rows_of_day] - hops.departure[rows_of_day]
        hop_parts.append(rows_of_day.astype(np.int32))
        run_parts.append(run_of[day, trip])
        key_parts.append((departure.astype(np.int64) << 24) | duration)
    key = np.concatenate(key_parts)
    order = np.argsort(key, kind="stable").astype(np.int32)
    key = key[order]
    departs = (key >> 24).astype(np.int32)
    arrives = departs + (key & 0xFFFFFF).astype(np.int32)
    return np.concatenate(hop_parts)[order], np.concatenate(run_parts)[order], departs, arrives


def make_connections(
    timetable: Timetable,
    rows: Int32,
    hop: Int32,
    slot: Int32,
    position: Int32,
    run_trip: Int32,
    run_day: Int32,
    run_slot: Int32,
    exceptional: tuple[Int32, Int32, Int8],
) -> Connections:
    """Add what follows from the rows: rings of coupled trains, lists by group."""
    groups = timetable.groups
    by_arrival = np.argsort(rows[:, ARRIVAL], kind="stable").astype(np.int32)
    arrival_ptr, arrived = by_group(rows[by_arrival, ALIGHTING], len(groups.arrival_stop) + 1)
    departure_ptr, departures = by_group(rows[:, BOARDING], len(groups.boarding_stop) + 1)
    return Connections(
        rows,
        hop,
        slot,
        position,
        run_trip,
        run_day,
        run_slot,
        _twins(timetable.hops.coupling[hop], run_day[rows[:, RUN]]),
        *exceptional,
        np.argsort(exceptional[1], kind="stable").astype(np.int32),
        departure_ptr,
        departures,
        arrival_ptr,
        by_arrival[arrived],
    )


def by_group(group: Int32, n_groups: int) -> tuple[Int32, Int32]:
    """Return CSR group -> rows, in row order."""
    # numpy sorts 16-bit integers by radix: several times faster where the groups fit.
    narrow = group.astype(np.int16) if n_groups < 2**15 else group
    ptr = np.zeros(n_groups + 1, dtype=np.int32)
    np.cumsum(np.bincount(group, minlength=n_groups), out=ptr[1:])
    return ptr, np.argsort(narrow, kind="stable").astype(np.int32)


def _twins(coupling: Int32, day: Int32) -> Int32:
    """Link connections that are one physical train on one day into rings."""
    twin = np.arange(len(coupling), dtype=np.int32)
    candidates = np.flatnonzero(coupling >= 0)
    if len(candidates) == 0:
        return twin
    key = coupling[candidates].astype(np.int64) * (int(day.max()) + 1) + day[candidates]
    order = np.argsort(key, kind="stable")
    key, ring = key[order], candidates[order]
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    last = np.r_[first[1:], len(key)] - 1
    following = np.arange(1, len(ring) + 1)
    following[last] = first
    twin[ring] = ring[following]
    return twin


def exceptional_arcs(
    timetable: Timetable,
    first_day: int,
    run_of: Int32,
    run_slot: Int32,
    position: Int32,
    rows: Int32,
) -> tuple[Int32, Int32, Int8]:
    """Resolve call-to-call privileges to positions, for every date on which both trips run."""
    exceptions, trips = timetable.exceptions, timetable.trips
    n_days = len(run_of)
    if len(exceptions.from_call) == 0 or len(rows) == 0:
        empty = np.zeros(0, dtype=np.int32)
        return empty, empty, np.zeros(0, dtype=np.int8)
    from_trip = np.searchsorted(trips.call_ptr, exceptions.from_call, side="right") - 1
    to_trip = np.searchsorted(trips.call_ptr, exceptions.to_call, side="right") - 1
    from_index = exceptions.from_call - trips.call_ptr[from_trip] - 1
    to_index = exceptions.to_call - trips.call_ptr[to_trip]
    padded = np.vstack([run_of, np.full((1, run_of.shape[1]), -1, dtype=np.int32)])
    days = first_day + np.arange(n_days)
    known = (days >= 0) & (days < exceptions.active.shape[1])
    holds = np.zeros((len(from_trip), n_days), dtype=bool)
    holds[:, known] = exceptions.active[:, days[known]] != 0
    found = []
    for day in range(n_days):
        later = np.minimum(day + exceptions.day_shift, n_days)
        from_run, to_run = padded[day, from_trip], padded[later, to_trip]
        both = np.flatnonzero((from_run >= 0) & (to_run >= 0) & holds[:, day])
        i = position[run_slot[from_run[both]] + from_index[both]]
        j = position[run_slot[to_run[both]] + to_index[both]]
        # In time by the clock of both days (they may differ by an hour), and only ever forward.
        seated = exceptions.transfers[both] == 0
        in_time = rows[i, ARRIVAL] + exceptions.minimum[both] <= rows[j, DEPARTURE]
        forward = (j > i) & (seated | in_time)
        found.append(np.stack([i, j, exceptions.transfers[both]])[:, forward])
    arcs = np.concatenate(found, axis=1)
    arcs = arcs[:, np.lexsort((arcs[2], arcs[1], arcs[0]))]
    return arcs[0].astype(np.int32), arcs[1].astype(np.int32), arcs[2].astype(np.int8)
