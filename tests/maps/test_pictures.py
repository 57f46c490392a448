"""Still pictures: labels that do not collide, legends that name brands, nothing that is not so."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.dates import num2date
from timetables import place, toy, trip

import mobiplan as mp
from mobiplan.maps.labels import overlapping
from mobiplan.maps.marey import kilometres, paths
from mobiplan.maps.palette import BRAND_COLOURS
from mobiplan.maps.pareto import undominated
from mobiplan.maps.staircase import earliest_arrivals

FEEDS = Path(__file__).parents[3] / "shared" / "feeds"
PARIS = ZoneInfo("Europe/Paris")
DATE = dt.date(2026, 3, 24)


@pytest.fixture(scope="module")
def day(sample_planner: mp.Planner) -> mp.JourneySet:
    return sample_planner.profile("Rennes", "Grenoble", date=DATE)


@pytest.fixture(scope="module")
def one(sample_planner: mp.Planner) -> mp.JourneySet:
    return sample_planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")


@pytest.fixture(scope="session")
def national() -> mp.Planner:
    """TGV and TER of all France."""
    files = [FEEDS / f"sncf_{kind}_20250122.zip" for kind in ("tgv", "ter")]
    for path in files:
        if not path.exists():
            if os.environ.get("CI") == "true":
                pytest.fail(f"{path} is missing, and in CI it must not be")
            pytest.skip(f"{path} is missing: the real feeds lie beside the project")
    return mp.Planner(mp.load(files))


def legend(ax: Axes) -> list[str]:
    box = ax.get_legend()
    return [] if box is None else [text.get_text() for text in box.get_texts()]


PICTURES: dict[str, Callable[[mp.JourneySet, mp.JourneySet], Axes]] = {
    "map of one": lambda one, day: one.plot(),
    "map of a day": lambda one, day: day.plot(),
    "map of a journey": lambda one, day: one.best.plot(),
    "timeline of one": lambda one, day: one.best.plot_timeline(),
    "timeline of a day": lambda one, day: day.plot_timeline(),
    "profile": lambda one, day: day.plot_profile(),
    "pareto": lambda one, day: day.plot_pareto("duration", "transfers"),
    "pareto, walking": lambda one, day: day.plot_pareto("walking", "duration"),
    "pareto, prices unknown": lambda one, day: day.plot_pareto("price", "co2"),
    "marey": lambda one, day: day.planner.timetable.plot_marey(
        ["Rennes", "Laval", "Le Mans", "Chartres", "Paris Montparnasse"], DATE
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_labels_do_not_collide(name: str, one: mp.JourneySet, day: mp.JourneySet) -> None:
    ax = PICTURES[name](one, day)
    assert overlapping(ax) == []


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_on_the_axes_given_or_on_new_ones(
    name: str, one: mp.JourneySet, day: mp.JourneySet, monkeypatch: pytest.MonkeyPatch
) -> None:
    ax = PICTURES[name](one, day)
    assert isinstance(ax, Axes)
    before = plt.get_fignums()
    monkeypatch.setattr(plt, "subplots", lambda **_: pytest.fail("a new figure for given axes"))
    given_ax = plt.figure().add_subplot()
    assert one.plot(given_ax) is given_ax
    assert one.plot_timeline(given_ax) is given_ax
    assert day.plot_profile(given_ax) is given_ax
    assert day.plot_pareto(ax=given_ax) is given_ax
    assert len(plt.get_fignums()) == len(before) + 1


def test_the_legend_names_the_brands_and_walks_of_the_legs(one: mp.JourneySet) -> None:
    ridden = [leg.brand for leg in one.best.legs if not leg.is_walk]
    for ax in (one.plot(), one.plot_timeline()):
        assert legend(ax) == [*dict.fromkeys(ridden), "across the city"]


def test_each_leg_has_the_colour_of_its_brand(one: mp.JourneySet) -> None:
    drawn = {to_hex(line.get_color()).upper() for line in one.plot().lines}
    ridden = {BRAND_COLOURS[leg.brand].upper() for leg in one.best.legs if not leg.is_walk}
    assert ridden <= drawn


def test_a_still_map_names_where_one_boards_changes_and_alights(one: mp.JourneySet) -> None:
    written = {text.get_text().split("\n")[0] for text in one.plot().texts}
    places = {name for leg in one.best.legs for name in (leg.from_name, leg.to_name)}
    assert written == places


def test_a_station_is_named_once_though_its_platforms_lie_apart() -> None:
    planner = toy(
        trip("A 08:00", "B:1 08:30"),
        trip("B:2 09:00", "C 09:30"),
        place("A", at=(48.0, 2.0)),
        place("B:1", at=(48.0, 2.5)),
        place("B:2", at=(48.001, 2.501)),
        place("C", at=(48.0, 3.0)),
    ).planner()
    ax = planner.earliest_arrival("A", "C", depart="2026-06-02 07:00").plot()
    assert sorted(text.get_text().split("\n")[0] for text in ax.texts) == ["A", "B", "C"]


def test_nothing_is_drawn_of_an_empty_set_and_it_says_why(sample_planner: mp.Planner) -> None:
    none = sample_planner.earliest_arrival(
        "Rennes", "Grenoble", depart="2026-03-24 08:00", arrive="2026-03-24 09:00"
    )
    for method in (none.plot, none.explore, none.plot_profile, none.plot_pareto):
        with pytest.raises(mp.NoJourney, match="Grenoble"):
            method()


def test_a_feed_that_knows_no_places_is_drawn_as_far_as_it_goes_and_says_so(
    sample: mp.Timetable,
) -> None:
    def nowhere(table: Any) -> Any:
        unknown = np.full_like(table.lat, np.nan)
        return table._replace(lat=unknown, lon=unknown)

    blind = dataclasses.replace(
        sample, stations=nowhere(sample.stations), stops=nowhere(sample.stops)
    )
    planner = mp.Planner(blind)
    day = planner.profile("Rennes", "Grenoble", date=DATE)
    legs = {leg for journey in day for leg in journey.legs}
    said = f"{len(legs)} legs not drawn: place unknown"
    assert said in [text.get_text() for text in day.plot().texts]
    assert said in day.explore().get_root().render()
    assert "Rennes" in planner.station("Rennes").explore().get_root().render()
    assert "stations without a known place" in blind.explore().get_root().render()
    assert overlapping(blind.plot_marey(["Rennes", "Laval", "Le Mans"], DATE)) == []


def test_one_journey_and_a_mere_walk_can_be_drawn_too(
    sample_planner: mp.Planner, one: mp.JourneySet
) -> None:
    walk = sample_planner.earliest_arrival(
        (48.11, -1.68), (48.105, -1.672), depart="2026-03-24 08:00"
    )
    for found in (one, walk):
        for draw in (found.plot, found.plot_timeline, found.plot_profile, found.plot_pareto):
            assert overlapping(draw()) == []
    assert legend(walk.plot()) == ["on foot"]


# ------------------------------------------------------------------ staircase

instants = st.integers(0, 60)


@given(st.lists(st.tuples(instants, instants), min_size=1, max_size=12))
def test_the_staircase_is_the_earliest_arrival_of_who_leaves_then_or_later(
    rows: list[tuple[int, int]],
) -> None:
    steps = earliest_arrivals(rows)
    for now in range(-1, 62):
        later = [arrival for departure, arrival in rows if departure >= now]
        step = next((arrival for departure, arrival in steps if departure >= now), None)
        assert step == (min(later) if later else None)


def test_the_staircase_shows_every_journey(day: mp.JourneySet) -> None:
    ax = day.plot_profile()
    shown = {
        (num2date(x).astimezone(PARIS), num2date(y).astimezone(PARIS))
        for dots in ax.collections
        for x, y in np.asarray(dots.get_offsets()).tolist()
    }

    def whole(time: dt.datetime) -> dt.datetime:
        return (time + dt.timedelta(milliseconds=500)).replace(microsecond=0)

    assert {(whole(x), whole(y)) for x, y in shown} == {(j.departure, j.arrival) for j in day}
    assert legend(ax)[0] == "1 change"


# ------------------------------------------------------------------ Pareto


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12))
def test_who_is_not_beaten_is_found(rows: list[tuple[int, int]]) -> None:
    found = undominated(np.array(rows, dtype=np.float64)).tolist()
    naive = [
        k
        for k, (x, y) in enumerate(rows)
        if not any(a <= x and b <= y and (a, b) != (x, y) for a, b in rows)
    ]
    assert found == naive


def test_journeys_of_unknown_price_are_counted_not_drawn(
    day: mp.JourneySet, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = day.to_frame()
    frame[["price_min", "price_max"]] = np.nan
    monkeypatch.setattr(mp.JourneySet, "to_frame", lambda self: frame)
    ax = day.plot_pareto("price", "duration")
    written = " ".join(text.get_text() for text in ax.texts)
    assert f"{len(day)} of {len(day)} journeys not drawn: price unknown" in written
    assert len(ax.collections) == 0


def test_a_price_range_is_a_bar_and_what_is_missing_is_said(
    day: mp.JourneySet, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = day.to_frame()
    frame["price_min"] = np.linspace(30, 90, len(day))
    frame["price_max"] = frame["price_min"] + 20
    frame.loc[0, ["price_min", "price_max"]] = np.nan
    monkeypatch.setattr(mp.JourneySet, "to_frame", lambda self: frame)
    ax = day.plot_pareto("price", "duration")
    written = " ".join(text.get_text() for text in ax.texts)
    assert f"1 of {len(day)} journeys not drawn: price unknown" in written
    bars = [bar for bar in ax.collections if hasattr(bar, "get_segments")]
    widths = [float(np.ptp(segment[:, 0])) for bar in bars for segment in bar.get_segments()]
    assert len(widths) == len(day) - 1 and np.allclose(widths, 20)
    assert overlapping(ax) == []


@pytest.mark.parametrize(("x", "y"), [("speed", "price"), ("price", "price_min"), ("co2", "")])
def test_a_criterion_that_is_none_is_refused(day: mp.JourneySet, x: str, y: str) -> None:
    with pytest.raises(mp.InvalidQuery, match="criteri"):
        day.plot_pareto(x, y)


# ------------------------------------------------------------------ Marey

WHERE = (
    place("A", at=(48.0, 2.0)),
    place("B", at=(48.0, 2.5)),
    place("C", at=(48.0, 3.0)),
    place("X", at=(47.0, 3.0)),
)


def told(timetable: mp.Timetable, names: list[str], date: str) -> list[str]:
    """Each run of a diagram as "A 08:00 B 08:30"."""
    rows = [timetable.names.resolve(name)[0] for name in names]
    found = []
    for path in paths(timetable, rows, dt.date.fromisoformat(date)):
        calls = zip(path.places[::2], path.instants[1::2], strict=True)
        clocks = [f"{names[p]} {dt.datetime.fromtimestamp(s, PARIS):%H:%M}" for p, s in calls]
        found.append(" ".join(clocks))
    return sorted(found)


def test_runs_that_call_at_two_of_the_stations_are_drawn() -> None:
    timetable = toy(
        trip("A 08:00", "B 08:30", "C 09:00"),
        trip("C 10:00", "X 10:20", "A 11:00"),
        trip("X 09:00", "B 09:30"),
        *WHERE,
    ).load()
    assert told(timetable, ["A", "B", "C"], "2026-06-02") == [
        "A 08:00 B 08:30 C 09:00",
        "C 10:00 A 11:00",
    ]


def test_a_night_train_of_the_eve_is_drawn_on_its_morning() -> None:
    timetable = toy(
        trip("A 23:00", "B 25:30", "C 26:30", dates="2026-06-01"),
        trip("A 12:00", "B 12:30", dates="2026-06-02"),
        *WHERE,
    ).load()
    assert told(timetable, ["A", "B", "C"], "2026-06-02") == [
        "A 12:00 B 12:30",
        "A 23:00 B 01:30 C 02:30",
    ]
    ax = timetable.plot_marey(["A", "B", "C"], "2026-06-02")
    assert len(ax.lines) == 2 + 3  # runs, and a leader to each name


def test_kilometres_add_up_and_a_station_of_unknown_place_stands_between() -> None:
    timetable = toy(trip("A 08:00", "B 08:30", "C 09:00"), *WHERE).load()
    rows = [timetable.names.resolve(name)[0] for name in "ABC"]
    km = kilometres(timetable, rows)
    assert km[0] == 0 and km[2] == pytest.approx(74.4, abs=0.1)
    lat = timetable.stations.lat.copy()
    lat[rows[1]] = np.nan
    blind = dataclasses.replace(timetable, stations=timetable.stations._replace(lat=lat))
    assert kilometres(blind, rows)[1] == pytest.approx(km[2] / 2, rel=1e-4)


def test_a_line_is_found_by_its_name_and_an_unknown_one_is_refused_with_names() -> None:
    timetable = toy(
        trip("A 08:00", "B 08:30", "C 09:00", line="L1"),
        trip("A 09:00", "B 09:30", line="L2"),
        *WHERE,
    ).load()
    names = [text.get_text() for text in timetable.plot_marey("L1", "2026-06-02").texts]
    assert names == ["A", "B", "C"]
    with pytest.raises(mp.InvalidQuery, match="no line is called 'L9': give one of L1, L2"):
        timetable.plot_marey("L9", "2026-06-02")
    with pytest.raises(mp.InvalidQuery, match="two stations"):
        timetable.plot_marey(["A"], "2026-06-02")
    with pytest.raises(mp.OutsideCalendar):
        timetable.plot_marey("L1", "2030-01-01")


# ------------------------------------------------------------------ a country's pictures


@pytest.mark.parametrize(
    ("origin", "destination"),
    [("Rennes", "Lyon"), ("Quimper", "Briançon"), ("Lille", "Nice"), ("Brest", "Strasbourg")],
)
def test_labels_do_not_collide_on_the_national_feed(
    national: mp.Planner, origin: str, destination: str
) -> None:
    day = national.profile(origin, destination, date="2025-02-04")
    drawn = [
        day.plot(),
        day.best.plot(),
        day.best.plot_timeline(),
        day.plot_timeline(),
        day.plot_profile(),
        day.plot_pareto("duration", "transfers"),
    ]
    assert [overlapping(ax) for ax in drawn] == [[]] * len(drawn)


@pytest.mark.parametrize("line", ["C3", "K4", "P14"])
def test_station_names_of_long_lines_do_not_collide(national: mp.Planner, line: str) -> None:
    assert overlapping(national.timetable.plot_marey(line, "2025-02-04")) == []
