"""Features: what journeys are made of, beside their times; and a traveller as a weight for each.

The cost of a journey is the sum of its features times the weights. So one set of arrays serves
every traveller, and a traveller is one row of numbers (`WEIGHTS`), or several rows where it is not
known exactly who travels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mobiplan.search.earliest import Bounds, Ends, Found
from mobiplan.search.pareto import Column, Legs, OnFoot
from mobiplan.timetable.arrays import Float64, Int32
from mobiplan.timetable.graph import (
    ALIGHTING,
    ARRIVAL,
    BOARDING,
    DEPARTURE,
    RUN,
    TimeExpandedGraph,
)

#: What a weight is for, in the order of a row: equivalent minutes per minute, change, euro or
#: kilogram. After these come one for each kind of vehicle, for each step of slack, and for each
#: feature of the caller's own.
WEIGHTS = (
    "before_departure",
    "walking",
    "waiting",
    "night",
    "transfers",
    "euros",
    "co2",
    "early",
    "late",
)
BEFORE, WALKING, WAITING, NIGHT, TRANSFERS, EUROS, CO2, EARLY, LATE = range(len(WEIGHTS))


class Wish(NamedTuple):
    """When one would like to leave or to arrive, s since the graph's epoch; None: whenever."""

    depart: int | None = None
    arrive: int | None = None


class Spread(NamedTuple):
    """An amount that a ride has: by leg, or once aboard and along the way; the parts add up."""

    ptr: Int32  # (n_calls + 1,) legs from call b: to call a is ptr[b] + a - b - 1; may be none
    leg: Float64  # (n_legs,)
    boarding: Float64  # (n_trips,)
    at_call: Float64  # (n_calls,) added up from the trip's beginning


class Own(NamedTuple):
    """A feature of the caller's own."""

    along: tuple[Float64, Float64] | None  # (n,), (n,) as `pareto.added_up` returns them
    legs: Legs | None


class Features(NamedTuple):
    """What there is to weigh in the rides of a graph."""

    euros: Spread
    co2: Spread  # kg; its legs are those of `euros`
    night: Int32  # (seconds,) seconds of night before each second of the graph
    kinds: int  # kinds of vehicle
    crossing: int  # the kind as which a way across a city counts
    slacks: tuple[int, ...]  # s to spare, below which a change costs more; steps add up
    own: tuple[Own, ...]

    @property
    def n_weights(self) -> int:
        """Length of a row of weights."""
        return len(WEIGHTS) + self.kinds + len(self.slacks) + len(self.own)

    def riding(self, weights: Float64) -> Float64:
        """Return the weights of kinds of vehicle (..., kinds)."""
        return weights[..., len(WEIGHTS) : len(WEIGHTS) + self.kinds]

    def short(self, weights: Float64) -> Float64:
        """Return the weights of steps of slack (..., slacks)."""
        first = len(WEIGHTS) + self.kinds
        return weights[..., first : first + len(self.slacks)]

    def mine(self, weights: Float64) -> Float64:
        """Return the weights of the caller's own features (..., own)."""
        return weights[..., len(WEIGHTS) + self.kinds + len(self.slacks) :]

    def column(self, weights: Float64) -> Column:
        """Return a traveller's whole cost, in equivalent minutes, as one amount."""
        riding = self.riding(weights) / 60
        legs = Legs(self.euros.ptr, weights[EUROS] * self.euros.leg + weights[CO2] * self.co2.leg)
        boarding = weights[EUROS] * self.euros.boarding + weights[CO2] * self.co2.boarding
        at_call = weights[EUROS] * self.euros.at_call + weights[CO2] * self.co2.at_call
        along: tuple[Float64, Float64] | None = None
        for own, weight in zip(self.own, self.mine(weights).tolist(), strict=True):
            if own.along is not None:
                before, after = (weight * part for part in own.along)
                along = (before, after) if along is None else (along[0] + before, along[1] + after)
            if own.legs is not None:
                legs = _laid_over(legs, Legs(own.legs.ptr, weight * own.legs.amount))
        return Column(
            before=float(weights[BEFORE]) / 60,
            riding=riding,
            walking=float(weights[WALKING]) / 60,
            crossing=float(riding[self.crossing]),
            waiting=float(weights[WAITING]) / 60,
            night_riding=float(weights[NIGHT]) / 60,
            night_waiting=float(weights[NIGHT]) / 60,
            transfer=float(weights[TRANSFERS]),
            short=tuple(zip(self.slacks, self.short(weights).tolist(), strict=True)),
            boarding=boarding,
            at_call=at_call,
            legs=legs,
            along=along,
        )


def _laid_over(one: Legs, other: Legs) -> Legs:
    """Add legs up, each of which may have what the other has not."""
    sizes = np.maximum(np.diff(one.ptr), np.diff(other.ptr))
    ptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    amount = np.zeros(ptr[-1])
    for legs in (one, other):
        size = np.diff(legs.ptr)
        row = np.repeat(np.arange(len(size)), size)
        place = np.arange(len(row)) - legs.ptr[row]
        amount[ptr[row] + place] += legs.amount
    return Legs(ptr, amount)


def amounts_of(
    graph: TimeExpandedGraph,
    ends: Ends,
    bounds: Bounds,
    on_foot: OnFoot,
    features: Features,
    found: Found,
    wish: Wish = Wish(),  # noqa: B008 (immutable)
) -> Float64:
    """Return what a journey has of each feature, in the order of a row of weights.

    Minutes, changes, euros and kilograms; the cost is the product with the weights. Added up leg
    by leg, always in this order, so that one journey has one cost.
    """
    connections, timetable = graph.connections, graph.timetable
    groups, rows, rides = timetable.groups, connections.rows, found.rides.tolist()
    row = np.zeros(features.n_weights)
    riding, short, mine = (part(row) for part in (features.riding, features.short, features.mine))
    night = features.night

    def rode(kind: int, start: int, end: int) -> None:
        riding[kind] += (end - start) / 60
        row[NIGHT] += int(night[end] - night[start]) / 60

    def waited(start: int, end: int) -> None:
        row[WAITING] += (end - start) / 60
        row[NIGHT] += int(night[end] - night[start]) / 60

    def walked(seconds: int, across: int) -> None:
        row[WALKING] += (seconds - across) / 60
        riding[features.crossing] += across / 60

    first, last = rows[rides[0][0]], rows[rides[-1][1]]
    begin = int(np.flatnonzero(ends.origin == first[BOARDING])[0])
    goal = int(np.flatnonzero(ends.destination == last[ALIGHTING])[0])
    foot, across = int(on_foot.access[begin]), int(on_foot.across[begin])
    row[BEFORE] = (found.departure - bounds.depart) / 60
    walked(foot + across, across)
    row[WAITING] += (int(ends.leave[begin]) - foot - across) / 60  # for doors that close early
    left = -1
    for board, alight, entry in rides:
        departure, arrival = int(rows[board, DEPARTURE]), int(rows[alight, ARRIVAL])
        trip = int(connections.run_trip[rows[board, RUN]])
        kind = int(timetable.trips.kind[trip])
        if left >= 0:
            arrived = int(rows[left, ARRIVAL])
            if entry and _seated(graph, left, board):
                rode(kind, arrived, departure)
            elif entry:
                waited(arrived, departure)
                row[TRANSFERS] += 1
            else:
                pair = _pair(graph, int(rows[left, ALIGHTING]), int(rows[board, BOARDING]))
                walk = int(groups.pair_walk[pair])
                walked(walk, int(on_foot.pair_cross[pair]))
                waited(arrived + walk, departure)
                row[TRANSFERS] += 1
                spare = departure - arrived - int(groups.pair_minimum[pair])
                for step, slack in enumerate(features.slacks):
                    short[step] += spare < slack
        rode(kind, departure, arrival)
        start, end = timetable.hops.call[connections.hop[[board, alight]]].tolist()
        for feature, spread in ((EUROS, features.euros), (CO2, features.co2)):
            row[feature] += spread.boarding[trip] + spread.at_call[end + 1] - spread.at_call[start]
            if spread.ptr[start + 1] > spread.ptr[start]:
                row[feature] += spread.leg[spread.ptr[start] + end - start]
        for i, own in enumerate(features.own):
            if own.along is not None:
                mine[i] += own.along[1][alight] - own.along[0][board]
            if own.legs is not None:
                mine[i] += own.legs.amount[own.legs.ptr[start] + end - start]
        left = alight
    egress = int(ends.egress[goal])
    walked(egress, egress - int(on_foot.egress[goal]))
    for wished, actual in ((wish.depart, found.departure), (wish.arrive, found.arrival)):
        if wished is not None:
            row[EARLY] += max(wished - actual, 0) / 60
            row[LATE] += max(actual - wished, 0) / 60
    return row


def _seated(graph: TimeExpandedGraph, left: int, board: int) -> bool:
    """Whether an exceptional arc lets one stay in the vehicle."""
    connections = graph.connections
    arcs = (connections.exception_from == left) & (connections.exception_to == board)
    return bool(connections.exception_transfers[arcs].min() == 0)


def _pair(graph: TimeExpandedGraph, alighting: int, boarding: int) -> int:
    """Return the row of a pair of groups."""
    groups = graph.timetable.groups
    first, end = groups.pair_ptr[alighting], groups.pair_ptr[alighting + 1]
    return int(first) + int(np.flatnonzero(groups.pair_to[first:end] == boarding)[0])
