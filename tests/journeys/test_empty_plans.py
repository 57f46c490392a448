"""A plan that finds nothing names the needs that conflict, and the least that gives an answer."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import pytest

import mobiplan as mp

DATE = "2026-03-24"
TRIP = {"origin": "Saint-Malo", "destination": "Grenoble"}
MORNING = {"depart": f"{DATE} 07:00"}
CASES: list[tuple[dict[str, Any], dict[str, str], list[str]]] = [
    ({"max_transfers": 0}, MORNING, ["max_transfers"]),
    ({"max_transfers": 0}, {"arrive": f"{DATE} 12:00"}, ["max_transfers"]),
    ({"max_duration": "5 h"}, MORNING, ["max_duration"]),
    ({"max_transfers": 1, "max_duration": "5 h"}, {"date": DATE}, ["max_duration"]),
    (
        {"max_transfers": 1},
        {"depart": f"{DATE} 07:00", "window": "2 h"},
        ["max_transfers", "date"],
    ),
    (
        {"avoid": {"brands": ["TGV INOUI", "OUIGO"]}, "max_duration": "8 h"},
        MORNING,
        ["max_duration", "avoid.brands"],
    ),
    ({"step_free": "require"}, MORNING, ["step_free"]),
]


@cache
def planner() -> mp.Planner:
    return mp.Planner(mp.sample(), data=mp.sample_data())


def plan(needs: mp.Needs, when: dict[str, str]) -> mp.JourneySet:
    return planner().plan(**TRIP, **when, needs=needs, draws=0)


@pytest.mark.parametrize(("needs", "when", "fields"), CASES)
def test_the_needs_that_conflict_are_named(
    needs: dict[str, Any], when: dict[str, str], fields: list[str]
) -> None:
    found = plan(mp.Needs(**needs), when)
    assert len(found) == 0 and found.diagnosis
    assert [limit.field for limit in found.diagnosis.conflicts] == fields
    for limit in found.diagnosis.conflicts:
        assert limit.words in str(found.diagnosis)
    with pytest.raises(mp.NoJourney, match="no journey from Saint-Malo to Grenoble"):
        _ = found.best


@pytest.mark.parametrize(("needs", "when", "fields"), CASES)
def test_each_relaxation_gives_a_plan(
    needs: dict[str, Any], when: dict[str, str], fields: list[str]
) -> None:
    relaxations = plan(mp.Needs(**needs), when).diagnosis.relaxations
    assert [one.field for one in relaxations] == fields
    for one in relaxations:
        if one.field == "date":  # leaves later than was asked
            assert one.needs == mp.Needs(**needs)
            continue
        assert plan(one.needs, when), one.words


@pytest.mark.parametrize(("needs", "when", "fields"), CASES)
def test_nothing_smaller_gives_one(
    needs: dict[str, Any], when: dict[str, str], fields: list[str]
) -> None:
    """One change or one minute less than is said, and there is no plan."""
    step = {"max_transfers": 1, "max_duration": dt.timedelta(minutes=1)}
    for one in plan(mp.Needs(**needs), when).diagnosis.relaxations:
        if one.field in step:
            less = getattr(one.needs, one.field) - step[one.field]
            assert not plan(one.needs.replace(**{one.field: less}), when), one.words


def test_a_presets_own_needs_are_diagnosed_too() -> None:
    me = mp.Traveller.preset("family").replace(max_duration="6 h")
    found = planner().plan(**TRIP, **MORNING, traveller=me)
    assert [limit.field for limit in found.diagnosis.conflicts] == ["max_duration"]
    assert found.coverage is None
    [one] = found.diagnosis.relaxations
    assert one.needs.pace == me.needs.pace
    assert planner().plan(**TRIP, **MORNING, traveller=me.replace(needs=one.needs))
