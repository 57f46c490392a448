"""Least cost: the one journey that is best for a person, for many persons at once, exactly.

One sweep forward over what is worth looking at. A label is a row of costs, a *lane* for each
traveller (and each number of changes, where these are limited); it stands at a departure that one
can catch, or goes with a run that one is aboard of. What is done differently than in a textbook
sweep, and why:

* **A label goes on only while some traveller may still want it**: what it has cost, and the
  least that is to come by the `mobiplan.search.network`, must not be more than a journey
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
    WAY,
)
from mobiplan.timetable.arrays import Float32, Float64, Int32, Int64, UInt64
from mobiplan.timetable.graph import (
    ALIGHTING,
    ARRIVAL,
    BOARDING,
    DEPARTURE,
    NEVER,
    RUN,
)

UNREACHED = 1e300
ROUNDED = 1 + 1e-4  # of limits: what is to come is held in 32 bits
TIE = 1e-8  # equivalent minutes that are no difference: what adding up in another order makes
BEGAN = 64  # weight of a second in the order of ties, above any number of changes
NO_BIT, BIT, INSIDE = np.uint64(0), np.uint64(1), np.uint64(63)
HOW = 3  # how one came to board: by a change, seated, or by a change that trains wait for
CHANGED, SEATED, AWAITED = range(HOW)
HERE, NEW = range(2)  # rows of labels: what all come together in, what is compared with it
ROWS, STEPS, FREE = range(3)  # of the state
ORDER, CAME = range(2)  # of a label's ties
COLUMNS = np.uint64(16)  # of `Rides.rows`


@kernel
def merge(cost: Float64, tie: Int32, lanes: int, row: int, other: int) -> None:
    """Put what is better of another label into one, lane by lane."""
    any_better = False
    for i in range(lanes):
        any_better |= cost[other, i] < cost[row, i] + TIE
    for i in range(lanes if any_better else 0):
        now, than = cost[other, i], cost[row, i]
        order, than_order = tie[other, ORDER, i], tie[row, ORDER, i]
        better = (now < than - TIE) | ((now < than + TIE) & (order < than_order))
        cost[row, i] = now if better else than
        tie[row, ORDER, i] = order if better else than_order
        came, than_came = tie[other, CAME, i], tie[row, CAME, i]
        tie[row, CAME, i] = came if better else than_came


@kernel
def sweep_costs(
    rows: Int32,
    along: Float64,
    boarding: Float64,
    leg: Float64,
    night: Int32,
    spared: Float64,
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
    target: Int32,
    board: Float32,
    after: Float32,
    alight: Float32,
    limit: Float64,
    margin: float,
    lone: bool | None,
    marked: UInt64,
    standing: Int32,
    seated: Int32,
    aboard: Int32,
    times: Int32,
    shift: int,
    cost: Float64,
    tie: Int32,
    link: Int32,
    trace: Int32,
    step_at: Int32,
    state: Int64,
    ended: Float64,
) -> bool:
    """Sweep from mark to mark, until there is none, or no room; return whether it is done.

    `rows` to `spared` are those of `Rides`, `pairs` and `exceptions` those of `Terms`. `begins`
    (k, 5): boarding group, seconds needed before a departure, of which under way, on foot, across
    a city; `origin` (n_boarding + 1,) its row. `goals` (m, 3): arrival group, seconds after the
    arrival, of which on foot; `goal_of` (n_arrival + 1,) its row. `times`: not before, leave
    before, not after, wished departure, wished arrival. A change moves a label `shift` lanes on.
    `marked` has the first departures of the origin; `standing`, `seated` and `aboard` are -1;
    they are left like that, and no mark.

    The labels' `cost` (rows, lanes), `tie` (rows, 2, lanes) and `link` (rows, 2), and of each
    step its position `step_at` (steps, 1), and by lane, in `trace` (steps, 2, lanes), the step at
    which one who alights had boarded, and the one from which one who boards came times `HOW`, -1
    the origin. `state` has how many rows and steps are in use, and the first row that is free;
    those that are free are linked. `ended` (4, lanes): cost, order of ties, arrival and step at
    which the best journey of a lane ends.
    """
    n, lanes = rows.shape[0], limit.shape[0] if lone is None else 1
    n_exceptions = exceptions.shape[0]
    n_amounts, n_delays = leg.shape[1], delays.shape[0]
    ride_at = AMOUNT + n_amounts
    short_at = rates.shape[0] - n_delays
    depart, before, arrive = times[0], times[1], times[2]
    wish_depart, wish_arrive = times[3], times[4]
    n_rows, step, free = state[ROWS], state[STEPS], state[FREE]
    up = np.uint64(shift)  # unsigned, so that the loop does not look for what counts from the end
    zero = np.empty(lanes)
    word, n_words = 0, marked.shape[0]
    while True:
        while word < n_words and marked[word] == NO_BIT:
            word += 1
        if word == n_words:
            break
        c = np.int64((word << 6) + np.int64(lowest(marked[word])))
        departure, arrival, run = rows[c, DEPARTURE], rows[c, ARRIVAL], rows[c, RUN]
        kind, following = ride_at + rows[c, KIND], rows[c, NEXT_DEPARTURE]
        first, last = rows[c, CHANGE], rows[c, LAST_CHANGE]
        # What will be read soon is brought into the cache by the time that it is needed: what may
        # be marked by this connection, and what there is to know at the next mark.
        fetch(rows, np.uint64(rows[c, NEXT_RIDE]) * COLUMNS)
        fetch(rows, np.uint64(following) * COLUMNS)
        # Room for all that this connection may add.
        privilege, more = 0, 0
        if n_exceptions > 0:
            privilege = np.searchsorted(exceptions[:, 0], c)
            while privilege + more < n_exceptions and exceptions[privilege + more, 0] == c:
                more += 1
        needed = n_rows + 1 + (last - first) * n_delays + more
        if needed > cost.shape[0] or step == trace.shape[0]:
            break
        marked[word] &= marked[word] - BIT
        soon = word
        while soon < n_words - 1 and marked[soon] == NO_BIT:
            soon += 1
        soon = (soon << 6) + np.int64(lowest(marked[soon] | (BIT << INSIDE)))
        if soon < n:
            fetch(along, np.uint64(rows[soon, ALONG] * n_amounts))
            fetch(transfer_to, np.uint64(rows[soon, CHANGE]))
            fetch(aboard, np.uint64(rows[soon, RUN]))
            fetch(standing, np.uint64(soon))
            fetch(night, np.uint64(rows[soon, ARRIVAL]))
            fetch(pair_ptr, np.uint64(rows[soon, ALIGHTING]))
            fetch(goal_of, np.uint64(rows[soon, ALIGHTING]))
            fetch(origin, np.uint64(rows[soon, BOARDING]))
        # On the platform: who waited, and goes on waiting.
        boards, s, dark = False, rows[c, START], night[departure]
        ahead = max(wish_arrive - departure, 0)
        row = standing[c]
        standing[c] = -1
        for i in range(lanes):
            cost[HERE, i] = UNREACHED
        if row >= 0 and departure <= arrive:
            for i in range(lanes):
                zero[i] = rates[WAIT, i] * departure + rates[BY_NIGHT, i] * dark
            for i in range(lanes):
                now = cost[row, i] + zero[i]
                fits = now + board[s, i] + rates[AHEAD, i] * ahead <= limit[i]
                boards |= fits
                cost[HERE, i] = now if fits else UNREACHED
            for i in range(lanes):
                tie[HERE, ORDER, i] = tie[row, ORDER, i]
                tie[HERE, CAME, i] = tie[row, CAME, i]
            if boards and following < n:
                if standing[following] < 0:
                    standing[following] = row
                    marked[following >> 6] |= BIT << (np.uint64(following) & INSIDE)
                    row = -1
                else:
                    merge(cost, tie, lanes, standing[following], row)
        if row >= 0:
            link[row, 0], free = free, row
        # From the origin.
        k = origin[rows[c, BOARDING]]
        if k < NEVER and departure - begins[k, 1] >= depart and departure <= arrive:
            began, foot, across = departure - begins[k, 2], begins[k, 3], begins[k, 4]
            early = max(wish_depart - began, 0)
            late = max(began - wish_depart, 0) if wish_depart >= 0 else 0
            if began < before:
                later = False
                for i in range(lanes):
                    now = rates[AT_START, i] * (began - depart)
                    later |= now + board[s, i] <= limit[i]
                    now += rates[ON_FOOT, i] * foot
                    now += rates[TOO_EARLY, i] * early + rates[TOO_LATE, i] * late
                    now += rates[ACROSS, i] * across
                    now += rates[WAIT, i] * (departure - began - foot - across)
                    fits = now + board[s, i] + rates[AHEAD, i] * ahead <= limit[i]
                    fits &= (i < shift) | (shift == 0)
                    boards |= fits
                    cost[NEW, i] = now if fits else UNREACHED
                    tie[NEW, ORDER, i] = -BEGAN * began
                    tie[NEW, CAME, i] = -1
                merge(cost, tie, lanes, HERE, NEW)
                if later and following < n:
                    marked[following >> 6] |= BIT << (np.uint64(following) & INSIDE)
        for arc in range(first, last):
            fetch(rows, np.uint64(transfer_to[arc]) * COLUMNS)
            fetch(standing, np.uint64(transfer_to[arc]))
        # From a seat in another train.
        if n_exceptions > 0 and seated[c] >= 0:
            merge(cost, tie, lanes, HERE, seated[c])
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
                cost[new, i] = cost[HERE, i] - zero[i]
            for i in range(lanes):
                trace[step, 1, i] = tie[HERE, CAME, i]
            for i in range(lanes):
                tie[new, ORDER, i] = tie[HERE, ORDER, i]
            for i in range(lanes):
                tie[new, CAME, i] = step
            if row >= 0:
                merge(cost, tie, lanes, row, NEW)
        if head < 0:
            continue
        # Along the connection: each label of the run goes on while somebody wants it.
        w, dark = rows[c, WAY], night[arrival]
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
                now = cost[row, i] + zero[i]
                wanted |= now + after[w, i] + rates[AHEAD, i] * ahead <= limit[i]
                cost[new, i] = now
            if wanted:
                for i in range(lanes):
                    tie[new, ORDER, i] = tie[row, ORDER, i]
                    tie[new, CAME, i] = tie[row, CAME, i]
                if link[row, 1] != NEVER:
                    for a in range(n_amounts):
                        fare = leg[link[row, 1] + rows[c, CALL], a]
                        for i in range(lanes):
                            cost[new, i] += rates[AMOUNT + a, i] * fare
                if alights:
                    merge(cost, tie, lanes, HERE, NEW)
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
            trace[step, 0, i] = tie[HERE, CAME, i]
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
                cost[new, i] = UNREACHED
            for i in range(lanes - moved):
                now = cost[HERE, i] + rates[BY_NIGHT, i] * by_night
                if changes > 0:
                    now += rates[WAIT, i] * seconds + rates[EACH, i]
                else:
                    now += rates[ride_at + rows[j, KIND], i] * seconds
                    for a in range(n_amounts):
                        now -= rates[AMOUNT + a, i] * spared[arc, a]
                cost[new, i + moved] = now
                tie[new, ORDER, i + moved] = tie[HERE, ORDER, i] + changes
            for i in range(lanes):
                tie[new, CAME, i] = step * HOW + (AWAITED if changes > 0 else SEATED)
            if new == NEW:
                merge(cost, tie, lanes, seated[j], NEW)
            else:
                seated[j], free = new, link[new, 0]
                marked[j >> 6] |= BIT << (np.uint64(j) & INSIDE)
        # At the next stop: the end, and changes.
        s, wanted = target[w], False
        for i in range(lanes):
            fits = cost[HERE, i] + alight[s, i] + rates[AHEAD, i] * ahead <= limit[i]
            cost[HERE, i] = cost[HERE, i] if fits else UNREACHED
            wanted |= fits
        k = goal_of[rows[c, ALIGHTING]]
        if wanted and k < NEVER and arrival + goals[k, 1] <= arrive:
            reached, foot = arrival + goals[k, 1], goals[k, 2]
            early = max(wish_arrive - reached, 0)
            late = max(reached - wish_arrive, 0) if wish_arrive >= 0 else 0
            for i in range(lanes):
                now = cost[HERE, i] + rates[ON_FOOT, i] * foot
                now += rates[ACROSS, i] * (goals[k, 1] - foot)
                now += rates[TOO_EARLY, i] * early + rates[TOO_LATE, i] * late
                order = tie[HERE, ORDER, i]
                tied = reached < ended[2, i]
                tied |= (reached == ended[2, i]) & (order < ended[1, i])
                if (now < ended[0, i] - TIE) | ((now < ended[0, i] + TIE) & tied):
                    ended[0, i], ended[1, i] = now, order
                    ended[2, i], ended[3, i] = reached, step
                    lane = i % shift if shift > 0 else i
                    while lane < lanes:
                        limit[lane] = min(limit[lane], now * ROUNDED + margin)
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
                    cost[new, i] = UNREACHED
                for i in range(lanes):
                    zero[i] = rates[EACH, i] + rates[short_at + slack, i]
                if walk > 0:
                    for i in range(lanes):
                        zero[i] += rates[ON_FOOT, i] * (walk - across)
                        zero[i] += rates[ACROSS, i] * across
                for i in range(lanes):
                    zero[i] += rates[WAIT, i] * waits + rates[BY_NIGHT, i] * by_night
                for i in range(lanes - shift):
                    now = cost[HERE, i] + zero[i]
                    fits = now + board[s, i] + rates[AHEAD, i] * ahead <= limit[i]
                    wanted |= fits
                    cost[new, np.uint64(i) + up] = now if fits else UNREACHED
                if wanted:
                    dark = night[departure]
                    for i in range(lanes):
                        cost[new, i] -= rates[WAIT, i] * departure + rates[BY_NIGHT, i] * dark
                    for i in range(lanes - shift):
                        tie[new, ORDER, np.uint64(i) + up] = tie[HERE, ORDER, i] + 1
                    for i in range(lanes):
                        tie[new, CAME, i] = step * HOW + CHANGED
                slack += 1
                if wanted and new == NEW:
                    merge(cost, tie, lanes, standing[j], NEW)
                elif wanted:
                    standing[j], free = new, link[new, 0]
                    marked[j >> 6] |= BIT << (np.uint64(j) & INSIDE)
        step += 1
    state[ROWS], state[STEPS], state[FREE] = n_rows, step, free
    return bool(word == n_words)
