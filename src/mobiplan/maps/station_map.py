"""`StationPage.explore()`: a station on the map, and where one gets to without a change."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from mobiplan import times
from mobiplan.journeys.terminal import day as day_text
from mobiplan.journeys.terminal import length
from mobiplan.maps.names import Names, station_names
from mobiplan.maps.page import Box, Map, add_features, add_ground, point_feature
from mobiplan.timetable.counting import counted

if TYPE_CHECKING:
    from mobiplan.maps.station import StationPage

_HERE, _THERE = "#9B1B4D", "#1F4E79"
_NAMED = 25  # destinations whose names come first


def station_map(page: StationPage, date: times.DateLike | None = None) -> Map:
    """Return the map of `StationPage.explore`."""
    timetable, stations = page.timetable, page.timetable.stations
    day = timetable.busiest_date if date is None else times.parse_date(date)
    direct = page.direct(day)
    rows = [int(stations.id.row(id_)) for id_ in direct["id"]]  # type: ignore[arg-type]
    placed = [k for k, row in enumerate(rows) if not np.isnan(stations.lat[row])]
    here = [row for row in page.rows if not np.isnan(stations.lat[row])]
    points = [_place(stations, row) for row in [*here, *(rows[k] for k in placed)]]
    view = Map(page.name, points)
    add_ground(view, timetable)
    most = int(direct["trips"].max()) if len(direct) else 1
    features = []
    for k in sorted(placed, key=lambda k: -int(direct["trips"].iloc[k])):
        row = direct.iloc[k]
        text = (
            f"<b>{escape(row['name'])}</b><br>{counted(row['trips'], 'trip')}, fastest "
            f"{length(row['fastest'])}<br>{row['first']:%H:%M} to {row['last']:%H:%M}, "
            f"{escape(row['brands'])}"
        )
        radius = round(2.5 + 9 * (int(row["trips"]) / most) ** 0.5, 1)
        features.append(
            point_feature(
                *_place(stations, rows[k]),
                style={"radius": radius, "color": "#fff", "weight": 1, "fillColor": _THERE},
                name=row["name"],
                tip=text,
                page=text,
            )
        )
    add_features(view, features, "mbp-direct")
    add_features(view, [_here(page, row) for row in here], "mbp-station")
    nearest = sorted(placed, key=lambda k: -int(direct["trips"].iloc[k]))[:_NAMED]
    view.add_child(
        Names(station_names(timetable, [*here, *(rows[k] for k in nearest)]), dots=False)
    )
    view.add_child(
        Box(
            f"<h4>{escape(page.name)}</h4>{counted(len(direct), 'station')} without a change, "
            f"{day_text(day)}<br>circles: trips of the day"
        )
    )
    return view


def _here(page: StationPage, row: int) -> dict[str, Any]:
    stations = page.timetable.stations
    lines = "".join(
        f"<tr><td>{escape(fact.fact)}</td><td>{escape(fact.value)}</td></tr>"
        for fact in page.fact_lines
    )
    name = stations.name[row]
    facts = f"<table>{lines}</table>" if row == page.rows[0] else ""
    return point_feature(
        *_place(stations, row),
        style={"radius": 9, "color": "#fff", "weight": 2.5, "fillColor": _HERE},
        name=name,
        tip=f"<b>{escape(name)}</b>",
        page=f"<b>{escape(name)}</b>{facts}",
    )


def _place(stations: Any, row: int) -> tuple[float, float]:
    return float(stations.lon[row]), float(stations.lat[row])
