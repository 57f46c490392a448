"""Least cost: the one journey that is best for a person, for many persons at once, exactly.

One sweep forward over what is worth looking at. A label is a row of costs, a *lane* for each
traveller (and each number of changes, where these are limited); it stands at a departure that one
can catch, or goes with a run that one is aboard of. What is done differently than in a textbook
sweep, and why:

* **A label goes on only while some traveller may still want it**: what it has cost, and the
  least that is to come by the `Network`, which knows no clock, must not be more than a journey
  that is known already. This is A* (Hart, Nilsson, Raphael, *A Formal Basis for the Heuristic
  Determination of Minimum Cost Paths*, 1968) with the order of the connections for a heap.
* **What is ahead is marked by a bit**, as in `mobiplan.search.blocks`: the sweep goes from mark to
  mark, and what nobody wants costs nothing.
* **Costs are held as of a common zero**: at a departure as if everybody had waited since the
  epoch, in a run as if everybody had been aboard since it began. So a label is handed on, to the
  group's next departure or to the run's next connection, without being touched.
* **A fare by origin and destination makes boardings incomparable**: each boarding of a run with
  such fares has a label of its own.
* **Ties are broken as the labels go**: of ways alike in cost, the one that began later, then the
  one with fewer changes.
"""

# numba types the kernels' scalars; mypy would take an element of an array for an array.
# mypy: disable-error-code="arg-type,assignment,call-overload,operator,index"

from __future__ import annotations

import numpy as np

from mobiplan.compiling import kernel
from mobiplan.search.blocks import fetch, lowest
from mobiplan.search.terms import (
    ACROSS,
    AHEAD,
    ALONG,
    AMOUNT,
    AT_START,
    BY_NIGHT,
    CALL,
    CHANGE,
    EACH,
    END,
    KIND,
    LAST_CHANGE,
    LEG,
    NEXT_DEPARTURE,
    NEXT_RIDE,
    ON_FOOT,
    START,
    TOO_EARLY,
    TOO_LATE,
    TRIP,
    WAIT,
)
from mobiplan.timetable.arrays import Float64, Int32, UInt64
from mobiplan.timetable.graph import (
    ALIGHTING,
    ARRIVAL,
    BOARDING,
    DEPARTURE,
    NEVER,
    RUN,
)

UNREACHED = 1e300
TIE = 1e-8  # equivalent minutes that are no difference: what adding up in another order makes
BEGAN = 64.0  # weight of a second in the order of ties, above any number of changes
NO_BIT, BIT, INSIDE = np.uint64(0), np.uint64(1), np.uint64(63)
HOW = 3  # how one came to board: by a change, seated, or by a change that trains wait for
CHANGED, SEATED, AWAITED = range(HOW)
HERE, NEW = range(2)
COST, ORDER, CAME = range(3)  # of a label
COLUMNS = np.uint64(16)  # of `Rides.rows`


@kernel
def least_between(
    ptr: Int32,
    source: Int32,
    ways: Float64,
    goals: Int32,
    at_goals: Float64,
    limit: Float64,
) -> Float64:
    """Return the least cost from each station to a goal through the network (n_stations, lanes).

    Labels are corrected until none improves (Moore, *The shortest path through a maze*, 1959), the
    small ones first (Bertsekas, *A simple and fast label correcting algorithm for shortest paths*,
    Networks 23, 1993); what costs more than `limit` in all lanes is not followed.
    """
    n, lanes = ptr.shape[0] - 1, limit.shape[0]
    least = np.full((n, lanes), UNREACHED)
    queue = np.empty(n + 1, dtype=np.int32)
    queued = np.zeros(n, dtype=np.bool_)
    head, tail = 0, 0
    for goal in range(goals.shape[0]):
        s = goals[goal]
        for i in range(lanes):
            least[s, i] = min(least[s, i], at_goals[goal, i])
        if not queued[s]:
            queued[s] = True
            queue[tail] = s
            tail += 1
    while head != tail:
        s = queue[head]
        head = head + 1 if head < n else 0
        queued[s] = False
        for way in range(ptr[s], ptr[s + 1]):
            before = source[way]
            better = False
            for i in range(lanes):
                cost = least[s, i] + ways[way, i]
                better |= (cost < least[before, i]) & (cost <= limit[i])
                least[before, i] = min(least[before, i], cost)
            if better and not queued[before]:
                queued[before] = True
                if head != tail and least[before, 0] < least[queue[head], 0]:
                    head = head - 1 if head > 0 else n
                    queue[head] = before
                else:
                    queue[tail] = before
                    tail = tail + 1 if tail < n else 0
    return least


@kernel
def merge(label: Float64, lanes: int, row: int, other: int) -> None:
    """Put what is better of another label into one, lane by lane."""
    any_better = False
    for i in range(lanes):
        any_better |= label[other, COST, i] < label[row, COST, i] + TIE
    for i in range(lanes if any_better else 0):
        cost, than = label[other, COST, i], label[row, COST, i]
        order, than_order = label[other, ORDER, i], label[row, ORDER, i]
        better = (cost < than - TIE) | ((cost < than + TIE) & (order < than_order))
        label[row, COST, i] = cost if better else than
        label[row, ORDER, i] = order if better else than_order
        came, than_came = label[other, CAME, i], label[row, CAME, i]
        label[row, CAME, i] = came if better else than_came


@kernel
def wider(part: Float64, n: int) -> Float64:
    """Return a copy with room for n rows."""
    more = np.empty((n,) + part.shape[1:], dtype=part.dtype)  # noqa: RUF005 (numba)
    more[: part.shape[0]] = part
    return more


@kernel
def sweep_costs(
    rows: Int32,
    along: Float64,
    boarding: Float64,
    leg: Float64,
    night: Int32,
    transfer_to: Int32,
    pair_ptr: Int32,
    pairs: Int32,
    exceptions: Int32,
    rates: Float64,
    delays: Int32,
    begins: Int32,
    origin: Int32,
    goals: Int32,
    goal_of: Int32,
    least: Float64,
    limit: Float64,
    marked: UInt64,
    standing: Int32,
    seated: Int32,
    aboard: Int32,
    times: Int32,
    shift: int,
    label: Float64,
    link: Int32,
    trace: Int32,
    step_at: Int32,
) -> tuple[Float64, int, Float64, Int32, Int32, Int32]:
    """Sweep from mark to mark; return how each lane's journey ends, and all steps.

    `rows` to `night` are those of `Rides`, `pairs` and `exceptions` those of `Terms`. `begins`
    (k, 5): boarding group, seconds needed before a departure, of which under way, on foot, across
    a city; `origin` (n_boarding + 1,) its row. `goals` (m, 3): arrival group, seconds after the
    arrival, of which on foot; `goal_of` (n_arrival + 1,) its row. `times`: not before, leave
    before, not after, wished departure, wished arrival. A change moves a label `shift` lanes on.
    `marked` has the first departures of the origin; `standing`, `seated` and `aboard` are -1;
    they are left like that, and no mark.

    Returns, lane by lane, cost, order of ties, arrival and step at which the journey ends
    (4, lanes); the number of steps; and the scratch, made longer: labels and their links; of each
    step by lane the one at which one who alights had boarded, and the one from which one who
    boards came times `HOW`, -1 the origin (e, 2, lanes), and its position.
    """
    n, lanes, n_exceptions = rows.shape[0], limit.shape[0], exceptions.shape[0]
    n_amounts, n_delays = leg.shape[1], delays.shape[0]
    ride_at = AMOUNT + n_amounts
    short_at = rates.shape[0] - n_delays
    depart, before, arrive = times[0], times[1], times[2]
    wish_depart, wish_arrive = times[3], times[4]
    n_rows = 2  # the first two are `HERE`, which all come together in, and `NEW`
    step, free = 0, -1  # rows that are free are linked
    up = np.uint64(shift)  # unsigned, so that the loop does not look for what counts from the end
    ended = np.full((4, lanes), UNREACHED)
    zero = np.empty(lanes)
    for word in range(marked.shape[0]):
        while marked[word] != NO_BIT:
            c = np.int64((word << 6) + np.int64(lowest(marked[word])))
            marked[word] &= marked[word] - BIT
            departure, arrival, run = rows[c, DEPARTURE], rows[c, ARRIVAL], rows[c, RUN]
            kind, following = ride_at + rows[c, KIND], rows[c, NEXT_DEPARTURE]
            first, last = rows[c, CHANGE], rows[c, LAST_CHANGE]
            # What will be read soon is brought into the cache by the time that it is needed.
            fetch(transfer_to, np.uint64(first))
            fetch(along, np.uint64(rows[c, ALONG] * n_amounts))
            fetch(night, np.uint64(arrival))
            # Room for all that this connection may add.
            privilege, more = 0, 0
            if n_exceptions > 0:
                privilege = np.searchsorted(exceptions[:, 0], c)
                while privilege + more < n_exceptions and exceptions[privilege + more, 0] == c:
                    more += 1
            needed = n_rows + 1 + (last - first) * n_delays + more
            if needed > label.shape[0]:
                label, link = wider(label, 2 * needed), wider(link, 2 * needed)
            if step == trace.shape[0]:
                trace, step_at = wider(trace, 2 * step), wider(step_at, 2 * step)
            # On the platform: who waited, and goes on waiting.
            boards, s, dark = False, rows[c, START], night[departure]
            ahead = max(wish_arrive - departure, 0)
            row = standing[c]
            standing[c] = -1
            for i in range(lanes):
                label[HERE, COST, i] = UNREACHED
            if row >= 0 and departure <= arrive:
                for i in range(lanes):
                    zero[i] = rates[WAIT, i] * departure + rates[BY_NIGHT, i] * dark
                for i in range(lanes):
                    now = label[row, COST, i] + zero[i]
                    fits = now + least[s, i] + rates[AHEAD, i] * ahead <= limit[i]
                    boards |= fits
                    label[HERE, COST, i] = now if fits else UNREACHED
                for i in range(lanes):
                    label[HERE, ORDER, i] = label[row, ORDER, i]
                    label[HERE, CAME, i] = label[row, CAME, i]
                if boards and following < n:
                    if standing[following] < 0:
                        standing[following] = row
                        marked[following >> 6] |= BIT << (np.uint64(following) & INSIDE)
                        row = -1
                    else:
                        merge(label, lanes, standing[following], row)
            if row >= 0:
                link[row, 0], free = free, row
            # From the origin.
            k = origin[rows[c, BOARDING]]
            if k < NEVER and departure - begins[k, 1] >= depart and departure <= arrive:
                began, foot, across = departure - begins[k, 2], begins[k, 3], begins[k, 4]
                early = max(wish_depart - began, 0)
                late = max(began - wish_depart, 0) if wish_depart >= 0 else 0
                if began < before:
                    for i in range(lanes):
                        now = rates[AT_START, i] * (began - depart) + rates[ON_FOOT, i] * foot
                        now += rates[TOO_EARLY, i] * early + rates[TOO_LATE, i] * late
                        now += rates[ACROSS, i] * across
                        now += rates[WAIT, i] * (departure - began - foot - across)
                        fits = now + least[s, i] + rates[AHEAD, i] * ahead <= limit[i]
                        fits &= (i < shift) | (shift == 0)
                        boards |= fits
                        label[NEW, COST, i] = now if fits else UNREACHED
                        label[NEW, ORDER, i] = -BEGAN * began
                        label[NEW, CAME, i] = -1
                    merge(label, lanes, HERE, NEW)
                    if following < n:
                        marked[following >> 6] |= BIT << (np.uint64(following) & INSIDE)
            for arc in range(first, last):
                fetch(rows, np.uint64(transfer_to[arc]) * COLUMNS)
                fetch(standing, np.uint64(transfer_to[arc]))
            # From a seat in another train.
            if n_exceptions > 0 and seated[c] >= 0:
                merge(label, lanes, HERE, seated[c])
                link[seated[c], 0], free = free, seated[c]
                seated[c] = -1
                boards = True
            # Aboard: who was, and who boards.
            head = aboard[run]
            if boards:
                for i in range(lanes):
                    zero[i] = rates[kind, i] * departure + rates[BY_NIGHT, i] * dark
                for a in range(n_amounts):
                    amount = along[rows[c, ALONG], a] - boarding[rows[c, TRIP], a]
                    for i in range(lanes):
                        zero[i] += rates[AMOUNT + a, i] * amount
                row = head
                while row >= 0 and (link[row, 1] != NEVER or rows[c, LEG] >= 0):
                    row = link[row, 0]
                new = NEW
                if row < 0:
                    if free < 0:
                        link[n_rows, 0], free = -1, n_rows
                        n_rows += 1
                    new, free = free, link[free, 0]
                    link[new, 0], link[new, 1] = head, NEVER
                    if rows[c, LEG] >= 0:
                        link[new, 1] = rows[c, LEG] - rows[c, CALL]
                    head = new
                for i in range(lanes):
                    label[new, COST, i] = label[HERE, COST, i] - zero[i]
                for i in range(lanes):
                    trace[step, 1, i] = np.int32(label[HERE, CAME, i])
                for i in range(lanes):
                    label[new, ORDER, i] = label[HERE, ORDER, i]
                for i in range(lanes):
                    label[new, CAME, i] = step
                if row >= 0:
                    merge(label, lanes, row, NEW)
            if head < 0:
                continue
            # Along the connection: each label of the run goes on while somebody wants it.
            s, dark = rows[c, END], night[arrival]
            ahead = max(wish_arrive - arrival, 0)
            for i in range(lanes):
                zero[i] = rates[kind, i] * arrival + rates[BY_NIGHT, i] * dark
            for a in range(n_amounts):
                amount = along[rows[c, ALONG] + 1, a]
                for i in range(lanes):
                    zero[i] += rates[AMOUNT + a, i] * amount
            previous, row, alights = -1, np.int64(head), False
            while row >= 0:
                new = NEW if alights else HERE
                wanted = False
                for i in range(lanes):
                    now = label[row, COST, i] + zero[i]
                    wanted |= now + least[s, i] + rates[AHEAD, i] * ahead <= limit[i]
                    label[new, COST, i] = now
                if wanted:
                    for i in range(lanes):
                        label[new, ORDER, i] = label[row, ORDER, i]
                        label[new, CAME, i] = label[row, CAME, i]
                    if link[row, 1] != NEVER:
                        for a in range(n_amounts):
                            fare = leg[link[row, 1] + rows[c, CALL], a]
                            for i in range(lanes):
                                label[new, COST, i] += rates[AMOUNT + a, i] * fare
                    if alights:
                        merge(label, lanes, HERE, NEW)
                    alights = True
                following = np.int64(link[row, 0])
                if wanted and rows[c, NEXT_RIDE] < n:
                    previous = row
                else:
                    if previous < 0:
                        head = following
                    else:
                        link[previous, 0] = following
                    link[row, 0], free = free, row
                row = following
            aboard[run] = head
            if not alights:
                continue
            if head >= 0:
                following = rows[c, NEXT_RIDE]
                marked[following >> 6] |= BIT << (np.uint64(following) & INSIDE)
            step_at[step, 0] = c
            for i in range(lanes):
                trace[step, 0, i] = np.int32(label[HERE, CAME, i])
            # To a seat in another train; trips may overlap, so that nothing is left out before.
            for arc in range(privilege, privilege + more):
                j, changes = exceptions[arc, 1], exceptions[arc, 2]
                moved = shift if changes > 0 else 0
                seconds, by_night = rows[j, DEPARTURE] - arrival, night[rows[j, DEPARTURE]] - dark
                if free < 0:
                    link[n_rows, 0], free = -1, n_rows
                    n_rows += 1
                new = NEW if seated[j] >= 0 else free
                for i in range(moved):
                    label[new, COST, i] = UNREACHED
                for i in range(lanes - moved):
                    now = label[HERE, COST, i] + rates[BY_NIGHT, i] * by_night
                    if changes > 0:
                        now += rates[WAIT, i] * seconds + rates[EACH, i]
                    else:
                        now += rates[ride_at + rows[j, KIND], i] * seconds
                    label[new, COST, i + moved] = now
                    label[new, ORDER, i + moved] = label[HERE, ORDER, i] + changes
                for i in range(lanes):
                    label[new, CAME, i] = step * HOW + (AWAITED if changes > 0 else SEATED)
                if new == NEW:
                    merge(label, lanes, seated[j], NEW)
                else:
                    seated[j], free = new, link[new, 0]
                    marked[j >> 6] |= BIT << (np.uint64(j) & INSIDE)
            # At the next stop: the end, and changes.
            wanted = False
            for i in range(lanes):
                fits = label[HERE, COST, i] + least[s, i] + rates[AHEAD, i] * ahead <= limit[i]
                label[HERE, COST, i] = label[HERE, COST, i] if fits else UNREACHED
                wanted |= fits
            k = goal_of[rows[c, ALIGHTING]]
            if wanted and k < NEVER and arrival + goals[k, 1] <= arrive:
                reached, foot = arrival + goals[k, 1], goals[k, 2]
                early = max(wish_arrive - reached, 0)
                late = max(reached - wish_arrive, 0) if wish_arrive >= 0 else 0
                for i in range(lanes):
                    now = label[HERE, COST, i] + rates[ON_FOOT, i] * foot
                    now += rates[ACROSS, i] * (goals[k, 1] - foot)
                    now += rates[TOO_EARLY, i] * early + rates[TOO_LATE, i] * late
                    order = label[HERE, ORDER, i]
                    tied = reached < ended[2, i]
                    tied |= (reached == ended[2, i]) & (order < ended[1, i])
                    if (now < ended[0, i] - TIE) | ((now < ended[0, i] + TIE) & tied):
                        ended[0, i], ended[1, i] = now, order
                        ended[2, i], ended[3, i] = reached, step
                        lane = i % shift if shift > 0 else i
                        while lane < lanes:
                            limit[lane] = min(limit[lane], now + TIE)
                            lane += shift if shift > 0 else lanes
            pair = pair_ptr[rows[c, ALIGHTING]] - first
            for arc in range(first if wanted else last, last):
                j, minimum = transfer_to[arc], pairs[pair + arc, 0]
                walk, across = pairs[pair + arc, 1], pairs[pair + arc, 2]
                ready, since, slack = arrival + minimum, arrival + walk, 0
                while slack < n_delays:
                    while j < n and rows[j, DEPARTURE] < ready + delays[slack]:
                        j = rows[j, NEXT_DEPARTURE]
                    if j >= n or rows[j, DEPARTURE] > arrive:
                        break
                    departure = rows[j, DEPARTURE]
                    while slack + 1 < n_delays and departure >= ready + delays[slack + 1]:
                        slack += 1
                    s, ahead = rows[j, START], max(wish_arrive - departure, 0)
                    waits, by_night = departure - since, night[departure] - night[since]
                    if free < 0:
                        link[n_rows, 0], free = -1, n_rows
                        n_rows += 1
                    new = NEW if standing[j] >= 0 else free
                    wanted = False
                    for i in range(shift):
                        label[new, COST, i] = UNREACHED
                    for i in range(lanes):
                        zero[i] = rates[EACH, i] + rates[short_at + slack, i]
                    if walk > 0:
                        for i in range(lanes):
                            zero[i] += rates[ON_FOOT, i] * (walk - across)
                            zero[i] += rates[ACROSS, i] * across
                    for i in range(lanes):
                        zero[i] += rates[WAIT, i] * waits + rates[BY_NIGHT, i] * by_night
                    for i in range(lanes - shift):
                        now = label[HERE, COST, i] + zero[i]
                        fits = now + least[s, i] + rates[AHEAD, i] * ahead <= limit[i]
                        wanted |= fits
                        label[new, COST, np.uint64(i) + up] = now if fits else UNREACHED
                    if wanted:
                        dark = night[departure]
                        for i in range(lanes):
                            label[new, COST, i] -= (
                                rates[WAIT, i] * departure + rates[BY_NIGHT, i] * dark
                            )
                        for i in range(lanes - shift):
                            label[new, ORDER, np.uint64(i) + up] = label[HERE, ORDER, i] + 1.0
                        for i in range(lanes):
                            label[new, CAME, i] = step * HOW + CHANGED
                    slack += 1
                    if wanted and new == NEW:
                        merge(label, lanes, standing[j], NEW)
                    elif wanted:
                        standing[j], free = new, link[new, 0]
                        marked[j >> 6] |= BIT << (np.uint64(j) & INSIDE)
            step += 1
    return ended, step, label, link, trace, step_at
