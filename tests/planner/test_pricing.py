"""What journeys have of each feature, planned or not; choices among them teach."""

from __future__ import annotations

import numpy as np
import pytest
from timetables import toy, trip

import mobiplan as mp

MORNING = "2026-06-02 08:00"
LINE = (
    trip("A 08:00", "B 08:30/08:32", "C 09:00", number="1"),
    trip("B 08:45", "C 09:05", number="2"),
    trip("A 08:20", "C 09:40", number="3"),
)


def test_a_plan_and_the_same_journeys_found_otherwise_have_the_same_features() -> None:
    planner = toy(*LINE).planner()
    me = mp.Traveller(transfer="5 min")
    planned = planner.plan("A", "C", depart=MORNING, traveller=me)
    found = planner.earliest_arrival("A", "C", depart=MORNING)
    assert found.best.id == planned.best.id
    mine, theirs = planned[:1].features(), found.features(me)
    assert mine.keys() == theirs.keys()
    for name, amounts in theirs.items():
        assert amounts == pytest.approx(mine[name]), name
    cost = sum(me.weights[name] * amounts[0] for name, amounts in mine.items())
    assert cost == pytest.approx(planned.best.cost)


def test_by_hand() -> None:
    found = toy(*LINE).planner().profile("A", "C", date="2026-06-02").features()
    assert found["riding"].tolist() == [60.0, 80.0]
    assert found["transfers"].tolist() == [0.0, 0.0]
    assert found["before_departure"].tolist() == [0.0, 0.0]  # of a day, leaving costs nothing
    waited = toy(*LINE).planner().earliest_arrival("A", "C", depart="2026-06-02 08:10")
    assert waited.features()["before_departure"].tolist() == [10.0]


def test_an_empty_set_has_no_amounts() -> None:
    empty = toy(*LINE).planner().earliest_arrival("C", "A", depart=MORNING)
    assert {len(amounts) for amounts in empty.features().values()} == {0}


def test_when_one_leaves_is_no_matter_within_a_window() -> None:
    planner = toy(*LINE).planner()
    journeys = planner.plan("A", "C", depart=MORNING, window="1 h")
    assert (journeys.features()["before_departure"] == 0).all()
    assert journeys.best.personal is not None
    assert journeys.best.personal.contributions(0)["before_departure"] == (0.0, 0.0, 0.0)


def test_choices_among_real_journeys_teach() -> None:
    """Twice the later, dearer-in-time train without an early start is taken."""
    planner = mp.Planner(mp.sample(), data=mp.sample_data())
    prior = mp.Traveller.preset("standard")
    journeys = planner.plan(
        "Rennes", "Grenoble", depart="2026-03-24 08:00", traveller=mp.learn(None, prior=prior)
    )
    assert len(journeys) >= 3
    cheapest = int(np.argmin(journeys.features()["euros"]))
    model = mp.learn([(journeys, cheapest), (journeys, journeys[cheapest])], prior=prior)
    assert model.weights_["euros"] > prior.weights["euros"]
    assert model.n_situations_ == 2
