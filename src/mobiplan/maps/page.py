"""`Map`: a folium map that is whole in itself, and the parts that all our maps share.

folium's pages load Leaflet, jQuery, Bootstrap and tiles from five servers; without a network
they stay white. A `Map` carries Leaflet in the page (from the wheel of XStatic-Leaflet, the
version that folium asks for) and has no tiles: its ground is a plain sheet with a grid of
degrees, the network's own lines, the names of stations, and a scale. It is a `folium.Map` in all
else: folium's own layers can be added to it.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import folium
import numpy as np
from branca.element import Element, MacroElement
from folium.template import Template
from folium.utilities import JsCode

from mobiplan.maps.lines import Lines, lines_of
from mobiplan.maps.palette import GROUND, LINE, TEXT

if TYPE_CHECKING:
    from mobiplan.timetable.timetable import Timetable

# The two things that folium's own layers ask of jQuery: HTML to elements, and "when ready".
_JQUERY = """
window.$ = window.$ || (asked => typeof asked === "string"
  ? Array.from(document.createRange().createContextualFragment(asked).children)
  : {ready: act => act()});
"""

_STYLE = f"""
.leaflet-container{{background:{GROUND};color:{TEXT};
font:13px/1.4 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}}
.mbp-name{{position:absolute;width:0;height:0}}
.mbp-name i{{position:absolute;left:-2px;top:-2px;width:4px;height:4px;border-radius:2px;
background:#8A867C}}
.mbp-name span{{position:absolute;white-space:nowrap;font-size:12px;line-height:16px;
text-shadow:0 0 2px #fff,0 0 2px #fff,0 0 3px #fff,0 0 4px #fff}}
.mbp-name.mbp-main span{{font-weight:600;font-size:13px}}
.leaflet-container .mbp-box,.leaflet-container .leaflet-popup-content,
.leaflet-container .leaflet-tooltip{{font-size:13px}}
.mbp-box{{background:rgba(255,255,255,.94);border:1px solid rgba(0,0,0,.18);border-radius:4px;
padding:6px 9px;max-height:60vh;overflow:auto}}
@media(max-width:600px){{.leaflet-container .mbp-box{{font-size:11px;max-width:56vw;
max-height:36vh}}}}
.mbp-box h4{{margin:0 0 3px;font-size:13px}}
.mbp-box .mbp-key{{display:flex;align-items:center;gap:7px;white-space:nowrap}}
.mbp-box .mbp-choice{{display:block;width:100%;border:0;background:none;padding:2px 4px;
font:inherit;color:inherit;text-align:left;cursor:pointer;white-space:nowrap;border-radius:3px;
font-variant-numeric:tabular-nums}}
.mbp-box .mbp-choice:hover{{background:rgba(0,0,0,.07)}}
.mbp-box .mbp-choice[aria-pressed=true]{{background:#222;color:#fff}}
.leaflet-popup-content table{{border-collapse:collapse;font-variant-numeric:tabular-nums}}
.leaflet-popup-content td{{padding:1px 8px 1px 0;vertical-align:top;white-space:nowrap}}
.leaflet-popup-content{{margin:10px 14px;max-height:300px;overflow:auto}}
path.leaflet-interactive:focus{{outline:none}}
"""


class Map(folium.Map):
    """A folium map that needs no network; `save` writes one file that is useful anywhere.

    Parameters
    ----------
    title : str
        The page's title.
    bounds : sequence of (float, float)
        Longitude and latitude [degrees] of points that the first view holds.
    margin_right : int
        Room for boxes that the first view leaves on the right [px].
    **options
        Options of `folium.Map`.

    Examples
    --------
    >>> page = Map("Brittany", [(-4.5, 47.7), (-1.7, 48.4)]).get_root().render()
    >>> "<script src=" in page or "<link" in page
    False
    """

    default_js: list[tuple[str, str]] = []  # noqa: RUF012  # folium's name, replaced whole
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    def __init__(
        self,
        title: str,
        bounds: Sequence[tuple[float, float]],
        margin_right: int = 48,
        **options: Any,
    ) -> None:
        # Zoom in halves: a journey fills its page. Straight lines stay where they belong.
        options = {"tiles": None, "zoom_snap": 0.5, "maxZoom": 16, **options}
        super().__init__(location=[46.5, 2.5], zoom_start=6, **options)
        self.add_child(_Scale())  # type: ignore[no-untyped-call]  # branca's
        root: Any = self.get_root()  # branca's Figure
        root.title = title
        root.header.add_child(Element(_head()), name="mobiplan")
        if len(bounds):
            lon, lat = zip(*bounds, strict=True)
            corners = [[min(lat), min(lon)], [max(lat), max(lon)]]
            self.add_child(_View(corners, margin_right))


class _View(MacroElement):
    """The first view: all that is shown, beside the boxes, which on a telephone get a third.

    Padding wider than the map would end in a view of the whole world.
    """

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "{{ this._parent.get_name() }}.fitBounds({{ this.corners|tojson }}, {"
        "paddingTopLeft: [48, 48], maxZoom: 13, paddingBottomRight: [Math.min("
        "{{ this.margin_right }}, {{ this._parent.get_name() }}.getSize().x / 3), 48]});"
        "{% endmacro %}"
    )

    def __init__(self, corners: Sequence[Sequence[float]], margin_right: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca's
        self.corners, self.margin_right = corners, margin_right


class _Scale(MacroElement):
    """A bar of kilometres; folium's own adds miles."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "L.control.scale({imperial: false}).addTo({{ this._parent.get_name() }});"
        "{% endmacro %}"
    )


@cache
def _head() -> str:
    """Return Leaflet's script and style, and ours, as they stand in a page."""
    leaflet = files("xstatic.pkg.leaflet") / "data"
    script = (leaflet / "leaflet.js").read_text(encoding="utf-8")
    style = (leaflet / "leaflet.css").read_text(encoding="utf-8")
    for image in ("layers.png", "layers-2x.png", "marker-icon.png"):
        data = b64encode((leaflet / "images" / image).read_bytes()).decode()
        style = style.replace(f"images/{image}", f"data:image/png;base64,{data}")
    script = script.replace("//# sourceMappingURL=leaflet.js.map", "")
    return f"<style>{style}{_STYLE}</style><script>{script}{_JQUERY}</script>"


# ------------------------------------------------------------------ the ground


def add_ground(page: Map, timetable: Timetable, lines: Lines | None = None) -> None:
    """Draw a grid of degrees and the network's lines under everything else."""
    stations = timetable.stations
    lines = lines_of(timetable) if lines is None else lines
    known = ~np.isnan(stations.lat)
    if not known.any():
        return
    west, east = np.floor(stations.lon[known].min()), np.ceil(stations.lon[known].max())
    south, north = np.floor(stations.lat[known].min()), np.ceil(stations.lat[known].max())
    step = 1 if east - west <= 25 else 5  # degrees
    west, south = (np.floor(edge / step) * step for edge in (west, south))
    grid = [[[lon, south], [lon, north]] for lon in np.arange(west, east + step, step)]
    grid += [[[west, lat], [east, lat]] for lat in np.arange(south, north + step, step)]
    add_lines(page, grid, {"color": "#E7E4DC", "weight": 1}, "mbp-grid")
    links = [
        [_point(stations, a), _point(stations, b)]
        for a, b in zip(lines.one[lines.track], lines.other[lines.track], strict=True)
    ]
    add_lines(page, links, {"color": LINE, "weight": 1.6}, "mbp-ground")


def add_lines(
    page: Map, lines: Sequence[Any], style: dict[str, Any], name: str, tip: str = ""
) -> None:
    """Draw many lines, each a list of [lon, lat], as one shape of class `name`."""
    add_features(
        page,
        [
            {
                "type": "Feature",
                "geometry": {"type": "MultiLineString", "coordinates": lines},
                "properties": {"style": style, "tip": tip},
            }
        ],
        name,
    )


def _point(stations: Any, row: int) -> list[float]:
    # Five decimals are a metre; more only make the page heavy.
    return [round(float(stations.lon[row]), 5), round(float(stations.lat[row]), 5)]


# ------------------------------------------------------------------ features

_EACH = """(feature, layer) => {
  const about = feature.properties;
  if (about.tip) layer.bindTooltip(about.tip, {sticky: !layer.setRadius});
  if (about.page) layer.bindPopup(about.page, {maxWidth: 460, autoPanPaddingTopLeft: [56, 16]});
  if (!about.tip && !about.page) layer.options.interactive = false;
  if (about.journeys) {
    layer.mbpJourneys = about.journeys;
    (window.mbpLayers = window.mbpLayers || []).push(layer);
  }
  layer.on("add", () => {
    const path = layer.getElement && layer.getElement();
    if (path && about.name) path.setAttribute("aria-label", about.name);
  });
}"""


def add_features(page: Map, features: list[dict[str, Any]], name: str) -> None:
    """Draw GeoJSON features as shapes of class `name`.

    Properties that are looked at: ``style`` (Leaflet's path options), ``tip`` and ``page`` (HTML
    shown on hover and on click), ``name`` (for screen readers), ``journeys`` (ranks).
    """
    if not features:
        return
    marker = folium.CircleMarker(radius=5, class_name=name, fill=True, fill_opacity=1)
    folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        marker=marker,
        on_each_feature=JsCode(_EACH),
        class_name=name,
        control=False,
    ).add_to(page)


def point_feature(lon: float, lat: float, **properties: Any) -> dict[str, Any]:
    """Return a GeoJSON point; its properties are those of `add_features`."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(lon, 5), round(lat, 5)]},
        "properties": properties,
    }


# ------------------------------------------------------------------ boxes


class Box(MacroElement):
    """A box of HTML in a corner of the map: a legend, or a list to choose from.

    A button of class mbp-choice shows the journeys of its ``data-rank`` alone; pressed again, all.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        (function (map) {
          const box = L.control({position: "{{ this.corner }}"});
          box.onAdd = () => {
            const div = L.DomUtil.create("div", "mbp-box");
            div.innerHTML = {{ this.html }};
            L.DomEvent.disableClickPropagation(div).disableScrollPropagation(div);
            const buttons = div.querySelectorAll(".mbp-choice");
            buttons.forEach(button => button.addEventListener("click", () => {
              const off = button.getAttribute("aria-pressed") === "true";
              buttons.forEach(other => other.setAttribute("aria-pressed", "false"));
              button.setAttribute("aria-pressed", off ? "false" : "true");
              const rank = off ? null : Number(button.dataset.rank);
              for (const layer of window.mbpLayers || []) {
                const shown = rank === null || layer.mbpJourneys.includes(rank);
                const path = layer.getElement();
                if (path) path.style.display = shown ? "" : "none";
              }
            }));
            return div;
          };
          box.addTo(map);
        })({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, html: str, corner: str = "bottomright") -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca's
        self.html = script_json(html)
        self.corner = corner


class Key(NamedTuple):
    """A row of a legend."""

    text: str
    colour: str
    width: float = 4.0  # px
    dash: str = ""  # as in SVG


def legend_html(keys: Sequence[Key], title: str = "") -> str:
    """Return a legend of lines as HTML."""
    head = f"<h4>{escape(title)}</h4>" if title else ""
    return head + "".join(
        '<div class="mbp-key"><svg width="26" height="8" aria-hidden="true">'
        f'<line x1="1" y1="4" x2="25" y2="4" stroke="{key.colour}" stroke-width="{key.width}"'
        f' stroke-dasharray="{key.dash}"/></svg>{escape(key.text)}</div>'
        for key in keys
    )


def script_json(value: Any) -> str:
    r"""Write a value so that it can stand in a page's script, whatever a feed's texts hold.

    >>> script_json("</script>")
    '"\\u003c/script>"'
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
