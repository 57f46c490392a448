"""Places: what a caller says, the stations it stands for, and the groups of a search there."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mobiplan.errors import InvalidQuery, UnknownStation
from mobiplan.journeys.itinerary import Place
from mobiplan.search.ends import Ends
from mobiplan.timetable.arrays import Int32
from mobiplan.timetable.distance import distance_m
from mobiplan.timetable.footpaths import BY_TABLE, pairs_by
from mobiplan.timetable.graph import NEVER
from mobiplan.timetable.timetable import Timetable

if TYPE_CHECKING:
    from shapely import Point

    from mobiplan.search.pareto import OnFoot

#: A station's name or id, a city, (lat, lon), a shapely Point, or a list of these.
PlaceLike: TypeAlias = "str | tuple[float, float] | Point | list[Any] | Place"

_KEPT = 4096  # places whose groups are remembered


class Places:
    """Everything a planner knows about places on one timetable."""

    def __init__(self, timetable: Timetable) -> None:
        self.timetable = timetable
        self._reached: dict[Place, dict[int, int]] = {}
        self._across: dict[Place, dict[int, int]] = {}
        self._origins: dict[Place, tuple[Int32, Int32, Int32]] = {}
        self._destinations: dict[Place, tuple[Int32, Int32]] = {}
        self._begin_on_foot: dict[Place, tuple[Int32, Int32]] = {}
        self._end_on_foot: dict[Place, Int32] = {}

    # ------------------------------------------------------------------ resolving

    def resolve(self, value: PlaceLike, argument: str) -> Place:
        """Return the stations that `value` stands for and the walk to each."""
        if isinstance(value, Place):
            return value
        if isinstance(value, str):
            return self._named(value, argument)
        if isinstance(value, list):
            if not value:
                raise InvalidQuery(f"{argument}=[] names no place")
            return _union([self.resolve(part, argument) for part in value])
        shape: Any = value
        if hasattr(shape, "geom_type"):
            if shape.geom_type != "Point" or shape.is_empty:
                raise InvalidQuery(f"{argument}={value!r}: of shapely's shapes only a Point")
            return self._point(float(shape.y), float(shape.x), argument)
        if isinstance(value, tuple) and len(value) == 2:
            try:
                lat, lon = float(value[0]), float(value[1])
            except (TypeError, ValueError):
                pass
            else:
                return self._point(lat, lon, argument)
        raise InvalidQuery(
            f"{argument}={value!r} is not a place: give a station's name or id, a city, "
            "(lat, lon), a shapely Point, or a list of these"
        )

    def _named(self, text: str, argument: str) -> Place:
        stop = self.timetable.stops.id.row(text)
        if stop is not None:
            return Place(text, (int(self.timetable.stops.station[stop]),), (0,))
        try:
            rows = self.timetable.names.resolve(text)
        except UnknownStation as error:
            raise UnknownStation(f"{argument}: {error}") from None
        return Place(text, tuple(rows), (0,) * len(rows))

    def _point(self, lat: float, lon: float, argument: str) -> Place:
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise InvalidQuery(
                f"{argument}=({lat}, {lon}) is not a point on earth: give (lat, lon) in degrees"
            )
        stations, rules = self.timetable.stations, self.timetable.rules
        metres = distance_m(lat, lon, stations.lat, stations.lon)
        metres = np.where(np.isnan(metres), np.inf, metres)
        near = np.flatnonzero(metres <= rules.access_reach_m)
        if len(near) == 0:
            nearest = int(metres.argmin())
            raise UnknownStation(
                f"{argument}=({lat}, {lon}): no station within {rules.access_reach_m:.0f} m; the "
                f"nearest is {stations.name[nearest]!r}, {metres[nearest] / 1000:.1f} km away "
                "(TransferRules(access_reach_m=...) sets the reach)"
            )
        near = near[np.argsort(metres[near], kind="stable")]
        walks = [self._on_foot(distance) for distance in metres[near].tolist()]
        label = f"{lat:.5f}, {lon:.5f}"
        return Place(label, tuple(near.tolist()), tuple(walks), lat, lon)

    def _on_foot(self, metres: float) -> int:
        rules = self.timetable.rules
        return math.ceil(metres * rules.detour / rules.walking_speed_m_s)

    # ------------------------------------------------------------------ two places

    def refuse_one_place(self, origin: Place, destination: Place) -> None:
        """Raise InvalidQuery where both places hold one station: there is nothing to plan."""
        if origin.lat is not None or destination.lat is not None:
            return
        shared = set(origin.stations).intersection(destination.stations)
        if shared:
            names = ", ".join(self.timetable.stations.name[row] for row in sorted(shared)[:3])
            raise InvalidQuery(
                f"origin {origin.label!r} and destination {destination.label!r} are one place "
                f"({names}): ask for two"
            )

    def walking_time(self, origin: Place, destination: Place) -> int | None:
        """Return the time from door to door without a train in seconds; None: too far."""
        ways = []
        if origin.lat is not None and destination.lat is not None:
            metres = float(
                distance_m(origin.lat, origin.lon or 0, destination.lat, destination.lon or 0)
            )
            if metres <= self.timetable.rules.access_reach_m:
                ways.append(self._on_foot(metres))
        reached = self.reach(origin)
        for station, walk in zip(destination.stations, destination.walks, strict=True):
            if station in reached:
                ways.append(reached[station] + walk)
        return min(ways, default=None)

    @cached_property
    def _neighbours(self) -> dict[int, list[tuple[int, int, bool]]]:
        """Station -> (station, s, by the table of city changes), in both directions alike."""
        paths = self.timetable.footpaths
        around: dict[int, list[tuple[int, int, bool]]] = {}
        columns = (paths.from_station, paths.to_station, paths.duration, paths.origin)
        for one, other, seconds, origin in zip(*(c.tolist() for c in columns), strict=True):
            around.setdefault(one, []).append((other, seconds, origin == BY_TABLE))
        return around

    def reach(self, place: Place) -> dict[int, int]:
        """Return the stations where a journey from (or to) a place may begin, and the way there.

        Besides the place's own stations these are the ones a footpath or a city change away:
        who asks for Paris Est may arrive at Paris Nord and walk. Walks are used one at a time:
        from a point only a city change (by metro or bus) may follow the walk to a station.

        Returns
        -------
        dict
            Row in Timetable.stations -> seconds.
        """
        known = self._reached.get(place)
        if known is not None:
            return known
        own = dict(zip(place.stations, place.walks, strict=True))
        reached, across = dict(own), {}
        for station, walk in own.items():
            for other, seconds, by_table in self._neighbours.get(station, ()):
                sooner = walk + seconds < reached.get(other, NEVER)
                if sooner and (place.lat is None or by_table):
                    reached[other] = walk + seconds
                    across[other] = seconds if by_table else 0
        _remember(self._across, place, across)
        _remember(self._reached, place, reached)
        return reached

    # ------------------------------------------------------------------ groups

    def ends(self, origin: Place, destination: Place) -> Ends:
        """Return both places as groups, for the kernels."""
        first = self.boarding_at(origin)
        last = self._destinations.get(destination)
        if last is None:
            last = _remember(self._destinations, destination, self._arriving_at(destination))
        return Ends(*first, *last)

    def on_foot(self, origin: Place, destination: Place) -> OnFoot:
        """Return which part of the ways in `ends`, and of changes, is on foot."""
        from mobiplan.search.pareto import OnFoot

        begin, end = self._begin_on_foot.get(origin), self._end_on_foot.get(destination)
        groups = self.timetable.groups
        if begin is None:
            group, access, _ = self.boarding_at(origin)
            across = self._across_to(origin, groups.boarding_station[group])
            walk = np.maximum(access - groups.closing[group] - across, 0)
            begin = _remember(self._begin_on_foot, origin, (walk, across))
        if end is None:
            ends = self.ends(origin, destination)
            across = self._across_to(destination, groups.arrival_station[ends.destination])
            end = _remember(self._end_on_foot, destination, ends.egress - across)
        return OnFoot(begin[0], begin[1], end, self.pair_cross)

    def _across_to(self, place: Place, station: Int32) -> Int32:
        self.reach(place)
        across = self._across[place]
        return np.array([across.get(row, 0) for row in station.tolist()], dtype=np.int32)

    @cached_property
    def pair_cross(self) -> Int32:
        """Seconds across a city by its metro or bus, of `Groups.pair_walk` (n_pairs,)."""
        groups, paths = self.timetable.groups, self.timetable.footpaths
        by_table = pairs_by(groups, paths, paths.origin == BY_TABLE)
        across: Int32 = np.where(by_table, groups.pair_walk, 0).astype(np.int32)
        return across

    def boarding_at(self, place: Place) -> tuple[Int32, Int32, Int32]:
        """Return origin, access and leave of `Ends`."""
        known = self._origins.get(place)
        if known is not None:
            return known
        group, walk = _groups_at(self.reach(place), self._boarding)
        access = walk + self.timetable.groups.closing[group]
        leave = np.where(walk > 0, access, 0).astype(np.int32)
        _remember(self._origins, place, (group, access, leave))
        return group, access, leave

    def _arriving_at(self, place: Place) -> tuple[Int32, Int32]:
        return _groups_at(self.reach(place), self._arrival)

    @cached_property
    def _boarding(self) -> list[Int32]:
        groups = self.timetable.groups
        return _by_station(groups.boarding_station, len(self.timetable.stations.lat))

    @cached_property
    def _arrival(self) -> list[Int32]:
        groups = self.timetable.groups
        return _by_station(groups.arrival_station, len(self.timetable.stations.lat))


def _groups_at(reached: dict[int, int], groups: list[Int32]) -> tuple[Int32, Int32]:
    """Return the groups of the stations and the walk to each."""
    parts = [groups[station] for station in reached]
    walk = np.array(list(reached.values()), dtype=np.int32)
    return np.concatenate(parts), np.repeat(walk, [len(part) for part in parts])


def _by_station(station: Int32, n_stations: int) -> list[NDArray[np.int32]]:
    """Return the groups of each station."""
    order = np.argsort(station, kind="stable").astype(np.int32)
    return list(np.split(order, np.searchsorted(station[order], np.arange(1, n_stations))))


def _remember(known: dict[Place, Any], place: Place, groups: Any) -> Any:
    if len(known) >= _KEPT:
        known.clear()
    known[place] = groups
    return groups


def _union(places: list[Place]) -> Place:
    """Join places; a station that several reach keeps its shortest walk."""
    walks: dict[int, int] = {}
    for place in places:
        for station, walk in zip(place.stations, place.walks, strict=True):
            walks[station] = min(walk, walks.get(station, walk))
    label = " or ".join(dict.fromkeys(place.label for place in places))
    return Place(label, tuple(walks), tuple(walks.values()))
