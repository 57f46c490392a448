"""Ways between stations: walks between those close to each other, and changes across a city.

A footpath is used alone, never chained with another (G-36), and is as long both ways.
"""

from __future__ import annotations

import csv
import math
from functools import lru_cache
from importlib import resources
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from mobiplan.timetable.arrays import Bool, Float64, Footpaths, Groups, Stations
from mobiplan.timetable.distance import EARTH_RADIUS_M, distance_m
from mobiplan.timetable.rules import TransferRules

Number = TypeVar("Number", bound=np.generic)

#: Footpaths.origin of a walk by distance, and of a row of the table.
BY_DISTANCE, BY_TABLE = 0, 1


class CityChange(NamedTuple):
    """One row of ``city_changes.csv``: a change between two stations, in either direction.

    Attributes
    ----------
    from_code, to_code : str
        UIC codes of 8 digits.
    from_name, to_name : str
    minutes : int
        From arriving at one station to leaving from the other, but for the closing of doors.
    how : str
        "walk", or the lines taken, joined by " + ".
    source : str
        Where the minutes come from, or the formula and its ingredients.
    kind : str
        "published" (the source states the minutes), "modelled" (a formula of which the source
        states the ingredients) or "assumed".
    """

    from_code: str
    to_code: str
    from_name: str
    to_name: str
    minutes: int
    how: str
    source: str
    kind: str


@lru_cache(maxsize=1)
def city_changes() -> tuple[CityChange, ...]:
    """Return the table of changes across a city, with the source of each.

    Examples
    --------
    >>> [change.minutes for change in city_changes() if change.to_name == "Paris Montparnasse"][0]
    55
    """
    text = resources.files("mobiplan.timetable").joinpath("city_changes.csv")
    with text.open(encoding="utf-8") as lines:
        return tuple(
            CityChange(**{**row, "minutes": int(row["minutes"])})  # type: ignore[arg-type]
            for row in csv.DictReader(lines)
        )


def make_footpaths(stations: Stations, rules: TransferRules) -> Footpaths:
    """Return the ways between stations under `rules`, sorted by station and station.

    Two stations at most ``rules.reach_m`` apart as the crow flies are walked between: the way
    is ``rules.detour`` times as long, at ``rules.walking_speed_m_s``. A row of the table of
    city changes takes the place of the walk between its two stations (``rules.city_changes``).

    Parameters
    ----------
    stations : Stations
        Those without coordinates are never walked to; those without a code are in no table.
    rules : TransferRules
        ``reach_m=0`` means no walks at all.

    Returns
    -------
    Footpaths
        Both directions of each. `distance` is -1 where the change is not made on foot.

    Examples
    --------
    >>> from mobiplan.timetable.strings import Strings
    >>> none, text = np.zeros(2, np.int8), Strings.of(["", ""])
    >>> lat, lon = np.array([50.636577, 50.6394]), np.array([3.06987, 3.075721])  # Lille
    >>> lille = Stations(text, text, text, text, lat, lon, none, none.astype(np.int32), none)
    >>> make_footpaths(lille, TransferRules(reach_m=600)).distance.tolist()
    [674, 674]
    """
    walks_from, walks_to, crow_m = _pairs_within(stations.lat, stations.lon, rules.reach_m)
    way_m = crow_m * rules.detour
    rows = {
        (a, b): (math.ceil(m / rules.walking_speed_m_s), round(m), BY_DISTANCE)
        for a, b, m in zip(walks_from.tolist(), walks_to.tolist(), way_m.tolist(), strict=True)
    }
    if rules.city_changes:
        rows |= _from_table(stations, rules)
    pairs = sorted(rows)
    values = [rows[pair] for pair in pairs]
    table = np.array([(*p, *v) for p, v in zip(pairs, values, strict=True)], dtype=np.int32)
    from_station, to_station, duration, distance, origin = table.reshape(-1, 5).T
    return Footpaths(
        from_station=_frozen(from_station),
        to_station=_frozen(to_station),
        duration=_frozen(duration),
        distance=_frozen(distance),
        origin=_frozen(origin.astype(np.int8)),
    )


def pairs_by(groups: Groups, paths: Footpaths, which: Bool) -> Bool:
    """Return which pairs of groups lie at the two ends of one of `which` footpaths (n_pairs,)."""
    ways = (paths.from_station[which].astype(np.int64) << 32) + paths.to_station[which]
    pairs = groups.arrival_station[groups.pair_from].astype(np.int64) << 32
    return np.isin(pairs + groups.boarding_station[groups.pair_to], ways)


def _from_table(
    stations: Stations, rules: TransferRules
) -> dict[tuple[int, int], tuple[int, int, int]]:
    """Return duration [s], distance [m] and origin of the changes whose two stations exist."""
    rows_of: dict[str, list[int]] = {}
    for row, code in enumerate(stations.code):
        if code:
            rows_of.setdefault(code, []).append(row)
    found: dict[tuple[int, int], tuple[int, int, int]] = {}
    for change in city_changes():
        for a in rows_of.get(change.from_code, ()):
            for b in rows_of.get(change.to_code, ()):
                way_m = -1
                if change.how == "walk":
                    crow_m = distance_m(
                        stations.lat[a], stations.lon[a], stations.lat[b], stations.lon[b]
                    )
                    if crow_m > 0:  # not unknown (NaN), nor one position given to two stations
                        way_m = round(float(crow_m) * rules.detour)
                found[a, b] = found[b, a] = (change.minutes * 60, way_m, BY_TABLE)
    return found


def _pairs_within(
    lat: Float64, lon: Float64, reach_m: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], Float64]:
    """Return the ordered pairs of points at most `reach_m` apart, and their distances [m].

    Around each point, the smallest box of degrees that holds the circle of `reach_m` is looked
    up in an STRtree; the haversine decides. Near a pole the box is all longitudes wide, and one
    that sticks out at 180 degrees is looked up on the other side too.
    """
    nothing = np.zeros(0, np.intp)
    known = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
    if reach_m <= 0 or len(known) < 2:
        return nothing, nothing, np.zeros(0)
    import shapely

    lat, lon = lat[known], lon[known]
    angle = min(reach_m / EARTH_RADIUS_M, np.pi) * (1 + 1e-9) + 1e-12  # never too small a box
    high = np.degrees(angle)
    with np.errstate(invalid="ignore"):
        wide = np.degrees(np.arcsin(np.sin(angle) / np.cos(np.radians(lat))))
    wide = np.where((np.abs(lat) + high < 90) & (angle < np.pi / 2), wide, 180.0)
    tree = shapely.STRtree(shapely.points(lon, lat))
    rows, others = [], []
    for turn in (0.0, 360.0, -360.0):
        west, east = lon - wide + turn, lon + wide + turn
        ask = np.flatnonzero((east >= -180) & (west <= 180))
        boxes = shapely.box(west[ask], lat[ask] - high, east[ask], lat[ask] + high)
        row, other = tree.query(boxes)
        rows.append(ask[row])
        others.append(other)
    a, b = np.unique(np.stack([np.concatenate(rows), np.concatenate(others)]), axis=1)
    a, b = a[a != b], b[a != b]
    crow_m = distance_m(lat[a], lon[a], lat[b], lon[b])
    near = crow_m <= reach_m
    return known[a[near]], known[b[near]], crow_m[near]


def _frozen(column: NDArray[Number]) -> NDArray[Number]:
    """Return a contiguous read-only copy."""
    copy = column.copy(order="C")
    copy.flags.writeable = False
    return copy
