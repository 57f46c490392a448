"""From one place to everywhere, and from everywhere to one place: the best journeys of a window.

Each event of the time-expanded graph has its time, so one number says the best way there: *when
the journey began*, the later the better (backward: when it arrives, the sooner the better). It
only ever passes along arcs, so one sweep in array order finds it for all events at once, whatever
the destination, and whenever in the window one sets out: the self-pruning of Delling, Katz and
Pajor, *Parallel Computation of Best Connections in Public Transportation Networks* (JEA 17, 2012,
section 3), with the order of a DAG for a queue. What is best at a station is then looked up among
the events there: the soonest arrival of a departure time, or the shortest journey of a day.
The kernels are in `mobiplan.search.fans`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import NamedTuple

import numpy as np

from mobiplan.search.fans import (
    STEP,
    by_minute,
    follow,
    look_up_arrivals,
    look_up_departures,
    sweep_from,
    sweep_to,
)
from mobiplan.timetable.arrays import Int32, Int64
from mobiplan.timetable.graph import DEPARTURE, NEVER, TimeExpandedGraph


class Doors(NamedTuple):
    """Places where journeys may begin or end, by group of the graph."""

    ptr: Int32  # (n_groups + 2,) places of group g are ptr[g] : ptr[g + 1]
    place: Int32  # (k,) number of the place
    needed: Int32  # (k,) s between the place and the train: walk, and closing of doors
    walk: Int32  # (k,) s by which the journey is longer than its trains


class Window(NamedTuple):
    """When journeys are under way, in seconds since the graph's epoch."""

    depart: int  # not before
    until: int  # they begin before this
    arrive: int  # not after


class Best(NamedTuple):
    """The best journey of each place; rides as positions in the graph, in order."""

    departure: Int64  # (n_places,) s since the graph's epoch, the walk to the train included
    arrival: Int64  # (n_places,) s since the graph's epoch; NEVER where there is no journey
    transfers: Int64  # (n_places,)
    ride_ptr: Int64  # (n_places + 1,)
    rides: Int32  # (n_rides, 3) boarded at, alighted at, 1 = entered by an exceptional arc


class Swept(NamedTuple):
    """What a sweep leaves at each event from position `start` on."""

    start: int
    aboard: Int64  # (layers, size) labels
    via: Int32  # (layers, size) the position before (backward: after), or how one changed


def from_one(
    graph: TimeExpandedGraph,
    group: Int32,
    access: Int32,
    leave: Int32,
    window: Window,
    transfers: int | None = None,
) -> Swept:
    """Sweep forward from an origin: the latest beginning of a journey that gets to each event.

    Parameters
    ----------
    graph : TimeExpandedGraph
    group, access, leave : (k,) int32
        The origin, as in `Ends`: its boarding groups, how long before a departure one sets out
        at the latest, and how long before it the journey begins.
    window : Window
    transfers : int, optional
        At most so many changes.
    """
    connections, arcs = graph.connections, graph.arcs
    begins = np.full((len(graph.timetable.groups.boarding_stop) + 1, 2), NEVER, dtype=np.int32)
    begins[group, 0], begins[group, 1] = access, leave
    start, end = _span(graph, window)
    layers = 1 if transfers is None else transfers + 1
    labels = sweep_from(
        connections.rows,
        start,
        end,
        arcs.next_in_group,
        arcs.next_in_run,
        arcs.transfer_ptr,
        arcs.transfer_to,
        connections.exception_from,
        connections.exception_to,
        connections.exception_transfers,
        begins,
        window.depart,
        window.until,
        window.arrive,
        layers,
        int(transfers is not None),
    )
    return Swept(start, *labels)


def to_one(
    graph: TimeExpandedGraph,
    group: Int32,
    egress: Int32,
    window: Window,
    transfers: int | None = None,
) -> Swept:
    """Sweep backward from a destination: the soonest arrival of a journey from each event.

    `group` are its arrival groups, `egress` the way from each on foot [s]. Labels are negative.
    """
    connections, arcs = graph.connections, graph.arcs
    ends = np.full(len(graph.timetable.groups.arrival_stop) + 1, NEVER, dtype=np.int32)
    ends[group] = egress
    start, end = _span(graph, window)
    layers = 1 if transfers is None else transfers + 1
    labels = sweep_to(
        connections.rows,
        start,
        end,
        arcs.next_in_group,
        arcs.next_in_run,
        arcs.transfer_ptr,
        arcs.transfer_to,
        connections.exception_from,
        connections.exception_to,
        connections.exception_transfers,
        ends,
        window.arrive,
        layers,
        int(transfers is not None),
    )
    return Swept(start, *labels)


def best_arrivals(
    graph: TimeExpandedGraph, swept: Swept, goals: Doors, n: int, window: Window, *, shortest: bool
) -> Best:
    """Return the best journey to each of `n` places, after `from_one`.

    With `shortest`: the shortest of the window, then fewest changes, then the first to leave.
    Else: the first to arrive, then the last to leave, then fewest changes.
    """
    rows, layers = graph.connections.rows, len(swept.aboard)
    at, layer = look_up_arrivals(
        rows, swept.start, swept.aboard, goals.ptr, goals.place, goals.walk, n, window.arrive,
        shortest,
    )  # fmt: skip
    ptr, rides = follow(swept.start, swept.via, at[:, 0], layer, int(layers > 1), True)
    return _best(swept, at, layer, ptr, rides, forward=True)


def best_departures(
    graph: TimeExpandedGraph, swept: Swept, begins: Doors, n: int, window: Window, *, shortest: bool
) -> Best:
    """Return the best journey from each of `n` places, after `to_one`.

    With `shortest` as in `best_arrivals`. Else: the last to leave, then the first to arrive, then
    fewest changes.
    """
    rows, layers = graph.connections.rows, len(swept.aboard)
    at, layer = look_up_departures(
        rows, swept.start, swept.aboard, begins.ptr, begins.place, begins.needed, begins.walk, n,
        window.depart, window.until, shortest,
    )  # fmt: skip
    ptr, rides = follow(swept.start, swept.via, at[:, 0], layer, int(layers > 1), False)
    return _best(swept, at, layer, ptr, rides, forward=False)


def soonest_by_minute(
    graph: TimeExpandedGraph, swept: Swept, goals: Doors, n: int, window: Window, n_minutes: int
) -> Int32:
    """Return the soonest arrival at `n` places of who sets out at each minute (n, n_minutes).

    Minute m begins 60 m seconds after `window.depart`; labels of `swept` are when one has to set
    out (`leave` was `access`). NEVER where nobody arrives.
    """
    best = np.full((n, n_minutes), NEVER, dtype=np.int32)
    by_minute(
        graph.connections.rows, swept.start, swept.aboard, goals.ptr, goals.place, goals.walk,
        window.depart, window.arrive, best,
    )  # fmt: skip
    return best


def _span(graph: TimeExpandedGraph, window: Window) -> tuple[int, int]:
    """Return the positions between which all departures of a window lie."""
    departures = graph.connections.rows[:, DEPARTURE]
    start = bisect_left(departures, window.depart)
    return start, max(start, bisect_right(departures, window.arrive))


def _best(
    swept: Swept, at: Int64, layer: Int64, ptr: Int64, rides: Int32, *, forward: bool
) -> Best:
    """Read departures, arrivals and changes off the labels that were found."""
    found = at[:, 0] >= 0
    label = np.zeros(len(at), dtype=np.int64)
    label[found] = np.abs(swept.aboard[layer[found], at[found, 0] - swept.start])
    # Forward: seconds * STEP - changes; backward: seconds * STEP + changes.
    instant = -(-label // STEP) if forward else label // STEP
    transfers = np.abs(instant * STEP - label)
    other = np.where(found, at[:, 1], NEVER)
    departure, arrival = (instant, other) if forward else (other, instant)
    departure, arrival = (np.where(found, side, NEVER) for side in (departure, arrival))
    return Best(departure, arrival, transfers, ptr, rides)
