"""Acceptance cases G-16 to G-24 and G-38: stations, boarding and alighting, kinds, coupling."""

from __future__ import annotations

import pytest
from timetables import ToyFeed, place, told, toy, trip

import mobiplan as mp

NOON = "2026-06-02 07:00"
PLAIN = mp.TransferRules.plain(300)


def test_g16_a_station_stands_for_all_its_stops() -> None:
    planner = toy(
        trip("A:1 08:00", "B 09:00", number="1"),
        trip("A:2 08:10", "C 09:00", number="2"),
    ).planner()
    assert told(planner.earliest_arrival("A", "B", depart=NOON)) == "1 A 08:00 B 09:00"
    assert told(planner.earliest_arrival("A", "C", depart=NOON)) == "2 A 08:10 C 09:00"
    assert planner.earliest_arrival("A", "C", depart=NOON).best.legs[0].from_stop_id == "A:2"


def test_g16_regional_train_to_tgv_at_one_uic_code_needs_no_transfers_txt() -> None:
    feed = toy(
        trip("X 08:00", "L:TER 08:30", number="17755"),
        trip("L:TGV 08:40", "Y 10:00", number="6607", brand="TGV INOUI"),
    )
    assert "transfers.txt" not in feed.files
    as_sncf = {
        "L:TER": "StopPoint:OCETrain TER-87686006",
        "L:TGV": "StopPoint:OCETGV INOUI-87686006",
        ",L,": ",StopArea:OCE87686006,",
        "\nL,": "\nStopArea:OCE87686006,",
    }
    files = feed.files
    for name in ("stops.txt", "stop_times.txt"):
        for plain, sncf in as_sncf.items():
            files[name] = files[name].replace(plain, sncf)
    planner = ToyFeed((), {"files": files}).planner()
    found = planner.earliest_arrival("X", "Y", depart=NOON)
    assert [leg.train_number for leg in found.best.legs] == ["17755", "6607"]
    assert [leg.brand for leg in found.best.legs] == ["TER", "TGV INOUI"]
    assert found.best.legs[0].to_id == found.best.legs[1].from_id == "StopArea:OCE87686006"


def test_g17_entrances_are_no_stops_and_boarding_areas_are_their_platforms() -> None:
    planner = toy(
        trip("A:area 08:00", "B 09:00", number="1"),
        place("A:1"),
        place("A:area", parent="A:1", location_type=4),
        place("A:door", location_type=2),
    ).planner()
    assert sorted(planner.timetable.stops.id) == ["A:1", "B"]
    found = planner.earliest_arrival("A", "B", depart=NOON).best
    assert found.legs[0].from_stop_id == "A:1"
    assert found.legs[0].from_id == "A"


def test_g18_no_boarding_lets_one_stay_aboard() -> None:
    planner = toy(
        trip("A 08:00", "B 08:30 no boarding", "C 09:00", number="1"),
        trip("B 10:00", "C 10:30", number="2"),
    ).planner()
    assert told(planner.earliest_arrival("A", "C", depart=NOON)) == "1 A 08:00 C 09:00"
    assert told(planner.earliest_arrival("A", "B", depart=NOON)) == "1 A 08:00 B 08:30"
    assert told(planner.earliest_arrival("B", "C", depart=NOON)) == "2 B 10:00 C 10:30"


def test_g18_no_alighting_lets_one_stay_aboard() -> None:
    planner = toy(
        trip("A 08:00", "B 08:30 no alighting", "C 09:00", number="1"),
        trip("A 10:00", "B 10:30", number="2"),
    ).planner()
    assert told(planner.earliest_arrival("A", "B", depart=NOON)) == "2 A 10:00 B 10:30"
    assert told(planner.earliest_arrival("B", "C", depart=NOON)) == "1 B 08:30 C 09:00"
    last = planner.latest_departure("A", "B", arrive="2026-06-02 10:00")
    assert told(last) == ""


def test_g18_boarding_by_phone_is_allowed_and_said() -> None:
    planner = toy(
        trip("A 08:00 boarding by phone", "B 09:00 alighting via driver", number="1"),
    ).planner()
    note = planner.earliest_arrival("A", "B", depart=NOON).best.legs[0].note
    assert "phone" in note
    assert "driver" in note


def test_g18_no_boarding_at_the_last_stop_changes_nothing() -> None:
    planner = toy(trip("A 08:00 no alighting", "B 09:00 no boarding", number="1")).planner()
    assert told(planner.earliest_arrival("A", "B", depart=NOON)) == "1 A 08:00 B 09:00"


def test_g18_no_change_where_one_may_not_board() -> None:
    planner = toy(
        trip("A 08:00", "B 08:30", number="1"),
        trip("X 08:00", "B 08:45 no boarding", "C 09:00", number="2"),
        trip("B 11:00", "C 11:30", number="3"),
    ).planner()
    found = planner.earliest_arrival("A", "C", depart=NOON)
    assert told(found) == "1 A 08:00 B 08:30, 3 B 11:00 C 11:30"


def test_g19_where_one_may_neither_board_nor_alight_the_train_only_passes() -> None:
    planner = toy(
        trip("A 08:00", "B 08:30 no boarding, no alighting", "C 09:00", number="1"),
        trip("X 08:00", "B 08:10", number="2"),
        trip("B 08:50", "Y 09:00", number="3"),
    ).planner(PLAIN)
    assert told(planner.earliest_arrival("A", "C", depart=NOON)) == "1 A 08:00 C 09:00"
    assert not planner.earliest_arrival("A", "B", depart=NOON)
    assert not planner.earliest_arrival("B", "C", depart=NOON)
    assert not planner.earliest_arrival("A", "Y", depart=NOON)
    assert not planner.earliest_arrival("X", "C", depart=NOON)


def test_g20_gaps_in_stop_sequence() -> None:
    planner = toy(
        trip("A 08:00", "B 08:30", "C 09:00", number="1", sequence=(1, 23, 40)),
    ).planner()
    assert told(planner.earliest_arrival("B", "C", depart=NOON)) == "1 B 08:30 C 09:00"


def test_g20_a_stop_served_twice_is_boarded_at_either_visit() -> None:
    planner = toy(
        trip("A 08:00", "B 08:10", "C 08:20", "B 08:30", "D 08:40", number="1"),
    ).planner(PLAIN)
    early = planner.earliest_arrival("B", "C", depart="2026-06-02 08:05")
    assert told(early) == "1 B 08:10 C 08:20"
    assert not planner.earliest_arrival("B", "C", depart="2026-06-02 08:11")
    late = planner.earliest_arrival("B", "D", depart="2026-06-02 08:05")
    assert told(late) == "1 B 08:30 D 08:40"
    assert told(planner.earliest_arrival("A", "B", depart=NOON)) == "1 A 08:00 B 08:10"


def test_g22_the_direction_is_the_last_stop_and_the_headsign_is_the_number() -> None:
    feed = toy(trip("A 08:00", "B 09:00", "C 10:00", id="OCESN8601F01", headsign="8601"))
    leg = feed.planner().earliest_arrival("A", "B", depart=NOON).best.legs[0]
    assert leg.direction == "C"
    assert leg.train_number == "8601"


TGV = {"brand": "TGV INOUI", "line": "g", "route_type": 101}


def test_g23_a_train_under_two_numbers_is_one_before_it_splits_and_two_after() -> None:
    planner = toy(
        trip("P 08:00", "L 08:40/08:41", "R 09:30/09:40", "B 11:00", number="2573", **TGV),
        trip("P 08:00", "L 08:40/08:41", "R 09:30/09:50", "Q 12:00", number="2593", **TGV),
    ).planner()
    shared = planner.earliest_arrival("P", "R", depart=NOON)
    assert told(shared) == "2573/2593 P 08:00 R 09:30"
    assert len(shared) == 1
    to_brest = planner.earliest_arrival("P", "B", depart=NOON)
    assert told(to_brest) == "2573 P 08:00 B 11:00"
    assert "coupled with 2593 as far as R" in to_brest.best.legs[0].note
    to_quimper = planner.earliest_arrival("P", "Q", depart=NOON)
    assert told(to_quimper) == "2593 P 08:00 Q 12:00"
    assert "coupled with 2573 as far as R" in to_quimper.best.legs[0].note


def test_g23_three_portions_join_on_the_way() -> None:
    planner = toy(
        trip("A 08:00", "R 09:00/09:10", "P 10:00", number="1", **TGV),
        trip("B 08:05", "R 08:55/09:10", "P 10:00", number="2", **TGV),
        trip("C 08:06", "R 08:50/09:10", "P 10:00", number="3", **TGV),
    ).planner()
    assert told(planner.earliest_arrival("R", "P", depart=NOON)) == "1/2/3 R 09:10 P 10:00"
    from_b = planner.earliest_arrival("B", "P", depart=NOON)
    assert told(from_b) == "2 B 08:05 P 10:00"
    assert from_b.best.transfers == 0
    assert "1/3" in from_b.best.legs[0].note
    assert "R" in from_b.best.legs[0].note


def test_g23_two_numbers_from_end_to_end_are_one_train() -> None:
    planner = toy(
        trip("P 08:00", "R 09:30", number="2573", **TGV),
        trip("P 08:00", "R 09:30", number="2593", **TGV),
    ).planner()
    assert told(planner.earliest_arrival("P", "R", depart=NOON)) == "2573/2593 P 08:00 R 09:30"


def test_g23_a_number_on_another_day_is_no_coupling() -> None:
    planner = toy(
        trip("P 08:00", "R 09:30", number="2573", dates="2026-06-02", **TGV),
        trip("P 08:00", "R 09:30", number="2593", dates="2026-06-03", **TGV),
    ).planner()
    assert told(planner.earliest_arrival("P", "R", depart=NOON)) == "2573 P 08:00 R 09:30"
    assert (
        told(planner.earliest_arrival("P", "R", depart="2026-06-03 07:00"))
        == "2593 P 08:00 R 09:30"
    )


def test_g23_two_coaches_at_one_minute_are_two_coaches() -> None:
    coach = {"brand": "Bus", "line": "b", "route_type": 3}
    planner = toy(
        trip("P 08:00", "R 09:30", number="1", **coach),
        trip("P 08:00", "R 09:30", number="2", **coach),
    ).planner()
    found = planner.earliest_arrival("P", "R", depart=NOON).best.legs[0]
    assert found.train_number in ("1", "2")
    assert found.note == ""


def test_g24_rows_with_a_time_window_are_not_routed_and_counted() -> None:
    feed = toy(
        trip("A 08:00", "B 08:30", "C 09:00", number="1"),
        trip("A 10:00", "C 10:30", number="2"),
    )
    header, *rows = feed.files["stop_times.txt"].splitlines()
    windows = [f"{row},08:00:00,18:00:00" if ",B," in row else f"{row},," for row in rows]
    columns = "start_pickup_drop_off_window,end_pickup_drop_off_window"
    text = "\n".join([f"{header},{columns}", *windows]) + "\n"
    timetable = ToyFeed((), {"files": feed.files | {"stop_times.txt": text}}).load()
    checks = timetable.checks
    flexible = checks[checks["check"].str.contains("flexible")]
    assert flexible["count"].tolist() == [1]
    assert "not routed" in flexible["action"].iloc[0]
    planner = mp.Planner(timetable)
    assert told(planner.earliest_arrival("A", "C", depart=NOON)) == "1 A 08:00 C 09:00"


def test_g38_exact_frequencies_are_trips_and_the_end_is_excluded() -> None:
    planner = toy(
        trip("A 06:00", "B 06:20", number="1", every=("06:00", "07:00", 20)),
    ).planner()
    departures = []
    for after in ("05:59", "06:01", "06:21", "06:41"):
        found = planner.earliest_arrival("A", "B", depart=f"2026-06-02 {after}", days=1)
        departures.append(f"{found.best.departure:%H:%M}" if found else "")
    assert departures == ["06:00", "06:20", "06:40", ""]


def test_g38_frequencies_that_are_not_exact_are_counted_as_not_routed() -> None:
    planner = toy(
        trip("A 06:00", "B 06:20", number="1", about_every=("06:00", "07:00", 20)),
        trip("A 09:00", "B 09:20", number="2"),
    ).planner()
    assert told(planner.earliest_arrival("A", "B", depart="2026-06-02 05:00")) == (
        "2 A 09:00 B 09:20"
    )
    checks = planner.timetable.checks
    (row,) = checks[checks["check"] == "frequency without exact times"].to_dict("records")
    assert row["count"] == 1
    assert "not routed" in row["action"]


@pytest.mark.parametrize(
    ("route_type", "kind"),
    [(101, "high speed"), (102, "intercity"), (106, "regional"), (109, "suburban")],
)
def test_g21_extended_route_types_are_kinds_of_train(route_type: int, kind: str) -> None:
    planner = toy(trip("A 08:00", "B 09:00", route_type=route_type)).planner()
    leg = planner.earliest_arrival("A", "B", depart=NOON).best.legs[0]
    assert (leg.mode, leg.kind) == ("train", kind)
