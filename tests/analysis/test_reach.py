"""`Planner.reach`: every station has the journey that a single question finds, and no other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from naive import World
from random_timetables import FIRST, SECOND, Case, cases, examples
from shapely import Point
from timetables import place, toy, trip

import mobiplan as mp
from mobiplan.analysis.reach import REACH_COLUMNS, Reach
from mobiplan.timetable.arrays import Float64, Int32
from mobiplan.timetable.timetable import Timetable

SAMPLE = "2026-03-24"
MINUTE = st.sampled_from(("0 min", "1 min", "3 min", "6 min", "15 min"))

#: When a journey leaves and arrives, in seconds since 1970, and its changes.
Told = tuple[float, float, int]


def told(journey: mp.Journey) -> Told:
    return journey.departure.timestamp(), journey.arrival.timestamp(), journey.transfers


def reached(reach: Reach) -> dict[str, Told]:
    frame = reach.to_frame()
    instants = (frame[side].map(pd.Timestamp.timestamp) for side in ("departure", "arrival"))
    return dict(zip(frame["id"], zip(*instants, frame["transfers"], strict=True), strict=True))


def best_of(found: mp.JourneySet) -> Told | None:
    return told(found.best) if found else None


def shortest_of(found: mp.JourneySet) -> Told | None:
    """The shortest, then the one with fewest changes, then a walk, then the first to leave."""
    keys = ((j.duration, j.transfers, len(j.legs) > 1 or j.legs[0].mode != "walk") for j in found)
    order = sorted(zip(keys, map(told, found), strict=True))
    return order[0][1] if order else None


def assert_reach_equals_single_questions(
    planner: mp.Planner, here: str, asked: dict[str, Any], ids: list[str]
) -> int:
    """Ask for each station by itself; return how many are within reach."""
    reach = planner.reach(here, **asked)
    found = reached(reach)
    within = pd.Timedelta(asked.pop("within")).total_seconds()
    start = asked.get("depart", asked.get("arrive"))
    for other in ids:
        if other == here:
            via = planner.needs.via  # who has to pass elsewhere is not there yet
            assert via or found[here][0] == found[here][1], "one is there already"
            continue
        if reach.question.when.shortest:
            single = shortest_of(planner.profile(here, other, **asked))
            lasts = single[1] - single[0] if single else np.inf
        elif reach.question.towards:
            single = best_of(planner.latest_departure(other, here, **asked))
            lasts = start.timestamp() - single[0] if single else np.inf
        else:
            single = best_of(planner.earliest_arrival(here, other, **asked))
            lasts = single[1] - start.timestamp() if single else np.inf
        expected = single if lasts <= within else None
        mine = found.get(other)
        both = expected is not None and mine is not None
        if both and reach.question.when.shortest and not reach.journey(other).itinerary.rides:
            mine = (expected[0], expected[0] + mine[1] - mine[0], mine[2])  # a walk, at any time
        assert mine == expected, (here, other, asked)
    return len(found)


# ---------------------------------------------------------------------- random timetables

WHEN = ((FIRST, 7), (FIRST, 8), (FIRST, 8), (FIRST, 23), (SECOND, 0), (SECOND, 8))


@st.composite
def questions(draw: Any) -> dict[str, Any]:
    """Departures, arrivals and windows, for up to a day."""
    date, hour = draw(st.sampled_from(WHEN))
    minute = f"{date} {hour:02d}:{draw(st.integers(0, 59)):02d}"
    asked: dict[str, Any] = {
        "within": draw(st.sampled_from(("4 min", "15 min", "1 h", "24 h"))),
        draw(st.sampled_from(("depart", "depart", "arrive"))): pd.Timestamp(
            minute, tz="Europe/Paris"
        ),
    }
    if "depart" in asked and draw(st.booleans()):
        asked["window"] = draw(st.sampled_from(("10 min", "1 h", "20 h")))
    asked["days"] = 3
    return asked


LIMITS = {
    "max_transfers": st.integers(0, 2),
    "max_walking": MINUTE,
    "max_wait": MINUTE,
    "max_duration": st.sampled_from(("3 min", "10 min", "60 min")),
    "extra_transfer_time": MINUTE,
    "via": st.lists(st.sampled_from("ABCDEF"), min_size=1, max_size=1),
    "avoid": st.builds(lambda letter: {"change_at": [letter]}, st.sampled_from("ABCDEF")),
}


@st.composite
def needs(draw: Any) -> mp.Needs:
    names = draw(st.lists(st.sampled_from(sorted(LIMITS)), min_size=1, max_size=2, unique=True))
    return mp.Needs(**{name: draw(LIMITS[name]) for name in names})


def load(case: Case) -> mp.Planner:
    try:
        timetable = case.feed.load(case.rules)
    except mp.InvalidFeed as error:
        assume("contradict" not in str(error))
        raise
    assume(not World(timetable).contradicts_itself())
    return mp.Planner(timetable)


@examples(80)
@given(cases(), questions(), st.integers(0, 5))
def test_every_station_of_a_random_timetable(
    case: Case, asked: dict[str, Any], number: int
) -> None:
    """Ties, loops, walks, restrictions, privileges; forward, backward, and in a window."""
    planner = load(case)
    ids = sorted(planner.timetable.stations.id)
    try:
        assert_reach_equals_single_questions(planner, ids[number % len(ids)], asked, ids)
    except mp.OutsideCalendar:
        assume(False)


@examples(60)
@given(cases(most_trips=6), questions(), needs(), st.integers(0, 5))
def test_every_station_under_needs(
    case: Case, asked: dict[str, Any], wanted: mp.Needs, number: int
) -> None:
    planner = load(case)
    ids = sorted(planner.timetable.stations.id)
    try:
        under = planner.under(wanted)
        assert_reach_equals_single_questions(under, ids[number % len(ids)], asked, ids)
    except mp.InvalidQuery as error:
        assert "towards a place there is no search with" in str(error)
        assert "arrive" in asked
    except (mp.OutsideCalendar, mp.UnknownStation):
        assume(False)  # they name what this timetable does not have


def test_one_walks_after_the_last_train_too() -> None:
    """Two stations 400 m apart, and no train left in the timetable."""
    planner = toy(
        trip("A 08:00", "E 08:10"), trip("A 08:00", "F 08:10"),
        place("E", at=(47.0063, 5.0)), place("F", at=(47.0027, 5.0)),
    ).planner()  # fmt: skip
    for asked in ({"window": "1 h"}, {}):
        start = pd.Timestamp("2026-06-02 09:00", tz="Europe/Paris")
        question = {"depart": start, "within": "30 min", **asked}
        assert assert_reach_equals_single_questions(planner, "E", question, ["A", "F"]) == 2


# ---------------------------------------------------------------------- the sample

NEEDS = (
    None,
    mp.Needs(max_transfers=1),
    mp.Needs(max_wait="20 min"),
    mp.Needs(max_walking="5 min", extra_transfer_time="5 min"),
    mp.Needs(via=["Lyon Part Dieu"]),
)


@pytest.mark.parametrize("wanted", NEEDS, ids=str)
@pytest.mark.parametrize(
    "asked",
    [
        {"depart": "08:00", "within": "5 h"},
        {"depart": "08:00", "window": "4 h", "within": "4 h"},
        {"arrive": "20:00", "within": "6 h"},
    ],
    ids=lambda asked: " ".join(asked),
)
def test_random_cells_of_the_sample(
    sample_planner: mp.Planner, wanted: mp.Needs | None, asked: dict[str, Any]
) -> None:
    planner = sample_planner if wanted is None else sample_planner.under(wanted)
    asked = {
        name: pd.Timestamp(f"{SAMPLE} {value}", tz="Europe/Paris") if ":" in value else value
        for name, value in asked.items()
    }
    if "arrive" in asked and wanted not in (None, NEEDS[1]):
        with pytest.raises(mp.InvalidQuery, match="towards a place there is no search with"):
            planner.reach("Rennes", **asked)
        return
    rng = np.random.default_rng(7)
    ids = sorted(planner.timetable.stations.id)
    some = 0
    for here in rng.choice(ids, 3, replace=False).tolist():
        others = rng.choice(ids, 10 if wanted is None else 4, replace=False).tolist()
        n = assert_reach_equals_single_questions(planner, here, dict(asked), [here, *others])
        some += n > 1
    assert some


def test_the_shortest_of_a_day_towards_a_place(sample_planner: mp.Planner) -> None:
    found = reached(sample_planner.reach("Rennes", "5 h", date=SAMPLE, towards=True))
    ids = sorted(sample_planner.timetable.stations.id)
    compared = 0
    for other in np.random.default_rng(4).choice(ids, 25, replace=False).tolist():
        day = sample_planner.profile(other, "Rennes", date=SAMPLE)
        best = shortest_of(day)
        if best is None or best[1] - best[0] > 5 * 3600:
            assert other not in found
            continue
        compared += 1
        assert (found[other][1] - found[other][0], found[other][2]) == (best[1] - best[0], best[2])
    assert compared > 8


def test_a_day_is_a_window_of_its_hours(sample_planner: mp.Planner) -> None:
    day = sample_planner.reach("Rennes", "3 h", date=SAMPLE).to_frame()
    window = sample_planner.reach("Rennes", "3 h", depart=f"{SAMPLE} 00:00", window="24 h")
    pd.testing.assert_frame_equal(day, window.to_frame())


def test_shortcuts_are_refused_as_in_single_questions(sample: mp.Timetable) -> None:
    planner = mp.Planner(sample, mp.TransferRules(no_hop_shortcuts=True))
    start = pd.Timestamp(f"{SAMPLE} 08:00", tz="Europe/Paris")
    ids = sorted(sample.stations.id)[::15]
    assert_reach_equals_single_questions(planner, ids[0], {"depart": start, "within": "5 h"}, ids)


# ---------------------------------------------------------------------- budgets


@pytest.fixture(scope="module")
def priced() -> mp.Planner:
    return mp.Planner(mp.sample(), data=mp.sample_data())


def euros(planner: mp.Planner) -> mp.Criterion:
    """What a leg costs an adult, leg by leg from `Fares.leg`."""
    fares = planner.attributes.fares()
    known: dict[tuple[int, int], float] = {}

    def price(leg: tuple[int, int]) -> float:
        if leg not in known:
            amount = fares.leg(*leg)
            known[leg] = (amount.low + amount.high) / 2
        return known[leg]

    def of_legs(timetable: Timetable, start: Int32, end: Int32) -> Float64:
        return np.array([price(leg) for leg in zip(start.tolist(), end.tolist(), strict=True)])

    return mp.Criterion("euros", per_leg=of_legs)


def test_a_budget_takes_the_best_of_the_journeys_that_keep_to_it(priced: mp.Planner) -> None:
    """From the whole Pareto set of arrival and price: the first to arrive that is cheap enough."""
    asked = {"depart": f"{SAMPLE} 08:00"}
    within = pd.Timedelta("8 h")
    start = pd.Timestamp(asked["depart"], tz="Europe/Paris")
    price = euros(priced)
    ids = np.random.default_rng(3).choice(sorted(priced.timetable.stations.id), 12, replace=False)
    differs = 0
    for budget in (25.0, 60.0):
        free = reached(priced.reach("Rennes", within, **asked))
        found = reached(priced.reach("Rennes", within, **asked, budget=budget))
        for other in ids.tolist():
            journeys = priced.pareto("Rennes", other, **asked, criteria=("arrival", price))
            table = journeys.to_frame()
            cheap = table[(table["euros"] <= budget) & (table["arrival"] <= start + within)]
            expected = cheap["arrival"].min().timestamp() if len(cheap) else None
            mine = found.get(other)
            assert (mine[1] if mine else None) == expected, (other, budget)
            differs += found.get(other) != free.get(other)
    assert differs >= 3


@pytest.mark.parametrize("when", [{"depart": f"{SAMPLE} 08:00"}, {"date": SAMPLE}])
def test_every_journey_keeps_to_its_budgets(priced: mp.Planner, when: dict[str, Any]) -> None:
    who = mp.Traveller.preset("budget")
    free = priced.reach("Rennes", "8 h", **when, traveller=who).to_frame()
    reach = priced.reach("Rennes", "8 h", **when, traveller=who, budget=45, max_co2_kg=3)
    frame = reach.to_frame()
    cost = reach.worth.price(who.price)
    assert 1 < len(frame) < len(free)
    assert np.nanmax(cost) <= 45 + 1e-6 and frame["co2_kg"].max() <= 3 + 1e-6
    time = free.set_index("id")["travel_time"]
    assert (frame["travel_time"].to_numpy() >= time[frame["id"]].to_numpy()).all()
    # Who could keep to the budgets anyway, does.
    cheap = free[(free["price_max"] <= 45) & (free["co2_kg"] <= 3)]
    assert set(cheap["id"]) <= set(frame["id"])
    kept = frame.set_index("id")["travel_time"]
    assert (kept[cheap["id"]].to_numpy() == cheap["travel_time"].to_numpy()).all()


# ---------------------------------------------------------------------- what comes out


def test_the_table(priced: mp.Planner) -> None:
    reach = priced.reach("Rennes", "4 h", date=SAMPLE)
    frame = reach.to_frame()
    assert tuple(frame.columns) == REACH_COLUMNS
    assert frame.crs.to_epsg() == 4326 and frame.geometry.name == "geometry"
    assert str(frame["departure"].dtype) == str(frame["arrival"].dtype)
    assert str(frame["departure"].dtype) == "datetime64[s, Europe/Paris]"
    assert str(frame["travel_time"].dtype) == "timedelta64[s]"
    keys = list(zip(frame["travel_time"], frame["id"], strict=True))
    assert keys == sorted(keys) and frame["id"].is_unique
    assert frame["travel_time"].max() <= pd.Timedelta("4 h")
    assert (frame["arrival"] - frame["departure"] == frame["travel_time"]).all()
    assert (frame["price_min"] <= frame["price_max"]).all()
    assert (frame.loc[frame["name"] == "Rennes", ["price_min", "co2_kg"]] == 0).all(axis=None)
    stations = priced.timetable.stations
    for name, point in zip(frame["id"], frame.geometry, strict=True):
        row = stations.id.row(name)
        assert (point.x, point.y) == (stations.lon[row], stations.lat[row])


@pytest.mark.parametrize(
    "asked",
    [
        {"depart": f"{SAMPLE} 08:00"},
        {"date": SAMPLE},
        {"arrive": f"{SAMPLE} 20:00"},
        {"date": SAMPLE, "traveller": "wheelchair"},
    ],
    ids=lambda asked: " ".join(asked),
)
def test_a_journey_is_what_its_row_says(priced: mp.Planner, asked: dict[str, Any]) -> None:
    """Price and emissions by the table's sums and by the journey's own."""
    reach = priced.reach("Rennes", "6 h", **asked)
    frame = reach.to_frame()
    assert len(frame) > 20
    for row in frame.iloc[::7].itertuples():
        journey = reach.journey(row.id)
        assert (journey.departure, journey.arrival) == (row.departure, row.arrival)
        assert journey.transfers == row.transfers
        if not journey.itinerary.rides:
            continue
        if "traveller" not in asked:  # a reach is priced for who travels, a journey for an adult
            assert (journey.price.low, journey.price.high) == pytest.approx(
                (row.price_min, row.price_max), abs=0.006
            )
        assert journey.co2.low == pytest.approx(row.co2_kg, abs=0.006)
        ends = [journey.legs[0].from_id, journey.legs[-1].to_id]
        assert row.id in ends


def test_an_unreached_station_has_no_journey(sample_planner: mp.Planner) -> None:
    reach = sample_planner.reach("Rennes", "1 h", date=SAMPLE)
    with pytest.raises(mp.NoJourney, match="'Grenoble' is not within reach"):
        reach.journey("Grenoble")
    with pytest.raises(mp.UnknownStation):
        reach.journey("Nowhere at all")


def test_from_a_point_one_walks_first() -> None:
    """The stop lies 300 m away: 355 s on foot by the rules (300 m * 1.3 / 1.1 m/s)."""
    planner = toy(
        trip("A 08:00", "B 08:30"),
        trip("A 08:04", "B 08:44"),
        place("A", at=(47.0, 5.0)),
        place("B", at=(47.5, 5.0)),
    ).planner()
    point = Point(5.0, 47.0 + 300 / 111_195)
    walk = planner.place(point).walks[0]
    assert walk == 355
    reach = planner.reach(point, "2 h", depart="2026-06-02 07:56")
    assert dict(zip(reach.to_frame()["id"], reach.travel_time.tolist(), strict=True)) == {
        "A": 355,
        "B": 48 * 60,  # the train of 08:00 is missed by two minutes
    }
    best = planner.reach(point, "2 h", date="2026-06-02")
    assert dict(zip(best.to_frame()["id"], best.travel_time.tolist(), strict=True)) == {
        "A": 355,
        "B": 30 * 60 + 355,
    }


def test_stations_of_unknown_place_are_reached_too() -> None:
    feed = toy(trip("A 08:00", "B 08:30"), place("B", at=(math.nan, math.nan)))
    planner = feed.planner()
    frame = planner.reach("A", "2 h", date="2026-06-02").to_frame()
    assert list(frame["id"]) == ["A", "B"]
    assert frame.geometry.isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"within": "5 h"}, "which departures"),
        ({"within": "five"}, "within"),
        ({"within": "5 h", "date": SAMPLE, "days": 0}, "days=0"),
        ({"within": "5 h", "date": SAMPLE, "traveller": 7}, "traveller=7"),
        ({"within": "5 h", "date": SAMPLE, "needs": {"max_transfers": 1}}, "mobiplan.Needs"),
        ({"within": "5 h", "date": SAMPLE, "budget": float("nan")}, "budget=nan"),
        ({"within": "5 h", "date": SAMPLE, "budget": "20 €"}, "budget='20 €'"),
        ({"within": "5 h", "date": SAMPLE, "max_co2_kg": -1}, "max_co2_kg=-1"),
        ({"within": "5 h", "date": SAMPLE, "towards": True, "budget": 30}, "with a budget"),
        ({"within": "5 h", "depart": f"{SAMPLE} 08:00", "towards": True}, "towards a place"),
        ({"within": "5 h", "arrive": f"{SAMPLE} 08:00", "window": "1 h"}, "when?"),
    ],
)
def test_what_cannot_be_asked(
    sample_planner: mp.Planner, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(mp.InvalidQuery, match=message):
        sample_planner.reach("Rennes", **asked)


def test_the_map_and_the_picture_name_what_is_reached(sample_planner: mp.Planner) -> None:
    reach = sample_planner.reach("Rennes", "3 h", date=SAMPLE)
    page = reach.explore(["1 h", "3 h"]).get_root().render()
    assert "Nantes" in page and "within 1 h 00" in page
    texts = [text.get_text() for text in reach.plot().texts]
    assert "Rennes" in texts and "Nantes" in texts
