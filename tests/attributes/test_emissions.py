"""Emissions are published for the pair, or the transporter's factor times the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from attributes.open_tables import coded, emission, fare, given_tables
from timetables import place, toy, trip

import mobiplan as mp
from mobiplan.attributes import Attributes, Emissions, Label
from mobiplan.attributes.emission_rules import ALTERNATIVES, RULES, UNKNOWN_KG_KM
from mobiplan.attributes.legs import RAIL_DETOUR
from mobiplan.attributes.places import rows_of_names, stations_by_code
from mobiplan.opendata import OpenData, sample_data
from mobiplan.timetable.distance import distance_m
from mobiplan.timetable.timetable import Timetable


def timetable(*trains: tuple[str, str]) -> Timetable:
    rows = [
        trip(
            *(f"{c} {8 + i:02d}:00" for i, c in enumerate(calls)),
            brand=brand,
            line=brand,
            id=str(n),
        )
        for n, (calls, brand) in enumerate(trains, 1)
    ]
    return coded(toy(*rows).load())


def calls_of(table: Timetable, number: int) -> list[int]:
    at = table.trips.id.index(str(number))
    return list(range(table.trips.call_ptr[at], table.trips.call_ptr[at + 1]))


def emissions(table: Timetable, data: OpenData | None) -> Emissions:
    return Attributes(table, data).emissions


def rail_km(table: Timetable, *names: str) -> float:
    """From station to station along the great circle, as long as railways are."""
    rows = [table.stations.id.index(name) for name in names]
    lat, lon = table.stations.lat[rows], table.stations.lon[rows]
    return float(distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum()) * RAIL_DETOUR / 1000


def test_a_pair_is_published_both_ways_and_else_modelled(tmp_path: Path) -> None:
    table = timetable(("ABC", "TGV INOUI"))
    rows = [emission("A", "B", 100, 0.5), emission("C", "A", 200, 1.0)]
    known = emissions(table, given_tables(tmp_path, emissions=rows, fares=[fare("A", "B", 1, 2)]))
    a, b, c = calls_of(table, 1)
    assert [(known.leg(*leg).low, known.leg(*leg).label) for leg in ((a, b), (a, c))] == [
        (0.5, Label.PUBLISHED),
        (1.0, Label.OPPOSITE),
    ]
    other = known.leg(b, c)
    assert other.label is Label.MODELLED
    assert other.low == other.high == pytest.approx(0.005 * rail_km(table, "B", "C"))
    assert [source.dataset for source in other.sources] == ["emission-co2-perimetre-complet"]


def test_another_transporters_figure_is_not_taken(tmp_path: Path) -> None:
    table = timetable(("AB", "TGV INOUI"))
    rows = [emission("A", "B", 100, 2.4, carrier="TER"), emission("A", "C", 100, 0.35)]
    data = given_tables(tmp_path, emissions=rows, fares=[fare("A", "B", 1, 2)])
    amount = emissions(table, data).leg(*calls_of(table, 1))
    assert amount.label is Label.MODELLED and amount.low < 1


def test_trains_abroad_stand_in_where_the_transporter_has_no_row(tmp_path: Path) -> None:
    table = timetable(("ABC", "TGV INOUI"))
    rows = [
        emission("A", "B", 100, 0.9, carrier="International"),
        emission("A", "B", 100, 0.4),
        emission("A", "C", 200, 1.8, carrier="International"),
    ]
    known = emissions(table, given_tables(tmp_path, emissions=rows, fares=[fare("A", "B", 1, 2)]))
    a, b, c = calls_of(table, 1)
    assert (known.leg(a, b).low, known.leg(a, c).low) == (0.4, 1.8)


@pytest.mark.parametrize(
    ("brand", "factor", "label"),
    [
        ("TGV INOUI", 0.0035, Label.MODELLED),
        ("INTERCITES", 0.0067, Label.MODELLED),
        ("INTERCITES de nuit", 0.0067, Label.ASSUMED),
        ("Train TER", 0.0238, Label.MODELLED),
        ("Lyria", 0.0040, Label.MODELLED),
        ("Caltrain", 0.0238, Label.ASSUMED),
    ],
)
def test_without_tables_a_factor_times_the_way(brand: str, factor: float, label: Label) -> None:
    table = timetable(("ABC", brand))
    known = emissions(table, None)
    a, _, c = calls_of(table, 1)
    amount = known.leg(a, c)
    assert amount.low == pytest.approx(factor * rail_km(table, "A", "B", "C"))
    assert amount.low == pytest.approx(known.hop_kg.sum(), abs=1e-12)
    assert amount.label is label and amount.sources


def test_the_factor_is_the_tables_own(tmp_path: Path) -> None:
    table = timetable(("AB", "Train TER"))
    data = given_tables(tmp_path, emissions=[emission("C", "D", 100, 5.0, carrier="TER")])
    amount = emissions(table, data).leg(*calls_of(table, 1))
    assert amount.low == pytest.approx(0.05 * rail_km(table, "A", "B"))


def test_kinds_of_one_brand_are_told_apart() -> None:
    feed = toy(
        trip("A 08:00", "B 09:00", brand="City", line="t", id="tram", route_type=0),
        trip("A 08:00", "B 09:00", brand="City", line="b", id="bus", route_type=3),
        trip("A 08:00", "B 09:00", brand="City", line="f", id="ferry", route_type=4),
    )
    table = feed.load()
    known = emissions(table, None)
    kg = {}
    for name in ("tram", "bus", "ferry"):
        first = int(table.trips.call_ptr[table.trips.id.index(name)])
        kg[name] = known.leg(first, first + 1)
    assert kg["tram"].low < kg["bus"].low
    assert not kg["ferry"].is_known
    costs = known.costs()
    assert np.isfinite(costs.hop).all()
    assert costs.hop.max() == pytest.approx(100 * UNKNOWN_KG_KM)


def test_a_station_without_a_place_is_unknown_not_clean() -> None:
    nowhere = place("B", at=(float("nan"), float("nan")))
    table = toy(trip("A 08:00", "B 09:00", "C 10:00"), nowhere).load()
    known = emissions(table, None)
    assert not known.leg(0, 1).is_known and not known.leg(0, 2).is_known
    assert (known.costs().hop > 0).all()


def test_car_coach_and_plane_stand_beside(tmp_path: Path) -> None:
    table = timetable(("AB", "TGV INOUI"), ("CT", "TGV INOUI"))
    data = given_tables(tmp_path, emissions=[emission("B", "A", 100, 0.35, plane="300;37.5")])
    known = emissions(table, data)
    a, b, c, t = (table.stations.id.index(name) for name in "ABCT")
    published = known.alternatives(a, b)
    assert {name: amount.low for name, amount in published.items()} == pytest.approx(
        {"car": 10, "electric car": 9, "coach": 4, "plane": 37.5}
    )
    assert {amount.label for amount in published.values()} == {Label.OPPOSITE}
    modelled = known.alternatives(c, t)
    km = rail_km(table, "C", "T") / RAIL_DETOUR
    assert modelled["car"].low == pytest.approx(km * 1.23 * 0.1)
    assert {amount.label for amount in modelled.values() if amount.is_known} == {Label.MODELLED}


def test_a_flight_shorter_than_any_in_the_table_is_unknown() -> None:
    table = timetable(("AB", "TGV INOUI"))
    a, b = (table.stations.id.index(name) for name in "AB")
    others = emissions(table, None).alternatives(a, b)
    assert not others["plane"].is_known and others["car"].is_known
    assert list(others) == [other.name for other in ALTERNATIVES]


def test_a_name_beats_a_code_that_is_another_stations() -> None:
    """As in SNCF's table, where "Paris Nord" has the code of Brussels airport."""
    feed = toy(
        trip("A 08:00", "B 09:00", "C 10:00"),
        place("A", title="Paris Gare du Nord"),
        place("B", title="Bruxelles Nat. Aero."),
        place("C", title="Lille Flandres"),
    )
    table = coded(feed.load())
    rows = stations_by_code(table, None)
    a, b, c = (table.stations.id.index(name) for name in "ABC")
    code_of_b = table.stations.code[b]
    names = ["Paris Nord", "Bruxelles N Aero", "Lille", "Nowhere", "Paris-Nord"]
    codes = [code_of_b, code_of_b, "", code_of_b, ""]
    assert rows_of_names(table, rows, names, codes).tolist() == [a, b, c, -1, a]


def test_the_perimeter_is_named(sample: mp.Timetable) -> None:
    attributes = Attributes(sample, sample_data())
    assert attributes.emissions.perimeter == "complete life cycle"
    assert "complete life cycle" in repr(attributes.emissions)
    assert attributes.emissions.legs is attributes.fares().legs


def test_a_rule_has_a_source() -> None:
    assert all(rule.source.url and rule.kg_km > 0 for rule in RULES)
