"""What is preferred costs: what is not known to suit, by the facts that are required by."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from timetables import place, toy, trip

import mobiplan as mp
from mobiplan.journeys.leg import CITY_CHANGE
from mobiplan.planner.constraints import personal_masks
from mobiplan.planner.tipping import with_weight

ASKED: dict[str, Any] = {"origin": "A", "destination": "B", "depart": "2026-06-02 08:00"}
STEP_FREE = mp.Needs(step_free="prefer")
BICYCLE = mp.Needs(bicycle="prefer")
ME = mp.Traveller(euros=0)


def two_trains(fast: Any = "", slow: Any = 1, **facts: Any) -> mp.Planner:
    """Train 1 arrives 15 minutes before train 2."""
    return toy(
        trip("A 08:00", "B 08:30", number="1", **{name: fast for name in facts}),
        trip("A 08:00", "B 08:45", number="2", **{name: slow for name in facts}),
        place("A", wheelchair=1),
        place("B", wheelchair=1),
    ).planner()


def amounts(journey: mp.Journey) -> float:
    return journey.personal.contributions(0)["unsuited"][0]


@pytest.mark.parametrize(
    ("needs", "fact", "best", "unsuited"),
    [
        (mp.Needs(), {"wheelchair": ""}, "1", 0),  # nobody asks for it
        (STEP_FREE, {"wheelchair": ""}, "1", 1),  # 10 minutes for 15
        (STEP_FREE, {"wheelchair": 2}, "2", 0),  # 60 minutes for 15
        (STEP_FREE, {"wheelchair": 1}, "1", 0),
        (BICYCLE, {"wheelchair": 2}, "1", 1),  # of bicycles nobody knows on any train
        (BICYCLE, {"bicycle": 2}, "2", 0),
    ],
)
def test_unknown_costs_once_and_a_known_no_six_times(
    needs: mp.Needs, fact: dict[str, Any], best: str, unsuited: float
) -> None:
    ((name, value),) = fact.items()
    planner = two_trains(value, **{name: value})
    found = planner.plan(**ASKED, traveller=ME, needs=needs).best
    assert (found.legs[0].train_number, amounts(found)) == (best, unsuited)
    own = planner.plan(**ASKED, traveller=ME.replace(needs=needs)).best  # whoever says so
    assert (own.legs[0].train_number, own.cost) == (best, found.cost)


def test_one_alights_where_it_is_known_to_be_possible() -> None:
    """Of a city with two stations; both count, where one boards and where one alights."""
    planner = toy(
        trip("A 08:00", "Nord 08:30", "Sud 08:35", number="1", wheelchair=1),
        place("Sud", wheelchair=1),
    ).planner()
    asked = {**ASKED, "destination": ["Nord", "Sud"]}
    ends = [
        planner.plan(**asked, traveller=ME.replace(needs=needs)).best
        for needs in (mp.Needs(), STEP_FREE)
    ]
    assert [journey.legs[-1].to_name for journey in ends] == ["Nord", "Sud"]
    assert amounts(ends[1]) == 1  # the origin: nobody knows


def test_who_stays_seated_does_not_pay_for_the_station_nor_twice_for_the_train() -> None:
    planner = toy(
        trip("A 08:00", "X 08:10", number="1", block="v"),
        trip("X 08:12", "B 08:30", number="2", block="v"),
        place("A", wheelchair=1),
        place("X", wheelchair=2),
        place("B", wheelchair=1),
    ).planner()
    for limit in ({}, {"max_wait": "1 h"}):  # by the sweep, and by bags
        needs = STEP_FREE.replace(**limit)
        best = planner.plan(**ASKED, traveller=ME, needs=needs).best
        assert best.transfers == 0
        assert (amounts(best), best.cost) == (1, pytest.approx(40.0))
        assert not any("X" in note for note in best.why().notes if note.startswith("step-free"))


def test_the_weight_at_which_the_ranking_turns_turns_it() -> None:
    planner = two_trains("", wheelchair="")
    journeys = planner.plan(**ASKED, traveller=ME, needs=STEP_FREE, draws=0)
    slow = planner.plan(**ASKED, traveller=ME.replace(unsuited=60), needs=STEP_FREE, draws=0)
    contrast = journeys.best.why_not(slow.best)
    (point,) = (one for one in contrast.tipping_points if one.feature == "unsuited")
    assert (point.now, point.bound) == (10.0, pytest.approx(15.0))
    for weight, best in ((point.bound - 0.01, "1"), (point.bound + 0.01, "2")):
        who = with_weight(ME, "unsuited", weight)
        again = planner.plan(**ASKED, traveller=who, needs=STEP_FREE, draws=0).best
        assert again.legs[0].train_number == best
    assert contrast.plan_again(point).best.legs[0].train_number == "2"
    assert "not known to suit" in contrast.sentence()
    assert "ne sait pas" in contrast.sentence("fr")


def test_the_explanation_names_it_with_its_tables_and_adds_up() -> None:
    planner = mp.Planner(mp.sample(), data=mp.sample_data())
    asked = ("Rennes", "Grenoble")
    journeys = planner.plan(*asked, depart="2026-03-24 08:00", traveller="wheelchair")
    table = "equipements-accessibilite-en-gares"
    for journey in journeys:
        why = journey.why().to_frame().set_index("feature")
        assert why["contribution"].sum() == pytest.approx(journey.cost, abs=1e-9)
        assert why.loc["unsuited", "weight"] == 10
        assert why.loc["unsuited", "source"].startswith("modelled: unknown counts once")
    sources = journeys.sources().set_index("data_set")["used_for"]
    assert sources.get(table) == "access"
    plain = planner.plan(*asked, depart="2026-03-24 08:00")
    assert table not in set(plain.sources()["data_set"])
    assert (plain.features()["unsuited"] == 0).all()


@pytest.mark.parametrize("told", [False, True])
def test_what_is_required_is_known_by_the_facts_that_count(told: bool) -> None:
    """The tables of stations tell both; without them only the feed does, which says nothing."""
    planner = mp.Planner(mp.sample(), data=mp.sample_data() if told else None)
    refused = personal_masks(planner, mp.Needs(step_free="require")).with_steps
    assert np.array_equal(refused, planner.attributes.access.step_free != 1)
    assert refused.all() == (not told)


def test_a_table_of_questions_and_a_matrix_count_it_as_a_plan_does() -> None:
    planner = mp.Planner(mp.sample(), data=mp.sample_data())
    me, depart = mp.Traveller.preset("wheelchair"), "2026-03-24 08:00"
    asked = pd.DataFrame({"origin": ["Rennes", "Lille"], "destination": ["Lyon", "Nice"]})
    table = planner.plan_many(asked, traveller=me, depart=depart, progress=False)
    for (origin, destination), cost in zip(asked.to_numpy(), table["cost"], strict=True):
        best = planner.plan(origin, destination, depart=depart, traveller=me, draws=0).best
        assert cost == best.cost
        unaware = best.why(me.replace(unsuited=0)).cost
        assert cost == pytest.approx(unaware + 10 * amounts(best))
        cells = planner.matrix([origin], [destination], values="cost", depart=depart, travellers=me)
        assert cells["cost"].tolist() == [pytest.approx(cost)]


def test_a_question_s_preference_holds_for_everybody_and_a_person_s_for_that_one() -> None:
    planner = two_trains("", wheelchair="")
    chair = ME.replace(needs=STEP_FREE)
    asked, own = (
        planner.plan(**ASKED, traveller=who, needs=needs, draws=0).best
        for who, needs in ((ME, STEP_FREE), (chair, None))
    )
    assert asked.cost == own.cost == asked.why(chair).cost
    assert own.why(ME).cost == planner.plan(**ASKED, traveller=ME, draws=0).best.cost
    assert planner.under(STEP_FREE).plan(**ASKED, traveller=ME, draws=0).best.cost == own.cost


@pytest.mark.parametrize("policy", ["step_free", "bicycle"])
def test_who_requires_it_crosses_no_city_by_metro_of_which_nobody_knows(policy: str) -> None:
    planner = mp.Planner(mp.sample(), data=mp.sample_data())
    across = ("Paris Montparnasse", "Paris Gare de Lyon")
    asked = {"depart": "2026-03-24 08:00"}
    assert planner.plan(*across, **asked, draws=0)
    needs = mp.Needs(**{policy: "require"})
    assert not planner.plan(*across, **asked, draws=0, needs=needs)
    assert not planner.earliest_arrival(*across, **asked, needs=needs)


def test_why_says_that_a_way_across_a_city_is_not_known_to_suit() -> None:
    planner = mp.Planner(mp.sample(), data=mp.sample_data())
    found = planner.plan(
        "Rennes", "Marseille", depart="2026-03-24 08:00", needs=mp.Needs(step_free="prefer")
    )
    crossing = [j for j in found if any(leg.kind == CITY_CHANGE for leg in j.legs)]
    assert crossing
    for journey in crossing:
        assert "unknown across the city from Paris Montparnasse to " in str(journey.why())
