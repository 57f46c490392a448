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
  compared, and handed on from connection to connection, without being touched; and all that can
  be done (to board, to alight, to change, to arrive) adds a row of a table made beforehand.
* **A transfer is an entry in the bag of the group it leads to, asleep until it can be caught.**
  One who is ready earlier and no worse keeps later ones out even before that.
* **Whoever may not wait any longer has a last departure** (`until`), which is compared as amounts
  are; how many of the stations to pass through (`stage`) lie behind one, too. A limit on one wait,
  or a night without waiting, is a table from the second one begins to wait to the last second.
* **A fare by origin and destination makes boardings incomparable**: labels of a run with such
  fares are compared among those who boarded at the same call; the fare is added at the end.
* **Only the connections of a corridor are looked at**, from where bounds of time can still be
  met. Everything goes by its index in the corridor; groups and runs are numbered as they occur.
* **What is least from everywhere on is known beforehand** (`least_to_go`), and so are some of
  the best journeys, from a first sweep over the few connections that lead to these minima. Who
  cannot get better than a journey that is known is dropped.

Constraints choose data here: no limit has a branch of its own.
"""

# numba types the kernels' scalars; mypy would take an element of an array for an array.
# mypy: disable-error-code="arg-type,assignment,call-overload,operator,index"

from __future__ import annotations

import numpy as np

from mobiplan.compiling import Number, kernel
from mobiplan.timetable.arrays import Bool, Float64, Int32

# Facts of a label (columns); ENTRY: 1 where a train was entered by an arc; THERE: arrival.
LINK, PARENT, AT, READY, UNTIL, STAGE, BEGAN, CHANGES, FARE, ENTRY, THERE = range(11)
FACTS = 11
# Facts of a connection (columns of `hops`): times, places, and when a journey that boards here
# begins (-1: none may). The last four are where its changes, arcs and goals begin in `ways`.
DEPARTURE, ARRIVAL, GROUP, RUN, BEGINS, VIA, CALL, FIRST_LEG, CHANGE, ARC, GOAL = range(11)
HOP = 11
# Facts of a way on (columns of `ways`). A change: the first connection that can be caught, from
# when on, when waiting begins, row of the pair. An arc: connection, changes, connection that it
# comes from, its number. A goal: destination.
TO, FROM, SINCE, PAIR = range(4)
WAY = 4
UNLIMITED = 1e300


@kernel
def lay_out(
    rows: Int32,
    pair_ptr: Int32,
    pair_packed: Int32,
    pair_walk: Int32,
    local_group: Int32,
    local_run: Int32,
    hops: Int32,
) -> tuple[Int32, Number, Number]:
    """Number a corridor's groups and runs as they occur and find the changes within it.

    `rows` are those of the corridor, as in `Connections`; `local_group` and `local_run` are all
    -1. Fills `hops` (size + 1, HOP) as far as it can; returns the changes (m, WAY) and how many
    groups and runs there are.
    """
    size, n_groups, n_runs, n_changes = rows.shape[0], 0, 0, 0
    for q in range(size):
        if local_group[rows[q, 3]] < 0:
            local_group[rows[q, 3]] = n_groups
            n_groups += 1
        if local_run[rows[q, 2]] < 0:
            local_run[rows[q, 2]] = n_runs
            n_runs += 1
        hops[q, DEPARTURE], hops[q, ARRIVAL] = rows[q, 0], rows[q, 1]
        hops[q, GROUP], hops[q, RUN] = local_group[rows[q, 3]], local_run[rows[q, 2]]
        n_changes += pair_ptr[rows[q, 4] + 1] - pair_ptr[rows[q, 4]]
    changes = np.empty((n_changes, WAY), dtype=np.int32)
    newest = np.full(n_groups, size, dtype=np.int32)
    following = np.empty(size, dtype=np.int32)  # departure of the group
    hops[size, CHANGE] = n_changes
    for q in range(size - 1, -1, -1):
        arrival, end = hops[q, ARRIVAL], rows[q, 4]
        for pair in range(pair_ptr[end], pair_ptr[end + 1]):
            to = local_group[pair_packed[2 * pair]]
            ready = arrival + pair_packed[2 * pair + 1]
            j = newest[to] if to >= 0 else size
            while j < size and hops[j, DEPARTURE] < ready:
                j = following[j]
            if j < size:
                n_changes -= 1
                changes[n_changes, TO], changes[n_changes, FROM] = j, ready
                changes[n_changes, SINCE] = arrival + pair_walk[pair]
                changes[n_changes, PAIR] = pair
        hops[q, CHANGE] = n_changes
        following[q], newest[hops[q, GROUP]] = newest[hops[q, GROUP]], q
    for q in range(size + 1):
        hops[q, CHANGE] -= n_changes
    return changes[n_changes:], n_groups, n_runs


@kernel
def least_to_go(
    hops: Int32,
    ways: Int32,
    begin: Float64,
    board: Float64,
    alight: Float64,
    on: Float64,
    n_groups: int,
    n_runs: int,
    first_stage: int,
    n_stages: int,
) -> tuple[Float64, Float64, Float64, Bool]:
    """Sweep a corridor backward: the least of each amount, by itself, from each connection on.

    Returns, all ((1 + n_stages) * (size + 1), amounts), for who is aboard at the departure; for
    who alights; for who waits since the epoch where it departs; each as of the zero there, and
    for who has passed no station that is asked for, then the first of them, and so on. And (size,)
    which connections lead from the origin to the least of some amount. Bounds of this kind make a
    multicriteria search an informed one (Mandow, Perez de la Cruz: *Multiobjective A* search with
    consistent heuristics*, JACM 57, 2010, section 4). Limits are not looked at, but for stations
    to pass: what is least may break one.
    """
    size, k = hops.shape[0] - 1, board.shape[1]
    rows, none = (1 + n_stages) * (size + 1), np.int32(size)  # row `size` is no connection
    riding = np.full((rows, k), UNLIMITED)
    arrived = np.full((rows, k), UNLIMITED)
    platform = np.full((rows, k), UNLIMITED)
    ahead = np.full((rows, k), none, dtype=np.int32)  # row of the connection that follows
    boarded = np.full((rows, k), none, dtype=np.int32)  # of the departure that is waited for
    newest = np.empty(n_groups + n_runs, dtype=np.int32)
    best = np.full(k, UNLIMITED)
    first = np.full(k, none, dtype=np.int32)
    for stage in range(n_stages, first_stage - 1, -1):
        base = stage * (size + 1)
        newest[:] = base + size
        for q in range(size - 1, -1, -1):
            group, run, row = hops[q, GROUP], n_groups + hops[q, RUN], base + q
            stays, following = newest[run], newest[group]
            newest[run] = newest[group] = row
            passed = stage < n_stages and (hops[q, VIA] >> stage) & 1 == 1
            for i in range(k):
                least, at = riding[stays, i] - alight[q, i], stays
                for way in range(hops[q, CHANGE], hops[q + 1, CHANGE]):
                    to = base + ways[way, TO]
                    other = on[way, i] + platform[to, i]
                    if other < least:
                        least, at = other, boarded[to, i]
                for way in range(hops[q, ARC], hops[q + 1, ARC]):
                    to = base + ways[way, TO]
                    other = on[way, i] + riding[to, i]
                    if other < least:
                        least, at = other, np.int32(to)
                for way in range(hops[q, GOAL], hops[q + 1, GOAL] if stage == n_stages else 0):
                    if on[way, i] < least:
                        least, at = on[way, i], none
                if passed:
                    least, at = arrived[row + size + 1, i], ahead[row + size + 1, i]
                arrived[row, i], ahead[row, i] = least, at
                riding[row, i] = least + alight[q, i]
                platform[row, i], boarded[row, i] = platform[following, i], boarded[following, i]
                if board[q, i] + riding[row, i] <= platform[row, i]:
                    platform[row, i], boarded[row, i] = board[q, i] + riding[row, i], row
                total = begin[q, i] + riding[row, i]
                if stage == first_stage and hops[q, BEGINS] >= 0 and total < best[i]:
                    best[i], first[i] = total, row
    leads = np.zeros(size, dtype=np.bool_)
    for i in range(k):
        row = first[i]
        while row % (size + 1) < size:
            leads[row % (size + 1)] = True
            row = ahead[row, i]
    return riding, arrived, platform, leads


@kernel
def least_so_far(
    hops: Int32,
    ways: Int32,
    begin: Float64,
    board: Float64,
    alight: Float64,
    on: Float64,
    n_groups: int,
    n_runs: int,
    first_stage: int,
    n_stages: int,
) -> Float64:
    """Sweep a corridor forward: the least of each amount for who is aboard at each departure.

    The rows are those of `least_to_go`, and limits are looked at as there: with what it says of
    who is aboard this makes the least that any journey by a connection has.
    """
    size, k = hops.shape[0] - 1, board.shape[1]
    rows = (1 + n_stages) * (size + 1)  # row `size` is no connection
    aboard = np.full((rows, k), UNLIMITED)
    ready = np.full((rows, k), UNLIMITED)  # for who waits, where they can board first
    after = np.full((size + 1, k), UNLIMITED)  # as aboard, at the next stop
    passed = np.full((size, k), UNLIMITED)  # there by the station that is asked for before
    newest = np.empty(n_groups + n_runs, dtype=np.int32)
    for stage in range(first_stage, n_stages + 1):
        base = stage * (size + 1)
        newest[:] = size
        for q in range(size):
            group, run, row = hops[q, GROUP], n_groups + hops[q, RUN], base + q
            waiting, before = newest[group], newest[run]
            newest[group] = newest[run] = q
            passes = stage < n_stages and (hops[q, VIA] >> stage) & 1 == 1
            for i in range(k):
                ready[row, i] = min(ready[row, i], ready[base + waiting, i])
                least = min(aboard[row, i], after[before, i], ready[row, i] + board[q, i])
                if stage == first_stage and hops[q, BEGINS] >= 0:
                    least = min(least, begin[q, i])
                aboard[row, i] = least
                least = min(least, passed[q, i])
                after[q, i] = least
                passed[q, i] = least if passes else UNLIMITED
                for way in range(hops[q, CHANGE], hops[q + 1, CHANGE]):
                    to = base + ways[way, TO]
                    ready[to, i] = min(ready[to, i], least + alight[q, i] + on[way, i])
                for way in range(hops[q, ARC], hops[q + 1, ARC]):
                    to = base + ways[way, TO]
                    aboard[to, i] = min(aboard[to, i], least + alight[q, i] + on[way, i])
    return aboard


@kernel
def promising(
    goals: Int32,
    facts: Int32,
    amounts: Float64,
    limit: Float64,
    wanted: Bool,
    new: int,
    label: int,
    more: Float64,
    row: int,
    least: Float64,
    at: int,
) -> Number:
    """Add a row to a label's amounts; whether what comes of it at least is of any use.

    It is not where it breaks a limit, or where a journey already found is better in all that
    counts. Of who is no better in any, who begins later is.
    """
    k = limit.shape[0]
    for i in range(k):
        amounts[new, i] = amounts[label, i] + more[row, i]
        if amounts[new, i] + least[at, i] > limit[i]:
            return False
    other = goals[0] if goals.shape[0] == 1 else -1
    while other >= 0:
        good, better = True, facts[other, BEGAN] > facts[new, BEGAN]
        for i in range(k):
            if wanted[i]:
                total = amounts[new, i] + least[at, i]
                good &= amounts[other, i] <= total
                better |= amounts[other, i] < total
        if good and better:
            return False
        other = facts[other, LINK]
    return True


@kernel
def offer(heads: Int32, bag: int, facts: Int32, amounts: Float64, new: int) -> Number:
    """Put label `new` into a bag unless one there is no worse; take out those that it betters.

    Of labels alike in all amounts, who began later and changed less often stays. Returns how many
    labels are in the bag that were not: 1 or 0.
    """
    k = amounts.shape[1]
    before, other = -1, heads[bag]
    while other >= 0:
        following = facts[other, LINK]
        worse, better = False, False  # the new one, in something
        for i in range(k):
            worse |= amounts[other, i] < amounts[new, i]
            better |= amounts[other, i] > amounts[new, i]
        alike = not (worse or better)
        worse |= facts[other, READY] < facts[new, READY]
        better |= facts[other, READY] > facts[new, READY]
        worse |= facts[other, UNTIL] > facts[new, UNTIL]
        better |= facts[other, UNTIL] < facts[new, UNTIL]
        worse |= facts[other, STAGE] > facts[new, STAGE]
        better |= facts[other, STAGE] < facts[new, STAGE]
        if alike:
            late = facts[other, BEGAN] - facts[new, BEGAN]
            fewer = facts[new, CHANGES] - facts[other, CHANGES]
            worse |= late > 0 or (late == 0 and fewer > 0)
            better |= late < 0 or (late == 0 and fewer < 0)
        if facts[other, FARE] != facts[new, FARE]:
            worse, better = True, True
        if not better:
            return 0
        if worse:
            before = other
        elif before < 0:
            heads[bag] = following
        else:
            facts[before, LINK] = following
        other = following
    facts[new, LINK] = heads[bag]
    heads[bag] = new
    return 1


@kernel
def sweep_bags(
    order: Int32,
    hops: Int32,
    ways: Int32,
    begin: Float64,
    board: Float64,
    alight: Float64,
    on: Float64,
    fares: Float64,
    limit: Float64,
    wanted: Bool,
    delays: Int32,
    delay_amounts: Float64,
    until: Int32,
    until_shift: int,
    stays: Int32,
    first_stage: int,
    riding: Float64,
    arrived: Float64,
    platform: Float64,
    n_groups: int,
    n_runs: int,
    known_facts: Int32,
    known_amounts: Float64,
    goals: Int32,
) -> tuple[Int32, Float64]:
    """Sweep the connections `order` of a corridor; return the labels.

    `goals` heads the bags of the end. `begin` to `on` are what it adds to begin a journey aboard
    a connection, to board it from the platform, to alight from it, and to go on by one of `ways`;
    their first columns are those of `limit`. `riding`, `arrived` and `platform` are bounds as
    `least_to_go` returns them. `known_facts` and `known_amounts` are labels of journeys to the
    one goal; label l of them comes back with -2 - l as its parent.
    """
    k, n_stages, n_rows = limit.shape[0], stays.shape[0], hops.shape[0]
    last = np.zeros(n_groups, dtype=np.int32)  # departure of a group within the corridor
    for q in range(hops.shape[0] - 1):
        last[hops[q, GROUP]] = hops[q, DEPARTURE]
    asleep = np.full(n_groups, -1, dtype=np.int32)  # bags of those who cannot board yet,
    awake = np.full(n_groups, -1, dtype=np.int32)  # of those who can,
    aboard = np.full(n_runs, -1, dtype=np.int32)  # of runs,
    seated = np.full(hops.shape[0], -1, dtype=np.int32)  # and of arcs, by where they lead
    capacity, n = 4096, 1 + known_facts.shape[0]
    facts = np.empty((capacity + n, FACTS), dtype=np.int32)
    amounts = np.empty((capacity + n, k), dtype=np.float64)
    nothing, zero = np.zeros((1, k)), np.int64(0)
    for fact in range(FACTS):  # label 0: at the origin
        facts[0, fact] = 0
    facts[0, STAGE] = first_stage
    for i in range(k):
        amounts[0, i] = 0.0
    for label in range(known_facts.shape[0]):
        for fact in range(FACTS):
            facts[1 + label, fact] = known_facts[label, fact]
        for i in range(k):
            amounts[1 + label, i] = known_amounts[label, i]
        facts[1 + label, PARENT] = -2 - label
        offer(goals, np.int64(0), facts, amounts, 1 + label)
    for connection in order:
        q = np.int64(connection)
        departure = hops[q, DEPARTURE]
        group, run = np.int64(hops[q, GROUP]), np.int64(hops[q, RUN])
        # Room for whatever this connection may add.
        n_here = 2
        for bag in (asleep[group], awake[group], seated[q], aboard[run]):
            entry = bag
            while entry >= 0:
                n_here += 1
                entry = facts[entry, LINK]
        n_ways = hops[q + 1, CHANGE] - hops[q, CHANGE] + hops[q + 1, ARC] - hops[q, ARC]
        n_ways = 2 * n_ways * delays.shape[0] + hops[q + 1, GOAL] - hops[q, GOAL] + 2
        if n + n_here * n_ways > facts.shape[0]:
            capacity = 2 * (n + n_here * n_ways)
            more_facts = np.empty((capacity, FACTS), dtype=np.int32)
            more_amounts = np.empty((capacity, k), dtype=np.float64)
            for label in range(n):  # slices would compile for seconds
                for fact in range(FACTS):
                    more_facts[label, fact] = facts[label, fact]
                for i in range(k):
                    more_amounts[label, i] = amounts[label, i]
            facts, amounts = more_facts, more_amounts
        # Who can be caught by now wakes up.
        entry = np.int64(asleep[group])  # all labels of one type: each function compiles once
        asleep[group] = -1
        while entry >= 0:
            following = np.int64(facts[entry, LINK])
            if facts[entry, READY] <= departure:
                facts[entry, READY] = 0
                offer(awake, group, facts, amounts, entry)
            else:
                facts[entry, LINK] = asleep[group]
                asleep[group] = entry
            entry = following
        # Aboard: from the origin, from the platform, from a seat in another train.
        fare = q + 1 if hops[q, FIRST_LEG] >= 0 else 0
        entry, table, parent = np.int64(0), begin, np.int64(-1)
        if hops[q, BEGINS] < 0:
            entry, table, parent = np.int64(awake[group]), board, np.int64(awake[group])
        while entry >= 0:
            facts[n, BEGAN] = hops[q, BEGINS] if entry == 0 else facts[entry, BEGAN]
            if (entry == 0 or facts[entry, UNTIL] >= departure) and promising(
                goals,
                facts,
                amounts,
                limit,
                wanted,
                n,
                entry,
                table,
                q,
                riding,
                facts[entry, STAGE] * n_rows + q,
            ):
                facts[n, PARENT], facts[n, AT], facts[n, READY] = parent, q, 0
                facts[n, UNTIL], facts[n, STAGE] = 0, facts[entry, STAGE]
                facts[n, CHANGES], facts[n, FARE] = facts[entry, CHANGES], fare
                facts[n, ENTRY] = 0
                n += offer(aboard, run, facts, amounts, n)
            entry = np.int64(awake[group] if entry == 0 else facts[entry, LINK])
            table, parent = board, entry
        entry = np.int64(seated[q])
        while entry >= 0:
            following = np.int64(facts[entry, LINK])
            facts[entry, FARE], facts[entry, AT] = fare, q
            offer(aboard, run, facts, amounts, entry)
            entry = following
        # At the next stop: the stations to pass through, the end, and changes.
        here, leaves = hops[q, VIA], hops[q, CHANGE] < hops[q + 1, CHANGE]
        leaves |= hops[q, ARC] < hops[q + 1, ARC] or hops[q, GOAL] < hops[q + 1, GOAL]
        before, entry = np.int64(-1), np.int64(aboard[run] if leaves or here != 0 else -1)
        while entry >= 0:
            following = np.int64(facts[entry, LINK])
            stage = facts[entry, STAGE]
            while stage < n_stages and stays[stage] == 0 and (here >> stage) & 1:
                stage += 1
            facts[entry, STAGE] = stage
            off, source = n, entry
            paid = facts[entry, FARE] > 0
            if paid:
                leg = hops[facts[entry, AT], FIRST_LEG] + hops[q, CALL]
                leg -= hops[facts[entry, AT], CALL]
                for i in range(k - 1):
                    amounts[off, i] = amounts[entry, i] + fares[leg, i]
                amounts[off, k - 1] = 0.0
                source = off
            for fact in range(FACTS):
                facts[off, fact] = facts[entry, fact]
            at = stage * n_rows + q
            if not promising(
                goals, facts, amounts, limit, wanted, off, source, alight, q, arrived, at
            ):
                # And so it is further on: it gets off for good.
                if not paid and before < 0:
                    aboard[run] = following
                elif not paid:
                    facts[before, LINK] = following
                else:
                    before = entry
                entry = following
                continue
            before = entry
            facts[off, PARENT], facts[off, AT], facts[off, FARE] = entry, q, 0
            n += 1
            for way in range(
                np.int64(hops[q, GOAL]), hops[q + 1, GOAL] if stage == n_stages else 0
            ):
                facts[n, BEGAN] = facts[off, BEGAN]
                if promising(goals, facts, amounts, limit, wanted, n, off, on, way, nothing, zero):
                    for fact in range(FACTS):
                        facts[n, fact] = facts[off, fact]
                    facts[n, STAGE], facts[n, READY] = 0, 0
                    facts[n, THERE] = amounts[n, k - 1]
                    if wanted[k - 1]:
                        facts[n, READY] = facts[n, THERE]
                    for i in range(k):
                        amounts[n, i] = amounts[n, i] if wanted[i] else 0.0
                    n += offer(goals, np.int64(ways[way, TO]), facts, amounts, n)
            for way in range(np.int64(hops[q, ARC]), hops[q + 1, ARC]):
                to = np.int64(ways[way, TO])
                at = stage * n_rows + to
                facts[n, BEGAN] = facts[off, BEGAN]
                if promising(goals, facts, amounts, limit, wanted, n, off, on, way, riding, at):
                    for fact in range(FACTS):
                        facts[n, fact] = facts[off, fact]
                    facts[n, PARENT], facts[n, READY], facts[n, ENTRY] = off, 0, 1
                    facts[n, CHANGES] += ways[way, FROM]
                    facts[n, LINK] = seated[to]
                    seated[to] = n
                    n += 1
            for way in range(np.int64(hops[q, CHANGE]), hops[q + 1, CHANGE]):
                to = np.int64(ways[way, TO])
                for stay in range(2):  # the second time for who gets off where it was asked
                    stopped = 0
                    if stay == 1:
                        if stage == n_stages or stays[stage] == 0 or not (here >> stage) & 1:
                            break
                        stopped = stays[stage]
                    at = (stage + stay) * n_rows + to
                    since = ways[way, SINCE] + stopped
                    for step in range(delays.shape[0]):
                        ready = max(ways[way, FROM], since) + delays[step]
                        if ready > last[hops[to, GROUP]]:
                            break
                        facts[n, BEGAN], source = facts[off, BEGAN], off
                        if delays.shape[0] > 1:
                            for i in range(k - 1):
                                amounts[n, i] = amounts[off, i] + delay_amounts[step, i]
                            amounts[n, k - 1], source = 0.0, n
                        if promising(
                            goals, facts, amounts, limit, wanted, n, source, on, way, platform, at
                        ):
                            for fact in range(FACTS):
                                facts[n, fact] = facts[off, fact]
                            facts[n, READY], facts[n, STAGE] = ready, stage + stay
                            facts[n, UNTIL] = until[since >> until_shift]
                            facts[n, CHANGES] += 1
                            n += offer(asleep, np.int64(hops[to, GROUP]), facts, amounts, n)
            if n == off + 1:
                n = off  # nobody went on from here
            entry = following
    return facts[:n], amounts[:n]
