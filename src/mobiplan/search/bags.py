"""Bags: every journey that is best for some wish, under any limits, in one sweep forward.

A label is a vector of amounts (criteria to be small, resources with a limit: minutes on foot,
transfers, euros, a personal cost, ...). All of them add up along a journey, so a label that is no
better in any amount than another one at the same place and time can be dropped, and nothing else
ever is: the label-setting algorithm of Martins (*On a multicriteria shortest path problem*, EJOR
16, 1984), whose heap is the order of the connections; with bags per place as in McRAPTOR (Delling,
Pajor, Werneck, *Round-Based Public Transit Routing*, 2015, section 4). What is done differently
here, and why:

* **Amounts are held as of a common zero.** In a run's bag as if everybody had been aboard since
  the run began, in a group's bag as if everybody had waited since the epoch. So labels are
  compared, and handed on from connection to connection, without being touched.
* **A transfer is an entry in the bag of the group it leads to, asleep until it can be caught.**
  One who is ready earlier and no worse keeps later ones out even before that.
* **Whoever may not wait any longer has a last departure** (`until`), which is compared as amounts
  are; how many of the stations to pass through (`stage`) lie behind one, too. A limit on one wait,
  or a night without waiting, is a table from the second one begins to wait to the last second.
* **A fare by origin and destination makes boardings incomparable**: labels of a run with such
  fares are compared among those who boarded at the same call; the fare is added at the end.
* **Only the connections of a corridor are looked at**, from where bounds of time or of cost can
  still be met; groups and runs are numbered as they occur in it.

Constraints choose data here: no limit has a branch of its own.
"""

# numba types the kernels' scalars; mypy would take an element of an array for an array.
# mypy: disable-error-code="arg-type,assignment,call-overload,operator,index"

from __future__ import annotations

import numpy as np

from mobiplan.compiling import Number, kernel
from mobiplan.timetable.arrays import Float64, Int8, Int32

# Facts of a label (columns).
LINK, PARENT, AT, READY, UNTIL, STAGE, BEGAN, CHANGES, FARE, ENTRY = range(10)
FACTS = 10
# Rates: what a second, or an event, adds to each amount (rows of `rates`).
BEFORE, WALK, CROSS, WAIT, NIGHT, TRANSFER, LIMIT, WANTED, ARRIVAL = range(9)
UNLIMITED = 1e300


@kernel
def offer(heads: Int32, bag: int, facts: Int32, amounts: Float64, new: int) -> Number:
    """Put label `new` into a bag unless one there is no worse; take out those that it betters.

    Of labels alike in all amounts, who began later and changed less often stays.
    """
    k = amounts.shape[1]
    before, other = -1, heads[bag]
    while other >= 0:
        other_good, new_good, alike = True, True, True
        for i in range(k):
            if amounts[other, i] > amounts[new, i]:
                other_good, alike = False, False
            elif amounts[other, i] < amounts[new, i]:
                new_good, alike = False, False
        if facts[other, FARE] != facts[new, FARE]:
            other_good, new_good = False, False
        if alike:
            late = facts[other, BEGAN] - facts[new, BEGAN]
            if late < 0 or (late == 0 and facts[other, CHANGES] > facts[new, CHANGES]):
                other_good = False
            if late > 0 or (late == 0 and facts[other, CHANGES] < facts[new, CHANGES]):
                new_good = False
        for fact, sign in ((READY, 1), (UNTIL, -1), (STAGE, -1)):
            apart = (facts[other, fact] - facts[new, fact]) * sign
            if apart > 0:
                other_good = False
            elif apart < 0:
                new_good = False
        if other_good:
            return False
        following = facts[other, LINK]
        if new_good and before < 0:
            heads[bag] = following
        elif new_good:
            facts[before, LINK] = following
        else:
            before = other
        other = following
    facts[new, LINK] = heads[bag]
    heads[bag] = new
    return True


@kernel
def hopeless(
    goals: Int32, facts: Int32, amounts: Float64, rates: Float64, label: int, to_go: Float64
) -> Number:
    """Whether a label breaks a limit, or a journey already found is better in all that counts.

    `to_go` (k + 1,) is the least that is still to be added to each amount, and the earliest
    arrival there is from here.
    """
    k = amounts.shape[1]
    if to_go[k] >= UNLIMITED:
        return True
    for i in range(k):
        if amounts[label, i] + to_go[i] > rates[LIMIT, i]:
            return True
    other = goals[0] if goals.shape[0] == 1 else -1
    while other >= 0:
        good, better = True, facts[other, BEGAN] > facts[label, BEGAN]
        if rates[ARRIVAL, 0] != 0:
            good = facts[other, READY] <= to_go[k]
            better |= facts[other, READY] < to_go[k]
        for i in range(k):
            if rates[WANTED, i] != 0:
                least = amounts[label, i] + to_go[i]
                good &= amounts[other, i] <= least
                better |= amounts[other, i] < least
        if good and better:
            return True
        other = facts[other, LINK]
    return False


@kernel
def number_places(
    rows: Int32,
    corridor: Int32,
    pair_ptr: Int32,
    pair_packed: Int32,
    local_group: Int32,
    local_run: Int32,
) -> tuple[Number, Number]:
    """Number the boarding groups and the runs of a corridor as they occur; return how many.

    Groups that one could change to, but not from within the corridor, are -1.
    """
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
    return n_groups, n_runs


@kernel
def least_to_go(
    rows: Int32,
    corridor: Int32,
    at_departure: Float64,
    at_arrival: Float64,
    boarding: Float64,
    pair_ptr: Int32,
    pair_packed: Int32,
    pair_walk: Int32,
    pair_cross: Int32,
    arc_ptr: Int32,
    arc_to: Int32,
    arc_amounts: Float64,
    goal_ptr: Int32,
    goal_packed: Int32,
    rates: Float64,
    night: Int32,
    night_shift: int,
    arrive: int,
    local_group: Int32,
    n_groups: int,
    local_run: Int32,
    n_runs: int,
) -> tuple[Float64, Float64, Float64]:
    """Sweep a corridor backward: the least of each amount, by itself, from each connection on.

    Returns, all (size, k + 1), for who is aboard at the departure, as of the zero of
    `at_departure`; for who is aboard at the arrival; for who alights there and changes. The last
    column is the earliest arrival at the end. Bounds of this kind make a multicriteria search an
    informed one (Mandow, Perez de la Cruz: *Multiobjective A* search with consistent heuristics*,
    JACM 57, 2010, section 4). Limits are not looked at: what is least may break one.
    """
    size, k = corridor.shape[0], at_departure.shape[1]
    aboard = np.full((n_runs, k + 1), UNLIMITED)
    platform = np.full((size + 1, k + 1), UNLIMITED)  # of each departure, as of the epoch
    riding = np.empty((size, k + 1))
    arrived = np.empty((size, k + 1))
    changing = np.full((size, k + 1), UNLIMITED)
    # The departures of each group, latest first, as they are met.
    newest = np.full(n_groups, size, dtype=np.int32)
    count = np.zeros(n_groups + 1, dtype=np.int32)
    for c in corridor:
        count[local_group[rows[c, 3]] + 1] += 1
    for g in range(n_groups):
        count[g + 1] += count[g]
    listed = np.empty(size, dtype=np.int32)
    filled = count[:n_groups].copy()
    for q in range(size):
        g = local_group[rows[corridor[q], 3]]
        listed[filled[g]] = q
        filled[g] += 1
    for q in range(size - 1, -1, -1):
        c = corridor[q]
        departure, arrival, end = rows[c, 0], rows[c, 1], rows[c, 4]
        group, run = local_group[rows[c, 3]], local_run[rows[c, 2]]
        for pair in range(pair_ptr[end], pair_ptr[end + 1]):
            to = local_group[pair_packed[2 * pair]]
            if to < 0:
                continue
            ready = arrival + pair_packed[2 * pair + 1]
            low, high = count[to], count[to + 1]
            while low < high:
                middle = (low + high) >> 1
                j = listed[middle]
                if j <= q or rows[corridor[j], 0] < ready:
                    low = middle + 1
                else:
                    high = middle
            if low == count[to + 1]:
                continue
            j, walk, cross = listed[low], pair_walk[pair], pair_cross[pair]
            since = arrival + walk
            for i in range(k):
                more = rates[WALK, i] * (walk - cross) + rates[CROSS, i] * cross
                more += rates[TRANSFER, i] - rates[WAIT, i] * since
                more -= rates[NIGHT, i] * night[since >> night_shift]
                changing[q, i] = min(changing[q, i], more + platform[j, i])
            changing[q, k] = min(changing[q, k], platform[j, k])
        for i in range(k):
            arrived[q, i] = min(changing[q, i], aboard[run, i] - at_arrival[q, i])
        arrived[q, k] = min(changing[q, k], aboard[run, k])
        for goal in range(goal_ptr[end], goal_ptr[end + 1]):
            walk, foot = goal_packed[3 * goal + 1], goal_packed[3 * goal + 2]
            if arrival + walk <= arrive:
                for i in range(k):
                    more = rates[WALK, i] * foot + rates[CROSS, i] * (walk - foot)
                    arrived[q, i] = min(arrived[q, i], more)
                arrived[q, k] = min(arrived[q, k], arrival + walk)
        for arc in range(arc_ptr[q], arc_ptr[q + 1]):
            j = arc_to[arc]
            for i in range(k):
                more = arc_amounts[arc, i] + boarding[j, i] - at_departure[j, i] + riding[j, i]
                arrived[q, i] = min(arrived[q, i], more)
            arrived[q, k] = min(arrived[q, k], riding[j, k])
        following = newest[group]
        for i in range(k):
            riding[q, i] = arrived[q, i] + at_arrival[q, i]
            wait = rates[WAIT, i] * departure + rates[NIGHT, i] * night[departure >> night_shift]
            board = riding[q, i] - at_departure[q, i] + boarding[q, i] + wait
            platform[q, i] = min(board, platform[following, i])
            aboard[run, i] = riding[q, i]
        riding[q, k] = aboard[run, k] = arrived[q, k]
        platform[q, k] = min(arrived[q, k], platform[following, k])
        newest[group] = q
    return riding, arrived, changing


@kernel
def sweep_bags(
    rows: Int32,
    corridor: Int32,
    station: Int32,
    call: Int32,
    at_departure: Float64,
    at_arrival: Float64,
    boarding: Float64,
    pair_ptr: Int32,
    pair_packed: Int32,
    pair_walk: Int32,
    pair_cross: Int32,
    arc_ptr: Int32,
    arc_to: Int32,
    arc_changes: Int8,
    arc_amounts: Float64,
    begins: Int32,
    goal_ptr: Int32,
    goal_packed: Int32,
    first_leg: Int32,
    fares: Float64,
    rates: Float64,
    delays: Int32,
    delay_amounts: Float64,
    until: Int32,
    until_shift: int,
    night: Int32,
    night_shift: int,
    via: Int32,
    stays: Int32,
    first_stage: int,
    riding: Float64,
    arrived: Float64,
    changing: Float64,
    depart: int,
    arrive: int,
    local_group: Int32,
    n_groups: int,
    local_run: Int32,
    n_runs: int,
    seeds: Float64,
    seed_began: Int32,
    seed_arrival: Int32,
    goals: Int32,
) -> tuple[Int32, Float64]:
    """Sweep a sorted corridor; return the labels, of which `goals` heads the bags of the end.

    Columns of `begins`: seconds needed before a departure, seconds that the journey begins
    before it, of which on foot, of which across a city. `goal_packed`: destination, seconds
    after the arrival, of which on foot. Bits of `via` (n_stations,) say which stations to pass
    through lie there, `stays` for how long one has to get off. Everything of the corridor is by
    its index; `at_departure`, `at_arrival` and `boarding` are (size, k). `riding`, `arrived` and
    `changing` are bounds as `least_to_go` returns them; `seeds` (s, k) journeys known already.
    """
    size, k, n_stages = corridor.shape[0], at_departure.shape[1], stays.shape[0]
    last = np.zeros(n_groups, dtype=np.int32)  # departure of a group within the corridor
    for c in corridor:
        last[local_group[rows[c, 3]]] = rows[c, 0]
    asleep = np.full(n_groups, -1, dtype=np.int32)  # bags of those who cannot board yet,
    awake = np.full(n_groups, -1, dtype=np.int32)  # of those who can,
    aboard = np.full(n_runs, -1, dtype=np.int32)  # of runs,
    seated = np.full(size, -1, dtype=np.int32)  # and of exceptional arcs, by where they lead
    capacity, n = 4096, 0
    facts = np.empty((capacity, FACTS), dtype=np.int32)
    amounts = np.empty((capacity, k), dtype=np.float64)
    ended = np.zeros(k + 1)
    for seed in range(seeds.shape[0]):
        facts[n, PARENT], facts[n, AT], facts[n, READY] = -2 - seed, -1, 0
        facts[n, UNTIL], facts[n, STAGE], facts[n, BEGAN] = 0, 0, seed_began[seed]
        facts[n, CHANGES], facts[n, FARE], facts[n, ENTRY] = 0, 0, 0
        if rates[ARRIVAL, 0] != 0:
            facts[n, READY] = seed_arrival[seed]
        for i in range(k):
            amounts[n, i] = seeds[seed, i] if rates[WANTED, i] != 0 else 0.0
        offer(goals, 0, facts, amounts, n)
        n += 1
    for q in range(size):
        c = corridor[q]
        departure, arrival = rows[c, 0], rows[c, 1]
        group, run, end = local_group[rows[c, 3]], local_run[rows[c, 2]], rows[c, 4]
        # Room for whatever this connection may add.
        n_here, entry = 2, awake[group]
        for bag in (asleep[group], awake[group], seated[q], aboard[run]):
            entry = bag
            while entry >= 0:
                n_here += 1
                entry = facts[entry, LINK]
        ways = pair_ptr[end + 1] - pair_ptr[end] + arc_ptr[q + 1] - arc_ptr[q]
        ways = 2 * ways * delays.shape[0] + goal_ptr[end + 1] - goal_ptr[end] + 2
        if n + n_here * ways > capacity:
            capacity = 2 * (n + n_here * ways)
            more_facts = np.empty((capacity, FACTS), dtype=np.int32)
            more_facts[:n] = facts[:n]
            facts = more_facts
            more_amounts = np.empty((capacity, k), dtype=np.float64)
            more_amounts[:n] = amounts[:n]
            amounts = more_amounts
        # Who can be caught by now wakes up.
        entry = asleep[group]
        asleep[group] = -1
        while entry >= 0:
            following = facts[entry, LINK]
            if facts[entry, READY] <= departure:
                facts[entry, READY] = 0
                offer(awake, group, facts, amounts, entry)
            else:
                facts[entry, LINK] = asleep[group]
                asleep[group] = entry
            entry = following
        # Aboard: from the origin, from the platform, from a seat in another train.
        fare = q + 1 if first_leg[q] >= 0 else 0
        access = begins[rows[c, 3], 0]
        if departure - access >= depart:
            leave, foot = begins[rows[c, 3], 1], begins[rows[c, 3], 2]
            cross = begins[rows[c, 3], 3]
            facts[n, PARENT], facts[n, AT], facts[n, READY], facts[n, UNTIL] = -1, q, 0, 0
            facts[n, STAGE], facts[n, BEGAN], facts[n, CHANGES] = first_stage, departure - leave, 0
            facts[n, FARE], facts[n, ENTRY] = fare, 0
            for i in range(k):
                on_way = rates[WALK, i] * foot + rates[CROSS, i] * cross
                on_way += rates[WAIT, i] * (leave - foot - cross) + boarding[q, i]
                until_then = rates[BEFORE, i] * (departure - leave - depart)
                amounts[n, i] = until_then + on_way - at_departure[q, i]
            if not hopeless(goals, facts, amounts, rates, n, riding[q]):
                n += np.int64(offer(aboard, run, facts, amounts, n))
        entry = awake[group]
        while entry >= 0:
            if facts[entry, UNTIL] >= departure:
                facts[n] = facts[entry]
                facts[n, PARENT], facts[n, AT], facts[n, UNTIL] = entry, q, 0
                facts[n, FARE], facts[n, ENTRY] = fare, 0
                for i in range(k):
                    wait = rates[WAIT, i] * departure
                    wait += rates[NIGHT, i] * night[departure >> night_shift]
                    amounts[n, i] = amounts[entry, i] + wait + boarding[q, i] - at_departure[q, i]
                if not hopeless(goals, facts, amounts, rates, n, riding[q]):
                    n += np.int64(offer(aboard, run, facts, amounts, n))
            entry = facts[entry, LINK]
        entry = seated[q]
        while entry >= 0:
            following = facts[entry, LINK]
            facts[entry, FARE], facts[entry, AT] = fare, q
            for i in range(k):
                amounts[entry, i] += boarding[q, i] - at_departure[q, i]
            offer(aboard, run, facts, amounts, entry)
            entry = following
        # At the next stop: the stations to pass through, the end, and changes.
        here = via[station[q]]
        before, entry = -1, aboard[run]
        while entry >= 0:
            following = facts[entry, LINK]
            stage = facts[entry, STAGE]
            while stage < n_stages and stays[stage] == 0 and (here >> stage) & 1:
                stage += 1
            facts[entry, STAGE] = stage
            leg = first_leg[facts[entry, AT]] + call[q] - call[facts[entry, AT]]
            paid = facts[entry, FARE] > 0
            facts[n] = facts[entry]
            facts[n, PARENT], facts[n, AT], facts[n, READY], facts[n, FARE] = entry, q, arrival, 0
            for i in range(k):
                amounts[n, i] = amounts[entry, i] + at_arrival[q, i]
                if paid:
                    amounts[n, i] += fares[leg, i]
            alighted = n
            n += 1
            if hopeless(goals, facts, amounts, rates, alighted, arrived[q]):
                n = alighted  # and so it is further on: it gets off for good
                if not paid and before < 0:
                    aboard[run] = following
                elif not paid:
                    facts[before, LINK] = following
                else:
                    before = entry
                entry = following
                continue
            before = entry
            for goal in range(goal_ptr[end], goal_ptr[end + 1]):
                walk, foot = goal_packed[3 * goal + 1], goal_packed[3 * goal + 2]
                if arrival + walk > arrive or stage < n_stages:
                    continue
                facts[n] = facts[alighted]
                facts[n, READY], facts[n, STAGE] = arrival + walk, 0
                for i in range(k):
                    more = rates[WALK, i] * foot + rates[CROSS, i] * (walk - foot)
                    amounts[n, i] = amounts[alighted, i] + more
                ended[k] = arrival + walk
                if not hopeless(goals, facts, amounts, rates, n, ended):
                    facts[n, READY] = facts[n, READY] if rates[ARRIVAL, 0] != 0 else 0
                    for i in range(k):
                        amounts[n, i] = amounts[n, i] if rates[WANTED, i] != 0 else 0.0
                    n += np.int64(offer(goals, goal_packed[3 * goal], facts, amounts, n))
            for arc in range(arc_ptr[q], arc_ptr[q + 1]):
                facts[n] = facts[alighted]
                facts[n, PARENT], facts[n, READY], facts[n, ENTRY] = alighted, 0, 1
                facts[n, CHANGES] += arc_changes[arc]
                for i in range(k):
                    amounts[n, i] = amounts[alighted, i] + arc_amounts[arc, i]
                ended[k] = rows[corridor[arc_to[arc]], 1]
                if not hopeless(goals, facts, amounts, rates, n, ended):
                    facts[n, LINK] = seated[arc_to[arc]]
                    seated[arc_to[arc]] = n
                    n += 1
            if hopeless(goals, facts, amounts, rates, alighted, changing[q]):
                entry = following
                continue
            for pair in range(pair_ptr[end], pair_ptr[end + 1]):
                to = local_group[pair_packed[2 * pair]]
                if to < 0:
                    continue
                walk, cross = pair_walk[pair], pair_cross[pair]
                since = arrival + walk
                for stay in range(2):  # the second time for who gets off where it was asked
                    stopped = 0
                    if stay == 1:
                        if stage == n_stages or stays[stage] == 0 or not (here >> stage) & 1:
                            break
                        stopped = stays[stage]
                    for step in range(delays.shape[0]):
                        ready = max(pair_packed[2 * pair + 1], walk + stopped) + delays[step]
                        if arrival + ready > last[to]:
                            break
                        facts[n] = facts[alighted]
                        facts[n, READY] = arrival + ready
                        facts[n, UNTIL] = until[(since + stopped) >> until_shift]
                        facts[n, STAGE], facts[n, CHANGES] = stage + stay, facts[entry, CHANGES] + 1
                        for i in range(k):
                            more = rates[WALK, i] * (walk - cross) + rates[CROSS, i] * cross
                            more += rates[TRANSFER, i] + delay_amounts[step, i]
                            amounts[n, i] = amounts[alighted, i] + more
                        ended[k] = arrival + ready
                        if hopeless(goals, facts, amounts, rates, n, ended):
                            continue
                        for i in range(k):
                            wait = rates[WAIT, i] * since
                            wait += rates[NIGHT, i] * night[since >> night_shift]
                            amounts[n, i] -= wait
                        n += np.int64(offer(asleep, to, facts, amounts, n))
            entry = following
    return facts[:n], amounts[:n]
