"""Questions under limits that a label has to carry: transfers, walking, waits, stations to pass.

The search without them bounds the answer from one side: nobody arrives sooner, or leaves later,
for having more limits. So the sweep with bags begins with a corridor that is as narrow as that
bound allows, and widens it, each time to the double, until the answer is proven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobiplan.journeys.itinerary import Itinerary, Question
from mobiplan.planner.constraints import resource_columns, search_limits
from mobiplan.search.shortcuts import hop_shortcut
from mobiplan.timetable.graph import TimeExpandedGraph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobiplan.planner.planner import Planner
    from mobiplan.search.earliest import Bounds, Found
    from mobiplan.search.pareto import Column, Ended
    from mobiplan.timetable.arrays import Int32

FIRST_STEP_S = 1800  # by how much a corridor is wider than the bound at first


def search_limited(
    planner: Planner, graph: TimeExpandedGraph, question: Question, free: Itinerary | None
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
            step *= 2
            continue
        if found is None or not planner.timetable.rules.no_hop_shortcuts:
            return found, looked_at
        position = hop_shortcut(graph, found)
        if position < 0:
            return found, looked_at
        refused.append(position)
        allowed = graph.without_boarding(refused)


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

    places, needs = planner.places, planner.needs
    ends = places.ends(question.origin, question.destination)
    labels = planner._labels(graph)
    corridor = time_corridor(graph, labels, ends, bounds, narrow=narrow)
    ended = search_bags(
        graph,
        labels,
        ends,
        bounds,
        [*wanted, *resource_columns(needs)],
        corridor,
        search_limits(graph, needs, places, np.array(question.origin.stations)),
        places.on_foot(question.origin, question.destination),
        by_arrival=by_arrival,
        known=known,
        night=night,
        informed=narrow,
    )
    return ended, len(corridor)
