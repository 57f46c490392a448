"""Agencies, routes, brands, numbers and kinds."""

import pytest
from gtfs.text_feeds import LINE, check

from mobiplan.errors import InvalidFeed
from mobiplan.gtfs import KINDS
from mobiplan.gtfs.french import kind_of_brand, uic_code
from mobiplan.gtfs.kinds import kind_of_route_type

AGENCY = "agency_id,agency_name,agency_url,agency_timezone"


def kinds(tables) -> list[str]:
    return [KINDS[kind] for kind in tables.trips["kind"]]


def test_g13_agencies_of_different_zones_in_one_feed_are_refused(load):
    with pytest.raises(InvalidFeed) as error:
        load(agency=f"{AGENCY}\nR,Rail,u,Europe/Paris\nS,Sea,u,Europe/London")
    for word in ("agency.txt, line 3", "Europe/London, Europe/Paris", "split the feed"):
        assert word in str(error.value)


@pytest.mark.parametrize("zone", ["", "Paris", "Europe/Pariss"])
def test_an_unknown_time_zone_is_refused_by_name(load, zone):
    with pytest.raises(InvalidFeed, match=rf"agency.txt, line 2: agency_timezone '{zone}'"):
        load(agency=f"{AGENCY}\nR,Rail,u,{zone}")


def test_one_agency_needs_no_agency_id(load):
    tables = load(
        agency="agency_name,agency_url,agency_timezone\nRail,u,Europe/Paris",
        routes="route_id,route_short_name,route_long_name,route_type\nL1,1,One,2",
    )
    assert tables.trips["brand"].tolist() == ["Rail", "Rail"]
    assert tables.checks.empty


def test_g44_several_agencies_without_agency_id_are_known_by_their_names(load):
    tables = load(
        agency="agency_name,agency_url,agency_timezone\nRail,u,Europe/Paris\nSea,u,Europe/Paris"
    )
    assert check(tables, "several agencies without agency_id")["count"] == 2
    assert check(tables, "route without a known agency")["example"] == "L1"
    assert tables.agencies["id"].tolist() == ["Rail", "Sea", ""]
    assert tables.trips["brand"].tolist() == ["", ""], "unknown, not guessed"


def test_a_nameless_agency_is_known_by_its_id(load):
    tables = load(agency=f"{AGENCY}\nR,null,u,Europe/Paris")
    assert tables.trips["brand"].tolist() == ["R", "R"]


@pytest.mark.parametrize(
    ("route_type", "kind"),
    [
        *((0, "tram"), (1, "metro"), (2, "regional"), (3, "coach"), (4, "ferry"), (7, "other")),
        *((101, "high speed"), (102, "intercity"), (105, "night"), (106, "regional")),
        *((109, "suburban"), (200, "coach"), (401, "metro"), (715, "coach"), (900, "tram")),
        *((1000, "ferry"), (1100, "other"), (1700, "other")),
    ],
)
def test_g21_basic_and_extended_route_types_have_a_kind(load, route_type, kind):
    tables = load(routes=LINE["routes.txt"].replace('",2', f'",{route_type}'))
    assert kinds(tables) == [kind, kind]
    assert tables.routes["type"].tolist() == [route_type]
    assert tables.checks.empty


@pytest.mark.parametrize("route_type", ["", "rail", "99", "-5", "9999999999"])
def test_g21_an_unknown_route_type_is_a_regional_train_with_a_warning(load, route_type):
    tables = load(routes=LINE["routes.txt"].replace('",2', f'",{route_type}'))
    assert kinds(tables) == ["regional", "regional"] or route_type == ""
    assert check(tables, "unknown route_type")["severity"] == "warning"


def test_every_extended_type_from_100_to_1700_that_exists_has_a_kind():
    import numpy as np

    found = kind_of_route_type(
        np.array(
            [
                *range(100, 118),
                *range(200, 210),
                *range(400, 406),
                *range(700, 717),
                *range(900, 907),
                1000,
                1400,
                1700,
            ]
        )
    )
    assert (found >= 0).all()


@pytest.mark.parametrize(
    ("brand", "kind"),
    [
        *(("TGV INOUI", "high speed"), ("TGV", "high speed"), ("OUIGO", "high speed")),
        *(("Lyria", "high speed"), ("ICE", "high speed"), ("INTERCITES", "intercity")),
        *(("INTERCITES de nuit", "night"), ("Train TER", "regional"), ("Train", "regional")),
        *(("TramTrain", "tram"), ("Car TER", "coach"), ("Car", "coach")),
        *(("Car à réservation", "coach"), ("Navette", "coach")),
    ],
)
def test_the_brand_of_an_sncf_stop_beats_the_route_type(load, brand, kind):
    def named(text: str) -> str:
        for stop, code in (("A1", "87686006"), ("B1", "87481002"), ("C1", "87212027")):
            text = text.replace(stop, f"StopPoint:OCE{brand}-{code}")
        return text

    tables = load(
        stops=named(LINE["stops.txt"]),
        stop_times=named(LINE["stop_times.txt"]).replace("T1", "OCESN1F2").replace("T2", "X2"),
        trips=LINE["trips.txt"].replace("T1,Cité", "OCESN1F2,8501").replace("T2", "X2"),
    )
    assert tables.trips["brand"].tolist() == [brand, brand]
    assert kinds(tables) == [kind, kind]
    assert tables.trips["number"].tolist() == ["8501", "102"], "headsign only where ids are SNCF's"
    assert tables.checks.empty


def test_an_unknown_brand_has_the_kind_of_its_route(load):
    assert kind_of_brand("Hyperloop") == -1
    stops = LINE["stops.txt"]
    times = LINE["stop_times.txt"]
    for stop in ("A1", "B1", "C1"):
        stops = stops.replace(stop, f"StopPoint:OCEHyper-Loop-8768600{stop[0]}".replace("A", "6"))
        times = times.replace(stop, f"StopPoint:OCEHyper-Loop-8768600{stop[0]}".replace("A", "6"))
    stops = stops.replace("00B", "007").replace("00C", "008")
    times = times.replace("00B", "007").replace("00C", "008")
    tables = load(stops=stops, stop_times=times)
    assert tables.trips["brand"].tolist() == ["Hyper-Loop"] * 2
    assert kinds(tables) == ["regional"] * 2
    assert check(tables, "unknown brand")["example"] == "Hyper-Loop"


def test_ids_of_other_makes_have_no_uic_code():
    assert uic_code("StopPoint:OCETGV INOUI-87686006") == "87686006"
    assert [uic_code(i) for i in ("87686006", "StopArea:DUA59505", "IDFM:1234567")] == [""] * 3


def test_wheelchair_bicycle_and_block_are_kept_and_oddities_counted(load):
    tables = load(
        trips="route_id,service_id,trip_id,block_id,wheelchair_accessible,bikes_allowed\n"
        "L1,S,T1,b 1,1,2\nL1,S,T2,,7,"
    )
    assert tables.trips[["wheelchair", "bicycle"]].to_numpy().tolist() == [[1, 2], [0, 0]]
    assert tables.trips["block"].tolist() == ["b 1", ""]
    assert check(tables, "unknown wheelchair_accessible")["example"] == "T2"
