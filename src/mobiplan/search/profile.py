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
* **A label is a rank, not a time**: the how-manieth of the different arrivals at the destination.
  There are a few hundred, so that a lane is two bytes and twice as many rows stay in the cache.
* **The eight lanes are one machine vector.** numba does not find that by itself (it gathers
  lane by lane: three times slower), so `mobiplan.search.lanes` says it in LLVM's words.
* **No branch that cannot be predicted.** The first two changes of each connection are always
  read (a missing one leads to a platform from which nothing goes), the others, which one
  connection in nine has, by a loop. Rows are written first and kept if they were better.
  What begins at the origin and ends at the destination is listed beforehand; the loop runs
  from one of these to the next and asks of none between.
* **Only departures of the window compete.** Connections that leave the origin outside it carry
  travellers on, but are not noted; what is noted is thinned at the end.

The work is that of the positions from the origin's first departure to the destination's last
arrival (`narrow`); everything between is looked at, whatever the origin. To leave out what
cannot be reached, or from where one does not arrive, costs more than it spares: of a day, that is
half of the connections, and a scan there and back takes longer than the whole sweep.
"""

# numba types the kernels' scalars; mypy would take an element of an array for an array.
# mypy: disable-error-code="arg-type,assignment,call-overload,operator,index"

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mobiplan.compiling import Number, kernel
from mobiplan.search.ends import Bounds, Ends
from mobiplan.search.lanes import LANES, aboard, change, merge
from mobiplan.search.scan import first_at_least, unsigned
from mobiplan.timetable.arrays import Int8, Int32, UInt16
from mobiplan.timetable.graph import ARRIVAL, DEPARTURE, NEVER, RUN, Connections, TimeExpandedGraph

MOST_TRANSFERS = LANES - 1
LANES_OF, NEXT_OF, ONE_WAY, ANOTHER = range(4)  # columns of Scratch.steps
MORE, WHERE = np.int32(-(2**31)), np.int32(2**31 - 1)  # a flag, and what is not it


class Profile(NamedTuple):
    """Journeys as positions in the graph, by departure, then arrival; times since its epoch."""

    departure: Int32  # (m,) s
    arrival: Int32  # (m,) s
    transfers: Int32  # (m,)
    ride_ptr: Int32  # (m + 1,) rides of journey j are ride_ptr[j] : ride_ptr[j + 1]
    rides: Int32  # (n_rides, 3) boarded at, alighted at, 1 = entered by an exceptional arc


class Scratch(NamedTuple):
    """What the sweep needs beside the graph's own arrays, of one thread."""

    steps: Int32  # (4 * n,) where the lanes of the run begin, next departure of the group, where
    #               the first two changes of a connection lead, n none; the last also says
    #               whether there are MORE
    rest_ptr: Int32  # (n + 1,) its further changes are
    rest_to: Int32  # rest_to[rest_ptr[i] : rest_ptr[i + 1]]
    row_of: Int32  # (n + 1,) where in `lanes` the platform row of a position begins
    row_at: Int32  # (n + 1,) platform row -> position of its train
    lanes: UInt16  # platform rows, then aboard rows of runs, then those of exceptional arcs
    saved_at: int  # where in `lanes` the latter begin


class Ending(NamedTuple):
    """The connections from which one alights at the destination in time."""

    position: Int32  # (k,) ascending
    rank: Int32  # (k,) place of its arrival in `arrivals`
    arrivals: Int32  # (n,) the different arrivals at the destination, walk included [s]


class Beginning(NamedTuple):
    """The connections that can be boarded at the origin in the window."""

    position: Int32  # (k,) ascending
    leaves: Int32  # (k,) when one sets out for it [s]


def make_scratch(graph: TimeExpandedGraph) -> Scratch:
    """Make the arrays of one thread on one graph."""
    n, arcs, connections = graph.n, graph.arcs, graph.connections
    caught = arcs.transfer_to < n
    before = np.zeros(len(caught) + 1, dtype=np.int32)
    np.cumsum(caught, out=before[1:])
    ptr = before[arcs.transfer_ptr]
    to = arcs.transfer_to[caught]
    rest_ptr = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.maximum(np.diff(ptr) - 2, 0), out=rest_ptr[1:])
    steps = np.full((n, 4), n, dtype=np.int32)
    runs_at = n + 2
    steps[:, LANES_OF] = (runs_at + connections.rows[:, RUN]) * LANES
    steps[:, NEXT_OF] = arcs.next_in_group
    rest = np.ones(len(to), dtype=bool)
    for k in (0, 1):
        some = np.flatnonzero(np.diff(ptr) > k)
        steps[some, ONE_WAY + k] = to[ptr[some] + k]
        rest[ptr[some] + k] = False
    steps[np.diff(rest_ptr) > 0, ANOTHER] |= MORE
    saved_at = runs_at + len(connections.run_trip)
    rows = saved_at + len(connections.exception_from)
    return Scratch(
        steps.reshape(-1),
        rest_ptr,
        to[rest],
        np.zeros(n + 1, dtype=np.int32),
        np.zeros(n + 1, dtype=np.int32),
        np.empty(rows * LANES, dtype=np.uint16),
        saved_at * LANES,
    )


def profile(
    graph: TimeExpandedGraph,
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
    depart, arrive, until = bounds
    ending = _ending(connections, ends, arrive)
    beginning = _beginning(connections, ends, depart, NEVER if beyond else until)
    if narrow:
        start, end = beginning.position[:1].sum(), ending.position[-1:].sum() + 1
    else:
        start, end = np.searchsorted(connections.rows[:, DEPARTURE], [depart, arrive + 1])
    start, end = int(start), int(end)
    if len(beginning.position) == 0 or len(ending.position) == 0 or start >= end:
        none, ptr = np.zeros(0, dtype=np.int32), np.zeros(1, dtype=np.int32)
        return Profile(none, none, none, ptr, none.reshape(0, 3)), 0
    lanes = scratch.lanes
    if len(ending.arrivals) > np.iinfo(lanes.dtype).max:  # as many as in weeks, by the minute
        lanes = np.empty(len(lanes), dtype=np.uint32)
    noted = np.empty((len(beginning.position), 2 + LANES), dtype=np.int32)
    n_noted = sweep_profile(
        scratch.steps,
        start,
        end,
        scratch.rest_ptr,
        scratch.rest_to,
        connections.exception_from,
        connections.exception_to,
        connections.exception_back,
        connections.exception_transfers,
        ending.position,
        ending.rank,
        beginning.position,
        beginning.leaves,
        scratch.row_of,
        scratch.row_at,
        lanes,
        np.iinfo(lanes.dtype).max,
        scratch.saved_at,
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
            useful,
            graph.arcs.next_in_run,
            scratch.steps,
            scratch.rest_ptr,
            scratch.rest_to,
            connections.exception_from,
            connections.exception_to,
            connections.exception_transfers,
            ending.position,
            ending.rank,
            scratch.row_of,
            scratch.row_at,
            lanes,
            scratch.saved_at,
            ride_ptr,
            rides,
        )
        if room <= len(rides):  # staying seated has no limit: seldom, more rides than changes
            break
    arrival = ending.arrivals[useful[:, 3]]
    return Profile(useful[:, 0], arrival, useful[:, 2], ride_ptr, rides[:room]), end - start


def _ending(connections: Connections, ends: Ends, arrive: int) -> Ending:
    """Return where one alights at the destination by `arrive`."""
    at, egress = _at_groups(
        connections.arrival_ptr, connections.arrivals, ends.destination, ends.egress
    )
    by = connections.rows.reshape(-1)[at * 5 + ARRIVAL] + egress
    by_time = by.argsort(kind="stable")
    at, by = at[by_time], by[by_time]
    in_time = int(by.searchsorted(arrive, side="right"))
    at, by = at[:in_time], by[:in_time]
    new = np.ones(in_time, dtype=bool)
    np.not_equal(by[1:], by[:-1], out=new[1:])
    in_order = at.argsort()
    return Ending(at[in_order], (new.cumsum(dtype=np.int32) - 1)[in_order], by[new])


def _beginning(connections: Connections, ends: Ends, depart: int, until: int) -> Beginning:
    """Return what one boards at the origin who is there at `depart` and leaves before `until`."""
    at, access, leave = _at_groups(
        connections.departure_ptr, connections.departures, ends.origin, ends.access, ends.leave
    )
    departs = connections.rows.reshape(-1)[at * 5 + DEPARTURE]
    leaves = departs - leave
    kept = (departs - access >= depart) & (leaves < until)
    at, leaves = at[kept], leaves[kept]
    if len(ends.origin) > 1:
        in_order = at.argsort()
        at, leaves = at[in_order], leaves[in_order]
    return Beginning(at, leaves)


def _at_groups(ptr: Int32, positions: Int32, groups: Int32, *values: Int32) -> tuple[Int32, ...]:
    """Return the positions of some groups, and what belongs to a group for each of them."""
    if len(groups) == 1:
        group = int(groups[0])
        return positions[ptr[group] : ptr[group + 1]], *values
    first, end = ptr[groups], ptr[groups + 1]
    parts = [positions[low:high] for low, high in zip(first.tolist(), end.tolist(), strict=True)]
    at = np.concatenate([positions[:0], *parts])
    return at, *(value.repeat(end - first) for value in values)


@kernel
def sweep_profile(
    steps: Int32,
    start: int,
    end: int,
    rest_ptr: Int32,
    rest_to: Int32,
    exception_from: Int32,
    exception_to: Int32,
    exception_back: Int32,
    exception_transfers: Int8,
    goals: Int32,
    goal_rank: Int32,
    begins: Int32,
    leaves: Int32,
    row_of: Int32,
    row_at: Int32,
    lanes: UInt16,
    never: int,
    saved_at: int,
    noted: Int32,
) -> Number:
    """Sweep from `end - 1` down to `start`; return how many departures of the origin were noted.

    `goals` and `goal_rank` are those of `Ending`, `begins` and `leaves` of `Beginning`. `noted`
    (k, 10) gets departure, position and ranks of arrivals by transfers. Row 0 of the platforms
    is the one from which nothing goes.
    """
    one, four = unsigned(1), unsigned(4)
    lanes[:LANES] = never
    lanes[(row_of.shape[0] + 1) * LANES :] = never
    row_of[end:] = 0
    row, n_noted = unsigned(LANES), 0  # the next row of a platform
    out = exception_from.shape[0] - 1  # exceptional arcs by where they begin,
    into = out  # and by where they lead
    goal, begin = goals.shape[0] - 1, begins.shape[0] - 1
    while out >= 0 and exception_from[out] >= end:
        out -= 1
    while into >= 0 and exception_to[exception_back[into]] >= end:
        into -= 1
    while begin >= 0 and begins[begin] >= end:
        begin -= 1
    c = unsigned(end)
    while c > start:
        # What begins from the next connection, before it is looked at.
        run = unsigned(steps[(c - one) * four])
        if goal >= 0 and goals[goal] == c - one:
            for k in range(LANES):
                lanes[run + unsigned(k)] = min(lanes[run + unsigned(k)], goal_rank[goal])
            goal -= 1
        while out >= 0 and exception_from[out] == c - one:
            saved = unsigned(saved_at + out * LANES)
            if exception_transfers[out] == 0:
                merge(lanes, run, saved, run)
            else:
                change(lanes, run, saved)
            out -= 1
        # On to where something else is to be done, so that the loop within need not ask.
        stop = max(start, exception_from[out] + 1) if out >= 0 else start
        stop = max(stop, exception_to[exception_back[into]]) if into >= 0 else stop
        stop = max(stop, goals[goal] + 1) if goal >= 0 else stop
        stop = max(stop, begins[begin]) if begin >= 0 else stop
        for _ in range(np.int64(c) - stop):
            c -= one
            step = c * four
            run = unsigned(steps[step])
            one_way = unsigned(row_of[unsigned(steps[step + unsigned(2)])])
            second = steps[step + unsigned(3)]
            another = unsigned(row_of[unsigned(second & WHERE)])
            aboard(lanes, run, one_way, another)
            if second < 0:
                for arc in range(unsigned(rest_ptr[c]), unsigned(rest_ptr[c + one])):
                    change(lanes, run, unsigned(row_of[unsigned(rest_to[arc])]))
            following = row_of[unsigned(steps[step + one])]
            better = merge(lanes, run, unsigned(following), row)
            row_at[row >> unsigned(3)] = np.int32(c)
            row_of[c] = np.int32(row) if better != 0 else following
            row += unsigned(LANES) if better != 0 else unsigned(0)
        # Arcs that lead here: the run's row goes on changing, keep it as it is now.
        run = unsigned(steps[c * four])
        while into >= 0 and exception_to[exception_back[into]] == c:
            saved = unsigned(saved_at + exception_back[into] * LANES)
            merge(lanes, run, unsigned(0), saved)
            into -= 1
        if begin >= 0 and begins[begin] == c:
            if lanes[run + unsigned(LANES - 1)] < never:
                noted[n_noted, 0], noted[n_noted, 1] = leaves[begin], np.int32(c)
                for k in range(LANES):
                    rank = lanes[run + unsigned(k)]
                    noted[n_noted, 2 + k] = rank if rank < never else NEVER
                n_noted += 1
            begin -= 1
    return n_noted


@kernel
def thin_profile(noted: Int32, transfers: int, useful: Int32) -> Number:
    """Fill `useful` from its end with the Pareto set of what was noted; return where it begins.

    `noted` falls by departure, then by position. `useful` (k, 4) gets departure, position,
    transfers and rank of the arrival, in order of departure, then arrival.
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
    useful: Int32,
    next_in_run: Int32,
    steps: Int32,
    rest_ptr: Int32,
    rest_to: Int32,
    exception_from: Int32,
    exception_to: Int32,
    exception_transfers: Int8,
    goals: Int32,
    goal_rank: Int32,
    row_of: Int32,
    row_at: Int32,
    lanes: UInt16,
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
            to, how, at = -1, 0, first_at_least(goals, c)
            if at == goals.shape[0] or goals[at] != c or goal_rank[at] != goal:
                low = first_at_least(exception_from, c)
                while to < 0 and low < exception_from.shape[0] and exception_from[low] == c:
                    k = left - exception_transfers[low]
                    if k >= 0 and lanes[saved_at + low * LANES + k] == goal:
                        to, how, left = exception_to[low], 1, k
                    low += 1
                arc = rest_ptr[c] - 2
                while to < 0 and left > 0 and arc < rest_ptr[c + 1]:
                    first = arc - rest_ptr[c] + 2
                    at = steps[4 * c + 2 + first] & WHERE if first < 2 else rest_to[arc]
                    if lanes[row_of[at] + left - 1] == goal:
                        # Wait as long as the arrival is kept: that row's train is the one.
                        left -= 1
                        while lanes[row_of[at] + left] == goal:
                            to = row_at[row_of[at] // LANES]
                            at = steps[4 * to + 1]
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
