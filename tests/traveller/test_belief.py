"""Beliefs: intervals are those of the draws, files keep every bit, words say what figures mean."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobiplan.errors import InvalidChoices
from mobiplan.traveller.belief import Belief

WEIGHTS = {"riding": 1.0, "transfers": 15.0, "euros": 4.0}
BELIEF = Belief.of_weights(WEIGHTS)


def linear(mean: list[float], covariance: list[list[float]]) -> Belief:
    names = ("riding", "transfers")
    none = np.zeros(2, np.bool_)
    return Belief(names, "riding", none, np.array([mean]), np.array([covariance]))


def test_a_traveller_s_weights_are_the_centre() -> None:
    assert Belief.of_weights(WEIGHTS).weights == pytest.approx(WEIGHTS)
    twice = {name: 2 * weight for name, weight in WEIGHTS.items()}  # the yardstick is the unit
    assert Belief.of_weights(twice).weights == pytest.approx(WEIGHTS)


@given(st.floats(0.05, 1.0), st.sampled_from([0.5, 0.9, 0.99]))
def test_intervals_in_logarithms_are_those_of_draws(spread: float, level: float) -> None:
    belief = Belief.of_weights(WEIGHTS, spread=spread)
    tails = [(1 - level) / 2, (1 + level) / 2]
    quantiles = np.log(np.quantile(belief.draws(20_000, 3), tails, axis=0))
    for k, name in enumerate(belief.features):
        found = np.log(belief.intervals(level)[name])
        assert found == pytest.approx(quantiles[:, k], abs=0.2 * spread)


def test_a_weight_of_a_cost_in_the_plain_has_the_interval_of_the_quotient() -> None:
    """A yardstick known exactly: the quotient is Gaussian."""
    low, high = linear([0.1, 1.0], [[1e-12, 0], [0, 0.04]]).intervals(0.9)["transfers"]
    assert [low, high] == pytest.approx([10 - 1.645 * 2, 10 + 1.645 * 2], abs=0.15)


def test_draws_for_a_planner_are_never_negative() -> None:
    belief = linear([0.1, 0.1], [[0.0025, 0.0], [0.0, 0.25]])
    draws = belief.draws(1000, 1)
    assert (draws >= 0).all() and (draws[:, 1] == 0).any() and (draws[:, 0] == 1).all()
    assert belief.intervals()["transfers"][0] < 0  # what is believed is not hidden


def test_who_does_not_mind_time_cannot_be_measured_by_it() -> None:
    belief = linear([-1.0, 0.1], [[0.0025, 0.0], [0.0, 0.25]])
    with pytest.raises(InvalidChoices, match="another yardstick"):
        _ = belief.weights
    with pytest.raises(InvalidChoices, match="another yardstick"):
        belief.draws(10)


def test_a_weight_of_zero_is_believed_to_be_about_zero() -> None:
    for belief in (Belief.of_weights({**WEIGHTS, "co2": 0.0}), BELIEF.covering(["co2"])):
        assert belief.weights["co2"] == 0.0
        low, high = belief.intervals()["co2"]
        assert -15 < low < -3 and 3 < high < 15
    low, high = BELIEF.covering(["noise"]).intervals()["noise"]  # nobody has a notion of it
    assert low < -50 and high > 50


def test_the_mean_is_that_of_draws() -> None:
    correlated = replace(
        Belief.of_weights({**WEIGHTS, "co2": 0.0}, spread=0.4),
        means=np.array([[0.02, -2.0, -3.0, 0.1], [0.3, -1.5, -2.5, 0.4]]),
        shares=np.array([0.3, 0.7]),
    )
    root = np.random.default_rng(1).normal(size=(4, 4)) * 0.2
    belief = replace(correlated, covariances=np.array([root @ root.T, 0.5 * root @ root.T]))
    ratios = belief._ratios(400_000, 0).mean(axis=0)
    assert list(belief.mean_weights.values()) == pytest.approx(ratios, rel=0.02)


def test_travellers_alike_in_care_differ_in_weights_alone() -> None:
    costs = BELIEF.alike_in_care(500)
    yard = BELIEF.features.index("riding")
    assert costs[:, yard] == pytest.approx(BELIEF.centre[yard])
    assert costs / costs[:, [yard]] == pytest.approx(BELIEF.draws(500))


def test_a_file_keeps_every_bit() -> None:
    belief = Belief.of_weights({**WEIGHTS, "co2": 1 / 3})
    again = Belief.from_dict(json.loads(json.dumps(belief.to_dict())))
    assert again.to_dict() == belief.to_dict()
    assert (again.draws(5) == belief.draws(5)).all()


@pytest.mark.parametrize(
    "part", ["features", "yardstick", "positive", "means", "covariances", "shares"]
)
def test_a_damaged_file_is_refused(part: str) -> None:
    written = Belief.of_weights(WEIGHTS).to_dict()
    with pytest.raises(InvalidChoices, match="no belief"):
        Belief.from_dict({name: value for name, value in written.items() if name != part})
    if part not in ("features", "yardstick"):
        with pytest.raises(InvalidChoices, match="no belief"):
            Belief.from_dict({**written, part: [0.5, 0.25]})


def test_the_summary_says_minutes() -> None:
    lines = Belief.of_weights({**WEIGHTS, "walking": 2.0, "noise": 0.5}).summary().splitlines()
    assert lines == [
        "1 € ≈ 4 min (90 %: 1.5 to 11)",
        "1 noise ≈ 0.5 min (90 %: 0.19 to 1.3)",
        "1 transfer ≈ 15 min (90 %: 5.6 to 40)",
        "1 minute on foot ≈ 2 min (90 %: 0.75 to 5.4)",
    ]
