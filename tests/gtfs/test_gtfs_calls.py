"""The calls of trains: times, their order, and what cannot be used."""

import numpy as np
import pytest
from gtfs.text_feeds import LINE, check
from hypothesis import given
from hypothesis import strategies as st

from mobiplan.errors import InvalidFeed
from mobiplan.gtfs.clock import BLANK, MALFORMED, format_time, parse_times

HEADER = "trip_id,arrival_time,departure_time,stop_id,stop_sequence"
T2 = "T2,10:00:00,10:00:00,C1,1\nT2,11:00:00,11:00:00,A1,2\n"


def times(tables, trip: str) -> list[tuple[int, int]]:
    row = tables.trips.set_index("id").loc[trip]
    calls = tables.stop_times.iloc[row["first"] : row["first"] + row["calls"]]
    return [*zip(calls["arrival_s"], calls["departure_s"], strict=True)]


def stops(tables, trip: str) -> list[str]:
    row = tables.trips.set_index("id").loc[trip]
    calls = tables.stop_times.iloc[row["first"] : row["first"] + row["calls"]]
    return list(tables.stops["id"].to_numpy()[calls["stop"]])


def left_out(tables, file: str) -> int:
    rows = tables.checks[tables.checks["action"].str.startswith("left out")]
    return int(rows.loc[rows["file"] == file, "count"].sum())


def seconds(text: str) -> int:
    return int(parse_times(np.array([text], dtype=object))[0])


@given(st.integers(0, 999), st.integers(0, 59), st.integers(0, 59))
def test_every_gtfs_time_is_read_as_its_seconds(hours, minutes, secs):
    value = hours * 3600 + minutes * 60 + secs
    assert seconds(f"{hours}:{minutes:02d}:{secs:02d}") == value
    assert seconds(f"{hours:02d}:{minutes:02d}:{secs:02d}") == value
    assert seconds(format_time(value)) == value


@given(st.text(max_size=12))
def test_any_other_text_is_blank_or_malformed_never_an_exception(text):
    found = seconds(text)
    assert found in (BLANK, MALFORMED) or format_time(found) in (text, "0" + text, text[1:])


@pytest.mark.parametrize("text", ["8h05", "08:05", "08:60:00", "08:00:60", "-1:00:00", "٠٨:00:00"])
def test_malformed_times_are_refused_by_file_line_and_value(load, text):
    with pytest.raises(InvalidFeed) as error:
        load(stop_times=LINE["stop_times.txt"].replace("08:30:00", text))
    for word in ("feed: stop_times.txt, line 3", repr(text), "HH:MM:SS"):
        assert word in str(error.value)


def test_g06_times_of_87_hours_and_g07_trips_of_more_than_a_day_are_kept(load):
    tables = load(
        stop_times=f"{HEADER}\nT1,7:05:00,7:05:00,A1,1\nT1,31:20:00,31:20:00,B1,2\n"
        f"T1,86:52:00,86:52:00,C1,3\n{T2}"
    )
    assert times(tables, "T1")[1:] == [(112800, 112800), (312720, 312720)]


def test_g14_blank_times_are_interpolated_evenly_between_timepoints(load):
    tables = load(
        stop_times=f"{HEADER}\nT1,08:00:00,08:00:00,A1,1\nT1,,,B1,5\nT1,,,A1,6\n"
        f"T1,09:00:00,09:00:00,C1,9\n{T2}"
    )
    assert times(tables, "T1")[1:3] == [(30000, 30000), (31200, 31200)]
    assert list(tables.stop_times["approximate"]) == [False, True, True, False, False, False]
    assert check(tables, "blank time")["count"] == 2


def test_g14_blank_times_follow_the_distance_where_it_is_given(load):
    tables = load(
        stop_times=f"{HEADER},shape_dist_traveled\nT1,08:00:00,08:00:00,A1,1,0\nT1,,,B1,2,9\n"
        "T1,09:00:00,09:00:00,C1,3,10\nT2,10:00:00,10:00:00,C1,1,\nT2,,,B1,2,\n"
        "T2,11:00:00,11:00:00,A1,3,\n"
    )
    assert times(tables, "T1")[1] == (28800 + 3240, 28800 + 3240)
    assert times(tables, "T2")[1] == (37800, 37800)


def test_g14_a_distance_that_falls_is_not_followed(load):
    tables = load(
        stop_times=f"{HEADER},shape_dist_traveled\nT1,08:00:00,08:00:00,A1,1,0\nT1,,,B1,2,9\n"
        f"T1,,,B1,3,4\nT1,09:00:00,09:00:00,C1,4,10\n{T2.replace(chr(10), ',' + chr(10))}"
    )
    assert times(tables, "T1")[1:3] == [(30000, 30000), (31200, 31200)]


@pytest.mark.parametrize(
    "rows",
    [
        "T1,,,A1,1\nT1,08:30:00,08:30:00,B1,2\nT1,09:00:00,09:00:00,C1,3",
        "T1,08:00:00,08:00:00,A1,1\nT1,08:30:00,08:30:00,B1,2\nT1,,,C1,3",
        "T1,,,A1,1\nT1,,,C1,3",
    ],
)
def test_g14_a_blank_first_or_last_time_is_an_error_that_names_trip_and_line(load, rows):
    with pytest.raises(InvalidFeed, match=r"stop_times.txt, line \d: trip 'T1' has no time"):
        load(stop_times=f"{HEADER}\n{rows}\n{T2}")


def test_one_blank_of_arrival_and_departure_is_taken_from_the_other(load):
    tables = load(
        stop_times=f"{HEADER}\nT1,,08:00:00,A1,1\nT1,08:30:00,,B1,2\nT1,09:00:00,,C1,3\n{T2}"
    )
    assert times(tables, "T1") == [(28800, 28800), (30600, 30600), (32400, 32400)]
    assert check(tables, "arrival or departure blank")["count"] == 3


def test_a_published_approximate_time_is_marked(load):
    tables = load(
        stop_times=f"{HEADER},timepoint\nT1,08:00:00,08:00:00,A1,1,1\n"
        f"T1,08:30:00,08:30:00,B1,2,0\nT1,09:00:00,09:00:00,C1,3,\n"
    )
    assert list(tables.stop_times["approximate"]) == [False, True, False]


def test_times_out_of_order_leave_the_trip_out_by_name(load):
    tables = load(
        stop_times=f"{HEADER}\nT1,08:00:00,08:00:00,A1,1\nT1,07:30:00,07:32:00,B1,2\n"
        f"T1,09:00:00,09:00:00,C1,3\n{T2}"
    )
    assert list(tables.trips["id"]) == ["T2"]
    found = check(tables, "trip that runs backwards in time")
    assert (found["severity"], found["count"], found["example"]) == ("error", 1, "T1")
    assert len(tables.stop_times) + left_out(tables, "stop_times.txt") == 5


def test_a_departure_before_its_arrival_leaves_the_trip_out(load):
    tables = load(stop_times=LINE["stop_times.txt"].replace("08:30:00,08:32", "08:32:00,08:30"))
    assert check(tables, "trip that runs backwards in time")["example"] == "T1"


def test_midnight_without_24_hours_is_mended_and_counted(load):
    tables = load(
        stop_times=f"{HEADER}\nT1,23:50:00,23:58:00,A1,1\nT1,23:59:00,00:03:00,B1,2\nT1,,,A1,3\n"
        f"T1,00:43:00,00:43:00,C1,4\n{T2}"
    )
    day = 86400
    assert times(tables, "T1")[1] == (day - 60, day + 180)
    assert times(tables, "T1")[2] == (day + 180 + 1200, day + 180 + 1200)
    assert times(tables, "T1")[3] == (day + 2580, day + 2580)
    assert check(tables, "midnight without 24:00")["count"] == 1
    assert times(tables, "T2") == [(36000, 36000), (39600, 39600)]


def test_midnight_is_mended_at_an_arrival_too_and_g10_the_next_trip_is_left_alone(load):
    tables = load(
        stop_times=f"{HEADER}\nT1,23:50:00,23:50:00,A1,1\nT1,00:15:00,00:16:00,B1,2\n"
        f"T1,00:40:00,00:40:00,C1,3\n{T2}"
    )
    assert times(tables, "T1") == [(85800, 85800), (87300, 87360), (88800, 88800)]
    assert times(tables, "T2") == [(36000, 36000), (39600, 39600)]


def test_g18_blank_and_absent_pickup_types_mean_regular_and_others_are_counted(load):
    assert load().stop_times[["pickup", "drop_off"]].to_numpy().max() == 0
    tables = load(
        stop_times=f"{HEADER},pickup_type,drop_off_type\nT1,08:00:00,08:00:00,A1,1,,1\n"
        "T1,08:30:00,08:30:00,B1,2,2,3\nT1,09:00:00,09:00:00,C1,3,7,x\n"
    )
    assert list(tables.stop_times["pickup"]) == [0, 2, 0]
    assert list(tables.stop_times["drop_off"]) == [1, 3, 0]
    assert check(tables, "unknown pickup_type")["count"] == 1
    assert check(tables, "unknown drop_off_type")["example"] == "x"


def test_g20_gaps_in_stop_sequence_and_loops_are_kept_in_order(load):
    tables = load(
        stop_times=f"{HEADER}\nT1,09:00:00,09:00:00,C1,40\nT1,08:30:00,08:30:00,B1,23\n"
        f"T1,09:30:00,09:30:00,A1,100\nT1,08:00:00,08:00:00,A1,1\n{T2}"
    )
    assert stops(tables, "T1") == ["A1", "B1", "C1", "A1"]


def test_a_stop_sequence_used_twice_is_settled_by_time_and_counted(load):
    tables = load(
        stop_times=f"{HEADER}\nT1,08:00:00,08:00:00,A1,1\nT1,09:00:00,09:00:00,C1,2\n"
        f"T1,08:30:00,08:30:00,B1,2\nT1,08:30:00,08:30:00,B1,2\n{T2}"
    )
    assert stops(tables, "T1") == ["A1", "B1", "C1"]
    assert check(tables, "stop_sequence used twice")["count"] == 1
    assert check(tables, "stop time given twice")["count"] == 1


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5"])
def test_a_malformed_stop_sequence_is_refused_by_line(load, text):
    with pytest.raises(InvalidFeed, match=r"stop_times.txt, line 3"):
        load(stop_times=LINE["stop_times.txt"].replace("B1,2", f"B1,{text}"))


def test_a_trip_with_one_stop_is_left_out_and_counted(load):
    tables = load(
        stop_times=LINE["stop_times.txt"] + "\n        T9,10:00:00,10:00:00,C1,1",
        trips=LINE["trips.txt"] + "\n        L1,S,T9,x,9\n        L1,S,T8,x,8",
    )
    assert check(tables, "trip with one stop")["example"] == "T9"
    assert check(tables, "trip without stop times")["example"] == "T8"
    assert len(tables.trips) + left_out(tables, "trips.txt") == 4
    assert len(tables.stop_times) + left_out(tables, "stop_times.txt") == 6


def test_g45_dangling_ids_are_counted_and_named_and_loading_goes_on(load):
    tables = load(
        trips=LINE["trips.txt"] + "\n        L1,NOWHEN,T3,x,3\n        NOROUTE,S,T4,x,4",
        stop_times=LINE["stop_times.txt"]
        + "\n        GHOST,08:00:00,08:00:00,A1,1"
        + "\n        T1,08:40:00,08:40:00,NOWHERE,20"
        + "\n        T1,08:50:00,08:50:00,,21"
        + "\n        T3,08:50:00,08:50:00,A1,1",
    )
    assert check(tables, "trip without service")["example"] == "T3"
    assert check(tables, "trip without route")["example"] == "T4"
    assert check(tables, "stop time without trip")["example"] == "GHOST"
    assert check(tables, "stop time without stop")["example"] == "(blank), NOWHERE"
    assert list(tables.checks["severity"][:4]) == ["error"] * 4, "fatal ones first"
    assert list(tables.trips["id"]) == ["T1", "T2"]
    assert len(tables.trips) + left_out(tables, "trips.txt") == 4
    assert len(tables.stop_times) + left_out(tables, "stop_times.txt") == 9


def test_g24_flexible_rows_are_counted_as_not_routed(load):
    tables = load(
        stop_times=f"{HEADER},start_pickup_drop_off_window,end_pickup_drop_off_window\n"
        "T1,08:00:00,08:00:00,A1,1,,\nT1,09:00:00,09:00:00,C1,2,,\n"
        "T2,,,,1,08:00:00,18:00:00\nT2,,,C1,2,08:00:00,18:00:00\n",
        booking_rules="booking_rule_id\nX",
    )
    found = check(tables, "flexible service")
    assert (found["count"], found["example"]) == (2, "T2")
    assert "not routed" in found["action"]
    assert list(tables.trips["id"]) == ["T1"]
    assert check(tables, "file not read")["file"] == "booking_rules.txt"
    assert len(tables.stop_times) + left_out(tables, "stop_times.txt") == 4


def test_g38_frequencies_without_exact_times_are_counted_as_not_routed(load):
    tables = load(frequencies="trip_id,start_time,end_time,headway_secs\nT1,08:00:00,09:00:00,600")
    found = check(tables, "frequency without exact times")
    assert (found["count"], found["example"]) == (1, "T1")
    assert list(tables.trips["id"]) == ["T2"]
    assert len(tables.stop_times) + left_out(tables, "stop_times.txt") == 5


def test_g38_exact_frequencies_become_a_trip_every_headway_end_excluded(load):
    tables = load(
        frequencies="trip_id,start_time,end_time,headway_secs,exact_times\n"
        "T1,25:00:00,26:00:00,1200,1\nT1,6:00:00,06:00:01,60,1\nNONE,1:00:00,2:00:00,60,1"
    )
    assert list(tables.trips["id"]) == [
        "T1@06:00:00",
        "T1@25:00:00",
        "T1@25:20:00",
        "T1@25:40:00",
        "T2",
    ]
    assert times(tables, "T1@25:20:00") == [(91200, 91200), (93000, 93120), (94800, 94800)]
    assert times(tables, "T2") == [(36000, 36000), (39600, 39600)]
    assert list(tables.trips["number"]) == ["101"] * 4 + ["102"]
    assert check(tables, "frequency of no trip")["example"] == "NONE"


@pytest.mark.parametrize(
    "row", ["T1,8h,09:00:00,600,1", "T1,08:00:00,,600,1", "T1,08:00:00,09:00:00,0,1"]
)
def test_malformed_frequencies_are_refused_by_line(load, row):
    with pytest.raises(InvalidFeed, match=r"frequencies.txt, line 2"):
        load(frequencies=f"trip_id,start_time,end_time,headway_secs,exact_times\n{row}")
