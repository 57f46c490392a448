"""What a label counts, where it may go, and the journeys that a sweep with bags leaves.

A `Column` says what each part of a journey adds to one amount. A criterion is a column, so is a
resource with a limit, and so is one person's whole cost: a traveller is a weight per feature.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from mobiplan.search import bags
from mobiplan.search.bags import UNLIMITED, least_to_go, number_places, sweep_bags
from mobiplan.search.earliest import Bounds, Ends, Found, Labels, place, scan
from mobiplan.search.scan import first_departure, scan_backward
from mobiplan.timetable.arrays import Float64, Int8, Int32, spread
from mobiplan.timetable.graph import (
    ALIGHTING,
    ARRIVAL,
    BOARDING,
    DEPARTURE,
    NEVER,
    RUN,
    TimeExpandedGraph,
)


class Legs(NamedTuple):
    """An amount for each way from one call of a trip to a later one, boarding to alighting."""

    ptr: Int32  # (n_calls + 1,) legs from call b: to call a is ptr[b] + a - b - 1; may be none
    amount: Float64  # (n_legs,)


class Column(NamedTuple):
    """What adds to one amount. Rates are per second; what is left out adds nothing."""

    before: float = 0.0  # from `bounds.depart` to the journey's beginning
    riding: float | Float64 = 0.0  # aboard; (n_kinds,) where kinds of vehicle differ
    walking: float = 0.0  # on foot to, between and from stations
    crossing: float = 0.0  # across a city by its metro or bus
    waiting: float = 0.0  # between trains, and for doors that close early
    night_riding: float = 0.0  # besides, of what is night
    night_waiting: float = 0.0
    transfer: float = 0.0  # each change of trains
    short: tuple[tuple[int, float], ...] = ()  # (slack [s] below which, amount); they add up
    boarding: Float64 | None = None  # (n_trips,) once aboard a trip
    at_call: Float64 | None = None  # (n_calls,) added up from the trip's beginning to each call
    along: tuple[Float64, Float64] | None = None  # (n,), (n,) see `added_up`
    legs: Legs | None = None
    limit: float = UNLIMITED  # no journey has more
    wanted: bool = True  # small is good; else it is a limit only


class Limits(NamedTuple):
    """What must hold besides amounts with limits."""

    until: Int32  # (1,) or (seconds,) who begins to wait at second t boards no later than until[t]
    via: Int32  # (n_stations,) bit s: station of stage s, to be passed after those before it
    stays: Int32  # (n_stages,) s one has to get off there; 0 to ride through is enough
    first_stage: int = 0  # those that the origin is


class OnFoot(NamedTuple):
    """Which part of the ways to, between and from stations is on foot, and which is not."""

    access: Int32  # (k,) s on foot to the origin's groups, as in `Ends.origin`
    across: Int32  # (k,) s across a city to them
    egress: Int32  # (m,) s on foot, of `Ends.egress`
    pair_cross: Int32  # (n_pairs,) s across a city, of `Groups.pair_walk`


class Ended(NamedTuple):
    """The best labels at the end, one row each."""

    amounts: Float64  # (m, k) of wanted columns; 0 in others
    found: list[Found]


def added_up(graph: TimeExpandedGraph, amounts: Float64) -> tuple[Float64, Float64]:
    """Add up what riding each connection of a graph adds, run by run, from anywhere.

    Returns what there is at each connection's departure, and at its arrival, both (n,).
    """
    connections = graph.connections
    at_arrival = np.cumsum(amounts[connections.position])[connections.slot]
    return at_arrival - amounts, at_arrival


def no_limits(n_stations: int) -> Limits:
    """Return limits that nothing breaks."""
    never, none = np.full(1, NEVER, dtype=np.int32), np.zeros(0, dtype=np.int32)
    return Limits(never, np.zeros(n_stations + 1, dtype=np.int32), none)


def time_corridor(
    graph: TimeExpandedGraph, labels: Labels, ends: Ends, bounds: Bounds, *, narrow: bool = True
) -> Int32:
    """Return the positions that a journey within `bounds` may use, sorted.

    These are the connections that a forward scan reaches and from which one still arrives in
    time. Without `narrow` all that depart within the bounds: the same answers, more slowly.
    """
    connections, groups = graph.connections, graph.timetable.groups
    rows = connections.rows
    start = bisect_left(rows[:, DEPARTURE], bounds.depart)
    end = bisect_right(rows[:, DEPARTURE], bounds.arrive)
    if not narrow:
        return np.arange(start, end, dtype=np.int32)
    place(labels, ends)
    labels.ready.fill(NEVER)
    labels.arrived.fill(NEVER)
    labels.boarded.fill(NEVER)
    labels.ready[ends.origin] = bounds.depart + ends.access
    labels.egress.fill(NEVER)  # the scan goes on to the latest arrival, not the first
    start = first_departure(
        rows, connections.departure_ptr, connections.departures, ends.origin, labels.ready
    )
    scan(graph, labels, rows[:end], start, bounds.arrive)
    labels.latest.fill(-1)
    labels.latest[ends.destination] = bounds.arrive - ends.egress
    labels.local_group.fill(0)
    _, size, _ = scan_backward(
        rows,
        start,
        end,
        groups.back_ptr,
        groups.back_packed,
        connections.exception_from,
        connections.exception_to,
        labels.begins,
        NEVER,  # no journey is good enough to leave others out
        labels.boarded,
        labels.latest,
        labels.local_group,
        labels.alighted,
        labels.corridor,
    )
    labels.alighted.fill(-1)
    found: Int32 = labels.corridor[:size][::-1].copy()
    return found


def search_bags(
    graph: TimeExpandedGraph,
    labels: Labels,
    ends: Ends,
    bounds: Bounds,
    columns: list[Column],
    corridor: Int32,
    limits: Limits,
    on_foot: OnFoot,
    *,
    by_arrival: bool = True,
    night: Int32 | None = None,
    known: Sequence[Found] = (),
    informed: bool = True,
) -> Ended:
    """Return the journeys that nothing betters in the wanted columns (and in arrival).

    Parameters
    ----------
    corridor : (size,) int32
        Sorted positions: what else there is cannot be part of a journey.
    by_arrival : bool
        An earlier arrival is good in itself.
    night : (seconds,) int32, optional
        How many seconds of night there are before each second of the graph.
    known : sequence of Found
        Journeys within all bounds and limits: what they better need not be looked at.
    informed : bool
        First sweep backward for the least that is still to come: faster, the same answer.
    """
    goals = np.full(1, -1, dtype=np.int32)
    goal_ptr, goal_packed = one_goal(graph, ends, on_foot)
    facts, amounts = sweep(
        graph,
        labels,
        ends,
        bounds,
        columns,
        corridor,
        limits,
        on_foot,
        goal_ptr,
        goal_packed,
        goals,
        by_arrival=by_arrival,
        night=night,
        known=known,
        informed=informed,
    )
    kept = []
    label = int(goals[0])
    while label >= 0:
        kept.append(label)
        label = int(facts[label, bags.LINK])
    found = []
    for label in kept:
        parent = int(facts[label, bags.PARENT])
        seeded = parent < -1
        found.append(known[-2 - parent] if seeded else _follow(graph, ends, corridor, facts, label))
    return Ended(amounts[kept], found)


def one_goal(graph: TimeExpandedGraph, ends: Ends, on_foot: OnFoot) -> tuple[Int32, Int32]:
    """Lay the destination's groups out as the sweep takes goals."""
    n_arrival = len(graph.timetable.groups.arrival_stop)
    order = np.argsort(ends.destination, kind="stable")
    ptr = np.searchsorted(ends.destination[order], np.arange(n_arrival + 2)).astype(np.int32)
    number = np.zeros(len(order), dtype=np.int32)
    packed = np.stack([number, ends.egress[order], on_foot.egress[order]], axis=1)
    return ptr, packed.ravel().astype(np.int32)


def sweep(
    graph: TimeExpandedGraph,
    labels: Labels,
    ends: Ends,
    bounds: Bounds,
    columns: list[Column],
    corridor: Int32,
    limits: Limits,
    on_foot: OnFoot,
    goal_ptr: Int32,
    goal_packed: Int32,
    goals: Int32,
    *,
    by_arrival: bool = True,
    night: Int32 | None = None,
    known: Sequence[Found] = (),
    informed: bool = False,
) -> tuple[Int32, Float64]:
    """Sweep a corridor; see `sweep_bags`, whose labels are returned."""
    timetable, connections = graph.timetable, graph.connections
    groups = timetable.groups
    k, n_boarding = len(columns), len(groups.boarding_stop)
    if night is None:
        night = np.zeros(1, dtype=np.int32)
    begins = np.zeros((n_boarding + 1, 4), dtype=np.int32)
    begins[:, 0] = NEVER
    for column, values in enumerate((ends.access, ends.leave, on_foot.access, on_foot.across)):
        begins[ends.origin, column] = values
    hop = connections.hop[corridor]
    call = timetable.hops.call[hop]
    station = timetable.stops.station[timetable.calls.stop[call + 1]]
    rates, delays, delay_amounts = _rates(columns, by_arrival)
    fare, fares = _fares(columns, call)
    arc_ptr, arc_to, arc_changes, arc_amounts = _arcs(graph, corridor, columns, limits, night)
    at_departure, at_arrival, boarding = _along(graph, corridor, columns, night)
    shift = _shift(night)
    n_groups, n_runs = number_places(
        connections.rows,
        corridor,
        groups.pair_ptr,
        groups.pair_packed,
        labels.local_group,
        labels.local_run,
    )
    nothing = np.zeros((len(corridor), k + 1))
    least = (np.column_stack([at_departure, np.zeros(len(corridor))]), nothing, nothing)
    if informed:
        least = least_to_go(
            connections.rows,
            corridor,
            at_departure,
            at_arrival,
            boarding,
            groups.pair_ptr,
            groups.pair_packed,
            groups.pair_walk,
            on_foot.pair_cross,
            arc_ptr,
            arc_to,
            arc_amounts,
            goal_ptr,
            goal_packed,
            rates,
            night,
            shift,
            bounds.arrive,
            labels.local_group,
            n_groups,
            labels.local_run,
            n_runs,
        )
    seeds = [amounts_of(graph, ends, bounds, on_foot, columns, found, night) for found in known]
    labels_left: tuple[Int32, Float64] = sweep_bags(
        connections.rows,
        corridor,
        station,
        call,
        at_departure,
        at_arrival,
        boarding,
        groups.pair_ptr,
        groups.pair_packed,
        groups.pair_walk,
        on_foot.pair_cross,
        arc_ptr,
        arc_to,
        arc_changes,
        arc_amounts,
        begins,
        goal_ptr,
        goal_packed,
        fare,
        fares,
        rates,
        delays,
        delay_amounts,
        limits.until,
        _shift(limits.until),
        night,
        shift,
        limits.via,
        limits.stays,
        limits.first_stage,
        *least,
        bounds.depart,
        bounds.arrive,
        labels.local_group,
        n_groups,
        labels.local_run,
        n_runs,
        np.array(seeds, dtype=np.float64).reshape(len(known), k),
        np.array([found.departure for found in known], dtype=np.int32),
        np.array([found.arrival for found in known], dtype=np.int32),
        goals,
    )
    return labels_left


def amounts_of(
    graph: TimeExpandedGraph,
    ends: Ends,
    bounds: Bounds,
    on_foot: OnFoot,
    columns: list[Column],
    found: Found,
    night: Int32 | None = None,
) -> Float64:
    """Add up what a journey has of each column (k,)."""
    connections, groups = graph.connections, graph.timetable.groups
    rows, rides = connections.rows, found.rides
    if night is None:
        night = np.zeros(1, dtype=np.int32)
    rates, delays, delay_amounts = _rates(columns, by_arrival=False)
    call = graph.timetable.hops.call[connections.hop[rides[:, :2]]]
    at_departure, _, boarding = _along(graph, rides[:, 0], columns, night)
    _, at_arrival, _ = _along(graph, rides[:, 1], columns, night)
    total: Float64 = (at_arrival - at_departure + boarding).sum(axis=0)
    first_leg, fares = _fares(columns, call[:, 0])
    for leg, (start, end) in zip(first_leg.tolist(), call.tolist(), strict=True):
        if leg >= 0:
            total += fares[leg + end - start]

    def waited(start: int, end: int) -> Float64:
        shift = _shift(night)
        by_night = night[end >> shift] - night[start >> shift]
        cost: Float64 = rates[bags.WAIT] * (end - start) + rates[bags.NIGHT] * by_night
        return cost

    first, last = rows[rides[0, 0]], rows[rides[-1, 1]]
    begin = np.flatnonzero(ends.origin == first[BOARDING])[0]
    goal = np.flatnonzero(ends.destination == last[ALIGHTING])[0]
    foot, across = int(on_foot.access[begin]), int(on_foot.across[begin])
    doors = int(ends.leave[begin]) - foot - across
    total += rates[bags.BEFORE] * (found.departure - bounds.depart) + rates[bags.WAIT] * doors
    foot += int(on_foot.egress[goal])
    across += int(ends.egress[goal] - on_foot.egress[goal])
    for (_, left, _), (board, _, entry) in pairwise(rides.tolist()):
        arrival, departure = int(rows[left, ARRIVAL]), int(rows[board, DEPARTURE])
        if entry:
            total += _arc_between(graph, left, board, columns, night)
            continue
        group = rows[left, ALIGHTING]
        pairs = slice(groups.pair_ptr[group], groups.pair_ptr[group + 1])
        pair = groups.pair_ptr[group] + int(
            np.flatnonzero(groups.pair_to[pairs] == rows[board, BOARDING])[0]
        )
        walk, cross = int(groups.pair_walk[pair]), int(on_foot.pair_cross[pair])
        foot, across = foot + walk - cross, across + cross
        slack = departure - arrival - int(groups.pair_minimum[pair])
        total += rates[bags.TRANSFER] + waited(arrival + walk, departure)
        total += delay_amounts[np.searchsorted(delays, slack, side="right") - 1]
    total += rates[bags.WALK] * foot + rates[bags.CROSS] * across
    return total


def _arc_between(
    graph: TimeExpandedGraph, left: int, board: int, columns: list[Column], night: Int32
) -> Float64:
    """Return what an exceptional arc adds."""
    corridor = np.array(sorted({left, board}), dtype=np.int32)
    limits = no_limits(len(graph.timetable.stations.lat))
    _, to, _, amounts = _arcs(graph, corridor, columns, limits, night)
    found: Float64 = amounts[corridor[to] == board].min(axis=0)
    return found


def _shift(table: Int32) -> int:
    """A table of one row is read by shifting every second to row 0."""
    return 31 if len(table) == 1 else 0


def _rates(columns: list[Column], by_arrival: bool) -> tuple[Float64, Int32, Float64]:
    """Return `rates`, and what a change with less than some slack costs, by extra arcs."""
    rates = np.array(
        [
            [column.before for column in columns],
            [column.walking for column in columns],
            [column.crossing for column in columns],
            [column.waiting for column in columns],
            [column.night_waiting for column in columns],
            [column.transfer for column in columns],
            [column.limit for column in columns],
            [float(column.wanted) for column in columns],
            [float(by_arrival)] * len(columns),
        ]
    ).reshape(9, len(columns))
    delays = sorted({0, *(slack for column in columns for slack, _ in column.short)})
    amounts = np.zeros((len(delays), len(columns)))
    for i, column in enumerate(columns):
        for slack, amount in column.short:
            amounts[: delays.index(slack), i] += amount
    return rates, np.array(delays, dtype=np.int32), amounts


def _fares(columns: list[Column], call: Int32) -> tuple[Int32, Float64]:
    """Return the first leg from each call of the corridor, -1 none, and the legs' amounts.

    Columns with legs of their own are laid over one another: a call has as many legs as any.
    """
    k = len(columns)
    own = [(i, column.legs) for i, column in enumerate(columns) if column.legs is not None]
    if not own:
        return np.full(len(call), -1, dtype=np.int32), np.zeros((0, k))
    ptr = own[0][1].ptr
    same = all(legs.ptr is ptr for _, legs in own)
    if not same:
        sizes = np.max([np.diff(legs.ptr) for _, legs in own], axis=0)
        ptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    if k == 1:
        fares = own[0][1].amount.reshape(-1, 1)
    else:
        fares = np.zeros((ptr[-1], k))
        for i, legs in own:
            row, place = spread(np.diff(legs.ptr))
            fares[slice(None) if same else ptr[row] + place, i] = legs.amount
    first = np.where(ptr[call + 1] > ptr[call], ptr[call], -1).astype(np.int32)
    return first, fares


def _along(
    graph: TimeExpandedGraph, corridor: Int32, columns: list[Column], night: Int32
) -> tuple[Float64, Float64, Float64]:
    """Return the amounts added up along a run to each departure and arrival, and of boarding."""
    timetable, connections = graph.timetable, graph.connections
    rows = connections.rows[corridor]
    departure, arrival = rows[:, DEPARTURE], rows[:, ARRIVAL]
    trip = connections.run_trip[rows[:, RUN]]
    kind = timetable.trips.kind[trip]
    call = timetable.hops.call[connections.hop[corridor]]
    shape = (len(corridor), len(columns))
    at_departure, at_arrival, boarding = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for i, column in enumerate(columns):
        rate = column.riding if isinstance(column.riding, float) else column.riding[kind]
        at_departure[:, i], at_arrival[:, i] = rate * departure, rate * arrival
        if column.night_riding:
            at_departure[:, i] += column.night_riding * night[departure]
            at_arrival[:, i] += column.night_riding * night[arrival]
        if column.at_call is not None:
            at_departure[:, i] += column.at_call[call]
            at_arrival[:, i] += column.at_call[call + 1]
        if column.along is not None:
            at_departure[:, i] += column.along[0][corridor]
            at_arrival[:, i] += column.along[1][corridor]
        if column.boarding is not None:
            boarding[:, i] = column.boarding[trip]
    return at_departure, at_arrival, boarding


def _arcs(
    graph: TimeExpandedGraph,
    corridor: Int32,
    columns: list[Column],
    limits: Limits,
    night: Int32,
) -> tuple[Int32, Int32, Int8, Float64]:
    """Return the exceptional arcs within a corridor by its indices, and what each adds."""
    connections, timetable = graph.connections, graph.timetable
    rows, one, other = connections.rows, connections.exception_from, connections.exception_to
    where = np.full(graph.n + 1, -1, dtype=np.int32)
    if len(one):
        where[corridor] = np.arange(len(corridor), dtype=np.int32)
    changes = connections.exception_transfers
    arrival, departure = rows[one, ARRIVAL], rows[other, DEPARTURE]
    in_time = departure <= limits.until[arrival >> _shift(limits.until)]
    kept = np.flatnonzero((where[one] >= 0) & (where[other] >= 0) & (in_time | (changes == 0)))
    one, other, changes = one[kept], other[kept], changes[kept]
    seconds = (rows[other, DEPARTURE] - rows[one, ARRIVAL]).astype(np.float64)
    shift = _shift(night)
    by_night = night[rows[other, DEPARTURE] >> shift] - night[rows[one, ARRIVAL] >> shift]
    kind = timetable.trips.kind[connections.run_trip[rows[other, RUN]]]
    amounts = np.zeros((len(kept), len(columns)))
    for i, column in enumerate(columns):
        rate = column.riding if isinstance(column.riding, float) else column.riding[kind]
        seated = rate * seconds + column.night_riding * by_night
        waits = column.waiting * seconds + column.night_waiting * by_night + column.transfer
        amounts[:, i] = np.where(changes == 0, seated, waits)
    ptr = np.searchsorted(where[one], np.arange(len(corridor) + 1)).astype(np.int32)
    return ptr, where[other], changes, amounts


def _follow(
    graph: TimeExpandedGraph, ends: Ends, corridor: Int32, facts: Int32, label: int
) -> Found:
    """Follow a label of the end back to the origin."""
    rides = []
    began = int(facts[label, bags.BEGAN])
    alight = int(corridor[facts[label, bags.AT]])
    rows = graph.connections.rows
    goal = ends.egress[ends.destination == rows[alight, 4]]
    arrival = int(rows[alight, ARRIVAL] + goal.min())
    aboard = int(facts[label, bags.PARENT])
    while True:
        board = int(corridor[facts[aboard, bags.AT]])
        rides.append((board, alight, int(facts[aboard, bags.ENTRY])))
        before = int(facts[aboard, bags.PARENT])
        if before < 0:
            break
        alight = int(corridor[facts[before, bags.AT]])
        aboard = int(facts[before, bags.PARENT])
    return Found(began, arrival, np.array(rides[::-1], dtype=np.int32))
