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
from mobiplan.search.scan import Ends, Labels, clear, find_earliest, find_latest
from mobiplan.search.sweep import FROM_ORIGIN, FROM_PLATFORM, sweep_forward, weights_by_criteria
from mobiplan.timetable.arrays import Groups, Int32
from mobiplan.timetable.graph import DEPARTURE, Connections, TimeExpandedGraph

Engine = Literal["auto", "scan", "sweep", "dijkstra"]
ENGINES = ("auto", "scan", "sweep", "dijkstra")


class Found(NamedTuple):
    """A journey as positions in the graph; times in seconds since its epoch."""

    departure: int
    arrival: int
    boards: Int32  # (n_rides,)
    alights: Int32  # (n_rides,)
    exceptional: Int32  # (n_rides,) 1 = entered by an exceptional arc


def make_labels(connections: Connections, groups: Groups) -> Labels:
    """Make the label arrays of one thread, reused from query to query on one graph."""
    n_boarding, n_arrival = len(groups.boarding_stop), len(groups.arrival_stop)
    n_runs, n = len(connections.run_trip), len(connections.hop)
    sizes = [n_boarding + 1] * 4 + [n_arrival + 1] * 4 + [n_runs] * 3 + [n]
    return Labels(*(np.full(size, -1, dtype=np.int32) for size in sizes))


def earliest_arrival(
    graph: TimeExpandedGraph,
    labels: Labels,
    ends: Ends,
    depart: int,
    arrive: int,
    engine: Engine = "auto",
    *,
    narrow: bool = True,
) -> tuple[Found | None, int]:
    """Return the journey that arrives first, and how many connections were looked at.

    Parameters
    ----------
    depart, arrive : int
        Not before and not after, in seconds since the graph's epoch.
    narrow : bool
        Untangle the journey by lists instead of a backward scan: faster, the same answer.
    """
    if engine not in ("auto", "scan"):
        return _least_cost(graph, labels, ends, depart, arrive, engine, latest_departure=False)
    connections, groups = graph.connections, graph.timetable.groups
    departure, arrival, looked_at, *rides = find_earliest(
        connections, groups, labels, ends, depart, depart, arrive, narrow
    )
    return (Found(departure, arrival, *rides) if departure >= 0 else None), looked_at


def latest_departure(
    graph: TimeExpandedGraph,
    labels: Labels,
    ends: Ends,
    depart: int,
    arrive: int,
    engine: Engine = "auto",
    *,
    narrow: bool = True,
) -> tuple[Found | None, int]:
    """Return the journey that leaves last, and how many connections were looked at."""
    if engine not in ("auto", "scan"):
        return _least_cost(graph, labels, ends, depart, arrive, engine, latest_departure=True)
    connections, groups = graph.connections, graph.timetable.groups
    leave_at, looked_at = find_latest(connections, groups, labels, ends, depart, arrive)
    if leave_at < 0:
        return None, looked_at
    departure, arrival, again, *rides = find_earliest(
        connections, groups, labels, ends, depart, leave_at, arrive, narrow
    )
    return Found(departure, arrival, *rides), looked_at + again


def _window(graph: TimeExpandedGraph, depart: int, arrive: int) -> tuple[int, int]:
    departures = graph.connections.rows[:, DEPARTURE]
    return bisect_left(departures, depart), bisect_right(departures, arrive)


def _least_cost(
    graph: TimeExpandedGraph,
    labels: Labels,
    ends: Ends,
    depart: int,
    arrive: int,
    engine: Engine,
    *,
    latest_departure: bool,
) -> tuple[Found | None, int]:
    """Answer by least lexicographic cost over the arcs."""
    connections, groups, arcs = graph.connections, graph.timetable.groups, graph.arcs
    clear(labels, ends)
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
        labels.access,
        labels.leave,
        labels.egress,
        depart,
        arrive,
        *weights_by_criteria(latest_departure=latest_departure, limit=arrive),
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
        int(rows[first, 0] - labels.leave[rows[first, 3]]),
        int(rows[last, 1] + labels.egress[rows[last, 4]]),
        columns[:, 0],
        columns[:, 1],
        columns[:, 2],
    )
