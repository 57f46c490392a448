"""Clean tables to a `Timetable`: the one constructor of its arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mobiplan.gtfs.kinds import KINDS
from mobiplan.gtfs.tables import Tables
from mobiplan.timetable.arrays import (
    Agencies,
    Calls,
    Hops,
    Int32,
    PublishedTransfers,
    Routes,
    Stations,
    Stops,
    Trips,
    frozen,
)
from mobiplan.timetable.footpaths import make_footpaths
from mobiplan.timetable.groups import make_groups
from mobiplan.timetable.minima import Network
from mobiplan.timetable.rules import TransferRules
from mobiplan.timetable.strings import Strings
from mobiplan.timetable.timetable import Timetable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

#: Kinds of train that are coupled; two coaches at one minute are two coaches.
COUPLED_KINDS = ("high speed", "intercity", "night", "regional", "suburban")


def build_timetable(tables: Tables, rules: TransferRules | None = None) -> Timetable:
    """Freeze clean tables into arrays and derive hops, footpaths and groups.

    Raises
    ------
    InvalidFeed
        If published transfer rules contradict each other.
    """
    rules = rules or TransferRules()
    trip_table, kinds = tables.trips, KINDS
    brands, brand = _ranked(trip_table["brand"])
    call_ptr = np.zeros(len(trip_table) + 1, dtype=np.int32)
    np.cumsum(trip_table["calls"].to_numpy(), out=call_ptr[1:])
    trips = Trips(
        _texts(trip_table["id"]),
        _texts(trip_table["number"]),
        _texts(trip_table["headsign"]),
        _ints(trip_table["route"]),
        _ints(trip_table["service"]),
        brand.astype(np.int16),
        _ints(trip_table["kind"], np.int8),
        _ints(trip_table["zone"], np.int8),
        _ints(trip_table["source"], np.int8),
        _blocks(trip_table["block"]),
        _ints(trip_table["wheelchair"], np.int8),
        _ints(trip_table["bicycle"], np.int8),
        call_ptr,
    )
    times = tables.stop_times
    calls = Calls(
        _ints(times["stop"]),
        _ints(times["arrival_s"]),
        _ints(times["departure_s"]),
        _ints(times["pickup"], np.int8),
        _ints(times["drop_off"], np.int8),
        _ints(times["approximate"], np.int8),
    )
    stops = Stops(
        _texts(tables.stops["id"]),
        _texts(tables.stops["name"]),
        _texts(tables.stops["platform"]),
        _ints(tables.stops["station"]),
        _floats(tables.stops["lat"]),
        _floats(tables.stops["lon"]),
        _ints(tables.stops["wheelchair"], np.int8),
    )
    active = tables.active.astype(np.uint8)
    train = number_trains(trip_table["number"].tolist())
    hops = make_hops(trips, calls, stops, train, kinds)
    stations = _stations(tables.stations, count_departures(hops, trips, calls, stops, active))
    published = PublishedTransfers(
        *(
            _ints(tables.transfers[name], np.int8 if name == "type" else np.int32)
            for name in (
                *PublishedTransfers._fields[:-1],
                "minimum_s",
            )
        )
    )
    footpaths = make_footpaths(stations, rules)
    network = Network(stations, stops, trips, calls, published, active, brands, kinds)
    groups, exceptions = make_groups(network, footpaths, rules)
    routes = tables.routes
    return Timetable(
        agencies=frozen(Agencies(*(_texts(tables.agencies[c]) for c in ("id", "name", "url")))),
        stations=frozen(stations),
        stops=frozen(stops),
        routes=frozen(
            Routes(
                _texts(routes["id"]),
                _texts(routes["short_name"]),
                _texts(routes["long_name"]),
                _ints(routes["agency"]),
                _ints(routes["type"], np.int16),
            )
        ),
        trips=frozen(trips),
        calls=frozen(calls),
        hops=frozen(hops),
        published=frozen(published),
        footpaths=frozen(footpaths),
        groups=frozen(groups),
        exceptions=frozen(exceptions),
        active=_read_only(active),
        first_date=tables.first_date,
        brands=brands,
        kinds=kinds,
        timezones=tables.timezones,
        sources=tables.sources,
        rules=rules,
        check_rows=tuple(
            {str(k): v for k, v in row.items()} for row in tables.checks.to_dict("records")
        ),
    )


def number_trains(numbers: Sequence[str]) -> Int32:
    """Number the trains: trips of one train number are one train, others are trains alone."""
    known: dict[str, int] = {}
    alone = len(numbers)
    codes = [
        known.setdefault(number, len(known)) if number else alone + row
        for row, number in enumerate(numbers)
    ]
    return np.array(codes, dtype=np.int32)


def make_hops(
    trips: Trips, calls: Calls, stops: Stops, train: Int32, kinds: tuple[str, ...]
) -> Hops:
    """Make hops of neighbouring calls and put them in the order of DESIGN's rule for ties."""
    n_calls = len(calls.stop)
    ends = np.zeros(n_calls, dtype=bool)
    ends[trips.call_ptr[1:] - 1] = True
    call = np.flatnonzero(~ends).astype(np.int32)
    trip = np.repeat(np.arange(len(trips.route), dtype=np.int32), np.diff(trips.call_ptr) - 1)
    departure, arrival = calls.departure[call], calls.arrival[call + 1]

    # Departure, arrival, riding order, then content: station, and (by the order of trips, which
    # begins with the train number on the French feeds) train.
    station = stops.station[calls.stop[call]].astype(np.int64)
    index = call - trips.call_ptr[trip]
    order = np.lexsort(
        (
            (index.astype(np.int64) << 32) | station,
            (departure.astype(np.int64) << 32) | arrival,
        )
    )
    call, trip = call[order], trip[order]
    departure, arrival = departure[order], arrival[order]
    coupling = _coupling(trips, calls, Hops(call, trip, departure, arrival, call), train, kinds)
    return Hops(call, trip, departure, arrival, coupling)


def _coupling(
    trips: Trips, calls: Calls, hops: Hops, train: Int32, kinds: tuple[str, ...]
) -> Int32:
    """Number the hops that trains of different numbers share to the minute and the stop.

    Trips that are identical from end to end are coupled too: one train sold under two numbers.
    """
    coupling = np.full(len(hops.call), -1, dtype=np.int32)
    coupled = np.array([kind in COUPLED_KINDS for kind in kinds])
    rows = np.flatnonzero(coupled[trips.kind[hops.trip]])
    from_stop, to_stop = calls.stop[hops.call[rows]], calls.stop[hops.call[rows] + 1]
    # Hops are sorted by departure and arrival: equal ones lie together and need no sorting.
    same_time = (np.diff(hops.departure[rows]) == 0) & (np.diff(hops.arrival[rows]) == 0)
    moment = np.cumsum(np.r_[False, ~same_time])[: len(rows)].astype(np.int64)
    n_stops = int(calls.stop.max(initial=0)) + 1
    key = (moment * n_stops + from_stop) * n_stops + to_stop
    order = np.argsort(key, kind="stable")
    new = np.r_[True, np.diff(key[order]) != 0][: len(rows)]
    number = np.cumsum(new) - 1
    # One number on different dates is one train; different numbers are coupled.
    trains = train[hops.trip[rows[order]]]
    first = trains[np.flatnonzero(new)][number] if len(rows) else trains
    differs = np.zeros(len(rows), dtype=bool)
    differs[number[trains != first]] = True
    several = differs[number]
    coupling[rows[order[several]]] = np.unique(number[several], return_inverse=True)[1]
    return coupling


def count_departures(hops: Hops, trips: Trips, calls: Calls, stops: Stops, active: Any) -> Int32:
    """Departures of each station on the network's busiest day, the first of several."""
    day = int((np.bincount(trips.service, minlength=len(active)) @ active).argmax())
    runs = active[trips.service[hops.trip], day] != 0
    boardable = calls.pickup[hops.call] != 1
    station = stops.station[calls.stop[hops.call[runs & boardable]]]
    n_stations = int(stops.station.max(initial=-1)) + 1
    return np.bincount(station, minlength=n_stations).astype(np.int32)


def _stations(table: pd.DataFrame, departures: Int32) -> Stations:
    counts = np.zeros(len(table), dtype=np.int32)
    counts[: len(departures)] = departures
    return Stations(
        _texts(table["id"]),
        _texts(table["name"]),
        _texts(table["code"]),
        _texts(table["timezone"]),
        _floats(table["lat"]),
        _floats(table["lon"]),
        _ints(table["wheelchair"], np.int8),
        counts,
        np.zeros(len(table), dtype=np.int8),
    )


def _blocks(column: pd.Series) -> Int32:
    """Number the blocks that several trips share; -1 where a trip is alone in its block."""
    codes, _ = column.factorize(sort=True)
    codes = np.where(column.to_numpy(dtype=object) == "", -1, codes)
    sizes = np.bincount(codes[codes >= 0], minlength=1)
    shared = (codes >= 0) & (sizes[np.maximum(codes, 0)] > 1)
    return np.where(shared, codes, -1).astype(np.int32)


def _ranked(column: pd.Series) -> tuple[tuple[str, ...], Int32]:
    codes, values = column.factorize(sort=True)
    return tuple(str(value) for value in values), codes.astype(np.int32)


def _texts(column: pd.Series) -> Strings:
    return Strings.of(column.tolist())


def _ints(column: pd.Series, dtype: Any = np.int32) -> Any:
    return np.ascontiguousarray(column.to_numpy(), dtype=dtype)


def _floats(column: pd.Series) -> Any:
    return np.ascontiguousarray(column.to_numpy(), dtype=np.float64)


def _read_only(array: Any) -> Any:
    array.flags.writeable = False
    return array
