"""The hour that October has twice: which of the two is asked for, and which is answered."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from timetables import toy, trip

import mobiplan as mp

SUNDAY = "2026-10-25"  # at 3:00 in Paris the clocks go back to 2:00
TWICE = dt.datetime(2026, 10, 25, 2, 30)
PARIS = ZoneInfo("Europe/Paris")
FIRST: list[Any] = [
    f"{SUNDAY} 02:30", f"{SUNDAY} 02:30+02:00", f"{SUNDAY}T00:30Z", TWICE, pd.Timestamp(TWICE),
    TWICE.replace(tzinfo=PARIS),
]  # fmt: skip
SECOND: list[Any] = [
    f"{SUNDAY} 02:30+01:00", f"{SUNDAY}T01:30Z", TWICE.replace(fold=1),
    TWICE.replace(tzinfo=PARIS, fold=1), TWICE.replace(tzinfo=dt.timezone(dt.timedelta(hours=1))),
    pd.Timestamp(year=2026, month=10, day=25, hour=2, minute=30, fold=1),
    pd.Timestamp(f"{SUNDAY} 02:30+01:00"),
]  # fmt: skip


@cache
def planner() -> mp.Planner:
    """A train at each 2:30; in GTFS times, from twelve hours before noon, 1:30 and 2:30."""
    return toy(
        trip("A 01:30", "B 01:40", number="1", dates=SUNDAY),
        trip("A 02:30", "B 02:40", number="2", dates=SUNDAY),
        trip("A 04:00", "B 04:10", number="3", dates=SUNDAY),
    ).planner()


def number(journeys: mp.JourneySet) -> str:
    return journeys.best.legs[0].train_number


@pytest.mark.parametrize("asked", FIRST)
def test_it_is_the_first_that_is_asked_for(asked: Any) -> None:
    assert number(planner().earliest_arrival("A", "B", depart=asked)) == "1"
    assert number(planner().plan("A", "B", depart=asked, draws=0)) == "1"


@pytest.mark.parametrize("asked", SECOND)
def test_the_second_is_asked_for_by_fold_or_by_its_offset(asked: Any) -> None:
    assert number(planner().earliest_arrival("A", "B", depart=asked)) == "2"
    assert number(planner().plan("A", "B", depart=asked, draws=0)) == "2"


def test_the_latest_departure_too() -> None:
    by = TWICE.replace(minute=45)
    assert number(planner().latest_departure("A", "B", arrive=by)) == "1"
    assert number(planner().latest_departure("A", "B", arrive=by.replace(fold=1))) == "2"


def test_the_table_tells_the_two_apart() -> None:
    day = planner().profile("A", "B", date=SUNDAY)
    frame = day.to_frame()
    assert [str(time) for time in frame["departure"]] == [
        "2026-10-25 02:30:00+02:00",
        "2026-10-25 02:30:00+01:00",
        "2026-10-25 04:00:00+01:00",
    ]
    assert len(set(frame["id"])) == 3
    rows = str(day).splitlines()[2:]
    assert [re.findall(r"\d\d:\d\d(?: UTC\+\d)?", row) for row in rows] == [
        ["02:30 UTC+2", "02:40 UTC+2"],
        ["02:30 UTC+1", "02:40 UTC+1"],
        ["04:00", "04:10"],
    ]
    html = day._repr_html_()
    assert "02:30 UTC+2" in html and "02:30 UTC+1" in html and "04:00 UTC" not in html


def test_a_journey_and_what_is_said_of_it_tell_them_apart() -> None:
    second = planner().earliest_arrival("A", "B", depart=SECOND[0]).best
    assert "02:30 UTC+1 – 02:40 UTC+1 · 10 min" in str(second)
    assert "02:30 UTC+1" in second.why().title
    day = planner().profile("A", "B", date=SUNDAY)
    assert "The 02:30 UTC+1" in day[0].why_not(day[1]).sentence()
    assert "2 h 30 UTC+1" in day[0].why_not(day[1]).sentence("fr")


def test_a_diagnosis_tells_them_apart() -> None:
    none = planner().earliest_arrival("A", "B", depart=SECOND[0], arrive=f"{SUNDAY} 02:35+01:00")
    assert none.diagnosis.sentence() == (
        "the earliest arrival at B is 2026-10-25 02:40 UTC+1, after arrive=2026-10-25 02:35 UTC+1"
    )
    assert "le 25/10/2026 à 2 h 40 UTC+1, après" in none.diagnosis.sentence("fr")
