"""Names of stations on a map that can be moved: as many as there is room for at each zoom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from branca.element import MacroElement
from folium.template import Template

from mobiplan.maps.page import script_json

if TYPE_CHECKING:
    from mobiplan.timetable.timetable import Timetable

#: Names that a page carries at most; which of them are seen depends on the room there is.
NAMES_KEPT = 4000


class Name(NamedTuple):
    """A name on a map."""

    lat: float
    lon: float
    text: str
    main: bool  # shown in bold and before others


class Names(MacroElement):
    """Names of stations: as many as there is room for, the first ones first, never one on another.

    Parameters
    ----------
    names : iterable of Name
        The most important first.
    dots : bool
        Mark each place with a dot, where the map has no circles for it.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        (function (map, names) {
          const pane = map.createPane("mbpNames");
          pane.style.zIndex = 610;
          pane.style.pointerEvents = "none";
          const made = new Map();
          function make(text, main) {
            const anchor = document.createElement("span");
            anchor.className = "mbp-name" + (main ? " mbp-main" : "");
            if ({{ this.dots }} && !main) {
              anchor.appendChild(document.createElement("i"));
            }
            const label = document.createElement("span");
            label.textContent = text;
            anchor.appendChild(label);
            pane.appendChild(anchor);
            return anchor;
          }
          const pen = document.createElement("canvas").getContext("2d");
          const face = getComputedStyle(map.getContainer()).fontFamily;
          const widths = names.map(([, , text, main]) => {
            pen.font = (main ? "600 13px " : "12px ") + face;
            return pen.measureText(text).width + 2;
          });
          const apart = (one, other, x, y) => one[0] - x >= other[2] || other[0] - x >= one[2]
            || one[1] - y >= other[3] || other[1] - y >= one[3];
          function show() {
            const size = map.getSize(), kept = [], wanted = new Set();
            const point = ([lat, lon]) => map.latLngToContainerPoint([lat, lon]);
            const circles = names.filter(name => name[3]).map(point)
              .map(at => [at.x - 7, at.y - 7, at.x + 7, at.y + 7]);
            for (const [k, name] of names.entries()) {
              if (kept.length >= 90) break;
              const [, , text, main] = name, at = point(name);
              if (at.x < -20 || at.y < -20 || at.x > size.x + 20 || at.y > size.y + 20) continue;
              const width = widths[k], height = 16;
              const places = [[10, -8], [-10 - width, -8], [-width / 2, -26], [-width / 2, 10]];
              for (const [dx, dy] of places) {
                const box = [at.x + dx, at.y + dy, at.x + dx + width, at.y + dy + height];
                if (!kept.every(other => apart(box, other, 6, 4))) continue;
                if (!circles.every(other => apart(box, other, 0, 0))) continue;
                kept.push(box);
                wanted.add(k);
                if (!made.has(k)) made.set(k, make(text, main));
                const anchor = made.get(k), corner = map.containerPointToLayerPoint(at);
                anchor.style.left = corner.x + "px";
                anchor.style.top = corner.y + "px";
                anchor.lastChild.style.transform = `translate(${dx}px, ${dy}px)`;
                break;
              }
            }
            for (const [k, label] of made) label.style.display = wanted.has(k) ? "" : "none";
          }
          map.on("zoomstart", () => { pane.style.display = "none"; });
          map.on("zoomend moveend resize", () => { pane.style.display = ""; show(); });
          map.whenReady(show);
        })({{ this._parent.get_name() }}, {{ this.names }});
        {% endmacro %}
        """
    )

    def __init__(self, names: Iterable[Name], dots: bool = True) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca's
        self.dots = script_json(dots)
        rows = [[n.lat, n.lon, n.text, int(n.main)] for n in names][:NAMES_KEPT]
        self.names = script_json(rows)


def station_names(timetable: Timetable, main: Sequence[int] = ()) -> list[Name]:
    """Return the names of stations whose place is known: `main` first, then the busiest."""
    stations = timetable.stations
    busy = np.argsort(-stations.departures, kind="stable").tolist()
    first = set(main)
    order = [*main, *(row for row in busy if row not in first)]
    return [
        Name(
            round(float(stations.lat[row]), 5),
            round(float(stations.lon[row]), 5),
            stations.name[row],
            row in first,
        )
        for row in order[:NAMES_KEPT]
        if not np.isnan(stations.lat[row])
    ]
