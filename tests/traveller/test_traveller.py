"""Travellers: weights by keyword, what they mean, and copies that are the same."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from traveller.drawing import travellers

from mobiplan.errors import InvalidQuery
from mobiplan.gtfs.kinds import KINDS
from mobiplan.traveller.needs import Needs
from mobiplan.traveller.preferences import FEATURES, RIDING_KIND, Preferences, feature
from mobiplan.traveller.traveller import EXPLAIN_COLUMNS, Traveller


def test_a_keyword_is_a_weight_or_a_limit_by_its_name() -> None:
    me = Traveller(transfer="20 min", waiting=1.5, walking=2.0, euros_per_hour=15, max_transfers=2)
    assert me.weights["transfers"] == 20
    assert me.weights["euros"] == 4
    assert me.needs == Needs(max_transfers=2)


def test_what_is_not_said_is_as_in_the_standard_traveller() -> None:
    assert Traveller() == Traveller.preset("standard")
    assert Traveller(walking=7).weights["waiting"] == Traveller().weights["waiting"]


@given(travellers())
def test_every_known_feature_has_a_weight_and_every_weight_a_meaning(who: Traveller) -> None:
    assert list(FEATURES) == [name for name in who.weights if name in FEATURES]
    for name, weight in who.weights.items():
        assert 0 <= weight < float("inf")
        assert feature(name).words


@given(travellers())
def test_copies_are_equal(who: Traveller) -> None:
    for again in (pickle.loads(pickle.dumps(who)), eval(repr(who)), who.replace()):
        assert again == who
        assert hash(again) == hash(who)
        assert again.name == who.name


@given(travellers())
def test_weights_make_the_same_preferences_again(who: Traveller) -> None:
    assert Traveller.from_weights(who.weights).preferences == who.preferences
    assert Preferences(who.preferences.to_dict()) == who.preferences


@given(travellers(), st.sampled_from(KINDS))
def test_a_minute_aboard_has_one_price(who: Traveller, kind: str) -> None:
    named = f"riding_{kind.replace(' ', '_')}"
    assert who.preferences.riding(kind) == who.weights.get(named, who.weights["riding"])
    # Who says the same of a kind as of all has said nothing of it.
    assert named not in who.replace(**{named: who.weights["riding"]}).weights


@given(travellers(), st.integers(0, 60), st.integers(0, 60))
def test_less_time_to_spare_never_costs_less(who: Traveller, one: int, other: int) -> None:
    def cost(spare: int) -> float:
        return sum(w for step, w in who.preferences.short_transfer.items() if spare < step)

    less, more = sorted((one, other))
    assert cost(less) >= cost(more)


@given(travellers(), st.sampled_from(sorted(set(FEATURES) - {"riding"})), st.floats(0, 1e6))
def test_replacing_a_weight_changes_that_weight_only(
    who: Traveller, name: str, weight: float
) -> None:
    other = who.replace(**{name: weight})
    assert {**who.weights, name: weight} == dict(other.weights)
    assert other.needs == who.needs
    assert other.source(name).startswith("stated")


def test_features_that_are_not_named_cost_nothing_in_from_weights() -> None:
    eager = Traveller.from_weights({"waiting": 1, "noise": 0.5}, source="learned: 12 choices")
    assert {name: w for name, w in eager.weights.items() if w} == {
        "riding": 1,
        "waiting": 1,
        "noise": 0.5,
    }
    assert eager.preferences.own == {"noise": 0.5}
    assert eager.source("waiting") == "learned: 12 choices"


@pytest.mark.parametrize(
    ("keywords", "name", "weight"),
    [
        ({"transfers": "1 h"}, "transfers", 60),
        ({"transfers": "90 s"}, "transfers", 1.5),
        ({"transfers": 12}, "transfers", 12),
        ({"euros": "12 €/h"}, "euros", 5),
        ({"euros": "5 min/€"}, "euros", 5),
        ({"euros_per_hour": "12 €/h"}, "euros", 5),
        ({"euros_per_hour": float("inf")}, "euros", 0),
        ({"co2": "3 min/kg"}, "co2", 3),
        ({"waiting": "1.5 min/min"}, "waiting", 1.5),
        ({"riding": {"high speed": 0.9}}, "riding_high_speed", 0.9),
        ({"riding_coach": 1.3, "riding": 2}, "riding_coach", 1.3),
        ({"short_transfer": 8}, "short_transfer_5", 8),
        ({"short_transfer": {4: "2 min"}}, "short_transfer_4", 2),
        ({"own": {"noise": 0.5}}, "noise", 0.5),
    ],
)
def test_weights_are_read_with_or_without_their_unit(
    keywords: dict[str, Any], name: str, weight: float
) -> None:
    assert Traveller(**keywords).weights[name] == weight


def test_wholes_replace_their_parts() -> None:
    who = Traveller(riding={"coach": 1.3}, short_transfer={5: 8}, own={"noise": 1})
    assert "riding_coach" not in who.replace(riding=1).weights
    assert who.replace(short_transfer={3: 2}).preferences.short_transfer == {3: 2}
    assert who.replace(own=None).preferences.own == {}
    assert set(RIDING_KIND) & set(who.weights) == {"riding_coach"}


@pytest.mark.parametrize(
    ("keywords", "says"),
    [
        ({"waitng": 1}, "did you mean 'waiting'"),
        ({"noise": 1}, "own="),
        ({"walking": -1}, "0 or more"),
        ({"walking": float("inf")}, "finite"),
        ({"walking": float("nan")}, "finite"),
        ({"walking": True}, "finite"),
        ({"walking": "2 km"}, "min/min"),
        ({"transfers": "20 km"}, "'20 min'"),
        ({"transfers": "-3 min"}, "0 or more"),
        ({"transfers": 1, "transfer": 2}, "say the same"),
        ({"euros": 1, "euros_per_hour": 2}, "say the same"),
        ({"euros_per_hour": 0}, "above 0"),
        ({"euros": "15 €/min"}, "min/€"),
        ({"riding": {"rocket": 1}}, "high speed"),
        ({"short_transfer": {0: 1}}, "1 to 999"),
        ({"short_transfer": {"90 s": 1}}, "whole minutes"),
        ({"own": {"waiting": 1}}, "another name"),
        ({"own": {"situation": 1}}, "another name"),
        ({"own": {"_secret": 1}}, "private"),
        ({"own": {"noise": -1}}, "0 or more"),
        ({"own": 3}, "by name"),
        ({"class_": 3}, "1 or 2"),
        ({"age": -1}, "years"),
        ({"age": 200}, "years"),
        ({"luggage": "yes"}, "True or False"),
        ({"price": "cheap"}, "'middle'"),
        ({"cards": 7}, "name of a card"),
        ({"max_transfers": -1}, "max_transfers"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_can(keywords: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidQuery, match=says):
        Traveller(**keywords)


def test_limits_beside_needs_come_on_top() -> None:
    who = Traveller(needs=Needs(max_transfers=2, max_wait="1 h"), max_transfers=1)
    assert who.needs == Needs(max_transfers=1, max_wait="1 h")
    assert who.replace(max_wait=None).needs == Needs(max_transfers=1)
    assert who.replace(needs=Needs()).needs.is_empty


def test_names_and_sources_do_not_make_another_traveller() -> None:
    assert Traveller(name="me") == Traveller()
    assert hash(Traveller(name="me")) == hash(Traveller())


def test_a_traveller_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Traveller().name = "you"  # type: ignore[misc]
    with pytest.raises(TypeError):
        Traveller().weights["waiting"] = 0  # type: ignore[index]


def test_explaining_says_what_costs_what_and_why() -> None:
    table = Traveller(transfers="20 min", co2=0).explain().set_index("feature")
    assert list(EXPLAIN_COLUMNS) == ["feature", *table.columns]
    assert table.loc["transfers", "words"] == "a change ≈ 20 min"
    assert table.loc["transfers", "label"] == "stated"
    assert table.loc["euros", "words"].endswith("(15 € an hour)")
    assert table.loc["walking", "label"] == "published"
    assert "co2" not in table.index
    assert (table.weight > 0).all()


def test_fares_are_asked_for_the_passenger() -> None:
    who = Traveller(class_=1, age=30, cards="Avantage Jeune")
    assert (who.passenger.class_, who.passenger.age) == (1, 30)
    assert who.passenger.cards == who.cards == ("avantage jeune",)
    with pytest.raises(InvalidQuery, match="BahnCard"):
        Traveller(cards=["BahnCard"])
