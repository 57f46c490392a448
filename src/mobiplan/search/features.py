"""Features: what journeys are made of, beside their times; and a traveller as a weight for each.

The cost of a journey is the sum of its features times the weights. So one set of arrays serves
every traveller, and a traveller is one row of numbers (`WEIGHTS`), or several rows where it is not
known exactly who travels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from mobiplan.search.ends import Bounds, Ends, Found
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
    "unsuited",
)
BEFORE, WALKING, WAITING, NIGHT, TRANSFERS, EUROS, CO2, EARLY, LATE, UNSUITED = range(len(WEIGHTS))


SLACK = 1e-6  # equivalent minutes by which sums may differ from what a journey costs


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
    """A feature that not everybody has: the caller's own, or how well a ride suits.

    A ride has what `along` has at the arrival where one alights less what it has at the departure
    where one boards. Mostly that adds up along the way; a feature that arises where one boards and
    alights also says what who rides on, or stays seated, does not have of it.
    """

    along: tuple[Float64, Float64] | None  # (n,), (n,) as `pareto.added_up` returns them
    legs: Legs | None
    alighting: Float64 | None = None  # (n_stations,) that arrivals there have, and who rides on not
    spared: Float64 | None = None  # (n_exceptions,) that two rides have, and who stays seated not


class Features(NamedTuple):
    """What there is to weigh in the rides of a graph."""

    euros: Spread
    co2: Spread  # kg; its legs are those of `euros`
    night: Int32  # (seconds,) seconds of night before each second of the graph
    kinds: int  # kinds of vehicle
    crossing: int  # the kind as which a way across a city counts
    slacks: tuple[int, ...]  # s to spare, below which a change costs more; steps add up
    own: tuple[Own, ...]
    unsuited: Own | None = None  # what is not known to suit; None: nobody asks for it

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

    @property
    def others(self) -> dict[int, Own]:
        """Those that not everybody has, by their place in a row of weights."""
        others = dict(enumerate(self.own, self.n_weights - len(self.own)))
        return others if self.unsuited is None else {UNSUITED: self.unsuited} | others

    def mine(self, weights: Float64) -> Float64:
        """Return the weights of what not everybody has (..., others)."""
        return weights[..., list(self.others)]

    def column(self, weights: Float64) -> Column:
        """Return a traveller's whole cost, in equivalent minutes, as one amount."""
        riding = self.riding(weights) / 60
        legs = Legs(self.euros.ptr, weights[EUROS] * self.euros.leg + weights[CO2] * self.co2.leg)
        boarding = weights[EUROS] * self.euros.boarding + weights[CO2] * self.co2.boarding
        at_call = weights[EUROS] * self.euros.at_call + weights[CO2] * self.co2.at_call
        along: tuple[Float64, Float64] | None = None
        spared: Float64 | None = None
        for own, weight in zip(self.others.values(), self.mine(weights).tolist(), strict=True):
            if own.along is not None:
                before, after = (weight * part for part in own.along)
                along = (before, after) if along is None else (along[0] + before, along[1] + after)
            if own.spared is not None:
                spared = weight * own.spared + (0.0 if spared is None else spared)
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
            spared=spared,
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


@dataclass(frozen=True)
class Query:
    """What is asked of a graph, and what there is to weigh in the answers."""

    graph: TimeExpandedGraph
    ends: Ends
    bounds: Bounds
    on_foot: OnFoot
    features: Features
    wish: Wish = Wish()  # noqa: RUF009 (immutable)
    _known: dict[bytes, Float64] = field(default_factory=dict)  # by the rides of journeys

    def amounts(self, found: Found) -> Float64:
        """Return what a journey has of each feature; looked at once. See `amounts_of`."""
        key = found.rides.tobytes()
        amounts = self._known.get(key)
        if amounts is None:
            amounts = self._known[key] = amounts_of(self, found)
        return amounts


def amounts_of(query: Query, found: Found) -> Float64:
    """Return what a journey has of each feature, in the order of a row of weights.

    Minutes, changes, euros and kilograms; the cost is the product with the weights. Added up leg
    by leg, always in this order, so that one journey has one cost.
    """
    graph, ends, on_foot, features = query.graph, query.ends, query.on_foot, query.features
    connections, timetable = graph.connections, graph.timetable
    groups, night = timetable.groups, features.night
    # Plain numbers: there are few, and Python is quicker with its own.
    rides = found.rides.tolist()
    both = found.rides[:, :2]
    stops = connections.rows[both].tolist()
    calls = timetable.hops.call[connections.hop[both]].tolist()
    trips = connections.run_trip[connections.rows[found.rides[:, 0], RUN]]
    kinds = timetable.trips.kind[trips].tolist()
    row = [0.0] * features.n_weights
    first_kind = len(WEIGHTS)
    first_step = first_kind + features.kinds
    others = features.others.items()

    def rode(kind: int, start: int, end: int) -> None:
        row[first_kind + kind] += (end - start) / 60
        row[NIGHT] += (night.item(end) - night.item(start)) / 60

    def waited(start: int, end: int) -> None:
        row[WAITING] += (end - start) / 60
        row[NIGHT] += (night.item(end) - night.item(start)) / 60

    def walked(seconds: int, across: int) -> None:
        row[WALKING] += (seconds - across) / 60
        row[first_kind + features.crossing] += across / 60

    begin = ends.origin.tolist().index(stops[0][0][BOARDING])
    goal = ends.destination.tolist().index(stops[-1][1][ALIGHTING])
    foot, across = on_foot.access.item(begin), on_foot.across.item(begin)
    row[BEFORE] = (found.departure - query.bounds.depart) / 60
    walked(foot + across, across)
    row[WAITING] += (ends.leave.item(begin) - foot - across) / 60  # for doors that close early
    for k, (board, alight, entry) in enumerate(rides):
        departure, arrival = stops[k][0][DEPARTURE], stops[k][1][ARRIVAL]
        trip, kind = trips.item(k), kinds[k]
        if k > 0:
            arrived = stops[k - 1][1][ARRIVAL]
            seat = _seat(graph, rides[k - 1][1], board) if entry else -1
            if seat >= 0:
                rode(kind, arrived, departure)
                for place, own in others:
                    row[place] -= 0.0 if own.spared is None else own.spared.item(seat)
            elif entry:
                waited(arrived, departure)
                row[TRANSFERS] += 1
            else:
                pair = _pair(graph, stops[k - 1][1][ALIGHTING], stops[k][0][BOARDING])
                walk = groups.pair_walk.item(pair)
                walked(walk, on_foot.pair_cross.item(pair))
                waited(arrived + walk, departure)
                row[TRANSFERS] += 1
                spare = departure - arrived - groups.pair_minimum.item(pair)
                for step, slack in enumerate(features.slacks):
                    row[first_step + step] += spare < slack
        rode(kind, departure, arrival)
        start, end = calls[k]
        for feature, spread in ((EUROS, features.euros), (CO2, features.co2)):
            along = spread.at_call.item(end + 1) - spread.at_call.item(start)
            row[feature] += spread.boarding.item(trip) + along
            leg = spread.ptr.item(start)
            if spread.ptr.item(start + 1) > leg:
                row[feature] += spread.leg.item(leg + end - start)
        for place, own in others:
            if own.along is not None:
                row[place] += own.along[1].item(alight) - own.along[0].item(board)
            if own.legs is not None:
                row[place] += own.legs.amount.item(own.legs.ptr.item(start) + end - start)
    egress = ends.egress.item(goal)
    walked(egress, egress - on_foot.egress.item(goal))
    wish = query.wish
    for wished, actual in ((wish.depart, found.departure), (wish.arrive, found.arrival)):
        if wished is not None:
            row[EARLY] += max(wished - actual, 0) / 60
            row[LATE] += max(actual - wished, 0) / 60
    return np.array(row)


def _seat(graph: TimeExpandedGraph, left: int, board: int) -> int:
    """Return the exceptional arc that lets one stay in the vehicle, -1 none."""
    connections = graph.connections
    arcs = (connections.exception_from == left) & (connections.exception_to == board)
    seats = np.flatnonzero(arcs & (connections.exception_transfers == 0))
    return int(seats[0]) if len(seats) else -1


def _pair(graph: TimeExpandedGraph, alighting: int, boarding: int) -> int:
    """Return the row of a pair of groups."""
    groups = graph.timetable.groups
    first, end = groups.pair_ptr.item(alighting), groups.pair_ptr.item(alighting + 1)
    position: int = first + groups.pair_to[first:end].tolist().index(boarding)
    return position
