"""Which service runs on which date."""

import datetime as dt

import pytest
from gtfs.text_feeds import check

from mobiplan.errors import InvalidFeed

WEEKDAYS = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date"


def dates(tables) -> list[str]:
    return [
        f"{tables.first_date + dt.timedelta(days=int(i)):%m-%d}"
        for i in tables.active.any(axis=0).nonzero()[0]
    ]


def test_g01_calendar_dates_alone_give_exactly_the_added_dates(load):
    tables = load(
        calendar_dates="service_id,date,exception_type\nS,20260607,1\nS,20260601,1\nS,20260603,2"
    )
    assert dates(tables) == ["06-01", "06-07"]
    assert tables.first_date == dt.date(2026, 6, 1)


def test_g02_calendar_with_exceptions_gives_exactly_ten_dates(load):
    tables = load(
        calendar=f"{WEEKDAYS}\nS,1,1,1,1,1,0,0,20260601,20260612",
        calendar_dates="service_id,date,exception_type\n"
        "S,20260603,2\nS,20260610,2\nS,20260606,1\nS,20260620,1",
    )
    assert dates(tables) == [
        *("06-01", "06-02", "06-04", "06-05", "06-06"),
        *("06-08", "06-09", "06-11", "06-12", "06-20"),
    ]


def test_g02_calendar_alone_and_all_zero_calendars_with_added_dates(load):
    alone = load(calendar=f"{WEEKDAYS}\nS,0,0,0,0,0,1,1,20260601,20260614", calendar_dates=None)
    assert dates(alone) == ["06-06", "06-07", "06-13", "06-14"]
    zero = load(
        calendar=f"{WEEKDAYS}\nS,0,0,0,0,0,0,0,20260601,20260614",
        calendar_dates="service_id,date,exception_type\nS,20260609,1",
    )
    assert dates(zero) == ["06-09"]


def test_g02_calendar_dates_with_a_header_only_do_not_hide_calendar(load):
    tables = load(
        calendar=f"{WEEKDAYS}\nS,1,0,0,0,0,0,0,20260601,20260602",
        calendar_dates="service_id,date,exception_type",
    )
    assert dates(tables) == ["06-01"]


def test_g04_a_feed_end_later_than_the_last_train_is_reported_and_does_not_count(load):
    tables = load(
        feed_info="feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,"
        "feed_version\nSNCF,https://x,fr,20260601,20260630,v7"
    )
    found = check(tables, "feed_end_date without trains")
    assert found["severity"] == "warning"
    assert found["example"] == "feed_end_date 2026-06-30, last train 2026-06-03"
    assert tables.active.shape == (1, 3)
    assert (tables.sources[0].publisher, tables.sources[0].version) == ("SNCF", "v7")


def test_g45_services_without_trips_and_services_that_never_run_are_counted(load):
    tables = load(
        calendar=f"{WEEKDAYS}\nIDLE,0,0,0,0,0,0,0,20260601,20260614",
        calendar_dates="service_id,date,exception_type\nS,20260601,1\nX,20260601,1",
        trips="""
            route_id,service_id,trip_id
            L1,S,T1
            L1,IDLE,T2""",
    )
    assert check(tables, "service without trips")["example"] == "X"
    assert check(tables, "service that never runs")["example"] == "IDLE"
    assert len(tables.trips) == 2
    assert tables.active.shape == (2, 1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"calendar_dates": "service_id,date,exception_type\nS,20260601,1\nS,2026-06-02,1"},
            ["calendar_dates.txt", "line 3", "2026-06-02", "YYYYMMDD"],
        ),
        (
            {"calendar_dates": "service_id,date,exception_type\nS,20260231,1"},
            ["calendar_dates.txt", "line 2", "20260231"],
        ),
        (
            {"calendar_dates": "service_id,date,exception_type\nS,20260601,3"},
            ["calendar_dates.txt", "line 2", "exception_type"],
        ),
        ({"calendar": f"{WEEKDAYS}\nS,1,1,yes,1,1,0,0,20260601,20260612"}, ["line 2", "wednesday"]),
        (
            {"calendar": f"{WEEKDAYS}\nS,1,1,1,1,1,0,0,20260612,20260601"},
            ["calendar.txt", "line 2", "ends before it starts"],
        ),
        (
            {"calendar_dates": "service_id,date,exception_type\nS,20260601,2"},
            ["no service runs on any date"],
        ),
        (
            {"calendar_dates": "service_id,date,exception_type\nOTHER,20260601,1"},
            ["trips.txt", "no trip can be used", "trip without service"],
        ),
    ],
)
def test_malformed_calendars_are_refused_by_file_and_line(load, changes, words):
    with pytest.raises(InvalidFeed) as error:
        load(**changes)
    for word in words:
        assert word in str(error.value)


def test_a_service_without_end_is_followed_for_some_years_and_counted(load):
    tables = load(calendar=f"{WEEKDAYS}\nS,1,1,1,1,1,1,1,20260601,99991231", calendar_dates=None)
    assert check(tables, "service without end")["count"] == 1
    assert 5 * 365 < tables.active.shape[1] < 6 * 366
    assert dates(tables)[0] == "06-01"
