"""Acceptance cases G-1 to G-15: calendars, midnight, daylight saving, ties."""

from __future__ import annotations

import datetime as dt

import pytest
from timetables import calendar, place, told, toy, transfer, trip

import mobiplan as mp

UTC = dt.UTC
PLAIN = mp.TransferRules.plain(300)


def utc(moment: dt.datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def test_g01_a_feed_without_calendar_txt_runs_on_its_dates_exactly() -> None:
    feed = toy(trip("A 08:00", "B 09:00", dates="2026-06-02 2026-06-05"))
    assert "calendar.txt" not in feed.files
    planner = feed.planner()
    assert [date.isoformat() for date in planner.timetable.dates] == ["2026-06-02", "2026-06-05"]
    found = planner.earliest_arrival("A", "B", depart="2026-06-02 09:00", days=5).best
    assert found.departure.date() == dt.date(2026, 6, 5)


def test_g02_exceptions_add_to_and_take_from_the_calendar() -> None:
    feed = toy(
        trip("A 08:00", "B 09:00", service="weekdays"),
        calendar(
            "weekdays",
            "1111100",
            "2026-06-01",
            "2026-06-12",
            removed="2026-06-03 2026-06-10",
            added="2026-06-06 2026-06-20",
        ),
    )
    planner = feed.planner()
    days = [date.day for date in planner.timetable.dates]
    assert days == [1, 2, 4, 5, 6, 8, 9, 11, 12, 20]
    for day in range(1, 21):
        found = planner.earliest_arrival("A", "B", depart=f"2026-06-{day:02d} 00:00", days=1)
        assert bool(found) == (day in days), day


def test_g03_a_day_after_the_last_is_outside_the_calendar_and_says_which_days_there_are() -> None:
    planner = toy(trip("A 08:00", "B 09:00", dates="2026-06-02 2026-06-03")).planner()
    for ask in (
        lambda: planner.earliest_arrival("A", "B", depart="2026-06-04 08:00"),
        lambda: planner.latest_departure("A", "B", arrive="2026-06-05 08:00"),
        lambda: planner.earliest_arrival("A", "B", depart="2026-06-01 08:00"),
    ):
        with pytest.raises(mp.OutsideCalendar, match="2026-06-02 to 2026-06-03"):
            ask()


def test_g03_also_where_trains_of_the_last_day_run_past_midnight() -> None:
    """Nobody can still be under way at noon: that is outside, not an empty answer."""
    planner = toy(trip("A 23:50", "B 24:40", dates="2026-06-02")).planner()
    assert planner.earliest_arrival("A", "B", depart="2026-06-02 23:00")
    with pytest.raises(mp.OutsideCalendar, match="2026-06-02"):
        planner.earliest_arrival("A", "B", depart="2026-06-03 12:00")


def test_g03_a_day_without_trains_inside_the_calendar_leads_to_the_next_train() -> None:
    planner = toy(trip("A 08:00", "B 09:00", dates="2026-06-02 2026-06-04")).planner()
    found = planner.earliest_arrival("A", "B", depart="2026-06-03 08:00").best
    assert found.departure.isoformat() == "2026-06-04T08:00:00+02:00"


def test_g05_a_train_past_midnight_is_found_from_both_days() -> None:
    planner = toy(trip("A 23:50", "M 24:15", "B 24:40", number="5", dates="2026-06-05")).planner()
    evening = planner.earliest_arrival("A", "B", depart="2026-06-05 23:40")
    assert told(evening) == "5 A 23:50 B 00:40"
    night = planner.earliest_arrival("M", "B", depart="2026-06-06 00:10")
    assert told(night) == "5 M 00:15 B 00:40"
    assert night.best.legs[0].service_date == dt.date(2026, 6, 5)
    back = planner.latest_departure("M", "B", arrive="2026-06-06 00:40")
    assert told(back) == "5 M 00:15 B 00:40"


def test_g06_times_of_87_hours_are_held_and_looked_back_for() -> None:
    planner = toy(trip("A 08:00", "M 86:30", "B 86:52:30", number="1")).planner()
    found = planner.earliest_arrival("M", "B", depart="2026-06-05 14:00").best
    assert found.departure.isoformat() == "2026-06-05T14:30:00+02:00"
    assert found.arrival.isoformat() == "2026-06-05T14:52:30+02:00"
    assert found.legs[0].service_date == dt.date(2026, 6, 2)
    back = planner.latest_departure("A", "B", arrive="2026-06-05 15:00", days=4).best
    assert back.duration == dt.timedelta(hours=78, minutes=52, seconds=30)


def test_g06_31_hours_meet_a_train_of_the_next_service_day() -> None:
    planner = toy(
        trip("A 20:00", "B 31:20", number="night", dates="2026-06-02"),
        trip("B 07:25", "C 08:00", number="day", dates="2026-06-03"),
    ).planner(PLAIN)
    found = planner.earliest_arrival("A", "C", depart="2026-06-02 19:00")
    assert told(found) == "night A 20:00 B 07:20, day B 07:25 C 08:00"


def test_g07_25_hours_stay_25_hours() -> None:
    planner = toy(trip("A 08:00", "B 33:00", number="1")).planner()
    found = planner.earliest_arrival("A", "B", depart="2026-06-02 08:00").best
    assert found.duration == dt.timedelta(hours=25)
    assert found.arrival.isoformat() == "2026-06-03T09:00:00+02:00"


def test_g08_a_train_of_sunday_27_39_is_not_in_time_for_monday_02_01() -> None:
    sunday = "2026-06-07"
    planner = toy(trip("A 26:50", "B 27:39", dates=sunday)).planner()
    assert not planner.latest_departure("A", "B", arrive="2026-06-08 02:01")
    assert not planner.latest_departure("A", "B", arrive="2026-06-08 03:38")
    found = planner.latest_departure("A", "B", arrive="2026-06-08 03:39").best
    assert found.departure.isoformat() == "2026-06-08T02:50:00+02:00"


def test_g09_the_day_the_clocks_go_forward() -> None:
    planner = toy(trip("A 01:00", "B 06:30", dates="2026-03-29")).planner()
    found = planner.earliest_arrival("A", "B", depart="2026-03-29 00:00")
    assert utc(found.best.departure) == "2026-03-28T23:00Z"
    assert found.best.arrival.isoformat() == "2026-03-29T06:30:00+02:00"
    assert utc(found.best.arrival) == "2026-03-29T04:30Z"
    assert found.best.duration == dt.timedelta(hours=5, minutes=30)


def test_g09_a_train_of_that_day_may_leave_on_the_evening_before() -> None:
    """Noon minus twelve hours is 23:00 of 28 March: 00:10 of the 29th is 23:10 of the 28th."""
    planner = toy(
        trip("A 20:00", "B 21:00", number="1", dates="2026-03-28"),
        trip("A 00:10", "B 00:40", number="2", dates="2026-03-29"),
    ).planner()
    found = planner.earliest_arrival("A", "B", depart="2026-03-28 22:00")
    assert told(found) == "2 A 23:10 B 23:40"
    assert utc(found.best.departure) == "2026-03-28T22:10Z"
    last = planner.latest_departure("A", "B", arrive="2026-03-28 23:50")
    assert told(last) == "2 A 23:10 B 23:40"


def test_g10_the_eve_of_that_day() -> None:
    planner = toy(trip("A 26:00", "B 27:15", dates="2026-03-28")).planner()
    found = planner.earliest_arrival("A", "B", depart="2026-03-28 12:00").best
    assert utc(found.arrival) == "2026-03-29T02:15Z"
    assert found.arrival.isoformat() == "2026-03-29T04:15:00+02:00"
    assert found.duration == dt.timedelta(hours=1, minutes=15)


def test_g11_the_day_the_clocks_go_back() -> None:
    planner = toy(trip("A 00:30", "B 06:30", dates="2026-10-25")).planner()
    found = planner.earliest_arrival("A", "B", depart="2026-10-25 00:00").best
    assert utc(found.departure) == "2026-10-24T23:30Z"
    assert utc(found.arrival) == "2026-10-25T05:30Z"
    assert found.duration == dt.timedelta(hours=6)


def test_g12_the_eve_of_that_day_and_the_hour_that_comes_twice() -> None:
    planner = toy(trip("A 26:45", "B 27:15", number="1", dates="2026-10-24")).planner()
    found = planner.earliest_arrival("A", "B", depart="2026-10-24 12:00").best
    assert utc(found.departure) == "2026-10-25T00:45Z"
    assert found.departure.isoformat() == "2026-10-25T02:45:00+02:00"
    assert utc(found.arrival) == "2026-10-25T01:15Z"
    assert found.arrival.isoformat() == "2026-10-25T02:15:00+01:00"
    assert found.duration == dt.timedelta(minutes=30)
    assert found.legs[0].duration == dt.timedelta(minutes=30)


def test_g12_one_changes_in_elapsed_time_where_the_clock_goes_backward() -> None:
    """One arrives at 02:50 CEST and leaves at 02:05 CET, a quarter of an hour later."""
    planner = toy(
        trip("A 26:00", "B 26:50", number="1", dates="2026-10-24"),
        trip("B 02:05", "C 02:35", number="2", dates="2026-10-25"),
    ).planner(mp.TransferRules.plain(900))
    found = planner.earliest_arrival("A", "C", depart="2026-10-24 23:00")
    assert told(found) == "1 A 02:00 B 02:50, 2 B 02:05 C 02:35"
    assert found.best.duration == dt.timedelta(hours=1, minutes=35)
    assert found.best.waiting == dt.timedelta(minutes=15)
    strict = toy(
        trip("A 26:00", "B 26:50", number="1", dates="2026-10-24"),
        trip("B 02:05", "C 02:35", number="2", dates="2026-10-25"),
    ).planner(mp.TransferRules.plain(901))
    assert not strict.earliest_arrival("A", "C", depart="2026-10-24 23:00")


def test_g12_a_guaranteed_change_over_the_night_obeys_elapsed_time() -> None:
    """On 29 March 00:30 is 23:30 of the evening before: it has left when the first arrives."""
    planner = toy(
        trip("A 23:00", "B 24:25", number="1", dates="2026-03-28"),
        trip("B 00:30", "C 01:00", number="2", dates="2026-03-29"),
        transfer("B", "B", type=1, from_trip="1", to_trip="2"),
    ).planner(mp.TransferRules(small=600))
    assert told(planner.earliest_arrival("A", "C", depart="2026-03-28 20:00")) == ""


def test_g13_times_are_the_agencys_and_shown_in_the_stations_zone() -> None:
    planner = toy(
        trip("Paris 08:00", "London 10:20", number="9000"),
        place("London", timezone="Europe/London"),
    ).planner()
    found = planner.earliest_arrival("Paris", "London", depart="2026-06-02 07:00").best
    assert found.arrival.isoformat() == "2026-06-02T09:20:00+01:00"
    assert found.legs[0].arrival.isoformat() == "2026-06-02T09:20:00+01:00"
    assert found.duration == dt.timedelta(hours=2, minutes=20)


def test_g14_a_blank_time_is_interpolated_and_said_to_be_approximate() -> None:
    planner = toy(trip("A 08:00", "B -", "C 09:00", number="1")).planner()
    found = planner.earliest_arrival("A", "B", depart="2026-06-02 07:00")
    assert told(found) == "1 A 08:00 B 08:30"
    assert "approximate" in found.best.legs[0].note
    assert (
        "approximate"
        not in planner.earliest_arrival("A", "C", depart="2026-06-02 07:00").best.legs[0].note
    )
    with pytest.raises(mp.InvalidFeed, match="first or last"):
        toy(trip("A 08:00", "B 08:30", "C -")).load()


def test_g15_hops_of_no_time_are_ridden_in_order_and_not_backward() -> None:
    planner = toy(trip("A 10:00", "B 10:00", "C 10:00", number="1")).planner(PLAIN)
    for engine in ("auto", "scan", "sweep", "dijkstra"):
        there = planner.earliest_arrival("A", "C", depart="2026-06-02 10:00", engine=engine)
        assert told(there) == "1 A 10:00 C 10:00"
        assert not planner.earliest_arrival("C", "A", depart="2026-06-02 09:00", engine=engine)


def test_g15_a_loop_of_no_time_is_passed_once() -> None:
    planner = toy(trip("A 10:00", "B 10:00", "A 10:00", "C 10:00", number="1")).planner(
        mp.TransferRules.plain(0)
    )
    for engine in ("auto", "scan", "sweep", "dijkstra"):
        found = planner.earliest_arrival("A", "C", depart="2026-06-02 10:00", engine=engine)
        assert found.best.transfers == 0
        assert found.best.duration == dt.timedelta(0)
