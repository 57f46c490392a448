"""What a station's boards say: what leaves next, and where one gets to without a change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mobiplan import times
from mobiplan.journeys.coupling import by_number, joined_numbers, number_of
from mobiplan.journeys.leg import mode_of
from mobiplan.journeys.tables import durations, instants
from mobiplan.timetable.arrays import spread
from mobiplan.timetable.graph import BOARDING, DEPARTURE, RUN

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.timetable.graph import TimeExpandedGraph
    from mobiplan.timetable.timetable import Timetable

BOARD_COLUMNS = (
    "departure",
    "mode",
    "brand",
    "train_number",
    "line",
    "direction",
    "via",
    "platform",
    "from_id",
    "from_name",
)
DIRECT_COLUMNS = ("id", "name", "trips", "fastest", "first", "last", "brands")

_VIA = 3  # stations on the way that a board names: the busiest ones


def departures(
    graph: TimeExpandedGraph, stations: Sequence[int], instant: int, n: int
) -> pd.DataFrame:
    """Return the next `n` departures that may be boarded at stations.

    Coupled trains are one row. `instant` is in seconds since 1970 UTC.
    """
    import pandas as pd

    connections, timetable = graph.connections, graph.timetable
    rows, groups = connections.rows, timetable.groups
    here = np.flatnonzero(np.isin(groups.boarding_station, list(stations)))
    leaving = np.isin(rows[:, BOARDING], here) & (rows[:, DEPARTURE] >= instant - graph.epoch)
    found: list[dict[str, Any]] = []
    seen: set[int] = set()
    for position in np.flatnonzero(leaving).tolist():  # array order is order of departure
        if len(found) >= n:
            break
        if position not in seen:
            portions = [p for p in _ring(connections.twin, position) if leaving[p]]
            seen.update(portions)
            found.append(_departure(graph, portions))
    frame = pd.DataFrame(found, columns=list(BOARD_COLUMNS))
    zone = zone_of(timetable, stations[0])
    seconds = [graph.epoch + row["departure"] for row in found]
    return frame.assign(departure=instants(seconds, zone))


def direct(timetable: Timetable, stations: Sequence[int], date: dt.date) -> pd.DataFrame:
    """Return where the trips of a service date lead from stations without a change.

    Two numbers of one coupled train count once.
    """
    import pandas as pd

    day = timetable.require_date(date)
    trips, calls, hops = timetable.trips, timetable.calls, timetable.hops
    trip_of = np.repeat(np.arange(len(trips.service)), np.diff(trips.call_ptr))
    station_of = timetable.stops.station[calls.stop]
    runs = timetable.active[trips.service, day] != 0
    here = np.isin(station_of, list(stations)) & runs[trip_of] & (calls.pickup != 1)
    board = np.flatnonzero(here)
    row, place = spread(trips.call_ptr[trip_of[board] + 1] - board - 1)
    board = board[row]
    alight = board + 1 + place
    usable = (calls.drop_off[alight] != 1) & ~np.isin(station_of[alight], list(stations))
    board, alight = board[usable], alight[usable]

    coupling = np.full(len(calls.stop), -1, dtype=np.int64)
    coupling[hops.call] = hops.coupling
    own = coupling[board]
    own = np.where(own >= 0, own, -1 - trip_of[board])  # alone: by its own number, below zero
    leaves, arrives = calls.departure[board], calls.arrival[alight]
    zones = [times.zone(name) for name in timetable.timezones]
    starts = np.array([times.service_day_start(date, zone) for zone in zones], dtype=np.int64)
    frame = pd.DataFrame(
        {
            "to": station_of[alight],
            "train": own,
            "leaves": starts[trips.zone[trip_of[board]]] + leaves,
            "takes": arrives - leaves,
            "brand": trips.brand[trip_of[board]],
        }
    )
    # A train that calls here or there twice is still one: its quickest way counts.
    frame = frame.sort_values(["takes", "leaves"], kind="stable")
    frame = frame.drop_duplicates(["to", "train"])
    grouped = frame.groupby("to", sort=True)
    table = grouped.agg(
        trips=("train", "size"),
        fastest=("takes", "min"),
        first=("leaves", "min"),
        last=("leaves", "max"),
        brands=("brand", lambda brands: ", ".join(_brands(timetable, brands))),
    )
    table = table.sort_values(["trips", "fastest"], ascending=[False, True], kind="stable")
    to = table.index.to_numpy()
    zone = zone_of(timetable, stations[0])
    return pd.DataFrame(
        {
            "id": [timetable.stations.id[station] for station in to],
            "name": [timetable.stations.name[station] for station in to],
            "trips": table["trips"].to_numpy(dtype=np.int64),
            "fastest": durations(table["fastest"].tolist()),
            "first": instants(table["first"].tolist(), zone),
            "last": instants(table["last"].tolist(), zone),
            "brands": table["brands"].tolist(),
        },
        columns=list(DIRECT_COLUMNS),
    )


def zone_of(timetable: Timetable, station: int) -> str:
    """Return the name of a station's time zone, else the first agency's."""
    return timetable.stations.timezone[station] or timetable.timezones[0]


def _brands(timetable: Timetable, rows: pd.Series[int]) -> list[str]:
    return sorted({timetable.brands[row] or "unknown brand" for row in rows.tolist()})


def _ring(twin: Any, position: int) -> list[int]:
    """Return the connections that are one physical train on this hop."""
    ring, other = [position], int(twin[position])
    while other != position:
        ring.append(other)
        other = int(twin[other])
    return ring


def _departure(graph: TimeExpandedGraph, portions: list[int]) -> dict[str, Any]:
    """Say what leaves: the portions of one train, the smallest number's facts first."""
    connections, timetable = graph.connections, graph.timetable
    trips, calls, stations = timetable.trips, timetable.calls, timetable.stations
    runs = {int(connections.rows[p, RUN]): p for p in portions}
    order = sorted(runs, key=lambda run: by_number(number_of(graph, run)))
    stop_station = timetable.stops.station[calls.stop]
    ends, via = [], []
    for run in order:
        call = int(timetable.hops.call[connections.hop[runs[run]]])
        last = int(trips.call_ptr[int(connections.run_trip[run]) + 1]) - 1
        ends.append(stations.name[int(stop_station[last])])
        between = stop_station[call + 1 : last]
        busiest = np.sort(np.argsort(-stations.departures[between], kind="stable")[:_VIA])
        via += [stations.name[row] for row in between[busiest].tolist()]
    position = runs[order[0]]
    trip = int(connections.run_trip[order[0]])
    stop = int(calls.stop[timetable.hops.call[connections.hop[position]]])
    station = int(timetable.stops.station[stop])
    return {
        "departure": int(connections.rows[position, DEPARTURE]),
        "mode": mode_of(timetable.kinds[trips.kind[trip]]),
        "brand": timetable.brands[trips.brand[trip]],
        "train_number": joined_numbers(number_of(graph, run) for run in order),
        "line": timetable.routes.short_name[int(trips.route[trip])],
        "direction": "/".join(dict.fromkeys(ends)),
        "via": ", ".join(dict.fromkeys(via)),
        "platform": timetable.stops.platform[stop],
        "from_id": stations.id[station],
        "from_name": stations.name[station],
    }
