"""Needs: what may be typed, what is kept, and what two of them ask together."""

from __future__ import annotations

import datetime as dt
import pickle
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import Point
from traveller.drawing import NAMES, needs, seconds, times

from mobiplan.errors import InvalidQuery
from mobiplan.gtfs.kinds import KINDS
from mobiplan.traveller.limits import Via
from mobiplan.traveller.needs import Needs
from mobiplan.traveller.selection import SELECTABLE, Selection


@given(needs())
def test_needs_come_back_from_plain_values_text_and_pickle(drawn: Needs) -> None:
    for again in (
        Needs.from_dict(drawn.to_dict()),
        eval(repr(drawn)),
        pickle.loads(pickle.dumps(drawn)),
        drawn.replace(),
    ):
        assert again == drawn
        assert hash(again) == hash(drawn)


@given(needs())
def test_lifting_every_limit_leaves_none(drawn: Needs) -> None:
    """What is preferred is no limit."""
    left = drawn
    for limit in drawn.limits():
        assert limit.words
        assert left.without(limit.field) != left
        left = left.without(limit.field)
    for name in ("step_free", "bicycle"):
        assert getattr(left, name) != "require"
        left = left.replace(**{name: "ignore"})
    assert left == Needs()
    assert left.is_empty and not left


@given(needs())
def test_needs_are_as_strict_as_themselves(drawn: Needs) -> None:
    assert drawn.stricter(drawn) == drawn
    assert drawn.stricter(Needs()) == drawn
    assert Needs().stricter(drawn) == drawn


def together(a: Needs, b: Needs) -> Needs | None:
    try:
        return a.stricter(b)
    except InvalidQuery:
        return None


@given(needs(), needs())
def test_stricter_does_not_care_who_asks(a: Needs, b: Needs) -> None:
    assert together(a, b) == together(b, a)


journeys = st.fixed_dictionaries(
    {
        "transfers": st.integers(0, 9),
        "walking": seconds,
        "wait": seconds,
        "night_wait": seconds,
        "duration": seconds,
        "price": st.floats(0, 1e6),
        "change_takes": seconds,
        "first": times,
        "last": times,
        "used": st.fixed_dictionaries(
            {
                kind: st.sets(st.sampled_from(KINDS if kind == "modes" else NAMES), max_size=2)
                for kind in SELECTABLE
            }
        ),
    }
)


def obeys(journey: dict[str, Any], asked: Needs) -> bool:
    """The meaning of the limits, one by one."""
    for name in ("transfers", "walking", "wait", "night_wait", "duration", "price"):
        most = getattr(asked, f"max_{name}")
        if most is not None and journey[name] > most:
            return False
    if asked.not_before is not None and journey["first"] < asked.not_before:
        return False
    if asked.not_after is not None and journey["last"] > asked.not_after:
        return False
    if asked.extra_transfer_time and journey["change_takes"] < asked.extra_transfer_time:
        return False
    used = journey["used"]
    return all(not used[kind] & set(names) for kind, names in asked.avoid.items()) and all(
        used[kind] <= set(names) for kind, names in asked.only.items()
    )


@given(needs(), needs(), journeys)
def test_a_journey_obeys_both_when_it_obeys_the_stricter(
    a: Needs, b: Needs, journey: dict[str, Any]
) -> None:
    both = together(a, b)
    assume(both is not None)
    assert both is not None
    assert obeys(journey, both) == (obeys(journey, a) and obeys(journey, b))


def test_allowed_by_one_and_avoided_by_the_other_leaves_the_rest() -> None:
    choosy = Needs(only={"brands": ["OUIGO", "Lyria"]})
    assert choosy.stricter(Needs(avoid={"brands": "ouigo"})).only["brands"] == ("Lyria",)
    with pytest.raises(InvalidQuery, match="OUIGO"):
        choosy.stricter(Needs(avoid={"brands": ["OUIGO", "Lyria"]}))
    with pytest.raises(InvalidQuery, match="nothing in common"):
        choosy.stricter(Needs(only={"brands": "TGV INOUI"}))


def test_two_ways_are_not_merged_by_guess() -> None:
    with pytest.raises(InvalidQuery, match=r"Lyon.*Dijon"):
        Needs(via="Lyon").stricter(Needs(via="Dijon"))
    assert Needs(via="Lyon").stricter(Needs(via=["Lyon"])).via == (Via("Lyon"),)


def test_durations_are_typed_in_words_and_kept_in_seconds() -> None:
    asked = Needs(max_wait="1h30", max_walking=dt.timedelta(minutes=20))
    assert asked.max_wait == dt.timedelta(hours=1, minutes=30)
    assert asked.seconds("max_walking") == 1200
    assert asked.seconds("max_duration") is None
    assert repr(asked) == "Needs(max_walking='20 min', max_wait='1 h 30 min')"


def test_pace_is_read_with_its_unit_and_given_in_metres_per_second() -> None:
    assert Needs(pace="3.6 km/h") == Needs(pace=3.6)
    assert Needs(pace="3.6 km/h").pace_m_s == pytest.approx(1.0)
    assert Needs().pace_m_s is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Lyon", [Via("Lyon")]),
        (("Lyon", "20 min"), [Via("Lyon", dt.timedelta(minutes=20))]),
        ((45.76, 4.86), [Via((45.76, 4.86))]),
        (Point(4.86, 45.76), [Via((45.76, 4.86))]),
        (["Lyon", ("Dijon", "1 h")], [Via("Lyon"), Via("Dijon", dt.timedelta(hours=1))]),
        (("Lyon", "Dijon"), [Via("Lyon"), Via("Dijon")]),
        ([(45.76, 4.86), "Dijon"], [Via((45.76, 4.86)), Via("Dijon")]),
        ([((45.76, 4.86), "5 min")], [Via((45.76, 4.86), dt.timedelta(minutes=5))]),
        ([], []),
    ],
)
def test_places_on_the_way_are_read_as_they_are_said(typed: Any, kept: list[Via]) -> None:
    assert Needs(via=typed).via == tuple(kept)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"max_transfers": -1}, "whole number"),
        ({"max_transfers": 1.5}, "whole number"),
        ({"max_transfers": True}, "whole number"),
        ({"max_walking": 20}, "'20 min'"),
        ({"max_wait": "20"}, "'20 min'"),
        ({"max_wait": dt.timedelta(-1)}, "negative"),
        ({"max_duration": "0 min"}, "no time"),
        ({"max_price": -1}, "0 or more"),
        ({"max_price": "40 $"}, "€"),
        ({"max_price": float("nan")}, "number of euros"),
        ({"max_price": float("inf")}, "number of euros"),
        ({"transfer_time_factor": 0.5}, "1 or more"),
        ({"pace": 0}, "above 0"),
        ({"pace": "3 m/s"}, "km/h"),
        ({"pace": 40}, "at most 20"),
        ({"avoid": "coach"}, "brands"),
        ({"avoid": {"mode": "coach"}}, "did you mean 'modes'"),
        ({"avoid": {"modes": "TGV"}}, "high speed"),
        ({"avoid": {"lines": [""]}}, "not a name"),
        ({"avoid": {"lines": None}}, "list of names"),
        ({"only": {"lines": []}}, "leaves nothing"),
        ({"via": "20 min"}, "not a place"),
        ({"via": [""]}, "not a place"),
        ({"via": ["Lyon", 7]}, "not a place"),
        ({"not_before": "25:00"}, "06:30"),
        ({"not_before": 6}, "06:30"),
        ({"not_after": dt.time(6, tzinfo=dt.UTC)}, "without a zone"),
        ({"step_free": "yes"}, "'require'"),
        ({"bicycle": True}, "'require'"),
        ({"not_before": "10:00", "not_after": "10:00"}, "not before"),
        ({"avoid": {"lines": "C1"}, "only": {"lines": ["c1", "C2"]}}, "both name"),
        ({"via": "Lyon", "avoid": {"stations": "lyon"}}, "to avoid"),
        ({"via": ("Lyon", "5 h"), "max_duration": "4 h"}, "longer than"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_can(given: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidQuery, match=says) as refused:
        Needs(**given)
    assert any(name in str(refused.value) for name in given)


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(InvalidQuery, match="max_transfers"):
        Needs.from_dict({"max_transfer": 2})
    with pytest.raises(InvalidQuery, match="no limit"):
        Needs().without("avoid.colours")


def test_a_selection_is_a_mapping_of_sorted_names_that_cannot_be_changed() -> None:
    chosen = Selection({"trains": [2593, "2573", "2573 "], "modes": "Coach"})
    assert dict(chosen) == {"modes": ("coach",), "trains": ("2573", "2593")}
    assert chosen == Selection({"modes": ["coach"], "trains": ["2573", "2593"]})
    with pytest.raises(TypeError):
        chosen["lines"] = ("C1",)  # type: ignore[index]


def test_needs_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Needs().max_transfers = 2  # type: ignore[misc]
