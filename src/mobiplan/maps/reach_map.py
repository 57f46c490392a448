"""`Reach.explore()`: the stations within reach on a map, coloured by travel time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from mobiplan import times
from mobiplan.journeys.terminal import changes, clock
from mobiplan.maps.names import Name, Names
from mobiplan.maps.page import Box, Map, add_features, add_ground, point_feature
from mobiplan.timetable.counting import counted

if TYPE_CHECKING:
    from mobiplan.analysis.reach import Reach

#: From near to far: the scale "viridis" (Smith and van der Walt, 2015), even to the eye and told
#: apart with any of the three kinds of colour blindness, in six steps.
SCALE = ("#440154", "#414487", "#2A788E", "#22A884", "#7AD151", "#FDE725")
_NICE_MIN = (5, 10, 15, 20, 30, 60, 90, 120, 180, 240, 360, 480, 720, 1440)


class Steps(NamedTuple):
    """Classes of travel time."""

    until_s: list[int]  # (n,) each class ends here
    colours: list[str]  # (n,)

    def of(self, travel_time_s: int) -> int:
        """Return the class of a travel time."""
        return int(np.searchsorted(self.until_s[:-1], travel_time_s, side="left"))


def steps_of(within_s: int) -> Steps:
    """Divide a travel time into at most six classes of a round length.

    >>> [until // 60 for until in steps_of(5 * 3600).until_s]
    [60, 120, 180, 240, 300]
    """
    minutes = max(within_s / 60, 1)
    step = next((nice for nice in _NICE_MIN if minutes / nice <= len(SCALE)), minutes / len(SCALE))
    until = [int(60 * step * (k + 1)) for k in range(int(np.ceil(minutes / step)))]
    until[-1] = within_s
    places = np.linspace(0, len(SCALE) - 1, len(until)).round().astype(int)
    return Steps(until, [SCALE[place] for place in places])


def words_of(reach: Reach) -> tuple[str, str]:
    """Say what a reach is, and of when."""
    planner, question = reach.planner, reach.question
    zone = times.zone(planner.timetable.timezones[0])
    way = "towards" if question.towards else "from"
    within = times.format_duration(reach.within_s)
    instant = question.graph.epoch + (
        question.when.window.depart if question.when.shortest else question.when.instant
    )
    local = times.local_time(instant, zone)
    day = f"{local:%a} {local.day} {local:%b %Y}"
    if not question.when.shortest:
        day += f", {'arrival by' if question.towards else 'departure at'} {local:%H:%M}"
    return f"Within {within} {way} {reach.place.label}", day


def reach_map(reach: Reach, limits: Iterable[times.DurationLike] = ()) -> Map:
    """Return a map of the stations within reach; with `limits`, of the areas within each too.

    Returns
    -------
    Map
        A folium map; ``.save("reach.html")`` writes a page that needs no network. Stations whose
        place is unknown are counted in the legend, not drawn.

    Examples
    --------
    >>> import mobiplan as mp
    >>> reach = mp.Planner(mp.sample()).reach("Rennes", "3 h", date="2026-03-24")
    >>> "Nantes" in reach_map(reach).get_root().render()
    True
    """
    frame, steps = reach.to_frame(), steps_of(reach.within_s)
    placed = frame[frame["geometry"].notna()]
    title, day = words_of(reach)
    points = [(point.x, point.y) for point in placed["geometry"]]
    if reach.place.lat is not None and reach.place.lon is not None:
        points.append((reach.place.lon, reach.place.lat))
    page = Map(title, points)
    add_ground(page, reach.planner.timetable)
    limits = list(limits)
    if limits:
        areas = reach.isochrones(limits).iloc[::-1]  # the widest below
        add_features(page, [_area(row, steps) for row in areas.itertuples()], "mbp-area")
    rows = list(placed.iloc[::-1].itertuples())  # the nearest on top
    add_features(page, [_station(row, steps) for row in rows], "mbp-station")
    busy = reach.planner.timetable.stations.departures[reach.station][frame["geometry"].notna()]
    order = np.argsort(-busy, kind="stable").tolist()
    here = set(reach.place.stations)
    main = [int(reach.station[k]) in here for k in np.flatnonzero(frame["geometry"].notna())]
    named = [
        Name(round(points[k][1], 5), round(points[k][0], 5), placed["name"].iloc[k], main[k])
        for k in sorted(order, key=lambda k: not main[k])
    ]
    page.add_child(Names(named, dots=False))
    hidden = len(frame) - len(placed)
    note = f"<div>{hidden} more without a known place</div>" if hidden else ""
    head = f"<h4>{escape(title)}</h4><div>{day}</div>"
    page.add_child(
        Box(head + _legend(steps) + f"<div>{counted(len(placed), 'station')}</div>{note}")
    )
    return page


def _legend(steps: Steps) -> str:
    return "".join(
        '<div class="mbp-key"><svg width="14" height="12" aria-hidden="true">'
        f'<circle cx="6" cy="6" r="5" fill="{colour}" stroke="#fff"/></svg>'
        f"up to {times.format_duration(until)}</div>"
        for until, colour in zip(steps.until_s, steps.colours, strict=True)
    )


def _area(row: Any, steps: Steps) -> dict[str, Any]:
    """Draw an area a little simpler than it is, so that the page stays light."""
    seconds = int(row.limit.total_seconds())
    colour = steps.colours[steps.of(seconds)]
    text = f"within {times.format_duration(seconds)}: {counted(row.stations, 'station')}"
    return {
        "type": "Feature",
        "geometry": _rounded(row.geometry.simplify(0.0005).__geo_interface__),
        "properties": {
            "style": {"color": colour, "weight": 1, "fillColor": colour, "fillOpacity": 0.35},
            "tip": f"{text}, {row.area_km2:,.0f} km²",
        },
    }


def _rounded(geometry: dict[str, Any]) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, Sequence):
            return [plain(part) for part in value]
        return round(float(value), 4)

    return {"type": geometry["type"], "coordinates": plain(geometry["coordinates"])}


def _station(row: Any, steps: Steps) -> dict[str, Any]:
    seconds = int(row.travel_time.total_seconds())
    length = times.format_duration(seconds)
    first = row.departure.date()
    when = f"{clock(row.departure, first)} – {clock(row.arrival, first, up=True)}"
    facts = [f"<b>{escape(row.name)}</b> {length}", f"{when}, {changes(row.transfers)}"]
    if not pd.isna(row.price_min):
        low, high = f"{row.price_min:.0f}", f"{row.price_max:.0f}"
        facts.append(f"{low if low == high else f'{low} to {high}'} €")
    if not pd.isna(row.co2_kg):
        facts.append(f"{row.co2_kg:.1f} kg CO2e")
    style = {
        "radius": 5,
        "color": "#fff",
        "weight": 0.8,
        "fillColor": steps.colours[steps.of(seconds)],
    }
    text = "<br>".join(facts)
    return point_feature(
        row.geometry.x, row.geometry.y, style=style, name=row.name, tip=text, page=text
    )
