"""A journey adds up, has a name that lasts, and reads well."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import subprocess
import sys
import textwrap

import pandas as pd
import pytest
from journeys.toy import RideOf, Toy, itinerary_of, place_of, question_of, ride

from mobiplan.journeys import JOURNEY_COLUMNS, LEG_COLUMNS, Journey
from mobiplan.journeys.itinerary import GUARANTEED, IN_SEAT, Place, Question
from mobiplan.journeys.leg import iso_duration

TUESDAY = "2026-03-24"


def france() -> Toy:
    toy = Toy()
    toy.station("Rennes", code="87471003", lat=48.1035, lon=-1.6723, platform="4")
    toy.station("Paris Montparnasse", code="87391003", lat=48.8409, lon=2.3201)
    toy.station("Paris Gare de Lyon", code="87686006", lat=48.8443, lon=2.3744)
    toy.station("Lyon Part Dieu", code="87723197", lat=45.7605, lon=4.8596)
    toy.station("Grenoble", code="87747006", lat=45.1914, lon=5.7146)
    toy.trip("8603", "Rennes 08:05", "Paris Montparnasse 09:33")
    toy.trip("6611", "Paris Gare de Lyon 11:00", "Mâcon 12:30/12:32", "Lyon Part Dieu 12:56")
    toy.trip(
        "881029",
        "Lyon Part Dieu 13:14",
        "Voiron 14:20/14:21",
        "Grenoble 14:39",
        brand="TER",
        kind="regional",
    )
    return toy


RENNES_GRENOBLE = (
    ride("8603", "Rennes", "Paris Montparnasse"),
    ride("6611", "Paris Gare de Lyon", "Lyon Part Dieu"),
    ride("881029", "Lyon Part Dieu", "Grenoble"),
)


def test_duration_is_legs_plus_waiting() -> None:
    journey = france().journey(TUESDAY, *RENNES_GRENOBLE)
    assert journey.duration == dt.timedelta(hours=6, minutes=34)
    assert journey.waiting == dt.timedelta(minutes=32 + 18)
    assert sum((leg.duration for leg in journey.legs), journey.waiting) == journey.duration
    assert journey.transfers == 2


def test_nothing_is_named_before_it_is_looked_at() -> None:
    toy = france()
    graph = toy.graph(TUESDAY)
    itinerary = itinerary_of(graph, *RENNES_GRENOBLE)
    journey = Journey(graph, itinerary, question_of(graph, itinerary))
    assert set(vars(journey)) == {"graph", "itinerary", "question", "planner", "personal"}
    assert journey.legs is journey.legs


def test_the_id_is_date_trains_and_stations() -> None:
    assert france().journey(TUESDAY, *RENNES_GRENOBLE).id == (
        "2026-03-24:8603:87471003-87391003+6611:87686006-87723197+881029:87723197-87747006"
    )


def test_the_id_stays_when_rows_trip_ids_and_stations_are_shuffled() -> None:
    ids = set()
    for order in itertools.permutations(range(3)):
        toy = france()
        toy.trips = [{**toy.trips[k], "id": f"edition {order} trip {k}"} for k in order]
        toy.stations = dict(reversed(toy.stations.items()))
        ids.add(toy.journey(TUESDAY, *RENNES_GRENOBLE).id)
    assert len(ids) == 1


def test_the_id_of_a_train_without_number_is_its_departure_and_stops() -> None:
    toy = Toy()
    toy.trip("", "A 26:05", "B 26:30:30", kind="coach")
    journey = toy.journey(TUESDAY, ride("", "A", "B"))
    assert journey.id == "2026-03-24:@26:05:StopPoint:A-StopPoint:B"


def test_the_id_dates_each_train_by_its_service_day() -> None:
    """A train at 00:10 belongs to the evening before, the next one to its own morning."""
    toy = Toy()
    toy.trip("3731", "A 23:00", "B 24:10", "C 30:00")
    toy.trip("71", "C 07:00", "D 08:00")
    journey = toy.journey(TUESDAY, ride("3731", "B", "C"), ride("71", "C", "D", day=1))
    assert journey.id == (
        "2026-03-24:3731:StopArea:B-StopArea:C+2026-03-25:71:StopArea:C-StopArea:D"
    )
    assert journey.legs[0].service_date == dt.date(2026, 3, 24)
    assert journey.legs[0].departure.date() == dt.date(2026, 3, 25)


def test_ids_tell_the_laps_of_a_loop_apart() -> None:
    toy = Toy()
    toy.trip("7", "A 08:00", "B 08:10", "A 08:20", "B 08:30", "A 08:40")
    rides = [
        ride("7", "A 08:00", "B 08:10"),
        ride("7", "A 08:00", "B 08:30"),
        ride("7", "A 08:20", "B 08:30"),
    ]
    assert len({toy.journey(TUESDAY, one).id for one in rides}) == 3


def test_journeys_are_equal_by_trains_and_times() -> None:
    one, again = (france().journey(TUESDAY, *RENNES_GRENOBLE) for _ in range(2))
    assert one == again
    assert hash(one) == hash(again)
    assert one != france().journey(TUESDAY, *RENNES_GRENOBLE[:1])
    assert one != "a journey"


def test_the_frame_has_the_fixed_columns_and_types() -> None:
    frame = france().journey(TUESDAY, *RENNES_GRENOBLE).to_frame()
    assert tuple(frame.columns) == LEG_COLUMNS
    assert frame["mode"].tolist() == ["train", "walk", "train", "train"]
    for column in ("departure", "arrival"):
        assert frame[column].dtype == "datetime64[s, Europe/Paris]"
    assert frame["departure"].iloc[0] == pd.Timestamp("2026-03-24 08:05", tz="Europe/Paris")
    assert {str(frame[name].dtype) for name in LEG_COLUMNS} - {"str"} == {
        "datetime64[s, Europe/Paris]"
    }


def test_a_frame_across_time_zones_keeps_one_type_and_every_instant() -> None:
    toy = Toy()
    toy.station("London", timezone="Europe/London")
    toy.trip("9080", "Paris 09:00", "London 11:20")
    frame = toy.journey(TUESDAY, ride("9080", "Paris", "London")).to_frame()
    assert frame["arrival"].dtype == "datetime64[s, Europe/Paris]"
    assert frame["arrival"].iloc[0] == pd.Timestamp("2026-03-24T10:20:00+00:00")


def test_the_dict_is_json_with_the_columns_of_a_set_and_the_legs() -> None:
    values = france().journey(TUESDAY, *RENNES_GRENOBLE).to_dict()
    assert tuple(values) == (*JOURNEY_COLUMNS, "legs")
    assert (values["duration"], values["walking"], values["price_min"]) == ("PT6H34M", "PT0S", None)
    assert [tuple(leg) for leg in values["legs"]] == [LEG_COLUMNS] * 4
    assert json.loads(json.dumps(values, allow_nan=False)) == values


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (dt.timedelta(hours=26, seconds=5), "PT26H5S"),
        (dt.timedelta(minutes=3), "PT3M"),
        (dt.timedelta(0), "PT0S"),
    ],
)
def test_durations_in_iso_text_are_read_back_by_pandas(duration: dt.timedelta, text: str) -> None:
    assert iso_duration(duration) == text
    assert pd.Timedelta(text) == duration


def test_geojson_is_a_line_per_leg_through_the_calls_and_null_where_places_are_unknown() -> None:
    journey = france().journey(
        TUESDAY, *RENNES_GRENOBLE[:2], ride("881029", "Lyon Part Dieu", "Voiron")
    )
    collection = journey.to_geojson()
    text = json.dumps(collection, allow_nan=False)  # NaN is no JSON
    train, walk, past_macon, to_voiron = json.loads(text)["features"]
    assert train["geometry"] == {
        "type": "LineString",
        "coordinates": [[-1.6723, 48.1035], [2.3201, 48.8409]],
    }
    assert walk["geometry"]["coordinates"] == [[2.3201, 48.8409], [2.3744, 48.8443]]
    assert len(past_macon["geometry"]["coordinates"]) == 2  # where Mâcon lies is not known
    assert to_voiron["geometry"] is None
    assert past_macon["properties"]["leg"] == 2
    assert past_macon["properties"]["journey"] == journey.id
    assert past_macon["properties"]["departure"] == "2026-03-24T11:00:00+01:00"


def test_a_stop_without_a_place_is_drawn_at_its_station() -> None:
    toy = france()
    toy.stations["Rennes"]["stop_placed"] = False
    leg = toy.journey(TUESDAY, RENNES_GRENOBLE[0]).legs[0]
    assert leg.coordinates[0] == (-1.6723, 48.1035)


def lines(text: str) -> str:
    return textwrap.dedent(text).strip("\n")


def test_the_text_reads_like_a_timetable() -> None:
    assert repr(france().journey(TUESDAY, *RENNES_GRENOBLE)) == lines(
        """
        Rennes → Grenoble, Tue 24 Mar 2026
        08:05 – 14:39 · 6 h 34 · 2 changes

          08:05  Rennes, platform 4  TGV INOUI 8603 to Paris Montparnasse
          09:33  Paris Montparnasse  1 h 28
                   across the city: metro 4 + metro 14 · 55 min · 32 min to spare
          11:00  Paris Gare de Lyon  TGV INOUI 6611 to Lyon Part Dieu
          12:56  Lyon Part Dieu      1 h 56, 1 stop
                   change 18 min
          13:14  Lyon Part Dieu      TER 881029 to Grenoble
          14:39  Grenoble            1 h 25, 1 stop
        """
    )


def test_the_text_of_a_night_marks_the_next_day_and_says_what_to_know() -> None:
    toy = Toy()
    toy.trip("3731", "Paris 22:00", "Toulouse 30:20", "Tarbes 31:20", kind="night", brand="ICN")
    toy.trip("3732", "Tarbes 31:30", "Lourdes 31:50", kind="night", brand="ICN")
    toy.trip(
        "67", "Lourdes 31:50", "Pau 32:20", kind="coach", brand="Car TER", pickup={"Lourdes": 2}
    )
    toy.transfer("3732", "67", type=1)
    journey = toy.journey(
        TUESDAY,
        ride("3731", "Paris", "Tarbes"),
        ride("3732", "Tarbes", "Lourdes", IN_SEAT),
        ride("67", "Lourdes", "Pau", GUARANTEED),
    )
    assert repr(journey) == lines(
        """
        Paris → Pau, Tue 24 Mar 2026
        22:00 – 08:20 +1 · 10 h 20 · 1 change

          22:00     Paris    ICN 3731 to Tarbes
          07:20 +1  Tarbes   9 h 20, 1 stop
                      stay seated 10 min
          07:30 +1  Tarbes   ICN 3732 to Lourdes
          07:50 +1  Lourdes  20 min
                      change 0 min
          07:50 +1  Lourdes  Car TER 67 to Pau
          08:20 +1  Pau      30 min
                      (guaranteed transfer; boarding has to be arranged by phone)
        """
    )


def from_home(toy: Toy, *rides: RideOf) -> Journey:
    graph = toy.graph(TUESDAY)
    itinerary = itinerary_of(graph, *rides, access=900, egress=300)
    home = Place("home", (0,), (900,), 48.1, -1.6)
    office = Place("office", (1,), (300,), 48.8, 2.3)
    return Journey(graph, itinerary, Question("earliest_arrival", home, office, None, None, 1))


def test_the_text_begins_and_ends_at_the_door() -> None:
    assert repr(from_home(france(), RENNES_GRENOBLE[0])) == lines(
        """
        home → office, Tue 24 Mar 2026
        07:50 – 09:38 · 1 h 48 · direct · walk 20 min

          07:50  home
                   walk 15 min
          08:05  Rennes, platform 4  TGV INOUI 8603 to Paris Montparnasse
          09:33  Paris Montparnasse  1 h 28
                   walk 5 min
          09:38  office
        """
    )


def test_seconds_never_make_one_late_and_the_duration_fits_the_clocks_shown() -> None:
    toy = Toy()
    toy.trip("M1", "A 08:00:40", "B 08:10:20", kind="metro", brand="")
    assert "08:00 – 08:11 · 11 min · direct" in repr(toy.journey(TUESDAY, ride("M1", "A", "B")))


def test_html_has_the_facts_of_the_text_and_neither_script_nor_link() -> None:
    html = france().journey(TUESDAY, *RENNES_GRENOBLE)._repr_html_()
    for fact in ("08:05", "TGV INOUI 8603", "Paris Montparnasse", "change 18 min", "6 h 34"):
        assert fact in html
    for foreign in ("<script", "http", "src=", "url("):
        assert foreign not in html


def test_html_escapes_what_a_feed_or_a_caller_writes() -> None:
    evil = '<img src=x onerror="alert(1)">'
    toy = Toy()
    toy.station(f"A{evil}", platform=evil)
    toy.trip(f"1{evil}", f"A{evil} 08:00", f"M{evil} 08:30", f"B{evil} 09:00", brand=evil)
    graph = toy.graph(TUESDAY)
    itinerary = itinerary_of(graph, ride(f"1{evil}", f"A{evil}", f"B{evil}"), access=60)
    question = Question(
        "earliest_arrival",
        Place(evil, (0,), (60,), 1.0, 1.0),
        place_of(graph, f"B{evil}"),
        None,
        None,
        1,
    )
    html = Journey(graph, itinerary, question)._repr_html_()
    assert "<img" not in html
    assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;" in html


def test_the_room_is_imported_without_pandas() -> None:
    code = "import mobiplan.journeys, sys; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
