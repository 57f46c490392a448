"""The connection scan: earliest arrivals forward, latest departures backward.

Dibbelt, Pajor, Strasser, Wagner: *Connection Scan Algorithm* (ACM JEA 23, 2018), sections 3.1
(earliest arrival) and 4 (profiles scan backward). One loop over rows sorted by departure, no
heap. What is done differently here, and why:

* **No path pointers.** A journey is found afterwards, backward from the labels, in the few
  connections that can be part of one (`fewest_transfers`); the loop stays small.
* **A run's label is the position where one came aboard**, not a flag: "aboard at position c"
  is ``boarded[run] <= c``. So an exceptional arc marks connection j by ``boarded[run] = j``
  and nothing before j is reached; no second lookup is needed for it.
* **No branch that cannot be predicted.** Whether a connection is reached is computed, not
  branched on; the only data-dependent branch is "a better arrival", which is rare.
* A forbidden boarding has a group whose label is never finite, a forbidden alighting a group
  with no pairs: restrictions cost nothing.

All times are int32 seconds since the graph's epoch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mobiplan.compiling import kernel
from mobiplan.timetable.arrays import Int8, Int32, Int64

NEVER = 2**30  # later than any arrival; a duration can be added without overflow
MAX_ROUNDS = 24  # changes told apart when the fewest are sought; more count as this many


class Labels(NamedTuple):
    """Scratch of one thread, clean between queries: each kernel's caller resets what it used."""

    ready: Int32  # (n_boarding + 1,) earliest departure that can be caught; NEVER
    arrived: Int32  # (n_arrival + 1,) earliest arrival; NEVER
    boarded: Int32  # (n_runs,) position where one came aboard; NEVER
    latest: Int32  # (n_arrival + 1,) latest arrival that still makes it; -1
    left: Int32  # (n_boarding + 1,) latest departure seen of the group; -1
    alighted: Int32  # (n_runs,) last position where alighting still makes it; -1


@kernel
def scan_forward(
    rows: Int32,
    start: int,
    pair_ptr: Int32,
    pair_to: Int32,
    pair_minimum: Int32,
    exception_from: Int32,
    exception_to: Int32,
    egress: Int32,
    ready: Int32,
    arrived: Int32,
    boarded: Int32,
    best: int,
) -> tuple[int, int]:
    """Scan from `start` and return (earliest arrival at the destination, end of the scan).

    `egress` (n_arrival + 1,) holds the walk from each arrival group to the destination, NEVER
    elsewhere; `ready`, `arrived`, `boarded` are labels as in `Labels`, with the origin's groups
    set in `ready`. `best` bounds the arrival: nothing at or after it is looked for.
    """
    n = rows.shape[0]
    cursor = np.searchsorted(exception_from, start)
    next_exception = exception_from[cursor] if cursor < exception_from.shape[0] else n
    c = start
    while c < n and rows[c, 0] < best:
        run = rows[c, 2]
        first = boarded[run]
        # Computed, not branched on: min(first, c) if the departure can be caught.
        first = min(first, c if ready[rows[c, 3]] <= rows[c, 0] else first)
        boarded[run] = first
        arrival = rows[c, 1]
        group = rows[c, 4]
        if (first <= c) & (arrival < arrived[group]):
            arrived[group] = arrival
            best = min(best, arrival + egress[group])
            for pair in range(pair_ptr[group], pair_ptr[group + 1]):
                to = pair_to[pair]
                ready[to] = min(ready[to], arrival + pair_minimum[pair])
        if c == next_exception:
            while next_exception == c:
                if first <= c:
                    j = exception_to[cursor]
                    boarded[rows[j, 2]] = min(boarded[rows[j, 2]], j)
                cursor += 1
                next_exception = exception_from[cursor] if cursor < exception_from.shape[0] else n
        c += 1
    return best, c


@kernel
def scan_backward(
    rows: Int32,
    start: int,
    end: int,
    back_ptr: Int32,
    back_to: Int32,
    back_minimum: Int32,
    exception_from: Int32,
    exception_to: Int32,
    access: Int32,
    leave: Int32,
    depart: int,
    ready: Int32,
    boarded: Int32,
    latest: Int32,
    left: Int32,
    alighted: Int32,
    corridor: Int32,
) -> tuple[int, int]:
    """Scan from `end - 1` down to `start`; return (latest departure, size of the corridor).

    `latest` holds, for the destination's arrival groups, the latest arrival that is in time.
    `access` (n_boarding + 1,) is what one needs from the origin to be on time for a departure
    of the group (NEVER elsewhere), `leave` how long before that departure the journey begins.
    A connection counts only where a forward scan reached it (`ready`, `boarded`); with labels
    that say "always" nothing is cut. The *corridor* is written in falling position: the
    connections that can be reached and from which the destination can be reached in time.
    """
    best = -1
    size = 0
    cursor = np.searchsorted(exception_from, end) - 1
    c = end - 1
    while c >= start and rows[c, 0] >= best:
        departure = rows[c, 0]
        run = rows[c, 2]
        group = rows[c, 3]
        while cursor >= 0 and exception_from[cursor] > c:
            cursor -= 1
        if cursor >= 0 and exception_from[cursor] == c:
            k = cursor
            while k >= 0 and exception_from[k] == c:
                j = exception_to[k]
                if j <= alighted[rows[j, 2]]:
                    alighted[run] = max(alighted[run], c)
                k -= 1
        last = alighted[run]
        last = max(last, c if rows[c, 1] <= latest[rows[c, 4]] else last)
        alighted[run] = last
        if last >= c and (boarded[run] <= c or ready[group] <= departure):
            corridor[size] = c
            size += 1
            if departure - access[group] >= depart:
                best = max(best, departure - leave[group])
            if departure > left[group]:
                left[group] = departure
                for pair in range(back_ptr[group], back_ptr[group + 1]):
                    at = back_to[pair]
                    latest[at] = max(latest[at], departure - back_minimum[pair])
        c -= 1
    return best, size


@kernel
def fewest_transfers(
    rows: Int32,
    corridor: Int32,
    size: int,
    pair_ptr: Int32,
    pair_to: Int32,
    pair_minimum: Int32,
    exception_from: Int32,
    exception_to: Int32,
    exception_transfers: Int8,
    access: Int32,
    leave: Int32,
    depart: int,
    leave_at: int,
    egress: Int32,
    arrive: int,
) -> tuple[Int32, Int32, Int32]:
    """Find the rides with fewest transfers that leave at `leave_at` and arrive at `arrive`.

    One pass over the corridor with a label per number of changes (RAPTOR's rounds, Delling,
    Pajor, Werneck 2015, section 3.1, laid over a scan). Returns, in riding order, the
    positions of boarding, of alighting, and 1 where a ride is entered by an exceptional arc
    (0: boarded in the ordinary way). Among equals the smaller position wins.
    """
    n_boarding, n_runs = access.shape[0], 0
    for q in range(size):
        n_runs = max(n_runs, rows[corridor[q], 2] + 1)
    # Labels of the corridor only: groups and runs are renumbered as they occur.
    local_group = np.full(n_boarding, -1, dtype=np.int32)
    local_run = np.full(n_runs, -1, dtype=np.int32)
    n_groups, n_rides = 0, 0
    for q in range(size):
        c = corridor[q]
        if local_group[rows[c, 3]] < 0:
            local_group[rows[c, 3]] = n_groups
            n_groups += 1
        if local_run[rows[c, 2]] < 0:
            local_run[rows[c, 2]] = n_rides
            n_rides += 1
    ready = np.full((MAX_ROUNDS, n_groups), NEVER, dtype=np.int32)
    ready_from = np.full((MAX_ROUNDS, n_groups), -1, dtype=np.int32)  # alighted (corridor index)
    changes = np.full(n_rides, MAX_ROUNDS, dtype=np.int32)  # of the label held on a run
    holder = np.full(n_rides, -1, dtype=np.int32)  # ride record of that label
    marked = np.full(size, -1, dtype=np.int32)  # ride record of an exceptional entry
    # Ride records: where boarded, the record before, where that one was left, how entered.
    capacity = 2 * size + exception_from.shape[0] + 1
    board = np.empty(capacity, dtype=np.int32)
    before = np.empty(capacity, dtype=np.int32)
    off = np.empty(capacity, dtype=np.int32)
    entry = np.empty(capacity, dtype=np.int32)
    level = np.empty(capacity, dtype=np.int32)
    record_of = np.full(size, -1, dtype=np.int32)  # ride record with which q is passed
    n_records = 0
    goal, goal_changes = -1, MAX_ROUNDS
    for q in range(size - 1, -1, -1):  # the corridor was written backward
        c = corridor[q]
        departure, run = rows[c, 0], local_run[rows[c, 2]]
        g = local_group[rows[c, 3]]
        if marked[q] >= 0 and level[marked[q]] < changes[run]:
            changes[run], holder[run] = level[marked[q]], marked[q]
        found, origin = MAX_ROUNDS, -1
        if departure - leave[rows[c, 3]] >= leave_at and departure - access[rows[c, 3]] >= depart:
            found = 0
        else:
            for k in range(1, min(changes[run], MAX_ROUNDS)):
                if ready[k, g] <= departure:
                    found, origin = k, ready_from[k, g]
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
        if arrival + egress[group] <= arrive and changes[run] < goal_changes:
            goal, goal_changes = q, changes[run]
        k = min(changes[run] + 1, MAX_ROUNDS - 1)
        for pair in range(pair_ptr[group], pair_ptr[group + 1]):
            to = local_group[pair_to[pair]]
            if to >= 0 and arrival + pair_minimum[pair] < ready[k, to]:
                ready[k, to] = arrival + pair_minimum[pair]
                ready_from[k, to] = q
        e = np.searchsorted(exception_from, c)
        while e < exception_from.shape[0] and exception_from[e] == c:
            j = exception_to[e]
            # The corridor falls: find j by bisection.
            low, high = 0, size
            while low < high:
                middle = (low + high) >> 1
                if corridor[middle] > j:
                    low = middle + 1
                else:
                    high = middle
            new = min(changes[run] + exception_transfers[e], MAX_ROUNDS - 1)
            if low < size and corridor[low] == j:
                if marked[low] < 0 or new < level[marked[low]]:
                    board[n_records], off[n_records], entry[n_records] = j, q, 1
                    before[n_records], level[n_records] = holder[run], new
                    marked[low] = n_records
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
