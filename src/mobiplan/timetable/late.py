"""Late trains: the graph in which some runs leave and arrive later than the timetable says.

A delay holds from a moment on: what lies before it has happened as it was known then. It goes with
the vehicle, so with the portions coupled to it and with the trips that the vehicle runs next; and
a train that is to wait for a late one (a guaranteed change) waits, however long. Other trains run
as planned.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from mobiplan.timetable.arrays import Bool, Int8, Int32, frozen
from mobiplan.timetable.expanding import by_group, make_connections
from mobiplan.timetable.graph import (
    ARRIVAL,
    BOARDING,
    DEPARTURE,
    RUN,
    TimeExpandedGraph,
)

WHEN = [DEPARTURE, ARRIVAL]  # the two columns of rows that a delay moves


class Waits(NamedTuple):
    """The train at position `waiting` leaves no sooner than `minimum` after `come` has arrived."""

    come: int
    waiting: int
    minimum: int  # s


class _Part(NamedTuple):
    """What is late: a trip of a service day, from a call on."""

    trip: int
    day: int
    call: int
    late_s: int


def spread_delay(
    graph: TimeExpandedGraph,
    position: int,
    since: int,
    delay_s: int,
    known: Int32 | None = None,
    promised: tuple[Waits, ...] = (),
) -> Int32:
    """Return by how much each connection leaves and arrives late.

    Parameters
    ----------
    graph : TimeExpandedGraph
        As planned.
    position : int
        A connection of the train that is late.
    since : int
        From this moment on [s since the graph's epoch].
    delay_s : int
        Against the timetable.
    known : (n, 2) int32, optional
        What was known of delays before [s]: it tells what lies ahead, and holds for the rest.
    promised : tuple of Waits
        Guaranteed changes besides those between two trips.

    Returns
    -------
    (n, 2) int32
        Seconds that departure and arrival of each connection are late.
    """
    connections = graph.connections
    planned = connections.rows[:, WHEN]
    ahead = planned > since if known is None else planned + known > since
    late = np.zeros((graph.n, 2), dtype=np.int32)
    if known is not None:
        late[~ahead] = known[~ahead]
    first = _part(graph, position, delay_s)
    own = _run(graph, first.trip, first.day)
    # Nothing that lies ahead has happened yet, however small the delay.
    to_come = np.maximum(delay_s, since - planned[own])
    late[own] = np.where(ahead[own], to_come, late[own])
    queue = _follow(graph, own[ahead[own].any(axis=1)], late, promised)
    while queue:
        part = queue.pop()
        run = _run(graph, part.trip, part.day)
        run = run[graph.timetable.hops.call[connections.hop[run]] >= part.call]
        later = ahead[run] & (late[run] < part.late_s)
        if later.any():
            late[run] = np.where(later, part.late_s, late[run])
            queue += _follow(graph, run[later.any(axis=1)], late, promised)
    return late


def delayed(graph: TimeExpandedGraph, shift: Int32, late: Int32) -> TimeExpandedGraph:
    """Return the graph whose connections leave and arrive later.

    Parameters
    ----------
    graph : TimeExpandedGraph
        As planned.
    shift : (n, 2) int32
        Seconds added to departure and arrival.
    late : (n, 2) int32
        What a traveller is told of it: how late the train is.
    """
    before, timetable = graph.connections, graph.timetable
    moved: Bool = (shift != 0).any(axis=1)
    if not moved.any():
        return graph
    rows = before.rows.copy()
    rows[:, WHEN] += shift
    order = _order(graph, rows, moved)
    inverse = np.empty(graph.n, dtype=np.int32)
    inverse[order] = np.arange(graph.n, dtype=np.int32)
    one, other = before.exception_from, before.exception_to
    holds = inverse[one] < inverse[other]
    for arc in np.flatnonzero(holds & (moved[one] | moved[other])):
        i, j = int(one[arc]), int(other[arc])
        if before.exception_transfers[arc] == 0:
            together = shift[i, 1] == shift[j, 0]  # one vehicle
            holds[arc] = together or rows[j, DEPARTURE] >= rows[i, ARRIVAL]
        else:
            minimum = _exception(graph, i, j)[0]
            holds[arc] = rows[j, DEPARTURE] >= rows[i, ARRIVAL] + minimum
    connections = make_connections(
        timetable,
        rows[order],
        before.hop[order],
        before.slot[order],
        inverse[before.position],
        before.run_trip,
        before.run_day,
        before.run_slot,
        _sorted_arcs(inverse[one[holds]], inverse[other[holds]], before.exception_transfers[holds]),
    )
    return dataclasses.replace(
        graph,
        connections=frozen(connections),
        kept=order if graph.kept is None else graph.kept[order],
        n_whole=graph.n_whole or graph.n,
        late=late[order],
    )


def with_own_door(graph: TimeExpandedGraph, position: int) -> TimeExpandedGraph:
    """Return the graph in which a connection has a boarding group that is nobody else's.

    No change leads to it: who begins there sits in that train already, or boards it in any case.
    The group is the last one.
    """
    timetable, before = graph.timetable, graph.connections
    groups = timetable.groups
    own = len(groups.boarding_stop)  # before: of those who may not board
    stop = timetable.calls.stop[timetable.hops.call[before.hop[position]]]
    groups = groups._replace(
        boarding=np.where(groups.boarding == own, own + 1, groups.boarding).astype(np.int32),
        boarding_stop=np.append(groups.boarding_stop, stop).astype(np.int32),
        boarding_station=np.append(groups.boarding_station, timetable.stops.station[stop]).astype(
            np.int32
        ),
        closing=np.append(groups.closing, 0).astype(np.int32),
        back_ptr=np.append(groups.back_ptr, groups.back_ptr[-1]).astype(np.int32),
    )
    rows = before.rows.copy()
    rows[rows[:, BOARDING] == own, BOARDING] = own + 1
    rows[position, BOARDING] = own
    departure_ptr, departures = by_group(rows[:, BOARDING], own + 2)
    connections = before._replace(rows=rows, departure_ptr=departure_ptr, departures=departures)
    return dataclasses.replace(
        graph,
        timetable=dataclasses.replace(timetable, groups=frozen(groups)),
        connections=frozen(connections),
    )


def same_connection(one: TimeExpandedGraph, position: int, other: TimeExpandedGraph) -> int:
    """Return where a connection of one graph stands in another one; -1 where it is not."""
    connections = other.connections
    run = int(one.connections.rows[position, RUN])
    day = one.first_day + int(one.connections.run_day[run]) - other.first_day
    found = np.flatnonzero(connections.hop == one.connections.hop[position])
    found = found[connections.run_day[connections.rows[found, RUN]] == day]
    return int(found[0]) if len(found) else -1


def _part(graph: TimeExpandedGraph, position: int, late_s: int) -> _Part:
    connections = graph.connections
    run = int(connections.rows[position, RUN])
    call = int(graph.timetable.hops.call[connections.hop[position]])
    return _Part(int(connections.run_trip[run]), int(connections.run_day[run]), call, late_s)


def _run(graph: TimeExpandedGraph, trip: int, day: int) -> Int32:
    """Return the connections of a trip on a day; needs may have left a run in pieces."""
    connections = graph.connections
    runs = np.flatnonzero((connections.run_trip == trip) & (connections.run_day == day))
    slots = [np.arange(connections.run_slot[r], connections.run_slot[r + 1]) for r in runs]
    positions: Int32 = connections.position[np.concatenate(slots)]
    return positions


def _follow(
    graph: TimeExpandedGraph, positions: Int32, late: Int32, promised: tuple[Waits, ...]
) -> list[_Part]:
    """Return what becomes late because these connections are."""
    connections = graph.connections
    rows, twin = connections.rows, connections.twin
    parts = []
    for position in positions.tolist():
        leaves, comes = late[position].tolist()
        other = int(twin[position])
        while other != position:
            parts.append(_part(graph, other, max(leaves, comes)))
            other = int(twin[other])
        if not comes:
            continue
        begin, end = np.searchsorted(connections.exception_from, [position, position + 1])
        waits = [w for w in promised if w.come == position]
        for arc in range(begin, end):
            following = int(connections.exception_to[arc])
            if connections.exception_transfers[arc] == 0:
                parts.append(_part(graph, following, comes))
                continue
            minimum, guaranteed = _exception(graph, position, following)
            if guaranteed:
                waits.append(Waits(position, following, minimum))
        for wait in waits:
            ready = int(rows[position, ARRIVAL]) + comes + wait.minimum
            held = ready - int(rows[wait.waiting, DEPARTURE])
            if held > 0:
                parts.append(_part(graph, wait.waiting, held))
    return parts


def _exception(graph: TimeExpandedGraph, come: int, go: int) -> tuple[int, bool]:
    """Return how long a change between two trips takes [s], and whether the second waits."""
    exceptions = graph.timetable.exceptions
    one, other = _part(graph, come, 0), _part(graph, go, 0)
    rows = np.flatnonzero(
        (exceptions.from_call == one.call + 1)
        & (exceptions.to_call == other.call)
        & (exceptions.day_shift == other.day - one.day)
        & (exceptions.transfers != 0)
    )
    return int(exceptions.minimum[rows].min()), bool(exceptions.guaranteed[rows].any())


def _order(graph: TimeExpandedGraph, rows: Int32, moved: Bool) -> Int32:
    """Return the stated order of moved rows: departure, arrival, riding order, then content."""
    timetable, before = graph.timetable, graph.connections
    key = (rows[:, DEPARTURE].astype(np.int64) << 32) | rows[:, ARRIVAL]
    order = np.argsort(key, kind="stable").astype(np.int32)
    # Where moved ones and others meet in one second, the old order says nothing of them.
    met = np.flatnonzero(np.isin(key, key[moved])[order])
    rest = order[met]
    call = timetable.hops.call[before.hop[rest]]
    trip = before.run_trip[rows[rest, RUN]]
    columns = (
        trip,
        timetable.stops.station[timetable.calls.stop[call]],
        call - timetable.trips.call_ptr[trip],
        before.run_day[rows[rest, RUN]],
        key[rest],
    )
    order[met] = rest[np.lexsort(columns)]
    return order


def _sorted_arcs(one: Int32, other: Int32, transfers: Int8) -> tuple[Int32, Int32, Int8]:
    by_position = np.lexsort((transfers, other, one))
    return one[by_position], other[by_position], transfers[by_position]
