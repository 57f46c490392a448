"""Saved maps in a real browser with the network off: seen, clicked, and no word on the console.

They need Playwright's Python package and a Chromium: ``pip install playwright`` and ``apt-get
install chromium`` (or ``playwright install chromium``). Without them the tests are skipped, but
never in CI.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import folium
import pytest

import mobiplan as mp
from mobiplan.maps.page import Map

HOW = "pip install playwright, and apt-get install chromium (or playwright install chromium)"


def absent(what: str) -> Any:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, and in CI it must not be: {HOW}")
    pytest.skip(f"{what}: {HOW}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    try:
        from playwright.sync_api import Error, sync_playwright
    except ModuleNotFoundError:
        absent("playwright is not installed")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error:
            absent("there is no Chromium")
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Any, tmp_path: Path) -> Iterator[Callable[[folium.Map], Any]]:
    """Save a map, open its file without a network; afterwards nothing was asked or complained."""
    said: list[str] = []
    asked: list[str] = []
    context = chromium.new_context(offline=True, viewport={"width": 1200, "height": 800})

    def open_(view: folium.Map) -> Any:
        path = tmp_path / "map.html"
        view.save(str(path))
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on(
            "request",
            lambda r: None if r.url.startswith(("data:", path.as_uri())) else asked.append(r.url),
        )
        page.goto(path.as_uri())
        page.wait_for_selector(".leaflet-container")
        return page

    yield open_
    context.close()
    assert said == [] and asked == []


@contextmanager
def popup_of(page: Any, shape: Any) -> Iterator[str]:
    """Click a shape and give what its popup says."""
    shape.dispatch_event("click")
    popup = page.wait_for_selector(".leaflet-popup-content")
    yield popup.inner_text()
    page.locator(".leaflet-popup-close-button").dispatch_event("click")
    page.wait_for_selector(".leaflet-popup-content", state="detached")


def names_shown(page: Any) -> list[str]:
    return [name for name in page.locator(".mbp-name").all_inner_texts() if name]


def boxes_of_names(page: Any) -> list[dict[str, float]]:
    boxes: list[dict[str, float]] = page.locator(".mbp-name > span").evaluate_all(
        """names => names.map(name => name.getBoundingClientRect())
          .filter(box => box.width > 0)
          .map(box => ({x: box.x, y: box.y, width: box.width, height: box.height}))"""
    )
    return boxes


def meet(one: dict[str, float], other: dict[str, float]) -> bool:
    return (
        one["x"] < other["x"] + other["width"]
        and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"]
        and other["y"] < one["y"] + one["height"]
    )


def test_a_journey_is_seen_and_its_legs_and_stations_answer_a_click(
    opened: Any, sample_planner: mp.Planner
) -> None:
    found = sample_planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
    page = opened(found.explore())
    legs, stations = page.locator("path.mbp-leg"), page.locator("path.mbp-station")
    assert legs.count() == len(found.best.legs)
    assert stations.count() == 5  # Rennes, two in Paris, Lyon, Grenoble
    first = found.best.legs[0]
    with popup_of(page, page.locator(f'path[aria-label^="{first.title}"]')) as text:
        assert f"{first.departure:%H:%M}" in text and f"{first.arrival:%H:%M}" in text
    with popup_of(page, page.locator('path.mbp-station[aria-label="Lyon Part Dieu"]')) as text:
        assert "Lyon Part Dieu" in text and "change 18 min" in text
    shown = names_shown(page)
    assert {"Rennes", "Grenoble", "Lyon Part Dieu"} <= set(shown)
    legend = page.locator(".mbp-key").all_inner_texts()
    assert legend == ["TGV INOUI", "Train TER", "across the city"]
    assert page.locator("path.mbp-ground").count() == 1  # the network is the ground


def test_times_are_shown_on_hover(opened: Any, sample_planner: mp.Planner) -> None:
    found = sample_planner.earliest_arrival("Rennes", "Brest", depart="2026-03-24 08:00")
    page = opened(found.explore())
    # A point on the line where nothing lies over it, not the middle of its box.
    x, y = page.locator("path.mbp-leg").first.evaluate(
        """path => {
          for (let k = 1; k < 100; k++) {
            const on = path.getPointAtLength(path.getTotalLength() * k / 100);
            const at = on.matrixTransform(path.getScreenCTM());
            if (document.elementFromPoint(at.x, at.y) === path) return [at.x, at.y];
          }
        }"""
    )
    page.mouse.move(x, y)
    tip = page.wait_for_selector(".leaflet-tooltip").inner_text()
    assert f"{found.best.departure:%H:%M}" in tip


def test_names_on_a_map_do_not_cover_one_another_at_any_zoom(
    opened: Any, sample: mp.Timetable
) -> None:
    page = opened(sample.explore())
    for _ in range(3):
        boxes = boxes_of_names(page)
        assert len(boxes) > 20
        assert not [
            (one, other) for k, one in enumerate(boxes) for other in boxes[:k] if meet(one, other)
        ]
        page.locator(".leaflet-control-zoom-in").click()
        page.wait_for_timeout(600)


def test_a_journey_of_a_day_can_be_chosen_and_left_again(
    opened: Any, sample_planner: mp.Planner
) -> None:
    day = sample_planner.profile("Rennes", "Grenoble", date="2026-03-24")
    page = opened(day.explore())
    choices = page.locator(".mbp-choice")
    assert choices.count() == len(day)
    legs = page.locator("path.mbp-leg:not([style*='display: none'])")
    every = legs.count()
    choices.first.click()
    assert choices.first.get_attribute("aria-pressed") == "true"
    assert legs.count() == len(day[0].legs) < every
    choices.first.click()
    assert legs.count() == every


def test_the_network_shows_every_station_that_is_served(opened: Any, sample: mp.Timetable) -> None:
    page = opened(sample.explore())
    stations = page.locator("path.mbp-station")
    assert stations.count() == int((sample.stations.departures > 0).sum())
    with popup_of(page, page.locator('path.mbp-station[aria-label="Rennes"]')) as text:
        row = sample.stations.name.index("Rennes")
        assert f"{sample.stations.departures[row]:,} departures" in text
    busy = page.locator('path.mbp-station[aria-label="Lyon Part Dieu"]').bounding_box()
    quiet = page.locator('path.mbp-station[aria-label="Quiberon"]').bounding_box()
    assert busy["width"] > quiet["width"]


def test_a_station_s_map_shows_where_one_gets_without_a_change(
    opened: Any, sample_planner: mp.Planner
) -> None:
    station = sample_planner.station("Lyon Part Dieu")
    page = opened(station.explore("2026-03-24"))
    direct = station.direct("2026-03-24")
    assert page.locator("path.mbp-direct").count() == len(direct)
    with popup_of(page, page.locator("path.mbp-station")) as text:
        assert "Lyon Part Dieu" in text and "unknown" in text
    label = direct["name"].iloc[0]
    with popup_of(page, page.locator(f'path.mbp-direct[aria-label="{label}"]')) as text:
        assert f"{direct['trips'].iloc[0]} trips" in text


def test_layers_of_folium_work_on_a_map_without_a_network(opened: Any) -> None:
    import geopandas as gpd
    from shapely import Point

    view = Map("Brittany", [(-4.5, 47.7), (-1.7, 48.4)])
    popup = folium.Popup("here I am")
    folium.CircleMarker((48.1, -1.7), popup=popup, class_name="mine").add_to(view)
    frame = gpd.GeoDataFrame({"name": ["there"]}, geometry=[Point(-3, 48)], crs="EPSG:4326")
    tip = folium.GeoJsonTooltip(["name"])
    folium.GeoJson(frame, marker=folium.CircleMarker(radius=6), tooltip=tip).add_to(view)
    folium.LayerControl().add_to(view)
    page = opened(view)
    with popup_of(page, page.locator("path.mine")) as text:
        assert text == "here I am"
    assert page.locator("path.leaflet-interactive").count() == 2


def test_names_that_look_like_html_are_shown_as_they_are(opened: Any) -> None:
    from timetables import place, toy, trip

    title = "<b onclick='x'>A & \"B\"</b> `${1}` </script>"
    feed = toy(
        trip("A 08:00", "B 08:30"),
        place("A", title=title, at=(48.0, 2.0)),
        place("B", at=(48.0, 2.5)),
    )
    page = opened(feed.load().explore())
    assert title in names_shown(page)
    with popup_of(page, page.locator("path.mbp-station").first) as text:
        assert title in text or "B" in text


def test_a_reach_is_seen_with_its_areas_and_stations(
    opened: Any, sample_planner: mp.Planner
) -> None:
    reach = sample_planner.reach("Rennes", "3 h", date="2026-03-24")
    frame = reach.to_frame()
    page = opened(reach.explore(["1 h", "2 h", "3 h"]))
    assert page.locator("path.mbp-area").count() == 3
    assert page.locator("path.mbp-station").count() == len(frame)
    row = frame[frame["name"] == "Nantes"].iloc[0]
    with popup_of(page, page.locator('path.mbp-station[aria-label="Nantes"]')) as text:
        assert f"{row['departure']:%H:%M}" in text and f"{row['arrival']:%H:%M}" in text
    assert {"Rennes", "Nantes"} <= set(names_shown(page))
    boxes = boxes_of_names(page)
    assert not any(meet(a, b) for k, a in enumerate(boxes) for b in boxes[:k])
    assert page.locator(".mbp-key").all_inner_texts()[-1] == "up to 3 h 00"
