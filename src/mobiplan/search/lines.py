"""Lines: the runs that call at the same groups and never overtake one another, in order.

What RAPTOR calls a route (Delling, Pajor, Werneck: *Round-Based Public Transit Routing*,
Transportation Science 49, 2015, section 3). Of a line's runs the first that can be caught is
the one to board, whatever comes after: who looks at lines looks at a tenth of the runs.

A *line hop* is a hop of a line, from one call to the next; those of a line are consecutive. The
first run at a hop is the first in array order, leaves no later and arrives no later than the
others, at this hop and at every other. A run with an exceptional arc has a line of its own:
no other run takes its place.

`changes_to_come` asks of lines what no clock is needed for.
"""

# numba types the kernels' scalars; mypy would take an element of an array for an array.
# mypy: disable-error-code="arg-type,assignment,call-overload,operator,index"

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mobiplan.compiling import Number, kernel
from mobiplan.timetable.arrays import Int8, Int32, frozen, spread
from mobiplan.timetable.graph import ALIGHTING, ARRIVAL, BOARDING, DEPARTURE, RUN, TimeExpandedGraph

LINE, FROM, TO, RUNS, LEAVE, ENTER = range(6)  # columns of Lines.hops
ALL = 127  # more changes to come than there ever are


class Lines(NamedTuple):
    """The lines of a graph."""

    hops: Int32  # (n_hops + 1, 6) line, boarding group, arrival group, first row in
    #              `runs`, in `leave` and in `enter` (the next hop's are the ends)
    runs: Int32  # (n, 3) position, departure [s], arrival [s] of the runs at a hop, in order
    out_ptr: Int32  # (n_boarding + 2,) hops from boarding group g, by line, are
    out: Int32  # (n_hops,) out[out_ptr[g] : out_ptr[g + 1]]
    into_ptr: Int32  # (n_arrival + 2,) hops into arrival group a, by line, are
    into: Int32  # (n_hops,) into[into_ptr[a] : into_ptr[a + 1]]
    leave: Int32  # (n_exceptions, 2) hop to which an exceptional arc leads, transfers
    enter: Int32  # (n_exceptions, 2) hop from which it comes, transfers


def make_lines(graph: TimeExpandedGraph) -> Lines:
    """Sort the runs of a graph into lines; once for each graph, that takes as long as to make it.

    Examples
    --------
    >>> import mobiplan as mp
    >>> graph = mp.Planner(mp.sample()).graph("2026-03-24")
    >>> lines = make_lines(graph)
    >>> n_lines = int(lines.hops[-2, LINE]) + 1
    >>> len(lines.runs) == graph.n, n_lines < len(graph.connections.run_trip)
    (True, True)
    """
    connections, groups = graph.connections, graph.timetable.groups
    run_slot, position, rows = connections.run_slot, connections.position, connections.rows
    lengths = np.diff(run_slot)
    run, hop = spread(lengths)
    alone = np.zeros(len(lengths), dtype=bool)
    for positions in (connections.exception_from, connections.exception_to):
        alone[rows[positions, RUN]] = True
    # Runs that call alike are neighbours after sorting by a hash; `_chain` looks for itself.
    mixed = rows[position, BOARDING].astype(np.uint64)
    mixed <<= np.uint64(32)
    mixed += (rows[position, ALIGHTING] + 1).astype(np.uint64)
    mixed *= (2 * hop + 1).astype(np.uint64)
    mixed *= np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    alike = np.add.reduceat(mixed, run_slot[:-1]) if len(run) else mixed
    del mixed  # as large as what is made
    order = np.lexsort((position[run_slot[:-1]], alike)).astype(np.int32)
    line_of = np.empty(len(lengths), dtype=np.int32)
    n_lines = _chain(rows, position, run_slot, order, alike, alone, line_of)

    order = order[np.argsort(line_of[order], kind="stable")]
    line = line_of[order]
    n_runs = np.bincount(line, minlength=n_lines)
    before = np.cumsum(n_runs) - n_runs
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - before[line]
    heads = order[before]
    hop_line, hop_of = spread(lengths[heads])
    first_hop = np.cumsum(lengths[heads]) - lengths[heads]
    n_hops = len(hop_line)
    hops = np.full((n_hops + 1, 6), -1, dtype=np.int32)
    hops[:-1, LINE] = hop_line
    called_at = rows[position[run_slot[heads][hop_line] + hop_of]]
    hops[:-1, FROM], hops[:-1, TO] = called_at[:, BOARDING], called_at[:, ALIGHTING]
    hops[0, RUNS] = 0
    hops[1:, RUNS] = np.cumsum(n_runs[hop_line])
    runs = np.empty((len(position), 3), dtype=np.int32)
    hop_at = first_hop[line_of[run]] + hop
    place = hops[hop_at, RUNS] + rank[run]
    runs[place, 0] = position
    runs[place, 1] = rows[position, DEPARTURE]
    runs[place, 2] = rows[position, ARRIVAL]

    arc_from = hop_at[connections.slot[connections.exception_from]]
    arc_to = hop_at[connections.slot[connections.exception_to]]
    transfers = connections.exception_transfers.astype(np.int64)
    ptr, leaving = _by(arc_from, n_hops)
    hops[:, LEAVE] = ptr
    ptr, entering = _by(arc_to, n_hops)
    hops[:, ENTER] = ptr
    leave = np.stack([arc_to, transfers], axis=1)[leaving].astype(np.int32)
    enter = np.stack([arc_from, transfers], axis=1)[entering].astype(np.int32)
    out = _by(hops[:-1, FROM], len(groups.boarding_stop) + 1)
    into = _by(hops[:-1, TO], len(groups.arrival_stop) + 1)
    return frozen(Lines(hops, runs, *out, *into, leave, enter))


def _by(key: Int32, n: int) -> tuple[Int32, Int32]:
    """Return CSR key -> rows, in row order."""
    ptr = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.bincount(key, minlength=n), out=ptr[1:])
    return ptr, np.argsort(key, kind="stable").astype(np.int32)


@kernel
def _chain(
    rows: Int32,
    position: Int32,
    run_slot: Int32,
    order: Int32,
    alike: Int32,
    alone: Int32,
    line_of: Int32,
) -> Number:
    """Give each run the first line whose last run it follows everywhere; return their number."""
    tail = np.empty(order.shape[0], dtype=np.int32)  # the last run of each line
    n_lines, first = 0, 0
    for i in range(order.shape[0]):
        run = order[i]
        if i == 0 or alike[run] != alike[order[i - 1]]:
            first = n_lines
        length = run_slot[run + 1] - run_slot[run]
        line = n_lines if alone[run] else first
        while line < n_lines:
            ahead = tail[line]
            follows = not alone[ahead] and run_slot[ahead + 1] - run_slot[ahead] == length
            h = 0
            while follows and h < length:
                one, two = position[run_slot[ahead] + h], position[run_slot[run] + h]
                same = rows[one, 3] == rows[two, 3] and rows[one, 4] == rows[two, 4]
                follows = same and one < two and rows[one, 1] <= rows[two, 1]
                h += 1
            if follows:
                break
            line += 1
        line_of[run], tail[line] = line, run
        n_lines = max(n_lines, line + 1)
    return n_lines


@kernel
def changes_to_come(
    hops: Int32,
    into_ptr: Int32,
    into: Int32,
    enter: Int32,
    back_ptr: Int32,
    back_packed: Int32,
    destination: Int32,
    depth: int,
) -> Int8:
    """Return (n_hops,) the fewest changes to come aboard each line hop, `ALL` beyond `depth`."""
    to_come = np.full(hops.shape[0] - 1, ALL, dtype=np.int8)
    arrived = np.zeros(into_ptr.shape[0] - 1, dtype=np.bool_)
    left = np.zeros(back_ptr.shape[0] - 1, dtype=np.bool_)
    # To look at, in this round and in the next: arrival groups; hops by an arc, as ~hop.
    todo = np.empty(into_ptr.shape[0] + enter.shape[0], dtype=np.int32)
    then = np.empty(into_ptr.shape[0] + enter.shape[0], dtype=np.int32)
    n_todo = destination.shape[0]
    for k in range(n_todo):
        todo[k], arrived[destination[k]] = destination[k], True
    for changes in range(depth + 1):
        n_then = 0
        while n_todo > 0:
            n_todo -= 1
            item = todo[n_todo]
            first, end = (into_ptr[item], into_ptr[item + 1]) if item >= 0 else (0, 1)
            for k in range(first, end):
                s = into[k] if item >= 0 else ~item
                line = hops[s, 0]
                while s >= 0 and hops[s, 0] == line and to_come[s] > changes:
                    to_come[s] = changes
                    for e in range(hops[s, 5], hops[s + 1, 5]):
                        if enter[e, 1] == 0:
                            todo[n_todo] = ~enter[e, 0]
                            n_todo += 1
                        else:
                            then[n_then] = ~enter[e, 0]
                            n_then += 1
                    g = hops[s, 1]
                    if not left[g] and changes < depth:
                        left[g] = True
                        for pair in range(back_ptr[g], back_ptr[g + 1]):
                            a = back_packed[2 * pair]
                            if not arrived[a]:
                                arrived[a] = True
                                then[n_then] = a
                                n_then += 1
                    s -= 1
        todo, then, n_todo = then, todo, n_then
    return to_come
