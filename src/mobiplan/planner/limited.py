"""Questions under limits that a label has to carry: transfers, walking, waits, stations to pass.

The search without them bounds the answer from one side: nobody arrives sooner, or leaves later,
for having more limits. So the sweep with bags begins with a corridor that is as narrow as that
bound allows, and widens it, each time to the fourfold, until the answer is proven.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from mobiplan.journeys.itinerary import Itinerary, Question
from mobiplan.planner.constraints import resource_columns, search_limits
from mobiplan.search.ends import Bounds, Ends, Found
from mobiplan.search.shortcuts import hop_shortcut
from mobiplan.timetable.arrays import Int32
from mobiplan.timetable.graph import NEVER, TimeExpandedGraph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobiplan.journeys.itinerary import Place
    from mobiplan.planner.planner import Planner
    from mobiplan.search.pareto import Column, Ended, LeastSearch, Limits

FIRST_STEP_S = 1800  # by how much a corridor is wider than the bound at first
NO_RIDES = np.zeros((0, 3), dtype=np.int32)


def search_limited(
    planner: Planner, graph: TimeExpandedGraph, question: Question, free: Itinerary | Found | None
) -> tuple[Found | None, int]:
    """Answer an earliest arrival or a latest departure under the planner's needs.

    `free` is the answer without what labels have to carry.
    """
    if free is None:
        return None, 0
    bounds, looked_at = planner.bounds_in(graph, question), 0
    step = FIRST_STEP_S
    refused: list[int] = []
    allowed = graph
    while True:
        part = bounds
        if question.method == "latest_departure":
            part = bounds._replace(depart=max(bounds.depart, free.departure - step))
        else:
            part = bounds._replace(arrive=min(bounds.arrive, free.arrival + step))
        found, more = _best_within(planner, allowed, question, part)
        looked_at += more
        if found is None and part != bounds:
            step *= 4
            continue
        if found is None or not planner.timetable.rules.no_hop_shortcuts:
            return found, looked_at
        position = hop_shortcut(graph, found)
        if position < 0:
            return found, looked_at
        refused.append(position)
        allowed = graph.without_boarding(refused)


def one_after_another(
    planner: Planner, graph: TimeExpandedGraph, question: Question, bounds: Bounds
) -> tuple[list[Found], int]:
    """Return who arrives first under the needs, each for who sets out after the last one left.

    They are the best by departure and arrival alone of those that leave before `bounds.until`.
    """
    from mobiplan.search.pareto import first_arrival

    ends = planner.places.ends(question.origin, question.destination)
    found: list[Found] = []
    moment, looked_at = bounds.depart, 0
    while moment < bounds.until:
        at_once = dataclasses.replace(
            question, method="earliest_arrival", depart=graph.epoch + moment, leave_before=None
        )
        arrival, more = first_arrival(
            graph, planner._labels(graph), ends, bounds._replace(depart=moment)
        )
        looked_at += more
        if arrival is None:
            break
        free = Found(moment, max([arrival, *(one.arrival for one in found[-1:])]), NO_RIDES)
        one, more = search_limited(planner, graph, at_once, free)
        looked_at += more
        if one is None:
            break
        found.append(one)
        moment = one.departure + 1
    return found, looked_at


def _best_within(
    planner: Planner, graph: TimeExpandedGraph, question: Question, bounds: Bounds
) -> tuple[Found | None, int]:
    """Return the best journey within bounds, in the stated order of the question."""
    from mobiplan.search.pareto import Column

    wanted = [Column(before=-1.0), Column(transfer=1.0)]
    ended, looked_at = sweep_within(planner, graph, question, bounds, wanted)
    if not ended.found:
        return None, looked_at
    departure = np.array([-found.departure for found in ended.found])
    arrival = np.array([found.arrival for found in ended.found])
    first = np.array([found.rides[0, 0] for found in ended.found])
    times = (departure, arrival)
    if question.method != "latest_departure":
        times = (arrival, departure)
    best = np.lexsort((first, ended.amounts[:, 1], times[1], times[0]))[0]
    return ended.found[best], looked_at


def sweep_within(
    planner: Planner,
    graph: TimeExpandedGraph,
    question: Question,
    bounds: Bounds,
    wanted: list[Column],
    *,
    by_arrival: bool = True,
    narrow: bool = True,
    known: Sequence[Found] = (),
    night: Int32 | None = None,
) -> tuple[Ended, int]:
    """Return what is best in the wanted columns under the needs, and the corridor's length.

    Without `narrow` the sweep looks at everything within the bounds, and nowhere ahead: the same
    answer, more slowly.
    """
    from mobiplan.search.pareto import search_bags, time_corridor

    places = planner.places
    ends = places.ends(question.origin, question.destination)
    labels = planner._labels(graph)
    corridor = time_corridor(graph, labels, ends, bounds, narrow=narrow)
    ended = search_bags(
        graph,
        labels,
        ends,
        bounds,
        [*wanted, *resource_columns(planner.needs)],
        corridor,
        _limits(planner, graph, question),
        places.on_foot(question.origin, question.destination),
        by_arrival=by_arrival,
        known=known,
        night=night,
        informed=narrow,
    )
    return ended, len(corridor)


def least_within(
    planner: Planner,
    graph: TimeExpandedGraph,
    question: Question,
    bounds: Bounds,
    column: Column,
    others: list[Column],
    night: Int32,
    corridor: Int32 | None = None,
) -> LeastSearch:
    """Lay out the search for the least of `column`, and of others like it, under the needs.

    A given `corridor` is all that may be ridden, as sorted positions; else all within bounds.
    """
    from mobiplan.search.pareto import LeastSearch, time_corridor

    places, labels = planner.places, planner._labels(graph)
    ends = places.ends(question.origin, question.destination)
    if corridor is None:
        corridor = time_corridor(graph, labels, ends, bounds)
    return LeastSearch(
        graph,
        labels,
        ends,
        bounds,
        column,
        [*others, *resource_columns(planner.needs)],
        corridor,
        _limits(planner, graph, question),
        places.on_foot(question.origin, question.destination),
        night,
    )


def _limits(planner: Planner, graph: TimeExpandedGraph, question: Question) -> Limits:
    """Return the limits of waits and the stations to pass."""
    from mobiplan.search.pareto import no_limits

    places = planner.places
    if not planner._limited:
        return no_limits(len(planner.timetable.stations.lat))
    return search_limits(graph, planner.needs, places, np.array(question.origin.stations))


def arrivals_within(
    planner: Planner,
    graph: TimeExpandedGraph,
    origin: Place,
    goal_ptr: Int32,
    goals: Int32,
    n_destinations: int,
    bounds: Bounds,
) -> Int32:
    """Return the earliest arrivals by train under the planner's needs (n_destinations,).

    One sweep for all: arrival group a leads to the destinations in rows ``goal_ptr[a]`` to
    ``goal_ptr[a + 1]`` of `goals` (m, 3): destination, seconds to it, of which on foot. NEVER
    where no journey obeys the needs.
    """
    from mobiplan.search.bags import THERE
    from mobiplan.search.pareto import sweep, time_corridor

    places, needs, labels = planner.places, planner.needs, planner._labels(graph)
    group = np.flatnonzero(np.diff(goal_ptr)).astype(np.int32)
    egress = np.minimum.reduceat(goals[:, 1], goal_ptr[group]) if len(group) else group
    ends = Ends(*places.boarding_at(origin), group, egress)
    heads = np.full(n_destinations, -1, dtype=np.int32)
    facts, _ = sweep(
        graph,
        labels,
        ends,
        bounds,
        resource_columns(needs),
        time_corridor(graph, labels, ends, bounds),
        search_limits(graph, needs, places, np.array(origin.stations)),
        places.on_foot(origin, origin),
        goal_ptr,
        goals.ravel(),
        heads,
    )
    arrival: Int32 = np.where(heads >= 0, facts[heads, THERE], NEVER).astype(np.int32)
    return arrival
