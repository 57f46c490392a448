"""Terms: what a search for the least cost reads of a graph, and of those who travel.

Of the graph two things, whatever the weights are: what each connection, boarding and leg has of
the features that add up along rides; and the `Network`, which forgets the clock: for each way
from a station to the next one, by each kind of vehicle, the least that any run of it has of each
feature. No journey costs less than its way through the network does, so the network bounds a
search from below. Of the travellers what a second, a change or a way costs each: a *lane* for
every row of weights.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mobiplan.search.features import (
    BEFORE,
    CO2,
    EARLY,
    EUROS,
    LATE,
    NIGHT,
    TRANSFERS,
    WAITING,
    WALKING,
    Features,
)
from mobiplan.search.pareto import Legs
from mobiplan.timetable.arrays import Float64, Int8, Int32, Int64, frozen, spread
from mobiplan.timetable.graph import ARRIVAL, DEPARTURE, RUN, TimeExpandedGraph

LANES_KEPT = 8  # travellers, or sets of draws, whose costs are kept for the next question


class Rides(NamedTuple):
    """What rides have of the features that add up: euros, kilograms, the caller's own."""

    kind: Int8  # (n_runs,) kind of vehicle
    station: Int32  # (n,) station at which a connection arrives
    call: Int32  # (n,) departing call
    first_leg: Int32  # (n,) row of the shortest leg that begins here, -1 none
    leg: Float64  # (n_legs, n_amounts) from boarding to alighting
    boarding: Float64  # (n_runs, n_amounts) once aboard
    begun: Float64  # (n, n_amounts) added up along the run to a connection's departure
    ended: Float64  # (n, n_amounts) to its arrival
    night: Int32  # (seconds,) seconds of night before each second of the graph


class Network(NamedTuple):
    """Ways from station to station, by the station they lead to.

    After the kinds of vehicle come two more kinds of way: on foot, and from one seat to another.
    """

    ptr: Int32  # (n_stations + 1,) ways that lead to station s are ptr[s] : ptr[s + 1]
    source: Int32  # (n_ways,) station
    kind: Int8  # (n_ways,) kind of vehicle; n_kinds on foot, n_kinds + 1 seated
    amounts: Float64  # (n_ways, 1 + n_amounts) seconds, then as in `Rides`


class Lanes(NamedTuple):
    """What things cost each traveller, in equivalent minutes by the second, change or amount."""

    start: Float64  # (n_lanes,) each second from the asked departure on
    foot: Float64  # (n_lanes,)
    across: Float64  # (n_lanes,) a city by its metro or bus
    wait: Float64  # (n_lanes,)
    night: Float64  # (n_lanes,) besides
    change: Float64  # (n_lanes,)
    early: Float64  # (n_lanes,) each second before a wished time
    late: Float64  # (n_lanes,)
    ahead: Float64  # (n_lanes,) at the least, each second before a wished arrival
    riding: Float64  # (n_kinds, n_lanes)
    short: Float64  # (n_steps + 1, n_lanes) a change with the slack of a step, or with more
    amounts: Float64  # (n_amounts, n_lanes) as in `Rides`


class Terms(NamedTuple):
    """The features of a graph, laid out for the search."""

    features: Features
    rides: Rides
    network: Network
    delays: Int32  # (n_steps + 1,) s to spare from which a change costs less; the first is 0
    kept: dict[tuple[bytes, bool], tuple[Lanes, Float64]]  # see `lanes_of`


def make_terms(graph: TimeExpandedGraph, features: Features) -> Terms:
    """Lay the features of a graph out for the search; kept as long as both are."""
    timetable, connections = graph.timetable, graph.connections
    trip, call = connections.run_trip, timetable.hops.call[connections.hop]
    ptr, leg = _legs(features)
    spreads = (features.euros, features.co2)
    nothing = np.zeros(graph.n), np.zeros(graph.n)
    along = [own.along or nothing for own in features.own]
    begun = [part.at_call[call] for part in spreads] + [before for before, _ in along]
    ended = [part.at_call[call + 1] for part in spreads] + [after for _, after in along]
    fees = [part.boarding[trip] for part in spreads] + [np.zeros(len(trip))] * len(along)
    rides = Rides(
        timetable.trips.kind[trip],
        timetable.stops.station[timetable.calls.stop[call + 1]],
        call,
        np.where(ptr[call + 1] > ptr[call], ptr[call], -1).astype(np.int32),
        leg,
        np.column_stack(fees),
        np.column_stack(begun),
        np.column_stack(ended),
        features.night,
    )
    least = rides.ended - rides.begun + _least_of_legs(graph, ptr, leg)[call]
    network = _network(graph, features.kinds, least)
    delays = np.array([0, *features.slacks], dtype=np.int32)
    return Terms(features, frozen(rides), frozen(network), delays, {})


def lanes_of(terms: Terms, weights: Float64, wished: bool) -> tuple[Lanes, Float64]:
    """Return what things, and the ways of the network (n_ways, n_rows), cost for rows of weights.

    Where an arrival is wished for, the ways cost what they do beyond the least that each second
    costs in any case; `Lanes.ahead` is that.
    """
    key = (weights.tobytes(), wished)
    lanes = terms.kept.get(key)
    if lanes is None:
        while len(terms.kept) >= LANES_KEPT:
            terms.kept.pop(next(iter(terms.kept)), None)
        lanes = terms.kept[key] = _lanes(terms, weights, wished)
    return lanes


def _lanes(terms: Terms, weights: Float64, wished: bool) -> tuple[Lanes, Float64]:
    features, network = terms.features, terms.network
    per_s = weights / 60
    riding = np.ascontiguousarray(features.riding(per_s).T)
    across = riding[features.crossing]
    foot = np.minimum(per_s[:, WALKING], across)
    ahead = np.zeros(len(weights))
    if wished:
        ahead = np.minimum(riding.min(axis=0), foot)
        ahead = np.minimum(ahead, per_s[:, [WAITING, EARLY]].min(axis=1))
    steps = features.short(weights)
    short = np.zeros((len(terms.delays), len(weights)))
    short[:-1] = np.cumsum(steps[:, ::-1], axis=1)[:, ::-1].T
    amounts = np.column_stack([weights[:, [EUROS, CO2]], features.mine(weights)]).T
    lanes = Lanes(
        start=per_s[:, BEFORE].copy(),
        foot=per_s[:, WALKING].copy(),
        across=across.copy(),
        wait=per_s[:, WAITING].copy(),
        night=per_s[:, NIGHT].copy(),
        change=weights[:, TRANSFERS].copy(),
        early=per_s[:, EARLY].copy(),
        late=per_s[:, LATE].copy(),
        ahead=ahead,
        riding=riding,
        short=short,
        amounts=np.ascontiguousarray(amounts),
    )
    per_second = np.concatenate([riding, [foot, riding.min(axis=0)]]) - ahead
    each = np.zeros_like(per_second)
    each[-2] = lanes.change
    ways = each[network.kind] + per_second[network.kind] * network.amounts[:, :1]
    return lanes, ways + network.amounts[:, 1:] @ amounts


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
