"""Fans under limits that a journey has to carry along: euros, kilograms, waits, stations to pass.

One sweep with bags of labels (`mobiplan.search.bags`) with every place for a goal: exact, since
what is dearer but sooner stays in a bag beside what is cheaper but later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobiplan.planner.constraints import resource_columns, search_limits
from mobiplan.search import bags
from mobiplan.search.ends import Bounds, Ends, Found
from mobiplan.search.everywhere import Best, from_one
from mobiplan.search.fans import NOWHERE, STEP
from mobiplan.search.pareto import Column, Legs, follow, sweep
from mobiplan.search.rounds import _count_transfers
from mobiplan.timetable.graph import DEPARTURE, NEVER, TimeExpandedGraph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobiplan.analysis.fan import Many, When
    from mobiplan.journeys.itinerary import Place
    from mobiplan.planner.planner import Planner
    from mobiplan.search.features import Spread

CENT = 1e-6  # euros or kilograms by which sums of the same figures may differ


def budget_column(spread: Spread, limit: float) -> Column:
    """Return the column of an amount by leg, boarding and call that is not to exceed a limit."""
    return Column(
        boarding=spread.boarding,
        at_call=spread.at_call,
        legs=Legs(spread.ptr, spread.leg),
        limit=limit + CENT,
        wanted=False,
    )


def best_within(
    planner: Planner,
    graph: TimeExpandedGraph,
    when: When,
    place: Place,
    others: Many,
    budgets: Sequence[Column],
) -> Best:
    """Return the best journey by train from `place` to each of the others, within all limits."""
    places, window = planner.places, when.window
    group, access, leave = places.boarding_at(place)
    free = from_one(graph, group, access, leave, window)
    label = free.aboard[0]  # when one sets out at the latest to be there, limits aside
    soon = graph.connections.rows[free.start : free.start + len(label), DEPARTURE]
    near = soon + -label // STEP <= (when.longest if when.shortest else NEVER)
    corridor = (free.start + np.flatnonzero((label > NOWHERE) & near)).astype(np.int32)
    if when.shortest:
        wanted = [
            Column(riding=1.0, walking=1.0, crossing=1.0, waiting=1.0, limit=float(when.longest)),
            Column(transfer=1.0),
            Column(before=1.0, limit=float(window.until - 1 - window.depart), wanted=False),
        ]
    else:
        wanted = [Column(before=-1.0), Column(transfer=1.0)]
    nowhere = np.zeros(0, dtype=np.int32)
    n, goals = len(others.ends.ids), others.goals
    rows = np.stack([goals.place, goals.walk, goals.walk - others.across], axis=1)
    heads = np.full(n, -1, dtype=np.int32)
    facts, amounts = sweep(
        graph,
        planner._labels(graph),
        Ends(group, access, leave, nowhere, nowhere),
        Bounds(window.depart, window.arrive),
        [*wanted, *resource_columns(planner.needs), *budgets],
        corridor,
        search_limits(graph, planner.needs, places, np.array(place.stations)),
        places.on_foot(place, place),
        goals.ptr,
        rows.ravel().astype(np.int32),
        heads,
        by_arrival=not when.shortest,
    )
    found = []
    for head in heads.tolist():
        bag: list[int] = []
        while head >= 0:
            bag.append(head)
            head = int(facts[head, bags.LINK])
        if not bag:
            found.append(Found(NEVER, NEVER, np.zeros((0, 3), dtype=np.int32)))
            continue
        began, ready = facts[bag, bags.BEGAN], facts[bag, bags.READY]
        first, changes = amounts[bag, 0], amounts[bag, 1]
        keys = (began, changes, first) if when.shortest else (changes, -began, ready)
        best = int(np.lexsort(keys)[0])
        one = follow(graph, corridor, facts, bag[best])
        arrival = int(ready[best])
        if when.shortest:
            arrival = one.departure + round(float(first[best]))
        found.append(one._replace(arrival=arrival))
    return packed(graph, found)


def packed(graph: TimeExpandedGraph, found: Sequence[Found]) -> Best:
    """Lay journeys out one after the other."""
    rides = [one.rides for one in found]
    return Best(
        np.array([one.departure for one in found], dtype=np.int64),
        np.array([one.arrival for one in found], dtype=np.int64),
        np.array([changes_of(graph, one) for one in found], dtype=np.int64),
        np.cumsum([0, *map(len, rides)], dtype=np.int64),
        np.concatenate(rides),
    )


def changes_of(graph: TimeExpandedGraph, found: Found) -> int:
    """Count the changes of a journey; to stay seated is none."""
    return max(_count_transfers(graph, found), 0)
