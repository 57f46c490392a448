"""What a label counts, and what a corridor's connections and changes add to it.

A `Column` says what each part of a journey adds to one amount. A criterion is a column, so is a
resource with a limit, and so is one person's whole cost: a traveller is a weight per feature.
`lay_out_amounts` makes tables of them, from which `mobiplan.search.bags` adds rows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from mobiplan.search import bags
from mobiplan.search.bags import UNLIMITED, lay_out
from mobiplan.search.earliest import Labels
from mobiplan.search.ends import Bounds, Ends
from mobiplan.timetable.arrays import Float64, Int32, Int64, spread
from mobiplan.timetable.graph import (
    ALIGHTING,
    ARRIVAL,
    BOARDING,
    DEPARTURE,
    NEVER,
    RUN,
    TimeExpandedGraph,
)

HALF_HOUR_S = 1800  # what one change is worth, for a first guess at what is good


class Legs(NamedTuple):
    """An amount for each way from one call of a trip to a later one, boarding to alighting."""

    ptr: Int32  # (n_calls + 1,) legs from call b: to call a is ptr[b] + a - b - 1; may be none
    amount: Float64  # (n_legs,)


class Wished(NamedTuple):
    """What a time adds by how far from a wished one it lies."""

    at: int  # s since the graph's epoch
    early: float  # a second before it
    late: float  # a second after it

    def added(self, moment: Int32) -> Float64:
        """Return what each moment adds."""
        late: Float64 = np.asarray(moment, dtype=np.float64) - self.at
        return np.where(late > 0, self.late * late, -self.early * late)


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
    spared: Float64 | None = None  # (n_exceptions,) less of `along` for who stays seated
    departing: Wished | None = None  # by when the journey begins
    arriving: Wished | None = None  # and by when it ends
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


class Tables(NamedTuple):
    """What a sweep reads of a corridor, by index in it; see `mobiplan.search.bags`.

    Amounts (k + 1) are those of the columns, then the arrival.
    """

    hops: Int32  # (size + 1, HOP) facts of the connections
    ways: Int32  # (n_ways, WAY) facts of the ways on from them
    begin: Float64  # (size, k + 1) what it adds to begin a journey with a connection,
    board: Float64  # (size, k + 1) to board it from the platform,
    alight: Float64  # (size, k + 1) to alight from it,
    on: Float64  # (n_ways, k + 1) to go on
    n_groups: int
    n_runs: int
    fares: Float64  # (n_legs, k)
    half_hours: Float64  # (k + 1,) about how much goes with half an hour, or with a change
    first_stage: int
    n_stages: int


def lay_out_amounts(
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
    night: Int32 | None,
) -> tuple[Tables, Fill]:
    """Lay out what a sweep reads of a corridor; also return what lays a column anew."""
    groups, size, k = graph.timetable.groups, len(corridor), len(columns)
    hops = np.zeros((size + 1, bags.HOP), dtype=np.int32)
    labels.local_group.fill(-1)
    labels.local_run.fill(-1)
    rows = graph.connections.rows.take(corridor, axis=0)
    changes, n_groups, n_runs = lay_out(
        rows,
        groups.pair_ptr,
        groups.pair_packed,
        groups.pair_walk,
        labels.local_group,
        labels.local_run,
        hops,
    )
    here = _Corridor(graph, corridor, rows, changes, night, on_foot)
    leg_ptr, fares = _fares(here, columns, hops)
    if len(limits.stays):
        hops[:-1, bags.VIA] = limits.via[here.station]
    at, origin = _beginnings(here, ends, bounds)
    leave = ends.leave[origin]
    begins = here.departure[at] - leave
    hops[:, bags.BEGINS] = -1
    hops[at, bags.BEGINS] = begins
    arcs = _arcs(here, limits)
    goal, there, walk, foot = _goals(here, goal_ptr, goal_packed, bounds)
    m, a = len(changes), len(arcs)
    ways = np.zeros((m + a + len(goal), bags.WAY), dtype=np.int32)
    ways[:m], ways[m : m + a], ways[m + a :, bags.TO] = changes, arcs, there
    hops[:, bags.ARC], hops[:, bags.GOAL] = m, m + a
    if a:
        hops[1:, bags.ARC] += np.bincount(arcs[:, bags.SINCE], minlength=size).cumsum()
    hops[1:, bags.GOAL] += np.bincount(goal, minlength=size).cumsum()

    begin, board, alight = (np.zeros((size, k + 1)) for _ in range(3))
    on, half_hours = np.zeros((len(ways), k + 1)), np.full(k + 1, float(HALF_HOUR_S))
    arrives = here.arrival[goal] + walk
    on[m + a :, k] = arrives
    to_first, over_first = on_foot.access[origin], on_foot.across[origin]
    doors = leave - to_first - over_first

    def fill(i: int, column: Column) -> None:
        start, end = here.aboard(column)
        boarding = 0.0 if column.boarding is None else column.boarding[here.trip]
        waited = here.added(departure=column.waiting, night_before=column.night_waiting)
        board[:, i] = boarding - start
        begin[at, i] = board[at, i] + column.before * (begins - bounds.depart)
        begin[at, i] += column.walking * to_first + column.crossing * over_first
        begin[at, i] += column.waiting * doors
        if column.departing is not None:
            begin[at, i] += column.departing.added(begins)
        alight[:, i] = end
        if a:
            on[m : m + a, i] = here.seated(column, arcs) + board[arcs[:, bags.TO], i]
        board[:, i] += waited
        on[:m, i] = column.transfer + here.added(
            walk=column.walking,
            across=column.crossing,
            since=-column.waiting,
            night_since=-column.night_waiting,
        )
        on[m + a :, i] = column.walking * foot + column.crossing * (walk - foot)
        if column.arriving is not None:
            on[m + a :, i] += column.arriving.added(arrives)
        if column.legs is not None and len(column.legs.amount) == len(fares):  # as many as any
            fares[:, i] = column.legs.amount
        elif column.legs is not None:
            row, place = spread(np.diff(column.legs.ptr))
            fares[leg_ptr[row] + place, i] = column.legs.amount
        rates = abs(column.before) + column.walking + column.crossing + column.waiting
        rates += abs(float(np.sum(end - start))) / here.ridden_s
        half_hours[i] = (rates * HALF_HOUR_S + column.transfer) or 1.0

    for i, column in enumerate(columns):
        fill(i, column)
    tables = Tables(
        *(hops, ways, begin, board, alight, on, n_groups, n_runs, fares, half_hours),
        *(limits.first_stage, len(limits.stays)),
    )
    return tables, fill


#: Lays out what a column adds, by its number.
Fill: TypeAlias = Callable[[int, Column], None]


class _Corridor:
    """Facts of a corridor's connections and changes, looked up when somebody asks."""

    def __init__(
        self,
        graph: TimeExpandedGraph,
        corridor: Int32,
        rows: Int32,
        changes: Int32,
        night: Int32 | None,
        on_foot: OnFoot,
    ) -> None:
        self.graph, self.corridor, self.changes = graph, corridor, changes
        self.on_foot = on_foot
        self.rows, self.departure, self.arrival = rows, rows[:, DEPARTURE], rows[:, ARRIVAL]
        self.night = np.zeros(1, dtype=np.int32) if night is None else night

    @cached_property
    def trip(self) -> Int32:
        trip: Int32 = self.graph.connections.run_trip[self.rows[:, RUN]]
        return trip

    @cached_property
    def call(self) -> Int32:
        call: Int32 = self.graph.timetable.hops.call[self.graph.connections.hop[self.corridor]]
        return call

    @cached_property
    def station(self) -> Int32:
        """Where each connection leads."""
        timetable = self.graph.timetable
        station: Int32 = timetable.stops.station[timetable.calls.stop[self.call + 1]]
        return station

    @cached_property
    def ridden_s(self) -> float:
        return max(float(np.sum(self.arrival - self.departure)), 1.0)

    def by_night(self, moment: Int32) -> Int32:
        """Return the seconds of night before a moment."""
        before: Int32 = self.night[moment >> table_shift(self.night)]
        return before

    @cached_property
    def night_before(self) -> Int32:
        return self.by_night(self.departure)

    @property
    def since(self) -> Int32:
        """When waiting begins after each change."""
        return self.changes[:, bags.SINCE]

    @cached_property
    def night_since(self) -> Int32:
        return self.by_night(self.since)

    @cached_property
    def across(self) -> Int32:
        return self.on_foot.pair_cross[self.changes[:, bags.PAIR]]

    @cached_property
    def walk(self) -> Int32:
        walk: Int32 = self.graph.timetable.groups.pair_walk[self.changes[:, bags.PAIR]]
        return walk - self.across

    def added(self, **rates: float) -> Float64 | float:
        """Add up facts, by name, times their rates."""
        total: Float64 | float = 0.0
        for name, rate in rates.items():
            if rate:
                total = total + rate * getattr(self, name)
        return total

    def riding(self, column: Column) -> Float64 | float:
        """Return what a second aboard each connection adds."""
        if isinstance(column.riding, float):
            return column.riding
        return column.riding[self.graph.timetable.trips.kind[self.trip]]

    def aboard(self, column: Column) -> tuple[Float64 | float, Float64 | float]:
        """Return what there is at each departure and arrival for who stays aboard a run."""
        start: Any = 0.0
        end: Any = 0.0
        if not isinstance(column.riding, float) or column.riding:
            rate = self.riding(column)
            start, end = rate * self.departure, rate * self.arrival
        if column.night_riding:
            start = start + column.night_riding * self.night_before
            end = end + column.night_riding * self.by_night(self.arrival)
        if column.at_call is not None:
            start, end = start + column.at_call[self.call], end + column.at_call[self.call + 1]
        if column.along is not None:
            before, after = column.along
            start, end = start + before[self.corridor], end + after[self.corridor]
        return start, end

    def seated(self, column: Column, arcs: Int32) -> Float64:
        """Return what going on by exceptional arcs adds: seated one rides, else one changes."""
        to = arcs[:, bags.TO]
        left, entered = self.arrival[arcs[:, bags.SINCE]], self.departure[to]
        spent, by_night = entered - left, self.by_night(entered) - self.by_night(left)
        rate = self.riding(column)
        if not isinstance(rate, float):
            rate = rate[to]
        riding = rate * spent + column.night_riding * by_night
        if column.spared is not None:
            riding = riding - column.spared[arcs[:, bags.PAIR]]
        waiting = column.waiting * spent + column.night_waiting * by_night + column.transfer
        return np.where(arcs[:, bags.FROM] == 0, riding, waiting)


def table_shift(table: Int32) -> int:
    """Return by how much to shift a second to read a table; one of one row is read at row 0."""
    return 31 if len(table) == 1 else 0


def _fares(here: _Corridor, columns: list[Column], hops: Int32) -> tuple[Int32, Float64]:
    """Tell `hops` the first leg from each call, -1 none; return where legs begin, and room.

    Columns with legs of their own are laid over one another: a call has as many legs as any.
    """
    own = [column.legs.ptr for column in columns if column.legs is not None]
    hops[:, bags.FIRST_LEG] = -1
    if not own:
        return np.zeros(0, dtype=np.int32), np.zeros((0, len(columns)))
    ptr = own[0]
    if not all(other is ptr for other in own):
        sizes = np.max([np.diff(other) for other in own], axis=0)
        ptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    call = here.call
    hops[:-1, bags.CALL] = call
    hops[:-1, bags.FIRST_LEG] = np.where(ptr[call + 1] > ptr[call], ptr[call], -1)
    return ptr, np.zeros((ptr[-1], len(columns)))


def _beginnings(here: _Corridor, ends: Ends, bounds: Bounds) -> tuple[Int64, Int32]:
    """Return with which connections a journey may begin, and with which row of the origin."""
    number = np.full(len(here.graph.timetable.groups.boarding_stop) + 1, -1, dtype=np.int32)
    number[ends.origin] = np.arange(len(ends.origin), dtype=np.int32)
    origin = number[here.rows[:, BOARDING]]
    at = np.flatnonzero(origin >= 0)
    at = at[here.departure[at] - ends.access[origin[at]] >= bounds.depart]
    at = at[here.departure[at] - ends.leave[origin[at]] < bounds.until]
    return at, origin[at]


def _goals(
    here: _Corridor, goal_ptr: Int32, goal_packed: Int32, bounds: Bounds
) -> tuple[Int64, Int32, Int32, Int32]:
    """Return where a journey may end: connection, destination, seconds after it and on foot."""
    group = here.rows[:, ALIGHTING]
    sizes = np.diff(goal_ptr)[group]
    at = np.flatnonzero(sizes)
    row, place = spread(sizes[at])
    goal = at[row]
    there, walk, foot = goal_packed.reshape(-1, 3)[goal_ptr[group[goal]] + place].T
    kept = np.flatnonzero(here.arrival[goal] + walk <= bounds.arrive)
    return goal[kept], there[kept], walk[kept], foot[kept]


def _arcs(here: _Corridor, limits: Limits) -> Int32:
    """Return the exceptional arcs within a corridor: where they lead, their changes, from where."""
    connections, corridor = here.graph.connections, here.corridor
    rows, one, other = connections.rows, connections.exception_from, connections.exception_to
    if not len(one):
        return np.zeros((0, bags.WAY), dtype=np.int32)
    where = np.full(here.graph.n + 1, -1, dtype=np.int32)
    where[corridor] = np.arange(len(corridor), dtype=np.int32)
    changes = connections.exception_transfers
    arrival, departure = rows[one, ARRIVAL], rows[other, DEPARTURE]
    in_time = departure <= limits.until[arrival >> table_shift(limits.until)]
    kept = (where[one] >= 0) & (where[other] >= 0) & (in_time | (changes == 0))
    arcs = np.zeros((np.count_nonzero(kept), bags.WAY), dtype=np.int32)
    arcs[:, bags.TO], arcs[:, bags.FROM] = where[other][kept], changes[kept]
    arcs[:, bags.SINCE], arcs[:, bags.PAIR] = where[one][kept], np.flatnonzero(kept)
    return arcs
