"""The clean tables: what every feed looks like once its quirks are gone.

Ids have become row numbers; times are seconds; unknown is 0 in the three-valued columns
(0 unknown, 1 yes, 2 no, as in GTFS). Rows are in an order that depends on content only.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Source:
    """Where a feed came from."""

    name: str  # the feed's file or folder name, unique among the sources
    path: str
    sha256: str  # of the zip, or of the folder's sorted files; "" for a gtfs-kit Feed
    publisher: str
    version: str
    licence: str  # "" where the feed does not say


@dataclass(frozen=True)
class Tables:
    """One or several feeds, cleaned and merged.

    Attributes
    ----------
    agencies : id, name, url, timezone, lang
        An agency of id and name "" stands for one that the feed names nowhere.
    stations : id, name, lat, lon (degrees, NaN unknown), code (UIC, 8 digits, or ""),
        timezone ("" = the agency's), wheelchair (int8)
    stops : id, name, station (row), platform ("" unknown), lat, lon, wheelchair (int8)
        Boardable stop points (location_type 0 and blank) only; every station has one at least.
    routes : id, agency (row), short_name, long_name, type (int16, as published, -1 none),
        kind (int8)
    trips : id, route (row), service (row of `active`), number (train number, "" none),
        brand, headsign, kind (int8, an index of gtfs.KINDS), block ("" none; scoped by feed),
        zone (int8, index of `timezones`), source (int8, index of `sources`),
        wheelchair (int8), bicycle (int8), first (row of its first stop time), calls (how many)
    stop_times : trip (row), stop (row), arrival_s, departure_s (int32, since noon - 12 h),
        pickup (int8), drop_off (int8), approximate (bool: interpolated, or published as such)
        Sorted by trip, then stop_sequence.
    transfers : from_stop, to_stop, from_station, to_station, from_route, to_route,
        from_trip, to_trip (rows, -1 = any), type (int8), minimum_s (int32, -1 none)
        A rule on a station has from_station >= 0 and from_stop = -1.
    active : (n_services, n_days) bool, day 0 is `first_date`
    timezones : the agencies' time zones, in order of first use
    checks : what was odd, how often, what was done about it
        (source, file, check, severity, count, example, action), errors first. Where an action
        begins with "left out", `count` rows of `file` are not in the tables: rows in a file =
        rows in the tables + rows left out (trips, stop times and transfers).
    """

    agencies: pd.DataFrame
    stations: pd.DataFrame
    stops: pd.DataFrame
    routes: pd.DataFrame
    trips: pd.DataFrame
    stop_times: pd.DataFrame
    transfers: pd.DataFrame
    active: NDArray[np.bool_]
    first_date: dt.date
    timezones: tuple[str, ...]
    sources: tuple[Source, ...]
    checks: pd.DataFrame
