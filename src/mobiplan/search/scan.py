"""The connection scan: earliest arrivals forward, latest departures backward.

Dibbelt, Pajor, Strasser, Wagner: *Connection Scan Algorithm* (ACM JEA 23, 2018), sections 3.1
(earliest arrival) and 4 (profiles scan backward). One loop over rows sorted by departure, no
heap. What is done differently here, and why:

* **No path pointers.** A journey is found afterwards, backward from the labels, among the few
  connections that can be part of one (`scan_backward`, `fewest_transfers`): the loop stays
  small, and what is untangled is the *best* journey, not the first one found.
* **A run's label is the position where one came aboard**, not a flag: "aboard at position c"
  is ``boarded[run] <= c``. So an exceptional arc marks connection j by ``boarded[run] = j``
  and nothing before j is reached; no second lookup is needed for it.
* **No branch that cannot be predicted.** Whether a connection is reached is computed, not
  branched on; the one branch that depends on data is "reached, and a first boarding or a better
  arrival", which is rare. Indices are unsigned, which spares the test for negative ones.
* **It begins at the origin's first departure**, not at the asked minute.
* A forbidden boarding has a group whose label is never finite, a forbidden alighting a group
  with no pairs: restrictions cost nothing.

Kernels take single arrays, and Python calls one after another: numba's compiling time grows
with the arrays of each kernel and with kernels inside kernels, and it is part of what the first
query of a fresh install waits for.

All times are int32 seconds since the graph's epoch. Columns of `Connections.rows`: 0 departure,
1 arrival, 2 run, 3 boarding group, 4 arrival group.
"""

# numba types the kernels' scalars; mypy would take an element of an array for an array.
# mypy: disable-error-code="arg-type,assignment,call-overload,operator,index"

from __future__ import annotations

import numpy as np

from mobiplan.compiling import Number, kernel
from mobiplan.timetable.arrays import Int8, Int32
from mobiplan.timetable.graph import NEVER


@kernel
def unsigned(index: int) -> Number:
    """Widen a row number without its sign: indexing need not ask whether it is negative."""
    return np.uint64(np.uint32(index))


@kernel
def first_at_least(values: Int32, value: int) -> Number:
    """Return the index of the first of the sorted `values` that is `value` or more."""
    low, high = 0, values.shape[0]
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def first_departure(
    rows: Int32, departure_ptr: Int32, departures: Int32, groups: Int32, ready: Int32
) -> Number:
    """Return the position of the first departure that can be caught in any group, else n.

    `ready` (n_boarding + 1,) is when each group's departures can be caught.
    """
    first = rows.shape[0]
    for group in groups:
        low, high = departure_ptr[group], departure_ptr[group + 1]
        end = high
        while low < high:
            middle = (low + high) >> 1
            if rows[departures[middle], 0] < ready[group]:
                low = middle + 1
            else:
                high = middle
        if low < end:
            first = min(first, departures[low])
    return first


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
    cursor = first_at_least(exception_from, start)
    exceptional = exception_from[cursor] if cursor < n_exceptions else NEVER
    while c < n:
        departure = rows[row]
        if departure > best:  # equal: a zero-second hop may still tie
            break
        here = np.int32(c)
        run = unsigned(rows[row + unsigned(2)])
        arrival = rows[row + unsigned(1)]
        group = unsigned(rows[row + unsigned(4)])
        # Each is negative where its name is true.
        aboard = boarded[run] - here - np.int32(1)
        caught = ready[unsigned(rows[row + unsigned(3)])] - departure - np.int32(1)
        better = arrival - arrived[group]
        if (aboard | caught) & (better | ~aboard) < 0:  # reached, and something is new: rare
            boarded[run] = min(boarded[run], here)
            if better < 0:
                arrived[group] = arrival
                best = min(best, np.int32(arrival + egress[group]))
                end = unsigned(pair_ptr[group + unsigned(1)])
                for pair in range(unsigned(pair_ptr[group]), end):
                    to = unsigned(pair_packed[pair * unsigned(2)])
                    by = np.int32(arrival + pair_packed[pair * unsigned(2) + unsigned(1)])
                    ready[to] = min(ready[to], by)
        while exceptional == here:
            if boarded[run] <= here:
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
    rows: Int32,
    start: int,
    end: int,
    back_ptr: Int32,
    back_packed: Int32,
    exception_from: Int32,
    exception_to: Int32,
    begins: Int32,
    depart: int,
    boarded: Int32,
    latest: Int32,
    seen: Int32,
    alighted: Int32,
    corridor: Int32,
) -> tuple[Number, Number, Number]:
    """Scan from `end - 1` down to `start`; return (latest departure, corridor's size, stop).

    The corridor are the connections that a forward scan has reached (``boarded``; all of them
    where it says 0) and from which one arrives in time (``latest``, with the destination's
    groups set). `begins` (n_boarding + 1, 2) holds what one needs from the origin before a
    departure of the group, NEVER elsewhere, and how long before it the journey begins.
    """
    best, size = -1, 0
    cursor = first_at_least(exception_from, end) - 1
    exceptional = exception_from[cursor] if cursor >= 0 else -1
    c = end - 1
    while c >= start:
        departure = rows[unsigned(c), unsigned(0)]
        if departure < best:
            break
        here, run = np.int32(c), unsigned(rows[unsigned(c), unsigned(2)])
        while exceptional >= here:
            j = exception_to[cursor]
            if exceptional == here and j <= alighted[rows[j, 2]]:
                alighted[run] = max(alighted[run], here)
            cursor -= 1
            exceptional = exception_from[cursor] if cursor >= 0 else -1
        group = unsigned(rows[unsigned(c), unsigned(4)])
        in_time = here if rows[unsigned(c), unsigned(1)] <= latest[group] else np.int32(-1)
        last = max(alighted[run], in_time)
        alighted[run] = last
        if (last >= here) & (boarded[run] <= here):
            corridor[size] = here
            size += 1
            group = unsigned(rows[unsigned(c), unsigned(3)])
            leaves = departure - begins[group, 1]
            if departure - begins[group, 0] >= depart:
                best = max(best, leaves)
            if seen[group] == 0:  # its later departures come first: once is enough
                seen[group] = 1
                for pair in range(back_ptr[group], back_ptr[group + unsigned(1)]):
                    a = back_packed[2 * pair]
                    latest[a] = max(latest[a], departure - back_packed[2 * pair + 1])
        c -= 1
    return best, size, c + 1


@kernel
def fewest_transfers(
    rows: Int32,
    corridor: Int32,
    pair_ptr: Int32,
    pair_packed: Int32,
    exception_from: Int32,
    exception_to: Int32,
    exception_transfers: Int8,
    begins: Int32,
    egress: Int32,
    depart: int,
    leave_at: int,
    arrive: int,
    local_group: Int32,
    local_run: Int32,
    rounds: int,
) -> Int32:
    """Find the rides with fewest transfers that leave at `leave_at` and arrive at `arrive`.

    One pass over the sorted corridor with a label per number of changes (RAPTOR's rounds:
    Delling, Pajor, Werneck, *Round-Based Public Transit Routing*, 2015, section 3.1, laid over
    a scan). Returns (n_rides, 3): position of boarding, of alighting, and 1 where a ride is
    entered by an exceptional arc; no rides where `rounds` or more changes are needed. Among
    equals the smaller position wins.
    """
    size, n_exceptions = corridor.shape[0], exception_from.shape[0]
    # Groups and runs are numbered as they occur: labels of the corridor's size only.
    n_groups, n_runs = 0, 0
    for c in corridor:
        local_group[rows[c, 3]], local_run[rows[c, 2]] = -1, -1
        for pair in range(pair_ptr[rows[c, 4]], pair_ptr[rows[c, 4] + 1]):
            local_group[pair_packed[2 * pair]] = -1
    for c in corridor:
        if local_group[rows[c, 3]] < 0:
            local_group[rows[c, 3]] = n_groups
            n_groups += 1
        if local_run[rows[c, 2]] < 0:
            local_run[rows[c, 2]] = n_runs
            n_runs += 1
    # (group, changes): ready when, alighted from which corridor index
    ready = np.full((n_groups * rounds, 2), NEVER, dtype=np.int32)
    # Ride records: boarded at, record before, corridor index left there, entered how, changes.
    record = np.full((size + n_exceptions + 1, 5), -1, dtype=np.int32)
    record[0, 4] = rounds  # record 0: not aboard
    # Records held: by runs; by corridor indices, as passed and as marked by an exceptional arc.
    held = np.full((n_runs + size, 2), 0, dtype=np.int32)
    n_records, goal = 1, -1
    goal_changes = rounds
    for q in range(size):
        c = corridor[q]
        departure, run, g = rows[c, 0], local_run[rows[c, 2]], local_group[rows[c, 3]]
        mark = held[n_runs + q, 1]
        if record[mark, 4] < record[held[run, 0], 4]:
            held[run, 0] = mark
        changes = record[held[run, 0], 4]
        found, origin = rounds, -1
        on_time = departure - begins[rows[c, 3], 0] >= depart
        if on_time and departure - begins[rows[c, 3], 1] >= leave_at:
            found = 0
        else:
            for k in range(1, changes):
                if ready[g * rounds + k, 0] <= departure:
                    found, origin = k, ready[g * rounds + k, 1]
                    break
        if found < changes:
            record[n_records, 0], record[n_records, 2], record[n_records, 3] = c, origin, 0
            record[n_records, 1] = held[n_runs + origin, 0] if origin >= 0 else 0
            record[n_records, 4] = found
            held[run, 0], changes = n_records, found
            n_records += 1
        held[n_runs + q, 0] = held[run, 0]
        if changes >= rounds:
            continue
        arrival, group = rows[c, 1], rows[c, 4]
        if arrival + egress[group] <= arrive and changes < goal_changes:
            goal, goal_changes = q, changes
        k = changes + 1
        end = pair_ptr[group + 1] if k < rounds else pair_ptr[group]
        for pair in range(pair_ptr[group], end):
            to = local_group[pair_packed[2 * pair]]
            by = arrival + pair_packed[2 * pair + 1]
            if to >= 0 and by < ready[to * rounds + k, 0]:
                ready[to * rounds + k, 0], ready[to * rounds + k, 1] = by, q
        e = first_at_least(exception_from, c)
        while e < n_exceptions and exception_from[e] == c:
            at = first_at_least(corridor, exception_to[e])
            new = changes + exception_transfers[e]
            inside = at < size and corridor[at] == exception_to[e]
            if inside and new < record[held[n_runs + at, 1], 4]:
                record[n_records, 0], record[n_records, 2] = corridor[at], q
                record[n_records, 3], record[n_records, 4] = 1, new
                record[n_records, 1] = held[run, 0]
                held[n_runs + at, 1] = n_records
                n_records += 1
            e += 1
    length, r = 0, held[n_runs + goal, 0] if goal >= 0 else 0
    while r > 0:
        length += 1
        r = record[r, 1]
    rides = np.empty((length, 3), dtype=np.int32)
    q, r = goal, held[n_runs + goal, 0] if goal >= 0 else 0
    for leg in range(length - 1, -1, -1):
        rides[leg, 0], rides[leg, 1], rides[leg, 2] = record[r, 0], corridor[q], record[r, 3]
        q, r = record[r, 2], record[r, 1]
    return rides
