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

from collections.abc import Sequence

import numpy as np

from mobiplan.compiling import kernel
from mobiplan.search.blocks import lowest
from mobiplan.search.earliest import Labels
from mobiplan.search.ends import Bounds, Ends, Found
from mobiplan.search.features import Wish, amounts_of
from mobiplan.search.pareto import OnFoot
from mobiplan.search.terms import Lanes, Rides, Terms, lanes_of
from mobiplan.timetable.arrays import Float64, Int8, Int32, UInt64
from mobiplan.timetable.graph import BOARDING, DEPARTURE, NEVER, Arcs, TimeExpandedGraph

UNREACHED = 1e300
NO_LIMIT = 1e299
MOST_FACTOR = 4.0  # times what is known, after which there is no limit
SLACK = 1e-6  # equivalent minutes by which sums may differ from what a journey costs
TIE = 1e-8  # equivalent minutes that are no difference: what adding up in another order makes
BEGAN = 64.0  # weight of a second in the order of ties, above any number of changes
NO_BIT, BIT, INSIDE = np.uint64(0), np.uint64(1), np.uint64(63)
HOW = 3  # how one came to board: by a change, seated, or by a change that trains wait for
CHANGED, SEATED, AWAITED = range(HOW)


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
            before = source[way]
            better = False
            for i in range(lanes):
                cost = least[s, i] + ways[way, i]
                better |= (cost < least[before, i]) & (cost <= limit[i])
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
    new_cost: Float64,
    new_order: Float64,
    new_via: Int32,
) -> None:
    """Put what is better of a new label into another one, lane by lane."""
    for i in range(cost.shape[0]):
        better = new_cost[i] < cost[i] - TIE
        better |= (new_cost[i] < cost[i] + TIE) & (new_order[i] < order[i])
        cost[i] = new_cost[i] if better else cost[i]
        order[i] = new_order[i] if better else order[i]
        via[i] = new_via[i] if better else via[i]


@kernel
def lengthened(part: Int32, n: int) -> Int32:
    """Return a copy with room for n."""
    longer = np.empty(n, dtype=part.dtype)
    longer[: part.shape[0]] = part
    return longer


@kernel
def widened(part: Float64, n: int) -> Float64:
    """Return a copy with room for n rows."""
    longer = np.empty((n, part.shape[1]), dtype=part.dtype)
    longer[: part.shape[0]] = part
    return longer


@kernel
def sweep_costs(
    rows: Int32,
    arcs: Arcs,
    pair_ptr: Int32,
    pair_minimum: Int32,
    pair_walk: Int32,
    pair_cross: Int32,
    boarding_station: Int32,
    exception_from: Int32,
    exception_to: Int32,
    exception_transfers: Int8,
    rides: Rides,
    lanes: Lanes,
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
    times: tuple[int, int, int, int, int],
    shift: int,
) -> tuple[Float64, Int32, Int32, Int32, Int32, Int32]:
    """Sweep from mark to mark; return what each lane costs, its arrival, and how it came about.

    `begins` (k, 5): boarding group, seconds needed before a departure, of which under way, on
    foot, across a city; `origin` (n_boarding + 1,) its row. `goals` (m, 3): arrival group,
    seconds after the arrival, of which on foot; `goal_of` (n_arrival + 1,) its row. `times`: not
    before, leave before, not after, wished departure, wished arrival. A change moves a label
    `shift` lanes on. `marked` has the first departures of the origin; `standing`, `seated` and
    `aboard` are -1; they are left like that, and no mark.

    Returns the cost (lanes,), the arrival (lanes,), the step at which a lane's journey ends
    (lanes,), and the steps: positions (e,); by lane the step at which one who alights had
    boarded (e, lanes), and the step from which one who boards came times `HOW`, -1 the origin.
    """
    n, n_lanes, n_exceptions = rows.shape[0], limit.shape[0], exception_from.shape[0]
    depart, before, arrive, wish_depart, wish_arrive = times
    capacity, n_rows = 256, 0
    cost, order = np.empty((capacity, n_lanes)), np.empty((capacity, n_lanes))
    via = np.empty((capacity, n_lanes), dtype=np.int32)
    link = np.empty(capacity, dtype=np.int32)  # the run's next label
    base = np.empty(capacity, dtype=np.int32)  # the leg to call x is base + x; NEVER: no legs
    room, step = 256, 0
    step_at = np.empty(room, dtype=np.int32)
    boarded_at = np.empty((room, n_lanes), dtype=np.int32)
    came_from = np.empty((room, n_lanes), dtype=np.int32)
    best, best_order = np.full(n_lanes, UNREACHED), np.zeros(n_lanes)
    best_arrival = np.full(n_lanes, NEVER, dtype=np.int32)
    best_step = np.full(n_lanes, -1, dtype=np.int32)
    here, here_order = np.empty(n_lanes), np.empty(n_lanes)
    here_via = np.empty(n_lanes, dtype=np.int32)
    new, new_order = np.empty(n_lanes), np.empty(n_lanes)
    new_via = np.empty(n_lanes, dtype=np.int32)
    zero = np.empty(n_lanes)
    for word in range(marked.shape[0]):
        while marked[word] != NO_BIT:
            c = np.int64((word << 6) + np.int64(lowest(marked[word])))
            marked[word] &= marked[word] - BIT
            departure, arrival, run = rows[c, 0], rows[c, 1], rows[c, 2]
            group, end = rows[c, 3], rows[c, 4]
            kind, following = rides.kind[run], arcs.next_in_group[c]
            # Room for all that this connection may add.
            privilege, more = 0, 0
            if n_exceptions > 0:
                privilege = np.searchsorted(exception_from, c)
                while privilege + more < n_exceptions and exception_from[privilege + more] == c:
                    more += 1
            first, last = arcs.transfer_ptr[c], arcs.transfer_ptr[c + 1]
            needed = n_rows + 1 + (last - first) * delays.shape[0] + more
            if needed > capacity:
                capacity = 2 * needed
                cost, order = widened(cost, capacity), widened(order, capacity)
                via = widened(via, capacity)
                link, base = lengthened(link, capacity), lengthened(base, capacity)
            if step == room:
                room *= 2
                step_at = lengthened(step_at, room)
                boarded_at, came_from = widened(boarded_at, room), widened(came_from, room)
            # On the platform: who waited, and goes on waiting.
            boards, dark = False, rides.night[departure]
            s = boarding_station[group] if group < boarding_station.shape[0] else -1
            ahead = max(wish_arrive - departure, 0)
            here[:] = UNREACHED
            row = standing[c]
            standing[c] = -1
            if row >= 0 and departure <= arrive:
                for i in range(n_lanes):
                    now = cost[row, i] + lanes.wait[i] * departure + lanes.night[i] * dark
                    fits = now + least[s, i] + lanes.ahead[i] * ahead <= limit[i]
                    boards |= fits
                    here[i] = now if fits else UNREACHED
                    here_order[i], here_via[i] = order[row, i], via[row, i]
                if boards and following < n:
                    other = standing[following]
                    if other < 0:
                        standing[following] = row
                        marked[following >> 6] |= BIT << (np.uint64(following) & INSIDE)
                    else:
                        merge(
                            cost[other], order[other], via[other], cost[row], order[row], via[row]
                        )
            # From the origin.
            k = origin[group]
            if k < NEVER and departure - begins[k, 1] >= depart and departure <= arrive:
                began, foot, across = departure - begins[k, 2], begins[k, 3], begins[k, 4]
                early = max(wish_depart - began, 0)
                late = max(began - wish_depart, 0) if wish_depart >= 0 else 0
                for i in range(n_lanes if began < before else 0):
                    now = lanes.start[i] * (began - depart) + lanes.foot[i] * foot
                    now += lanes.across[i] * across + lanes.early[i] * early + lanes.late[i] * late
                    now += lanes.wait[i] * (departure - began - foot - across)
                    fits = now + least[s, i] + lanes.ahead[i] * ahead <= limit[i]
                    fits &= (i < shift) | (shift == 0)
                    boards |= fits
                    new[i] = now if fits else UNREACHED
                    new_order[i], new_via[i] = -BEGAN * began, -1
                if began < before:
                    merge(here, here_order, here_via, new, new_order, new_via)
                    if following < n:
                        marked[following >> 6] |= BIT << (np.uint64(following) & INSIDE)
            # From a seat in another train.
            if n_exceptions > 0 and seated[c] >= 0:
                row = seated[c]
                seated[c] = -1
                merge(here, here_order, here_via, cost[row], order[row], via[row])
                boards = True
            # Aboard: who was, and who boards.
            head = aboard[run]
            if boards:
                for i in range(n_lanes):
                    zero[i] = lanes.riding[kind, i] * departure + lanes.night[i] * dark
                for a in range(rides.begun.shape[1]):
                    amount = rides.begun[c, a] - rides.boarding[run, a]
                    for i in range(n_lanes):
                        zero[i] += lanes.amounts[a, i] * amount
                for i in range(n_lanes):
                    new[i], new_via[i] = here[i] - zero[i], step
                    came_from[step, i] = here_via[i]
                row = head
                while row >= 0 and (base[row] != NEVER or rides.first_leg[c] >= 0):
                    row = link[row]
                if row >= 0:
                    merge(cost[row], order[row], via[row], new, here_order, new_via)
                else:
                    cost[n_rows], order[n_rows], via[n_rows] = new, here_order, new_via
                    link[n_rows], base[n_rows] = head, NEVER
                    if rides.first_leg[c] >= 0:
                        base[n_rows] = rides.first_leg[c] - rides.call[c]
                    head = n_rows
                    n_rows += 1
            if head < 0:
                continue
            # Along the connection: each label of the run goes on while somebody wants it.
            s, dark = rides.station[c], rides.night[arrival]
            ahead = max(wish_arrive - arrival, 0)
            for i in range(n_lanes):
                zero[i] = lanes.riding[kind, i] * arrival + lanes.night[i] * dark
                here[i], here_order[i] = UNREACHED, 0.0
            for a in range(rides.ended.shape[1]):
                for i in range(n_lanes):
                    zero[i] += lanes.amounts[a, i] * rides.ended[c, a]
            previous, row = -1, head
            while row >= 0:
                wanted = False
                for i in range(n_lanes):
                    new[i] = cost[row, i] + zero[i]
                    wanted |= new[i] + least[s, i] + lanes.ahead[i] * ahead <= limit[i]
                if base[row] != NEVER:
                    for a in range(rides.leg.shape[1]):
                        fare = rides.leg[base[row] + rides.call[c], a]
                        for i in range(n_lanes):
                            new[i] += lanes.amounts[a, i] * fare
                if wanted:
                    merge(here, here_order, here_via, new, order[row], via[row])
                    previous = row
                elif previous < 0:
                    head = link[row]
                else:
                    link[previous] = link[row]
                row = link[row]
            following = arcs.next_in_run[c]
            goes_on = head >= 0 and following < n
            aboard[run] = head if goes_on else -1
            if goes_on:
                marked[following >> 6] |= BIT << (np.uint64(following) & INSIDE)
            step_at[step] = c
            for i in range(n_lanes):
                boarded_at[step, i] = here_via[i]
            # To a seat in another train; trips may overlap, so that nothing is left out before.
            for arc in range(privilege, privilege + more):
                j, changes = exception_to[arc], exception_transfers[arc]
                moved, how = (shift, AWAITED) if changes > 0 else (0, SEATED)
                seconds, by_night = rows[j, 0] - arrival, rides.night[rows[j, 0]] - dark
                on = rides.kind[rows[j, 2]]
                new[:], new_order[:] = UNREACHED, 0.0
                for i in range(n_lanes - moved):
                    now = here[i] + lanes.night[i] * by_night
                    if changes > 0:
                        now += lanes.wait[i] * seconds + lanes.change[i]
                    else:
                        now += lanes.riding[on, i] * seconds
                    new[i + moved] = now if now <= limit[i] else UNREACHED
                    new_order[i + moved] = here_order[i] + changes
                new_via[:] = step * HOW + how
                row = seated[j]
                if row >= 0:
                    merge(cost[row], order[row], via[row], new, new_order, new_via)
                else:
                    cost[n_rows], order[n_rows], via[n_rows] = new, new_order, new_via
                    seated[j] = n_rows
                    n_rows += 1
                    marked[j >> 6] |= BIT << (np.uint64(j) & INSIDE)
            # At the next stop: the end, and changes.
            wanted = False
            for i in range(n_lanes):
                fits = here[i] + least[s, i] + lanes.ahead[i] * ahead <= limit[i]
                here[i] = here[i] if fits else UNREACHED
                wanted |= fits
            k = goal_of[end]
            if wanted and k < NEVER and arrival + goals[k, 1] <= arrive:
                reached, foot = arrival + goals[k, 1], goals[k, 2]
                early = max(wish_arrive - reached, 0)
                late = max(reached - wish_arrive, 0) if wish_arrive >= 0 else 0
                for i in range(n_lanes):
                    now = here[i] + lanes.foot[i] * foot + lanes.across[i] * (goals[k, 1] - foot)
                    now += lanes.early[i] * early + lanes.late[i] * late
                    better = now < best[i] - TIE
                    if now < best[i] + TIE:
                        better |= reached < best_arrival[i]
                        better |= reached == best_arrival[i] and here_order[i] < best_order[i]
                    if better:
                        best[i], best_order[i] = now, here_order[i]
                        best_arrival[i], best_step[i] = reached, step
                        lane = i % shift if shift > 0 else i
                        while lane < n_lanes:
                            limit[lane] = min(limit[lane], now + TIE)
                            lane += shift if shift > 0 else n_lanes
            pair = pair_ptr[end] - first
            for arc in range(first if wanted else last, last):
                j, walk, across = (
                    arcs.transfer_to[arc],
                    pair_walk[pair + arc],
                    pair_cross[pair + arc],
                )
                ready, since = arrival + pair_minimum[pair + arc], arrival + walk
                dark = rides.night[since]
                slack = 0
                while slack < delays.shape[0]:
                    while j < n and rows[j, 0] < ready + delays[slack]:
                        j = arcs.next_in_group[j]
                    if j >= n or rows[j, 0] > arrive:
                        break
                    departure = rows[j, 0]
                    while slack + 1 < delays.shape[0] and departure >= ready + delays[slack + 1]:
                        slack += 1
                    s, ahead = boarding_station[rows[j, 3]], max(wish_arrive - departure, 0)
                    waits, by_night = departure - since, rides.night[departure] - dark
                    wanted = False
                    for i in range(shift):
                        new[i], new_order[i] = UNREACHED, 0.0
                    for i in range(n_lanes - shift):
                        now = here[i] + lanes.change[i] + lanes.short[slack, i]
                        now += lanes.foot[i] * (walk - across) + lanes.across[i] * across
                        then = now + lanes.wait[i] * waits + lanes.night[i] * by_night
                        fits = then + least[s, i] + lanes.ahead[i] * ahead <= limit[i]
                        wanted |= fits
                        now -= lanes.wait[i] * since + lanes.night[i] * dark
                        new[i + shift] = now if fits else UNREACHED
                        new_order[i + shift] = here_order[i] + 1.0
                    slack += 1
                    if not wanted:
                        continue
                    new_via[:] = step * HOW + CHANGED
                    row = standing[j]
                    if row >= 0:
                        merge(cost[row], order[row], via[row], new, new_order, new_via)
                    else:
                        cost[n_rows], order[n_rows], via[n_rows] = new, new_order, new_via
                        standing[j] = n_rows
                        n_rows += 1
                        marked[j >> 6] |= BIT << (np.uint64(j) & INSIDE)
            step += 1
    return best, best_arrival, best_step, step_at[:step], boarded_at[:step], came_from[:step]


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
) -> tuple[list[Found | None], int]:
    """Find for each row of weights the journey of least cost within the bounds.

    Parameters
    ----------
    weights : (n_rows, n_weights) float64
        As `mobiplan.search.features.WEIGHTS` tells. The journey of the first row is priced for
        all others before these are looked for: put the one that they lie around first.
    transfers : int, optional
        No journey has more changes.
    known : sequence of Found
        Journeys that show how much one may have to pay: the better, the less has to be looked
        at. They may break a bound; more is looked at then, until the answer is proven.
    narrow : bool
        Look only at what may still be better than what is known: faster, the same answer.

    Returns
    -------
    list of Found or None
        Of journeys alike in cost the one that arrives first, then the one that leaves last, then
        the one with fewest changes. None where nothing leads there in time.
    int
        How many connections were looked at.
    """
    found: list[Found | None] = [None] * len(weights)
    price = [amounts_of(graph, ends, bounds, on_foot, terms.features, one, wish) for one in known]
    looked_at = 0
    for first, end in ((0, 1), (1, len(weights))):
        rows, factor = np.arange(first, end), 1.0
        while len(rows):
            most = np.full(len(rows), NO_LIMIT)
            if price and narrow and factor <= MOST_FACTOR:
                most = factor * (weights[rows] @ np.array(price).T).min(axis=1)
            least, more = _sweep(
                *(graph, labels, ends, bounds, terms, weights[rows], on_foot, transfers, wish),
                most,
            )
            looked_at += more
            for row, one in zip(rows.tolist(), least, strict=True):
                found[row] = one
            missing = [one is None for one in least]
            rows, factor = rows[missing & (most < NO_LIMIT)], 2 * factor
        if first == 0 and found[0] is None:
            break
        if first == 0:
            best = found[0]
            price.append(amounts_of(graph, ends, bounds, on_foot, terms.features, best, wish))
    return found, looked_at


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
) -> tuple[list[Found | None], int]:
    """Sweep for rows of weights, none of which pays more than `most`."""
    connections, groups, network = graph.connections, graph.timetable.groups, terms.network
    n_rows = len(weights)
    lanes, ways = lanes_of(terms, weights, wish.arrive is not None)
    limit = most + SLACK
    foot = np.minimum(lanes.foot, lanes.across) - lanes.ahead
    least = least_between(
        network.ptr,
        network.source,
        ways,
        groups.arrival_station[ends.destination],
        ends.egress[:, None] * foot,
        limit,
    )
    layers = 1 if transfers is None else transfers + 1
    shift = 0 if transfers is None else n_rows
    if layers > 1:
        lanes = Lanes(*(np.tile(part, layers) for part in lanes))
        limit, least = np.tile(limit, layers), np.tile(least, layers)
    begins = np.stack(
        [ends.origin, ends.access, ends.leave, on_foot.access, on_foot.across], axis=1
    )
    goals = np.stack([ends.destination, ends.egress, on_foot.egress], axis=1)
    labels.ready.fill(NEVER)
    labels.ready[ends.origin] = np.arange(len(ends.origin))
    labels.egress.fill(NEVER)
    labels.egress[ends.destination] = np.arange(len(ends.destination))
    labels.marked.fill(0)
    for group, access in zip(ends.origin.tolist(), ends.access.tolist(), strict=True):
        first, end = connections.departure_ptr[group : group + 2]
        at = connections.departures[first:end]
        first = np.searchsorted(connections.rows[at, DEPARTURE], bounds.depart + access)
        if first < len(at):
            position = int(at[first])
            labels.marked[position >> 6] |= np.uint64(1 << (position & 63))
    labels.corridor.fill(-1)
    labels.reached.fill(-1)
    wished = [-1 if at is None else at for at in wish]
    cost, arrival, last, step_at, boarded_at, came_from = sweep_costs(
        connections.rows,
        graph.arcs,
        groups.pair_ptr,
        groups.pair_minimum,
        groups.pair_walk,
        on_foot.pair_cross,
        groups.boarding_station,
        connections.exception_from,
        connections.exception_to,
        connections.exception_transfers,
        terms.rides,
        lanes,
        terms.delays,
        begins,
        labels.ready,
        goals,
        labels.egress,
        least,
        limit,
        labels.marked,
        labels.corridor,
        labels.reached,
        labels.alighted,
        (bounds.depart, bounds.until, bounds.arrive, *wished),
        shift,
    )
    answers: list[Found | None] = []
    for row in range(n_rows):
        lane = row + n_rows * int(np.argmin(cost[row::n_rows]))
        if cost[lane] >= NO_LIMIT:
            answers.append(None)
            continue
        rides, step, reached = [], int(last[lane]), int(arrival[lane])
        while step >= 0:
            alight, step = int(step_at[step]), int(boarded_at[step, lane])
            board, came = int(step_at[step]), int(came_from[step, lane])
            step, how = divmod(came, HOW) if came >= 0 else (-1, CHANGED)
            rides.append((board, alight, int(how != CHANGED)))
            lane -= shift if step >= 0 and how != SEATED else 0
        leave = ends.leave[ends.origin == connections.rows[board, BOARDING]].min()
        began = int(connections.rows[board, DEPARTURE] - leave)
        answers.append(Found(began, reached, np.array(rides[::-1], dtype=np.int32)))
    return answers, len(step_at)
