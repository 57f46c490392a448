"""Arrival and transfers: for each number of changes that pays, the journey that arrives first.

A scan says when one arrives at all, and with how many changes, T. Only journeys with fewer are
still to be found. They may come hours later, but few lines can be part of them; so three small
searches over lines (`mobiplan.search.lines`), in rounds, a round for each ride (RAPTOR: Delling,
Pajor, Werneck, *Round-Based Public Transit Routing*, Transportation Science 49, 2015, section 3):

* `lines.changes_to_come`: backward from the destination, all times left aside, the fewest
  changes to come aboard each line hop. Where more come than are allowed, nobody need look.
* `first_arrivals`: forward in rounds, the earliest arrival with 0, 1, ... T - 1 changes.
* `last_departure`: backward in rounds from one of these arrivals, over what the rounds forward
  have reached, the latest departure that keeps it, and its rides.

Labels are *instants*, a time and a position in the graph as one number: between trains one may
change only to a later position, which matters where neither change nor hop takes any time.
"""

# numba types the kernels' scalars; mypy would take an element of an array for an array.
# mypy: disable-error-code="arg-type,assignment,call-overload,operator,index"

from __future__ import annotations

import numpy as np

from mobiplan.compiling import Number, kernel
from mobiplan.search.earliest import Labels, earliest_arrival
from mobiplan.search.ends import Bounds, Ends, Found
from mobiplan.search.lines import ALL, Lines, changes_to_come
from mobiplan.timetable.arrays import Int8, Int32, Int64
from mobiplan.timetable.graph import TimeExpandedGraph

MOST_TRANSFERS = 7
LATER, NOT_YET = 2**62, -(2**62)  # instants: never; before all others
LAST = 2**31 - 1  # a position behind all others


def arrival_and_transfers(
    graph: TimeExpandedGraph,
    labels: Labels,
    lines: Lines,
    ends: Ends,
    bounds: Bounds,
    *,
    transfers: int = MOST_TRANSFERS,
    slack: float | None = None,
    narrow: bool = True,
) -> tuple[list[Found], int]:
    """Return the Pareto set of arrival and transfers, and how many connections were scanned.

    For each number of changes that gives an earlier arrival than every smaller number: of the
    journeys that arrive then, one that leaves last; of these, the one whose first train has
    the smallest position. The earliest arrival comes first, with it the most changes.

    Parameters
    ----------
    lines : Lines
        The graph's, from `make_lines`.
    bounds : Bounds
        Journeys begin at `depart` or later, and arrive at `arrive` or sooner.
    transfers : int
        At most so many changes; to stay seated from one trip to another is none.
    slack : float, optional
        Only journeys that arrive within (1 + slack) times the fastest's travel time, counted
        from ``bounds.depart``; exact within it.
    narrow : bool
        Leave out lines from which too many changes are to come: faster, the same answer.

    Examples
    --------
    >>> import mobiplan as mp
    >>> from mobiplan.search.earliest import make_labels
    >>> from mobiplan.search.lines import make_lines
    >>> planner = mp.Planner(mp.sample())
    >>> graph = planner.graph("2026-03-24")
    >>> labels = make_labels(graph.connections, planner.timetable.groups)
    >>> ends = planner.places.ends(planner.place("Rennes"), planner.place("Grenoble"))
    >>> bounds = Bounds(graph.complete_until // 2, graph.complete_until)
    >>> found, _ = arrival_and_transfers(graph, labels, make_lines(graph), ends, bounds)
    >>> [len(one.rides) - 1 for one in found]
    [1]
    """
    fastest, scanned = earliest_arrival(graph, labels, ends, bounds)
    if fastest is None:
        return [], scanned
    arrive = bounds.arrive
    if slack is not None:
        arrive = min(arrive, bounds.depart + int((1 + slack) * (fastest.arrival - bounds.depart)))
    changes = _count_transfers(graph, fastest)
    found = [fastest] if changes <= transfers else []
    most = min(changes - 1, transfers)
    if most < 0:
        return found, scanned
    within = Bounds(bounds.depart, arrive)
    fewer = _with_fewer(graph, labels, lines, ends, within, fastest.arrival, most, narrow)
    if fewer and fewer[0].arrival == fastest.arrival:  # it leaves later, for more changes
        found = []
    return found + fewer, scanned


def _count_transfers(graph: TimeExpandedGraph, found: Found) -> int:
    """Count the changes of a journey; to stay seated is none."""
    changes = len(found.rides) - 1
    if found.rides[:, 2].any():
        connections = graph.connections
        for before, ride in zip(found.rides[:-1], found.rides[1:], strict=True):
            here = connections.exception_from == before[1]
            arcs = here & (connections.exception_to == ride[0])
            if ride[2]:
                changes -= int(connections.exception_transfers[arcs].min() == 0)
    return changes


def _with_fewer(
    graph: TimeExpandedGraph,
    labels: Labels,
    lines: Lines,
    ends: Ends,
    bounds: Bounds,
    soonest: int,
    most: int,
    narrow: bool,
) -> list[Found]:
    """Return the best journeys with 0 to `most` changes; none arrives before `soonest`."""
    groups = graph.timetable.groups
    # How far back to look: half way, where it meets what the rounds forward have reached. To
    # look further costs as much as it spares.
    depth = (most + 1) // 2 if narrow else -1
    to_come = changes_to_come(
        lines.hops,
        lines.into_ptr,
        lines.into,
        lines.enter,
        groups.back_ptr,
        groups.back_packed,
        ends.destination,
        depth,
    )
    ready, arrivals = first_arrivals(
        lines.hops,
        lines.runs,
        lines.out_ptr,
        lines.out,
        lines.leave,
        groups.pair_ptr,
        groups.pair_packed,
        to_come,
        depth,
        ends.origin,
        bounds.depart + ends.access,
        labels.egress,
        soonest,
        bounds.arrive,
        most,
    )
    found: list[Found] = []
    for changes, arrival in enumerate(arrivals.tolist()):
        if arrival <= bounds.arrive and not (found and found[0].arrival == arrival):
            departure, rides = last_departure(
                lines.hops,
                lines.runs,
                lines.into_ptr,
                lines.into,
                lines.enter,
                groups.back_ptr,
                groups.back_packed,
                ready,
                labels.begins,
                bounds.depart,
                ends.destination,
                arrival - ends.egress,
                changes,
            )
            found.insert(0, Found(int(departure), arrival, rides))
    return found


@kernel
def _instant(time: int, position: int) -> Number:
    """Return a time and a position as one number, ordered by time, then by position."""
    return (np.int64(time) << 32) + np.int64(position)


@kernel
def first_arrivals(
    hops: Int32,
    runs: Int32,
    out_ptr: Int32,
    out: Int32,
    leave: Int32,
    pair_ptr: Int32,
    pair_packed: Int32,
    to_come: Int8,
    depth: int,
    origin: Int32,
    depart: Int32,
    egress: Int32,
    soonest: int,
    arrive: int,
    most: int,
) -> tuple[Int64, Int64]:
    """Return by changes: when each boarding group is ready, and the earliest arrival.

    `depart` is when a departure of each group of the `origin` can be caught. An arrival with at
    most k changes is `arrive` + 1 where there is none in time; none is before `soonest`.
    """
    n_boarding = out_ptr.shape[0] - 1
    ready = np.full((most + 2, n_boarding), LATER, dtype=np.int64)
    least = np.full(n_boarding, LATER, dtype=np.int64)  # of all rounds
    arrived = np.full(pair_ptr.shape[0] - 1, LATER, dtype=np.int64)
    arrivals = np.full(most + 1, arrive + 1, dtype=np.int64)
    marked = np.empty(n_boarding, dtype=np.int32)  # groups that became ready
    begin = np.full(hops[hops.shape[0] - 2, 0] + 1, -1, dtype=np.int32)  # line -> first hop
    todo = np.empty(begin.shape[0] + leave.shape[0], dtype=np.int32)  # hop, ~hop where seated
    seats = np.empty(leave.shape[0], dtype=np.int32)  # hops aboard which the next round begins
    taken = np.zeros(leave.shape[0], dtype=np.bool_)
    n_marked, n_seats = origin.shape[0], 0
    for k in range(n_marked):
        marked[k] = origin[k]
        ready[0, origin[k]] = least[origin[k]] = _instant(depart[k], 0)
    best = arrive + 1
    for changes in range(most + 1):
        allowed = most - changes if most - changes <= depth else ALL
        n_todo = 0
        for k in range(n_marked):
            for o in range(out_ptr[marked[k]], out_ptr[marked[k] + 1]):
                s = out[o]
                if to_come[s] <= allowed:
                    line = hops[s, 0]
                    if begin[line] < 0:
                        begin[line], todo[n_todo] = s, line
                        n_todo += 1
                    begin[line] = min(begin[line], s)
        for k in range(n_todo):
            line = todo[k]
            todo[k], begin[line] = begin[line], -1
        for k in range(n_seats):
            todo[n_todo] = ~seats[k]
            n_todo += 1
        n_marked, n_seats = 0, 0
        k = 0
        while k < n_todo:
            s, run = (todo[k], hops.shape[0]) if todo[k] >= 0 else (~todo[k], 0)
            k += 1
            line = hops[s, 0]
            while hops[s, 0] == line and to_come[s] <= allowed:
                first, n_runs = hops[s, 3], hops[s + 1, 3] - hops[s, 3]
                caught = ready[changes, hops[s, 1]]
                if caught < LATER:
                    low, high = 0, min(run, n_runs)
                    while low < high:
                        middle = (low + high) >> 1
                        if _instant(runs[first + middle, 1], runs[first + middle, 0]) < caught:
                            low = middle + 1
                        else:
                            high = middle
                    run = low
                s += 1
                if run >= n_runs:
                    continue
                c, arrival, a = runs[first + run, 0], runs[first + run, 2], hops[s - 1, 2]
                if arrival < best and _instant(arrival, c) < arrived[a]:
                    arrived[a] = _instant(arrival, c)
                    best = min(best, arrival + egress[a])
                    for pair in range(pair_ptr[a], pair_ptr[a + 1]):
                        g = pair_packed[2 * pair]
                        then = _instant(arrival + pair_packed[2 * pair + 1], c + 1)
                        if then < least[g]:
                            least[g] = then
                            if ready[changes + 1, g] == LATER:
                                marked[n_marked] = g
                                n_marked += 1
                            ready[changes + 1, g] = then
                for e in range(hops[s - 1, 4], hops[s, 4]):
                    if not taken[e]:
                        taken[e] = True
                        if leave[e, 1] == 0:
                            todo[n_todo] = ~leave[e, 0]
                            n_todo += 1
                        else:
                            seats[n_seats] = leave[e, 0]
                            n_seats += 1
        for j in range(changes, most + 1):
            arrivals[j] = best
        if best <= soonest:
            break
    return ready, arrivals


@kernel
def last_departure(
    hops: Int32,
    runs: Int32,
    into_ptr: Int32,
    into: Int32,
    enter: Int32,
    back_ptr: Int32,
    back_packed: Int32,
    ready: Int64,
    begins: Int32,
    depart: int,
    destination: Int32,
    in_time: Int32,
    most: int,
) -> tuple[Number, Int32]:
    """Return the latest departure with at most `most` changes, and its rides.

    `in_time` is when one has to be in each group of the `destination`, `ready` what
    `first_arrivals` has found. Rides as in `Found`.
    """
    n_arrival, n_arcs = into_ptr.shape[0] - 1, enter.shape[0]
    # Labels: (changes behind, arrival group), then those of exceptional arcs.
    arcs_at = (most + 2) * n_arrival
    latest = np.full(arcs_at, NOT_YET, dtype=np.int64)
    follow = np.empty((arcs_at + n_arcs, 3), dtype=np.int32)  # board, alight, label after it
    greatest = np.full(n_arrival, NOT_YET, dtype=np.int64)  # of all rounds
    marked = np.empty(n_arrival, dtype=np.int32)
    begin = np.full(hops[hops.shape[0] - 2, 0] + 1, -1, dtype=np.int32)  # line -> last hop
    todo = np.empty((begin.shape[0] + n_arcs, 2), dtype=np.int32)  # hop, arc from it or -1
    seats = np.empty(n_arcs, dtype=np.int32)
    taken = np.zeros(n_arcs, dtype=np.bool_)
    n_marked, n_seats = destination.shape[0], 0
    for k in range(n_marked):
        marked[k] = destination[k]
        latest[marked[k]] = greatest[marked[k]] = _instant(in_time[k], LAST)
    best, best_board, best_alight, best_label = -1, -1, -1, -1
    for changes in range(most + 1):
        n_todo = 0
        for k in range(n_marked):
            for o in range(into_ptr[marked[k]], into_ptr[marked[k] + 1]):
                line = hops[into[o], 0]
                if begin[line] < 0:
                    todo[n_todo, 0], todo[n_todo, 1] = line, -1
                    n_todo += 1
                begin[line] = max(begin[line], into[o])
        for k in range(n_todo):
            line = todo[k, 0]
            todo[k, 0], begin[line] = begin[line], -1
        for k in range(n_seats):
            todo[n_todo, 0], todo[n_todo, 1] = enter[seats[k], 0], seats[k]
            n_todo += 1
        n_marked, n_seats = 0, 0
        here, there = changes * n_arrival, (changes + 1) * n_arrival
        k = 0
        while k < n_todo:
            s, run, alight, label = todo[k, 0], -1, -1, -1
            if todo[k, 1] >= 0:
                run, alight, label = 0, runs[hops[s, 3], 0], arcs_at + todo[k, 1]
            k += 1
            line = hops[s, 0]
            while s >= 0 and hops[s, 0] == line:
                first = hops[s, 3]
                timely = latest[here + hops[s, 2]]
                if timely > NOT_YET:
                    low, high = run + 1, hops[s + 1, 3] - first
                    while low < high:  # to the first that is too late
                        middle = (low + high) >> 1
                        if _instant(runs[first + middle, 2], runs[first + middle, 0]) <= timely:
                            low = middle + 1
                        else:
                            high = middle
                    if low > run + 1:
                        run = low - 1
                        alight, label = runs[first + run, 0], here + hops[s, 2]
                s -= 1
                if run < 0 or runs[first + run, 1] < best:
                    continue
                c, departure, g = runs[first + run, 0], runs[first + run, 1], hops[s + 1, 1]
                leaves = departure - begins[g, 1]
                earlier = leaves > best or (leaves == best and c < best_board)
                if earlier and departure - begins[g, 0] >= depart:
                    best, best_board, best_alight, best_label = leaves, c, alight, label
                for e in range(hops[s + 1, 5], hops[s + 2, 5]):
                    if not taken[e]:
                        taken[e] = True
                        follow[arcs_at + e, 0], follow[arcs_at + e, 1] = c, alight
                        follow[arcs_at + e, 2] = label
                        if enter[e, 1] == 0:
                            todo[n_todo, 0], todo[n_todo, 1] = enter[e, 0], e
                            n_todo += 1
                        else:
                            seats[n_seats] = e
                            n_seats += 1
                reached = False
                for before in range(1, most - changes + 1):
                    reached |= ready[before, g] <= _instant(departure, c)
                if not reached:
                    continue
                for pair in range(back_ptr[g], back_ptr[g + 1]):
                    a = back_packed[2 * pair]
                    then = _instant(departure - back_packed[2 * pair + 1], c - 1)
                    if then > greatest[a]:
                        greatest[a] = then
                        if latest[there + a] == NOT_YET:
                            marked[n_marked] = a
                            n_marked += 1
                        latest[there + a] = then
                        follow[there + a, 0], follow[there + a, 1] = c, alight
                        follow[there + a, 2] = label
    length, label = 1, best_label
    while label >= n_arrival:
        length += 1
        label = follow[label, 2]
    rides = np.zeros((length, 3), dtype=np.int32)
    rides[0, 0], rides[0, 1] = best_board, best_alight
    label = best_label
    for ride in range(1, length):
        rides[ride, 0], rides[ride, 1] = follow[label, 0], follow[label, 1]
        rides[ride, 2] = label >= arcs_at
        label = follow[label, 2]
    return best, rides
