"""Groups say what the rules say, call by call, and there are no more of them than needed."""

from __future__ import annotations

from hypothesis import given
from naive import World
from random_timetables import Case, cases, examples
from timetables import toy, transfer, trip

import mobiplan as mp


def minima(timetable: mp.Timetable) -> dict[tuple[int, int], int]:
    """(arrival group, boarding group) -> seconds."""
    groups = timetable.groups
    return {
        (a, int(groups.pair_to[k])): int(groups.pair_minimum[k])
        for a in range(len(groups.arrival_stop))
        for k in range(groups.pair_ptr[a], groups.pair_ptr[a + 1])
    }


@examples(60)
@given(cases(most_rules=6))
def test_each_change_needs_what_the_most_specific_rule_asks(case: Case) -> None:
    """For every pair of calls; contradicting rules are refused (G-25), and no others.

    Privileges of two trips are exceptional arcs, not groups.
    """
    world = World(case.feed.load(mp.TransferRules(published=False, door_closing={})))
    try:
        timetable = case.feed.load(case.rules)
    except mp.InvalidFeed:
        world.read_rules(case.rules)
        assert world.contradicts_itself()
        return
    world = World(timetable)
    assert not world.contradicts_itself()
    groups, found, first = timetable.groups, minima(timetable), timetable.trips.call_ptr
    for one in world.trips:
        for come in one.calls[1:]:
            a = int(groups.arrival[first[one.row] + come.index])
            assert (a == len(groups.arrival_stop)) == (not come.may_alight)
            for other in world.trips:
                for go in other.calls[:-1]:
                    b = int(groups.boarding[first[other.row] + go.index])
                    assert (b == len(groups.boarding_stop)) == (not go.may_board)
                    if come.may_alight and go.may_board:
                        assert found.get((a, b)) == world.needs_in_general(come, go), (come, go)


@examples(20)
@given(cases(most_rules=6))
def test_the_pairs_backward_are_those_forward(case: Case) -> None:
    try:
        groups = case.feed.load(case.rules).groups
    except mp.InvalidFeed:
        return
    n_boarding, n_arrival = len(groups.boarding_stop), len(groups.arrival_stop)
    forward = {
        (a, int(groups.pair_to[k]), int(groups.pair_minimum[k]))
        for a in range(n_arrival + 1)
        for k in range(groups.pair_ptr[a], groups.pair_ptr[a + 1])
    }
    backward = {
        (int(groups.back_packed[2 * k]), b, int(groups.back_packed[2 * k + 1]))
        for b in range(n_boarding + 1)
        for k in range(groups.back_ptr[b], groups.back_ptr[b + 1])
    }
    assert forward == backward
    assert len(groups.pair_to) == len(groups.back_packed) // 2 == len(forward)


def test_without_rules_the_groups_are_the_stop_points() -> None:
    timetable = toy(
        trip("A 08:00", "B:1 08:30", "C 09:00", number="1"),
        trip("C 10:00", "B:2 10:30", "A 11:00", number="2"),
        trip("A 12:00", "B:1 12:30", "C 13:00", number="3"),
    ).load()
    assert sorted(timetable.groups.boarding_stop) == sorted(timetable.groups.arrival_stop)
    assert len(timetable.groups.boarding_stop) == 4
    station_b = {timetable.stops.id[s] for s in (1, 2)}
    assert station_b == {"B:1", "B:2"}


def test_trains_that_close_their_doors_board_in_a_group_of_their_own() -> None:
    timetable = toy(
        trip("A 08:00", "B 09:00", number="1"),
        trip("A 08:10", "B 09:10", number="2", brand="TGV INOUI"),
    ).load()
    groups = timetable.groups
    at_a = groups.boarding_stop == timetable.stops.id.row("A")
    assert sorted(groups.closing[at_a].tolist()) == [0, 120]


def test_a_rule_that_says_what_holds_anyway_splits_no_group() -> None:
    trains = [
        trip("A 08:00", "B 08:30", number="1", line="a"),
        trip("B 09:00", "C 09:30", number="2", line="b"),
        trip("B 09:10", "C 09:40", number="3", line="c"),
    ]
    plain = toy(*trains).load()
    same = toy(*trains, transfer("B", "B", seconds=300, to_line="b")).load()
    other = toy(*trains, transfer("B", "B", seconds=301, to_line="b")).load()
    assert len(same.groups.boarding_stop) == len(plain.groups.boarding_stop) == 3
    assert len(other.groups.boarding_stop) == 4


def test_a_forbidden_pair_is_told_from_one_of_no_time() -> None:
    """A minimum of 0 s in the first group must not look like "no pair" to the fingerprint."""
    planner = toy(
        trip("A 08:00", "B 08:00", number="1", line="g"),
        trip("B 08:00", "A 08:00", number="2", line="t"),
        trip("A 08:10", "D 08:20", number="3", line="t"),
        transfer("A", "A", type=3, to_line="t"),
    ).planner(mp.TransferRules(small=0))
    assert not planner.earliest_arrival("B", "D", depart="2026-06-02 07:00")


def test_on_the_bundled_feed_the_groups_are_the_stop_points(sample: mp.Timetable) -> None:
    """The design's promise: honest wait chains cost next to nothing on French feeds."""
    assert len(sample.groups.boarding_stop) <= 1.05 * len(sample.stops.id)
    assert len(sample.groups.arrival_stop) <= 1.05 * len(sample.stops.id)
