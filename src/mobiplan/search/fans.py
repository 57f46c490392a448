"""Kernels of `mobiplan.search.everywhere`: the sweeps, what is looked up, how one got there.

Labels are ``seconds * STEP`` less (backward: plus) the number of changes, so of equal times the
fewest changes win. With a limit on changes there is a layer for each number of them.
"""

# numba types the kernels' scalars; mypy would take an element of an array for an array.
# mypy: disable-error-code="arg-type,assignment,call-overload,operator,index"

from __future__ import annotations

import numpy as np

from mobiplan.compiling import kernel
from mobiplan.timetable.arrays import Int8, Int32, Int64

STEP = 32  # more than any journey's changes
NOWHERE = -(2**60)  # no way there
WORST = 2**62  # a score that every journey betters

# Where a label comes from: a position of the same run, AT_END of the journey, or, by a change,
# ``VIA - 3 * position - how`` with how: one stays seated, a change by an exceptional arc, a change.
AT_END, VIA = -1, -2
SEATED, BY_ARC, BY_CHANGE = 0, 1, 2


@kernel
def sweep_from(
    rows: Int32,
    start: int,
    end: int,
    next_in_group: Int32,
    next_in_run: Int32,
    transfer_ptr: Int32,
    transfer_to: Int32,
    exception_from: Int32,
    exception_to: Int32,
    exception_transfers: Int8,
    begins: Int32,
    depart: int,
    until: int,
    arrive: int,
    layers: int,
    step: int,
) -> tuple[Int64, Int32]:
    """Sweep connections `start` to `end`; return the labels aboard and where they come from.

    `begins` holds access and leave of each boarding group. A change leads `step` layers up.
    """
    size = end - start
    aboard = np.full((layers, size), NOWHERE, dtype=np.int64)
    platform = np.full((layers, size), NOWHERE, dtype=np.int64)
    via = np.full((layers, size), AT_END, dtype=np.int32)
    left = np.full((layers, size), -1, dtype=np.int32)  # the train before, of who is on a platform
    cursor = np.searchsorted(exception_from, start)
    for c in range(start, end):
        i = c - start
        departure, arrival, group = rows[c, 0], rows[c, 1], rows[c, 3]
        began = departure - begins[group, 1]
        in_time = departure - begins[group, 0] >= depart and began < until
        # Aboard, not on the platform: who waits for a later train would begin later.
        if in_time and began * STEP > aboard[0, i]:
            aboard[0, i] = began * STEP
            via[0, i] = AT_END
        while cursor < exception_from.shape[0] and exception_from[cursor] < c:
            cursor += 1
        for layer in range(layers):
            here = platform[layer, i]
            if here > NOWHERE:
                j = next_in_group[c] - start
                if j < size and here > platform[layer, j]:
                    platform[layer, j] = here
                    left[layer, j] = left[layer, i]
                if here > aboard[layer, i]:
                    aboard[layer, i] = here
                    via[layer, i] = VIA - 3 * left[layer, i] - BY_CHANGE
            here = aboard[layer, i]
            if here == NOWHERE or arrival > arrive:
                continue
            j = next_in_run[c] - start
            if j < size and here > aboard[layer, j]:
                aboard[layer, j] = here
                via[layer, j] = c
            e = cursor
            while e < exception_from.shape[0] and exception_from[e] == c:
                j = exception_to[e] - start
                changes = int(exception_transfers[e])
                above = layer + changes * step
                if j < size and above < layers and here - changes > aboard[above, j]:
                    aboard[above, j] = here - changes
                    via[above, j] = VIA - 3 * c - changes
                e += 1
            above = layer + step
            if above < layers:
                for arc in range(transfer_ptr[c], transfer_ptr[c + 1]):
                    j = transfer_to[arc] - start
                    if j < size and here - 1 > platform[above, j]:
                        platform[above, j] = here - 1
                        left[above, j] = c
    return aboard, via


@kernel
def sweep_to(
    rows: Int32,
    start: int,
    end: int,
    next_in_group: Int32,
    next_in_run: Int32,
    transfer_ptr: Int32,
    transfer_to: Int32,
    exception_from: Int32,
    exception_to: Int32,
    exception_transfers: Int8,
    egress: Int32,
    arrive: int,
    layers: int,
    step: int,
) -> tuple[Int64, Int32]:
    """Sweep connections `end` to `start`, backward; labels are negative: - arrival, - changes.

    `egress` is the way on foot from each arrival group; a change leads `step` layers up.
    """
    size = end - start
    aboard = np.full((layers, size), NOWHERE, dtype=np.int64)
    platform = np.full((layers, size), NOWHERE, dtype=np.int64)
    via = np.full((layers, size), AT_END, dtype=np.int32)
    boards = np.full((layers, size), -1, dtype=np.int32)  # the next train, of who is on a platform
    cursor = np.searchsorted(exception_from, end) - 1
    for back in range(size):
        i = size - 1 - back
        c = i + start
        while cursor >= 0 and exception_from[cursor] > c:
            cursor -= 1
        arrival, group = rows[c, 1], rows[c, 4]
        for layer in range(layers):
            best, by = NOWHERE, AT_END
            if arrival <= arrive:
                there = arrival + egress[group]
                if layer == 0 and there <= arrive:
                    best = -np.int64(there) * STEP
                j = next_in_run[c] - start
                if j < size and aboard[layer, j] > best:
                    best, by = aboard[layer, j], j + start
                e = cursor
                while e >= 0 and exception_from[e] == c:
                    j = exception_to[e] - start
                    changes = int(exception_transfers[e])
                    below = layer - changes * step
                    if j < size and below >= 0 and aboard[below, j] - changes > best:
                        best, by = aboard[below, j] - changes, VIA - 3 * (j + start) - changes
                    e -= 1
                below = layer - step
                if below >= 0:
                    for arc in range(transfer_ptr[c], transfer_ptr[c + 1]):
                        j = transfer_to[arc] - start
                        if j < size and platform[below, j] - 1 > best:
                            best = platform[below, j] - 1
                            by = VIA - 3 * boards[below, j] - BY_CHANGE
            aboard[layer, i], via[layer, i] = best, by
            platform[layer, i], boards[layer, i] = best, c
            j = next_in_group[c] - start
            if j < size and platform[layer, j] > best:
                platform[layer, i], boards[layer, i] = platform[layer, j], boards[layer, j]
    return aboard, via


@kernel
def look_up_arrivals(
    rows: Int32,
    start: int,
    aboard: Int64,
    ptr: Int32,
    place: Int32,
    walk: Int32,
    n: int,
    arrive: int,
    shortest: bool,
) -> tuple[Int64, Int64]:
    """Return for each place the position one alights from, -1 none, with the arrival; its layer."""
    score = np.full(n, WORST, dtype=np.int64)
    at = np.full((n, 2), -1, dtype=np.int64)
    in_layer = np.zeros(n, dtype=np.int64)
    for i in range(aboard.shape[1]):
        c = i + start
        for k in range(ptr[rows[c, 4]], ptr[rows[c, 4] + 1]):
            arrival = np.int64(rows[c, 1]) + walk[k]
            if arrival > arrive:
                continue
            for layer in range(aboard.shape[0]):
                label = aboard[layer, i]
                if label == NOWHERE:
                    continue
                if shortest:
                    mine = ((arrival * STEP - label) << 32) + label // STEP
                else:
                    mine = (arrival << 32) - label
                if mine < score[place[k]]:
                    score[place[k]] = mine
                    at[place[k], 0], at[place[k], 1] = c, arrival
                    in_layer[place[k]] = layer
    return at, in_layer


@kernel
def look_up_departures(
    rows: Int32,
    start: int,
    aboard: Int64,
    ptr: Int32,
    place: Int32,
    needed: Int32,
    walk: Int32,
    n: int,
    depart: int,
    until: int,
    shortest: bool,
) -> tuple[Int64, Int64]:
    """Return for each place the position one boards at, -1 none, with the departure; its layer."""
    score = np.full(n, WORST, dtype=np.int64)
    at = np.full((n, 2), -1, dtype=np.int64)
    in_layer = np.zeros(n, dtype=np.int64)
    for i in range(aboard.shape[1]):
        c = i + start
        for k in range(ptr[rows[c, 3]], ptr[rows[c, 3] + 1]):
            departure = np.int64(rows[c, 0]) - walk[k]
            if rows[c, 0] - needed[k] < depart or departure >= until:
                continue
            for layer in range(aboard.shape[0]):
                label = aboard[layer, i]
                if label == NOWHERE:
                    continue
                if shortest:
                    mine = ((-label - departure * STEP) << 32) + departure
                else:
                    mine = (-departure << 32) - label
                if mine < score[place[k]]:
                    score[place[k]] = mine
                    at[place[k], 0], at[place[k], 1] = c, departure
                    in_layer[place[k]] = layer
    return at, in_layer


@kernel
def follow(
    start: int, via: Int32, begin: Int64, in_layer: Int64, step: int, backward: bool
) -> tuple[Int64, Int32]:
    """Follow labels from the positions `begin`, -1 none; return the rides of each journey.

    `backward`: the labels are those of `sweep_from`, so that journeys are found from their ends.
    """
    ptr = np.zeros(begin.shape[0] + 1, dtype=np.int64)
    rides = np.empty((4 * begin.shape[0] + STEP, 3), dtype=np.int32)
    size = 0
    for row in range(begin.shape[0]):
        at, layer, first = begin[row], in_layer[row], size
        near, how = at, SEATED if backward else BY_CHANGE
        while at >= 0:
            came = via[layer, at - start]
            if came >= 0:
                at = came
                continue
            if size == rides.shape[0]:
                grown = np.empty((2 * size, 3), dtype=np.int32)
                grown[:size] = rides
                rides = grown
            code = VIA - came if came <= VIA else BY_CHANGE
            if backward:  # how this ride was entered; else how the next one will be
                how = code % 3
            rides[size, 0], rides[size, 1] = near, at
            rides[size, 2] = int(how != BY_CHANGE)
            size += 1
            if came == AT_END:
                break
            how = code % 3
            if how != SEATED:
                layer -= step
            at = code // 3
            near = at
        if backward:
            for k in range((size - first + 1) // 2):
                one, other = first + k, size - 1 - k
                for column in range(3):
                    held = rides[one, column]
                    rides[one, column] = rides[other, column]
                    rides[other, column] = held
            for k in range(first, size):
                held = rides[k, 0]
                rides[k, 0] = rides[k, 1]
                rides[k, 1] = held
        ptr[row + 1] = size
    return ptr, rides[:size]


@kernel
def by_minute(
    rows: Int32,
    start: int,
    aboard: Int64,
    ptr: Int32,
    place: Int32,
    walk: Int32,
    depart: int,
    arrive: int,
    best: Int32,
) -> None:
    """Lower `best` (n, n_minutes) to the soonest arrival of who sets out at each minute."""
    last = best.shape[1] - 1
    for i in range(aboard.shape[1]):
        c = i + start
        for layer in range(aboard.shape[0]):
            label = aboard[layer, i]
            if label == NOWHERE:
                continue
            # A label is at most STEP - 1 changes below the second at which one set out.
            minute = min(((label + STEP - 1) // STEP - depart) // 60, last)
            for k in range(ptr[rows[c, 4]], ptr[rows[c, 4] + 1]):
                arrival = rows[c, 1] + walk[k]
                if arrival <= arrive and arrival < best[place[k], minute]:
                    best[place[k], minute] = arrival
    for row in range(best.shape[0]):
        for before in range(last):
            minute = last - 1 - before
            best[row, minute] = min(best[row, minute], best[row, minute + 1])
