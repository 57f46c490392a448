"""Acceptance cases G-25 to G-37: what a change of trains needs.

Most cases come down to one question: how many minutes after 08:30 must the second train leave
for the change at S to be possible? `smallest_change` asks it of the whole pipeline.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

import pytest
from timetables import calendar, place, told, toy, transfer, trip

import mobiplan as mp

NOON = "2026-06-02 07:00"
NEVER = 16
TGV = {"brand": "TGV INOUI", "route_type": 101}


def plain(minutes: int = 6, **changes: Any) -> mp.TransferRules:
    """One default minimum; published rules count, doors never close unless said."""
    options: dict[str, Any] = dict.fromkeys(("small", "medium", "large"), minutes * 60)
    return mp.TransferRules(**(options | {"door_closing": {}} | changes))


def change(minutes: int, *rules: Any, among: mp.TransferRules, **second: Any) -> mp.JourneySet:
    """Train "a" of line "la" arrives at S:1 at 08:30, train "b" of "lb" leaves S:2 `minutes` on."""
    start = second.pop("start", "S:2")
    planner = toy(
        trip("X 08:00", "S:1 08:30", number="a", line="la"),
        trip(f"{start} 08:{30 + minutes}", "Z 09:30", number="b", **({"line": "lb"} | second)),
        *rules,
    ).planner(among)
    return planner.earliest_arrival("X", "Z", depart=NOON, days=1)


def smallest_change(*rules: Any, among: mp.TransferRules | None = None, **second: Any) -> int:
    """Minutes from 08:30 with which the change can be made, NEVER if it cannot."""
    rules_for_all = among or plain()

    def can(minutes: int) -> bool:
        return bool(change(minutes, *rules, among=rules_for_all, **second))

    return bisect_left(range(NEVER), True, key=can)


# Each more specific than those before it; minutes now more, now less.
LEVELS = [
    transfer("S", "S", minutes=12),
    transfer("S:1", "S:2", minutes=4),
    transfer("S:1", "S:2", minutes=11, from_line="la"),
    transfer("S:1", "S:2", minutes=3, from_line="la", to_line="lb"),
    transfer("S:1", "S:2", minutes=10, to_trip="b"),
    transfer("S:1", "S:2", minutes=2, from_line="la", to_trip="b"),
    transfer("S:1", "S:2", minutes=9, from_trip="a", to_trip="b"),
]


@pytest.mark.parametrize("n", range(1, len(LEVELS) + 1))
def test_g25_the_most_specific_rule_holds(n: int) -> None:
    assert smallest_change(*LEVELS[:n]) == LEVELS[n - 1].options["minutes"]


def test_g25_a_trip_rule_on_the_station_comes_before_a_stop_rule_without_trip() -> None:
    rules = [transfer("S", "S", minutes=9, from_trip="a"), transfer("S:1", "S:2", minutes=3)]
    assert smallest_change(*rules) == 9


def test_g25_a_shorter_trip_to_trip_rule_holds_too() -> None:
    rules = [
        transfer("S:1", "S:2", minutes=10),
        transfer("S", "S", minutes=1, from_trip="a", to_trip="b"),
    ]
    assert smallest_change(*rules) == 1


def test_g25_a_trip_named_with_its_own_line_is_no_more_specific() -> None:
    """from_trip + from_route is "a trip"; from_trip + to_route is more specific."""
    rules = [
        transfer("S:1", "S:2", minutes=3, from_trip="a", from_line="la"),
        transfer("S:1", "S:2", minutes=9, from_trip="a", to_line="lb"),
    ]
    assert smallest_change(*rules) == 9


def test_g25_type_0_between_two_trips_means_the_default_again() -> None:
    longer = transfer("S:1", "S:2", minutes=10)
    shorter = transfer("S:1", "S:2", minutes=2)
    forbidden = transfer("S:1", "S:2", type=3)
    for general in (longer, shorter, forbidden):
        own = transfer("S:1", "S:2", type=0, from_trip="a", to_trip="b")
        assert smallest_change(general, own) == 6, general


def test_g25_type_3_between_two_trips_forbids_what_others_may() -> None:
    rules = [
        transfer("S:1", "S:2", minutes=2),
        transfer("S:1", "S:2", type=3, from_trip="a", to_trip="b"),
    ]
    assert smallest_change(*rules) == NEVER


@pytest.mark.parametrize(
    "rules",
    [
        [
            transfer("S:1", "S:2", minutes=5, from_line="la"),
            transfer("S:1", "S:2", minutes=6, to_line="lb"),
        ],
        [transfer("S:1", "S", minutes=5), transfer("S", "S:2", minutes=6)],
        [transfer("S:1", "S:2", minutes=5), transfer("S:1", "S:2", type=3)],
        [
            transfer("S:1", "S", minutes=5, from_line="la"),
            transfer("S:1", "S", minutes=5, to_line="lb"),
            transfer("S", "S:2", minutes=7, to_line="lb"),
        ],
        [
            transfer("S:1", "S:2", minutes=5, from_trip="a", to_trip="b"),
            transfer("S:1", "S:2", type=1, from_trip="a", to_trip="b"),
        ],
    ],
    ids=["lines", "stop and station", "types", "the third of three", "between two trips"],
)
def test_g25_equally_specific_rules_that_differ_are_refused(rules: list[Any]) -> None:
    with pytest.raises(mp.InvalidFeed, match=r"transfers\.txt.*contradict"):
        smallest_change(*rules)


def test_g25_equally_specific_rules_that_agree_are_not() -> None:
    rules = [
        transfer("S:1", "S:2", minutes=5, from_line="la"),
        transfer("S:1", "S:2", minutes=5, to_line="lb"),
    ]
    assert smallest_change(*rules) == 5


def test_g26_a_rule_on_a_station_covers_its_stops() -> None:
    rule = transfer("S", "S", minutes=9)
    assert smallest_change(rule) == 9
    assert smallest_change(rule, start="S:1") == 9
    assert smallest_change(transfer("S", "S:1", minutes=9)) == 6
    assert smallest_change(transfer("S", "S:1", minutes=9), start="S:1") == 9


def test_g27_type_0_needs_the_default() -> None:
    assert smallest_change(transfer("S:1", "S:2", type=0)) == 6
    assert smallest_change(transfer("S:1", "S:2", type=0, minutes=9)) == 6
    assert smallest_change(transfer("S:1", "S:2", type=2)) == 6


def test_g28_type_1_needs_no_time_and_is_guaranteed() -> None:
    found = change(0, transfer("S:1", "S:2", type=1, from_trip="a", to_trip="b"), among=plain())
    assert told(found) == "a X 08:00 S 08:30, b S 08:30 Z 09:30"
    assert found.best.transfers == 1
    assert "guaranteed" in found.best.legs[1].note


def test_g28_type_1_between_stops_is_guaranteed_too() -> None:
    found = change(0, transfer("S:1", "S:2", type=1), among=plain())
    assert told(found) == "a X 08:00 S 08:30, b S 08:30 Z 09:30"
    assert "guaranteed" in found.best.legs[1].note


def test_g28_a_mere_minimum_between_two_trips_is_not_guaranteed() -> None:
    rule = transfer("S:1", "S:2", minutes=1, from_trip="a", to_trip="b")
    assert "guaranteed" not in change(1, rule, among=plain()).best.legs[1].note


@pytest.mark.parametrize("mark", ["alighting", "boarding"])
def test_g28_nobody_changes_where_one_may_not_alight_or_board(mark: str) -> None:
    """A guarantee between two trips opens no door (G-18)."""
    alight = " no alighting" if mark == "alighting" else ""
    board = " no boarding" if mark == "boarding" else ""
    planner = toy(
        trip("X 08:00", f"S 08:30{alight}", "W 08:40", number="a"),
        trip("V 08:00", f"S 08:31{board}", "Z 09:30", number="b"),
        transfer("S", "S", type=1, from_trip="a", to_trip="b"),
    ).planner(plain())
    assert told(planner.earliest_arrival("X", "Z", depart=NOON)) == ""


def test_g29_type_2_at_the_very_second() -> None:
    rule = transfer("S:1", "S:2", seconds=300)
    assert smallest_change(rule) == 5
    assert smallest_change(transfer("S:1", "S:2", seconds=301)) == 6


def test_g30_type_3_forbids_the_change() -> None:
    assert smallest_change(transfer("S:1", "S:2", type=3)) == NEVER
    assert smallest_change(transfer("S", "S", type=3)) == NEVER
    assert smallest_change(transfer("S:2", "S:1", type=3)) == 6


def test_g30_not_even_on_foot_out_and_back() -> None:
    """N lies 100 m from S: S to N and N to S are footpaths, S to S by N is not."""
    near = place("N", metres=100, north_of="S")
    other = trip("N 10:00", "V 10:10", number="c")
    forbidden = transfer("S", "S", type=3)
    assert smallest_change(forbidden, near, other, among=plain(0)) == NEVER


def test_g30_a_ride_in_between_is_a_ride() -> None:
    shuttle = trip("S:1 08:32", "T 08:34/08:35", "S:3 08:37", number="c")
    rule = transfer("S:1", "S:2", type=3)
    found = change(10, rule, shuttle, among=plain(2))
    assert told(found) == "a X 08:00 S 08:30, c S 08:32 S 08:37, b S 08:40 Z 09:30"


def test_g31_staying_seated_is_no_transfer_and_times_may_overlap() -> None:
    planner = toy(
        trip("A 08:00", "B 08:30/08:40", number="1"),
        trip("B 08:25/08:35", "C 09:00", number="2"),
        transfer("B", "B", type=4, from_trip="1", to_trip="2"),
    ).planner(plain(30))
    found = planner.earliest_arrival("A", "C", depart=NOON)
    assert told(found) == "1 A 08:00 B 08:30, 2 B 08:35 C 09:00"
    assert found.best.transfers == 0
    assert found.best.legs[1].in_seat


def test_g31_the_second_train_may_leave_before_the_first_arrives() -> None:
    planner = toy(
        trip("A 08:00", "B 08:40", number="1"),
        trip("B 08:35", "C 09:00", number="2"),
        transfer("B", "B", type=4, from_trip="1", to_trip="2"),
    ).planner(plain(30))
    for engine in ("auto", "scan", "sweep", "dijkstra"):
        found = planner.earliest_arrival("A", "C", depart=NOON, engine=engine)
        assert told(found) == "1 A 08:00 B 08:40, 2 B 08:35 C 09:00"
        assert found.best.transfers == 0


def test_g31_stops_need_not_be_given() -> None:
    planner = toy(
        trip("A 08:00", "B 08:30", number="1"),
        trip("C 08:30", "D 09:00", number="2"),
        transfer(type=4, from_trip="1", to_trip="2"),
    ).planner(plain(30))
    found = planner.earliest_arrival("A", "D", depart=NOON)
    assert (told(found), found.best.transfers) == ("1 A 08:00 B 08:30, 2 C 08:30 D 09:00", 0)


def test_g31_one_stays_seated_where_nobody_may_alight_or_board() -> None:
    planner = toy(
        trip("A 08:00", "B 08:30 no alighting", number="1"),
        trip("B 08:30 no boarding", "D 09:00", number="2"),
        transfer(type=4, from_trip="1", to_trip="2"),
    ).planner(plain(30))
    found = planner.earliest_arrival("A", "D", depart=NOON)
    assert (told(found), found.best.transfers) == ("1 A 08:00 B 08:30, 2 B 08:30 D 09:00", 0)


def test_g31_a_train_that_splits_and_one_that_joins() -> None:
    """1-n: 1 goes on as 2 and as 3; n-1: both go on as 4."""
    planner = toy(
        trip("A 08:00", "B 08:30", number="1"),
        trip("B 08:31", "C 09:00", number="2"),
        trip("B 08:31", "D 09:00", number="3"),
        trip("E 09:10", "F 09:30", number="4"),
        transfer(type=4, from_trip="1", to_trip="2"),
        transfer(type=4, from_trip="1", to_trip="3"),
        transfer(type=4, from_trip="2", to_trip="4"),
        transfer(type=4, from_trip="3", to_trip="4"),
    ).planner(plain(60))
    for end in "CD":
        found = planner.earliest_arrival("A", end, depart=NOON)
        assert found.best.transfers == 0
    found = planner.earliest_arrival("A", "F", depart=NOON)
    assert found.best.transfers == 0
    assert [leg.in_seat for leg in found.best.legs] == [False, True, True]


def test_g31_over_midnight_into_the_next_service_day() -> None:
    planner = toy(
        trip("A 23:00", "B 23:58", number="1", dates="2026-06-02"),
        trip("B 00:01", "C 01:00", number="2", dates="2026-06-03"),
        transfer("B", "B", type=4, from_trip="1", to_trip="2"),
    ).planner(plain(30))
    found = planner.earliest_arrival("A", "C", depart=NOON)
    assert told(found) == "1 A 23:00 B 23:58, 2 B 00:01 C 01:00"
    assert found.best.transfers == 0


def test_g31_only_on_dates_on_which_both_run() -> None:
    planner = toy(
        trip("A 08:00", "B 08:30", number="1", dates="2026-06-02 2026-06-03"),
        trip("B 08:31", "C 09:00", number="2", dates="2026-06-03"),
        transfer("B", "B", type=4, from_trip="1", to_trip="2"),
    ).planner(plain(30))
    assert not planner.earliest_arrival("A", "C", depart=NOON, days=1)
    found = planner.earliest_arrival("A", "C", depart="2026-06-03 07:00")
    assert found.best.transfers == 0


def test_g31_a_published_rule_comes_before_the_block() -> None:
    """The block says 1 goes on as 2, the rule says as 3: the rule is right."""
    planner = toy(
        trip("A 08:00", "B 08:30", number="1", block="v"),
        trip("B 08:31", "C 09:00", number="2", block="v"),
        trip("B 08:31", "D 09:00", number="3"),
        transfer("B", "B", type=4, from_trip="1", to_trip="3"),
    ).planner(plain(30))
    assert planner.earliest_arrival("A", "D", depart=NOON).best.transfers == 0
    assert not planner.earliest_arrival("A", "C", depart=NOON)


def test_g31_a_guarantee_besides_a_block_leaves_one_seated() -> None:
    planner = toy(
        trip("A 08:00", "B 08:30", number="1", block="v"),
        trip("B 08:31", "C 09:00", number="2", block="v"),
        transfer("B", "B", type=1, from_trip="1", to_trip="2"),
    ).planner(plain(30))
    found = planner.earliest_arrival("A", "C", depart=NOON).best
    assert found.transfers == 0
    assert found.legs[1].in_seat


def test_g32_type_5_means_getting_off_and_on_again() -> None:
    def planner(leaves: str) -> mp.Planner:
        return toy(
            trip("A 08:00", "B 08:30", number="1", block="v"),
            trip(f"B {leaves}", "C 09:00", number="2", block="v"),
            transfer("B", "B", type=5, from_trip="1", to_trip="2"),
        ).planner(plain(6))

    assert not planner("08:35").earliest_arrival("A", "C", depart=NOON)
    found = planner("08:36").earliest_arrival("A", "C", depart=NOON)
    assert found.best.transfers == 1


def test_g33_one_block_is_one_vehicle_on_the_days_both_trips_run() -> None:
    """The specification's example: three trips in a row on Friday night, three on Monday."""
    loops = {
        "trip_1": (22, "1111111", "R"),
        "trip_2": (23, "0000110", "S"),
        "trip_3": (24, "0000110", "T"),
        "trip_4": (20, "1111000", "P"),
        "trip_5": (21, "1111000", "Q"),
    }
    trips = [
        trip(
            f"A {hour}:00", f"{there} {hour}:20/{hour}:25", f"A {hour}:50",
            number=number, service=number, block="red_loop",
        )
        for number, (hour, _, there) in loops.items()
    ]  # fmt: skip
    weeks = [
        calendar(number, days, "2026-06-01", "2026-06-07") for number, (_, days, _) in loops.items()
    ]
    planner = toy(*trips, *weeks).planner(plain(60))
    monday = planner.earliest_arrival("P", "R", depart="2026-06-01 19:00", days=1)
    assert [leg.train_number for leg in monday.best.legs] == ["trip_4", "trip_5", "trip_1"]
    assert monday.best.transfers == 0
    friday = planner.earliest_arrival("R", "T", depart="2026-06-05 19:00", days=2)
    assert [leg.train_number for leg in friday.best.legs] == ["trip_1", "trip_2", "trip_3"]
    assert friday.best.transfers == 0
    assert not planner.earliest_arrival("R", "S", depart="2026-06-01 19:00", days=1)
    assert not planner.earliest_arrival("P", "R", depart="2026-06-05 19:00", days=1)


def test_g33_a_block_is_left_at_the_place_where_the_next_trip_begins() -> None:
    planner = toy(
        trip("A 08:00", "B 08:30", number="1", block="v"),
        trip("C 08:31", "D 09:00", number="2", block="v"),
    ).planner(plain(60))
    assert not planner.earliest_arrival("A", "D", depart=NOON)


HEADER = (
    "from_stop_id,to_stop_id,from_route_id,to_route_id,from_trip_id,to_trip_id,"
    "transfer_type,min_transfer_time\n"
)


def test_g34_without_transfers_txt_a_change_takes_the_default_of_the_station() -> None:
    assert smallest_change(among=mp.TransferRules(door_closing={})) == 5
    large = mp.TransferRules(door_closing={}, large_from=2)
    shops = [trip(f"S:3 1{n}:00", f"V 1{n}:10", number=f"v{n}") for n in range(2)]
    assert smallest_change(*shops, among=large) == 8
    medium = mp.TransferRules(door_closing={}, medium=420, medium_from=3)
    assert smallest_change(*shops, among=medium) == 7
    assert smallest_change(route_type=3, among=mp.TransferRules(door_closing={})) == 10


def test_g34_a_header_alone_is_no_rule() -> None:
    feed = toy(
        trip("X 08:00", "S:1 08:30", number="a"),
        trip("S:2 08:34", "Z 09:00", number="b"),
        trip("S:2 08:35", "Z 09:10", number="c"),
        files={"transfers.txt": HEADER},
    )
    found = feed.planner().earliest_arrival("X", "Z", depart=NOON)
    assert told(found) == "a X 08:00 S 08:30, c S 08:35 Z 09:10"


def walking_feed(*more: Any) -> Any:
    """A at 08:30; X 400 m on, B another 400 m: too far from A to walk at once."""
    return toy(
        trip("V 08:00", "A 08:30", number="1"),
        *[trip(f"B {9 + k // 60:02d}:{k % 60:02d}", f"Z {20 + k // 60}:{k % 60:02d}",
               number=f"b{k}") for k in range(0, 60)],
        trip("X 12:00", "W 12:30", number="x"),
        place("A", at=(47.0, 5.0)),
        place("X", metres=400, north_of="A"),
        place("B", metres=800, north_of="A"),
        *more,
    )  # fmt: skip


def test_g35_a_published_minimum_is_not_undercut_by_two_walks() -> None:
    """A to B takes 40 minutes, though A to X and X to B take 8 each."""
    planner = walking_feed(transfer("A", "B", minutes=40)).planner(plain(1))
    found = planner.earliest_arrival("V", "Z", depart=NOON)
    rides = [leg for leg in found.best.legs if not leg.is_walk]
    assert rides[1].train_number == "b10"


def test_g35_check_in_counts_at_boarding_whatever_came_before() -> None:
    rules = plain(5, door_closing={"Eurostar": 1800})
    planner = toy(
        trip("V 08:00", "S:1 08:30", number="1"),
        trip("S:2 08:59", "L 10:00", number="9001", brand="Eurostar", route_type=101),
        trip("S:2 09:00", "L 10:30", number="9002", brand="Eurostar", route_type=101),
        trip("S:2 09:30", "L 11:00", number="9003", brand="Eurostar", route_type=101),
    ).planner(rules)
    assert told(planner.earliest_arrival("V", "L", depart=NOON)).split()[5] == "9002"
    assert told(planner.earliest_arrival("S", "L", depart="2026-06-02 08:29")).startswith("9001")
    assert told(planner.earliest_arrival("S", "L", depart="2026-06-02 08:31")).startswith("9003")


def test_g35_by_train_to_the_next_stop_is_allowed() -> None:
    """Each change obeys its own minimum: A to B takes 40 minutes, A to X to B by train 12."""
    hop = trip("A 08:32", "X 08:34", number="hop")
    planner = walking_feed(transfer("A", "B", minutes=70), hop).planner(plain(1))
    found = planner.earliest_arrival("V", "Z", depart=NOON)
    rides = [leg.train_number for leg in found.best.legs if not leg.is_walk]
    assert rides == ["1", "hop", "b0"]


def test_g35_such_journeys_are_dropped_on_demand() -> None:
    hop = trip("A 08:32", "X 08:34", number="hop")
    rules = plain(1, no_hop_shortcuts=True)
    planner = walking_feed(transfer("A", "B", minutes=70), hop).planner(rules)
    found = planner.earliest_arrival("V", "Z", depart=NOON)
    rides = [leg.train_number for leg in found.best.legs if not leg.is_walk]
    assert rides == ["1", "b40"]


def test_g36_footpaths_are_not_chained() -> None:
    """400 m to X can be walked and 400 m from X to B; 800 m at once cannot."""
    assert not walking_feed().planner(plain(1)).earliest_arrival("V", "Z", depart=NOON)
    rules = [transfer("A", "X", minutes=5), transfer("X", "B", minutes=5)]
    assert not walking_feed(*rules).planner(plain(1)).earliest_arrival("V", "Z", depart=NOON)
    published = walking_feed(transfer("X", "B", minutes=5)).planner(plain(1))
    assert not published.earliest_arrival("V", "Z", depart=NOON)
    reach = walking_feed().planner(plain(1, reach_m=900.0))
    found = reach.earliest_arrival("V", "Z", depart=NOON)
    assert [leg.mode for leg in found.best.legs] == ["train", "walk", "train"]


def test_g37_boarding_ends_two_minutes_before_a_tgv_leaves() -> None:
    planner = toy(trip("A 08:30", "B 09:30", number="8601", **TGV)).planner()
    assert planner.earliest_arrival("A", "B", depart="2026-06-02 08:28")
    assert not planner.earliest_arrival("A", "B", depart="2026-06-02 08:28:01")
    assert not planner.earliest_arrival("A", "B", depart="2026-06-02 08:29")
    found = planner.earliest_arrival("A", "B", depart="2026-06-02 08:28").best
    assert f"{found.departure:%H:%M}" == "08:30"


def test_g37_not_where_the_rules_say_otherwise_or_the_brand_does_not() -> None:
    feed = toy(trip("A 08:30", "B 09:30", number="8601", **TGV))
    open_doors = feed.planner(mp.TransferRules(door_closing={}))
    assert open_doors.earliest_arrival("A", "B", depart="2026-06-02 08:30")
    ter = toy(trip("A 08:30", "B 09:30", number="1")).planner()
    assert ter.earliest_arrival("A", "B", depart="2026-06-02 08:30")


def test_g37_at_a_change_the_doors_are_part_of_the_minimum() -> None:
    closing = {"TGV INOUI": 120}
    assert smallest_change(among=plain(0, door_closing=closing), **TGV) == 2
    assert smallest_change(among=plain(5, door_closing=closing), **TGV) == 5
    one = transfer("S:1", "S:2", minutes=1)
    assert smallest_change(one, among=plain(5, door_closing=closing), **TGV) == 2
    own = transfer("S:1", "S:2", minutes=1, from_trip="a", to_trip="b")
    assert smallest_change(own, among=plain(5, door_closing=closing), **TGV) == 2


def test_g37_doors_closed_over_midnight() -> None:
    planner = toy(
        trip("A 24:01", "B 25:00", number="1", **TGV),
        trip("A 00:01", "B 01:10", number="2", dates="2026-06-03", **TGV),
    ).planner()
    assert told(planner.earliest_arrival("A", "B", depart="2026-06-02 23:59")).startswith("1 ")
    assert not planner.earliest_arrival("A", "B", depart="2026-06-03 00:00")


def test_g37_a_walk_ends_when_the_doors_close() -> None:
    """From a point 550 m away one leaves 650 s (550 m * 1.3 / 1.1 m/s) + 120 s before."""
    planner = toy(trip("A 08:30", "B 09:30", number="8601", **TGV),
                  place("A", at=(47.0, 5.0))).planner()  # fmt: skip
    point = (47.0 + 550 / 111_195.08, 5.0)
    found = planner.earliest_arrival(point, "B", depart=NOON).best
    assert [leg.mode for leg in found.legs] == ["walk", "train"]
    assert abs((found.legs[1].departure - found.departure).total_seconds() - 770) <= 1
