"""The logit: the likelihood equals its definition, the optimum equals statsmodels'."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traveller.choosing import dutch_trains, random_choices, seeds, swissmetro

from mobiplan.errors import InvalidChoices
from mobiplan.traveller.choices import Choices, Floats, read
from mobiplan.traveller.learning import learn
from mobiplan.traveller.logit import differences, joined, likelihood, maximise


def naive_log_likelihood(choices: Choices, costs: Floats) -> float:
    """The definition, one situation after the other."""
    total = 0.0
    for s, chosen in enumerate(choices.chosen):
        rows = range(choices.first[s], choices.first[s + 1])
        odds = {row: math.exp(-float(choices.amounts[row] @ costs)) for row in rows}
        total += choices.weight[s] * math.log(odds[int(chosen)] / sum(odds.values()))
    return total


costs_drawn = st.lists(st.floats(-0.2, 0.2), min_size=3, max_size=3).map(np.array)


@given(seeds, costs_drawn, st.integers(0, 3))
def test_log_likelihood_equals_the_definition(seed: int, costs: Floats, weight: int) -> None:
    table = random_choices(seed, 8)
    table["weight"] = np.where(table["situation"] < 4, weight, 1.5)
    choices = read(table)
    value, _, _ = likelihood(differences(choices, choices.features), costs[None])
    assert value[0] == pytest.approx(naive_log_likelihood(choices, costs), rel=1e-9, abs=1e-9)


@given(seeds, costs_drawn)
def test_gradient_and_information_are_the_derivatives(seed: int, costs: Floats) -> None:
    choices = read(random_choices(seed, 8))
    data = differences(choices, choices.features)
    _, gradient, information = likelihood(data, costs[None])
    for k in range(3):
        step = np.zeros(3)
        step[k] = 1e-5
        up, down = likelihood(data, (costs + step)[None]), likelihood(data, (costs - step)[None])
        assert (up[0] - down[0])[0] / 2e-5 == pytest.approx(gradient[0, k], rel=1e-4, abs=1e-4)
        slope = (up[1] - down[1])[0] / 2e-5
        assert slope == pytest.approx(-information[0, k], rel=1e-4, abs=1e-3)


@settings(max_examples=25)
@given(seeds, st.sampled_from([1, 3, 20]))
def test_people_side_by_side_are_each_as_if_alone(seed: int, n_people: int) -> None:
    tables = [read(random_choices(seed + p, 5 + p)) for p in range(n_people)]
    features = tables[0].features
    positive = np.array([True, False, True])
    mean, precision = np.array([-3.0, 0.5, -3.0]), np.eye(3)
    together = differences(tables[0], features)
    for p, table in enumerate(tables[1:], 1):
        block = np.full(len(table.situations), p, np.int64)
        together = joined(differences(table, features, block), together)
    both = maximise(together, positive, mean, precision, people=n_people)
    for p, table in enumerate(tables):
        alone = maximise(differences(table, features), positive, mean, precision)
        assert both.mode[p] == pytest.approx(alone.mode[0], abs=1e-8)
        assert both.curvature[p] == pytest.approx(alone.curvature[0], rel=1e-6)
        assert both.log_evidence[p] == pytest.approx(alone.log_evidence[0], abs=1e-7)


def test_evidence_is_the_integral_over_the_prior() -> None:
    """Laplace against brute force, for one feature and many choices."""
    table = random_choices(3, 60).drop(columns=["euros", "transfers"])
    choices = read(table)
    data = differences(choices, choices.features)
    fit = maximise(data, np.array([False]), np.array([0.03]), np.array([[400.0]]))
    grid = np.linspace(-0.3, 0.3, 4001)
    heights = np.array([likelihood(data, np.array([[c]]))[0][0] for c in grid])
    prior = np.exp(-0.5 * 400 * (grid - 0.03) ** 2) * math.sqrt(400 / (2 * math.pi))
    integral = float(np.sum(np.exp(heights - heights.max()) * prior) * (grid[1] - grid[0]))
    assert fit.log_evidence[0] == pytest.approx(math.log(integral) + heights.max(), abs=0.02)


def test_without_a_prior_statsmodels_agrees() -> None:
    models = pytest.importorskip(
        "statsmodels.discrete.conditional_models",
        reason="statsmodels, the oracle, is not installed",
    )
    table = random_choices(5, 300)
    model = learn(table)
    names = list(model.features_in_)
    oracle = models.ConditionalLogit(
        table["chosen"].to_numpy(), table[names].to_numpy(), groups=table["situation"].to_numpy()
    ).fit(disp=0, method="newton", tol=1e-12)
    assert model.coef_ == pytest.approx(oracle.params, rel=1e-5)
    assert model.standard_errors_ == pytest.approx(oracle.bse, rel=1e-5)
    assert model.log_likelihood_ == pytest.approx(oracle.llf, rel=1e-9)


def test_the_published_dutch_table_is_reproduced() -> None:
    table = dutch_trains().drop(columns="person")
    model = learn(table.assign(riding=table["riding"] / 60))
    found = dict(zip(model.features_in_, model.coef_.round(5).tolist(), strict=True))
    assert found == {
        "comfort": -0.94573,
        "euros": -0.32711,
        "riding": -1.72055,
        "transfers": -0.32634,
    }
    assert model.log_likelihood_ == pytest.approx(-1724.15, abs=0.005)
    assert model.n_situations_ == 2929


def test_the_published_swissmetro_table_is_reproduced() -> None:
    table = swissmetro().drop(columns="person")
    model = learn(table.assign(riding=table["riding"] / 100, francs=table["francs"] / 100))
    found = dict(zip(model.features_in_, model.coef_.round(4).tolist(), strict=True))
    assert found == {"car": -0.1546, "francs": -1.0838, "riding": -1.2779, "train": -0.7012}
    assert model.log_likelihood_ == pytest.approx(-5331.252, abs=0.0005)
    assert model.n_situations_ == 6768


def test_without_a_prior_no_variation_is_refused() -> None:
    with pytest.raises(InvalidChoices, match="'euros' never differ"):
        learn(random_choices(1).assign(euros=12.0))


def test_without_a_prior_features_that_move_together_are_refused() -> None:
    table = random_choices(1)
    with pytest.raises(InvalidChoices, match="'euros', 'francs' move together"):
        learn(table.assign(francs=table["euros"] * 0.95))


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_without_a_prior_a_feature_that_foretells_all_is_refused(scale: float) -> None:
    table = random_choices(1)
    with pytest.raises(
        InvalidChoices, match=r"foretell every choice|no finite optimum|wholly open"
    ):
        learn(table.assign(omen=scale * table["chosen"]))


def test_without_a_prior_a_feature_that_foretells_some_is_refused() -> None:
    """Quasi-separation: the omen shows in three situations only, and is never wrong."""
    table = random_choices(1)
    omen = table["chosen"].where(table["situation"] < 3, 0)
    with pytest.raises(InvalidChoices, match="omen"):
        learn(table.assign(omen=omen))


@given(seeds, st.sampled_from(["no variation", "omen", "one situation", "one option", "huge"]))
def test_with_a_prior_nothing_leads_to_nan(seed: int, what: str) -> None:
    table = random_choices(seed, 6)
    if what == "no variation":
        table["euros"] = 12.0
    elif what == "omen":
        table["omen"] = table["chosen"] * 1.0
    elif what == "one situation":
        table = table[table["situation"] == 0]
    elif what == "one option":
        table = table[table["chosen"] == 1]
    else:
        table["euros"] *= 1e6
    model = learn(table, {"riding": 1, "transfers": 15, "euros": 4})
    assert np.isfinite(model.coef_).all()
    assert np.isfinite(model.covariance_).all()
    assert np.isfinite(model.draws(50)).all()
    assert all(np.isfinite(v) for v in model.traveller().weights.values())
    if what == "one option":  # nothing was chosen from: the prior stays
        assert model.weights_ == pytest.approx({"riding": 1, "transfers": 15, "euros": 4})
