"""The sweep: least additive cost over the time-expanded graph, in one loop.

Array order is a topological order of the graph (a DAG), so relaxing the arcs of one node after
another finds a least-cost way to every node (Cormen et al., *Introduction to Algorithms*,
section 24.2). `dijkstra` answers the same question on the same arcs with a heap; it is the
check, not the engine.

A label belongs to the instant at which its connection departs: the cost of being on the
platform, or aboard, at that moment. So every arc has a duration that is not negative, even
where two in-seat trips overlap.
"""

# numba types the kernels' scalars; mypy would take an element of an array for an array.
# mypy: disable-error-code="arg-type,assignment,call-overload,operator,index"

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mobiplan.compiling import kernel
from mobiplan.timetable.arrays import Int8, Int32

UNREACHED = 1e300
FROM_ORIGIN, FROM_PLATFORM = -1, -2  # parents that are not a position


class Weights(NamedTuple):
    """Cost of each feature: per second, but `transfer` per change; and of when one begins.

    A journey that begins at t costs ``begin + begin_slope * t`` before its first leg.
    """

    riding: float
    waiting: float
    walking: float
    transfer: float
    begin: float
    begin_slope: float


def weights_by_criteria(*, latest_departure: bool, limit: int) -> Weights:
    """Return weights whose least cost is lexicographic, exactly.

    Earliest arrival, then latest departure, then fewest transfers; with `latest_departure` the
    first two change places. All times are below `limit` (seconds); the cost is an integer below
    2**53, so float64 adds it without rounding.
    """
    transfers = 1.0
    second = 32.0  # above any number of transfers
    first = second * 2.0 ** int(np.ceil(np.log2(limit + 1)))
    if first * limit >= 2.0**53:
        raise ValueError(f"a window of {limit} s is too long for exact lexicographic weights")
    if latest_departure:  # first * (limit - begin) + second * arrival
        return Weights(second, second, second, transfers, first * limit, second - first)
    # first * arrival + second * (limit - begin)
    return Weights(first, first, first, transfers, second * limit, first - second)


@kernel
def sweep_forward(
    rows: Int32,
    start: int,
    end: int,
    next_in_group: Int32,
    next_in_run: Int32,
    transfer_ptr: Int32,
    transfer_to: Int32,
    pair_ptr: Int32,
    pair_walk: Int32,
    exception_from: Int32,
    exception_to: Int32,
    exception_transfers: Int8,
    begins: Int32,
    egress: Int32,
    depart: int,
    arrive: int,
    riding: float,
    waiting: float,
    walking: float,
    transfer: float,
    begin: float,
    begin_slope: float,
) -> tuple[float, int, Int32, Int32]:
    """Sweep connections `start` to `end`; return (least cost, goal, parents of the nodes).

    `goal` is the position from which one alights at the destination, -1 where there is none;
    no journey arrives after `arrive`. The parent of a platform is the position one alighted from
    (a wait passes it on); that of aboard is the position ridden before, on the same run or over
    an exceptional arc, FROM_PLATFORM where one changed or FROM_ORIGIN where one began.
    """
    size = end - start
    platform = np.full(size, UNREACHED)
    aboard = np.full(size, UNREACHED)
    platform_parent = np.full(size, -1, dtype=np.int32)
    aboard_parent = np.full(size, FROM_PLATFORM, dtype=np.int32)
    cursor = np.searchsorted(exception_from, start)
    best, goal = UNREACHED, -1
    for c in range(start, end):
        i = c - start
        departure, arrival = rows[c, 0], rows[c, 1]
        group = rows[c, 3]
        began = departure - begins[group, 1]
        if departure - begins[group, 0] >= depart:
            # Aboard, not on the platform: who waits for a later train would begin later.
            cost = begin + begin_slope * began + walking * begins[group, 1]
            if cost < aboard[i]:
                aboard[i] = cost
                aboard_parent[i] = FROM_ORIGIN
        here = platform[i]
        if here < UNREACHED:
            j = next_in_group[c]
            if j < end:
                cost = here + waiting * (rows[j, 0] - departure)
                if cost < platform[j - start]:
                    platform[j - start] = cost
                    platform_parent[j - start] = platform_parent[i]
            if here < aboard[i]:
                aboard[i] = here
                aboard_parent[i] = FROM_PLATFORM
        here = aboard[i]
        if here == UNREACHED:
            continue
        ride = riding * (arrival - departure)
        j = next_in_run[c]
        if j < end:
            cost = here + ride + riding * (rows[j, 0] - arrival)
            if cost < aboard[j - start]:
                aboard[j - start] = cost
                aboard_parent[j - start] = c
        group = rows[c, 4]
        if arrival + egress[group] <= arrive:
            cost = here + ride + walking * egress[group]
            if cost < best:
                best, goal = cost, c
        pair = pair_ptr[group]
        for arc in range(transfer_ptr[c], transfer_ptr[c + 1]):
            j = transfer_to[arc]
            if j < end:
                walk = pair_walk[pair]
                cost = here + ride + walking * walk
                cost += waiting * (rows[j, 0] - arrival - walk) + transfer
                if cost < platform[j - start]:
                    platform[j - start] = cost
                    platform_parent[j - start] = c
            pair += 1
        while cursor < exception_from.shape[0] and exception_from[cursor] < c:
            cursor += 1
        e = cursor
        while e < exception_from.shape[0] and exception_from[e] == c:
            j = exception_to[e]
            if j < end:
                if exception_transfers[e] == 0:  # seated throughout, even where trips overlap
                    cost = here + riding * (rows[j, 0] - departure)
                else:
                    cost = here + ride + waiting * (rows[j, 0] - arrival) + transfer
                if cost < aboard[j - start]:
                    aboard[j - start] = cost
                    aboard_parent[j - start] = c
            e += 1
    return best, goal, platform_parent, aboard_parent
