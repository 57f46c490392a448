"""Costing: a traveller's weights, and what there is to weigh in the rides of a graph."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from mobiplan.gtfs.kinds import KIND
from mobiplan.planner.constraints import daily
from mobiplan.planner.suiting import unsuited_in
from mobiplan.search.features import WEIGHTS, Features, Own, Spread
from mobiplan.timetable.arrays import Float64, Int32
from mobiplan.timetable.graph import TimeExpandedGraph
from mobiplan.traveller.limits import NIGHT_FROM, NIGHT_UNTIL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobiplan.attributes.legs import Costs
    from mobiplan.planner.planner import Planner
    from mobiplan.traveller.criterion import Criterion
    from mobiplan.traveller.preferences import Preferences
    from mobiplan.traveller.traveller import Likely, Traveller

#: A way across a city by its metro or bus costs what riding this kind of vehicle does.
CROSSING = "suburban"
TRAVELLERS_KEPT = 64  # whose weights stand in rows already


def features_of(
    planner: Planner,
    graph: TimeExpandedGraph,
    traveller: Traveller,
    criteria: Sequence[Criterion] = (),
    policies: Sequence[str] = (),
) -> Features:
    """Return what there is to weigh in the rides of a graph, at the traveller's fares.

    `policies` are fields of needs that are preferred, see `mobiplan.planner.suiting`.
    """
    fares = planner.attributes.fares(traveller.passenger)
    euros = _spread(planner, fares.legs.leg_ptr, fares.costs(traveller.price))
    co2 = _spread(planner, fares.legs.leg_ptr, planner.attributes.emissions.costs())
    slacks = tuple(60 * minutes for minutes in steps_of(traveller.preferences))
    own = []
    for criterion in criteria:
        column = criterion.column(graph)
        own.append(Own(column.along, column.legs))
    return Features(
        euros,
        co2,
        night_s(graph),
        len(planner.timetable.kinds),
        KIND[CROSSING],
        slacks,
        tuple(own),
        unsuited_in(planner, graph, policies) if policies else None,
    )


def weights_row(preferences: Preferences, kinds: Sequence[str], own: Sequence[str] = ()) -> Float64:
    """Return a traveller's weights in the order of `mobiplan.search.features.WEIGHTS`."""
    return np.array(_weights(preferences, tuple(kinds), tuple(own)))


def feature_names(
    preferences: Preferences, kinds: Sequence[str], own: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the name of each weight of a row, as the traveller's weights name them."""
    return _names(preferences, tuple(kinds), tuple(own))


@lru_cache(maxsize=TRAVELLERS_KEPT)
def steps_of(preferences: Preferences) -> tuple[int, ...]:
    """Return the minutes to spare at which a change costs less, fewest first."""
    return tuple(sorted(preferences.short_transfer))


@lru_cache(maxsize=TRAVELLERS_KEPT)
def _weights(
    preferences: Preferences, kinds: tuple[str, ...], own: tuple[str, ...]
) -> tuple[float, ...]:
    short = preferences.short_transfer
    return (
        *(preferences[name] for name in WEIGHTS),
        *(preferences.riding(kind) for kind in kinds),
        *(short[minutes] for minutes in steps_of(preferences)),
        *(preferences.get(name, 0.0) for name in own),
    )


@lru_cache(maxsize=TRAVELLERS_KEPT)
def _names(
    preferences: Preferences, kinds: tuple[str, ...], own: tuple[str, ...]
) -> tuple[str, ...]:
    riding = [f"riding_{kind.replace(' ', '_')}" for kind in kinds]
    return (
        *WEIGHTS,
        *(name if name in preferences else "riding" for name in riding),
        *(f"short_transfer_{minutes}" for minutes in steps_of(preferences)),
        *own,
    )


def drawn_rows(likely: Likely, n: int, names: Sequence[str], weights: Float64) -> Float64:
    """Return n travellers that a belief allows as rows of weights, (n, n_weights).

    Where a belief has no word on a feature, its weight is the given one.
    """
    rows = np.tile(weights, (n, 1))
    if n:
        drawn = likely.draws(n)
        place = {name: k for k, name in enumerate(likely.features_in_)}
        for column, name in enumerate(names):
            if name in place:
                rows[:, column] = drawn[:, place[name]]
    return rows


def _spread(planner: Planner, ptr: Int32, costs: Costs) -> Spread:
    timetable = planner.timetable
    hops = timetable.hops
    hop_of_call = np.full(len(timetable.calls.stop), -1, dtype=np.int64)
    hop_of_call[hops.call] = np.arange(len(hops.call))
    of_call = np.where(hop_of_call < 0, 0.0, costs.hop[hop_of_call])
    # Before each call: what the hops of its trip up to it have added. Differences within a trip
    # are what counts, so one running sum over all calls does.
    at_call = np.concatenate([[0.0], np.cumsum(of_call)[:-1]])
    return Spread(ptr, costs.leg, costs.boarding, at_call)


def night_s(graph: TimeExpandedGraph) -> Int32:
    """Return how many seconds of night there are before each second of a graph."""
    groups = graph.timetable.groups
    n = graph.last_arrival + int(groups.pair_walk.max(initial=0)) + 1
    dark = np.zeros(n + 1, dtype=np.int32)
    for begin, end in daily(graph, NIGHT_FROM, NIGHT_UNTIL).tolist():
        dark[max(begin, 0) : max(end, 0)] = 1
    night: Int32 = np.concatenate([[0], np.cumsum(dark[:-1], dtype=np.int32)]).astype(np.int32)
    return night
