"""Terms: what a search for the least cost reads of a graph, whatever the weights are.

Two parts. What each connection, boarding and leg has of the features that add up along rides; and
the `Network`, which forgets the clock: for each way from a station to the next one, by each kind
of vehicle, the least that any run of it has of each feature. No journey costs less than its way
through the network does, so that the network bounds a search from below.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mobiplan.search.features import Features
from mobiplan.search.pareto import Legs
from mobiplan.timetable.arrays import Float64, Int8, Int32, Int64, frozen, spread
from mobiplan.timetable.graph import ARRIVAL, DEPARTURE, RUN, TimeExpandedGraph


class Network(NamedTuple):
    """Ways from station to station, by the station they lead to; n_stations + 1 pointers.

    After the kinds of vehicle come two more kinds of way: on foot, and from one seat to another.
    """

    ptr: Int32  # (n_stations + 1,) ways that lead to station s are ptr[s] : ptr[s + 1]
    source: Int32  # (n_ways,) station
    kind: Int8  # (n_ways,) kind of vehicle; n_kinds on foot, n_kinds + 1 seated
    amounts: Float64  # (n_ways, 1 + n_amounts) seconds, then as `Terms.hop`


class Terms(NamedTuple):
    """What a graph has of the features that add up: euros, kilograms of CO2, the caller's own."""

    features: Features
    kind: Int8  # (n_runs,) kind of vehicle
    station: Int32  # (n,) station at which a connection arrives
    call: Int32  # (n,) departing call
    first_leg: Int32  # (n,) row of the shortest leg that begins here, -1 none
    leg: Float64  # (n_legs, n_amounts) from boarding to alighting
    hop: Float64  # (n, n_amounts) along a connection
    boarding: Float64  # (n_runs, n_amounts) once aboard
    network: Network


def make_terms(graph: TimeExpandedGraph, features: Features) -> Terms:
    """Lay the features of a graph out for the search; kept as long as both are."""
    timetable, connections = graph.timetable, graph.connections
    trip, call = connections.run_trip, timetable.hops.call[connections.hop]
    ptr, leg = _legs(features)
    spreads = (features.euros, features.co2)
    nothing = np.zeros(graph.n), np.zeros(graph.n)
    along = [own.along or nothing for own in features.own]
    hop = [spread.at_call[call + 1] - spread.at_call[call] for spread in spreads]
    hop += [after - before for before, after in along]
    fees = [spread.boarding[trip] for spread in spreads] + [np.zeros(len(trip))] * len(along)
    per_hop, boarding = np.column_stack(hop), np.column_stack(fees)
    first_leg = np.where(ptr[call + 1] > ptr[call], ptr[call], -1).astype(np.int32)
    least = per_hop + _least_of_legs(graph, ptr, leg)[call]
    return Terms(
        features,
        *frozen(
            _Arrays(
                timetable.trips.kind[trip],
                timetable.stops.station[timetable.calls.stop[call + 1]],
                call,
                first_leg,
                leg,
                per_hop,
                boarding,
            )
        ),
        frozen(_network(graph, features.kinds, least)),
    )


class _Arrays(NamedTuple):
    kind: Int8
    station: Int32
    call: Int32
    first_leg: Int32
    leg: Float64
    hop: Float64
    boarding: Float64


def _legs(features: Features) -> tuple[Int32, Float64]:
    """Lay all amounts by leg over one another: a call has as many legs as any feature gives it."""
    given = [Legs(part.ptr, part.leg) for part in (features.euros, features.co2)]
    every = [*given, *(own.legs for own in features.own)]
    sizes = np.max([np.diff(legs.ptr) for legs in every if legs is not None], axis=0)
    ptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    amounts = np.zeros((ptr[-1], len(every)))
    for i, legs in enumerate(every):
        if legs is not None:
            row, place = spread(np.diff(legs.ptr))
            amounts[ptr[row] + place, i] = legs.amount
    return ptr, amounts


def _least_of_legs(graph: TimeExpandedGraph, ptr: Int32, leg: Float64) -> Float64:
    """Return what a hop has at least of any leg that covers it (n_calls, n_amounts).

    A leg is shared out over its hops by the time they take: a leg has all of its shares, so a
    ride never has less than the least share of each of its hops.
    """
    timetable = graph.timetable
    calls, call_ptr = timetable.calls, timetable.trips.call_ptr
    n = len(calls.stop)
    least = np.zeros((n, leg.shape[1]))
    sizes = np.diff(ptr)
    # Only of trips all of whose boardings have legs; others may be ridden without.
    of_trip = np.add.reduceat(sizes > 0, call_ptr[:-1]) if n else np.zeros(0, dtype=np.int64)
    whole = np.repeat(of_trip == np.diff(call_ptr) - 1, np.diff(call_ptr))
    sizes = np.where(whole, sizes, 0)
    if not sizes.any():
        return least
    seconds = np.zeros(n)
    seconds[:-1] = np.maximum(calls.arrival[1:] - calls.departure[:-1], 1)
    last = call_ptr[1:] - 1
    seconds[last] = 0
    begun = np.concatenate([[0.0], np.cumsum(seconds)])
    board, place = spread(sizes)
    share = leg[ptr[board] + place] / (begun[board + place + 1] - begun[board])[:, None]
    row, after = spread(place + 1)  # each leg's hops
    hop = board[row] + after
    covered = np.unique(hop)
    least[covered] = np.inf
    np.minimum.at(least, hop, share[row])
    least *= seconds[:, None]
    return least


def _network(graph: TimeExpandedGraph, kinds: int, least: Float64) -> Network:
    """Reduce the connections, footpaths and exceptional arcs of a graph to ways."""
    timetable, connections = graph.timetable, graph.connections
    rows, groups, n = connections.rows, timetable.groups, len(timetable.stations.lat)
    station = timetable.stops.station[timetable.calls.stop]
    call = timetable.hops.call[connections.hop]
    one, other = connections.exception_from, connections.exception_to
    walkers = np.repeat(np.arange(len(groups.arrival_stop) + 1), np.diff(groups.pair_ptr))
    afoot = groups.arrival_station[walkers], groups.boarding_station[groups.pair_to]
    apart = afoot[0] != afoot[1]
    source = np.concatenate([station[call], afoot[0][apart], station[call[one] + 1]])
    target = np.concatenate([station[call + 1], afoot[1][apart], station[call[other]]])
    ridden = timetable.trips.kind[connections.run_trip[rows[:, RUN]]]
    n_walks = int(apart.sum())
    kind = np.concatenate(
        [ridden, np.full(n_walks, kinds), np.full(len(one), kinds + 1)], dtype=np.int64
    )
    amounts = np.zeros((len(source), 1 + least.shape[1]))
    amounts[: graph.n, 0] = rows[:, ARRIVAL] - rows[:, DEPARTURE]
    amounts[: graph.n, 1:] = least
    amounts[graph.n : graph.n + n_walks, 0] = groups.pair_walk[apart]
    key: Int64 = (target.astype(np.int64) * n + source) * (kinds + 2) + kind
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, int)
    reduced = np.minimum.reduceat(amounts[order], first) if len(key) else amounts
    target, source, kind = target[order[first]], source[order[first]], kind[order[first]]
    ptr = np.searchsorted(target, np.arange(n + 1)).astype(np.int32)
    return Network(ptr, source.astype(np.int32), kind.astype(np.int8), reduced)
