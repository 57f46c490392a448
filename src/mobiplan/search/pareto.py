"""Pareto sets: the journeys that a sweep with bags leaves, and where it may look."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from mobiplan.search import bags
from mobiplan.search.bags import UNLIMITED, least_so_far, least_to_go, sweep_bags
from mobiplan.search.columns import (
    Column,
    Legs,
    Limits,
    OnFoot,
    Tables,
    Wished,
    added_up,
    lay_out_amounts,
    no_limits,
    table_shift,
)
from mobiplan.search.earliest import Labels, leading_to, scan_ahead
from mobiplan.search.ends import Bounds, Ends, Found
from mobiplan.timetable.arrays import Bool, Float64, Int32
from mobiplan.timetable.graph import DEPARTURE, NEVER, TimeExpandedGraph

__all__ = [
    "Column",
    "Ended",
    "LeastSearch",
    "Legs",
    "Limits",
    "OnFoot",
    "Wished",
    "added_up",
    "first_arrival",
    "no_limits",
    "ridden",
    "search_bags",
    "sweep",
    "time_corridor",
]


MANY = 4000  # connections from which on one more journey to begin with pays
#: What is still to come at least, see `mobiplan.search.bags.least_to_go`.
Least: TypeAlias = tuple[Float64, Float64, Float64]


class Ended(NamedTuple):
    """The best labels at the end, one row each."""

    amounts: Float64  # (m, k) of wanted columns; 0 in others
    found: list[Found]


def first_arrival(
    graph: TimeExpandedGraph, labels: Labels, ends: Ends, bounds: Bounds
) -> tuple[int | None, int]:
    """Return the earliest arrival by train, and how many connections were looked at."""
    arrival, _, start, stop = scan_ahead(
        graph, labels, ends, bounds, ends.destination, ends.egress, bounds.depart
    )
    return (None if arrival > bounds.arrive else arrival), stop - start


def time_corridor(
    graph: TimeExpandedGraph, labels: Labels, ends: Ends, bounds: Bounds, *, narrow: bool = True
) -> Int32:
    """Return the positions that a journey within `bounds` may use, sorted.

    These are the connections that a forward scan reaches and from which one still arrives in
    time. Without `narrow` all that depart within the bounds: the same answers, more slowly.
    """
    if not narrow:
        departures = graph.connections.rows[:, DEPARTURE]
        start, end = bisect_left(departures, bounds.depart), bisect_right(departures, bounds.arrive)
        return np.arange(start, end, dtype=np.int32)
    nowhere = ends.destination[:0]  # the scan goes on to the latest arrival, not to the first
    _, size, _, _ = scan_ahead(graph, labels, ends, bounds, nowhere, nowhere, bounds.depart)
    # No departure is late enough to leave others out.
    _, corridor = leading_to(graph, labels, ends, size, NEVER, bounds.arrive)
    return corridor.copy()


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
        Journeys that are worth looking at first.
    informed : bool
        First sweep backward for the least that is still to come, then over the few connections
        that lead there: faster, the same answer.
    """
    tables, _ = lay_out_amounts(
        *(graph, labels, ends, bounds, columns, corridor, limits, on_foot),
        *(*one_goal(graph, ends, on_foot), night),
    )
    asked = columns, bounds, limits, by_arrival
    goals, every = np.full(1, -1, dtype=np.int32), np.arange(len(corridor), dtype=np.int32)
    least = _blind(tables)
    seeds = np.zeros((0, bags.FACTS), dtype=np.int32), np.zeros((0, len(columns) + 1))
    journeys: list[Found] = []
    if informed:
        least, leads = _bounds(tables, tables.begin, tables.board, tables.alight, tables.on)
        if len(corridor) > MANY:
            leads |= _leading(tables, columns, by_arrival)
        for one in known:
            at = np.searchsorted(corridor, ridden(graph, one))
            leads[at[at < len(corridor)]] = True
        facts, amounts = _sweep(
            tables, *asked, np.flatnonzero(leads).astype(np.int32), least, seeds, goals
        )
        first = in_bag(facts, goals[0])
        journeys = [follow(graph, corridor, facts, label) for label in first]
        seeds = facts[first], amounts[first]
        goals[0] = -1
    facts, amounts = _sweep(tables, *asked, every, least, seeds, goals)
    kept, found = in_bag(facts, goals[0]), []
    for label in kept:
        seed = -2 - int(facts[label, bags.PARENT])
        found.append(journeys[seed] if seed >= 0 else follow(graph, corridor, facts, label))
    return Ended(amounts[kept, :-1], found)


class LeastSearch:
    """Makes one amount after another the least under the same limits, in one corridor.

    What the amounts have in common is laid out once.

    Parameters
    ----------
    column : Column
        Any of those to come: they differ in numbers alone.
    others : list of Column
        Amounts with limits.
    """

    def __init__(
        self,
        graph: TimeExpandedGraph,
        labels: Labels,
        ends: Ends,
        bounds: Bounds,
        column: Column,
        others: list[Column],
        corridor: Int32,
        limits: Limits,
        on_foot: OnFoot,
        night: Int32 | None = None,
    ) -> None:
        self.graph, self.bounds, self.corridor, self.limits = graph, bounds, corridor, limits
        self.others = others
        self.tables, self.fill = lay_out_amounts(
            *(graph, labels, ends, bounds, [column, *others], corridor, limits, on_foot),
            *(*one_goal(graph, ends, on_foot), night),
        )
        self.bound = _bounds(self.tables, *_some_of(self.tables, slice(None)))[0]

    def least(self, column: Column) -> list[Found]:
        """Return what has the least of an amount, and no more than its limit."""
        self.fill(0, column)
        own_bound, _ = _bounds(self.tables, *_some_of(self.tables, slice(0, 1)))
        for every, own in zip(self.bound, own_bound, strict=True):
            every[:, :1] = own
        order = np.arange(len(self.corridor), dtype=np.int32)
        none = np.zeros((0, bags.FACTS), dtype=np.int32), np.zeros((0, len(self.others) + 2))
        goals = np.full(1, -1, dtype=np.int32)
        columns = [column._replace(wanted=True), *(o._replace(wanted=False) for o in self.others)]
        facts, _ = _sweep(
            *(self.tables, columns, self.bounds, self.limits, False),
            *(order, self.bound, none, goals),
        )
        return [follow(self.graph, self.corridor, facts, k) for k in in_bag(facts, goals[0])]

    def leading(self, column: Column) -> Int32:
        """Return the positions by which an amount may be no more than its limit.

        Of the other limits only the stations to pass are looked at.
        """
        self.fill(0, column)
        tables, parts = self.tables, _some_of(self.tables, slice(0, 1))
        so_far = least_so_far(
            *(tables.hops, tables.ways, *parts, tables.n_groups, tables.n_runs),
            *(tables.first_stage, tables.n_stages),
        )
        (to_go, _, _), _ = _bounds(tables, *parts)
        by_stage = (so_far + to_go).reshape(-1, len(tables.hops))
        leading: Int32 = self.corridor[by_stage.min(axis=0)[:-1] <= column.limit]
        return leading


def _some_of(tables: Tables, which: slice) -> tuple[Float64, Float64, Float64, Float64]:
    """Return what some of the amounts are made of: to begin, to board, to alight, to go on."""
    begin, board, alight, on = (
        np.ascontiguousarray(part[:, which])
        for part in (tables.begin, tables.board, tables.alight, tables.on)
    )
    return begin, board, alight, on


def _blind(tables: Tables) -> Least:
    """Return bounds that say nothing."""
    size, k = tables.board.shape
    nothing = np.full(((1 + tables.n_stages) * (size + 1), k), -UNLIMITED)
    return nothing, nothing, nothing


def _bounds(
    tables: Tables, begin: Float64, board: Float64, alight: Float64, on: Float64
) -> tuple[Least, Bool]:
    """Return the least that is still to come of amounts, and what leads there (size,)."""
    riding, arrived, platform, leads = least_to_go(
        *(tables.hops, tables.ways, begin, board, alight, on, tables.n_groups, tables.n_runs),
        *(tables.first_stage, tables.n_stages),
    )
    return (riding, arrived, platform), leads


def in_bag(facts: Int32, head: int) -> list[int]:
    """Return the labels in a bag."""
    labels = []
    while head >= 0:
        labels.append(int(head))
        head = int(facts[head, bags.LINK])
    return labels


def ridden(graph: TimeExpandedGraph, found: Found) -> Int32:
    """Return the positions that a journey rides."""
    slot, position = graph.connections.slot, graph.connections.position
    rides = [position[slot[board] : slot[alight] + 1] for board, alight, _ in found.rides.tolist()]
    return np.concatenate(rides)


def _leading(tables: Tables, columns: list[Column], by_arrival: bool) -> Bool:
    """Return which connections lead to the least of a sum of all that is wanted (size,).

    A good middle between the extremes, each of which is the least of one amount.
    """
    wanted = np.array([*(column.wanted for column in columns), by_arrival])
    weights = (wanted / tables.half_hours).reshape(-1, 1)
    added = (tables.begin, tables.board, tables.alight, tables.on)
    return _bounds(tables, *(amounts @ weights for amounts in added))[1]


def one_goal(graph: TimeExpandedGraph, ends: Ends, on_foot: OnFoot) -> tuple[Int32, Int32]:
    """Lay the destination's groups out as the sweep takes goals."""
    n_arrival = len(graph.timetable.groups.arrival_stop)
    order = np.argsort(ends.destination, kind="stable")
    ptr = np.zeros(n_arrival + 2, dtype=np.int32)
    ptr[1:] = np.bincount(ends.destination, minlength=n_arrival + 1).cumsum()
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
) -> tuple[Int32, Float64]:
    """Sweep a corridor to many destinations; return the labels, as `sweep_bags` does.

    Parameters
    ----------
    goal_ptr : (n_arrival + 2,) int32
        Goals of arrival group a are rows ``goal_ptr[a]`` to ``goal_ptr[a + 1]`` of `goal_packed`.
    goal_packed : (3 * m,) int32
        Destination, seconds after the arrival, of which on foot.
    goals : (n_destinations,) int32
        All -1; set to the heads of the destinations' bags.
    """
    tables, _ = lay_out_amounts(
        *(graph, labels, ends, bounds, columns, corridor, limits, on_foot),
        *(goal_ptr, goal_packed, night),
    )
    none = np.zeros((0, bags.FACTS), dtype=np.int32), np.zeros((0, len(columns) + 1))
    least, _ = _bounds(tables, tables.begin, tables.board, tables.alight, tables.on)
    every = np.arange(len(corridor), dtype=np.int32)
    return _sweep(tables, columns, bounds, limits, by_arrival, every, least, none, goals)


def _sweep(
    tables: Tables,
    columns: list[Column],
    bounds: Bounds,
    limits: Limits,
    by_arrival: bool,
    order: Int32,
    least: Least,
    known: tuple[Int32, Float64],
    goals: Int32,
) -> tuple[Int32, Float64]:
    """Sweep the connections `order` of a corridor."""
    delays, delay_amounts = _delays(columns)
    riding, arrived, platform = least
    labels: tuple[Int32, Float64] = sweep_bags(
        order,
        tables.hops,
        tables.ways,
        tables.begin,
        tables.board,
        tables.alight,
        tables.on,
        tables.fares,
        np.array([*(column.limit for column in columns), bounds.arrive], dtype=np.float64),
        np.array([*(column.wanted for column in columns), by_arrival]),
        delays,
        delay_amounts,
        limits.until,
        table_shift(limits.until),
        limits.stays,
        limits.first_stage,
        riding,
        arrived,
        platform,
        tables.n_groups,
        tables.n_runs,
        known[0],
        known[1],
        goals,
    )
    return labels


def _delays(columns: list[Column]) -> tuple[Int32, Float64]:
    """Return what a change with less than some slack costs, by delays that spare it."""
    delays = sorted({0, *(slack for column in columns for slack, _ in column.short)})
    amounts = np.zeros((len(delays), len(columns)))
    for i, column in enumerate(columns):
        for slack, amount in column.short:
            amounts[: delays.index(slack), i] += amount
    return np.array(delays, dtype=np.int32), amounts


def follow(graph: TimeExpandedGraph, corridor: Int32, facts: Int32, label: int) -> Found:
    """Follow a label of the end back to the origin."""
    rides = []
    goal = facts[label].tolist()
    off = goal
    while True:
        on = facts[off[bags.PARENT]].tolist()
        rides.append((int(corridor[on[bags.AT]]), int(corridor[off[bags.AT]]), on[bags.ENTRY]))
        if on[bags.PARENT] < 0:
            break
        off = facts[on[bags.PARENT]].tolist()
    return Found(goal[bags.BEGAN], goal[bags.THERE], np.array(rides[::-1], dtype=np.int32))
