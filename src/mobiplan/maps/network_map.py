"""`Timetable.explore()`: the network on a map, stations sized by their departures."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from mobiplan.maps.lines import lines_of
from mobiplan.maps.names import Names, station_names
from mobiplan.maps.page import (
    Box,
    Key,
    Map,
    add_features,
    add_ground,
    add_lines,
    legend_html,
    point_feature,
)
from mobiplan.timetable.counting import counted

if TYPE_CHECKING:
    from mobiplan.timetable.timetable import Timetable

#: Trips a day from which a link is drawn stronger, with its width [px].
_STRENGTHS = ((1, 1.5), (20, 2.5), (50, 4.0))
_LINK = "#8C98A8"
_STATION = "#1F4E79"


def network_map(timetable: Timetable) -> Map:
    """Return a map of all stations and of the links that vehicles serve between them.

    Sizes and strengths are those of the busiest date. Stations whose place is unknown are
    counted in the legend, not drawn.

    Returns
    -------
    Map
        A folium map; ``.save("network.html")`` writes a page that needs no network.

    Examples
    --------
    >>> import mobiplan as mp
    >>> page = network_map(mp.sample()).get_root().render()
    >>> "Rennes" in page
    True
    """
    stations = timetable.stations
    served = stations.departures > 0
    placed = ~np.isnan(stations.lat)
    shown = np.flatnonzero(placed & served)
    # A few trains to far cities do not decide how small the rest is drawn.
    corners = (
        np.quantile(
            np.stack([stations.lon[shown], stations.lat[shown]], axis=1), [0.005, 0.995], axis=0
        )
        if len(shown)
        else np.empty((0, 2))
    )
    page = Map(f"Network, {timetable.busiest_date}", corners.tolist())
    lines = lines_of(timetable)
    add_ground(page, timetable, lines._replace(track=np.zeros_like(lines.track)))
    _add_links(page, timetable)
    order = shown[np.argsort(-stations.departures[shown], kind="stable")]  # small ones on top
    add_features(page, [_station(timetable, row) for row in order.tolist()], "mbp-station")
    page.add_child(Names(station_names(timetable), dots=False))
    keys = [
        Key(f"{least} trips a day or more" if least > 1 else "fewer", _LINK, width)
        for least, width in reversed(_STRENGTHS)
    ]
    hidden = int((served & ~placed).sum())
    note = f"<br>{counted(hidden, 'station')} without a known place" if hidden else ""
    title = f"Links on {timetable.busiest_date:%a %d %b %Y}"
    circles = f"<div>circles: departures of the day{note}</div>"
    page.add_child(Box(legend_html(keys, title) + circles))
    return page


def _add_links(page: Map, timetable: Timetable) -> None:
    """Draw the links in classes of strength, each class one shape."""
    stations, lines = timetable.stations, lines_of(timetable)
    strength = np.searchsorted([least for least, _ in _STRENGTHS], lines.trips, side="right") - 1
    for k, (_, width) in enumerate(_STRENGTHS):
        rows = np.flatnonzero((strength == k) & lines.track)
        ends = np.stack([lines.one[rows], lines.other[rows]], axis=1)
        points = np.round(np.stack([stations.lon[ends], stations.lat[ends]], axis=2), 5)
        if len(rows):
            add_lines(page, points.tolist(), {"color": _LINK, "weight": width}, "mbp-link")


def _station(timetable: Timetable, row: int) -> dict[str, Any]:
    stations = timetable.stations
    name, departures = stations.name[row], int(stations.departures[row])
    most = int(stations.departures.max())
    radius = round(max(1.2, 14 * (departures / most) ** 0.5), 1)  # departures are the area
    code = f"<br>UIC {escape(stations.code[row])}" if stations.code[row] else ""
    plural = "s" if departures != 1 else ""
    return point_feature(
        float(stations.lon[row]),
        float(stations.lat[row]),
        style={"radius": radius, "color": "#fff", "weight": 0.6, "fillColor": _STATION},
        name=name,
        tip=f"<b>{escape(name)}</b><br>{departures:,} departure{plural}",
        page=f"<b>{escape(name)}</b><br>{departures:,} departure{plural} on "
        f"{timetable.busiest_date:%a %d %b %Y}<br>id {escape(stations.id[row])}{code}",
    )
