"""A planned set: who is the cheapest of it, what it rests on, and how it looks."""

from __future__ import annotations

import dataclasses
import math
import re
from functools import cache

import pytest
from timetables import toy, trip

import mobiplan as mp
from mobiplan.journeys.facts import SOURCE_COLUMNS
from mobiplan.journeys.roles import BEST, ROLES, labels_of, roles_of
from mobiplan.timetable.counting import counted
from mobiplan.traveller.presets import PRESETS

DATE = "2026-03-24"
WHEN = {"depart": f"{DATE} 08:00"}


@cache
def planner() -> mp.Planner:
    return mp.Planner(mp.sample(), data=mp.sample_data())


@cache
def planned(preset: str = "standard") -> mp.JourneySet:
    return planner().plan("Rennes", "Nice", traveller=preset, **WHEN)


def unpriced() -> mp.JourneySet:
    """A dear train, and buses of which nobody knows the fare."""
    planner = toy(
        trip("A 08:00", "B 09:00", number="1", brand="TGV INOUI"),
        trip("A 08:10", "B 09:05", number="2", brand="Bus", route_type=3),
        trip("A 08:20", "B 09:30", number="3", brand="TER"),
    ).planner()
    return planner.profile("A", "B", date="2026-06-02")


# ------------------------------------------------------------------ roles


@pytest.mark.parametrize("preset", PRESETS)
def test_who_has_a_role_is_beaten_by_none(preset: str) -> None:
    journeys = planned(preset)
    roles = journeys.roles
    assert tuple(roles) == ROLES
    assert roles[BEST] is journeys.best
    assert roles["fastest"].duration == min(journey.duration for journey in journeys)
    assert roles["cheapest"].price.middle == min(journey.price.middle for journey in journeys)
    assert roles["fewest transfers"].transfers == min(journey.transfers for journey in journeys)
    assert roles["least walking"].walking == min(journey.walking for journey in journeys)
    assert roles["lowest CO2"].co2.middle == min(journey.co2.middle for journey in journeys)


def test_the_unknown_never_wins_and_is_told() -> None:
    journeys = unpriced()
    assert [journey.price.is_known for journey in journeys] == [True, False, True]
    assert journeys.roles["cheapest"] is journeys[2]
    labels = labels_of(journeys)
    assert "cheapest of the known" in labels[2]
    assert not any("cheapest" in label for row in labels[:2] for label in row)


def test_what_nobody_knows_is_no_role() -> None:
    buses = toy(
        trip("A 08:00", "B 09:00", number="1", brand="Bus", route_type=3),
        trip("A 08:10", "B 09:05", number="2", brand="Bus", route_type=3),
    ).planner()
    assert "cheapest" not in buses.profile("A", "B", date="2026-06-02").roles


def test_nobody_is_best_for_you_in_a_set_that_nobody_planned() -> None:
    assert BEST not in planner().profile("Rennes", "Brest", date="2026-03-24").roles


def test_a_role_that_all_share_tells_nobody_from_another() -> None:
    labels = [label for row in labels_of(planned()) for label in row]
    assert all(journey.transfers == 1 for journey in planned())
    assert "fewest transfers" not in labels
    assert labels.count(BEST) == 1


def test_an_empty_set_has_no_roles() -> None:
    none = planner().plan("Rennes", "Nice", traveller=mp.Traveller(max_transfers=0), **WHEN)
    assert not none and none.roles == {} and none.sources().empty


def test_the_table_ends_with_the_roles_of_planned_sets_only() -> None:
    frame = planned().to_frame()
    assert frame.columns[-1] == "roles"
    assert frame["roles"].str.contains(BEST).tolist() == [True] + [False] * (len(frame) - 1)
    assert "roles" not in planner().profile("Rennes", "Brest", date="2026-03-24").to_frame()


# ------------------------------------------------------------------ what it rests on


def test_sources_name_data_sets_dates_and_licences() -> None:
    sources = planned().sources()
    assert tuple(sources.columns) == SOURCE_COLUMNS
    assert not sources.duplicated().any()
    by_use = sources.groupby("used_for")["data_set"].agg(list)
    assert by_use["timetable"] == ["sample"]
    assert "tarifs-tgv-inoui-ouigo" in by_use["fares"]
    assert by_use["co2"] == ["emission-co2-perimetre-complet"]
    tables = sources[sources["data_set"].isin(["tarifs-tgv-inoui-ouigo", *by_use["co2"]])]
    assert tables["date"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    assert (tables["licence"] == "ODbL 1.0").all()


def test_sources_of_a_set_are_those_of_its_journeys() -> None:
    for journey in planned():
        mine = set(journey.sources().itertuples(index=False, name=None))
        assert mine <= set(planned().sources().itertuples(index=False, name=None))
        named = {source.dataset for source in (*journey.price.sources, *journey.co2.sources)}
        assert {row[0] for row in mine} == named | {"sample"}


def test_trains_emit_less_than_what_else_one_could_take() -> None:
    for journey in planned():
        others = journey.co2_alternatives
        assert set(others) == {"car", "electric car", "coach", "plane"}
        assert all(amount.middle > journey.co2.middle for amount in others.values())


def test_a_through_fare_does_not_rank() -> None:
    """The set is in the order of costs that add up the fares of the legs."""
    for journey in planned():
        euros = journey.why().to_frame().set_index("feature").loc["euros", "amount"]
        assert euros == pytest.approx(journey.price.middle)
        through = journey.through_fare
        assert through.is_known is (not math.isnan(through.middle))
    assert [journey.cost for journey in planned()] == sorted(journey.cost for journey in planned())


# ------------------------------------------------------------------ across a city

ACROSS = {"origin": "Paris Montparnasse", "destination": "Paris Gare de Lyon"}


def test_nobody_knows_what_a_way_across_a_city_costs_or_emits() -> None:
    journeys = planner().plan(**ACROSS, depart=f"{DATE} 11:00")
    [journey] = journeys
    assert not journey.itinerary.rides
    assert not journey.price.is_known and not journey.co2.is_known
    assert "cheapest" not in journeys.roles and "lowest CO2" not in journeys.roles
    assert journeys.to_frame()[["price_min", "price_max", "co2_kg"]].isna().all(axis=None)
    assert "0 €" not in str(journeys) and "fare unknown: the ticket of the metro" in str(journey)
    assert journey.why().notes == ["fare unknown: the ticket of the metro or bus across the city"]


def test_it_is_not_the_cheapest_beside_a_train() -> None:
    """A train across the same city: its fare is known, so it is the cheapest of the known."""
    sample = mp.sample()
    line = sample.edit().trips(brands="Train TER", dates=DATE)[0]
    calls = [(ACROSS["origin"], "11:10"), (ACROSS["destination"], "11:50")]
    train = dataclasses.replace(line, calls=calls, number="1", dates=DATE, id="across", rules=())
    both = mp.Planner(sample.edit().add(train).apply(), data=mp.sample_data())
    day = both.profile(*ACROSS.values(), depart=f"{DATE} 11:00", window="20 min")
    rides = {bool(journey.itinerary.rides): row for row, journey in enumerate(day)}
    assert rides.keys() == {False, True}
    for role in ("cheapest", "lowest CO2"):
        assert roles_of(day)[role] == rides[True]
        assert not any(role in label for label in labels_of(day)[rides[False]])


def test_a_walk_is_free() -> None:
    [walk] = planner().plan("Paris Nord", "Paris Est", depart=f"{DATE} 11:00")
    assert (walk.price.low, walk.price.high, walk.co2.middle) == (0, 0, 0)


def test_tables_of_many_journeys_do_not_know_it_either() -> None:
    """A walk is free in them, too."""
    asked = {"depart": f"{DATE} 11:00"}
    here, there = ACROSS.values()
    for reach in (
        planner().reach(here, "1 h", **asked),
        planner().reach(there, "1 h", arrive=f"{DATE} 11:00"),
    ):
        frame = reach.to_frame().set_index("name")
        other = there if reach.place.label == here else here
        for column in ("price_min", "price_max", "co2_kg"):
            assert math.isnan(frame.loc[other, column])
            assert frame.loc[reach.place.label, column] == 0
    values = ["travel_time", "price", "co2"]
    for who in ({}, {"travellers": ["standard"]}):
        table = planner().matrix([here, "Paris Nord"], [there, "Paris Est"], values=values,
                                 **who, **asked)  # fmt: skip
        assert table["travel_time"].notna().all()
        assert table["price_min"].isna().tolist() == [True, True, True, False]
        assert table["co2_kg"].isna().tolist() == [True, True, True, False]


# ------------------------------------------------------------------ how it looks


@pytest.mark.parametrize("preset", ["standard", "budget", "comfort"])
def test_the_terminal_shows_fares_co2_costs_and_roles(preset: str) -> None:
    journeys = planned(preset)
    title, header, *rows, last = str(journeys).splitlines()
    assert title == f"Rennes → Nice, Tue 24 Mar 2026: {counted(len(journeys), 'journey')}"
    assert header.split() == (
        "departure arrival duration changes walking fare CO2 cost trains".split()
    )
    assert len(rows) == len(journeys)
    for row, journey in zip(rows, journeys, strict=True):
        assert re.search(r"\d+ to \d+(\.\d\d)? € |\d+ € ", row)
        assert f"{journey.co2.middle:.1f} kg" in row
        assert f"{journey.cost:.0f}" in row
    assert BEST in rows[0]
    assert re.match(r"serves \d+ % of travellers like you · fares are ranges, not offers", last)


def test_a_planned_journey_tells_its_fare_as_a_range_that_is_no_offer() -> None:
    third = str(planned().best).splitlines()[2]
    assert re.fullmatch(
        r"fare \d+ to \d+ € \(\w+.*, a range, not an offer\)(, without the ticket of the "
        r"metro or bus)? · CO2 [\d.]+ kg \(modelled, complete life cycle\) · costs you \d+ min",
        third,
    )
    assert "fare" not in str(planner().earliest_arrival("Rennes", "Nice", **WHEN).best)


def test_the_notebook_shows_the_same() -> None:
    html = planned()._repr_html_()
    for word in ("fare", "CO2", "cost"):
        assert f'<th class="mbp-n">{word}</th>' in html
    marks = re.findall(r'<span class="mbp-role">(.*?)</span>', html)
    assert marks == [label for row in labels_of(planned()) for label in row]
    assert "serves " in html and "not offers" in html


def test_unknown_is_written_in_words() -> None:
    planner = toy(trip("A 08:00", "B 09:00", number="2", brand="Bus", route_type=3)).planner()
    journeys = planner.plan("A", "B", depart="2026-06-02 07:50")
    assert " unknown " in str(journeys)
    assert ">unknown<" in journeys._repr_html_()
    assert str(journeys.best).splitlines()[2].startswith("fare unknown · CO2 ")
