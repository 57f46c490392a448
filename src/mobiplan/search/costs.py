"""Least cost: the one journey that is best for a person, for many persons at once, exactly.

One sweep forward over what is worth looking at. A label is a row of costs, one lane for each
traveller (and each number of changes, where these are limited); it stands for a boarding group
whose departures one can wait for, for a run that one is aboard of, or for a departure that one
changes to. What is done differently than in a textbook sweep, and why:

* **A label is looked at only while some traveller may still want it**: what it has cost, and the
  least that is to come by the `Network`, which knows no clock, must not be more than a journey
  that is known already. This is A* (Hart, Nilsson, Raphael, *A Formal Basis for the Heuristic
  Determination of Minimum Cost Paths*, 1968) with the order of the connections for a heap.
* **What is ahead is marked by a bit**, as in `mobiplan.search.blocks`: the sweep goes from mark to
  mark, and what nobody wants costs nothing.
* **Costs are held as of a common zero**, in a group's label as if everybody had waited since the
  epoch, in a run's as if everybody had been aboard: they are handed on without being touched.
* **A fare by origin and destination makes boardings incomparable**: each boarding of a run with
  such fares has a label of its own.
* **Ties are broken as the labels go**: of ways alike in cost, the one that began later, then the
  one with fewer changes.
"""

# numba types the kernels' scalars; mypy would take an element of an array for an array.
# mypy: disable-error-code="arg-type,assignment,call-overload,operator,index"

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mobiplan.compiling import Number, kernel
from mobiplan.search.blocks import lowest
from mobiplan.search.earliest import Bounds, Ends, Found, Labels, earliest_arrival
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
    Wish,
    amounts_of,
)
from mobiplan.search.pareto import OnFoot
from mobiplan.search.terms import Terms
from mobiplan.timetable.arrays import Float64, Int8, Int32, UInt64
from mobiplan.timetable.graph import NEVER, TimeExpandedGraph

UNREACHED = 1e300
TIE = 1e-7  # equivalent minutes that are no difference
BEGAN = 64.0  # weight of a second in the order of ties, above any number of changes
NO_BIT, BIT = np.uint64(0), np.uint64(1)
INSIDE, WORD = np.uint64(63), np.uint64(6)
# Rates (rows of `rates`), equivalent minutes for each second or change.
AT_START, ON_FOOT, ACROSS, WAIT, BY_NIGHT, CHANGE, TOO_EARLY, TOO_LATE, AHEAD = range(9)


@kernel
def least_between(
    ptr: Int32,
    source: Int32,
    kind: Int8,
    amounts: Float64,
    per_second: Float64,
    each: Float64,
    weights: Float64,
    goals: Int32,
    at_goals: Float64,
    limit: Float64,
) -> Float64:
    """Return the least cost from each station to a goal through the network (n_stations, lanes).

    Labels are corrected until none improves (Moore, *The shortest path through a maze*, 1959);
    what costs more than `limit` in all lanes is not followed.
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
            before, k = source[way], kind[way]
            better = False
            for i in range(lanes):
                cost = least[s, i] + each[k, i] + per_second[k, i] * amounts[way, 0]
                for a in range(weights.shape[0]):
                    cost += weights[a, i] * amounts[way, 1 + a]
                better |= cost < least[before, i] and cost <= limit[i]
                least[before, i] = min(least[before, i], cost)
            if better and not queued[before]:
                queued[before] = True
                queue[tail] = before
                tail = tail + 1 if tail < n else 0
    return least


@kernel
def merge(
    cost: Float64,
    order: Float64,
    via: Int32,
    row: int,
    new_cost: Float64,
    new_order: Float64,
    new_via: Int32,
) -> Number:
    """Put what is better of a new label into a row, lane by lane; return whether there was any."""
    any_better = False
    for i in range(new_cost.shape[0]):
        better = new_cost[i] < cost[row, i] - TIE
        better |= (new_cost[i] < cost[row, i] + TIE) & (new_order[i] < order[row, i])
        if better:
            cost[row, i], order[row, i], via[row, i] = new_cost[i], new_order[i], new_via[i]
            any_better = True
    return any_better


@kernel
def sweep_costs(
    rows: Int32,
    next_in_group: Int32,
    next_in_run: Int32,
    transfer_ptr: Int32,
    transfer_to: Int32,
    pair_ptr: Int32,
    pair_minimum: Int32,
    pair_walk: Int32,
    pair_cross: Int32,
    boarding_station: Int32,
    exception_from: Int32,
    exception_to: Int32,
    exception_transfers: Int8,
    kind: Int8,
    station: Int32,
    call: Int32,
    first_leg: Int32,
    leg: Float64,
    hop: Float64,
    boarding: Float64,
    night: Int32,
    rates: Float64,
    riding: Float64,
    weights: Float64,
    delays: Int32,
    short: Float64,
    begins: Int32,
    origin: Int32,
    goal_of: Int32,
    goals: Int32,
    least: Float64,
    limit: Float64,
    marked: UInt64,
    slot_of_group: Int32,
    slot_of_run: Int32,
    slot_of_departure: Int32,
    slot_of_seat: Int32,
    times: Int32,
    shift: int,
) -> tuple[Float64, Int32, Int32, Int32, Int32]:
    """Sweep from mark to mark; return what each lane costs, its arrival, and how it came about.

    `begins` (k, 5): boarding group, seconds needed before a departure, of which under way, on
    foot, across a city; `origin` (n_boarding + 1, 2) begins with its row. `goals` (m, 3): arrival
    group, seconds after the arrival, of which on foot; `goal_of` with its row. `times`: not
    before, leave before, not after, wished departure, wished arrival. A change moves a label
    `shift` lanes on. The marks of the first departures are set; none is left.

    Returns the cost (lanes,), the arrival (lanes,), the event that ends a lane's journey
    (lanes,), and the events: positions (e,) and, by lane, the event before (e, lanes): -1 the
    origin, -2 - 2 * event where one stayed seated, less 1 where one changed by privilege.
    """
    lanes, n_amounts, n = limit.shape[0], weights.shape[0], rows.shape[0]
    n_boarding, n_runs = slot_of_group.shape[0], slot_of_run.shape[0]
    depart, before, arrive, wish_depart, wish_arrive = times
    # Whose label a row is: a group's, a run's, a departure's, a seat's, numbered in turn.
    runs_at, departures_at = n_boarding, n_boarding + n_runs
    seats_at = departures_at + n
    capacity, n_rows, free = 64, 0, -1
    cost = np.empty((capacity, lanes))
    order = np.empty((capacity, lanes))
    via = np.empty((capacity, lanes), dtype=np.int32)
    owner = np.full(capacity, -1, dtype=np.int32)
    link = np.full(capacity, -1, dtype=np.int32)  # the run's next label, or the next free row
    base = np.full(capacity, -1, dtype=np.int32)  # leg to call x is base + x; -1 no legs
    room, n_events = 256, 0
    event_at = np.empty(room, dtype=np.int32)
    event_via = np.empty((room, lanes), dtype=np.int32)
    best = np.full(lanes, UNREACHED)
    best_order = np.full(lanes, 0.0)
    best_arrival = np.full(lanes, NEVER, dtype=np.int32)
    best_event = np.full(lanes, -1, dtype=np.int32)
    here, here_order = np.empty(lanes), np.empty(lanes)
    here_via = np.empty(lanes, dtype=np.int32)
    new, new_order = np.empty(lanes), np.empty(lanes)
    new_via = np.empty(lanes, dtype=np.int32)
    n_exceptions = exception_from.shape[0]
    for word in range(marked.shape[0]):
        while marked[word] != NO_BIT:
            c = np.int64(np.uint64(word << 6) + lowest(marked[word]))
            marked[word] &= marked[word] - BIT
            departure, arrival, run = rows[c, 0], rows[c, 1], rows[c, 2]
            group, end = rows[c, 3], rows[c, 4]
            if departure > arrive:
                continue
            privilege, high = 0, n_exceptions
            while privilege < high:
                middle = (privilege + high) >> 1
                if exception_from[middle] < c:
                    privilege = middle + 1
                else:
                    high = middle
            while high < n_exceptions and exception_from[high] == c:
                high += 1
            # Room for all labels that this connection may make.
            ways = transfer_ptr[c + 1] - transfer_ptr[c]
            needed = n_rows + 3 + ways * delays.shape[0] + high - privilege
            if needed > capacity:
                more = 2 * needed
                wider = np.empty((more, lanes))
                wider[:n_rows] = cost[:n_rows]
                cost = wider
                wider = np.empty((more, lanes))
                wider[:n_rows] = order[:n_rows]
                order = wider
                wider_via = np.empty((more, lanes), dtype=np.int32)
                wider_via[:n_rows] = via[:n_rows]
                via = wider_via
                for_rows = np.full((3, more), -1, dtype=np.int32)
                for_rows[0, :n_rows] = owner[:n_rows]
                for_rows[1, :n_rows] = link[:n_rows]
                for_rows[2, :n_rows] = base[:n_rows]
                owner, link, base = for_rows[0], for_rows[1], for_rows[2]
                capacity = more
            if n_events + 2 > room:
                room *= 2
                wider_at = np.empty(room, dtype=np.int32)
                wider_at[:n_events] = event_at[:n_events]
                event_at = wider_at
                wider_via = np.empty((room, lanes), dtype=np.int32)
                wider_via[:n_events] = event_via[:n_events]
                event_via = wider_via
            dark, by = night[departure], kind[run]
            for i in range(lanes):
                here[i] = UNREACHED
            boards = False
            # From the platform: those who wait, and those who can be caught by now.
            mine = slot_of_group[group]
            if mine < 0 or mine >= n_rows or owner[mine] != group:
                mine = -1
            caught = slot_of_departure[c]
            if caught >= 0 and caught < n_rows and owner[caught] == departures_at + c:
                if mine < 0:
                    mine = caught
                    owner[mine], slot_of_group[group] = group, mine
                else:
                    merge(cost, order, via, mine, cost[caught], order[caught], via[caught])
                    owner[caught], link[caught] = -1, free
                    free = caught
            if mine >= 0:
                s = boarding_station[group]
                ahead = max(wish_arrive - departure, 0)
                for i in range(lanes):
                    now = cost[mine, i] + rates[WAIT, i] * departure + rates[BY_NIGHT, i] * dark
                    wanted = now + least[s, i] + rates[AHEAD, i] * ahead <= limit[i]
                    here[i] = now if wanted else UNREACHED
                    here_order[i], here_via[i] = order[mine, i], via[mine, i]
                    boards |= wanted
                if boards:
                    j = next_in_group[c]
                    if j < n:
                        marked[j >> 6] |= BIT << (np.uint64(j) & INSIDE)
                else:
                    owner[mine], link[mine] = -1, free
                    free = mine
            # From the origin.
            first = origin[group, 0]
            if first < NEVER and departure - begins[first, 1] >= depart:
                leave, foot, cross = begins[first, 2], begins[first, 3], begins[first, 4]
                began = departure - leave
                early, late = 0, 0
                if wish_depart >= 0:
                    early, late = max(wish_depart - began, 0), max(began - wish_depart, 0)
                s = boarding_station[group]
                ahead = max(wish_arrive - departure, 0)
                wanted = False
                if began < before:
                    for i in range(lanes):
                        now = rates[AT_START, i] * (began - depart) + rates[ON_FOOT, i] * foot
                        now += rates[ACROSS, i] * cross + rates[WAIT, i] * (leave - foot - cross)
                        now += rates[TOO_EARLY, i] * early + rates[TOO_LATE, i] * late
                        fits = now + least[s, i] + rates[AHEAD, i] * ahead <= limit[i]
                        fits &= i < shift or shift == 0
                        wanted |= fits
                        new[i] = now if fits else UNREACHED
                        rank = -BEGAN * began
                        better = new[i] < here[i] - TIE
                        better |= (new[i] < here[i] + TIE) & (rank < here_order[i])
                        if better & fits:
                            here[i], here_order[i], here_via[i] = new[i], rank, -1
                    boards |= wanted
                if wanted or early > 0 or wish_arrive > departure:
                    j = next_in_group[c]
                    if j < n and began < before:
                        marked[j >> 6] |= BIT << (np.uint64(j) & INSIDE)
            # From a seat in another train.
            seat = slot_of_seat[c]
            if seat >= 0 and seat < n_rows and owner[seat] == seats_at + c:
                for i in range(lanes):
                    better = cost[seat, i] < here[i] - TIE
                    better |= (cost[seat, i] < here[i] + TIE) & (order[seat, i] < here_order[i])
                    if better:
                        here[i], here_order[i] = cost[seat, i], order[seat, i]
                        here_via[i] = via[seat, i]
                owner[seat], link[seat] = -1, free
                free = seat
                boards = True
            # Aboard: who was, and who boards.
            head = slot_of_run[run]
            if head < 0 or head >= n_rows or owner[head] != runs_at + run:
                head = -1
            if boards:
                for i in range(lanes):
                    new[i] = here[i] - riding[by, i] * departure - rates[BY_NIGHT, i] * dark
                    for a in range(n_amounts):
                        new[i] += weights[a, i] * boarding[run, a]
                    new_via[i] = n_events
                row = -1
                if first_leg[c] < 0:
                    row = head
                    while row >= 0 and base[row] >= 0:
                        row = link[row]
                aboard = True
                if row >= 0:
                    aboard = merge(cost, order, via, row, new, here_order, new_via)
                else:
                    row = free
                    if row >= 0:
                        free = link[row]
                    else:
                        row = n_rows
                        n_rows += 1
                    cost[row], order[row], via[row] = new, here_order, new_via
                    owner[row], base[row] = runs_at + run, -1
                    if first_leg[c] >= 0:
                        base[row] = first_leg[c] - call[c]
                    link[row] = head
                    head = row
                if aboard:
                    event_at[n_events], event_via[n_events] = c, here_via
                    n_events += 1
            if head < 0:
                continue
            # Along the connection; each label of the run is kept while somebody wants it.
            dark, s = night[arrival], station[c]
            ahead = max(wish_arrive - arrival, 0)
            for i in range(lanes):
                here[i], here_order[i] = UNREACHED, 0.0
            last, row = -1, head
            while row >= 0:
                following = link[row]
                wanted = False
                for i in range(lanes):
                    for a in range(n_amounts):
                        cost[row, i] += weights[a, i] * hop[c, a]
                    now = cost[row, i] + riding[by, i] * arrival + rates[BY_NIGHT, i] * dark
                    wanted |= now + least[s, i] + rates[AHEAD, i] * ahead <= limit[i]
                    new[i] = now
                if base[row] >= 0:
                    for a in range(n_amounts):
                        fare = leg[base[row] + call[c], a]
                        for i in range(lanes):
                            new[i] += weights[a, i] * fare
                for i in range(lanes):
                    better = new[i] < here[i] - TIE
                    better |= (new[i] < here[i] + TIE) & (order[row, i] < here_order[i])
                    if better:
                        here[i], here_order[i] = new[i], order[row, i]
                        here_via[i] = via[row, i]
                if wanted:
                    last = row
                else:
                    if last < 0:
                        head = following
                    else:
                        link[last] = following
                    owner[row], link[row] = -1, free
                    free = row
                row = following
            slot_of_run[run] = head
            j = next_in_run[c]
            if head >= 0 and j < n:
                marked[j >> 6] |= BIT << (np.uint64(j) & INSIDE)
            noted = False
            # To a seat in another train: before anything is left out, for trips may overlap.
            for arc in range(privilege, high):
                j, changes = exception_to[arc], exception_transfers[arc]
                moved = shift if changes else 0
                on = kind[rows[j, 2]]
                seconds, by_night = rows[j, 0] - arrival, night[rows[j, 0]] - dark
                for i in range(lanes):
                    new[i], new_order[i], new_via[i] = UNREACHED, 0.0, -1
                for i in range(lanes - moved):
                    now = here[i] + rates[BY_NIGHT, i] * by_night
                    if changes:
                        now += rates[WAIT, i] * seconds + rates[CHANGE, i]
                    else:
                        now += riding[on, i] * seconds
                    if now <= limit[i]:
                        new[i + moved] = now
                        new_order[i + moved] = here_order[i] + changes
                        new_via[i + moved] = -2 - 2 * n_events - changes
                seat = slot_of_seat[j]
                if seat >= 0 and seat < n_rows and owner[seat] == seats_at + j:
                    merge(cost, order, via, seat, new, new_order, new_via)
                else:
                    seat = free
                    if seat >= 0:
                        free = link[seat]
                    else:
                        seat = n_rows
                        n_rows += 1
                    cost[seat], order[seat], via[seat] = new, new_order, new_via
                    owner[seat], slot_of_seat[j] = seats_at + j, seat
                    marked[j >> 6] |= BIT << (np.uint64(j) & INSIDE)
                noted = True
            # At the next stop: the end, and changes.
            wanted = False
            for i in range(lanes):
                fits = here[i] + least[s, i] + rates[AHEAD, i] * ahead <= limit[i]
                here[i] = here[i] if fits else UNREACHED
                wanted |= fits
            if wanted and goal_of[end] < NEVER:
                goal = goal_of[end]
                walk, foot = goals[goal, 1], goals[goal, 2]
                early, late = 0, 0
                if wish_arrive >= 0:
                    early = max(wish_arrive - arrival - walk, 0)
                    late = max(arrival + walk - wish_arrive, 0)
                for i in range(lanes if arrival + walk <= arrive else 0):
                    now = here[i] + rates[ON_FOOT, i] * foot + rates[ACROSS, i] * (walk - foot)
                    now += rates[TOO_EARLY, i] * early + rates[TOO_LATE, i] * late
                    better = now < best[i] - TIE
                    if now < best[i] + TIE:
                        sooner = arrival + walk - best_arrival[i]
                        better |= sooner < 0
                        better |= sooner == 0 and here_order[i] < best_order[i]
                    if better:
                        best[i], best_order[i] = now, here_order[i]
                        best_arrival[i], best_event[i] = arrival + walk, n_events
                        noted = True
                        for k in range(i % shift if shift else i, lanes, shift if shift else lanes):
                            limit[k] = min(limit[k], now + TIE)
            arc = transfer_ptr[c] if wanted else transfer_ptr[c + 1]
            pair = pair_ptr[end] - arc
            while arc < transfer_ptr[c + 1]:
                j, walk, cross = transfer_to[arc], pair_walk[pair + arc], pair_cross[pair + arc]
                ready = arrival + pair_minimum[pair + arc]
                arc += 1
                since = arrival + walk
                dark = night[since]
                step = 0
                while step < delays.shape[0]:
                    while j < n and rows[j, 0] < ready + delays[step]:
                        j = next_in_group[j]
                    if j >= n or rows[j, 0] > arrive:
                        break
                    while step + 1 < delays.shape[0] and rows[j, 0] >= ready + delays[step + 1]:
                        step += 1
                    to = rows[j, 3]
                    s, ahead = boarding_station[to], max(wish_arrive - rows[j, 0], 0)
                    waited, by_night = rows[j, 0] - since, night[rows[j, 0]] - dark
                    wanted = False
                    for i in range(shift):
                        new[i] = UNREACHED
                    for i in range(lanes - shift):
                        now = here[i] + rates[CHANGE, i] + short[step, i]
                        now += rates[ON_FOOT, i] * (walk - cross) + rates[ACROSS, i] * cross
                        then = now + rates[WAIT, i] * waited + rates[BY_NIGHT, i] * by_night
                        fits = then + least[s, i] + rates[AHEAD, i] * ahead <= limit[i]
                        wanted |= fits
                        now -= rates[WAIT, i] * since + rates[BY_NIGHT, i] * dark
                        new[i + shift] = now if fits else UNREACHED
                        new_order[i + shift] = here_order[i] + 1.0
                    step += 1
                    if not wanted:
                        break
                    for i in range(lanes):
                        new_via[i] = n_events
                    mine = slot_of_group[to]
                    if mine >= 0 and mine < n_rows and owner[mine] == to:
                        wanted = False
                        for i in range(lanes):
                            wanted |= (new[i] < UNREACHED) & (new[i] < cost[mine, i] + TIE)
                        if not wanted:
                            continue
                    row = slot_of_departure[j]
                    if row >= 0 and row < n_rows and owner[row] == departures_at + j:
                        noted |= merge(cost, order, via, row, new, new_order, new_via)
                        continue
                    row = free
                    if row >= 0:
                        free = link[row]
                    else:
                        row = n_rows
                        n_rows += 1
                    cost[row], order[row], via[row] = new, new_order, new_via
                    owner[row], slot_of_departure[j] = departures_at + j, row
                    marked[j >> 6] |= BIT << (np.uint64(j) & INSIDE)
                    noted = True
            if noted:
                event_at[n_events], event_via[n_events] = c, here_via
                n_events += 1
    return best, best_arrival, best_event, event_at[:n_events], event_via[:n_events]


def search_costs(
    graph: TimeExpandedGraph,
    labels: Labels,
    ends: Ends,
    bounds: Bounds,
    terms: Terms,
    weights: Float64,
    on_foot: OnFoot,
    *,
    transfers: int | None = None,
    wish: Wish = Wish(),  # noqa: B008 (immutable)
    known: Sequence[Found] = (),
    narrow: bool = True,
) -> list[Found | None]:
    """Return for each row of weights the journey of least cost within the bounds.

    Parameters
    ----------
    weights : (n_rows, n_weights) float64
        As `mobiplan.search.features.WEIGHTS` tells. The journey of the first row is priced for
        all others before these are looked for: put the one that they lie around first.
    transfers : int, optional
        No journey has more changes.
    known : sequence of Found
        Journeys within all bounds; without any the earliest arrival is looked for. The better
        they are, the less has to be looked at.
    narrow : bool
        Look only at what may still be better than what is known: faster, the same answer.

    Returns
    -------
    list of Found or None
        Of journeys alike in cost (within 1e-6) the one that arrives first, then the one that
        leaves last, then the one with fewest changes. None where nothing leads there in time.
    """
    if not narrow:
        no_limit = np.full(len(weights), UNREACHED)
        return _sweep(
            graph, labels, ends, bounds, terms, weights, on_foot, transfers, wish, no_limit
        )
    if not known:
        found, _ = earliest_arrival(graph, labels, ends, bounds)
        known = [] if found is None else [found]

    def most(rows: Float64, journeys: Sequence[Found]) -> Float64:
        price = [
            amounts_of(graph, ends, bounds, on_foot, terms.features, journey, wish)
            for journey in journeys
            if transfers is None or changes_of(graph, journey) <= transfers
        ]
        return (rows @ np.array(price).T).min(axis=1) if price else np.full(len(rows), UNREACHED)

    best = _sweep(
        *(graph, labels, ends, bounds, terms, weights[:1], on_foot, transfers, wish),
        most(weights[:1], known),
    )
    if len(weights) == 1 or best[0] is None:
        return best * len(weights)
    others = _sweep(
        *(graph, labels, ends, bounds, terms, weights[1:], on_foot, transfers, wish),
        most(weights[1:], [*known, best[0]]),
    )
    return best + others


def changes_of(graph: TimeExpandedGraph, found: Found) -> int:
    """Return how often a journey changes trains."""
    return len(found.rides) - 1


def _sweep(
    graph: TimeExpandedGraph,
    labels: Labels,
    ends: Ends,
    bounds: Bounds,
    terms: Terms,
    weights: Float64,
    on_foot: OnFoot,
    transfers: int | None,
    wish: Wish,
    most: Float64,
) -> list[Found | None]:
    """Sweep for rows of weights, none of which pays more than `most`."""
    connections, groups, arcs = graph.connections, graph.timetable.groups, graph.arcs
    features, network = terms.features, terms.network
    n_rows = len(weights)
    rates, riding, short, delays = _rates(terms, weights, wish)
    own = np.ascontiguousarray(
        np.column_stack([weights[:, [EUROS, CO2]], features.mine(weights)]).T
    )  # as Terms.hop
    limit = most + TIE
    foot = np.minimum(rates[ON_FOOT], rates[ACROSS])
    nothing = np.zeros((1, n_rows))
    per_second = np.concatenate([riding - rates[AHEAD], [foot - rates[AHEAD]], nothing])
    each = np.zeros_like(per_second)
    each[-2] = rates[CHANGE]
    egress = ends.egress.astype(np.float64)[:, None]
    least = least_between(
        network.ptr,
        network.source,
        network.kind,
        network.amounts,
        per_second,
        each,
        own,
        groups.arrival_station[ends.destination],
        egress * per_second[-2],
        limit,
    )
    layers = 1 if transfers is None else transfers + 1
    shift = 0 if transfers is None else n_rows
    if layers > 1:
        rates, riding, short, own, least = (
            np.tile(part, layers) for part in (rates, riding, short, own, least)
        )
        limit = np.tile(limit, layers)
    labels.begins.fill(NEVER)
    labels.begins[ends.origin, 0] = np.arange(len(ends.origin))
    labels.egress.fill(NEVER)
    labels.egress[ends.destination] = np.arange(len(ends.destination))
    begins = np.stack(
        [ends.origin, ends.access, ends.leave, on_foot.access, on_foot.across], axis=1
    )
    goals = np.stack([ends.destination, ends.egress, on_foot.egress], axis=1)
    labels.marked.fill(0)
    rows = connections.rows
    for group, access in zip(ends.origin.tolist(), ends.access.tolist(), strict=True):
        at = connections.departures[
            connections.departure_ptr[group] : connections.departure_ptr[group + 1]
        ]
        first = int(np.searchsorted(rows[at, 0], bounds.depart + access))
        if first < len(at):
            position = int(at[first])
            labels.marked[position >> 6] |= np.uint64(1 << (position & 63))
    times = [bounds.depart, bounds.until, bounds.arrive]
    times += [-1 if wished is None else wished for wished in wish]
    cost, arrival, last, event_at, event_via = sweep_costs(
        rows,
        arcs.next_in_group,
        arcs.next_in_run,
        arcs.transfer_ptr,
        arcs.transfer_to,
        groups.pair_ptr,
        groups.pair_minimum,
        groups.pair_walk,
        on_foot.pair_cross,
        groups.boarding_station,
        connections.exception_from,
        connections.exception_to,
        connections.exception_transfers,
        terms.kind,
        terms.station,
        terms.call,
        terms.first_leg,
        terms.leg,
        terms.hop,
        terms.boarding,
        features.night,
        rates,
        riding,
        own,
        delays,
        short,
        begins,
        labels.begins,
        labels.egress,
        goals,
        least,
        limit,
        labels.marked,
        labels.local_group,
        labels.local_run,
        labels.reached,
        labels.corridor,
        np.array(times, dtype=np.int32),
        shift,
    )
    answers: list[Found | None] = []
    for row in range(n_rows):
        lanes = range(row, len(cost), n_rows)
        lane = min(lanes, key=lambda k: cost[k])
        if cost[lane] >= UNREACHED:
            answers.append(None)
            continue
        answers.append(
            _follow(
                graph, ends, event_at, event_via, int(last[lane]), lane, shift, int(arrival[lane])
            )
        )
    return answers


def _rates(terms: Terms, weights: Float64, wish: Wish) -> tuple[Float64, Float64, Float64, Int32]:
    features = terms.features
    per_s = weights / 60
    riding = np.ascontiguousarray(features.riding(per_s).T)
    crossing = riding[features.crossing]
    ahead = np.zeros(len(weights))
    if wish.arrive is not None:
        least = np.minimum(riding.min(axis=0), crossing)
        for feature in (WALKING, WAITING, EARLY):
            least = np.minimum(least, per_s[:, feature])
        ahead = least
    rates = np.stack(
        [
            per_s[:, BEFORE],
            per_s[:, WALKING],
            crossing,
            per_s[:, WAITING],
            per_s[:, NIGHT],
            weights[:, TRANSFERS],
            per_s[:, EARLY],
            per_s[:, LATE],
            ahead,
        ]
    )
    delays = np.array([0, *features.slacks], dtype=np.int32)
    steps = features.short(weights)
    short = np.zeros((len(delays), len(weights)))
    short[:-1] = np.cumsum(steps[:, ::-1], axis=1)[:, ::-1].T
    return rates, riding, short, delays


def _follow(
    graph: TimeExpandedGraph,
    ends: Ends,
    event_at: Int32,
    event_via: Int32,
    event: int,
    lane: int,
    shift: int,
    arrival: int,
) -> Found:
    """Follow the events of a lane back to the origin."""
    rides = []
    while True:
        alight = int(event_at[event])
        event = int(event_via[event, lane])
        board = int(event_at[event])
        event = int(event_via[event, lane])
        rides.append((board, alight, int(event < -1)))
        if event == -1:
            break
        if event >= 0:
            lane -= shift
        else:
            event, changed = divmod(-2 - event, 2)
            lane -= shift * changed
    rows = graph.connections.rows
    began = int(rows[board, 0] - ends.leave[ends.origin == rows[board, 3]].min())
    return Found(began, arrival, np.array(rides[::-1], dtype=np.int32))
