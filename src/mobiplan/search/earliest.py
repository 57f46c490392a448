"""Earliest arrival and latest departure on a graph, by any engine.

All engines answer in the stated order: earliest arrival, then latest departure, then fewest
transfers, then the smaller position (for a latest departure the first two change places).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any, Literal, NamedTuple

import numpy as np

from mobiplan.search.dijkstra import dijkstra
from mobiplan.search.scan import (
    fewest_transfers,
    find_corridor,
    first_departure,
    scan_backward,
    scan_forward,
)
from mobiplan.search.sweep import FROM_ORIGIN, FROM_PLATFORM, sweep_forward, weights_by_criteria
from mobiplan.timetable.arrays import Groups, Int32
from mobiplan.timetable.graph import DEPARTURE, NEVER, Connections, TimeExpandedGraph

Engine = Literal["auto", "scan", "sweep", "dijkstra"]
ENGINES = ("auto", "scan", "sweep", "dijkstra")


class Bounds(NamedTuple):
    """When a journey may be under way, in seconds since the graph's epoch."""

    depart: int  # not before
    arrive: int  # not after
    until: int = NEVER  # a profile's journeys leave before this; others do not look at it


class Found(NamedTuple):
    """A journey as positions in the graph; times in seconds since its epoch."""

    departure: int
    arrival: int
    rides: Int32  # (n_rides, 3) boarded at, alighted at, 1 = entered by an exceptional arc


class Ends(NamedTuple):
    """Where a journey may begin and end, in groups."""

    origin: Int32  # (k,) boarding groups
    access: Int32  # (k,) s needed before a departure of the group: walk and closing of doors
    leave: Int32  # (k,) s before that departure at which the journey begins: 0 without a walk
    destination: Int32  # (m,) arrival groups
    egress: Int32  # (m,) s on foot after the arrival


class Labels(NamedTuple):
    """The label arrays of one thread on one graph, reused from query to query."""

    begins: Int32  # (n_boarding + 1, 2) access and leave of the origin's groups, else NEVER, 0
    egress: Int32  # (n_arrival + 1,) egress of the destination's groups, else NEVER
    ready: Int32  # (n_boarding + 1,) earliest departure that can be caught
    arrived: Int32  # (n_arrival + 1,) earliest arrival
    boarded: Int32  # (n_runs,) position where one came aboard
    latest: Int32  # (n_arrival + 1,) latest arrival that is still in time
    upto: Int32  # (n_arrival + 1,) row in `arrivals` of the next one to look at
    alighted: Int32  # (n_runs,) last position where alighting is in time; -1 between queries
    corridor: Int32  # (n,) positions
    local_group: Int32  # (n_boarding + 1,) number of a group within a corridor
    local_run: Int32  # (n_runs,) number of a run within a corridor


def make_labels(connections: Connections, groups: Groups) -> Labels:
    """Make the label arrays of one thread."""
    boarding, arrival = len(groups.boarding_stop) + 1, len(groups.arrival_stop) + 1
    runs, n = len(connections.run_trip), len(connections.hop)
    sizes = [arrival, boarding, arrival, runs, arrival, arrival, runs, n, boarding, runs]
    begins = np.empty((boarding, 2), dtype=np.int32)
    return Labels(begins, *(np.full(size, -1, dtype=np.int32) for size in sizes))


def place(labels: Labels, ends: Ends) -> None:
    """Set the labels that say where a journey begins and ends."""
    labels.begins[:, 0] = NEVER  # where it is, nobody looks at the other column
    labels.begins[ends.origin, 0] = ends.access
    labels.begins[ends.origin, 1] = ends.leave
    labels.egress.fill(NEVER)
    labels.egress[ends.destination] = ends.egress


def earliest_arrival(
    graph: TimeExpandedGraph,
    labels: Labels,
    ends: Ends,
    bounds: Bounds,
    engine: Engine = "auto",
) -> tuple[Found | None, int]:
    """Return the journey that arrives first, and how many connections were looked at.

    Parameters
    ----------
    bounds : Bounds
    engine : Engine
        "scan" is two plain scans; "auto" finds the corridor of the second by lists: faster.
    """
    place(labels, ends)
    if engine in ("auto", "scan"):
        return _scan(graph, labels, ends, bounds, bounds.depart, engine == "auto")
    return _least_cost(graph, labels, bounds, engine, latest_departure=False)


def latest_departure(
    graph: TimeExpandedGraph,
    labels: Labels,
    ends: Ends,
    bounds: Bounds,
    engine: Engine = "auto",
) -> tuple[Found | None, int]:
    """Return the journey that leaves last, and how many connections were looked at."""
    place(labels, ends)
    if engine not in ("auto", "scan"):
        return _least_cost(graph, labels, bounds, engine, latest_departure=True)
    labels.boarded.fill(0)  # "reached always": nothing is cut
    start, end = _window(graph, bounds)
    leave_at, _, stop = _backward(graph, labels, ends, start, end, bounds)
    if leave_at < 0:
        return None, end - stop
    found, looked_at = _scan(graph, labels, ends, bounds, leave_at, engine == "auto")
    return found, looked_at + end - stop


def _scan(
    graph: TimeExpandedGraph,
    labels: Labels,
    ends: Ends,
    bounds: Bounds,
    leave_at: int,
    narrow: bool,
) -> tuple[Found | None, int]:
    """Scan forward to the arrival, find what leads to it, then untangle the legs.

    Journeys leave at or after `leave_at`; doors are caught by who was there at `depart`.
    """
    connections = graph.connections
    labels.ready.fill(NEVER)
    labels.arrived.fill(NEVER)
    labels.boarded.fill(NEVER)
    labels.ready[ends.origin] = np.maximum(bounds.depart + ends.access, leave_at + ends.leave)
    start = first_departure(
        connections.rows,
        connections.departure_ptr,
        connections.departures,
        ends.origin,
        labels.ready,
    )
    arrival, stop = scan(graph, labels, connections.rows, start, bounds.arrive)
    looked_at = stop - start
    if arrival > bounds.arrive:
        return None, looked_at
    in_time = bounds._replace(arrive=arrival)
    if narrow:
        limit = (stop - start) >> 8  # a wider corridor is found sooner by a scan
        departure, size = _corridor(graph, labels, ends, in_time, limit)
        if size <= limit:
            rides = _untangle(graph, labels, size, in_time, departure)
            # Zero-second hops between zero-minute changes may have led the corridor astray.
            if len(rides):
                return Found(int(departure), int(arrival), rides), looked_at
    departure, size, until = _backward(graph, labels, ends, start, stop, in_time)
    rides = _untangle(graph, labels, size, in_time, departure)
    return Found(int(departure), int(arrival), rides), looked_at + stop - until


def scan(
    graph: TimeExpandedGraph, labels: Labels, rows: Int32, start: int, arrive: int
) -> tuple[int, int]:
    """Scan `rows` (of the graph, or part of them) from `start`; see `scan_forward`."""
    connections, groups = graph.connections, graph.timetable.groups
    arrival, stop = scan_forward(
        rows.reshape(-1),
        start,
        groups.pair_ptr,
        groups.pair_packed,
        connections.exception_from,
        connections.exception_to,
        labels.egress,
        labels.ready,
        labels.arrived,
        labels.boarded,
        arrive + 1,
    )
    return arrival, stop


def _corridor(
    graph: TimeExpandedGraph, labels: Labels, ends: Ends, bounds: Bounds, limit: int
) -> tuple[int, int]:
    connections, groups = graph.connections, graph.timetable.groups
    labels.latest.fill(-1)
    departure, size = find_corridor(
        connections.rows,
        connections.position,
        connections.slot,
        connections.arrival_ptr,
        connections.arrivals,
        groups.back_ptr,
        groups.back_packed,
        connections.exception_from,
        connections.exception_to,
        connections.exception_back,
        labels.begins,
        bounds.depart,
        ends.destination,
        bounds.arrive - ends.egress,
        labels.arrived,
        labels.boarded,
        labels.latest,
        labels.upto,
        labels.alighted,
        labels.corridor,
        limit,
    )
    return departure, size


def _backward(
    graph: TimeExpandedGraph,
    labels: Labels,
    ends: Ends,
    start: int,
    end: int,
    bounds: Bounds,
) -> tuple[int, int, int]:
    connections, groups = graph.connections, graph.timetable.groups
    labels.latest.fill(-1)
    labels.latest[ends.destination] = bounds.arrive - ends.egress
    labels.local_group.fill(0)
    departure, size, stop = scan_backward(
        connections.rows,
        start,
        end,
        groups.back_ptr,
        groups.back_packed,
        connections.exception_from,
        connections.exception_to,
        labels.begins,
        bounds.depart,
        labels.boarded,
        labels.latest,
        labels.local_group,
        labels.alighted,
        labels.corridor,
    )
    labels.alighted.fill(-1)
    return departure, size, stop


def _untangle(
    graph: TimeExpandedGraph, labels: Labels, size: int, bounds: Bounds, leave_at: int
) -> Int32:
    """Return the rides of the journey with fewest transfers in the corridor."""
    connections, groups = graph.connections, graph.timetable.groups
    rides: Int32 = fewest_transfers(
        connections.rows,
        np.sort(labels.corridor[:size]),
        groups.pair_ptr,
        groups.pair_packed,
        connections.exception_from,
        connections.exception_to,
        connections.exception_transfers,
        labels.begins,
        labels.egress,
        bounds.depart,
        leave_at,
        bounds.arrive,
        labels.local_group,
        labels.local_run,
    )
    return rides


def _window(graph: TimeExpandedGraph, bounds: Bounds) -> tuple[int, int]:
    departures = graph.connections.rows[:, DEPARTURE]
    return bisect_left(departures, bounds.depart), bisect_right(departures, bounds.arrive)


def _least_cost(
    graph: TimeExpandedGraph,
    labels: Labels,
    bounds: Bounds,
    engine: Engine,
    *,
    latest_departure: bool,
) -> tuple[Found | None, int]:
    """Answer by least lexicographic cost over the arcs."""
    connections, groups, arcs = graph.connections, graph.timetable.groups, graph.arcs
    start, end = _window(graph, bounds)
    solve: Any = dijkstra if engine == "dijkstra" else sweep_forward
    _, goal, platform_parent, aboard_parent = solve(
        connections.rows,
        start,
        end,
        arcs.next_in_group,
        arcs.next_in_run,
        arcs.transfer_ptr,
        arcs.transfer_to,
        groups.pair_ptr,
        groups.pair_walk,
        connections.exception_from,
        connections.exception_to,
        connections.exception_transfers,
        labels.begins,
        labels.egress,
        bounds.depart,
        bounds.arrive,
        *weights_by_criteria(latest_departure=latest_departure, limit=bounds.arrive),
    )
    if goal < 0:
        return None, end - start
    found = _follow(graph, labels, start, goal, platform_parent, aboard_parent)
    return found, end - start


def _follow(
    graph: TimeExpandedGraph,
    labels: Labels,
    start: int,
    goal: int,
    platform_parent: Int32,
    aboard_parent: Int32,
) -> Found:
    """Follow the parents from the goal back to the origin."""
    rows = graph.connections.rows
    rides: list[tuple[int, int, int]] = []
    c = alight = goal
    while True:
        parent = int(aboard_parent[c - start])
        if parent in (FROM_ORIGIN, FROM_PLATFORM):
            rides.append((c, alight, 0))
            if parent == FROM_ORIGIN:
                break
            c = alight = int(platform_parent[c - start])
        else:
            if rows[parent, 2] != rows[c, 2]:
                rides.append((c, alight, 1))
                alight = parent
            c = parent
    first, last = rides[-1][0], rides[0][1]
    return Found(
        int(rows[first, 0] - labels.begins[rows[first, 3], 1]),
        int(rows[last, 1] + labels.egress[rows[last, 4]]),
        np.array(rides[::-1], dtype=np.int32),
    )
