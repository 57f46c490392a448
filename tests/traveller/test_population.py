"""A population's centre and spread are found again, and help with its people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from traveller.choosing import dutch_trains, random_choices

from mobiplan.errors import InvalidChoices
from mobiplan.lab import POPULATIONS, replay, run
from mobiplan.lab.learners import pooled, with_population
from mobiplan.lab.simulation import offers
from mobiplan.traveller.learning import learn
from mobiplan.traveller.population import population


def people(n: int, answers: int, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Choices of n people whose costs of two features are Gaussian and hang together."""
    rng = np.random.default_rng(seed)
    costs = rng.multivariate_normal([1.0, 1.0], [[0.5, 0.3], [0.3, 0.4]], n)
    size = n * answers * 3
    amounts = rng.normal(size=(size, 2)) * 1.5
    who = np.repeat(np.arange(n), answers * 3)
    appeal = rng.gumbel(size=size) - np.einsum("rk,rk->r", amounts, costs[who])
    best = np.argmax(appeal.reshape(-1, 3), axis=1)
    table = pd.DataFrame(
        {
            "who": who,
            "situation": np.arange(size) // 3,
            "chosen": (best[:, None] == np.arange(3)).ravel(),
            "riding": amounts[:, 0],
            "transfers": amounts[:, 1],
        }
    )
    return table, costs


def test_centre_and_covariance_of_people_are_found_again() -> None:
    table, costs = people(300, 15)
    found = population(table, person="who", groups=1)
    assert found.means[0] == pytest.approx(costs.mean(axis=0), abs=0.2)  # Laplace's is too small
    assert found.covariances[0] == pytest.approx(np.cov(costs.T), abs=0.15)
    assert found.covariances[0, 0, 1] > 0.1  # they hang together


def test_two_taste_groups_are_told_apart() -> None:
    """Who saves money and who saves effort, half and half, in `taste groups`."""
    travellers = POPULATIONS["taste groups"](80, 1)
    tables = [one.choose(offers(20, i), i) for i, one in enumerate(travellers)]
    found = population(tables)
    assert found.shares == pytest.approx([0.5, 0.5], abs=0.1)
    groups = [replace(found, means=found.means[g : g + 1], covariances=found.covariances[g : g + 1],
                      shares=np.ones(1)) for g in range(2)]  # fmt: skip
    saver, comfortable = sorted(groups, key=lambda group: -group.weights["euros"])
    assert saver.weights["euros"] > 1.5 * comfortable.weights["euros"]
    assert comfortable.weights["transfers"] > 1.5 * saver.weights["transfers"]


def test_units_do_not_matter() -> None:
    table, _ = people(30, 8)
    metres = table.assign(transfers=table["transfers"] * 1000)
    one, other = population(table, person="who"), population(metres, person="who")
    assert other.means == pytest.approx(one.means / [1, 1000], rel=1e-6)
    assert other.covariances[:, 0, 1] == pytest.approx(one.covariances[:, 0, 1] / 1000, rel=1e-6)


def test_one_table_is_as_good_as_a_table_each() -> None:
    table, _ = people(10, 8)
    each = [own.drop(columns="who") for _, own in table.groupby("who")]
    assert (population(table, person="who").means == population(each).means).all()


def test_a_population_helps_with_one_more_of_its_people() -> None:
    table, _ = people(120, 30)
    late = table["situation"] % 30 >= 5
    prior = population(table[table["who"] < 60], person="who")
    everyone = learn(table[table["who"] < 60].drop(columns="who"))
    gains = []
    for who in range(60, 120):
        own = table[table["who"] == who].drop(columns="who")
        first, rest = own[~late[own.index]], own[late[own.index]]
        model, taken = learn(first, prior), rest["chosen"].to_numpy()
        ours, theirs = model.predict_proba(rest)[taken], everyone.predict_proba(rest)[taken]
        gains.append(float(np.log(ours).mean() - np.log(theirs).mean()))
    assert np.mean(gains) > 0.03


def test_what_is_no_population_is_refused() -> None:
    table = random_choices(1, 10)
    with pytest.raises(InvalidChoices, match="two people"):
        population([table])
    with pytest.raises(InvalidChoices, match="person="):
        population(table)
    with pytest.raises(InvalidChoices, match="no column 'id'"):
        population(table, person="id")
    with pytest.raises(InvalidChoices, match="never differ"):
        population([table.assign(noise=1.0), table])


def test_dutch_travellers_are_foretold_from_their_first_eight_answers() -> None:
    """One deal of people into five parts; for the average of five see RESULTS.md."""
    use_case = replay("Dutch trains", dutch_trains(), first=8, seeds=1)
    learners = {"pooled": pooled, "population": with_population}
    report = run(use_case, learners, answers=(8,))
    loss = {name: report.value("Dutch trains", name, 8, "log_loss") for name in learners}
    assert loss["population"] <= 0.575
    assert loss["population"] <= loss["pooled"] - 0.08
    assert report.value("Dutch trains", "population", 8, "top_1") >= 0.71
