"""Choices as arrays: row order never matters, and what is no choice is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from traveller.choosing import random_choices, seeds

from mobiplan.errors import InvalidChoices
from mobiplan.traveller.choices import read


def offer(**columns: Any) -> dict[str, Any]:
    return {
        "situation": ["mon", "mon", "tue", "tue"],
        "chosen": [1, 0, 0, 1],
        "riding": [90.0, 80.0, 70.0, 60.0],
        **columns,
    }


@given(seeds, seeds)
def test_row_order_never_matters(seed: int, shuffle: int) -> None:
    table = random_choices(seed, 6)
    mixed = table.sample(frac=1.0, random_state=shuffle)
    one, other = read(table), read(mixed)
    for here, there in zip(one[:-1], other[:-1], strict=True):
        assert np.array_equal(here, there)
    assert mixed["riding"].to_numpy()[other.row].tolist() == one.amounts[:, 1].tolist()


def test_every_column_but_the_named_ones_is_a_feature() -> None:
    table = offer(
        _note="text", option=[1, 2, 1, 2], context="work", weight=2.0, walking=[1, 2, 3, 4]
    )
    table = {name: [v] * 4 if isinstance(v, str | float) else v for name, v in table.items()}
    choices = read(table)
    assert choices.features == ("riding", "walking")
    assert choices.contexts == ("work", "work")
    assert choices.weight.tolist() == [2.0, 2.0]


def test_situations_may_be_numbers_beside_text() -> None:
    assert read(offer(situation=np.array([7, 7, "tue", "tue"], object))).situations == (7, "tue")


class Shown(Sequence[str]):
    """A set of journeys as learning sees it."""

    def __init__(self, **amounts: list[float]) -> None:
        self.amounts = amounts
        self.names = [f"journey {i}" for i in range(len(next(iter(amounts.values()))))]

    def __getitem__(self, i: Any) -> Any:
        return self.names[i]

    def __len__(self) -> int:
        return len(self.names)

    def features(self) -> Mapping[str, Sequence[float]]:
        return self.amounts


def test_pairs_of_journeys_and_the_one_taken_are_choices() -> None:
    shown = [Shown(riding=[90, 80], transfers=[0, 1]), Shown(riding=[50, 40, 45])]
    choices = read([(shown[0], "journey 1"), (shown[1], 2)])
    assert choices.features == ("riding", "transfers")
    assert choices.chosen.tolist() == [1, 4]
    assert choices.amounts[:, 1].tolist() == [0, 1, 0, 0, 0]  # absent is none of it


def test_what_was_taken_may_be_unsaid_where_it_is_to_be_foretold() -> None:
    shown = Shown(riding=[90, 80])
    assert read([(shown, None)], answered=False).chosen.tolist() == [-1]
    with pytest.raises(InvalidChoices, match="0 options chosen"):
        read([(shown, None)])


def test_a_journey_that_was_not_shown_cannot_have_been_taken() -> None:
    with pytest.raises(InvalidChoices, match="situation 0"):
        read([(Shown(riding=[90, 80]), "by bicycle")])
    with pytest.raises(InvalidChoices, match="situation 0"):
        read([(Shown(riding=[90, 80]), 2)])


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"situation": []}, "chosen"),
        ({"situation": [], "chosen": []}, "empty"),
        (offer(riding=[1.0]), "length"),
        (offer(chosen=[1, 1, 0, 1]), "'mon' has 2 options chosen"),
        (offer(chosen=[0, 0, 0, 1]), "'mon' has 0 options chosen"),
        (offer(chosen=[2, -1, 0, 1]), "'mon'.*1 .true. or 0"),
        (offer(riding=[1, 2, 3, float("inf")]), "'tue': column 'riding'"),
        (offer(riding=[1, 2, float("nan"), 3]), "'tue': column 'riding'"),
        (offer(riding=["1", "2", "3", "4"]), "'riding' is not numeric"),
        (offer(riding=pd.to_timedelta([1, 2, 3, 4], unit="min")), "'riding' is not numeric"),
        (offer(context=["a", "b", "a", "a"]), "'mon'.*one context"),
        (offer(weight=[1, 2, 1, 1]), "'mon'.*one weight"),
        (offer(weight=[1, 1, -1, -1]), "'tue'.*one weight"),
        ([1, 2], "list of"),
        (3, "table"),
    ],
)
def test_what_is_no_choice_is_refused_by_name(table: Any, words: str) -> None:
    with pytest.raises(InvalidChoices, match=words):
        read(table)


def test_an_error_is_the_builtin_that_a_caller_expects() -> None:
    refuse: Callable[[], Any] = lambda: read({"situation": []})  # noqa: E731
    with pytest.raises(ValueError, match="chosen"):
        refuse()
