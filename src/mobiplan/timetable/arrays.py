"""The arrays of a timetable: struct of arrays, C-contiguous, fixed dtypes, read-only.

Each table is a NamedTuple whose fields are arrays of one length (or `Strings`), so that
kernels take a table as it is, `storage` can write any of them, and a row number is the same
thing everywhere. A field's comment says its shape, dtype and unit.

Times are int32 seconds since noon minus twelve hours of a service day. In three-valued
columns 0 is unknown, 1 yes, 2 no.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from mobiplan.timetable.strings import Strings

Int8 = NDArray[np.int8]
Int16 = NDArray[np.int16]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
UInt16 = NDArray[np.uint16]
UInt64 = NDArray[np.uint64]
Bool = NDArray[np.bool_]


Table = TypeVar("Table", bound=tuple[Any, ...])


def frozen(table: Table) -> Table:
    """Return a table with every array C-contiguous and read-only."""
    columns = []
    for column in table:
        if isinstance(column, np.ndarray):
            column = np.ascontiguousarray(column).view()
            column.flags.writeable = False
        columns.append(column)
    return type(table)(*columns)


def spread(sizes: NDArray[np.integer]) -> tuple[Int64, Int64]:
    """Number the members of ragged rows: (row, place within its row) of each, row after row.

    >>> [part.tolist() for part in spread(np.array([2, 0, 1]))]
    [[0, 0, 2], [0, 1, 0]]
    """
    row = np.repeat(np.arange(len(sizes)), sizes)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def rows_of(table: Table, mask: Bool) -> Table:
    """Return the rows of a table of arrays for which `mask` holds."""
    return type(table)(*(column[mask] for column in table))


def joined(one: Table, two: Table) -> Table:
    """Return the rows of two tables of arrays, one after the other."""
    return type(one)(*(np.concatenate([a, b]) for a, b in zip(one, two, strict=True)))


class Agencies(NamedTuple):
    """Who runs the trains."""

    id: Strings
    name: Strings
    url: Strings


class Stations(NamedTuple):
    """Places where one changes, begins and ends; every stop belongs to one."""

    id: Strings
    name: Strings
    code: Strings  # UIC code of 8 digits, "" unknown
    timezone: Strings  # IANA name to show times in, "" = the agency's
    lat: Float64  # (n,) degrees, NaN unknown
    lon: Float64  # (n,) degrees, NaN unknown
    wheelchair: Int8  # (n,) three-valued, as published
    departures: Int32  # (n,) departures on the busiest day
    segment: Int8  # (n,) SNCF's segment 1 = A, 2 = B, 3 = C; 0 unknown


class Stops(NamedTuple):
    """Stop points: what a trip calls at."""

    id: Strings
    name: Strings
    platform: Strings  # platform code, "" unknown
    station: Int32  # (n,) row in Stations
    lat: Float64  # (n,) degrees, NaN unknown
    lon: Float64  # (n,) degrees, NaN unknown
    wheelchair: Int8  # (n,) three-valued, inherited from the parent where blank


class Routes(NamedTuple):
    """Lines as published."""

    id: Strings
    short_name: Strings
    long_name: Strings
    agency: Int32  # (n,) row in Agencies
    type: Int16  # (n,) GTFS route_type as published


class Trips(NamedTuple):
    """One vehicle's way on each date of its service; a run is a trip on a date."""

    id: Strings
    number: Strings  # train number, "" none
    headsign: Strings  # as published
    route: Int32  # (n,) row in Routes
    service: Int32  # (n,) row of Timetable.active
    brand: Int16  # (n,) row in Timetable.brands
    kind: Int8  # (n,) row in Timetable.kinds
    zone: Int8  # (n,) row in Timetable.timezones
    source: Int8  # (n,) row in Timetable.sources
    block: Int32  # (n,) trips of one vehicle share it; -1 none
    wheelchair: Int8  # (n,) three-valued
    bicycle: Int8  # (n,) three-valued
    call_ptr: Int32  # (n + 1,) calls of trip t are call_ptr[t] : call_ptr[t + 1]


class Calls(NamedTuple):
    """A trip's calls at stops, trip after trip, in riding order."""

    stop: Int32  # (n,) row in Stops
    arrival: Int32  # (n,) s
    departure: Int32  # (n,) s
    pickup: Int8  # (n,) 0 yes, 1 no, 2 phone, 3 driver
    drop_off: Int8  # (n,) 0 yes, 1 no, 2 phone, 3 driver
    approximate: Int8  # (n,) 1 = interpolated between published times


class Hops(NamedTuple):
    """From one call to the next: what becomes a connection on each date.

    Sorted by departure, arrival, riding order, station and train number, so that a day's
    connections are a mask over this table and never depend on the order in a file.
    """

    call: Int32  # (n,) departing call; it arrives at call + 1
    trip: Int32  # (n,) row in Trips
    departure: Int32  # (n,) s
    arrival: Int32  # (n,) s
    coupling: Int32  # (n,) hops that may be one train under several numbers share it; -1 none


class PublishedTransfers(NamedTuple):
    """transfers.txt, ids resolved; -1 = any."""

    from_stop: Int32
    to_stop: Int32
    from_station: Int32
    to_station: Int32
    from_route: Int32
    to_route: Int32
    from_trip: Int32
    to_trip: Int32
    type: Int8  # (n,) GTFS transfer_type
    minimum: Int32  # (n,) s, -1 not given


class Footpaths(NamedTuple):
    """Ways between stations; each is used alone, they are never chained (G-36)."""

    from_station: Int32
    to_station: Int32
    duration: Int32  # (n,) s
    distance: Int32  # (n,) m along the way; -1 unknown
    origin: Int8  # (n,) 0 = by distance (modelled), 1 = the table of city changes (its source)


class Groups(NamedTuple):
    """Who can change to what, and in how long: `minimum[arrival group, boarding group]` as CSR.

    A missing pair is a change that cannot be made. Groups are numbered by the calls they hold,
    most first: what a scan looks at most lies together in the processor's cache.
    """

    boarding: Int32  # (n_calls,) boarding group of a call; n_boarding = nobody may board
    arrival: Int32  # (n_calls,) arrival group of a call; n_arrival = nobody may alight
    boarding_stop: Int32  # (n_boarding,) row in Stops
    boarding_station: Int32  # (n_boarding,) row in Stations
    closing: Int32  # (n_boarding,) s before departure when boarding ends
    arrival_stop: Int32  # (n_arrival,) row in Stops
    arrival_station: Int32  # (n_arrival,) row in Stations
    pair_ptr: Int32  # (n_arrival + 2,) pairs of arrival group a; the last group has none
    pair_to: Int32  # (n_pairs,) boarding group
    pair_minimum: Int32  # (n_pairs,) s from arrival to departure: walk, rule and closing together
    pair_walk: Int32  # (n_pairs,) s on foot between two stations, 0 within one
    pair_guaranteed: Int8  # (n_pairs,) 1 = the second waits for the first (transfer_type 1)
    pair_packed: Int32  # (2 * n_pairs,) pair_to and pair_minimum in turn, as a scan reads them
    back_ptr: Int32  # (n_boarding + 2,) the same pairs by boarding group
    back_packed: Int32  # (2 * n_pairs,) arrival group and minimum [s] in turn

    @property
    def pair_from(self) -> Int64:
        """The arrival group of each pair (n_pairs,)."""
        return np.repeat(np.arange(len(self.pair_ptr) - 1), np.diff(self.pair_ptr))


class Exceptions(NamedTuple):
    """Changes that are the privilege of two trips: in-seat, guaranteed, trip-to-trip."""

    from_call: Int32  # (n,) arriving call
    to_call: Int32  # (n,) departing call
    minimum: Int32  # (n,) s from arrival to departure; 0 in-seat
    day_shift: Int8  # (n,) service days the second trip is later
    transfers: Int8  # (n,) 0 = in-seat, 1 = one changes
    guaranteed: Int8  # (n,) 1 = the second waits for the first (transfer_type 1)
    active: UInt8  # (n, n_days) 1 = holds for the first trip's run of that service day
