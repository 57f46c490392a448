"""Use cases with planned journeys: learners and planners side by side; asking well pays."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mobiplan import Traveller
from mobiplan.lab import (
    CHOOSERS,
    LEARNERS,
    METRICS,
    PlannedTrips,
    planned_trips,
    regret_by_questions,
    run,
    simulated,
)
from mobiplan.lab.learners import STANDARD, with_traveller, without_contexts
from mobiplan.lab.simulation import alike
from mobiplan.traveller.questions import undominated


@pytest.fixture(scope="module")
def trips() -> PlannedTrips:
    return planned_trips(40, 2)


def test_what_is_offered_leaves_a_choice(trips: PlannedTrips) -> None:
    assert len(trips.offers) == 40 and len(trips.asked) == 2
    for offer in trips.offers:
        assert len(offer.journeys) >= 2 and undominated(offer.amounts).all()
    assert not {offer.trip for offer in trips.offers} & set(trips.asked)
    first, again = (trips.situations(6, 1, context="commute") for _ in "12")
    assert first.equals(again) and set(first["context"]) == {"commute"}


def test_who_knows_the_weights_has_no_regret(trips: PlannedTrips) -> None:
    person = alike(1, 4, around=trips.weights)[0]
    truth = Traveller.from_weights(person.weights)
    oracle = SimpleNamespace(plan=lambda *trip: planned(trips, truth, *trip))
    assert trips.regret(oracle, person.weights) == pytest.approx([0.0, 0.0], abs=1e-9)
    assert trips.regret(SimpleNamespace(), person.weights) is None  # cannot plan


def planned(trips: PlannedTrips, traveller: Any, *trip: Any) -> Any:
    return trips.planner.plan(trip[0], trip[1], depart=trip[2], traveller=traveller, draws=0)


def test_learners_and_anyone_s_planner_run_on_real_journeys(trips: PlannedTrips) -> None:
    """A planner that takes the first to arrive, whoever travels, is beaten by learning."""

    def earliest(others: object, yardstick: str) -> Any:
        def plan(*trip: Any) -> Any:
            return trips.planner.earliest_arrival(trip[0], trip[1], depart=trip[2])

        even = lambda t: 1 / t.groupby("situation")["option"].transform("size").to_numpy(float)  # noqa: E731
        return lambda own: SimpleNamespace(plan=plan, predict_proba=even)

    use_case = simulated("planned", trips=trips, n_people=12, first=20, held_out=20)
    learners = {name: LEARNERS[name] for name in ("preset", "learned from the preset")}
    report = run(use_case, {**learners, "earliest": earliest}, answers=(0, 20))

    def value(learner: str, n: int, metric: str) -> float:
        return report.value("planned", learner, n, metric)

    learned = "learned from the preset"
    for metric in ("regret_min", "planned_regret_min"):
        assert value(learned, 20, metric) <= 0.5 * value("preset", 20, metric)
        assert value(learned, 0, metric) == value("preset", 0, metric)
    assert value("earliest", 20, "planned_regret_min") > value(learned, 20, "planned_regret_min")
    assert value(learned, 20, "log_loss") < value("preset", 20, "log_loss")
    assert set(report.to_frame()["metric"]) == set(METRICS)


def test_chosen_questions_need_half_as_many(trips: PlannedTrips) -> None:
    """Of 100 travellers the median regret after n chosen questions and 2 n random ones."""
    people = alike(100, 1, around=trips.weights)
    regret = regret_by_questions(trips, people, n_questions=20)
    assert regret.keys() == CHOOSERS.keys()
    median = {name: np.median(values, axis=0) for name, values in regret.items()}
    for n in (4, 6, 8, 10):
        assert median["information"][n] <= median["random"][2 * n], n
    assert median["information"][10] <= 0.5 * median["information"][0]


def test_pooling_by_context_pays_among_real_journeys(trips: PlannedTrips) -> None:
    contexts = ("commute", "leisure")
    use_case = simulated(
        "both", "two contexts", n_people=100, first=10, held_out=20, contexts=contexts, trips=trips
    )
    by_context = with_traveller(STANDARD)
    learners = {"single": without_contexts(by_context), "by context": by_context}
    report = run(use_case, learners, answers=(20,))
    pooled = report.value("both", "by context", 20, "regret_min")
    assert pooled <= 0.8 * report.value("both", "single", 20, "regret_min")
