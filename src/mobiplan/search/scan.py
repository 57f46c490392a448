"""The connection scan: earliest arrivals forward, latest departures backward.

Dibbelt, Pajor, Strasser, Wagner: *Connection Scan Algorithm* (ACM JEA 23, 2018), sections 3.1
(earliest arrival) and 4 (profiles scan backward). One loop over rows sorted by departure, no
heap. What is done differently here, and why:

* **No path pointers.** A journey is found afterwards, backward from the labels, among the few
  connections that can be part of one (`find_corridor`, `fewest_transfers`): the loop stays
  small, and what is untangled is the *best* journey, not the first one found.
* **A run's label is the position where one came aboard**, not a flag: "aboard at position c"
  is ``boarded[run] <= c``. So an exceptional arc marks connection j by ``boarded[run] = j``
  and nothing before j is reached; no second lookup is needed for it.
* **No branch that cannot be predicted.** Whether a connection is reached is computed, not
  branched on; the only data-dependent branch is "a better arrival", which is rare. Indices are
  unsigned, which spares the test for negative ones: together half of the plain scan's time.
* **It begins at the origin's first departure**, not at the asked minute.
* A forbidden boarding has a group whose label is never finite, a forbidden alighting a group
  with no pairs: restrictions cost nothing.

All times are int32 seconds since the graph's epoch. Columns of `Connections.rows`: 0 departure,
1 arrival, 2 run, 3 boarding group, 4 arrival group.
"""

# numba types the kernels' scalars; mypy would take an element of an array for an array.
# mypy: disable-error-code="arg-type,assignment,call-overload,operator,index"

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np

from mobiplan.compiling import Number, kernel
from mobiplan.timetable.arrays import Groups, Int32
from mobiplan.timetable.graph import NEVER, Connections

MAX_ROUNDS = 24  # changes told apart when the fewest are sought; more count as this many


class Labels(NamedTuple):
    """Scratch of one thread on one graph; `clear` sets what a query begins with."""

    ready: Int32  # (n_boarding + 1,) earliest departure that can be caught
    access: Int32  # (n_boarding + 1,) s needed from the origin before a departure of the group
    leave: Int32  # (n_boarding + 1,) s before that departure at which the journey begins
    seen: Int32  # (n_boarding + 1,) 1 = a backward scan has used the group; else local number
    arrived: Int32  # (n_arrival + 1,) earliest arrival
    egress: Int32  # (n_arrival + 1,) s on foot to the destination
    latest: Int32  # (n_arrival + 1,) latest arrival that is still in time
    upto: Int32  # (n_arrival + 1,) row in `arrivals` of the next one to look at
    boarded: Int32  # (n_runs,) position where one came aboard
    alighted: Int32  # (n_runs,) last position where alighting is in time; -1 between queries
    local: Int32  # (n_runs,) number of the run within a corridor
    corridor: Int32  # (n,) positions


class Ends(NamedTuple):
    """Where a journey may begin and end, in groups."""

    origin: Int32  # (k,) boarding groups
    access: Int32  # (k,) s needed before a departure of the group: walk and closing of doors
    leave: Int32  # (k,) s before that departure at which the journey begins: 0 without a walk
    destination: Int32  # (m,) arrival groups
    egress: Int32  # (m,) s on foot after the arrival


@kernel
def find_earliest(
    connections: Connections,
    groups: Groups,
    labels: Labels,
    ends: Ends,
    depart: int,
    leave_at: int,
    arrive: int,
    narrow: bool,
) -> tuple[Number, Number, Number, Int32, Int32, Int32]:
    """Find the journey that arrives first, of those that leave at or after `leave_at`.

    Returns departure (-1: none), arrival, connections looked at, and in riding order the
    positions of boarding, of alighting, and 1 where a ride is entered by an exceptional arc.
    With `narrow` the corridor is searched outward from the destination instead of scanned.
    """
    clear(labels, ends)
    n = connections.rows.shape[0]
    start = n
    for k in range(ends.origin.shape[0]):
        g = ends.origin[k]
        can = max(depart + ends.access[k], leave_at + ends.leave[k])
        labels.ready[g] = min(labels.ready[g], can)
        start = min(start, first_departure(connections, g, can))
    arrival, stop = scan_forward(
        connections.rows.ravel(),
        start,
        groups.pair_ptr,
        groups.pair_packed,
        connections.exception_from,
        connections.exception_to,
        labels.egress,
        labels.ready,
        labels.arrived,
        labels.boarded,
        arrive + 1,
    )
    nothing = np.empty(0, dtype=np.int32)
    looked_at = stop - start
    if arrival > arrive:
        return -1, -1, looked_at, nothing, nothing, nothing
    begin, size = -1, 0
    boards, alights, entries = nothing, nothing, nothing
    if narrow:
        limit = (stop - start) >> 8  # a wider corridor is found sooner by the scan
        begin, size = find_corridor(connections, groups, labels, ends, depart, arrival, limit)
        if size <= limit:
            boards, alights, entries = fewest_transfers(
                connections, groups, labels, size, depart, begin, arrival
            )
    # Zero-second hops between zero-minute changes may lead the corridor astray, too: scan then.
    if boards.shape[0] == 0:
        begin, size, until = scan_backward(
            connections, groups, labels, ends, start, stop, depart, arrival
        )
        looked_at += stop - until
        boards, alights, entries = fewest_transfers(
            connections, groups, labels, size, depart, begin, arrival
        )
    return begin, arrival, looked_at, boards, alights, entries


@kernel
def find_latest(
    connections: Connections,
    groups: Groups,
    labels: Labels,
    ends: Ends,
    depart: int,
    arrive: int,
) -> tuple[Number, Number]:
    """Return the latest departure of a journey within the bounds (-1: none), connections seen."""
    clear(labels, ends)
    labels.boarded[:] = 0  # "reached always": nothing is cut
    rows = connections.rows
    low, stop = 0, rows.shape[0]
    while low < stop:  # first departure after `arrive`
        middle = (low + stop) >> 1
        if rows[middle, 0] <= arrive:
            low = middle + 1
        else:
            stop = middle
    begin, _, until = scan_backward(connections, groups, labels, ends, 0, stop, depart, arrive)
    return begin, stop - until


@kernel
def clear(labels: Labels, ends: Ends) -> None:
    """Set the labels of a new query, all but the origin's `ready`."""
    labels.ready[:] = NEVER
    labels.access[:] = NEVER
    labels.leave[:] = 0
    labels.arrived[:] = NEVER
    labels.egress[:] = NEVER
    labels.boarded[:] = NEVER
    for k in range(ends.origin.shape[0]):
        g = ends.origin[k]
        if ends.access[k] < labels.access[g]:
            labels.access[g], labels.leave[g] = ends.access[k], ends.leave[k]
    for k in range(ends.destination.shape[0]):
        a = ends.destination[k]
        labels.egress[a] = min(labels.egress[a], ends.egress[k])


@kernel
def first_departure(connections: Connections, group: int, ready: int) -> Number:
    """Return the position of the group's first departure at or after `ready`, else n."""
    low, high = connections.departure_ptr[group], connections.departure_ptr[group + 1]
    end = high
    while low < high:
        middle = (low + high) >> 1
        if connections.rows[connections.departures[middle], 0] < ready:
            low = middle + 1
        else:
            high = middle
    return connections.departures[low] if low < end else connections.rows.shape[0]


@kernel
def unsigned(index: int) -> Number:
    """Widen a row number without its sign: indexing need not ask whether it is negative."""
    return np.uint64(np.uint32(index))


@kernel
def scan_forward(
    rows: Int32,
    start: int,
    pair_ptr: Int32,
    pair_packed: Int32,
    exception_from: Int32,
    exception_to: Int32,
    egress: Int32,
    ready: Int32,
    arrived: Int32,
    boarded: Int32,
    before: int,
) -> tuple[Number, Number]:
    """Scan from `start` and return (earliest arrival at the destination, end of the scan).

    `rows` are those of `Connections`, end to end. `ready` holds the origin's groups, `egress`
    the destination's. Arrivals at or after `before` are not looked for; where there is no
    other, `before` comes back.
    """
    n = unsigned(rows.shape[0] // 5)
    c = unsigned(start)
    row = c * unsigned(5)
    best = np.int32(before)
    n_exceptions = exception_from.shape[0]
    cursor = np.searchsorted(exception_from, start)
    exceptional = exception_from[cursor] if cursor < n_exceptions else NEVER
    while c < n:
        departure = rows[row]
        if departure > best:  # equal: a zero-second hop may still tie
            break
        here = np.int32(c)
        run = unsigned(rows[row + unsigned(2)])
        boards = here if ready[unsigned(rows[row + unsigned(3)])] <= departure else np.int32(NEVER)
        first = min(boarded[run], boards)
        boarded[run] = first
        arrival = rows[row + unsigned(1)]
        group = unsigned(rows[row + unsigned(4)])
        # Both negative: one is aboard, and it is a better arrival. One test, one rare branch.
        if (first - here - np.int32(1)) & (arrival - arrived[group]) < 0:
            arrived[group] = arrival
            best = min(best, np.int32(arrival + egress[group]))
            end = unsigned(pair_ptr[group + unsigned(1)])
            for pair in range(unsigned(pair_ptr[group]), end):
                to = unsigned(pair_packed[pair * unsigned(2)])
                by = np.int32(arrival + pair_packed[pair * unsigned(2) + unsigned(1)])
                ready[to] = min(ready[to], by)
        while exceptional == here:
            if first <= here:
                j = exception_to[cursor]
                on = rows[j * 5 + 2]
                boarded[on] = min(boarded[on], j)
            cursor += 1
            exceptional = exception_from[cursor] if cursor < n_exceptions else NEVER
        c += unsigned(1)
        row += unsigned(5)
    return np.int64(best), np.int64(c)


@kernel
def scan_backward(
    connections: Connections,
    groups: Groups,
    labels: Labels,
    ends: Ends,
    start: int,
    end: int,
    depart: int,
    arrive: int,
) -> tuple[Number, Number, Number]:
    """Scan from `end - 1` down to `start`; return (latest departure, corridor's size, stop).

    The corridor are the connections that a forward scan has reached (``boarded``; all of them
    where it says 0) and from which one arrives by `arrive`.
    """
    rows = connections.rows
    latest, alighted, boarded = labels.latest, labels.alighted, labels.boarded
    latest[:] = -1
    labels.seen[:] = 0
    for k in range(ends.destination.shape[0]):
        a = ends.destination[k]
        latest[a] = max(latest[a], arrive - ends.egress[k])
    best, size = -1, 0
    cursor = np.searchsorted(connections.exception_from, end) - 1
    exceptional = connections.exception_from[cursor] if cursor >= 0 else -1
    c = end - 1
    while c >= start:
        departure = rows[unsigned(c), unsigned(0)]
        if departure < best:
            break
        here, run = np.int32(c), unsigned(rows[unsigned(c), unsigned(2)])
        while exceptional >= here:
            j = connections.exception_to[cursor]
            if exceptional == here and j <= alighted[rows[j, 2]]:
                alighted[run] = max(alighted[run], here)
            cursor -= 1
            exceptional = connections.exception_from[cursor] if cursor >= 0 else -1
        group = unsigned(rows[unsigned(c), unsigned(4)])
        leaves = here if rows[unsigned(c), unsigned(1)] <= latest[group] else np.int32(-1)
        last = max(alighted[run], leaves)
        alighted[run] = last
        if (last >= here) & (boarded[run] <= here):
            labels.corridor[size] = here
            size += 1
            group = unsigned(rows[unsigned(c), unsigned(3)])
            if departure - labels.access[group] >= depart:
                best = max(best, departure - labels.leave[group])
            if labels.seen[group] == 0:  # its later departures come first: once is enough
                labels.seen[group] = 1
                for pair in range(groups.back_ptr[group], groups.back_ptr[group + unsigned(1)]):
                    a = groups.back_to[pair]
                    latest[a] = max(latest[a], departure - groups.back_minimum[pair])
        c -= 1
    alighted[:] = -1
    return best, size, c + 1


@kernel
def find_corridor(
    connections: Connections,
    groups: Groups,
    labels: Labels,
    ends: Ends,
    depart: int,
    arrive: int,
    limit: int,
) -> tuple[Number, Number]:
    """Search outward from the destination, over what a forward scan has reached.

    What `scan_backward` finds in one pass over all connections, found by following lists, the
    latest arrival first: from an arrival that is in time along its run back to where one came
    aboard, and from each boarding on the way to the groups one could have come from. Ends when
    what is left arrives before the best journey leaves. The work is that of the corridor, in
    the median some hundred connections; it gives up beyond `limit` of them. Returns (latest
    departure, corridor's size).
    """
    rows, arrivals = connections.rows, connections.arrivals
    latest, upto, alighted = labels.latest, labels.upto, labels.alighted
    latest[:] = -1
    heap = [np.int64(0)]  # time << 32 | group: the latest arrival not yet looked at
    heap.pop()
    for k in range(ends.destination.shape[0]):
        a = ends.destination[k]
        if arrive - ends.egress[k] > latest[a]:
            latest[a] = arrive - ends.egress[k]
            upto[a] = _arrivals_after(connections, a, latest[a]) - 1
            heapq.heappush(heap, -(np.int64(latest[a]) << 32 | a))
    seats = [0]  # left over an exceptional arc
    seats.pop()
    size, best = 0, -1
    while size <= limit and (len(heap) > 0 or len(seats) > 0):
        if len(seats) > 0:
            c = seats.pop()
        else:
            item = -heapq.heappop(heap)
            if item >> 32 < best:
                break
            a = item & 0xFFFFFFFF
            k = upto[a]
            if k < connections.arrival_ptr[a]:
                continue
            c = arrivals[k]
            upto[a] = k - 1
            if k > connections.arrival_ptr[a]:
                heapq.heappush(heap, -(np.int64(rows[arrivals[k - 1], 1]) << 32 | a))
        run = rows[c, 2]
        if labels.boarded[run] > c or alighted[run] >= c or rows[c, 0] < best:
            continue
        p = c
        while p > alighted[run] and rows[p, 0] >= best:
            labels.corridor[size] = p
            size += 1
            departure, g = rows[p, 0], rows[p, 3]
            if departure - labels.access[g] >= depart:
                best = max(best, departure - labels.leave[g])
            for pair in range(groups.back_ptr[g], groups.back_ptr[g + 1]):
                a = groups.back_to[pair]
                timely = departure - groups.back_minimum[pair]
                if timely > latest[a] and labels.arrived[a] <= timely:
                    latest[a] = timely
                    upto[a] = _arrivals_after(connections, a, timely) - 1
                    heapq.heappush(heap, -(np.int64(timely) << 32 | a))
            e = _exceptions_to(connections, p)
            while e < connections.exception_back.shape[0]:
                row = connections.exception_back[e]
                if connections.exception_to[row] != p:
                    break
                i = connections.exception_from[row]
                if labels.boarded[rows[i, 2]] <= i:
                    seats.append(i)
                e += 1
            if p == labels.boarded[run]:
                break
            p = connections.position[connections.slot[p] - 1]
        alighted[run] = c
    for k in range(size):  # leave `alighted` clean
        alighted[rows[labels.corridor[k], 2]] = -1
    return best, size


@kernel
def _arrivals_after(connections: Connections, group: int, time: int) -> Number:
    """Return the index in `arrivals` of the group's first arrival later than `time`."""
    low, high = connections.arrival_ptr[group], connections.arrival_ptr[group + 1]
    while low < high:
        middle = (low + high) >> 1
        if connections.rows[connections.arrivals[middle], 1] <= time:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _exceptions_to(connections: Connections, position: int) -> Number:
    """Return the index in `exception_back` of the first arc to `position` or later."""
    low, high = 0, connections.exception_back.shape[0]
    while low < high:
        middle = (low + high) >> 1
        if connections.exception_to[connections.exception_back[middle]] < position:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _first_not_before(rows: Int32, positions: Int32, time: int) -> Number:
    """Return how many of the sorted positions depart before `time`."""
    low, high = 0, positions.shape[0]
    while low < high:
        middle = (low + high) >> 1
        if rows[positions[middle], 0] < time:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def fewest_transfers(
    connections: Connections,
    groups: Groups,
    labels: Labels,
    size: int,
    depart: int,
    leave_at: int,
    arrive: int,
) -> tuple[Int32, Int32, Int32]:
    """Find the rides with fewest transfers that leave at `leave_at` and arrive at `arrive`.

    One pass over the corridor with a label per number of changes (RAPTOR's rounds: Delling,
    Pajor, Werneck, *Round-Based Public Transit Routing*, 2015, section 3.1, laid over a scan).
    Returns, in riding order, the positions of boarding, of alighting, and 1 where a ride is
    entered by an exceptional arc. Among equals the smaller position wins.
    """
    rows = connections.rows
    corridor = np.sort(labels.corridor[:size])
    corridor = corridor[_first_not_before(rows, corridor, leave_at) :]
    size = corridor.shape[0]
    n_exceptions = connections.exception_from.shape[0]
    # Groups and runs are numbered as they occur: labels of the corridor's size only.
    local_group, local_run = labels.seen, labels.local
    n_groups, n_runs = 0, 0
    for q in range(size):
        local_group[rows[corridor[q], 3]] = -1
        local_run[rows[corridor[q], 2]] = -1
        group = rows[corridor[q], 4]
        for pair in range(groups.pair_ptr[group], groups.pair_ptr[group + 1]):
            local_group[groups.pair_to[pair]] = -1
    for q in range(size):
        if local_group[rows[corridor[q], 3]] < 0:
            local_group[rows[corridor[q], 3]] = n_groups
            n_groups += 1
        if local_run[rows[corridor[q], 2]] < 0:
            local_run[rows[corridor[q], 2]] = n_runs
            n_runs += 1
    ready = np.full((n_groups, MAX_ROUNDS), NEVER, dtype=np.int32)
    ready_from = np.full((n_groups, MAX_ROUNDS), -1, dtype=np.int32)  # alighted from
    changes = np.full(n_runs, MAX_ROUNDS, dtype=np.int32)  # of the label held on a run
    holder = np.full(n_runs, -1, dtype=np.int32)  # ride record of that label
    marked = np.full(size, -1, dtype=np.int32)  # ride record of an exceptional entry
    record_of = np.full(size, -1, dtype=np.int32)  # ride record with which q is passed
    # Ride records: where boarded, the record before, where that one was left, how entered.
    capacity = size + n_exceptions + 1
    board = np.empty(capacity, dtype=np.int32)
    before = np.empty(capacity, dtype=np.int32)
    off = np.empty(capacity, dtype=np.int32)
    entry = np.empty(capacity, dtype=np.int32)
    level = np.empty(capacity, dtype=np.int32)
    n_records, goal, goal_changes = 0, -1, MAX_ROUNDS
    for q in range(size):
        c = corridor[q]
        departure, run, g = rows[c, 0], local_run[rows[c, 2]], local_group[rows[c, 3]]
        if marked[q] >= 0 and level[marked[q]] < changes[run]:
            changes[run], holder[run] = level[marked[q]], marked[q]
        found, origin = MAX_ROUNDS, -1
        begin = departure - labels.leave[rows[c, 3]]
        if begin >= leave_at and departure - labels.access[rows[c, 3]] >= depart:
            found = 0
        else:
            for k in range(1, changes[run]):
                if ready[g, k] <= departure:
                    found, origin = k, ready_from[g, k]
                    break
        if found < changes[run]:
            board[n_records], off[n_records], entry[n_records] = c, origin, 0
            before[n_records] = record_of[origin] if origin >= 0 else -1
            level[n_records] = found
            changes[run], holder[run] = found, n_records
            n_records += 1
        if changes[run] >= MAX_ROUNDS:
            continue
        record_of[q] = holder[run]
        arrival, group = rows[c, 1], rows[c, 4]
        if arrival + labels.egress[group] <= arrive and changes[run] < goal_changes:
            goal, goal_changes = q, changes[run]
        k = min(changes[run] + 1, MAX_ROUNDS - 1)
        for pair in range(groups.pair_ptr[group], groups.pair_ptr[group + 1]):
            to = local_group[groups.pair_to[pair]]
            if to >= 0 and arrival + groups.pair_minimum[pair] < ready[to, k]:
                ready[to, k] = arrival + groups.pair_minimum[pair]
                ready_from[to, k] = q
        e = np.searchsorted(connections.exception_from, c) if n_exceptions else 0
        while e < n_exceptions and connections.exception_from[e] == c:
            at = np.searchsorted(corridor, connections.exception_to[e])
            new = min(changes[run] + connections.exception_transfers[e], MAX_ROUNDS - 1)
            inside = at < size and corridor[at] == connections.exception_to[e]
            if inside and (marked[at] < 0 or new < level[marked[at]]):
                board[n_records], off[n_records], entry[n_records] = corridor[at], q, 1
                before[n_records], level[n_records] = holder[run], new
                marked[at] = n_records
                n_records += 1
            e += 1
    length, record = 0, record_of[goal] if goal >= 0 else -1
    while record >= 0:
        length += 1
        record = before[record]
    boards = np.empty(length, dtype=np.int32)
    alights = np.empty(length, dtype=np.int32)
    entries = np.empty(length, dtype=np.int32)
    q, record = goal, record_of[goal] if goal >= 0 else -1
    for leg in range(length - 1, -1, -1):
        boards[leg], alights[leg], entries[leg] = board[record], corridor[q], entry[record]
        q, record = off[record], before[record]
    return boards, alights, entries
