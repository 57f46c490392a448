"""Isochrones: the areas that one can be in within a time, trains first and then on foot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from mobiplan import times
from mobiplan.errors import InvalidQuery

if TYPE_CHECKING:
    import geopandas as gpd

    from mobiplan.analysis.reach import Reach

STATION_M = 100.0  # the least radius: the station itself
LAMBERT_93 = "EPSG:2154"
#: West, south, east, north [degrees] of where Lambert-93 is true to scale within 0.3 %.
FRANCE = (-5.5, 41.0, 10.0, 51.5)
SEGMENTS = 16  # of a quarter of a circle


def isochrones(
    reach: Reach,
    limits: Iterable[times.DurationLike] | times.DurationLike,
    max_walk_m: float | None = None,
) -> gpd.GeoDataFrame:
    """Return the areas within reach at each limit; see `Reach.isochrones`."""
    import geopandas as gpd
    import shapely

    from mobiplan.journeys.tables import durations

    if isinstance(limits, str | dt.timedelta):
        limits = [limits]
    seconds = sorted({times.parse_duration(limit, "limits") for limit in limits})
    if not seconds:
        raise InvalidQuery("limits=[] asks for no area: give durations such as ['1 h', '2 h']")
    if seconds[-1] > reach.within_s:
        raise InvalidQuery(
            f"limits holds {times.format_duration(seconds[-1])}, and the reach ends at "
            f"{times.format_duration(reach.within_s)}: ask planner.reach(...) for more"
        )
    rules, needs = reach.planner.timetable.rules, reach.planner.needs
    if max_walk_m is None:
        max_walk_m = rules.access_reach_m
    if not max_walk_m >= 0:
        raise InvalidQuery(f"max_walk_m={max_walk_m!r}: metres, 0 or more")
    widest = max(float(max_walk_m), STATION_M)
    speed_m_s = (needs.pace_m_s or rules.walking_speed_m_s) / rules.detour
    stations = reach.planner.timetable.stations
    placed = ~np.isnan(stations.lat[reach.station])
    rows, travel_time = reach.station[placed], reach.travel_time[placed]
    points = gpd.GeoSeries(gpd.points_from_xy(stations.lon[rows], stations.lat[rows]), crs=4326)
    metric = points.to_crs(metric_crs(points))
    areas = []
    for limit in seconds:
        radius = np.clip((limit - travel_time) * speed_m_s, STATION_M, widest)
        inside = travel_time <= limit
        circles = shapely.buffer(metric.to_numpy()[inside], radius[inside], quad_segs=SEGMENTS)
        areas.append(shapely.union_all(circles))
    series = gpd.GeoSeries(areas, crs=metric.crs)
    columns: dict[str, Any] = {
        "limit": durations(seconds),
        "stations": [int((travel_time <= limit).sum()) for limit in seconds],
        "area_km2": series.area.to_numpy() / 1e6,
        "geometry": series.to_crs(4326),
    }
    return gpd.GeoDataFrame(columns, geometry="geometry", crs=4326)


def metric_crs(points: gpd.GeoSeries) -> Any:
    """Return a projection in metres for points in degrees."""
    if not len(points):
        return LAMBERT_93
    west, south, east, north = points.total_bounds
    inside = west >= FRANCE[0] and south >= FRANCE[1] and east <= FRANCE[2] and north <= FRANCE[3]
    return LAMBERT_93 if inside else points.estimate_utm_crs()
