"""Scenarios: an edited timetable is the one that its feed, edited as text, would give."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_timetables import FIRST, SECOND, Case, cases, examples
from timetables import ToyFeed, calendar, toy, transfer, trip

import mobiplan as mp
from mobiplan.timetable import storage

SAMPLE = "2026-03-24"


def assert_same_timetable(one: mp.Timetable, two: mp.Timetable) -> None:
    """Equal arrays; services may be numbered otherwise, and what nobody uses is left out."""
    mine, theirs = (dict(storage._arrays_of(timetable)) for timetable in (one, two))
    assert mine.keys() == theirs.keys()
    for name in mine:
        if name not in ("active", "trips.service"):
            np.testing.assert_array_equal(mine[name], theirs[name], err_msg=name)
            assert mine[name].dtype == theirs[name].dtype, name
    np.testing.assert_array_equal(
        one.active[one.trips.service] != 0, two.active[two.trips.service] != 0
    )


def assert_same_answers(one: mp.Timetable, two: mp.Timetable) -> None:
    """The same journeys between the stations that both have, at several hours."""
    ids = sorted(set(one.stations.id) & set(two.stations.id))
    planners = mp.Planner(one), mp.Planner(two)
    for date, hour in ((FIRST, "00:00"), (FIRST, "08:05"), (FIRST, "23:50"), (SECOND, "08:00")):
        tables = []
        for planner in planners:
            try:
                tables.append(planner.travel_times(ids, ids, depart=f"{date} {hour}", lanes=1))
            except mp.OutsideCalendar:
                tables.append(None)
        if tables[0] is None or tables[1] is None:
            continue  # the calendars differ by what is gone
        pd.testing.assert_frame_equal(*tables)
    for other in ids[1:3]:
        try:
            found = [p.profile(ids[0], other, depart=f"{FIRST} 00:00", window="24 h", days=2)
                     for p in planners]  # fmt: skip
        except mp.OutsideCalendar:
            continue
        tables = [journeys.to_frame()[["departure", "arrival", "transfers"]] for journeys in found]
        pd.testing.assert_frame_equal(*tables)


def load(feed: ToyFeed, rules: mp.TransferRules | None = None) -> mp.Timetable:
    try:
        return feed.load(rules)
    except mp.InvalidFeed as error:
        assume("contradict" not in str(error) and "no trip" not in str(error))
        raise


def trips_of(feed: ToyFeed) -> list[int]:
    return [k for k, item in enumerate(feed.items) if item.word == "trip"]


def mapped(feed: ToyFeed, number: int, change: Callable[[Any], Any]) -> ToyFeed:
    """The feed with one of its lines changed, or left out."""
    items = [change(item) if k == number else item for k, item in enumerate(feed.items)]
    return dataclasses.replace(feed, items=tuple(item for item in items if item is not None))


def later(item: Any, minutes: int) -> Any:
    def shifted(clock: re.Match[str]) -> str:
        total = int(clock[1]) * 60 + int(clock[2]) + minutes
        return f"{total // 60:02d}:{total % 60:02d}"

    args = tuple(re.sub(r"(\d\d):(\d\d)", shifted, call) for call in item.args)
    return dataclasses.replace(item, args=args)


# ---------------------------------------------------------------------- random timetables


@examples(60)
@given(cases(), st.data())
def test_removing_then_adding_is_identity(case: Case, data: st.DataObject) -> None:
    """In one edit and in two, of any trips, on all their dates or on some."""
    before = load(case.feed, case.rules)
    ids = data.draw(st.lists(st.sampled_from(list(before.trips.id)), min_size=1, unique=True))
    edit = before.edit()
    kept = edit.trips(trips=ids)
    removed = edit.remove(trips=ids)
    assert_same_timetable(removed.add(*kept).apply(), before)
    if set(ids) != set(before.trips.id):
        again = removed.apply().edit().add(*kept[::-1]).apply()
        assert_same_timetable(again, before)
        assert_same_answers(again, before)
    assert_same_timetable(before.edit().shift("5 min", trips=ids).shift("-5 min", trips=ids)
                          .apply(), before)  # fmt: skip


@examples(60)
@given(cases(most_rules=2), st.data())
def test_removing_is_not_to_have_published(case: Case, data: st.DataObject) -> None:
    """Unless a rule of transfers.txt names the trip, or its line and no other trip has that."""
    number = data.draw(st.sampled_from(trips_of(case.feed)))
    name = case.feed.items[number].options["number"]
    try:
        feed = mapped(case.feed, number, lambda item: None)
        less = load(feed, case.rules) if trips_of(feed) else None
    except ValueError:  # a rule of transfers.txt names it
        less = None
    if less is None:
        return
    before = load(case.feed, case.rules)
    after = before.edit().remove(trains=name).apply()
    assert sorted(after.trips.id) == sorted(less.trips.id)
    assert_same_answers(after, less)


@examples(60)
@given(cases(most_rules=2), st.integers(-8, 12), st.data())
def test_shifting_is_to_publish_other_times(case: Case, minutes: int, data: st.DataObject) -> None:
    number = data.draw(st.sampled_from(trips_of(case.feed)))
    item = case.feed.items[number]
    assume(minutes >= 0 or not re.search(r"\b00:0[0-7]", " ".join(item.args)))
    before = load(case.feed, case.rules)
    moved = load(mapped(case.feed, number, lambda item: later(item, minutes)), case.rules)
    after = before.edit().shift(f"{minutes} min", trains=item.options["number"]).apply()
    assert_same_timetable(after, moved)


@examples(40)
@given(cases(most_rules=3), st.data())
def test_an_edit_on_some_days_is_a_trip_of_those_days(case: Case, data: st.DataObject) -> None:
    """The trip of both days, shifted on the second, equals two trips of a day each."""
    both = [k for k in trips_of(case.feed)
            if case.feed.items[k].options["dates"] == f"{FIRST} {SECOND}"]  # fmt: skip
    assume(both)
    number = data.draw(st.sampled_from(both))
    item = case.feed.items[number]
    name = item.options["number"]
    before = load(case.feed, case.rules)
    after = before.edit().shift("7 min", trains=name, dates=SECOND).apply()
    assert len(after.trips.id) == len(before.trips.id) + 1
    days = [
        before.edit().shift("7 min", trains=name).remove(trains=name, dates=FIRST),
        before.edit().remove(trains=name, dates=SECOND),
    ]
    one, two = (edit.trips(trains=name)[0] for edit in days)
    others = before.edit().remove(trains=name)
    second = dataclasses.replace(
        one, id=f"{one.id} (edited)",
        rules=tuple(tuple(f"{x} (edited)" if x == one.id else x for x in r) for r in one.rules),
    )  # fmt: skip
    rebuilt = others.add(two, second).apply()
    if not any(list(rule).count(one.id) > 1 for rule in one.rules):  # a rule of a trip with itself
        assert_same_timetable(rebuilt, after)


# ---------------------------------------------------------------------- by hand


def departures(
    timetable: mp.Timetable, origin: str, destination: str, date: str = "2026-06-02"
) -> list[str]:
    day = mp.Planner(timetable).profile(origin, destination, date=date)
    return [f"{journey.departure:%d %H:%M}" for journey in day]


@pytest.fixture(scope="module")
def before() -> mp.Timetable:
    return toy(
        calendar("week", "1111000", "2026-06-01", "2026-06-12"),
        trip("A 08:00", "B 08:30/08:32", "C 09:00", number="1", line="L", service="week"),
        trip("A 12:00", "B 12:30/12:32", "C 13:00", number="2", line="L", service="week"),
        trip("A 23:30", "B 24:10/24:12", "C 24:40", number="3", line="L", service="week"),
        trip("B 08:40", "D 09:10", number="11", line="M", service="week", brand="Bus"),
    ).load()


def test_the_old_timetable_stays(before: mp.Timetable) -> None:
    arrays = {name: array.copy() for name, array in storage._arrays_of(before)}
    after = before.edit().remove(trains=1).shift("3 min", lines="L").close("B").apply()
    assert len(after.trips.id) == 3
    for name, array in storage._arrays_of(before):
        np.testing.assert_array_equal(array, arrays[name])
    for name, array in storage._arrays_of(after):
        assert not array.flags.writeable, name


def test_nothing_done_is_the_same_timetable(before: mp.Timetable) -> None:
    assert before.edit().apply() is before


def test_removing_on_a_date(before: mp.Timetable) -> None:
    after = before.edit().remove(lines="L", dates=["2026-06-02", "2026-06-03"]).apply()
    assert departures(after, "A", "C", "2026-06-01") == ["01 08:00", "01 12:00", "01 23:30"]
    assert departures(after, "A", "C", "2026-06-02") == []
    assert departures(after, "A", "C", "2026-06-04") == ["04 08:00", "04 12:00", "04 23:30"]


def test_selections_are_what_all_of_them_name(before: mp.Timetable) -> None:
    edit = before.edit()
    assert [trip.number for trip in edit.trips(lines="L", trains=["1", 3, "11"])] == ["1", "3"]
    assert [trip.number for trip in edit.trips(brands="bus")] == ["11"]
    assert [trip.number for trip in edit.trips(modes="regional", trains=[1, 11])] == ["1", "11"]


def test_an_added_trip_is_like_its_line(before: mp.Timetable) -> None:
    new = mp.PlannedTrip(
        [("A", "10:00"), ("B", "10:30", "10:33"), ("C", "11:00")],
        "7",
        "L",
        dates=["2026-06-02", "2026-06-03"],
    )
    after = before.edit().add(new).apply()
    assert departures(after, "A", "C") == ["02 08:00", "02 10:00", "02 12:00", "02 23:30"]
    assert departures(after, "A", "C", "2026-06-04") == ["04 08:00", "04 12:00", "04 23:30"]
    journey = mp.Planner(after).earliest_arrival("A", "C", depart="2026-06-02 09:00").best
    old = mp.Planner(after).earliest_arrival("A", "C", depart="2026-06-02 08:00").best
    assert journey.legs[0].train_number == "7"
    assert journey.legs[0].brand == old.legs[0].brand
    assert journey.legs[0].direction == "C"


def test_retimed_calls(before: mp.Timetable) -> None:
    after = before.edit().retime({"B": ("08:31", "08:39"), "C": "09:15"}, trains="1").apply()
    day = mp.Planner(after).profile("A", "C", date="2026-06-02").first
    assert (f"{day.departure:%H:%M}", f"{day.arrival:%H:%M}") == ("08:00", "09:15")
    assert departures(after, "B", "C") == ["02 00:12", "02 08:39", "02 12:32"]


def test_nobody_boards_or_alights_at_a_closed_station(before: mp.Timetable) -> None:
    after = before.edit().close("B").apply()
    assert departures(after, "A", "C") == departures(before, "A", "C")
    assert departures(after, "A", "B") == departures(after, "B", "C") == []


def test_a_station_closed_between_hours(before: mp.Timetable) -> None:
    """From 12:31 on nobody may board; the train of 12:30 still lets one out."""
    after = before.edit().close("B", between=("12:31", "20:00")).apply()
    assert departures(after, "A", "B") == departures(before, "A", "B")
    assert departures(after, "B", "C") == ["02 00:12", "02 08:32"]


def test_a_station_closed_over_midnight_of_one_date(before: mp.Timetable) -> None:
    """Closed from the 2nd at 22:00 to the 3rd at 5:00: the train of the 2nd calls there at 0:10."""
    after = before.edit().close("B", between=("22:00", "5:00"), dates="2026-06-02").apply()
    assert departures(after, "B", "C", "2026-06-02") == ["02 00:12", "02 08:32", "02 12:32"]
    assert departures(after, "B", "C", "2026-06-03") == ["03 08:32", "03 12:32"]
    assert departures(after, "B", "C", "2026-06-04") == ["04 00:12", "04 08:32", "04 12:32"]


def test_a_closed_line_runs_no_trip_that_would_be_under_way(before: mp.Timetable) -> None:
    after = before.edit().close(lines="L", between=("08:45", "12:00"), dates="2026-06-02").apply()
    assert departures(after, "A", "C") == ["02 12:00", "02 23:30"]
    assert departures(after, "A", "C", "2026-06-03") == departures(before, "A", "C", "2026-06-03")
    night = before.edit().close(lines="L", between=("00:00", "01:00"), dates="2026-06-03").apply()
    assert departures(night, "A", "C") == ["02 08:00", "02 12:00"]
    assert departures(night, "A", "C", "2026-06-03")[-1] == "03 23:30"


def test_published_rules_follow_the_trips_they_name() -> None:
    """Staying seated from 1 to 2, on the day whose times are edited too."""
    feed = toy(
        trip("A 08:00", "B 08:30", number="1", id="one", dates=f"{FIRST} {SECOND}"),
        trip("B 08:30", "C 09:00", number="2", id="two", dates=f"{FIRST} {SECOND}"),
        transfer("", "", type=4, from_trip="one", to_trip="two"),
        transfer("B", "B", minutes=10),
    )
    after = feed.load().edit().shift("5 min", trains=["1", "2"], dates=SECOND).apply()
    planner = mp.Planner(after)
    for day, hour in ((FIRST, "08:00"), (SECOND, "08:05")):
        journey = planner.earliest_arrival("A", "C", depart=f"{day} 07:00").best
        assert (f"{journey.departure:%H:%M}", journey.transfers) == (hour, 0)


def test_a_scenario_can_be_saved_and_pickled(before: mp.Timetable, tmp_path: Any) -> None:
    after = before.edit().shift("3 min", lines="L").apply()
    after.save(tmp_path / "after")
    assert_same_timetable(mp.load(tmp_path / "after"), after)


def test_the_steps_are_told(before: mp.Timetable) -> None:
    edit = before.edit().remove(trains="1").close("B", between=("10:00", "12:00"))
    assert "removed trains 1 (1 trip); closed B between 10:00 and 12:00" in repr(edit)


@pytest.mark.parametrize(
    ("closed", "step"),
    [
        ("Le Mans", "closed Le Mans"),
        ("Lyon", "closed Lyon (Lyon Part Dieu, Lyon Perrache; not Lyon Saint-Exupéry TGV)"),
        ("lyon saint exupery", "closed lyon saint exupery (Lyon Saint-Exupéry TGV)"),
        (["Le Mans", "StopArea:OCE87722025"],
         "closed Le Mans, StopArea:OCE87722025 (Lyon Perrache)"),
    ],
)  # fmt: skip
def test_what_a_name_closes_is_told_and_what_else_is_called_so(
    sample: mp.Timetable, closed: Any, step: str
) -> None:
    assert sample.edit().close(closed).steps == (step,)


def test_what_was_told_is_what_was_closed(sample: mp.Timetable) -> None:
    after = sample.edit().close("Lyon").apply()
    served = after.names.weight > 0
    names = [after.names.names[row] for row in np.flatnonzero(served)]
    assert "Lyon Saint-Exupéry TGV" in names
    assert not {"Lyon Part Dieu", "Lyon Perrache"} & set(names)


def test_the_sample_removed_and_added(sample: mp.Timetable) -> None:
    edit = sample.edit()
    kept = edit.trips(brands="OUIGO", dates=SAMPLE)
    assert len(kept) > 3
    gone = edit.remove(brands="OUIGO", dates=SAMPLE)
    assert_same_answers_on_sample(gone.apply(), sample, differ=True)
    back = gone.add(*(dataclasses.replace(trip, id=f"{trip.id} again") for trip in kept)).apply()
    assert_same_answers_on_sample(back, sample, differ=False)


def assert_same_answers_on_sample(one: mp.Timetable, two: mp.Timetable, *, differ: bool) -> None:
    ids = sorted(two.stations.id)[::5]
    tables = [
        mp.Planner(timetable).travel_times(ids, ids, depart=f"{SAMPLE} 08:00")
        for timetable in (one, two)
    ]
    assert tables[0].equals(tables[1]) != differ


# ---------------------------------------------------------------------- what cannot be done


@pytest.mark.parametrize(
    ("do", "error", "message"),
    [
        (lambda e: e.remove(), mp.InvalidQuery, "which trips"),
        (lambda e: e.remove(trains="9"), mp.InvalidQuery, "trains='9': .* none of that name"),
        (lambda e: e.remove(lines="K"), mp.InvalidQuery, "lines='K'.*'L'"),
        (lambda e: e.remove(colour="red"), mp.InvalidQuery, "trips are selected by trips"),
        (lambda e: e.remove(trains="1", lines="M"), mp.InvalidQuery, "no trip runs"),
        (lambda e: e.remove(trains="1", dates="2027-01-01"), mp.OutsideCalendar, "2027-01-01"),
        (lambda e: e.remove(trains="1", dates="2026-06-05"), mp.InvalidQuery, "no trip runs"),
        (lambda e: e.remove(trains="1", dates=[]), mp.InvalidQuery, "names no day"),
        (lambda e: e.shift("-9 h", trains="1"), mp.InvalidQuery, "before its service day"),
        (lambda e: e.shift("soon", trains="1"), mp.InvalidQuery, "by"),
        (lambda e: e.retime({"D": "9:00"}, trains="1"), mp.InvalidQuery, "does not call there"),
        (lambda e: e.retime({"B": "9:30"}, trains="1"), mp.InvalidQuery, "run backward"),
        (lambda e: e.retime({"B": "noon"}, trains="1"), mp.InvalidQuery, "'noon' is not a clock"),
        (lambda e: e.retime({"Nowhere": "9:00"}, trains="1"), mp.UnknownStation, "retime"),
        (lambda e: e.close(), mp.InvalidQuery, "name a station"),
        (lambda e: e.close("Nowhere"), mp.UnknownStation, "close: "),
        (lambda e: e.close("B", between=("8", "9")), mp.InvalidQuery, "between: '8'"),
        (lambda e: e.add("8601"), mp.InvalidQuery, "PlannedTrip"),
        (
            lambda e: e.add(mp.PlannedTrip([("A", "9:00")], "7", "L", "2026-06-02")),
            mp.InvalidQuery,
            "at least 2",
        ),
        (
            lambda e: e.add(mp.PlannedTrip([("A", "9:00"), ("B", "8:00")], "7", "L", "2026-06-02")),
            mp.InvalidQuery,
            "run backward",
        ),
        (
            lambda e: e.add(mp.PlannedTrip(["A 9:00", "B 9:10"], "7", "L", "2026-06-02")),
            mp.InvalidQuery,
            "is not \\(place, departure\\)",
        ),
        (lambda e: e.add(*e.trips(trains="1")), mp.InvalidQuery, "the id is taken"),
        (lambda e: e.remove(lines=["L", "M"]).apply(), mp.InvalidQuery, "no trip is left"),
    ],
)
def test_what_cannot_be_done(
    before: mp.Timetable, do: Callable[[Any], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        do(before.edit())
