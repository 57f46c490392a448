"""Terms: what a search for the least cost reads of a graph, and of those who travel.

Of the graph two things, whatever the weights are: what each connection, boarding and leg has of
the features that add up along rides; and the `mobiplan.search.network`, which forgets the clock.
Of the travellers what a second, a change or a way costs each.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    Own,
)
from mobiplan.search.network import Network, Toll, make_network, toll_of
from mobiplan.search.pareto import Legs
from mobiplan.timetable.arrays import Float32, Float64, Int32, frozen, spread
from mobiplan.timetable.graph import ARRIVAL, DEPARTURE, RUN, TimeExpandedGraph

FIRST_OWN = 2  # of amounts: euros and kilograms come first, then `Features.others`
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
    spared: Float64  # (n_exceptions, n_amounts) less for who stays seated


# Columns of `Rides.rows` after those of `Connections.rows`.
NEXT_DEPARTURE = 5  # position of the boarding group's next departure, n none
NEXT_RIDE = 6  # position of the run's next connection, n none
CHANGE, LAST_CHANGE = 7, 8  # rows of `Arcs.transfer_to`
START, WAY = 9, 10  # station where it begins; way of the network
TRIP, KIND, CALL = 11, 12, 13  # of the run, its kind of vehicle, the departing call
LEG = 14  # row of the shortest leg that begins here, -1 none
ALONG = 15  # row of `along` at the departure; the next one is that at the arrival


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
    alighting: Float64 | None  # (n_stations, n_amounts) `Own.alighting`; None: nothing
    delays: Int32  # (n_steps + 1,) s to spare from which a change costs less; the first is 0
    kept: dict[tuple[bytes, bool], tuple[Float64, Float32, Toll | None, Float64]]  # see `rates`

    def rates(
        self, weights: Float64, wished: bool
    ) -> tuple[Float64, Float32, Toll | None, Float64]:
        """Return what things cost travellers by the second, change or amount: a lane for each.

        Parameters
        ----------
        weights : (n_rows, n_weights) float64
        wished : bool
            Whether an arrival is wished for. The network then costs what it does beyond the least
            that each second costs in any case.

        Returns
        -------
        (n_rates, n_rows) float64
            See `AT_START` and what follows.
        (n_tolls, n_rows) float32
            What the network costs, see `mobiplan.search.network`.
        Toll or None
            The same part by part, where there is one row.
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
    others = tuple(features.others.values())
    if any(own.along is not None for own in others):
        nothing = np.zeros(graph.n), np.zeros(graph.n)
        own = np.stack([np.stack(own.along or nothing) for own in others])
        both = np.stack([along[call], along[call + 1]], axis=1)
        along = np.concatenate([both, own.T], axis=2).reshape(2 * graph.n, -1)
        at = np.arange(0, 2 * graph.n, 2, dtype=np.int32)
    elif others:
        along = np.pad(along, ((0, 0), (0, len(others))))
    fees: Float64 = np.zeros((len(timetable.trips.kind), along.shape[1]))
    fees[:, : len(spreads)] = np.column_stack([part.boarding for part in spreads])
    station = timetable.stops.station[timetable.calls.stop]
    spared, alighting = _at_ends(graph, others)
    least, boards = along[at + 1] - along[at], fees[trip]
    # What is paid where one boards and alights is not added up along the way.
    ends = [a for a, own in enumerate(others, FIRST_OWN) if own.alighting is not None]
    least[:, ends], boards[:, ends] = 0.0, -along[at][:, ends]
    least += _least_of_legs(graph, ptr, leg)[call]
    network, way = make_network(graph, least, boards)
    columns: list[Int32] = [
        arcs.next_in_group,
        arcs.next_in_run,
        arcs.transfer_ptr[:-1],
        arcs.transfer_ptr[1:],
        station[call],
        way,
        trip,
        timetable.trips.kind[trip].astype(np.int32),
        call,
        np.where(ptr[call + 1] > ptr[call], ptr[call], -1),
        at,
    ]
    packed = np.column_stack([rows, *columns]).astype(np.int32)
    rides = Rides(packed, along, fees, leg, features.night, spared)
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
        alighting,
        delays,
        {},
    )


def _rates(
    terms: Terms, weights: Float64, wished: bool
) -> tuple[Float64, Float32, Toll | None, Float64]:
    features = terms.features
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
    waiting = per_s[WAITING] - ahead
    # A change is short, or one waits on.
    none = np.zeros((1, len(weights)))
    at_least = np.min(np.concatenate([short, none]) + terms.delays[:, None] * waiting, axis=0)
    tolls = [foot - ahead, waiting, weights.T[TRANSFERS] + at_least, *amounts, *(riding - ahead)]
    low = np.array(tolls, dtype=np.float32)
    toll = toll_of(terms.network, low[:, 0]) if len(weights) == 1 else None
    return np.array(rates), low, toll, foot - ahead


def _legs(features: Features) -> tuple[Int32, Float64]:
    """Lay all amounts by leg over one another: a call has as many legs as any feature gives it."""
    given = [Legs(part.ptr, part.leg) for part in (features.euros, features.co2)]
    every = [*given, *(own.legs for own in features.others.values())]
    sizes = np.max([np.diff(legs.ptr) for legs in every if legs is not None], axis=0)
    ptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    amounts = np.zeros((ptr[-1], len(every)))
    for i, legs in enumerate(every):
        if legs is not None:
            row, place = spread(np.diff(legs.ptr))
            amounts[ptr[row] + place, i] = legs.amount
    return ptr, amounts


def _at_ends(graph: TimeExpandedGraph, others: Sequence[Own]) -> tuple[Float64, Float64 | None]:
    """Lay out what arises where one boards and alights: `Rides.spared`, `Terms.alighting`."""
    n_amounts, n_stations = FIRST_OWN + len(others), len(graph.timetable.stations.lat)
    spared = np.zeros((len(graph.connections.exception_from), n_amounts))
    alighting = np.zeros((n_stations, n_amounts))
    for i, own in enumerate(others, FIRST_OWN):
        if own.spared is not None:
            spared[:, i] = own.spared
        if own.alighting is not None:
            alighting[:, i] = own.alighting
    arises = any(own.alighting is not None for own in others)
    return spared, alighting if arises else None


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
