"""The profile: every useful departure of a window, by one sweep backward.

Dibbelt, Pajor, Strasser, Wagner: *Connection Scan Algorithm* (ACM JEA 23, 2018), section 4
(profiles scan backward, the number of legs as a criterion), laid over the arcs of the
time-expanded graph: a change reads the label of the platform it leads to, nothing is searched.

From late to early, each connection gets the earliest arrival at the destination for 0, 1, ... 7
changes still to come: eight *lanes* side by side, cumulative (a lane is never later than the
one before it). What is done differently here, and why:

* **Aboard is a row of lanes per run**, lowered in place. **A platform is a row of lanes per
  boarding group that is written only where a connection improves it**: most do not, so a
  position's row number (`row_of`) mostly repeats that of the next departure of the group. The
  rows in use stay in the processor's cache, and the connections that made them are the ones to
  board when a journey is untangled: nothing else has to be remembered.
* **The eight lanes are one machine vector.** numba does not find that by itself (it gathers
  lane by lane: three times slower), so four small functions say it in LLVM's words.
* **No branch that cannot be predicted.** The first two changes of each connection are always
  read (`two`; a missing one leads to a platform from which nothing goes), the others, which one
  connection in seven has, by a loop. Rows are written first and kept if they were better.
* **Only departures of the window compete.** Connections that leave the origin outside it carry
  travellers on, but are not noted; what is noted is thinned at the end.

The work is that of the positions from the origin's first departure to the destination's last
arrival (`narrow`); everything between is looked at, whatever the origin.
"""

# numba types the kernels' scalars; mypy would take an element of an array for an array.
# mypy: disable-error-code="arg-type,assignment,call-overload,operator,index"

from __future__ import annotations

import types
from typing import Any, NamedTuple

import numpy as np

from mobiplan.compiling import Number, kernel
from mobiplan.search.earliest import Bounds, Ends, Labels, place
from mobiplan.search.scan import first_departure, unsigned
from mobiplan.timetable.arrays import Int8, Int32
from mobiplan.timetable.graph import ARRIVAL, DEPARTURE, NEVER, TimeExpandedGraph

LANES = 8
MOST_TRANSFERS = LANES - 1


class Profile(NamedTuple):
    """Journeys as positions in the graph, by departure, then arrival; times since its epoch."""

    departure: Int32  # (m,) s
    arrival: Int32  # (m,) s
    transfers: Int32  # (m,)
    ride_ptr: Int32  # (m + 1,) rides of journey j are ride_ptr[j] : ride_ptr[j + 1]
    rides: Int32  # (n_rides, 3) boarded at, alighted at, 1 = entered by an exceptional arc


class Scratch(NamedTuple):
    """What the sweep needs beside the graph's own arrays, of one thread."""

    two: Int32  # (2 * n,) where the first two changes of a connection lead, n none
    rest_ptr: Int32  # (n + 1,) its further changes are
    rest_to: Int32  # rest_to[rest_ptr[i] : rest_ptr[i + 1]]
    row_of: Int32  # (n + 1,) platform row of a position
    row_next: Int32  # (n + 1,) platform row -> the one of those who let its train go
    row_at: Int32  # (n + 1,) platform row -> position of its train
    lanes: Int32  # platform rows, then aboard rows of runs, then those of exceptional arcs


def make_scratch(graph: TimeExpandedGraph) -> Scratch:
    """Make the arrays of one thread on one graph."""
    n, arcs, connections = graph.n, graph.arcs, graph.connections
    caught = arcs.transfer_to < n
    before = np.concatenate([[0], np.cumsum(caught)])
    ptr = before[arcs.transfer_ptr]
    to = arcs.transfer_to[caught]
    which = np.arange(len(to)) - np.repeat(ptr[:-1], np.diff(ptr))
    origin = np.repeat(np.arange(n), np.diff(ptr))
    two = np.full((n, 2), n, dtype=np.int32)
    early = which < 2
    two[origin[early], which[early]] = to[early]
    rest_ptr = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.maximum(np.diff(ptr) - 2, 0), out=rest_ptr[1:])
    rows = n + 2 + len(connections.run_trip) + len(connections.exception_from)
    return Scratch(
        two.reshape(-1),
        rest_ptr,
        np.ascontiguousarray(to[~early]),
        np.zeros(n + 1, dtype=np.int32),
        np.zeros(n + 1, dtype=np.int32),
        np.zeros(n + 1, dtype=np.int32),
        np.empty(rows * LANES, dtype=np.int32),
    )


def profile(
    graph: TimeExpandedGraph,
    labels: Labels,
    scratch: Scratch,
    ends: Ends,
    bounds: Bounds,
    transfers: int = MOST_TRANSFERS,
    *,
    beyond: bool = False,
    narrow: bool = True,
) -> tuple[Profile, int]:
    """Return the profile, and how many connections were looked at.

    Of several journeys alike in departure, arrival and transfers, the one whose first train has
    the smaller position; then one changes at the first stop, and to the last train, that keep
    the arrival.

    Parameters
    ----------
    bounds : Bounds
        The window, in which all journeys depart, and when they arrive at the latest.
    transfers : int
        At most so many changes, 0 to 7.
    beyond : bool
        Departures after the window compete, too: nobody leaves who would arrive no later, with
        no more transfers, by waiting for one of them.
    narrow : bool
        Begin at the destination's last arrival and end at the origin's first departure: faster,
        the same answer.
    """
    connections = graph.connections
    rows = connections.rows
    place(labels, ends)
    depart, arrive, until = bounds
    if not narrow:
        start, end = np.searchsorted(rows[:, DEPARTURE], [depart, arrive + 1]).tolist()
    else:
        labels.ready[ends.origin] = depart + ends.access
        start = first_departure(
            rows, connections.departure_ptr, connections.departures, ends.origin, labels.ready
        )
        end = _last_arrival(graph, ends, arrive) + 1
    size = connections.departure_ptr[ends.origin + 1] - connections.departure_ptr[ends.origin]
    noted = np.empty((int(size.sum()), 2 + LANES), dtype=np.int32)
    runs_at = (graph.n + 2) * LANES
    saved_at = runs_at + len(connections.run_trip) * LANES
    n_noted = sweep_profile(
        rows.reshape(-1),
        start,
        max(start, end),
        graph.arcs.next_in_group,
        scratch.two,
        scratch.rest_ptr,
        scratch.rest_to,
        connections.exception_from,
        connections.exception_to,
        connections.exception_back,
        connections.exception_transfers,
        labels.begins,
        labels.egress,
        depart,
        NEVER if beyond else until,
        arrive,
        scratch.row_of,
        scratch.row_next,
        scratch.row_at,
        scratch.lanes,
        runs_at,
        saved_at,
        noted,
    )
    noted = noted[:n_noted]
    if ends.leave.any():  # with walks of several lengths departures are out of order
        noted = noted[np.argsort(-noted[:, 0], kind="stable")]
    useful = np.empty((n_noted * (transfers + 1), 4), dtype=np.int32)
    useful = useful[thin_profile(noted, transfers, useful) :]
    useful = useful[: np.searchsorted(useful[:, 0], until)]
    ride_ptr = np.zeros(len(useful) + 1, dtype=np.int32)
    room = len(useful) * (transfers + 2)
    while True:
        rides = np.empty((room, 3), dtype=np.int32)
        room = untangle_profile(
            rows.reshape(-1),
            useful,
            max(start, end),
            graph.arcs.next_in_run,
            scratch.two,
            scratch.rest_ptr,
            scratch.rest_to,
            connections.exception_from,
            connections.exception_to,
            connections.exception_transfers,
            labels.egress,
            scratch.row_of,
            scratch.row_next,
            scratch.row_at,
            scratch.lanes,
            saved_at,
            ride_ptr,
            rides,
        )
        if room <= len(rides):  # staying seated has no limit: seldom, more rides than changes
            break
    found = Profile(useful[:, 0], useful[:, 3], useful[:, 2], ride_ptr, rides[:room])
    return found, max(end - start, 0)


def _last_arrival(graph: TimeExpandedGraph, ends: Ends, arrive: int) -> int:
    """Return the largest position from which one alights at the destination in time, else -1."""
    connections = graph.connections
    last = -1
    for group, egress in zip(ends.destination.tolist(), ends.egress.tolist(), strict=True):
        low, high = connections.arrival_ptr[group], connections.arrival_ptr[group + 1]
        arrivals = connections.arrivals[low:high]
        in_time = connections.rows[arrivals, ARRIVAL] <= arrive - egress
        last = max(last, int(arrivals[in_time].max(initial=-1)))
    return last


# ------------------------------------------------------------------ eight lanes at once

if isinstance(unsigned, types.FunctionType):  # nothing is compiled: the same in plain Python

    def _aboard(lanes: Any, into: Any, direct: Any, one: Any, two: Any) -> None:
        for k in range(LANES):
            now = min(direct, lanes[int(into) + k])
            if k > 0:
                now = min(now, lanes[int(one) + k - 1], lanes[int(two) + k - 1])
            lanes[int(into) + k] = now

    def _change(lanes: Any, into: Any, platform: Any) -> None:
        for k in range(1, LANES):
            lanes[int(into) + k] = min(lanes[int(into) + k], lanes[int(platform) + k - 1])

    def _merge(lanes: Any, one: Any, two: Any, into: Any) -> Any:
        less = 0
        for k in range(LANES):
            less |= int(lanes[int(one) + k] < lanes[int(two) + k]) << k
            lanes[int(into) + k] = min(lanes[int(one) + k], lanes[int(two) + k])
        return less

else:
    from llvmlite import ir  # type: ignore[import-untyped]
    from numba.core import types as nb
    from numba.extending import intrinsic

    _LANE = ir.IntType(32)
    _VECTOR = ir.VectorType(_LANE, LANES)

    def _row(context: Any, builder: Any, signature: Any, values: Any, k: int) -> Any:
        """Return a pointer to the row of lanes that begins at the index in argument `k`."""
        array = context.make_array(signature.args[0])(context, builder, values[0])
        return builder.bitcast(builder.gep(array.data, [values[k]]), _VECTOR.as_pointer())

    def _least(builder: Any, one: Any, two: Any) -> Any:
        return builder.select(builder.icmp_signed("<", one, two), one, two)

    def _one_more(builder: Any, row: Any) -> Any:
        """Shift by a lane: what needs k changes from a platform needs k + 1 before the change."""
        order = ir.Constant(_VECTOR, [LANES, *range(LANES - 1)])
        return builder.shuffle_vector(row, ir.Constant(_VECTOR, [NEVER] * LANES), order)

    @intrinsic
    def _aboard(_: Any, lanes: Any, into: Any, direct: Any, one: Any, two: Any) -> Any:
        """Lower row `into` by a direct arrival and by changes to two platforms."""

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            def load(k: int) -> Any:
                return builder.load(_row(context, builder, signature, values, k), align=4)

            unknown = ir.Constant(_VECTOR, ir.Undefined)
            arrival = builder.insert_element(unknown, values[2], ir.Constant(_LANE, 0))
            arrival = builder.shuffle_vector(arrival, unknown, ir.Constant(_VECTOR, [0] * LANES))
            changes = _one_more(builder, _least(builder, load(3), load(4)))
            least = _least(builder, _least(builder, arrival, load(1)), changes)
            builder.store(least, _row(context, builder, signature, values, 1), align=4)
            return context.get_dummy_value()

        return nb.void(lanes, nb.uint64, nb.int32, nb.uint64, nb.uint64), generate

    @intrinsic
    def _change(_: Any, lanes: Any, into: Any, platform: Any) -> Any:
        """Lower row `into` by a change to a platform."""

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            to = _row(context, builder, signature, values, 1)
            row = builder.load(_row(context, builder, signature, values, 2), align=4)
            least = _least(builder, builder.load(to, align=4), _one_more(builder, row))
            builder.store(least, to, align=4)
            return context.get_dummy_value()

        return nb.void(lanes, nb.uint64, nb.uint64), generate

    @intrinsic
    def _merge(_: Any, lanes: Any, one: Any, two: Any, into: Any) -> Any:
        """Set row `into` to the least of two rows; return the lanes in which `one` is less."""

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            a, b = (
                builder.load(_row(context, builder, signature, values, k), align=4) for k in (1, 2)
            )
            less = builder.icmp_signed("<", a, b)
            to = _row(context, builder, signature, values, 3)
            builder.store(builder.select(less, a, b), to, align=4)
            bits = builder.bitcast(less, ir.IntType(LANES))
            return builder.zext(bits, ir.IntType(64))

        return nb.int64(lanes, nb.uint64, nb.uint64, nb.uint64), generate


# ------------------------------------------------------------------ kernels


@kernel
def sweep_profile(
    rows: Int32,
    start: int,
    end: int,
    next_in_group: Int32,
    two: Int32,
    rest_ptr: Int32,
    rest_to: Int32,
    exception_from: Int32,
    exception_to: Int32,
    exception_back: Int32,
    exception_transfers: Int8,
    begins: Int32,
    egress: Int32,
    depart: int,
    until: int,
    arrive: int,
    row_of: Int32,
    row_next: Int32,
    row_at: Int32,
    lanes: Int32,
    runs_at: int,
    saved_at: int,
    noted: Int32,
) -> Number:
    """Sweep from `end - 1` down to `start`; return how many departures of the origin were noted.

    `noted` (k, 10) gets departure, position and arrivals by transfers. Row 0 of the platforms is
    the one from which nothing goes.
    """
    never, width, one = np.int32(NEVER), unsigned(LANES), unsigned(1)
    lanes[:LANES] = NEVER
    lanes[runs_at:] = NEVER
    row_of[end:] = 0
    n_rows, n_noted = 1, 0
    out = exception_from.shape[0] - 1  # exceptional arcs by where they begin,
    into = out  # and by where they lead
    while out >= 0 and exception_from[out] >= end:
        out -= 1
    while into >= 0 and exception_to[exception_back[into]] >= end:
        into -= 1
    c = unsigned(end)
    while c > start:
        # To the next exceptional arc, so that the loop within need not ask for it.
        stop = max(start, exception_from[out] + 1) if out >= 0 else start
        stop = max(stop, exception_to[exception_back[into]]) if into >= 0 else stop
        for _ in range(np.int64(c) - stop):
            c -= one
            row = c * unsigned(5)
            arrival = np.int32(rows[row + one] + egress[unsigned(rows[row + unsigned(4)])])
            run = unsigned(rows[row + unsigned(2)]) * width + unsigned(runs_at)
            one_way, another = unsigned(row_of[unsigned(two[c + c])]), unsigned(two[c + c + one])
            direct = arrival if arrival <= arrive else never
            _aboard(lanes, run, direct, one_way * width, unsigned(row_of[another]) * width)
            for arc in range(unsigned(rest_ptr[c]), unsigned(rest_ptr[c + one])):
                _change(lanes, run, unsigned(row_of[unsigned(rest_to[arc])]) * width)
            following = row_of[unsigned(next_in_group[c])]
            better = _merge(lanes, run, unsigned(following) * width, unsigned(n_rows) * width)
            row_next[n_rows], row_at[n_rows] = following, np.int32(c)
            row_of[c] = np.int32(n_rows) if better != 0 else following
            n_rows += 1 if better != 0 else 0
            departure, group = rows[row], unsigned(rows[row + unsigned(3)])
            leaves = departure - begins[group, 1]
            last = lanes[run + unsigned(LANES - 1)]
            if departure - begins[group, 0] >= depart and leaves < until and last < never:
                noted[n_noted, 0], noted[n_noted, 1] = leaves, np.int32(c)
                for k in range(LANES):
                    noted[n_noted, 2 + k] = lanes[run + unsigned(k)]
                n_noted += 1
        # Arcs that lead here: the run's row goes on changing, keep it as it is now.
        while into >= 0 and exception_to[exception_back[into]] == c:
            run = unsigned(rows[c * unsigned(5) + unsigned(2)]) * width + unsigned(runs_at)
            saved = unsigned(saved_at + exception_back[into] * LANES)
            _merge(lanes, run, unsigned(0), saved)
            into -= 1
        while out >= 0 and exception_from[out] == c - one:  # the next to be looked at
            run = unsigned(rows[(c - one) * unsigned(5) + unsigned(2)]) * width
            run, saved = run + unsigned(runs_at), unsigned(saved_at + out * LANES)
            if exception_transfers[out] == 0:
                _merge(lanes, run, saved, run)
            else:
                _change(lanes, run, saved)
            out -= 1
    return n_noted


@kernel
def thin_profile(noted: Int32, transfers: int, useful: Int32) -> Number:
    """Fill `useful` from its end with the Pareto set of what was noted; return where it begins.

    `noted` falls by departure, then by position. `useful` (k, 4) gets departure, position,
    transfers and arrival, in order of departure, then arrival.
    """
    best = np.full(transfers + 1, NEVER, dtype=np.int32)  # of what leaves later
    begin, first = useful.shape[0], 0
    while first < noted.shape[0]:
        end = first
        while end < noted.shape[0] and noted[end, 0] == noted[first, 0]:
            end += 1
        before = NEVER  # the arrival with fewer transfers
        for k in range(transfers + 1):
            arrival, position = NEVER, -1
            for j in range(first, end):
                if noted[j, 2 + k] <= arrival:
                    arrival, position = noted[j, 2 + k], noted[j, 1]
            if arrival < best[k] and arrival < before:
                begin -= 1
                useful[begin, 0], useful[begin, 1] = noted[first, 0], position
                useful[begin, 2], useful[begin, 3] = k, arrival
            best[k] = min(best[k], arrival)
            before = min(before, arrival)
        first = end
    return begin


@kernel
def untangle_profile(
    rows: Int32,
    useful: Int32,
    end: int,
    next_in_run: Int32,
    two: Int32,
    rest_ptr: Int32,
    rest_to: Int32,
    exception_from: Int32,
    exception_to: Int32,
    exception_transfers: Int8,
    egress: Int32,
    row_of: Int32,
    row_next: Int32,
    row_at: Int32,
    lanes: Int32,
    saved_at: int,
    ride_ptr: Int32,
    rides: Int32,
) -> Number:
    """Follow the lanes of each useful departure forward; return the number of rides.

    Rides beyond the length of `rides` are counted and not written.
    """
    n_rides = 0
    for j in range(useful.shape[0]):
        board, left, goal = useful[j, 1], useful[j, 2], useful[j, 3]
        c, entry = board, 0
        while True:
            arrival, to, how = rows[c * 5 + 1] + egress[rows[c * 5 + 4]], -1, 0
            if arrival != goal:
                low, high = 0, exception_from.shape[0]
                while low < high:
                    middle = (low + high) >> 1
                    if exception_from[middle] < c:
                        low = middle + 1
                    else:
                        high = middle
                while to < 0 and low < exception_from.shape[0] and exception_from[low] == c:
                    k = left - exception_transfers[low]
                    if k >= 0 and lanes[saved_at + low * LANES + k] == goal:
                        to, how, left = exception_to[low], 1, k
                    low += 1
                arc = rest_ptr[c] - 2
                while to < 0 and left > 0 and arc < rest_ptr[c + 1]:
                    first = arc - rest_ptr[c] + 2
                    platform = row_of[two[2 * c + first] if first < 2 else rest_to[arc]]
                    if lanes[platform * LANES + left - 1] == goal:
                        # Wait as long as the arrival is kept: that row's train is the one.
                        left -= 1
                        while lanes[row_next[platform] * LANES + left] == goal:
                            platform = row_next[platform]
                        to = row_at[platform]
                    arc += 1
                if to < 0:
                    c = next_in_run[c]
                    continue
            if n_rides < rides.shape[0]:
                rides[n_rides, 0], rides[n_rides, 1], rides[n_rides, 2] = board, c, entry
            n_rides += 1
            if to < 0:
                break
            board, c, entry = to, to, how
        ride_ptr[j + 1] = n_rides
    return n_rides
