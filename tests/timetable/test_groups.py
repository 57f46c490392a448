"""Groups and exceptional arcs say what the rules say, call by call."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from naive import World
from random_timetables import Case, cases
from timetables import place, toy, transfer, trip

import mobiplan as mp
from mobiplan.timetable.groups import required_s


def table_of_minima(timetable: mp.Timetable) -> dict[tuple[int, int], int]:
    groups = timetable.groups
    return {
        (a, int(groups.pair_to[k])): int(groups.pair_minimum[k])
        for a in range(len(groups.arrival_stop))
        for k in range(groups.pair_ptr[a], groups.pair_ptr[a + 1])
    }


@given(cases(most_rules=6))
def test_each_change_needs_what_the_most_specific_rule_asks(case: Case) -> None:
    """For every pair of calls; privileges of two trips are exceptional arcs, not groups."""
    try:
        timetable = case.feed.load(case.rules)
    except mp.InvalidFeed as error:
        assert "contradict" in str(error)
        return
    world, groups, minima = World(timetable), timetable.groups, table_of_minima(timetable)
    assume(not world.contradicts_itself())
    first = timetable.trips.call_ptr
    for one in world.trips:
        for come in one.calls[1:]:
            a = int(groups.arrival[first[one.row] + come.index])
            assert (a == len(groups.arrival_stop)) == (not come.may_alight)
            for other in world.trips:
                for go in other.calls[:-1]:
                    b = int(groups.boarding[first[other.row] + go.index])
                    assert (b == len(groups.boarding_stop)) == (not go.may_board)
                    if come.may_alight and go.may_board:
                        asked = world.needs_in_general(come, go)
                        assert minima.get((a, b)) == asked, (come, go)


@given(cases(most_rules=6))
def test_contradicting_rules_are_refused_and_no_others(case: Case) -> None:
    """Two equally specific rules that ask for different things (G-25)."""
    world = World(case.feed.load(mp.TransferRules(published=False)))
    world.read_rules(case.rules)
    try:
        case.feed.load(case.rules)
        refused = False
    except mp.InvalidFeed:
        refused = True
    assert refused == world.contradicts_itself()
