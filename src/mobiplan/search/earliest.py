"""Earliest arrival and latest departure on a graph, by any engine.

All engines answer in the stated order: earliest arrival, then latest departure, then fewest
transfers, then the smaller position (for a latest departure the first two change places).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any, NamedTuple

import numpy as np

from mobiplan.search.blocks import scan_blocks, trace_back
from mobiplan.search.dijkstra import dijkstra
from mobiplan.search.ends import Bounds, Ends, Engine, Found
from mobiplan.search.scan import fewest_transfers, first_departure, scan_backward, scan_forward
from mobiplan.search.sweep import FROM_ORIGIN, FROM_PLATFORM, sweep_forward, weights_by_criteria
from mobiplan.timetable.arrays import Groups, Int32, UInt64
from mobiplan.timetable.graph import DEPARTURE, NEVER, Connections, TimeExpandedGraph

FEW_ROUNDS = 6  # numbers of changes told apart at first; the cost grows with them


class Labels(NamedTuple):
    """The label arrays of one thread on one graph, reused from query to query."""

    never: Int32  # the four below end to end, so that one call sets them to NEVER
    begins: Int32  # (n_boarding + 1, 2) access and leave of the origin's groups, else NEVER
    egress: Int32  # (n_arrival + 1,) egress of the destination's groups, else NEVER
    ready: Int32  # (n_boarding + 1,) earliest departure that can be caught
    arrived: Int32  # (n_arrival + 1,) earliest arrival
    boarded: Int32  # (n_runs,) position where one came aboard
    latest: Int32  # (n_arrival + 1,) latest arrival that is still in time
    alighted: Int32  # (n_runs,) last position where alighting is in time; -1 between queries
    corridor: Int32  # (n,) positions
    local_group: Int32  # (n_boarding + 1,) number of a group within a corridor
    local_run: Int32  # (n_runs,) number of a run within a corridor
    marked: UInt64  # (n_blocks + 1,) a bit for each position
    reached: Int32  # (n,) positions
    standing: Int32  # (n,) label of those who can catch a departure; -1 between queries
    scratch: dict[tuple[int, int], Any]  # what `costs` writes to, by numbers of rows and layers


def make_labels(connections: Connections, groups: Groups) -> Labels:
    """Make the label arrays of one thread."""
    boarding, arrival = len(groups.boarding_stop) + 1, len(groups.arrival_stop) + 1
    runs, n = len(connections.run_trip), len(connections.hop)
    never = np.full(3 * boarding + 2 * arrival, NEVER, dtype=np.int32)
    begins, egress, ready, arrived = np.split(never, np.cumsum([2 * boarding, arrival, boarding]))
    return Labels(
        never,
        begins.reshape(-1, 2),
        egress,
        ready,
        arrived,
        boarded=np.full(runs, -1, dtype=np.int32),
        latest=np.full(arrival, -1, dtype=np.int32),
        alighted=np.full(runs, -1, dtype=np.int32),
        corridor=np.empty(n, dtype=np.int32),
        local_group=np.empty(boarding, dtype=np.int32),
        local_run=np.empty(runs, dtype=np.int32),
        marked=np.zeros(n // 64 + 2, dtype=np.uint64),
        reached=np.empty(n, dtype=np.int32),
        standing=np.full(n, -1, dtype=np.int32),
        scratch={},
    )


def place(labels: Labels, ends: Ends) -> None:
    """Set the labels that say where a journey begins and ends; nothing else is reached."""
    labels.never.fill(NEVER)
    labels.begins[ends.origin, 0] = ends.access
    labels.begins[ends.origin, 1] = ends.leave
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
        "scan" looks at one connection after another, forward and backward; "auto" at 64 at a
        time forward, and backward at what was reached only: faster, the same answer.
    """
    if engine == "auto":
        return _scan_in_blocks(graph, labels, ends, bounds, bounds.depart)
    place(labels, ends)
    if engine == "scan":
        return _scan(graph, labels, ends, bounds, bounds.depart)
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
    scan_by = _scan_in_blocks if engine == "auto" else _scan
    found, looked_at = scan_by(graph, labels, ends, bounds, leave_at)
    return found, looked_at + end - stop


def _scan(
    graph: TimeExpandedGraph, labels: Labels, ends: Ends, bounds: Bounds, leave_at: int
) -> tuple[Found | None, int]:
    """Scan forward to the arrival, back to what leads to it, then untangle the legs.

    Journeys leave at or after `leave_at`; doors are caught by who was there at `depart`.
    """
    connections = graph.connections
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
    departure, size, until = _backward(graph, labels, ends, start, stop, in_time)
    corridor = labels.corridor[:size][::-1].copy()
    rides = _untangle(graph, labels, corridor, bounds.depart, departure, arrival)
    return Found(int(departure), int(arrival), rides), looked_at + stop - until


def _scan_in_blocks(
    graph: TimeExpandedGraph, labels: Labels, ends: Ends, bounds: Bounds, leave_at: int
) -> tuple[Found | None, int]:
    """Do as `_scan` does, faster."""
    arrival, size, start, stop = scan_ahead(
        graph, labels, ends, bounds, ends.destination, ends.egress, leave_at
    )
    if arrival > bounds.arrive:
        return None, int(stop - start)
    departure, corridor = leading_to(graph, labels, ends, size, bounds.depart, arrival)
    rides = _untangle(graph, labels, corridor, bounds.depart, departure, arrival)
    return Found(int(departure), int(arrival), rides), int(stop - start)


def scan_ahead(
    graph: TimeExpandedGraph,
    labels: Labels,
    ends: Ends,
    bounds: Bounds,
    destination: Int32,
    egress: Int32,
    leave_at: int,
) -> tuple[int, int, int, int]:
    """Scan forward from the origin; see `scan_blocks`."""
    connections, groups = graph.connections, graph.timetable.groups
    scanned: tuple[int, int, int, int] = scan_blocks(
        *graph.blocks[:5],
        groups.pair_ptr,
        groups.pair_packed,
        connections.exception_from,
        connections.exception_to,
        ends.origin,
        ends.access,
        ends.leave,
        destination,
        egress,
        labels.begins,
        labels.egress,
        labels.ready,
        labels.arrived,
        labels.marked,
        labels.reached,
        bounds.depart,
        leave_at,
        bounds.arrive + 1,
    )
    return scanned


def leading_to(
    graph: TimeExpandedGraph, labels: Labels, ends: Ends, size: int, depart: int, arrive: int
) -> tuple[int, Int32]:
    """Trace back what `scan_ahead` reached; return the latest departure and what leads on."""
    connections, groups = graph.connections, graph.timetable.groups
    departure, first = trace_back(
        connections.rows,
        *graph.blocks[:5],
        groups.back_ptr,
        groups.back_packed,
        connections.exception_from,
        connections.exception_to,
        ends.destination,
        ends.egress,
        labels.begins,
        labels.latest,
        labels.marked,
        labels.reached,
        size,
        depart,
        arrive,
    )
    return departure, labels.reached[first:size]


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
    graph: TimeExpandedGraph,
    labels: Labels,
    corridor: Int32,
    depart: int,
    leave_at: int,
    arrive: int,
) -> Int32:
    """Return the rides of the journey with fewest transfers in the corridor."""
    connections, groups = graph.connections, graph.timetable.groups
    rounds, rides = FEW_ROUNDS, corridor[:0]
    while len(rides) == 0 and rounds < FEW_ROUNDS * (len(corridor) + 1):
        rides = fewest_transfers(
            connections.rows,
            corridor,
            groups.pair_ptr,
            groups.pair_packed,
            connections.exception_from,
            connections.exception_to,
            connections.exception_transfers,
            labels.begins,
            labels.egress,
            depart,
            leave_at,
            arrive,
            labels.local_group,
            labels.local_run,
            rounds,
        )
        rounds *= 4
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
