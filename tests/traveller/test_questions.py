"""Questions: the most telling part those who may be asked; a dominated option is never offered."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mobiplan.traveller.learning import learn
from mobiplan.traveller.questions import information, undominated

small = st.integers(0, 2).map(float)


@given(arrays(np.float64, st.tuples(st.integers(1, 7), st.integers(1, 3)), elements=small))
def test_what_stays_is_what_the_definition_says(amounts: np.ndarray) -> None:
    def beaten(i: int) -> bool:
        return any(
            (other <= amounts[i]).all() and ((other < amounts[i]).any() or j < i)
            for j, other in enumerate(amounts)
            if j != i
        )

    assert undominated(amounts).tolist() == [not beaten(i) for i in range(len(amounts))]


@given(st.integers(0, 10_000))
def test_information_is_the_mutual_information_of_answer_and_traveller(seed: int) -> None:
    rng = np.random.default_rng(seed)
    apart, costs = rng.normal(size=(4, 3)), rng.lognormal(size=(6, 3))
    for question, bits in zip(apart, information(apart, costs), strict=True):
        first = 1 / (1 + np.exp(costs @ question))
        joint = np.array([first, 1 - first]) / len(costs)  # of answer and traveller
        alone = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
        assert bits == pytest.approx((joint * np.log2(joint / alone)).sum(), abs=1e-9)
        assert 0 <= bits <= 1


def test_an_answer_everybody_would_give_tells_nothing() -> None:
    assert information(np.array([[1e6, 1.0], [0.0, 0.0]]), np.ones((5, 2))).tolist() == [0.0, 0.0]


def test_the_weight_in_doubt_is_asked_about() -> None:
    """Money is known within a tenth, changes within a factor of five: ask about changes."""
    spread = {"euros": 0.05, "transfers": 1.0}
    model = learn(None, {"riding": 1.0, "euros": 4.0, "transfers": 15.0}, spread=spread)
    apart = np.array([[10.0, -40.0, 0.0], [0.0, -30.0, 2.0]])  # (euros, riding, transfers)
    money, changes = information(apart, model.belief().alike_in_care(256))
    assert changes > 5 * money
