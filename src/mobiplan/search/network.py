"""The network, which forgets the clock, and the least that is still to come by it.

Between two stations there is a *way* for each kind of vehicle, with the least that any run of it
has of each feature. One stays seated from a way to the next where some run goes on so; where one
changes, that takes what a change takes at least. No journey costs less than its ways, seats and
changes do, so the network bounds a search from below (`mobiplan.search.cost_sweep`).
"""

# numba types the kernels' scalars; mypy would take an element of an array for an array.
# mypy: disable-error-code="arg-type,assignment,call-overload,operator,index"

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mobiplan.compiling import kernel
from mobiplan.timetable.arrays import Float32, Float64, Int8, Int32, Int64
from mobiplan.timetable.graph import ARRIVAL, DEPARTURE, RUN, TimeExpandedGraph

FAR = np.float32(1e30)  # not known to lead to the goal for less than the limit
ABSENT, BUCKETS = -2, 1024  # of ways that wait to be looked at
MOST = 1e4  # equivalent minutes told apart by buckets
OUTSIDE, OPEN, DONE = range(3)  # of ways


class Network(NamedTuple):
    """Ways from station to station, by the station they lead to, and what lies between them."""

    ptr: Int32  # (n_stations + 1,) ways that lead to station s are ptr[s] : ptr[s + 1]
    source: Int32  # (n_ways,) station
    target: Int32  # (n_ways,) station
    kind: Int8  # (n_ways,) kind of vehicle
    seconds: Float32  # (n_ways,) at the least
    amounts: Float32  # (n_ways, n_amounts) as in `mobiplan.search.terms.Rides`, at the least
    boarding: Float32  # (n_ways, n_amounts) what boarding has at the least
    seat_ptr: Int32  # (n_ways + 1,) one is seated when way w begins, from these
    seat_from: Int32  # (n_seats,) ways
    seat_s: Float32  # (n_seats,) s aboard between the two, at the least
    change_ptr: Int32  # (n_stations + 1,) changes to what leaves station s
    change_from: Int32  # (n_changes,) station where one alights
    change_s: Float32  # (n_changes, 2) s on the way, and waiting, at the least


# Rows of tolls, what the network costs for each second or change: on the way to another train,
# waiting for it, the change. After these come the amounts of `terms.Rides`, and each kind of
# vehicle.
WALK, WAIT, EACH, AMOUNT = range(4)


class Toll(NamedTuple):
    """What the parts of a network cost one traveller."""

    ride: Float32  # (n_ways, 2) the way, and boarding there
    seat: Float32  # (n_seats,)
    change: Float32  # (n_changes,)


class ToCome(NamedTuple):
    """The least that is still to come."""

    board: Float32  # (n_stations, lanes) from where one boards at a station
    aboard: Float32  # (n_ways, lanes) from the end of a way, where one may stay seated
    alight: Float32  # (n_stations, lanes) from where one alights at a station


def toll_of(network: Network, tolls: Float32) -> Toll:
    """Return what a network costs by one traveller's tolls (n_tolls,)."""
    n_amounts = network.amounts.shape[1]
    amounts = tolls[AMOUNT : AMOUNT + n_amounts]
    minute = tolls[AMOUNT + n_amounts :][network.kind]
    taken = np.repeat(np.arange(len(network.kind)), np.diff(network.seat_ptr))
    # Not by `@`: BLAS warns of what it reads beside such narrow arrays of 32 bits.
    way = minute * network.seconds + (network.amounts * amounts).sum(axis=1)
    boarding = (network.boarding * amounts).sum(axis=1)
    return Toll(
        np.stack([way, boarding], axis=1),
        minute[taken] * network.seat_s,
        (network.change_s * tolls[[WALK, WAIT]]).sum(axis=1) + tolls[EACH],
    )


def make_network(graph: TimeExpandedGraph, least: Float64, fees: Float64) -> tuple[Network, Int32]:
    """Reduce a graph to its network; also return the way of each connection (n,).

    `least` (n, n_amounts): what each connection has of each amount, at the least; `fees`
    (n, n_amounts): what boarding it has besides.
    """
    timetable, connections = graph.timetable, graph.connections
    rows, groups, n = connections.rows, timetable.groups, len(timetable.stations.lat)
    station = timetable.stops.station[timetable.calls.stop]
    call = timetable.hops.call[connections.hop]
    kind = timetable.trips.kind[connections.run_trip[rows[:, RUN]]].astype(np.int64)
    kinds = int(kind.max(initial=0)) + 1
    key: Int64 = (station[call + 1].astype(np.int64) * n + station[call]) * kinds + kind
    ways, way = np.unique(key, return_inverse=True)
    target, source = np.divmod(ways // kinds, n)
    # Along a run, from one train to another, or to one that waits: who is seated goes on.
    following = graph.arcs.next_in_run
    on = np.flatnonzero(following < graph.n)
    left = np.concatenate([way[on], way[connections.exception_from]])
    taken = np.concatenate([way[following[on]], way[connections.exception_to]])
    stands = np.zeros(len(left))
    stands[: len(on)] = rows[following[on], DEPARTURE] - rows[on, ARRIVAL]
    seats, seat = np.unique(taken.astype(np.int64) * len(ways) + left, return_inverse=True)
    # Changes, by the station where one boards.
    boarded = groups.boarding_station[groups.pair_to].astype(np.int64)
    pairs, pair = np.unique(
        boarded * n + groups.arrival_station[groups.pair_from], return_inverse=True
    )
    waits = np.maximum(groups.pair_minimum - groups.pair_walk, 0)
    network = Network(
        _begins(target, n),
        source.astype(np.int32),
        target.astype(np.int32),
        (ways % kinds).astype(np.int8),
        _least((rows[:, ARRIVAL] - rows[:, DEPARTURE])[:, None], way, len(ways))[:, 0],
        _least(least, way, len(ways)),
        _least(fees, way, len(ways)),
        _begins(seats // max(len(ways), 1), len(ways)),
        (seats % max(len(ways), 1)).astype(np.int32),
        _least(stands[:, None], seat, len(seats))[:, 0],
        _begins(pairs // n, n),
        (pairs % n).astype(np.int32),
        _least(np.column_stack([groups.pair_walk, waits]), pair, len(pairs)),
    )
    return network, way.astype(np.int32)


def _least(amounts: Float64 | Int32, of: Int64, n: int) -> Float32:
    """Return the least of the amounts of each of n."""
    if n == 0:
        return np.zeros((0, amounts.shape[1]), dtype=np.float32)
    order = np.argsort(of, kind="stable")
    first = np.searchsorted(of[order], np.arange(n))
    return np.minimum.reduceat(amounts[order], first).astype(np.float32)


def _begins(at: Int64, n: int) -> Int32:
    """Return where each of n begins in what is sorted (n + 1,)."""
    return np.searchsorted(at, np.arange(n + 1)).astype(np.int32)


@kernel
def least_to_come(
    ptr: Int32,
    source: Int32,
    seat_ptr: Int32,
    seat_from: Int32,
    change_ptr: Int32,
    change_from: Int32,
    ride: Float32,
    seat: Float32,
    change: Float32,
    goals: Int32,
    at_goals: Float32,
    origins: Int32,
    limit: float,
    beyond: float,
    board: Float32,
    aboard: Float32,
    alight: Float32,
) -> Int32:
    """Fill the last three, a `ToCome` of one lane, with the least that is to come by the network.

    The first are those of `Network` and `Toll`; `goals` stations, `at_goals` what is to come
    there. Small labels first, by buckets (Dial, *Algorithm 360: Shortest-path forest with
    topological ordering*, Communications of the ACM 12, 1969); what costs more than `limit` is not
    followed. What lies beyond the first of `origins`, by a factor of `beyond`, is not told apart:
    the cost of the frontier is to come there.

    Returns the ways that were looked at, in this order; -1 where one came again later.
    """
    n_ways = source.shape[0]
    board[:], aboard[:], alight[:] = FAR, FAR, FAR
    better, n_better = np.empty(n_ways + seat_from.shape[0] + 1, dtype=np.int32), 0
    for goal in range(goals.shape[0]):
        t = goals[goal]
        alight[t] = min(alight[t], at_goals[goal])
        for way in range(ptr[t], ptr[t + 1]):
            if aboard[way] == FAR:
                better[n_better] = way
                n_better += 1
            aboard[way] = alight[t]
    begins = np.zeros(board.shape[0], dtype=np.bool_)
    begins[origins] = True
    # Each bucket is a list of entries; those that are free are linked, too.
    first = np.full(BUCKETS, -1, dtype=np.int32)
    entry = np.empty((2 * n_ways, 2), dtype=np.int32)  # way, next
    bucket_of = np.full(n_ways, ABSENT, dtype=np.int32)
    seen = np.full(n_ways, -1, dtype=np.int32)
    per = np.float32(BUCKETS / (BUCKETS + min(limit, MOST)))  # for each equivalent minute
    bucket, left, looked_at, stop = 0, 0, 0, np.int64(1) << 60
    n_entries, free, frontier = 0, -1, FAR
    while True:
        for k in range(n_better):
            way = better[k]
            to = min(max(np.int64(aboard[way] * per), bucket), bucket + BUCKETS - 1)
            if bucket_of[way] != ABSENT and bucket_of[way] <= to:
                continue
            if free < 0 and n_entries == entry.shape[0]:
                frontier = min(frontier, aboard[way])  # no room: what comes by it is not known
                continue
            if free < 0:
                one = n_entries
                n_entries += 1
            else:
                one, free = np.int64(free), entry[free, 1]
            entry[one, 0], entry[one, 1] = way, first[to % BUCKETS]
            first[to % BUCKETS], bucket_of[way] = one, to
            left += 1
        while left > 0 and first[bucket % BUCKETS] < 0:
            bucket += 1
        if left == 0 or bucket > stop:
            break
        n_better = 0
        one = np.int64(first[bucket % BUCKETS])
        way, first[bucket % BUCKETS] = entry[one, 0], entry[one, 1]
        entry[one, 1], free = free, one
        left -= 1
        if bucket_of[way] != bucket:
            continue  # it is in a lower one, and was looked at
        bucket_of[way] = ABSENT
        seen[way] = looked_at
        looked_at += 1
        now = aboard[way] + ride[way, 0]
        if now > limit:
            continue
        # Whoever sits in the train already, then whoever changes to it.
        for k in range(seat_ptr[way], seat_ptr[way + 1]):
            before, cost = seat_from[k], now + seat[k]
            if cost < aboard[before]:
                aboard[before] = cost
                better[n_better] = before
                n_better += 1
        s = source[way]
        now += ride[way, 1]
        if now >= board[s] or now > limit:
            continue
        board[s] = now
        if begins[s]:
            stop = min(stop, np.int64(beyond * now * per) + 1)
        for k in range(change_ptr[s], change_ptr[s + 1]):
            t, cost = change_from[k], now + change[k]
            if cost < alight[t]:
                alight[t] = cost
                for before in range(ptr[t], ptr[t + 1]):
                    if cost < aboard[before]:
                        aboard[before] = cost
                        better[n_better] = before
                        n_better += 1
    if left > 0:
        frontier = min(frontier, np.float32(bucket / per))
    for labels in (board, aboard, alight):
        for row in range(labels.shape[0]):
            labels[row] = min(labels[row], frontier)
    order = np.full(looked_at, -1, dtype=np.int32)
    for way in range(n_ways):
        if seen[way] >= 0:
            order[seen[way]] = way
    return order


@kernel
def least_to_come_each(
    ptr: Int32,
    source: Int32,
    target: Int32,
    kind: Int8,
    seconds: Float32,
    amounts: Float32,
    boarding: Float32,
    seat_ptr: Int32,
    seat_from: Int32,
    seat_s: Float32,
    change_ptr: Int32,
    change_from: Int32,
    change_s: Float32,
    tolls: Float32,
    goals: Int32,
    at_goals: Float32,
    order: Int32,
    board: Float32,
    aboard: Float32,
    alight: Float32,
) -> None:
    """Fill the last three, a `ToCome`, with the least that is to come by the network, each lane.

    As `least_to_come`, in the `order` that it returned for somebody like these: nearly all are
    looked at once. What it did not look at is not told apart: in each lane the frontier's cost is
    to come there, and from anywhere else not more than by the frontier.
    """
    n_ways, n_amounts, lanes = source.shape[0], amounts.shape[1], tolls.shape[1]
    for labels in (board, aboard, alight):
        for row in range(labels.shape[0]):
            for i in range(lanes):
                labels[row, i] = FAR
    now, frontier = np.empty(lanes, dtype=np.float32), np.full(lanes, FAR)
    state = np.full(n_ways, OUTSIDE, dtype=np.int8)
    for way in order:
        if way >= 0:
            state[way] = OPEN
    for goal in range(goals.shape[0]):
        for i in range(lanes):
            alight[goals[goal], i] = min(alight[goals[goal], i], at_goals[goal, i])
    again = True
    while again:
        again = False
        for way in order:
            if way < 0 or state[way] != OPEN:
                continue
            state[way] = DONE
            s, t, minute = source[way], target[way], AMOUNT + n_amounts + kind[way]
            for i in range(lanes):
                aboard[way, i] = min(aboard[way, i], alight[t, i])
                now[i] = aboard[way, i] + tolls[minute, i] * seconds[way]
            for a in range(n_amounts):
                for i in range(lanes):
                    now[i] += tolls[AMOUNT + a, i] * amounts[way, a]
            for k in range(seat_ptr[way], seat_ptr[way + 1]):
                before, better = seat_from[k], False
                if state[before] == OUTSIDE:
                    for i in range(lanes):
                        frontier[i] = min(frontier[i], now[i])
                    continue
                for i in range(lanes):
                    cost = now[i] + tolls[minute, i] * seat_s[k]
                    better |= cost < aboard[before, i]
                    aboard[before, i] = min(aboard[before, i], cost)
                if better:
                    state[before], again = OPEN, True
            for a in range(n_amounts):
                for i in range(lanes):
                    now[i] += tolls[AMOUNT + a, i] * boarding[way, a]
            boards = False
            for i in range(lanes):
                boards |= now[i] < board[s, i]
                board[s, i] = min(board[s, i], now[i])
            for k in range(change_ptr[s], change_ptr[s + 1] if boards else change_ptr[s]):
                t, better = change_from[k], False
                for i in range(lanes):
                    cost = now[i] + tolls[EACH, i]
                    cost += tolls[WALK, i] * change_s[k, 0] + tolls[WAIT, i] * change_s[k, 1]
                    better |= cost < alight[t, i]
                    alight[t, i] = min(alight[t, i], cost)
                for before in range(ptr[t], ptr[t + 1] if better else ptr[t]):
                    if state[before] == OUTSIDE:
                        for i in range(lanes):
                            frontier[i] = min(frontier[i], alight[t, i])
                        continue
                    better = False
                    for i in range(lanes):
                        better |= alight[t, i] < aboard[before, i]
                    if better:
                        state[before], again = OPEN, True
    for labels in (board, aboard, alight):
        for row in range(labels.shape[0]):
            for i in range(lanes):
                labels[row, i] = min(labels[row, i], frontier[i])
