"""A leg says what one has to know at the door of a train: which, where, when, and what is odd."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from journeys.toy import Toy, itinerary_of, place_of, ride

from mobiplan.errors import InvalidQuery
from mobiplan.journeys import LEG_COLUMNS, Journey
from mobiplan.journeys.itinerary import GUARANTEED, IN_SEAT, Itinerary, Place, Question

TUESDAY = "2026-03-24"


def brittany() -> Toy:
    toy = Toy()
    toy.station("Rennes", code="87471003", lat=48.1035, lon=-1.6723, platform="4")
    toy.station("Laval", code="87478404", lat=48.0762, lon=-0.7606)
    toy.station("Paris", code="87391003", lat=48.8409, lon=2.3201)
    toy.trip("8603", "Rennes 08:00", "Laval 08:32/08:35", "Paris 09:30", "Lille 11:00")
    return toy


def test_a_ride_names_train_stations_platform_and_clock() -> None:
    leg = brittany().journey(TUESDAY, ride("8603", "Rennes", "Paris")).legs[0]
    assert (leg.mode, leg.kind, leg.brand, leg.train_number) == (
        "train",
        "high speed",
        "TGV INOUI",
        "8603",
    )
    assert (leg.from_id, leg.from_name, leg.from_stop_id) == (
        "StopArea:Rennes",
        "Rennes",
        "StopPoint:Rennes",
    )
    assert (leg.from_platform, leg.to_platform) == ("4", "")
    assert leg.departure.isoformat() == "2026-03-24T08:00:00+01:00"
    assert leg.arrival.isoformat() == "2026-03-24T09:30:00+01:00"
    assert leg.duration == dt.timedelta(minutes=90)
    assert leg.service_date == dt.date(2026, 3, 24)
    assert leg.note == ""
    assert leg.title == "TGV INOUI 8603"


def test_direction_is_the_last_stop_not_the_headsign_nor_where_one_alights() -> None:
    assert brittany().journey(TUESDAY, ride("8603", "Rennes", "Laval")).legs[0].direction == "Lille"


def test_stops_are_the_calls_strictly_between() -> None:
    stops = brittany().journey(TUESDAY, ride("8603", "Rennes", "Lille")).legs[0].stops
    assert [(s.name, f"{s.arrival:%H:%M}", f"{s.departure:%H:%M}") for s in stops] == [
        ("Laval", "08:32", "08:35"),
        ("Paris", "09:30", "09:30"),
    ]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("high speed", "train"),
        ("intercity", "train"),
        ("regional", "train"),
        ("suburban", "train"),
        ("night", "train"),
        ("coach", "coach"),
        ("tram", "tram"),
        ("metro", "metro"),
        ("ferry", "ferry"),
    ],
)
def test_every_kind_of_rail_is_a_train_and_any_other_its_own_mode(kind: str, mode: str) -> None:
    toy = Toy()
    toy.trip("1", "A 08:00", "B 09:00", kind=kind)
    leg = toy.journey(TUESDAY, ride("1", "A", "B")).legs[0]
    assert (leg.mode, leg.kind) == (mode, kind)


def test_a_trip_without_a_brand_is_called_by_its_mode() -> None:
    toy = Toy()
    toy.trip("12", "A 08:00", "B 09:00", kind="tram", brand="")
    assert toy.journey(TUESDAY, ride("12", "A", "B")).legs[0].title == "tram 12"


@pytest.mark.parametrize(
    ("facts", "note"),
    [
        ({"pickup": {"A": 2}}, "boarding has to be arranged by phone"),
        ({"pickup": {"A": 3}}, "boarding has to be arranged with the driver"),
        ({"drop_off": {"B": 2}}, "alighting has to be arranged by phone"),
        ({"drop_off": {"B": 3}}, "alighting has to be arranged with the driver"),
        ({"approximate": ["B"]}, "approximate times"),
        ({"approximate": ["A"]}, "approximate times"),
        (
            {"pickup": {"A": 2}, "drop_off": {"B": 3}, "approximate": ["A", "B"]},
            "boarding has to be arranged by phone; "
            "alighting has to be arranged with the driver; approximate times",
        ),
        ({"drop_off": {"A": 2}, "pickup": {"B": 2, "C": 2}, "approximate": ["C"]}, ""),
    ],
)
def test_the_note_warns_of_what_concerns_boarding_here_and_alighting_there(
    facts: dict[str, object], note: str
) -> None:
    toy = Toy()
    toy.trip("1", "A 08:00", "B 09:00", "C 10:00", kind="coach", **facts)  # type: ignore[arg-type]
    assert toy.journey(TUESDAY, ride("1", "A", "B")).legs[0].note == note


def test_staying_seated_is_a_leg_of_its_own_with_the_note_and_no_change() -> None:
    toy = Toy()
    toy.trip("71", "A 08:00", "B 09:00")
    toy.trip("72", "B 09:05", "C 10:00")
    journey = toy.journey(TUESDAY, ride("71", "A", "B"), ride("72", "B", "C", IN_SEAT))
    assert [leg.note for leg in journey.legs] == ["", "stay seated"]
    assert [leg.in_seat for leg in journey.legs] == [False, True]
    assert journey.transfers == 0


def test_a_guaranteed_transfer_is_a_change_that_is_promised() -> None:
    toy = Toy()
    toy.trip("71", "A 08:00", "B 09:00")
    toy.trip("72", "B 09:01", "C 10:00")
    toy.transfer("71", "72", type=1)
    journey = toy.journey(TUESDAY, ride("71", "A", "B"), ride("72", "B", "C", GUARANTEED))
    assert journey.legs[1].note == "guaranteed transfer"
    assert journey.transfers == 1
    leisurely = toy.journey(TUESDAY, ride("71", "A", "B"), ride("72", "B", "C"))
    assert leisurely.legs[1].note == "guaranteed transfer"


def test_an_exceptional_transfer_that_nobody_guarantees_is_not_called_guaranteed() -> None:
    toy = Toy()
    toy.trip("71", "A 08:00", "B 09:00")
    toy.trip("72", "B 09:01", "C 10:00")
    toy.transfer("71", "72", type=0)
    journey = toy.journey(TUESDAY, ride("71", "A", "B"), ride("72", "B", "C", GUARANTEED))
    assert journey.legs[1].note == ""


def paris() -> Toy:
    toy = Toy()
    toy.station("Paris Est", code="87113001", lat=48.8767, lon=2.3592)
    toy.station("Paris Nord", code="87271007", lat=48.8809, lon=2.3553)
    toy.station("Paris Montparnasse", code="87391003", lat=48.8409, lon=2.3201)
    toy.station("Magenta", lat=48.8805, lon=2.3560)
    toy.trip("9561", "Metz 08:00", "Paris Est 09:30")
    toy.trip("7029", "Paris Nord 10:16", "Lille 11:20")
    toy.trip("8617", "Paris Montparnasse 10:46", "Rennes 12:15")
    toy.trip("8618", "Rennes 06:00", "Paris Montparnasse 07:30")
    toy.trip("9562", "Paris Est 12:00", "Metz 13:30")
    toy.trip("12", "Magenta 10:30", "Meaux 11:00")
    return toy


def test_a_walk_stands_between_two_rides_at_different_stations() -> None:
    journey = paris().journey(
        TUESDAY, ride("9561", "Metz", "Paris Est"), ride("7029", "Paris Nord", "Lille")
    )
    first, walk, last = journey.legs
    assert (walk.mode, walk.train_number, walk.brand, walk.direction) == ("walk", "", "", "")
    assert (walk.from_name, walk.to_name) == ("Paris Est", "Paris Nord")
    assert (walk.from_stop_id, walk.to_stop_id) == (first.to_stop_id, last.from_stop_id)
    assert walk.departure == first.arrival
    assert walk.duration == dt.timedelta(minutes=15)  # of the table of city changes
    assert journey.walking == dt.timedelta(minutes=15)
    assert journey.transfers == 1


def test_a_walk_by_distance_says_that_it_is_an_estimate() -> None:
    toy = paris()
    rides = ride("9561", "Metz", "Paris Est"), ride("12", "Magenta", "Meaux")
    walk = toy.journey(TUESDAY, *rides).legs[1]
    assert walk.note == "about 630 m, estimated"  # 483 m as the crow flies x 1.3
    assert walk.kind == "walk"


def test_across_a_city_the_note_names_the_lines_in_the_order_in_which_one_takes_them() -> None:
    toy = paris()
    toy.station("Paris Gare de Lyon", code="87686006")
    toy.trip("6611", "Paris Gare de Lyon 11:00", "Lyon 13:00")
    toy.trip("6612", "Lyon 07:00", "Paris Gare de Lyon 09:00")
    there = toy.journey(
        TUESDAY,
        ride("8618", "Rennes", "Paris Montparnasse"),
        ride("6611", "Paris Gare de Lyon", "Lyon"),
    )
    back = toy.journey(
        TUESDAY,
        ride("6612", "Lyon", "Paris Gare de Lyon"),
        ride("8617", "Paris Montparnasse", "Rennes"),
    )
    assert there.legs[1].note == "across the city: metro 4 + metro 14"
    assert back.legs[1].note == "across the city: metro 14 + metro 4"


def test_riding_the_metro_across_a_city_is_not_walking() -> None:
    journey = paris().journey(
        TUESDAY, ride("9561", "Metz", "Paris Est"), ride("8617", "Paris Montparnasse", "Rennes")
    )
    assert journey.legs[1].mode == "walk"  # a leg without a train of the timetable
    assert journey.legs[1].kind == "city change"
    assert journey.walking == dt.timedelta(0)


def test_no_walk_between_trains_of_one_station_or_in_ones_seat() -> None:
    toy = Toy()
    toy.trip("1", "A 08:00", "B 09:00")
    toy.trip("2", "B 09:30", "C 10:00")
    toy.trip("3", "B bis 09:30", "D 10:00")
    assert len(toy.journey(TUESDAY, ride("1", "A", "B"), ride("2", "B", "C")).legs) == 2
    seated = toy.journey(TUESDAY, ride("1", "A", "B"), ride("3", "B bis", "D", IN_SEAT))
    assert len(seated.legs) == 2


def test_a_transfer_to_a_station_that_no_footpath_reaches_takes_the_time_between_the_trains() -> (
    None
):
    toy = Toy()
    toy.trip("1", "A 08:00", "B 09:00")
    toy.trip("3", "Far 09:07", "D 10:00")
    walk = toy.journey(TUESDAY, ride("1", "A", "B"), ride("3", "Far", "D", GUARANTEED)).legs[1]
    assert walk.duration == dt.timedelta(minutes=7)


def test_one_walks_from_a_point_and_to_a_point() -> None:
    toy = brittany()
    journey = toy.journey(
        TUESDAY,
        ride("8603", "Rennes", "Paris"),
        access=900,
        egress=600,
        origin=Place("12 rue de Fougères", (0,), (900,), 48.1, -1.6),
        destination=Place("(48.85, 2.33)", (2,), (600,), 48.85, 2.33),
    )
    to_train, _, from_train = journey.legs
    assert (to_train.mode, to_train.from_id, to_train.from_name) == (
        "walk",
        "",
        "12 rue de Fougères",
    )
    assert (to_train.from_stop_id, to_train.to_stop_id) == ("", "StopPoint:Rennes")
    assert f"{journey.departure:%H:%M}" == f"{to_train.departure:%H:%M}" == "07:45"
    assert f"{to_train.arrival:%H:%M}" == "08:00"
    assert (from_train.to_id, from_train.to_name) == ("", "(48.85, 2.33)")
    assert f"{from_train.departure:%H:%M}" == "09:30"
    assert f"{journey.arrival:%H:%M}" == f"{from_train.arrival:%H:%M}" == "09:40"
    assert journey.duration == dt.timedelta(minutes=115)
    assert journey.walking == dt.timedelta(minutes=25)
    assert to_train.coordinates[0] == (-1.6, 48.1)


def test_one_walks_to_another_station_than_the_one_asked_for() -> None:
    toy = paris()
    graph = toy.graph(TUESDAY)
    est, nord = (place_of(graph, name).stations[0] for name in ("Paris Est", "Paris Nord"))
    itinerary = itinerary_of(graph, ride("7029", "Paris Nord", "Lille"), access=900)
    origin = Place("Paris Est", (est, nord), (0, 900))
    question = Question("earliest_arrival", origin, place_of(graph, "Lille"), None, None, 1)
    walk = Journey(graph, itinerary, question).legs[0]
    assert (walk.from_id, walk.from_name) == ("StopArea:Paris Est", "Paris Est")


def test_from_door_to_door_one_leg_on_foot() -> None:
    graph = brittany().graph(TUESDAY)
    places = Place("home", (), (), 48.1, -1.6), Place("office", (), (), 48.11, -1.61)
    question = Question("earliest_arrival", *places, None, None, 1)
    itinerary = Itinerary((), 8 * 3600, 8 * 3600 + 1200, 1200)
    journey = Journey(graph, itinerary, question)
    assert [(leg.mode, leg.from_name, leg.to_name) for leg in journey.legs] == [
        ("walk", "home", "office")
    ]
    assert (journey.transfers, journey.walking) == (0, dt.timedelta(minutes=20))
    assert journey.id == "2026-03-24T08:00:walk:home-office"
    assert "on foot" in repr(journey)


def test_a_train_that_calls_twice_is_boarded_at_the_call_that_was_chosen() -> None:
    toy = Toy()
    toy.trip("7", "A 08:00", "B 08:10/08:12", "C 08:30/08:31", "B 08:50/08:52", "D 09:10")
    early = toy.journey(TUESDAY, ride("7", "B 08:12", "D"))
    late = toy.journey(TUESDAY, ride("7", "B 08:52", "D"))
    assert f"{early.departure:%H:%M} {late.departure:%H:%M}" == "08:12 08:52"
    assert [stop.name for stop in early.legs[0].stops] == ["C", "B"]
    assert late.legs[0].stops == ()
    assert early.id != late.id


def test_a_station_abroad_shows_its_own_clock_and_durations_stay_true() -> None:
    toy = Toy()
    toy.station("London", timezone="Europe/London")
    toy.trip("9080", "Paris 09:00", "London 11:20")
    journey = toy.journey(TUESDAY, ride("9080", "Paris", "London"))
    assert journey.legs[0].arrival.isoformat() == "2026-03-24T10:20:00+00:00"
    assert journey.arrival == journey.legs[0].arrival
    assert journey.duration == journey.legs[0].duration == dt.timedelta(minutes=140)
    assert "local times" in repr(journey)


# Spring: 02:00 -> 03:00 in the night to 2026-03-29; autumn: 03:00 -> 02:00 on 2026-10-25.
@pytest.mark.parametrize(
    ("date", "departs", "arrives", "minutes"),
    [
        ("2026-03-28", "2026-03-29T01:30:00+01:00", "2026-03-29T04:15:00+02:00", 105),
        ("2026-10-24", "2026-10-25T01:30:00+02:00", "2026-10-25T02:15:00+01:00", 105),
    ],
)
def test_in_the_nights_of_the_clocks_durations_are_elapsed_time(
    date: str, departs: str, arrives: str, minutes: int
) -> None:
    toy = Toy()
    toy.trip("3731", "Paris 25:30", "Toulouse 27:15", kind="night")
    journey = toy.journey(date, ride("3731", "Paris", "Toulouse"))
    leg = journey.legs[0]
    assert (leg.departure.isoformat(), leg.arrival.isoformat()) == (departs, arrives)
    assert leg.duration == journey.duration == dt.timedelta(minutes=minutes)
    assert journey.to_dict()["duration"] == "PT1H45M"
    assert "the clocks change on the way" in repr(journey)
    frame = journey.to_frame()
    assert (frame["arrival"] - frame["departure"]).iloc[0] == dt.timedelta(minutes=minutes)


def test_to_dict_has_the_fixed_columns_in_order_and_is_json() -> None:
    leg = brittany().journey(TUESDAY, ride("8603", "Rennes", "Paris")).legs[0]
    values = leg.to_dict()
    assert tuple(values) == LEG_COLUMNS
    assert values["departure"] == "2026-03-24T08:00:00+01:00"
    assert json.loads(json.dumps(values)) == values


def test_coordinates_pass_through_the_calls_and_leave_out_unknown_places() -> None:
    leg = brittany().journey(TUESDAY, ride("8603", "Rennes", "Lille")).legs[0]
    assert leg.coordinates == ((-1.6723, 48.1035), (-0.7606, 48.0762), (2.3201, 48.8409))


def test_an_unknown_time_zone_of_a_station_is_named() -> None:
    toy = Toy()
    toy.station("B", timezone="Europe/Nowhere")
    toy.trip("1", "A 08:00", "B 09:00")
    with pytest.raises(InvalidQuery, match="Europe/Nowhere"):
        _ = toy.journey(TUESDAY, ride("1", "A", "B")).legs
