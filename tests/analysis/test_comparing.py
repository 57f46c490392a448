"""`compare`: what each pair and each traveller gains is what plans before and after say."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from timetables import toy, trip

import mobiplan as mp
from mobiplan.analysis import compare

DAY = "2026-06-02"
NINE = f"{DAY} 08:00"


def before() -> mp.Timetable:
    """Fast and slow from A to C, a branch to D; nothing goes to E but by the slow one."""
    return toy(
        trip("A 08:00", "B 08:30/08:32", "C 09:00", number="1", line="L"),
        trip("A 08:00", "E 08:50/08:52", "C 09:40", number="2", line="L"),
        trip("B 08:50", "D 09:20", number="3", line="M"),
    ).load()


def row_of(table: pd.DataFrame, one: str, other: str) -> Any:
    return table[(table["from_id"] == one) & (table["to_id"] == other)].iloc[0]


def test_by_hand() -> None:
    """Train 1 leaves ten minutes later and misses the branch; train 2 is gone; a new one to E."""
    old = before()
    edit = old.edit().shift("35 min", trains="1").remove(trains="2")
    new = edit.add(mp.PlannedTrip([("D", "10:00"), ("E", "10:30")], "9", "M", DAY)).apply()
    pairs = [("A", "C"), ("A", "D"), ("A", "E"), ("B", "D"), ("D", "E"), ("C", "A")]
    table = compare(old, new, pairs, depart=NINE)
    outcomes = dict(zip(pairs, table["outcome"], strict=True))
    assert outcomes == {
        ("A", "C"): "loses",
        ("A", "D"): "lost",
        ("A", "E"): "lost",
        ("B", "D"): "same",
        ("D", "E"): "won",
        ("C", "A"): "same",
    }
    late = row_of(table, "A", "C")
    assert late["minutes"] == -35.0
    assert late["travel_time_before"] == pd.Timedelta("60 min")
    assert late["travel_time_after"] == pd.Timedelta("95 min")
    assert late["gain"] == pytest.approx(late["cost_before"] - late["cost_after"])
    assert late["gain"] < 0
    assert math.isnan(row_of(table, "D", "E")["gain"])
    assert pd.isna(row_of(table, "A", "E")["travel_time_after"])
    turned = compare(new, old, pairs, depart=NINE)
    opposite = {"loses": "gains", "gains": "loses", "lost": "won", "won": "lost", "same": "same"}
    assert turned["outcome"].tolist() == [opposite[name] for name in table["outcome"]]
    assert turned["gain"].fillna(0).tolist() == (-table["gain"]).fillna(0).tolist()


def test_nothing_changes_for_who_compares_a_timetable_with_itself(
    sample_planner: mp.Planner,
) -> None:
    pairs = [("Rennes", "Lyon"), ("Nantes", "Grenoble")]
    table = compare(
        sample_planner, sample_planner, pairs, ["standard", "wheelchair"], date="2026-03-24"
    )
    assert (table["outcome"] == "same").all() and len(table) == 4


def test_the_costs_are_those_of_plans(sample: mp.Timetable) -> None:
    """A hurried traveller and one who counts euros, before and after their trains go."""
    people = {"hurried": mp.Traveller(euros_per_hour=60), "poor": mp.Traveller(euros_per_hour=4)}
    asked: dict[str, Any] = {"depart": "2026-03-24 08:00"}
    planner = mp.Planner(sample)
    plans = [
        planner.plan(*pair, traveller=who, draws=0, **asked)
        for pair in (("Rennes", "Lyon"), ("Nantes", "Lille"))
        for who in people.values()
    ]
    used = sorted({leg.train_number for plan in plans for leg in plan.best.legs[:1]})
    after = sample.edit().remove(trains=used).apply()
    pairs = pd.DataFrame(
        {"from_id": ["Rennes", "Nantes"], "to_id": ["Lyon", "Lille"], "weight": [100, 7]}
    )
    table = compare(sample, after, pairs, people, **asked)
    assert table["weight"].tolist() == [100, 100, 7, 7]
    assert (table["outcome"] == "loses").any() and (table["gain"] <= 1e-9).all()
    for row in table.itertuples():
        for timetable, cost, lasts in (
            (sample, row.cost_before, row.travel_time_before),
            (after, row.cost_after, row.travel_time_after),
        ):
            best = mp.Planner(timetable).plan(
                row.from_id, row.to_id, traveller=people[row.traveller], draws=0, **asked
            ).best  # fmt: skip
            assert best.cost == pytest.approx(cost, abs=1e-6)
            start = pd.Timestamp(asked["depart"], tz="Europe/Paris")
            assert best.arrival - start == lasts


@pytest.mark.parametrize(
    ("pairs", "error", "message"),
    [
        ([], mp.InvalidQuery, "pairs is empty"),
        (["A"], mp.InvalidQuery, r"pairs\[0\] is 'A'"),
        ([("A", "B"), ("A", "Nowhere")], mp.UnknownStation, r"pairs\[1\] to"),
        (pd.DataFrame({"from": ["A"], "to_id": ["B"]}), mp.InvalidQuery, "no column 'from_id'"),
        (
            pd.DataFrame({"from_id": ["A", "A"], "to_id": ["B", "C"], "weight": [1, -1]}),
            mp.InvalidQuery,
            "row 1 has the weight -1",
        ),
    ],
)
def test_pairs_that_cannot_be_used(pairs: Any, error: type[Exception], message: str) -> None:
    timetable = before()
    with pytest.raises(error, match=message):
        compare(timetable, timetable, pairs, depart=NINE)


def test_what_is_no_timetable() -> None:
    with pytest.raises(mp.InvalidQuery, match="after='x': give a Timetable"):
        compare(before(), "x", [("A", "B")], depart=NINE)  # type: ignore[arg-type]
