"""A part of the time-expanded graph as a `networkx.DiGraph`, for people to look at.

The arrays are what the engines run on; this is the same graph with names on it: for a notebook, for
a drawing, for a check by somebody else's algorithm. It is made for a station or an evening, not
for a country: a national day takes networkx seven seconds and 700 MB to build, the arrays a tenth
of a second and 20 MB.

Node numbers are those of the graph, so a smaller number is never later: connection i has the nodes
``2 * i`` (platform) and ``2 * i + 1`` (aboard), and ``sorted(view)`` is a topological order.
Labels belong to the instant at which a connection departs (`mobiplan.search.sweep`), so both
nodes have that time, ``duration_s`` of an arc is the difference of the times of its two nodes,
and a way that ends aboard arrives ``ride_s`` later, at ``arrival``.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsIndex, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mobiplan import times
from mobiplan.errors import InvalidQuery, UnknownStation
from mobiplan.timetable.arrays import Bool, Int32, spread
from mobiplan.timetable.graph import ALIGHTING, ARRIVAL, BOARDING, DEPARTURE, RUN

if TYPE_CHECKING:
    import networkx as nx

    from mobiplan.timetable.graph import TimeExpandedGraph
    from mobiplan.timetable.strings import Strings
    from mobiplan.timetable.timetable import Timetable

#: A station's name, a city's, a station or stop id, or a row of `Timetable.stations`.
StationLike: TypeAlias = "str | SupportsIndex"

MAX_CONNECTIONS = 200_000  # about 700 MB of Python objects

Texts = NDArray[np.object_]


class _ArcSet(NamedTuple):
    """Arcs of one kind between nodes."""

    kind: str
    start: Int32  # (n,) node
    end: Int32  # (n,) node
    duration_s: Int32  # (n,)
    walk_s: Int32  # (n,)
    transfers: int


def to_networkx(
    graph: TimeExpandedGraph,
    stations: StationLike | Sequence[StationLike] | None = None,
    start: times.TimeLike | None = None,
    end: times.TimeLike | None = None,
) -> nx.DiGraph:
    """Return the connections that touch some stations in some hours, as nodes and arcs with names.

    Parameters
    ----------
    graph : TimeExpandedGraph
        As `Planner.graph` returns it.
    stations : str, int or a sequence of these, optional
        Names, ids or rows of stations; a city's name means its stations. A connection is taken
        if it departs from or arrives at one of them, so every change at these stations is in
        the view. By default all stations.
    start, end : time, optional
        Connections that depart not before `start` and not after `end`. ISO text, datetime or
        Timestamp; naive means the agency's own time. By default the graph's window.

    Returns
    -------
    networkx.DiGraph
        Every node has

        * ``kind``: "platform" (one stands there and could still board) or "aboard";
        * ``time``: the connection's departure, an aware datetime;
        * ``station``, ``stop_id``: where it departs;
        * ``train_number``, ``brand``, ``direction`` (the last station): "" where unknown;
        * ``position``: the connection's place in the graph's arrays.

        A platform has ``closing_s``: boarding ends so many seconds before departure (nobody may
        board at all where no "board" arc leaves it). A node aboard has ``arrival`` (aware
        datetime), ``ride_s`` (seconds until then), ``to_station``, ``to_stop_id`` and
        ``may_alight``.

        Every arc has

        * ``kind``: "board", "wait" (for the next departure of the boarding group), "ride" (on to
          the run's next connection), "transfer", "in-seat" or "guaranteed" (as are other
          changes that only two trips have);
        * ``duration_s``: from the one node's time to the other's, never negative;
        * ``walk_s``: on foot between two stations, part of the duration;
        * ``transfers``: 1 if one changes trains, else 0.

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
    >>> view = graph.to_networkx("Rennes", start="2026-03-24 08:00", end="2026-03-24 10:00")
    >>> sorted({kind for _, _, kind in view.edges(data="kind")})
    ['board', 'ride', 'transfer', 'wait']
    >>> first = view.nodes[min(view)]
    >>> first["kind"], "Rennes" in (first["station"], view.nodes[min(view) + 1]["to_station"])
    ('platform', True)
    """
    import networkx as nx

    chosen = _chosen(graph, stations, start, end)
    view = nx.DiGraph(
        service_dates=(
            graph.timetable.first_date + dt.timedelta(days=graph.first_day),
            graph.timetable.first_date + dt.timedelta(days=graph.first_day + graph.n_days - 1),
        )
    )
    view.add_nodes_from(_nodes(graph, np.flatnonzero(chosen)))
    for arcs in _arcs(graph, chosen):
        view.add_edges_from(_named(arcs))
    return view


# ------------------------------------------------------------------ which part


def _chosen(
    graph: TimeExpandedGraph,
    stations: StationLike | Sequence[StationLike] | None,
    start: times.TimeLike | None,
    end: times.TimeLike | None,
) -> Bool:
    """Return which connections are in the part; refuse a part that is too large."""
    timetable, rows = graph.timetable, graph.connections.rows
    tz = times.zone(timetable.timezones[0])
    chosen = np.ones(graph.n, dtype=bool)
    if start is not None:
        chosen &= rows[:, DEPARTURE] >= times.parse_time(start, tz, "start") - graph.epoch
    if end is not None:
        chosen &= rows[:, DEPARTURE] <= times.parse_time(end, tz, "end") - graph.epoch
    if stations is not None:
        among = np.zeros(len(timetable.stations.lat), dtype=bool)
        if isinstance(stations, str) or not isinstance(stations, Iterable):
            stations = [stations]
        for station in stations:
            among[_station_rows(timetable, station)] = True
        call = timetable.hops.call[graph.connections.hop]
        station_of_call = timetable.stops.station[timetable.calls.stop]
        chosen &= among[station_of_call[call]] | among[station_of_call[call + 1]]
    size = int(chosen.sum())
    if size > MAX_CONNECTIONS:
        raise InvalidQuery(
            f"{size:,} connections are too many for networkx ({MAX_CONNECTIONS:,} at most): choose "
            "a part, for example graph.to_networkx(stations=['Rennes', 'Lyon'], "
            "start='2025-02-04 08:00', end='2025-02-04 12:00')"
        )
    return chosen


def _station_rows(timetable: Timetable, station: StationLike) -> list[int]:
    if isinstance(station, str):
        stop = timetable.stops.id.row(station)
        if stop is not None:
            return [int(timetable.stops.station[stop])]
        return timetable.names.resolve(station)
    row, n = operator.index(station), len(timetable.stations.lat)
    if not 0 <= row < n:
        raise UnknownStation(f"stations={row}: rows of timetable.stations are 0 to {n - 1}")
    return [row]


# ------------------------------------------------------------------ nodes


def _nodes(graph: TimeExpandedGraph, positions: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield both nodes of each connection with what a person would ask about them."""
    timetable, rows = graph.timetable, graph.connections.rows[positions]
    trips, calls, groups = timetable.trips, timetable.calls, timetable.groups
    call = timetable.hops.call[graph.connections.hop[positions]]
    trip = graph.connections.run_trip[rows[:, RUN]]
    stop, to_stop = calls.stop[call], calls.stop[call + 1]
    station, to_station = timetable.stops.station[stop], timetable.stops.station[to_stop]
    last_stop = calls.stop[trips.call_ptr[trip + 1] - 1]
    names, stop_ids = timetable.stations.name, timetable.stops.id
    closing = np.append(groups.closing, 0)[rows[:, BOARDING]]
    columns: Iterable[tuple[Any, ...]] = zip(
        positions.tolist(),
        _clocks(graph, rows[:, DEPARTURE], station, trip),
        _clocks(graph, rows[:, ARRIVAL], to_station, trip),
        (rows[:, ARRIVAL] - rows[:, DEPARTURE]).tolist(),
        _texts(names, station),
        _texts(stop_ids, stop),
        _texts(names, to_station),
        _texts(stop_ids, to_stop),
        _texts(trips.number, trip),
        (timetable.brands[brand] for brand in trips.brand[trip].tolist()),
        _texts(names, timetable.stops.station[last_stop]),
        closing.tolist(),
        (rows[:, ALIGHTING] < len(groups.arrival_stop)).tolist(),
        strict=True,
    )
    for position, departure, arrival, ride_s, name, stop_id, to_name, to_stop_id, *rest in columns:
        number, brand, direction, closing_s, may_alight = rest
        shared = {
            "time": departure,
            "station": name,
            "stop_id": stop_id,
            "train_number": number,
            "brand": brand,
            "direction": direction,
            "position": position,
        }
        yield 2 * position, {"kind": "platform", **shared, "closing_s": closing_s}
        yield (
            2 * position + 1,
            {
                "kind": "aboard",
                **shared,
                "arrival": arrival,
                "ride_s": ride_s,
                "to_station": to_name,
                "to_stop_id": to_stop_id,
                "may_alight": may_alight,
            },
        )


def _texts(strings: Strings, rows: Int32) -> list[str]:
    """Return a text per row; each different one is decoded once."""
    different, inverse = np.unique(rows, return_inverse=True)
    decoded: Texts = np.array([strings[row] for row in different.tolist()], dtype=object)
    return decoded[inverse].tolist() if len(rows) else []


def _clocks(
    graph: TimeExpandedGraph, seconds: Int32, station: Int32, trip: Int32
) -> list[dt.datetime]:
    """Return aware times, in the station's zone where the feed gives one, else the agency's."""
    timetable = graph.timetable
    zones = [
        name or timetable.timezones[zone]
        for name, zone in zip(
            _texts(timetable.stations.timezone, station),
            timetable.trips.zone[trip].tolist(),
            strict=True,
        )
    ]
    made: dict[tuple[int, str], dt.datetime] = {}
    for key in set(zip(seconds.tolist(), zones, strict=True)):
        made[key] = times.local_time(graph.epoch + key[0], times.zone(key[1]))
    return [made[key] for key in zip(seconds.tolist(), zones, strict=True)]


# ------------------------------------------------------------------ arcs


def _arcs(graph: TimeExpandedGraph, chosen: Bool) -> Iterator[_ArcSet]:
    """Yield the arcs between chosen connections, kind by kind."""
    connections, groups, arcs = graph.connections, graph.timetable.groups, graph.arcs
    rows = connections.rows
    positions = np.flatnonzero(chosen).astype(np.int32)
    known = np.append(chosen, False)  # position n stands for "none"

    def between(kind: str, one: Any, two: Any, nodes: tuple[int, int], **values: Any) -> _ArcSet:
        """Make arcs from one node (0 platform, 1 aboard) of each connection to one of another."""
        duration = rows[two, DEPARTURE] - rows[one, DEPARTURE]
        walk = values.get("walk_s", np.zeros(len(one), dtype=np.int32))
        ends = 2 * one + nodes[0], 2 * two + nodes[1]
        return _ArcSet(kind, *ends, duration, walk, values.get("transfers", 0))

    may_board = positions[rows[positions, BOARDING] < len(groups.boarding_stop)]
    yield between("board", may_board, may_board, (0, 1))
    for kind, following, node in (
        ("wait", arcs.next_in_group, 0),
        ("ride", arcs.next_in_run, 1),
    ):
        one = positions[known[following[positions]]]
        yield between(kind, one, following[one], (node, node))

    size = arcs.transfer_ptr[positions + 1] - arcs.transfer_ptr[positions]
    row, nth = spread(size)
    one = positions[row]
    two = arcs.transfer_to[arcs.transfer_ptr[one] + nth]
    walk = groups.pair_walk[groups.pair_ptr[rows[one, ALIGHTING]] + nth]
    kept = known[two]
    yield between("transfer", one[kept], two[kept], (1, 0), walk_s=walk[kept], transfers=1)

    one, two = connections.exception_from, connections.exception_to
    kept = known[one] & known[two]
    for kind, transfers in (("guaranteed", 1), ("in-seat", 0)):  # the later wins: staying seated
        these = kept & (connections.exception_transfers == transfers)
        yield between(kind, one[these], two[these], (1, 1), transfers=transfers)


def _named(arcs: _ArcSet) -> Iterator[tuple[int, int, dict[str, Any]]]:
    kind, transfers = arcs.kind, arcs.transfers
    for start, end, duration_s, walk_s in zip(
        arcs.start.tolist(),
        arcs.end.tolist(),
        arcs.duration_s.tolist(),
        arcs.walk_s.tolist(),
        strict=True,
    ):
        yield (
            start,
            end,
            {
                "kind": kind,
                "duration_s": duration_s,
                "walk_s": walk_s,
                "transfers": transfers,
            },
        )
