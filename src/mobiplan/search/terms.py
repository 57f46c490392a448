"""Terms: what a search for the least cost reads of a graph, and of those who travel.

Of the graph two things, whatever the weights are: what each connection, boarding and leg has of
the features that add up along rides; and the `Network`, which forgets the clock: for each way
from a station to the next one, by each kind of vehicle, the least that any run of it has of each
feature. No journey costs less than its way through the network does, so the network bounds a
search from below. Of the travellers what a second, a change or a way costs each.
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

RATES_KEPT = 8  # travellers, or sets of draws, whose costs are kept for the next question


class Rides(NamedTuple):
    """What rides have of the features that add up: euros, kilograms, the caller's own.

    What there is to know of a connection is in one row, which is a line of the cache: the sweep
    jumps from mark to mark, and each other array would be another wait for the memory.
    """

    rows: Int32  # (n, 16) as `mobiplan.timetable.graph` has them, then as below
    along: Float64  # (n_places, n_amounts) added up along trips, or runs, to row `ALONG`
    boarding: Float64  # (n_trips, n_amounts) once aboard
    leg: Float64  # (n_legs, n_amounts) from boarding to alighting
    night: Int32  # (seconds,) seconds of night before each second of the graph


# Columns of `Rides.rows` after those of `Connections.rows`.
NEXT_DEPARTURE = 5  # position of the boarding group's next departure, n none
NEXT_RIDE = 6  # position of the run's next connection, n none
CHANGE, LAST_CHANGE = 7, 8  # rows of `Arcs.transfer_to`
START, END = 9, 10  # station
TRIP, KIND, CALL = 11, 12, 13  # of the run, its kind of vehicle, the departing call
LEG = 14  # row of the shortest leg that begins here, -1 none
ALONG = 15  # row of `along` at the departure; the next one is that at the arrival


class Network(NamedTuple):
    """Ways from station to station, by the station they lead to.

    After the kinds of vehicle come two more kinds of way: on foot, and from one seat to another.
    """

    ptr: Int32  # (n_stations + 1,) ways that lead to station s are ptr[s] : ptr[s + 1]
    source: Int32  # (n_ways,) station
    kind: Int8  # (n_ways,) kind of vehicle; n_kinds on foot, n_kinds + 1 seated
    amounts: Float64  # (n_ways, 1 + n_amounts) seconds, then as in `Rides`


# Rows of rates, equivalent minutes for each second or change: from the asked departure on; on
# foot; across a city by its metro or bus; waiting; at night, besides; a change; before and after
# a wished time; at the least, before a wished arrival. After these come the amounts of `Rides`,
# each kind of vehicle, and changes with the slack of each step, or with more.
AT_START, ON_FOOT, ACROSS, WAIT, BY_NIGHT, EACH, TOO_EARLY, TOO_LATE, AHEAD, AMOUNT = range(10)


class Terms(NamedTuple):
    """The features of a graph, laid out for the search."""

    features: Features
    rides: Rides
    network: Network
    pairs: Int32  # (n_pairs, 3) s that a change needs, on the way, across a city meanwhile
    exceptions: Int32  # (n_exceptions, 3) positions from and to, changes
    overlap_s: int  # s by which trips overlap that one may stay seated between, added up
    delays: Int32  # (n_steps + 1,) s to spare from which a change costs less; the first is 0
    kept: dict[tuple[bytes, bool], tuple[Float64, Float64, Float64]]  # see `rates`

    def rates(self, weights: Float64, wished: bool) -> tuple[Float64, Float64, Float64]:
        """Return what things cost travellers by the second, change or amount: a lane for each.

        Parameters
        ----------
        weights : (n_rows, n_weights) float64
        wished : bool
            Whether an arrival is wished for. The ways then cost what they do beyond the least
            that each second costs in any case.

        Returns
        -------
        (n_rates, n_rows) float64
            See `AT_START` and what follows.
        (n_ways, n_rows) float64
            The ways of the network.
        (n_rows,) float64
            A second on the way from the last station, at the least.
        """
        key = (weights.tobytes(), wished)
        rates = self.kept.get(key)
        if rates is None:
            while len(self.kept) >= RATES_KEPT:
                self.kept.pop(next(iter(self.kept)), None)
            rates = self.kept[key] = _rates(self, weights, wished)
        return rates


def make_terms(graph: TimeExpandedGraph, features: Features, pair_cross: Int32) -> Terms:
    """Lay the features of a graph out for the search; `pair_cross` is that of `OnFoot`."""
    timetable, connections = graph.timetable, graph.connections
    rows, arcs = connections.rows, graph.arcs
    call = timetable.hops.call[connections.hop]
    trip = connections.run_trip[rows[:, RUN]]
    ptr, leg = _legs(features)
    spreads = (features.euros, features.co2)
    along = np.column_stack([part.at_call for part in spreads])
    at = call
    if any(own.along is not None for own in features.own):
        nothing = np.zeros(graph.n), np.zeros(graph.n)
        own = np.stack([np.stack(own.along or nothing) for own in features.own])
        both = np.stack([along[call], along[call + 1]], axis=1)
        along = np.concatenate([both, own.T], axis=2).reshape(2 * graph.n, -1)
        at = np.arange(0, 2 * graph.n, 2, dtype=np.int32)
    elif features.own:
        along = np.pad(along, ((0, 0), (0, len(features.own))))
    fees: Float64 = np.zeros((len(timetable.trips.kind), along.shape[1]))
    fees[:, : len(spreads)] = np.column_stack([part.boarding for part in spreads])
    station = timetable.stops.station[timetable.calls.stop]
    columns: list[Int32] = [
        arcs.next_in_group,
        arcs.next_in_run,
        arcs.transfer_ptr[:-1],
        arcs.transfer_ptr[1:],
        station[call],
        station[call + 1],
        trip,
        timetable.trips.kind[trip].astype(np.int32),
        call,
        np.where(ptr[call + 1] > ptr[call], ptr[call], -1),
        at,
    ]
    packed = np.column_stack([rows, *columns]).astype(np.int32)
    rides = Rides(packed, along, fees, leg, features.night)
    least = along[at + 1] - along[at] + _least_of_legs(graph, ptr, leg)[call]
    network = _network(graph, features.kinds, least)
    delays = np.array([0, *features.slacks], dtype=np.int32)
    groups = timetable.groups
    pairs = np.stack([groups.pair_minimum, groups.pair_walk, pair_cross], axis=1)
    exceptions = (
        connections.exception_from,
        connections.exception_to,
        connections.exception_transfers.astype(np.int32),
    )
    return Terms(
        features,
        frozen(rides),
        frozen(network),
        pairs,
        np.stack(exceptions, axis=1),
        int(np.maximum(rows[exceptions[0], ARRIVAL] - rows[exceptions[1], DEPARTURE], 0).sum()),
        delays,
        {},
    )


def _rates(terms: Terms, weights: Float64, wished: bool) -> tuple[Float64, Float64, Float64]:
    features, network = terms.features, terms.network
    per_s = weights.T / 60
    riding = features.riding(weights).T / 60
    across = riding[features.crossing]
    foot, ahead = np.minimum(per_s[WALKING], across), np.zeros(len(weights))
    if wished:
        ahead = np.min([*riding, foot, per_s[WAITING], per_s[EARLY]], axis=0)
    steps = features.short(weights).T
    short = np.cumsum(steps[::-1], axis=0)[::-1]  # who has less than one step has less than all
    amounts = np.concatenate([weights.T[[EUROS, CO2]], features.mine(weights).T])
    rates = [
        per_s[BEFORE],
        per_s[WALKING],
        across,
        per_s[WAITING],
        per_s[NIGHT],
        weights.T[TRANSFERS],
        per_s[EARLY],
        per_s[LATE],
        ahead,
        *amounts,
        *riding,
        *short,
        np.zeros(len(weights)),
    ]
    per_second = np.concatenate([riding, [foot, riding.min(axis=0)]]) - ahead
    each = np.zeros_like(per_second)
    each[-2] = weights.T[TRANSFERS]
    ways = each[network.kind] + per_second[network.kind] * network.amounts[:, :1]
    return np.array(rates), ways + network.amounts[:, 1:] @ amounts, foot - ahead


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
