"""The time-expanded graph of a window of service dates.

Connections are sorted by departure, arrival, riding order and content; connection i has the
nodes 2i (*platform*: one stands there and could still board it) and 2i + 1 (*aboard*). Every
arc leads to a larger node number, so array order is a topological order and one loop over the
arrays finds a best way under any additive cost.

Four kinds of arc: *board* platform i -> aboard i; *wait* platform i -> platform of the next
departure of the boarding group; *ride* aboard i -> aboard of the run's next connection;
*transfer* aboard i -> platform of the first departure that can be caught in each boarding
group within reach. Exceptional arcs (in-seat, guaranteed, trip to trip) lead from aboard i
straight to aboard j.

A scan needs no arcs, only the connections; so the arcs are made when first asked for.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from mobiplan import times
from mobiplan.compiling import kernel
from mobiplan.timetable.arrays import Bool, Int8, Int32, UInt16, frozen
from mobiplan.timetable.counting import counted
from mobiplan.timetable.timetable import Timetable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx

    from mobiplan.timetable.view import StationLike

NEVER = 2**30  # s: later than any arrival, and a duration can be added without overflow
DEPARTURE, ARRIVAL, RUN, BOARDING, ALIGHTING = range(5)  # columns of Connections.rows

Numbers: TypeAlias = UInt16 | Int32  # of groups


class Connections(NamedTuple):
    """The elementary hops of every run in the window, in array order."""

    rows: Int32  # (n, 5) departure [s], arrival [s], run, boarding group, arrival group
    hop: Int32  # (n,) row in Timetable.hops
    slot: Int32  # (n,) the run's hops have consecutive slots, in riding order
    position: Int32  # (n,) slot -> position in array order, the inverse of slot
    run_trip: Int32  # (n_runs,) row in Timetable.trips
    run_day: Int32  # (n_runs,) service day, counted from the window's first
    run_slot: Int32  # (n_runs + 1,) slots of run r are run_slot[r] : run_slot[r + 1]
    twin: Int32  # (n,) ring of connections that are one physical train; itself where single
    exception_from: Int32  # (n_exceptions,) sorted positions: aboard this ...
    exception_to: Int32  # (n_exceptions,) ... one may go on aboard that
    exception_transfers: Int8  # (n_exceptions,) 0 in-seat, 1 one changes trains
    exception_back: Int32  # (n_exceptions,) rows of the three above, sorted by exception_to
    departure_ptr: Int32  # (n_boarding + 2,) connections of boarding group g, in array order, are
    departures: Int32  # (n,) departures[departure_ptr[g] : departure_ptr[g + 1]]
    arrival_ptr: Int32  # (n_arrival + 2,) connections of arrival group a, by time of arrival, are
    arrivals: Int32  # (n,) arrivals[arrival_ptr[a] : arrival_ptr[a + 1]]


class Arcs(NamedTuple):
    """Wait, ride and transfer arcs; node n stands for "none"."""

    next_in_group: Int32  # (n,) position of the next departure of the boarding group, n none
    next_in_run: Int32  # (n,) position of the run's next connection, n none
    transfer_ptr: Int32  # (n + 1,) arcs of connection i; arc transfer_ptr[i] + k has pair
    transfer_to: Int32  # (n_arcs,) pair_ptr[arrival group] + k; position reached, n none


class Blocks(NamedTuple):
    """The connections as a scan in blocks reads them, 64 by 64.

    What fills the last block departs and arrives never, from and to nowhere. Groups are numbered
    in 16 bits where these are enough: a scan waits for memory, too.
    """

    departure: Int32  # (64 * n_blocks,) s
    boarding: Numbers  # (64 * n_blocks,) boarding group
    arrival: Int32  # (64 * n_blocks,) s
    alighting: Numbers  # (64 * n_blocks,) arrival group
    following: Int32  # (64 * n_blocks,) position of the run's next connection; 64 * n_blocks none
    previous: Int32  # (64 * n_blocks,) position of the run's connection before; -1 none


@dataclass(frozen=True, eq=False, repr=False)
class TimeExpandedGraph:
    """Every run of a window of service dates, ready for the kernels.

    Attributes
    ----------
    timetable : Timetable
    first_day, n_days : int
        The window, in days counted from `timetable.first_date`.
    epoch : int
        Second 0 of the arrays, in seconds since 1970 UTC.
    complete_until : int
        Every departure before this second (since `epoch`) is in the window.
    connections : Connections
    kept, n_whole : (n,) int32 or None, int
        Of a graph under needs: the positions of its connections in the whole window, and how
        many those are.
    late : (n, 2) int32 or None
        Of a graph with late trains: by how much each connection leaves and arrives late [s].

    Examples
    --------
    >>> import mobiplan as mp
    >>> graph = mp.Planner(mp.sample()).graph("2026-03-24")
    >>> graph.connections.rows.shape == (graph.n, 5), graph.horizon
    (True, '2026-03-23 to 2026-03-24')
    >>> bool((graph.connections.rows[1:, 0] >= graph.connections.rows[:-1, 0]).all())
    True
    """

    timetable: Timetable
    first_day: int
    n_days: int
    epoch: int
    complete_until: int
    connections: Connections
    kept: Int32 | None = None  # (n,) positions in the whole window; None: it is all there
    n_whole: int = 0  # connections of the whole window, where some were left out
    late: Int32 | None = None  # (n, 2) s that departure and arrival are late; None: as planned
    alike: TimeExpandedGraph | None = None  # a graph that may have the same rows, to share blocks

    @property
    def n(self) -> int:
        """Number of connections (n); the graph has 2n nodes."""
        return len(self.connections.hop)

    @property
    def ride_s(self) -> Int32:
        """How long each connection takes from departure to arrival, (n,) int32 [s].

        >>> import mobiplan as mp
        >>> int(mp.Planner(mp.sample()).graph("2026-03-24").ride_s.max()) // 60
        520
        """
        rows = self.connections.rows
        lasts: Int32 = rows[:, ARRIVAL] - rows[:, DEPARTURE]
        return lasts

    @cached_property
    def horizon(self) -> str:
        """First and last service date of the window, for people."""
        first = self.timetable.first_date + dt.timedelta(days=self.first_day)
        last = first + dt.timedelta(days=self.n_days - 1)
        return f"{first} to {last}"

    @cached_property
    def last_arrival(self) -> int:
        """The last arrival in the window, in seconds since `epoch`."""
        return int(self.connections.rows[:, ARRIVAL].max(initial=0))

    @cached_property
    def arcs(self) -> Arcs:
        """The arcs, made at the first call and kept.

        >>> import mobiplan as mp
        >>> graph = mp.Planner(mp.sample()).graph("2026-03-24")
        >>> graph.arcs.transfer_ptr.shape == (graph.n + 1,)
        True
        """
        connections, groups = self.connections, self.timetable.groups
        rows = connections.rows
        n_boarding = len(groups.boarding_stop)
        next_in_run = np.full(self.n, self.n, dtype=np.int32)
        slot, run = connections.slot, rows[:, RUN]
        goes_on = slot + 1 < connections.run_slot[run + 1]
        next_in_run[goes_on] = connections.position[slot[goes_on] + 1]
        counts = np.diff(groups.pair_ptr)[rows[:, ALIGHTING]]
        transfer_ptr = np.zeros(self.n + 1, dtype=np.int32)
        np.cumsum(counts, out=transfer_ptr[1:])
        next_in_group, transfer_to = _wait_and_transfer_arcs(
            rows,
            n_boarding,
            connections.departure_ptr,
            connections.departures,
            groups.pair_ptr,
            groups.pair_to,
            groups.pair_minimum,
            transfer_ptr,
        )
        return frozen(Arcs(next_in_group, next_in_run, transfer_ptr, transfer_to))

    @cached_property
    def changes_take_time(self) -> bool:
        """Whether every change takes a second or more, and there are no exceptional arcs."""
        least = self.timetable.groups.pair_minimum.min(initial=NEVER)
        return bool(least > 0) and len(self.connections.exception_from) == 0

    @cached_property
    def blocks(self) -> Blocks:
        """The connections in blocks of 64, made at the first call and kept."""
        connections, groups = self.connections, self.timetable.groups
        if self.alike is not None and self.alike.connections.rows is connections.rows:
            return self.alike.blocks
        rows, size = connections.rows, self.n + -self.n % 64
        nowhere = len(groups.boarding_stop), len(groups.arrival_stop)
        # Nobody is ready by then.
        last = (NEVER - 1, nowhere[0], NEVER, nowhere[1], size, -1)
        group = "uint16" if max(nowhere) < 1 << 16 else "int32"
        kinds = ("int32", group, "int32", group, "int32", "int32")
        blocks = Blocks(*map(partial(np.full, size), last, kinds))
        for column, of in zip(blocks, (DEPARTURE, BOARDING, ARRIVAL, ALIGHTING), strict=False):
            column[: self.n] = rows[:, of]
        at, run_slot = connections.position, connections.run_slot  # in riding order, run by run
        rides = np.diff(run_slot) > 0
        blocks.following[at[:-1]], blocks.previous[at[1:]] = at[1:], at[:-1]
        blocks.following[at[run_slot[1:][rides] - 1]] = size
        blocks.previous[at[run_slot[:-1][rides]]] = -1
        return frozen(blocks)

    def under(self, timetable: Timetable) -> TimeExpandedGraph:
        """Return the graph of the same trips under the changes of another timetable.

        What the trips do is shared with this graph, which must be a whole one.

        Parameters
        ----------
        timetable : Timetable
            This graph's `at_own_pace`: other minima, the same groups.
        """
        from mobiplan.timetable.expanding import exceptional_arcs  # which imports this module

        if timetable is self.timetable:
            return self
        before, rows = self.connections, self.connections.rows
        run_of = np.full((self.n_days, len(timetable.trips.service)), -1, dtype=np.int32)
        run_of[before.run_day, before.run_trip] = np.arange(len(before.run_trip), dtype=np.int32)
        one, other, transfers = exceptional_arcs(
            timetable, self.first_day, run_of, before.run_slot, before.position, rows
        )
        connections = before._replace(
            exception_from=one,
            exception_to=other,
            exception_transfers=transfers,
            exception_back=np.argsort(other, kind="stable").astype(np.int32),
        )
        return dataclasses.replace(
            self,
            timetable=timetable,
            connections=frozen(connections)._replace(rows=rows),
            alike=self,
        )

    def without_boarding(self, positions: list[int]) -> TimeExpandedGraph:
        """Return the graph in which nobody may board at these positions."""
        from mobiplan.timetable.expanding import by_group  # which imports this module

        rows = self.connections.rows.copy()
        none = len(self.timetable.groups.boarding_stop)
        rows[positions, BOARDING] = none
        departure_ptr, departures = by_group(rows[:, BOARDING], none + 1)
        connections = self.connections._replace(
            rows=rows, departure_ptr=departure_ptr, departures=departures
        )
        return dataclasses.replace(self, connections=frozen(connections))

    def restricted(self, ride: Bool, board: Bool, alight: Bool, stay: Bool) -> TimeExpandedGraph:
        """Return the graph of what a traveller would take; all masks are (n,) and True: allowed.

        `ride` keeps a connection at all, `board` and `alight` keep it open at its beginning and
        end, `stay` lets one be aboard already when it departs. A run with a gap becomes several
        runs: nobody rides across it.
        """
        from mobiplan.timetable.expanding import make_connections  # which imports this module

        before, groups = self.connections, self.timetable.groups
        rows = before.rows.copy()
        rows[~board, BOARDING] = len(groups.boarding_stop)
        rows[~alight, ALIGHTING] = len(groups.arrival_stop)
        by_slot = before.position[ride[before.position]]  # in riding order, run by run
        slot_of = before.slot[by_slot]
        begins = np.ones(len(by_slot), dtype=bool)
        begins[1:] = (rows[by_slot[1:], RUN] != rows[by_slot[:-1], RUN]) | (np.diff(slot_of) > 1)
        begins |= ~stay[by_slot]
        first = by_slot[begins]  # of each piece of a run; numbered anew by first departure
        by_beginning = np.argsort(first, kind="stable")
        number = np.empty(len(first), dtype=np.int32)
        number[by_beginning] = np.arange(len(first), dtype=np.int32)
        piece = np.cumsum(begins) - 1
        length = np.bincount(piece, minlength=len(first))
        run_slot = np.zeros(len(first) + 1, dtype=np.int32)
        np.cumsum(length[by_beginning], out=run_slot[1:])
        within = np.arange(len(by_slot)) - np.flatnonzero(begins)[piece]
        old_run = rows[first[by_beginning], RUN]
        rows[by_slot, RUN] = number[piece]

        moved = np.full(self.n, -1, dtype=np.int32)  # position here -> there
        moved[ride] = np.arange(len(by_slot), dtype=np.int32)
        position = np.empty(len(by_slot), dtype=np.int32)
        slot = np.empty(len(by_slot), dtype=np.int32)
        place = (run_slot[number[piece]] + within).astype(np.int32)
        position[place] = moved[by_slot]
        slot[moved[by_slot]] = place
        one, other = before.exception_from, before.exception_to
        seated = before.exception_transfers == 0
        changing = alight[one] & board[other]
        holds = ride[one] & ride[other] & np.where(seated, stay[other], changing)
        exceptional = (moved[one[holds]], moved[other[holds]], before.exception_transfers[holds])
        connections = make_connections(
            self.timetable,
            rows[ride],
            before.hop[ride],
            slot,
            position,
            before.run_trip[old_run],
            before.run_day[old_run],
            run_slot,
            exceptional,
        )
        kept = np.flatnonzero(ride).astype(np.int32)
        return dataclasses.replace(
            self,
            connections=frozen(connections),
            kept=kept if self.kept is None else self.kept[kept],
            n_whole=self.n_whole or self.n,
        )

    def date_of(self, run: int) -> dt.date:
        """Return the service date of a run.

        Parameters
        ----------
        run : int
            A number in column 2 of ``connections.rows``.

        Examples
        --------
        >>> import mobiplan as mp
        >>> graph = mp.Planner(mp.sample()).graph("2026-03-24")
        >>> graph.date_of(graph.connections.rows[-1, 2]).isoformat()
        '2026-03-24'
        """
        day = self.first_day + int(self.connections.run_day[run])
        return self.timetable.first_date + dt.timedelta(days=day)

    def to_networkx(
        self,
        stations: StationLike | Sequence[StationLike] | None = None,
        start: times.TimeLike | None = None,
        end: times.TimeLike | None = None,
    ) -> nx.DiGraph:
        """Return a part of the graph for people to look at.

        Parameters
        ----------
        stations : str, int or a sequence of these, optional
            Connections that depart from or arrive at one of them; all stations by default.
        start, end : time, optional
            Connections that depart in these hours; the graph's window by default.

        Returns
        -------
        networkx.DiGraph
            Names, times and kinds of its nodes and arcs are those of
            `mobiplan.timetable.view.to_networkx`.

        Raises
        ------
        InvalidQuery
            If a time is malformed, or the part is too large for networkx.
        UnknownStation, AmbiguousStation
            If a station is not known, or several are meant.

        Examples
        --------
        >>> import mobiplan as mp
        >>> graph = mp.Planner(mp.sample()).graph("2026-03-24")
        >>> part = graph.to_networkx("Rennes", "2026-03-24 08:00", "2026-03-24 09:00")
        >>> sorted({kind for _, _, kind in part.edges(data="kind")})
        ['board', 'transfer', 'wait']
        """
        from mobiplan.timetable.view import to_networkx

        return to_networkx(self, stations, start, end)

    def __repr__(self) -> str:
        return (
            f"TimeExpandedGraph({counted(self.n, 'connection')}, {2 * self.n:,} nodes, "
            f"service dates {self.horizon})"
        )


@kernel
def _wait_and_transfer_arcs(
    rows: Int32,
    n_boarding: int,
    departure_ptr: Int32,
    departures: Int32,
    pair_ptr: Int32,
    pair_to: Int32,
    pair_minimum: Int32,
    transfer_ptr: Int32,
) -> tuple[Int32, Int32]:
    """Chain the departures of each boarding group and find what each arrival can catch."""
    n = rows.shape[0]
    next_in_group = np.full(n, n, dtype=np.int32)
    when = np.empty(n, dtype=np.int32)  # s, of departures
    for g in range(n_boarding):
        for k in range(departure_ptr[g], departure_ptr[g + 1]):
            when[k] = rows[departures[k], 0]
            if k + 1 < departure_ptr[g + 1]:
                next_in_group[departures[k]] = departures[k + 1]
    transfer_to = np.empty(transfer_ptr[n], dtype=np.int32)
    for i in range(n):
        base = pair_ptr[rows[i, 4]]
        for arc in range(transfer_ptr[i], transfer_ptr[i + 1]):
            pair = base + arc - transfer_ptr[i]
            g = pair_to[pair]
            ready = rows[i, 1] + pair_minimum[pair]
            low, end = departure_ptr[g], departure_ptr[g + 1]
            high = end
            while low < high:
                middle = (low + high) >> 1
                if when[middle] < ready:
                    low = middle + 1
                else:
                    high = middle
            while low < end and departures[low] <= i:  # zero-second hops: only ever forward
                low += 1
            transfer_to[arc] = departures[low] if low < end else n
    return next_in_group, transfer_to
