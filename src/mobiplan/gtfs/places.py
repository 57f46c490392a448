"""Stops and stations of one feed: who belongs to whom, where they lie, what they are called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mobiplan.gtfs.clock import is_zone
from mobiplan.gtfs.columns import Column, column, numbers, sorted_rows, whole_numbers
from mobiplan.gtfs.french import uic_code
from mobiplan.gtfs.identity import distinct_rows
from mobiplan.gtfs.reading import RawFeed

_FILE = "stops.txt"
_EARTH_M = 6_371_000.0
#: Parentless stops of one name within this distance of one another are one station.
SAME_NAME_M = 300.0
_STOP, _STATION, _ENTRANCE, _NODE, _BOARDING_AREA = range(5)


@dataclass(frozen=True)
class Places:
    """The boardable stops of a feed, their stations, and what every stop id stands for."""

    stations: pd.DataFrame  # as in Tables, sorted by id
    stops: pd.DataFrame  # as in Tables, sorted by id
    ids: NDArray[np.object_]  # (n_ids,) every stop_id of the feed, sorted
    stop: NDArray[np.int32]  # (n_ids,)  row of stops, -1 not a stop
    station: NDArray[np.int32]  # (n_ids,)  row of stations where the id is a station's, else -1


def read_places(feed: RawFeed, called_at: Column) -> Places:
    """Return the stops and stations of `feed`; `called_at` are the stop ids of its stop times.

    Raises
    ------
    InvalidFeed
        If two rows give one id to different stops.
    """
    table = distinct_rows(feed, feed.tables["stops"], _FILE, "stop_id")
    ids = column(table, "stop_id").values()
    order = sorted_rows(ids)
    table, ids = table.iloc[order].reset_index(drop=True), ids[order]
    n = len(ids)
    checks = feed.checks

    kind, bad = whole_numbers(column(table, "location_type"), _STOP, 0, 4)
    checks.add(_FILE, "unknown location_type", "warning", int(bad.sum()), ids[bad], "taken as 0")
    parent = _parents(feed, table, ids, kind)

    # A boarding area is boarded at its platform (G-17).
    platform = np.where((kind == _BOARDING_AREA) & (parent >= 0), parent, np.arange(n))
    is_stop = kind == _STOP
    lost = (kind == _BOARDING_AREA) & ~is_stop[platform]
    checks.add(
        *(_FILE, "boarding area without platform", "warning", int(lost.sum()), ids[lost]),
        action="taken as a stop",
    )
    is_stop |= lost
    platform = np.where(is_stop[platform], platform, np.arange(n))

    # A train that calls at a station itself calls at a stop of the station's id.
    called = np.zeros(n, dtype=bool)
    called_rows = Column(np.arange(len(called_at.texts)), called_at.texts).rows_in(ids)
    called[called_rows[called_rows >= 0]] = True
    both = (kind == _STATION) & called
    checks.add(
        *(_FILE, "trains call at a station itself", "warning", int(both.sum()), ids[both]),
        action="the station gets a stop of the same id",
    )
    is_stop |= both

    lat, lon = _coordinates(feed, table, ids)
    names = column(table, "stop_name").values()
    station = _stations_of(feed, ids, names, kind, parent, is_stop, lat, lon)

    stop_rows = np.flatnonzero(is_stop)
    station_rows = np.unique(station[stop_rows])
    empty = (kind == _STATION) & ~np.isin(np.arange(n), station_rows)
    checks.add(
        *(_FILE, "station without stops", "info", int(empty.sum()), ids[empty]),
        action="left out: nothing stops there",
    )
    unused = (kind == _ENTRANCE) | (kind == _NODE) | ((kind == _BOARDING_AREA) & ~is_stop)
    checks.add(
        *(_FILE, "entrance, node or boarding area", "info", int(unused.sum()), ids[unused]),
        action="left out: not a place where trains stop",
    )

    station_of = np.full(n, -1, dtype=np.int32)  # table row -> row of stations
    station_of[station_rows] = np.arange(len(station_rows))
    stop_of = np.full(n, -1, dtype=np.int32)
    stop_of[stop_rows] = np.arange(len(stop_rows))
    owner = station_of[station[stop_rows]]

    lat, lon = _borrowed(feed, ids, lat, lon, stop_rows, owner, station_rows)
    wheelchair, bad = whole_numbers(column(table, "wheelchair_boarding"), 0, 0, 2)
    checks.add(
        *(_FILE, "unknown wheelchair_boarding", "warning", int(bad.sum()), ids[bad]),
        action="taken as unknown",
    )
    own = wheelchair[stop_rows]
    inherited = np.where(own == 0, wheelchair[station[stop_rows]], own)  # G-40
    zone = _zones(feed, table)
    names = _named(feed, ids, names, stop_rows, owner, station_rows)

    stations = pd.DataFrame(
        {
            "id": ids[station_rows],
            "name": names[station_rows],
            "lat": lat[station_rows],
            "lon": lon[station_rows],
            "code": np.array([uic_code(i) for i in ids[station_rows]], dtype=object),
            "timezone": zone[station_rows],
            "wheelchair": wheelchair[station_rows].astype(np.int8),
        }
    )
    stops = pd.DataFrame(
        {
            "id": ids[stop_rows],
            "name": names[stop_rows],
            "station": owner.astype(np.int32),
            "platform": column(table, "platform_code").values()[stop_rows],
            "lat": lat[stop_rows],
            "lon": lon[stop_rows],
            "wheelchair": inherited.astype(np.int8),
        }
    )
    as_station = np.where(kind == _STATION, station_of, -1).astype(np.int32)
    return Places(stations, stops, ids, stop_of[platform], as_station)


def distance_m(
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    to_lat: NDArray[np.float64],
    to_lon: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return great-circle distances in metres between points in degrees (NaN if unknown)."""
    phi, to_phi = np.radians(lat), np.radians(to_lat)
    half = (
        np.sin((to_phi - phi) / 2) ** 2
        + np.cos(phi) * np.cos(to_phi) * np.sin(np.radians(to_lon - lon) / 2) ** 2
    )
    return np.asarray(2 * _EARTH_M * np.arcsin(np.sqrt(half)))


def linked(n: int, one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return for each of `n` things the smallest it is linked to, over any number of links."""
    least = np.arange(n)
    while True:
        before = least.copy()
        pull = np.minimum(least[one], least[other])
        np.minimum.at(least, one, pull)
        np.minimum.at(least, other, pull)
        least = least[least]
        if (least == before).all():
            return least


def _parents(
    feed: RawFeed, table: pd.DataFrame, ids: NDArray[np.object_], kind: NDArray[np.int64]
) -> NDArray[np.intp]:
    """Return the row of each row's parent, -1 for none."""
    named = column(table, "parent_station")
    parent = named.rows_in(ids).astype(np.intp)
    unknown = (parent < 0) & ~named.blank()
    feed.checks.add(
        *(_FILE, "parent_station does not exist", "warning", int(unknown.sum()), ids[unknown]),
        action="taken as without a parent",
    )
    itself = (parent == np.arange(len(ids))) | ((kind == _STATION) & (parent >= 0))
    feed.checks.add(
        *(_FILE, "station with a parent", "warning", int(itself.sum()), ids[itself]),
        action="its parent is ignored",
    )
    parent[itself] = -1
    return parent


def _stations_of(
    feed: RawFeed,
    ids: NDArray[np.object_],
    names: NDArray[np.object_],
    kind: NDArray[np.int64],
    parent: NDArray[np.intp],
    is_stop: NDArray[np.bool_],
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
) -> NDArray[np.intp]:
    """Return the row that is each row's station: a station, or a parentless stop."""
    station = np.arange(len(ids))
    for _ in range(3):  # boarding area -> platform -> station, and one level to spare
        up = parent[station]
        station = np.where((up >= 0) & (kind[station] != _STATION), up, station)
    wrong = is_stop & (kind[station] != _STATION) & (station != np.arange(len(ids)))
    feed.checks.add(
        *(_FILE, "parent is not a station", "warning", int(wrong.sum()), ids[wrong]),
        action="the parent is taken as a station",
    )
    orphans = np.flatnonzero(is_stop & (station == np.arange(len(ids))) & (kind != _STATION))
    if not len(orphans):
        return station
    joined = _join_by_name(names[orphans], lat[orphans], lon[orphans])
    station[orphans] = orphans[joined]
    station = station[station]  # stops under a parentless stop follow it
    n_joined = int((joined != np.arange(len(orphans))).sum())
    example = ids[orphans][joined != np.arange(len(orphans))]
    feed.checks.add(
        *(_FILE, "parentless stops of one name", "info", n_joined, example),
        action=f"assumed one station: same name within {SAME_NAME_M:.0f} m",
    )
    return station


def _join_by_name(
    names: NDArray[np.object_], lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Return for each stop the first (smallest id) of those of its name nearby, itself included."""
    code, _ = pd.factorize(np.array([name.casefold() for name in names], dtype=object))
    nameless = names == ""
    order = np.lexsort((lat, code))
    reach = np.degrees(SAME_NAME_M / _EARTH_M) * 1.001  # degrees of latitude
    one, other = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    for shift in range(1, len(names)):
        a, b = order[:-shift], order[shift:]
        near = (code[a] == code[b]) & (lat[b] - lat[a] <= reach) & ~nameless[a]
        if not near.any():
            break
        a, b = a[near], b[near]
        close = distance_m(lat[a], lon[a], lat[b], lon[b]) <= SAME_NAME_M
        one.append(a[close])
        other.append(b[close])
    return linked(len(names), np.concatenate(one), np.concatenate(other))


def _coordinates(
    feed: RawFeed, table: pd.DataFrame, ids: NDArray[np.object_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lat, bad_lat = numbers(column(table, "stop_lat"), np.nan, -90, 90)
    lon, bad_lon = numbers(column(table, "stop_lon"), np.nan, -180, 180)
    zero = (np.abs(lat) < 1e-6) & (np.abs(lon) < 1e-6)
    for what, which in (
        ("zero coordinates", zero),
        ("malformed coordinates", bad_lat | bad_lon),
        ("missing coordinates", (np.isnan(lat) | np.isnan(lon)) & ~(bad_lat | bad_lon)),
    ):
        feed.checks.add(
            *(_FILE, what, "warning", int(which.sum()), ids[which]),
            action="taken from its station or stops where they have some, else unknown",
        )
    unknown = zero | np.isnan(lat) | np.isnan(lon)
    return np.where(unknown, np.nan, lat), np.where(unknown, np.nan, lon)


def _borrowed(
    feed: RawFeed,
    ids: NDArray[np.object_],
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    stop_rows: NDArray[np.intp],
    owner: NDArray[np.int32],
    station_rows: NDArray[np.intp],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fill a station's unknown place by the mean of its stops, then a stop's by its station."""
    known = ~np.isnan(lat[stop_rows])
    n = np.bincount(owner[known], minlength=len(station_rows))
    with np.errstate(invalid="ignore"):
        filled = [
            np.bincount(owner[known], x[stop_rows][known], minlength=len(station_rows)) / n
            for x in (lat, lon)
        ]
    missing = np.isnan(lat[station_rows])
    lat, lon = lat.copy(), lon.copy()
    for x, mean in zip((lat, lon), filled, strict=True):
        x[station_rows[missing]] = mean[missing]
    missing_stops = np.isnan(lat[stop_rows])
    for x in (lat, lon):
        x[stop_rows[missing_stops]] = x[station_rows[owner[missing_stops]]]
    nowhere = np.isnan(lat[station_rows])
    feed.checks.add(
        *(_FILE, "station nowhere", "warning", int(nowhere.sum()), ids[station_rows[nowhere]]),
        action="no coordinates at all: no footpath leads there, no map shows it",
    )
    return lat, lon


def _named(
    feed: RawFeed,
    ids: NDArray[np.object_],
    names: NDArray[np.object_],
    stop_rows: NDArray[np.intp],
    owner: NDArray[np.int32],
    station_rows: NDArray[np.intp],
) -> NDArray[np.object_]:
    """Give a nameless station its first stop's name, a nameless stop its station's, else the id."""
    names = names.copy()
    used = np.union1d(stop_rows, station_rows)
    blank = used[names[used] == ""]
    if not len(blank):
        return names
    feed.checks.add(
        *(_FILE, "missing stop_name", "warning", len(blank), ids[blank]),
        action="named after its station or stops, else by its id",
    )
    nameless = np.flatnonzero(names[station_rows] == "")
    for station in nameless:
        children = names[stop_rows[owner == station]]
        found = children[children != ""]
        names[station_rows[station]] = min(found) if len(found) else ids[station_rows[station]]
    stops = names[stop_rows] == ""
    names[stop_rows[stops]] = names[station_rows[owner[stops]]]
    return names


def _zones(feed: RawFeed, table: pd.DataFrame) -> NDArray[np.object_]:
    zones = column(table, "stop_timezone")
    known = np.array([text if is_zone(text) else "" for text in zones.texts], dtype=object)
    bad = (known != zones.texts)[zones.codes]
    feed.checks.add(
        *(_FILE, "unknown stop_timezone", "warning", int(bad.sum()), zones.values()[bad]),
        action="the agency's time zone is used",
    )
    return known[zones.codes]
