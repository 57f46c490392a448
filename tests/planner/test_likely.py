"""Planning under doubt: least expected cost first, the rest for those who may be travelling."""

from __future__ import annotations

import pytest

import mobiplan as mp
from mobiplan.planner.costing import drawn_rows, feature_names

DEPART = "2026-03-24 08:00"


@pytest.fixture(scope="module")
def planner() -> mp.Planner:
    return mp.Planner(mp.sample(), data=mp.sample_data())


def traveller_of(model: mp.ChoiceModel, draw: list[float]) -> mp.Traveller:
    return mp.Traveller.from_weights(dict(zip(model.features_in_, draw, strict=True)))


def test_the_first_is_the_best_of_the_mean_traveller(planner: mp.Planner) -> None:
    model = mp.learn(None, prior=mp.Traveller.preset("comfort"))
    doubtful = planner.plan("Rennes", "Grenoble", depart=DEPART, traveller=model)
    mean = planner.plan("Rennes", "Grenoble", depart=DEPART, traveller=model.traveller(), draws=0)
    assert doubtful.best == mean.best
    assert doubtful.best.cost == pytest.approx(mean.best.cost)


def test_no_journey_of_the_set_has_a_smaller_expected_cost(planner: mp.Planner) -> None:
    """Cost is linear in the weights: the average over draws is the cost at their mean."""
    model = mp.learn(None, prior=mp.Traveller.preset("standard"))
    journeys = planner.plan("Rennes", "Grenoble", depart=DEPART, traveller=model)
    amounts, draws = journeys.features(), model.draws(20_000)
    expected = [
        sum(draws[:, k] * amounts[name][row] for k, name in enumerate(model.features_in_)).mean()
        for row in range(len(journeys))
    ]
    assert min(expected) == expected[0]
    assert expected[0] == pytest.approx(journeys.best.cost, rel=0.02)


def test_each_draw_is_served_as_well_as_by_a_plan_of_its_own(planner: mp.Planner) -> None:
    model = mp.learn(None, prior=mp.Traveller.preset("standard"))
    trip = ("Strasbourg", "Toulouse")
    journeys = planner.plan(*trip, depart=DEPART, traveller=model, draws=12, most=12)
    assert journeys.coverage == 1.0 and len(journeys) > 1
    for draw in model.draws(12).tolist():
        me = traveller_of(model, draw)
        own = planner.plan(*trip, depart=DEPART, traveller=me, draws=0).best
        amounts = journeys.features(me)
        costs = [
            sum(me.weights[name] * values[row] for name, values in amounts.items())
            for row in range(len(journeys))
        ]
        assert own.cost is not None
        assert own.cost - 1e-9 <= min(costs) < own.cost + 1.0


def test_a_row_of_a_draw_names_every_feature_as_the_draw_does() -> None:
    model = mp.learn(None, prior=mp.Traveller.preset("comfort"))
    mean = model.traveller()
    kinds = ("high speed", "regional", "coach")
    names = feature_names(mean.preferences, kinds)
    weights = [float(mean.weights[name]) for name in names]
    rows = drawn_rows(model, 3, names, weights)  # type: ignore[arg-type]
    for row, draw in zip(rows.tolist(), model.draws(3).tolist(), strict=True):
        me = traveller_of(model, draw)
        assert row == pytest.approx([me.weights[name] for name in names])


def test_the_model_s_needs_hold_and_contexts_plan_apart(planner: mp.Planner) -> None:
    direct = mp.Traveller.preset("standard").replace(max_transfers=0)
    model = mp.learn(None, prior=direct)
    assert not planner.plan("Rennes", "Grenoble", depart=DEPART, traveller=model)
    model = mp.learn(None, prior=mp.Traveller.preset("standard"))
    journeys = planner.plan("Rennes", "Grenoble", depart=DEPART, traveller=model, draws=32)
    cheap = int(journeys.features()["euros"].argmin())
    dear = int(journeys.features()["euros"].argmax())
    for context, taken in (("leisure", cheap), ("business", dear)):
        table = journeys.features()
        for k in range(6):
            situation = [f"{context} {k}"] * len(journeys)
            chosen = [int(row == taken) for row in range(len(journeys))]
            rows = {"situation": situation, "chosen": chosen, "context": [context] * len(journeys)}
            model.update(rows | {n: v for n, v in table.items() if n in model.features_in_})
    saved, spent = (
        planner.plan(
            "Rennes", "Grenoble", depart=DEPART, traveller=model.in_context(context), draws=0
        ).best
        for context in ("leisure", "business")
    )
    assert saved.price.middle < spent.price.middle


def test_who_is_no_traveller_is_refused(planner: mp.Planner) -> None:
    with pytest.raises(mp.InvalidQuery, match=r"mobiplan\.learn"):
        planner.plan("Rennes", "Grenoble", depart=DEPART, traveller=3)  # type: ignore[arg-type]
