"""Earliest arrivals from many origins at many destinations, one departure time.

Two ways, one answer:

* `scan_to_all`: the connection scan without a destination, once per origin.
* `sweep_sets`: all origins of a block in *one* pass. They set out at the same instant, so when
  time is walked through in order, a label need not be a time: it is one bit per origin, "can be
  here by now". A connection's step is then a few words of set union for 512 origins at once,
  and each cell of the matrix is written when its bit first arrives. It is the sweep over the
  time-expanded graph (array order is a topological order) with sets for costs.

The pass walks through departures and arrivals together, ordered by time; an arrival at the
second t stands before the departures at t, but never before its own departure. So whoever
arrives at a group first may do from there whatever a later one may, and only bits that are new
in a group are carried on.
"""

# numba types the kernels' scalars; mypy would take an element of an array for an array.
# mypy: disable-error-code="arg-type,assignment,call-overload,operator,index"

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import NamedTuple

import numpy as np

from mobiplan.compiling import kernel
from mobiplan.search.blocks import scan_blocks, scan_late
from mobiplan.search.earliest import Labels
from mobiplan.timetable.arrays import Int32, Int64
from mobiplan.timetable.graph import ARRIVAL, DEPARTURE, NEVER, TimeExpandedGraph

WORDS = 8  # 64-bit words of a set: one line of the processor's cache
LANES = 64 * WORDS  # origins of a block
EARLY_S = 18 * 3600  # s after which most stations have been reached
DIGIT = 2**11  # numbers in a digit of a radix sort
DIGIT_BITS, LOWER_DIGIT, ONE_MORE = np.uint64(11), np.uint64(DIGIT - 1), np.uint64(1)
UNREACHED = np.iinfo(np.int64).min  # what a matrix says for "never": numpy's NaT
ONE, LOWER = np.uint32(1), np.uint64(0xFFFFFFFF)


class Origins(NamedTuple):
    """Where origins begin: one row for each origin and boarding group of it."""

    origin: Int32  # (k,) number of the origin
    group: Int32  # (k,) boarding group
    access: Int32  # (k,) s needed before a departure of the group: walk and closing of doors


class Destinations(NamedTuple):
    """Where one may arrive: the destinations of each arrival group."""

    ptr: Int32  # (n_arrival + 2,) destinations of arrival group a are ptr[a] : ptr[a + 1]
    packed: Int32  # (2 * k,) number of the destination and s on foot to it, in turn


def scan_to_all(
    graph: TimeExpandedGraph,
    labels: Labels,
    group: Int32,
    access: Int32,
    destinations: Destinations,
    depart: int,
    arrive: int,
    best: Int32,
    *,
    narrow: bool = True,
) -> None:
    """Lower `best` (n_destinations,) to the earliest arrivals by train from one origin.

    `group` and `access` are the origin's rows of `Origins`; nothing arrives after `arrive`.
    With `narrow` most of the second day is looked at only for what has not been reached.
    """
    connections, groups, blocks = graph.connections, graph.timetable.groups, graph.blocks
    narrow = narrow and graph.changes_take_time
    nowhere = group[:0]
    *_, stop = scan_blocks(
        *blocks[:5],
        groups.pair_ptr,
        groups.pair_packed,
        connections.exception_from,
        connections.exception_to,
        group,
        access,
        access,
        nowhere,
        nowhere,
        labels.begins,
        labels.egress,
        labels.ready,
        labels.arrived,
        labels.marked,
        labels.reached,
        depart,
        depart,
        min(arrive, depart + EARLY_S) if narrow else arrive,
    )
    if narrow:
        scan_late(
            *blocks[:4],
            blocks.previous,
            groups.pair_ptr,
            groups.pair_packed,
            labels.ready,
            labels.arrived,
            labels.marked,
            stop,
            arrive,
        )
    collect(labels.arrived, destinations.ptr, destinations.packed, arrive, best)


class Timeline(NamedTuple):
    """The part of a graph that a pass walks through; shared by all blocks."""

    start: int  # position of the first departure
    end: int
    by_arrival: Int32  # (end - start,) positions by time of arrival


def make_timeline(graph: TimeExpandedGraph, depart: int, arrive: int) -> Timeline:
    """Order what departs between `depart` and `arrive` by arrival."""
    rows = graph.connections.rows
    start = bisect_left(rows[:, DEPARTURE], depart)
    end = max(start, bisect_right(rows[:, DEPARTURE], arrive))
    by_arrival = np.argsort(rows[start:end, ARRIVAL], kind="stable").astype(np.int32)
    return Timeline(start, end, by_arrival + np.int32(start))


def sweep_to_all(
    graph: TimeExpandedGraph,
    timeline: Timeline,
    origins: Origins,
    destinations: Destinations,
    depart: int,
    arrive: int,
    best: Int32,
) -> None:
    """Lower `best` (n_destinations, LANES) to the earliest arrivals by train of a block.

    `origins.origin` is a lane, below LANES; nothing arrives after `arrive`.
    """
    connections, groups, arcs = graph.connections, graph.timetable.groups, graph.arcs
    at = first_departures(
        connections.rows,
        connections.departure_ptr,
        connections.departures,
        origins.group,
        depart + origins.access,
    )
    sweep_sets(
        connections.rows.reshape(-1),
        timeline.start,
        timeline.end,
        timeline.by_arrival,
        arcs.transfer_ptr,
        arcs.transfer_to,
        connections.exception_from,
        connections.exception_to,
        connections.exception_back,
        origins.origin,
        at,
        destinations.ptr,
        destinations.packed,
        arrive,
        len(groups.boarding_stop) + 1,
        len(connections.run_trip),
        best.reshape(-1),
    )


@kernel
def collect(arrived: Int32, ptr: Int32, packed: Int32, arrive: int, best: Int32) -> None:
    """Lower `best` of each destination to the earliest arrival in its groups, walk included."""
    for group in range(ptr.shape[0] - 1):
        for k in range(ptr[group], ptr[group + 1]):
            by = arrived[group] + packed[2 * k + 1]
            if by <= arrive:
                best[packed[2 * k]] = min(best[packed[2 * k]], by)


@kernel
def first_departures(
    rows: Int32, departure_ptr: Int32, departures: Int32, groups: Int32, ready: Int32
) -> Int32:
    """Return the position of each group's first departure at or after `ready`, else n."""
    found = np.empty(groups.shape[0], dtype=np.int32)
    for k in range(groups.shape[0]):
        low, high = departure_ptr[groups[k]], departure_ptr[groups[k] + 1]
        end = high
        while low < high:
            middle = (low + high) >> 1
            if rows[departures[middle], 0] < ready[k]:
                low = middle + 1
            else:
                high = middle
        found[k] = departures[low] if low < end else rows.shape[0]
    return found


@kernel
def sweep_sets(
    rows: Int32,
    start: int,
    end: int,
    by_arrival: Int32,
    transfer_ptr: Int32,
    transfer_to: Int32,
    exception_from: Int32,
    exception_to: Int32,
    exception_back: Int32,
    begin_lane: Int32,
    begin_at: Int32,
    goal_ptr: Int32,
    goal_packed: Int32,
    arrive: int,
    n_boarding: int,
    n_runs: int,
    best: Int32,
) -> None:
    """Walk through the connections `start` to `end`, by departure and by arrival at once.

    `rows` are those of `Connections`, end to end. Lane `begin_lane[k]` stands ready for the
    departure at position `begin_at[k]`. `best` holds LANES arrivals for each destination.
    """
    width = np.uint64(WORDS)
    platform = np.zeros(n_boarding * WORDS, dtype=np.uint64)  # who could board from a group
    aboard = np.zeros(n_runs * WORDS, dtype=np.uint64)  # who is in a run
    reached = np.zeros((goal_ptr.shape[0] - 1) * WORDS, dtype=np.uint64)  # who was in a group
    seats = np.zeros(exception_from.shape[0] * WORDS, dtype=np.uint64)  # who takes an arc
    new = np.zeros(WORDS, dtype=np.uint64)
    # Who will be ready for the departure at a position: rows of a pool, used again and again,
    # so that it stays small. It begins with a row for each begin, and doubles when full.
    held = np.full(end + 1 - start, -1, dtype=np.int32)
    capacity, n_used, n_free = begin_at.shape[0] + 1, 0, 0
    pool = np.zeros(capacity * WORDS, dtype=np.uint64)
    free = np.empty(capacity, dtype=np.int32)
    for k in range(begin_at.shape[0]):
        at = begin_at[k] - start
        if at < end - start:
            if held[at] < 0:
                held[at] = n_used
                n_used += 1
            lane = begin_lane[k]
            pool[held[at] * WORDS + (lane >> 6)] |= np.uint64(1) << np.uint64(lane & 63)
    leaves, enters, n_exceptions = 0, 0, exception_from.shape[0]
    while leaves < n_exceptions and exception_from[leaves] < start:
        leaves += 1
    while enters < n_exceptions and exception_to[exception_back[enters]] < start:
        enters += 1
    cursor = 0
    for c in range(start, end + 1):
        departure = rows[5 * c] if c < end else NEVER
        while cursor < by_arrival.shape[0]:
            i = by_arrival[cursor]
            arrival = rows[np.uint64(5 * i + 1)]
            if arrival > departure or (arrival == departure and i >= c) or arrival > arrive:
                break
            cursor += 1
            run = np.uint64(rows[np.uint64(5 * i + 2)]) * width
            group = rows[np.uint64(5 * i + 4)]
            here = np.uint64(group) * width
            some = np.uint64(0)
            for w in range(WORDS):
                fresh = aboard[run + np.uint64(w)] & ~reached[here + np.uint64(w)]
                new[w] = fresh
                some |= fresh
            if some == 0:
                continue
            for w in range(WORDS):
                reached[here + np.uint64(w)] |= new[w]
            for arc in range(transfer_ptr[i], transfer_ptr[i + 1]):
                at = transfer_to[arc] - start
                if at >= end - start:
                    continue
                row = held[at]
                if row < 0:
                    if n_free > 0:
                        n_free -= 1
                        row = free[n_free]
                    else:
                        if n_used == capacity:
                            capacity *= 2
                            grown = np.zeros(capacity * WORDS, dtype=np.uint64)
                            grown[: pool.shape[0]] = pool
                            pool = grown
                            free = np.empty(capacity, dtype=np.int32)  # none is free now
                        row = n_used
                        n_used += 1
                    held[at] = row
                base = np.uint64(row) * width
                for w in range(WORDS):
                    pool[base + np.uint64(w)] |= new[w]
            for k in range(goal_ptr[group], goal_ptr[group + 1]):
                by = np.int32(arrival + goal_packed[2 * k + 1])
                if by > arrive:
                    continue
                for half in range(2 * WORDS):
                    bits = np.uint32((new[half >> 1] >> np.uint64(32 * (half & 1))) & LOWER)
                    if bits == 0:
                        continue
                    # All 32 lanes at once, without a branch: numba makes vectors of it.
                    cell = np.uint64(goal_packed[2 * k] * LANES + 32 * half)
                    for lane in range(32):
                        absent = np.int32(((bits >> np.uint32(lane)) & ONE) ^ ONE)
                        at = cell + np.uint64(lane)
                        best[at] = min(best[at], by + absent * np.int32(NEVER))
        if c == end:
            break
        run = np.uint64(rows[np.uint64(5 * c + 2)]) * width
        here = np.uint64(rows[np.uint64(5 * c + 3)]) * width
        row = held[c - start]
        if row >= 0:
            base = np.uint64(row) * width
            for w in range(WORDS):
                platform[here + np.uint64(w)] |= pool[base + np.uint64(w)]
                pool[base + np.uint64(w)] = 0
            free[n_free] = row
            n_free += 1
        for w in range(WORDS):
            aboard[run + np.uint64(w)] |= platform[here + np.uint64(w)]
        while enters < n_exceptions and exception_to[exception_back[enters]] == c:
            base = np.uint64(exception_back[enters]) * width
            for w in range(WORDS):
                aboard[run + np.uint64(w)] |= seats[base + np.uint64(w)]
            enters += 1
        while leaves < n_exceptions and exception_from[leaves] == c:
            base = np.uint64(leaves) * width
            for w in range(WORDS):
                seats[base + np.uint64(w)] = aboard[run + np.uint64(w)]
            leaves += 1


@kernel
def write_block(best: Int32, depart: int, row_of_lane: Int64, matrix: Int64) -> None:
    """Write a block's arrivals (n_destinations, LANES) as travel times into its rows.

    `matrix` (n_origins, n_destinations); tile by tile, since one of them is turned.
    """
    n_lanes, n = row_of_lane.shape[0], best.shape[0]
    for first in range(0, n, 64):
        last = min(n, first + 64)
        for lane in range(n_lanes):
            row = row_of_lane[lane]
            for d in range(first, last):
                by = best[d, lane]
                matrix[row, d] = by - depart if by < NEVER else UNREACHED


@kernel
def by_time(
    best: Int32, depart: int, epoch: int, order: Int64, instant: Int64, duration: Int64
) -> None:
    """Write the order of arrivals, equal ones as they come, and each as instant and duration.

    All arrays are (n,). A radix sort by two digits; what is not reached within 48 days of
    `depart` comes last and is UNREACHED.
    """
    n = best.shape[0]
    key, half = np.empty(n, dtype=np.uint64), np.empty(n, dtype=np.uint64)
    low, high = np.zeros(DIGIT + 1, dtype=np.uint64), np.zeros(DIGIT + 1, dtype=np.uint64)
    for i in range(n):
        key[i] = min(best[i] - depart, DIGIT * DIGIT - 1)
        low[(key[i] & LOWER_DIGIT) + ONE_MORE] += ONE_MORE
        high[(key[i] >> DIGIT_BITS) + ONE_MORE] += ONE_MORE
    for k in range(DIGIT):
        low[k + 1] += low[k]
        high[k + 1] += high[k]
    for i in range(n):
        digit = key[i] & LOWER_DIGIT
        half[low[digit]] = i
        low[digit] += ONE_MORE
    for i in half:
        digit = key[i] >> DIGIT_BITS
        to = high[digit]
        high[digit] += ONE_MORE
        order[to] = i
        reached = best[i] < NEVER
        instant[to] = best[i] + epoch if reached else UNREACHED
        duration[to] = best[i] - depart if reached else UNREACHED


def write_row(best: Int32, depart: int, row: Int64) -> None:
    """Write one origin's arrivals (n_destinations,) as travel times."""
    np.subtract(best, depart, out=row, dtype=np.int64)
    row[best >= NEVER] = UNREACHED
