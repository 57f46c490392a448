"""Stops, stations and the rules on changing between them."""

import numpy as np
import pytest
from gtfs.text_feeds import LINE, check, line

from mobiplan.errors import InvalidFeed
from mobiplan.gtfs import read

HEADER = "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding"


def stops_of(*rows: str) -> str:
    """The stops of `LINE` with a wheelchair column, and more rows."""
    own = [
        "A,Aville,48.0,2.0,1,,",
        "A1,Aville,48.0001,2.0,0,A,",
        "B,Bourg,48.5,2.0,1,,",
        "B1,Bourg,48.5001,2.0,0,B,",
        "C,Cité,49.0,2.0,1,,",
        "C1,Cité,49.0001,2.0,0,C,",
    ]
    ids = {row.split(",")[0] for row in rows}
    return "\n".join([HEADER, *(r for r in own if r.split(",")[0] not in ids), *rows])


def by_id(table):
    return table.set_index("id")


def station_of(tables, stop: str) -> str:
    return tables.stations["id"][by_id(tables.stops).loc[stop, "station"]]


def test_g16_stops_belong_to_their_parent_station(load):
    tables = load(stops=stops_of("A2,Aville,48.001,2.0,,A,"))
    assert station_of(tables, "A1") == station_of(tables, "A2") == "A"
    assert set(tables.stops["station"]) == {0, 1, 2}


def test_g17_boarding_areas_resolve_to_their_platform_and_entrances_are_no_stops(load):
    tables = load(
        stops=stops_of("E,Door,48.0,2.0,2,A,", "N,Node,48.0,2.0,3,A,", "BA,Bourg 1a,,,4,B1,"),
        stop_times=LINE["stop_times.txt"].replace("B1", "BA").replace("A1,1", "E,1"),
    )
    assert list(tables.stops["id"]) == ["A1", "B1", "C1"]
    middle = tables.stop_times["stop"].to_numpy()[0]
    assert tables.stops["id"][middle] == "B1"
    assert check(tables, "stop time without stop")["example"] == "E"
    assert check(tables, "entrance, node or boarding area")["count"] == 3


def test_a_station_that_trains_call_at_itself_gets_a_stop(load):
    tables = load(stop_times=LINE["stop_times.txt"].replace("B1", "B"))
    assert station_of(tables, "B") == "B"
    assert check(tables, "trains call at a station itself")["example"] == "B"


def test_stations_without_stops_are_left_out_and_counted(load):
    tables = load(stops=stops_of("X,Empty,48.0,2.0,1,,"))
    assert list(tables.stations["id"]) == ["A", "B", "C"]
    assert check(tables, "station without stops")["example"] == "X"


def test_parentless_stops_of_one_name_within_300_m_are_one_station(load):
    tables = load(
        stops=stops_of(
            "P2,Pont,48.2,2.0,0,,",
            "P1,PONT,48.202,2.0,,,",
            "P3,Pont,48.204,2.0,,,",
            "P9,Pont,48.3,2.0,0,,",
            "Q,Quai,48.2,2.0,0,,",
            "R1,,48.2,2.0,0,,",
            "R2,,48.2,2.0,0,,",
        )
    )  # 0.002 degrees are 222 m: P1 to P3 form a chain; nameless stops are never joined
    assert station_of(tables, "P1") == station_of(tables, "P2") == station_of(tables, "P3") == "P1"
    assert [station_of(tables, s) for s in ("P9", "Q", "R1", "R2")] == ["P9", "Q", "R1", "R2"]
    found = check(tables, "parentless stops of one name")
    assert (found["count"], found["severity"]) == (2, "info")
    assert "assumed" in found["action"]


def test_a_parent_that_does_not_exist_or_is_no_station_is_counted(load):
    tables = load(stops=stops_of("A1,Aville,48.0001,2.0,0,GONE,", "B2,Bourg,48.5,2.0,0,B1,"))
    assert check(tables, "parent_station does not exist")["example"] == "A1"
    assert station_of(tables, "A1") == "A1"
    assert station_of(tables, "B2") == "B"


def test_g40_a_stop_inherits_wheelchair_boarding_unless_it_says_otherwise(load):
    tables = load(
        stops=stops_of(
            "A,Aville,48.0,2.0,1,,2",
            "A1,Aville,48.0,2.0,0,A,1",
            "A2,Aville,48.0,2.0,0,A,0",
            "A3,Aville,48.0,2.0,0,A,",
            "B,Bourg,48.5,2.0,1,,",
            "B1,Bourg,48.5,2.0,0,B,1",
            "C1,Cité,49.0,2.0,0,C,9",
        )
    )
    stops = by_id(tables.stops)["wheelchair"]
    assert stops[["A1", "A2", "A3", "B1", "C1"]].tolist() == [1, 2, 2, 1, 0]
    assert tables.stations["wheelchair"].tolist() == [2, 0, 0], "never invented for a station"
    assert check(tables, "unknown wheelchair_boarding")["example"] == "C1"


def test_zero_missing_and_malformed_coordinates_are_borrowed_and_counted(load):
    tables = load(
        stops=stops_of(
            "A1,Aville,0,0,0,A,",
            "B,Bourg,0.0,0.0,1,,",
            "B2,Bourg,48.7,2.2,0,B,",
            "C,Cité,north,2.0,1,,",
            "C1,Cité,,,0,C,",
            "D1,Deep,0,0,0,,",
        ),
    )
    place = by_id(tables.stops)
    assert (place.loc["A1", "lat"], place.loc["A1", "lon"]) == (48.0, 2.0)
    assert by_id(tables.stations).loc["B", "lat"] == pytest.approx((48.5001 + 48.7) / 2)
    assert np.isnan(place.loc[["C1", "D1"], ["lat", "lon"]].to_numpy()).all()
    assert check(tables, "zero coordinates")["count"] == 3
    assert check(tables, "malformed coordinates")["example"] == "C"
    assert check(tables, "missing coordinates")["example"] == "C1"
    assert check(tables, "station nowhere")["example"] == "C, D1"


def test_a_nameless_stop_takes_the_name_of_its_station_or_its_id(load):
    tables = load(stops=stops_of("A1,,48.0,2.0,0,A,", "B,,48.5,2.0,1,,", "Z,,48.5,3.0,0,,"))
    assert by_id(tables.stops).loc[["A1", "Z"], "name"].tolist() == ["Aville", "Z"]
    assert by_id(tables.stations).loc["B", "name"] == "Bourg"
    assert check(tables, "missing stop_name")["count"] == 3


def test_an_id_given_twice_is_counted_if_identical_and_refused_if_not(load):
    same = "B1,Bourg,48.5001,2.0,0,B,"
    tables = load(stops=stops_of() + "\n" + same)
    assert check(tables, "row given twice")["count"] == 1
    with pytest.raises(InvalidFeed, match=r"stops.txt, lines 5, 8: stop_id 'B1'.*differ"):
        load(stops=stops_of() + "\nB1,Elsewhere,48.5,2.0,0,B,")
    with pytest.raises(InvalidFeed, match=r"trips.txt, lines 2, 4: trip_id 'T1'"):
        load(trips=LINE["trips.txt"] + "\n        L1,S,T1,Other,7")


def test_g13_a_stop_in_another_zone_keeps_it_for_display(load):
    text = "\n".join(
        row.strip() + ("," + zone if i else ",stop_timezone")
        for i, (row, zone) in enumerate(
            zip(
                LINE["stops.txt"].strip().splitlines(),
                ["", "", "", "Europe/London", "", "Mars/Olympus", ""],
                strict=True,
            )
        )
    )
    tables = load(stops=text)
    assert tables.stations["timezone"].tolist() == ["", "Europe/London", ""]
    assert tables.timezones == ("Europe/Paris",)
    assert check(tables, "unknown stop_timezone")["example"] == "Mars/Olympus"


TRANSFERS = "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id,to_trip_id"


def test_transfers_refer_to_rows_and_those_that_name_nothing_are_counted(load):
    tables = load(
        stops=stops_of("E,Door,48.0,2.0,2,A,"),
        transfers=f"{TRANSFERS},from_route_id\nB,B1,2,300,,,\nA1,B1,3,,,,L1\n,,4,,T1,T2,\n"
        "GONE,A1,2,60,,,\nA1,GONE,2,60,,,\nE,A1,0,,,,\nA1,A1,9,,,,\nA1,,2,60,,,\n,,4,,T1,,\n"
        "A1,A1,2,soon,,,\nA1,A1,,,GHOST,,\nA1,A1,,,,,LOST\nA1,B1,3,,,,L1",
    )
    rules = tables.transfers
    found = {tuple(row) for row in rules.drop(columns=["to_route"]).to_numpy().tolist()}
    a1, b1 = (int(by_id(tables.stops).index.get_loc(s)) for s in ("A1", "B1"))
    assert found == {
        (-1, b1, 1, -1, -1, -1, -1, 2, 300),
        (a1, b1, -1, -1, 0, -1, -1, 3, -1),
        (-1, -1, -1, -1, -1, 0, 1, 4, -1),
        (a1, a1, -1, -1, -1, -1, -1, 2, -1),
    }
    out = tables.checks[tables.checks["action"].str.startswith("left out")]
    assert len(rules) + out.loc[out["file"] == "transfers.txt", "count"].sum() == 13
    assert check(tables, "malformed min_transfer_time")["example"] == "soon"


def test_a_transfer_of_a_trip_that_is_left_out_goes_with_it(load):
    tables = load(
        stop_times=LINE["stop_times.txt"].replace("        T2,11:00:00,11:00:00,A1,2", ""),
        transfers=f"{TRANSFERS}\n,,4,,T1,T2",
    )
    assert tables.transfers.empty
    assert check(tables, "transfer to a trip left out not in the tables")["example"] == "T2"


def test_a_station_rule_keeps_the_station_and_a_joined_stop_stays_a_stop(load):
    tables = load(
        stops=stops_of("P1,Pont,48.2,2.0,0,,", "P2,Pont,48.2,2.0,0,,"),
        transfers=f"{TRANSFERS}\nP1,P2,2,120,,\nA,B,1,,,",
    )
    assert (tables.transfers["from_stop"] >= 0).tolist() == [False, True]
    assert (tables.transfers["from_station"] >= 0).tolist() == [True, False]


def feed_with(write, name: str, **changes):
    return write(line(**changes), name)


def test_stations_of_one_id_merge_across_feeds_and_far_ones_stay_apart(write):
    far = LINE["stops.txt"].replace("C,Cité,49.0", "C,Ciudad,41.0").replace("C1,C", "C1,C")
    one = feed_with(write, "one.zip")
    two = feed_with(write, "two.zip", stops=far.replace("49.0001", "41.0001"))
    tables = read([one, two])
    assert tables.stations["id"].tolist() == ["A", "B", "one:C", "two:C"]
    assert tables.stops["id"].tolist() == ["A1", "B1", "one:C1", "two:C1"]
    assert tables.trips["id"].tolist() == ["one:T1", "one:T2", "two:T1", "two:T2"]
    assert tables.routes["id"].tolist() == ["L1"], "the same route is not given twice"
    assert tables.trips["source"].tolist() == [0, 0, 1, 1]
    assert check(tables, "station id means two places")["example"] == "C"
    assert check(tables, "station in several feeds")["count"] == 2
    times = tables.stop_times
    assert len(times) == 10
    assert tables.trips["first"].tolist() == [0, 3, 5, 8]
    assert tables.stops["id"].to_numpy()[times["stop"][7]] == "two:C1"
    assert tables.active.shape == (2, 3)


def test_sncf_and_transilien_stations_merge_by_uic_code(write):
    def named(text: str, area: str, point: str) -> str:
        return text.replace("B1", point).replace("B,", area + ",")

    def feed(name: str, area: str, point: str, lat: str):
        files = {f: named(LINE[f"{f}.txt"], area, point) for f in ("stops", "stop_times")}
        files["stops"] = files["stops"].replace("48.5", lat)
        return feed_with(write, name, **files)

    oce = feed("oce.zip", "StopArea:OCE87686006", "StopPoint:OCETrain TER-87686006", "48.5")
    dua = feed("dua.zip", "StopArea:DUA8768600", "StopPoint:DUA8768600", "48.501")
    tables = read([oce, dua])
    assert tables.stations["id"].tolist() == ["A", "C", "StopArea:OCE87686006"]
    assert tables.stations["code"].tolist() == ["", "", "87686006"]
    found = check(tables, "station under two ids")
    assert found["example"] == "StopArea:DUA8768600 = StopArea:OCE87686006"
    elsewhere = feed("far.zip", "StopArea:DUA8768600", "StopPoint:DUA8768600", "48.6")
    assert len(read([oce, elsewhere]).stations) == 4


def test_the_same_feed_twice_is_read_once_and_equal_names_are_told_apart(write, tmp_path):
    one = feed_with(write, "feed.zip")
    copy = tmp_path / "copy.zip"
    copy.write_bytes(one.read_bytes())
    tables = read([one, copy])
    assert len(tables.trips) == 2
    assert check(tables, "feed given twice")["file"] == "feed"
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "feed.zip"
    changed = LINE["trips.txt"].replace("101", "201").replace("102", "202")
    other.write_bytes(feed_with(write, "x.zip", trips=changed).read_bytes())
    both = read([one, other])
    assert [s.name for s in both.sources] == ["feed", "feed~2"]
    assert len(both.trips) == 4


def test_feeds_of_different_zones_keep_theirs(write):
    london = LINE["agency.txt"].replace("Europe/Paris", "Europe/London")
    tables = read([feed_with(write, "fr.zip"), feed_with(write, "gb.zip", agency=london)])
    assert tables.timezones == ("Europe/Paris", "Europe/London")
    assert tables.trips["zone"].tolist() == [0, 0, 1, 1]
    assert sorted(tables.agencies["id"]) == ["fr:R", "gb:R"]
