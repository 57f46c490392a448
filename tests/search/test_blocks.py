"""A scan in blocks answers as the plain scan does, ride by ride, wherever blocks begin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_timetables import FIRST, SECOND, Case, cases, examples, planner_of
from timetables import ToyFeed, told, toy, transfer, trip

import mobiplan as mp
from mobiplan.search.earliest import FEW_ROUNDS

BLOCK = 64


def assert_the_same(planner: mp.Planner, method: str, **asked: Any) -> int:
    """Ask in blocks and plainly; return how many journeys there were."""
    ask = getattr(planner, method)
    blocks, plain = (ask(**asked, engine=engine).itineraries for engine in ("auto", "scan"))
    assert blocks == plain
    return len(plain)


@examples(60)
@given(
    cases(),
    st.permutations("ABCDEF"),
    st.sampled_from((f"{FIRST} 07:40", f"{FIRST} 08:10", f"{FIRST} 23:30", f"{SECOND} 08:20")),
    st.integers(0, BLOCK - 1),
)
def test_where_a_block_begins_makes_no_difference(
    case: Case, names: list[str], when: str, n_before: int
) -> None:
    """Trains elsewhere, early on the day, push all others on by so many positions."""
    elsewhere = [trip("Y 00:10", "Z 00:11", number=f"9{k:02d}") for k in range(n_before)]
    feed = ToyFeed((*case.feed.items, *elsewhere), case.feed.options)
    planner, _ = planner_of(Case(feed, case.rules))
    ids = set(planner.timetable.stations.id)
    assume(ids.issuperset(names[:2]))
    places = {"origin": names[0], "destination": names[1]}
    for method, bound in (("earliest_arrival", "depart"), ("latest_departure", "arrive")):
        try:
            assert_the_same(planner, method, **places, **{bound: when})
        except mp.OutsideCalendar:
            return


def test_a_change_within_a_block_is_caught() -> None:
    """Of twenty departures in one minute, one is caught by an arrival in that minute."""
    crowd = [trip("Y 08:30", "Z 08:31", number=f"9{k:02d}") for k in range(20)]
    feed = toy(
        trip("A 08:30:00", "B 08:30:10", number="1"),
        trip("B 08:30:20", "C 08:40", number="2"),
        trip("B 08:30:09", "C 08:35", number="3"),
        transfer("B", "B", seconds=10),
        *crowd,
    )
    planner = feed.planner()
    asked = {"origin": "A", "destination": "C", "depart": "2026-06-02 08:00"}
    assert assert_the_same(planner, "earliest_arrival", **asked) == 1
    assert told(planner.earliest_arrival(**asked)).endswith("2 B 08:30 C 08:40")


def test_numbers_of_groups_may_be_long(sample: mp.Timetable) -> None:
    """A feed of more than 65 536 groups is answered by the same code."""
    asked = {"origin": "Rennes", "destination": "Grenoble", "depart": "2026-03-24 08:00"}
    planner = mp.Planner(sample)
    short = planner.earliest_arrival(**asked)
    blocks = short.graph.blocks
    assert blocks.boarding.dtype == blocks.alighting.dtype == np.uint16
    long = [blocks.boarding.astype(np.int32), blocks.alighting.astype(np.int32)]
    short.graph.__dict__["blocks"] = blocks._replace(boarding=long[0], alighting=long[1])
    assert planner.earliest_arrival(**asked).itineraries == short.itineraries
    assert assert_the_same(planner, "earliest_arrival", **asked) == 1


def test_one_stays_seated_within_a_block() -> None:
    """From train to train to train in one minute; where the first is caught in it, too."""
    feed = toy(
        trip("A 08:30:00", "B 08:30:10", number="1"),
        trip("B 08:30:20", "X 08:30:25", "C 08:30:30", number="2"),
        trip("C 08:30:30", "D 08:30:40", number="3"),
        trip("D 08:30:40", "E 08:31:30", number="4"),
        trip("C 08:50", "E 08:59", number="5"),
        transfer("B", "B", seconds=10),
        transfer(type=4, from_trip="2", to_trip="3"),
        transfer(type=4, from_trip="3", to_trip="4"),
    )
    planner = feed.planner()
    asked = {"origin": "A", "destination": "E", "depart": "2026-06-02 08:00"}
    assert assert_the_same(planner, "earliest_arrival", **asked) == 1
    assert f"{planner.earliest_arrival(**asked).best.arrival:%H:%M:%S}" == "08:31:30"


def test_many_changes_are_counted() -> None:
    """More than are told apart at first."""
    n = 4 * FEW_ROUNDS + 3
    chain = [
        trip(
            f"S{k:02d} {6 + k // 3:02d}:{20 * (k % 3):02d}",
            f"S{k + 1:02d} {6 + k // 3:02d}:{20 * (k % 3) + 10:02d}",
            number=f"{k}",
        )
        for k in range(n)
    ]
    planner = toy(*chain).planner()
    asked = {"origin": "S00", "destination": f"S{n:02d}", "depart": "2026-06-02 05:00"}
    assert assert_the_same(planner, "earliest_arrival", **asked) == 1
    assert planner.earliest_arrival(**asked).best.transfers == n - 1


@pytest.mark.parametrize("rules", [None, mp.TransferRules.plain(300), mp.TransferRules.plain(0)])
def test_whole_days_are_the_same(sample: mp.Timetable, rules: mp.TransferRules | None) -> None:
    planner = mp.Planner(sample, rules)
    dice = np.random.default_rng(5)
    ids, answered = sorted(sample.stations.id), 0
    for _ in range(60):
        one, other = dice.choice(ids, 2, replace=False).tolist()
        when = pd.Timestamp("2026-03-24") + pd.Timedelta(minutes=int(dice.integers(24 * 60)))
        places = {"origin": one, "destination": other}
        answered += assert_the_same(planner, "earliest_arrival", **places, depart=when)
        assert_the_same(planner, "latest_departure", **places, arrive=when)
    assert answered > 30
