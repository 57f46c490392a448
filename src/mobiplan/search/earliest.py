"""Earliest arrival and latest departure on a graph, by any engine.

All engines answer in the stated order: earliest arrival, then latest departure, then fewest
transfers, then the smaller position (for a latest departure the first two change places).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mobiplan.search.dijkstra import dijkstra
from mobiplan.search.scan import NEVER, fewest_transfers, scan_backward, scan_forward
from mobiplan.search.sweep import FROM_ORIGIN, FROM_PLATFORM, sweep_forward, weights_by_criteria
from mobiplan.timetable.arrays import Groups, Int32
from mobiplan.timetable.graph import DEPARTURE, Connections, TimeExpandedGraph

Engine = Literal["auto", "scan", "sweep", "dijkstra"]
ENGINES = ("auto", "scan", "sweep", "dijkstra")


class Ends(NamedTuple):
    """Where a journey may begin and end, in groups."""

    origin: Int32  # (k,) boarding groups
    access: Int32  # (k,) s needed before a departure of the group: walk and closing of doors
    leave: Int32  # (k,) s before that departure at which the journey begins: 0 without a walk
    destination: Int32  # (m,) arrival groups
    egress: Int32  # (m,) s on foot after the arrival


class Found(NamedTuple):
    """A journey as positions in the graph; times in seconds since its epoch."""

    departure: int
    arrival: int
    boards: Int32  # (n_rides,)
    alights: Int32  # (n_rides,)
    exceptional: Int32  # (n_rides,) 1 = entered by an exceptional arc


class Scratch:
    """The label arrays of one thread, reused from query to query on one graph."""

    def __init__(self, connections: Connections, groups: Groups) -> None:
        n_boarding, n_arrival = len(groups.boarding_stop), len(groups.arrival_stop)
        n_runs, n = len(connections.run_trip), len(connections.hop)

        def array(size: int) -> Int32:
            return np.empty(size, dtype=np.int32)

        self.ready, self.left = array(n_boarding + 1), array(n_boarding + 1)
        self.access, self.leave = array(n_boarding + 1), array(n_boarding + 1)
        self.arrived, self.latest = array(n_arrival + 1), array(n_arrival + 1)
        self.egress = array(n_arrival + 1)
        self.boarded, self.alighted = array(n_runs), array(n_runs)
        self.corridor = array(n)

    def place(self, ends: Ends, depart: int) -> None:
        """Set the labels of a new query."""
        for labels in (self.ready, self.access, self.egress, self.arrived, self.boarded):
            labels.fill(NEVER)
        self.leave.fill(0)
        self.access[ends.origin] = ends.access
        self.leave[ends.origin] = ends.leave
        self.egress[ends.destination] = ends.egress
        self.ready[ends.origin] = depart + ends.access


def earliest_arrival(
    graph: TimeExpandedGraph,
    scratch: Scratch,
    ends: Ends,
    depart: int,
    arrive: int,
    engine: Engine = "auto",
) -> tuple[Found | None, int]:
    """Return the journey that arrives first, and how many connections were looked at.

    Parameters
    ----------
    depart, arrive : int
        Not before and not after, in seconds since the graph's epoch.
    """
    scratch.place(ends, depart)
    if engine in ("auto", "scan"):
        return _scan(graph, scratch, ends, depart, arrive)
    return _least_cost(graph, scratch, depart, arrive, engine, latest_departure=False)


def latest_departure(
    graph: TimeExpandedGraph,
    scratch: Scratch,
    ends: Ends,
    depart: int,
    arrive: int,
    engine: Engine = "auto",
) -> tuple[Found | None, int]:
    """Return the journey that leaves last, and how many connections were looked at."""
    scratch.place(ends, depart)
    if engine not in ("auto", "scan"):
        return _least_cost(graph, scratch, depart, arrive, engine, latest_departure=True)
    start, end = _window(graph, depart, arrive)
    scratch.boarded.fill(0)  # "reached always": nothing is cut
    leave_at, _ = _backward(graph, scratch, ends, start, end, depart, arrive)
    if leave_at < 0:
        return None, end - start
    scratch.place(ends, leave_at)
    # Doors close for the asked instant, not for the journey's own beginning.
    scratch.ready[ends.origin] = np.maximum(leave_at + ends.leave, depart + ends.access)
    found, looked_at = _scan(graph, scratch, ends, depart, arrive, leave_at)
    return found, looked_at + end - start


def _window(graph: TimeExpandedGraph, depart: int, arrive: int) -> tuple[int, int]:
    departures = graph.connections.rows[:, DEPARTURE]
    return bisect_left(departures, depart), bisect_right(departures, arrive)


def _scan(
    graph: TimeExpandedGraph,
    scratch: Scratch,
    ends: Ends,
    depart: int,
    arrive: int,
    leave_at: int | None = None,
) -> tuple[Found | None, int]:
    """Scan forward to the arrival, backward to the departure, then untangle the legs."""
    connections, groups = graph.connections, graph.timetable.groups
    rows = connections.rows
    departures = rows[:, DEPARTURE]
    start = bisect_left(departures, depart if leave_at is None else leave_at)
    arrival, stop = scan_forward(
        rows,
        start,
        groups.pair_ptr,
        groups.pair_to,
        groups.pair_minimum,
        connections.exception_from,
        connections.exception_to,
        scratch.egress,
        scratch.ready,
        scratch.arrived,
        scratch.boarded,
        arrive + 1,
    )
    looked_at = stop - start
    if arrival > arrive:
        return None, looked_at
    end = bisect_right(departures, arrival, lo=start)
    departure, size = _backward(graph, scratch, ends, start, end, depart, arrival)
    boards, alights, exceptional = fewest_transfers(
        rows,
        scratch.corridor,
        size,
        groups.pair_ptr,
        groups.pair_to,
        groups.pair_minimum,
        connections.exception_from,
        connections.exception_to,
        connections.exception_transfers,
        scratch.access,
        scratch.leave,
        depart,
        departure,
        scratch.egress,
        arrival,
    )
    return Found(departure, arrival, boards, alights, exceptional), looked_at + end - start


def _backward(
    graph: TimeExpandedGraph,
    scratch: Scratch,
    ends: Ends,
    start: int,
    end: int,
    depart: int,
    arrive: int,
) -> tuple[int, int]:
    connections, groups = graph.connections, graph.timetable.groups
    for labels in (scratch.latest, scratch.left, scratch.alighted):
        labels.fill(-1)
    scratch.latest[ends.destination] = arrive - ends.egress
    departure, size = scan_backward(
        connections.rows,
        start,
        end,
        groups.back_ptr,
        groups.back_to,
        groups.back_minimum,
        connections.exception_from,
        connections.exception_to,
        scratch.access,
        scratch.leave,
        depart,
        scratch.ready,
        scratch.boarded,
        scratch.latest,
        scratch.left,
        scratch.alighted,
        scratch.corridor,
    )
    return departure, size


def _least_cost(
    graph: TimeExpandedGraph,
    scratch: Scratch,
    depart: int,
    arrive: int,
    engine: Engine,
    *,
    latest_departure: bool,
) -> tuple[Found | None, int]:
    """Answer by least lexicographic cost over the arcs."""
    connections, groups, arcs = graph.connections, graph.timetable.groups, graph.arcs
    start, end = _window(graph, depart, arrive)
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
        scratch.access,
        scratch.leave,
        scratch.egress,
        depart,
        arrive,
        *weights_by_criteria(latest_departure=latest_departure, limit=arrive),
    )
    if goal < 0:
        return None, end - start
    found = _follow(graph, scratch, start, goal, platform_parent, aboard_parent)
    return found, end - start


def _follow(
    graph: TimeExpandedGraph,
    scratch: Scratch,
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
        if parent == FROM_PLATFORM:
            rides.append((c, alight, 0))
            before = int(platform_parent[c - start])
            if before == FROM_ORIGIN:
                break
            c = alight = before
        else:
            if rows[parent, 2] != rows[c, 2]:
                rides.append((c, alight, 1))
                alight = parent
            c = parent
    columns: NDArray[np.int32] = np.array(rides[::-1], dtype=np.int32)
    first, last = rides[-1][0], rides[0][1]
    return Found(
        int(rows[first, 0] - scratch.leave[rows[first, 3]]),
        int(rows[last, 1] + scratch.egress[rows[last, 4]]),
        columns[:, 0],
        columns[:, 1],
        columns[:, 2],
    )
