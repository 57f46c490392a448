"""Dijkstra's algorithm on the arcs of the time-expanded graph: the check of the other engines."""

# numba types the kernels' scalars; mypy would take an element of an array for an array.
# mypy: disable-error-code="arg-type,assignment,call-overload,operator,index"

from __future__ import annotations

import heapq

import numpy as np

from mobiplan.compiling import kernel
from mobiplan.search.sweep import FROM_ORIGIN, FROM_PLATFORM, UNREACHED
from mobiplan.timetable.arrays import Int8, Int32


@kernel
def dijkstra(
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
    """Answer as `sweep_forward` does, by Dijkstra's algorithm with a heap of nodes.

    Node 2i is platform i, 2i + 1 aboard i, counted from `start`; arcs are the same.
    """
    size = end - start
    cost_of = np.full(2 * size, UNREACHED)
    platform_parent = np.full(size, -1, dtype=np.int32)
    aboard_parent = np.full(size, FROM_PLATFORM, dtype=np.int32)
    heap = [(0.0, np.int64(-1))]
    heap.pop()
    for i in range(size):
        c = start + i
        group = rows[c, 3]
        began = rows[c, 0] - begins[group, 1]
        if rows[c, 0] - begins[group, 0] >= depart:
            cost_of[2 * i + 1] = begin + begin_slope * began + walking * begins[group, 1]
            aboard_parent[i] = FROM_ORIGIN
            heap.append((cost_of[2 * i + 1], np.int64(2 * i + 1)))
    heapq.heapify(heap)
    best, goal = UNREACHED, -1
    while len(heap) > 0:
        here, node = heapq.heappop(heap)
        if here > cost_of[node]:
            continue
        if here >= best:
            break
        i = node // 2
        c = start + i
        departure, arrival = rows[c, 0], rows[c, 1]
        if node % 2 == 0:
            if here < cost_of[node + 1]:
                cost_of[node + 1] = here
                aboard_parent[i] = FROM_PLATFORM
                heapq.heappush(heap, (here, node + 1))
            j = next_in_group[c]
            if j < end:
                cost = here + waiting * (rows[j, 0] - departure)
                to = 2 * (j - start)
                if cost < cost_of[to]:
                    cost_of[to] = cost
                    platform_parent[j - start] = platform_parent[i]
                    heapq.heappush(heap, (cost, np.int64(to)))
            continue
        ride = riding * (arrival - departure)
        j = next_in_run[c]
        if j < end:
            cost = here + ride + riding * (rows[j, 0] - arrival)
            to = 2 * (j - start) + 1
            if cost < cost_of[to]:
                cost_of[to] = cost
                aboard_parent[j - start] = c
                heapq.heappush(heap, (cost, np.int64(to)))
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
                to = 2 * (j - start)
                if cost < cost_of[to]:
                    cost_of[to] = cost
                    platform_parent[j - start] = c
                    heapq.heappush(heap, (cost, np.int64(to)))
            pair += 1
        e = np.searchsorted(exception_from, c)
        while e < exception_from.shape[0] and exception_from[e] == c:
            j = exception_to[e]
            if j < end:
                if exception_transfers[e] == 0:
                    cost = here + riding * (rows[j, 0] - departure)
                else:
                    cost = here + ride + waiting * (rows[j, 0] - arrival) + transfer
                to = 2 * (j - start) + 1
                if cost < cost_of[to]:
                    cost_of[to] = cost
                    aboard_parent[j - start] = c
                    heapq.heappush(heap, (cost, np.int64(to)))
            e += 1
    return best, goal, platform_parent, aboard_parent
