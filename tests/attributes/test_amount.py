"""Sums keep the weakest label and every source, and nothing unknown is ever counted as 0."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobiplan.attributes import Amount, Label
from mobiplan.opendata import Source

SOURCES = [Source(name, "", "", "") for name in "abc"]


@st.composite
def amounts(draw: st.DrawFn) -> Amount:
    label = draw(st.sampled_from(Label))
    if label is Label.UNKNOWN:
        return Amount.unknown("€")
    low, high = sorted(draw(st.tuples(*[st.integers(0, 100)] * 2)))
    return Amount(low, high, "€", label, tuple(draw(st.lists(st.sampled_from(SOURCES)))))


@given(st.lists(amounts()))
def test_a_sum_is_as_weak_as_its_weakest_part_and_has_all_sources(parts: list[Amount]) -> None:
    total = Amount.total(parts, "€")
    assert total.label == max((part.label for part in parts), default=Label.PUBLISHED)
    assert set(total.sources) == {source for part in parts for source in part.sources}
    assert len(set(total.sources)) == len(total.sources)
    if total.is_known:
        assert total.low == sum(part.low for part in parts)
        assert total.high == sum(part.high for part in parts)
        assert total.low <= total.middle <= total.high
    else:
        assert math.isnan(total.low) and math.isnan(total.high) and str(total) == "unknown"


def test_amounts_of_different_units_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="€ and kg CO2e do not add up"):
        Amount(1, 1, "€", Label.PUBLISHED) + Amount.unknown("kg CO2e")


def test_an_amount_reads_like_one() -> None:
    one = Amount(10, 29, "€", Label.OPPOSITE)
    assert str(one) == "10.00 to 29.00 € (published for the opposite direction)"
    assert str(Amount(0.5, 0.5, "kg CO2e", Label.MODELLED)) == "0.500 kg CO2e (modelled)"
    assert (one.at("low"), one.at("middle"), one.at("high")) == (10, 19.5, 29)


def test_only_four_words_are_used() -> None:
    words = {label.word for label in Label}
    assert words == {"published", "modelled", "assumed", "unknown"}
