"""Tables are read in every spelling, each figure comes with its source, and bad files say why."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from attributes.open_tables import FIELDS, FILES, LABELS, csv_of, fare, given_tables

import mobiplan as mp
from mobiplan.errors import InvalidOpenData
from mobiplan.opendata import open_data, sample_data
from mobiplan.opendata.catalogue import DATASETS

ROWS = {
    "fares": ["TGV INOUI;A;87000001;B;85109;2;Tarif Normal;10.0;29,50"],
    "intercity_fares": ["A;87000001;B;87000002;2;Tarif Normal;10;30"],
    "emissions": ["TGV;A;87000001;B;87000002;100;0.35;110;4;9;10;;"],
    "equipment": ["87000001;A;1 rue;75000;Paris;Présence du personnel"],
    "assistance": ["2022-02;0087000001;A;1;2;3;4;2000"],
    "wifi": ["000001;A;Oui", "000002;B;Non", "000003;C;"],
    "hours": ["0087000001;A;Lundi;09:00-12:00;", "0087000001;A;Lundi;22:00-01:00;Fermé"],
    "passengers": ["A;0087000001;75000;A;100;120;90"],
    "stations": ["A;AAA;A;48.0, 2.0;87000001;x", "B;BBB;B;C;87000002;87000003;y"],
}


@pytest.mark.parametrize("table", list(DATASETS))
def test_labels_and_field_names_give_the_same_table(table: str, tmp_path: Path) -> None:
    rows = ROWS[table][:1]
    frames = []
    for spelling in (LABELS, FIELDS):
        path = tmp_path / f"{FILES[table]}.csv"
        path.write_bytes(csv_of(table, rows, spelling[table]))
        frames.append(open_data(path).table(table))
    pd.testing.assert_frame_equal(frames[0], frames[1])
    assert len(frames[0])


def test_codes_are_eight_digits_and_numbers_numbers(tmp_path: Path) -> None:
    row = given_tables(tmp_path, fares=ROWS["fares"]).fares.iloc[0]
    assert (row["from_code"], row["to_code"]) == ("87000001", "85000109")
    assert (row["class_"], row["low_eur"], row["high_eur"]) == (2, 10.0, 29.5)


def test_wifi_is_yes_no_or_unknown(tmp_path: Path) -> None:
    assert given_tables(tmp_path, wifi=ROWS["wifi"]).wifi["wifi"].tolist() == [1, 2, 0]


def test_a_station_with_several_codes_has_a_row_for_each(tmp_path: Path) -> None:
    rows = ['A;AAA;"A;B";48.0, 2.0;"87000001;87000002";x', "B;BBB;C;48.0, 2.0;87000003;y"]
    stations = given_tables(tmp_path, stations=rows).stations
    assert stations["code"].tolist() == ["87000001", "87000002", "87000003"]
    assert stations["segment"].tolist() == ["A", "B", "C"]
    assert stations["station"].tolist() == [0, 0, 1]


def test_passengers_have_a_row_for_each_year_that_the_table_has(tmp_path: Path) -> None:
    passengers = given_tables(tmp_path, passengers=["A;87000001;;A;100;120;"]).passengers
    assert passengers[["year", "passengers"]].values.tolist() == [[2024, 100]]


def test_hours_go_past_midnight(tmp_path: Path) -> None:
    hours = given_tables(tmp_path, hours=ROWS["hours"]).hours
    assert (hours["opens_s"] / 3600).tolist() == [9, 22]
    assert (hours["closes_s"] / 3600).tolist() == [12, 25]


def test_a_fare_without_a_sensible_range_is_left_out(tmp_path: Path) -> None:
    rows = [fare("A", "B", 30, 20), fare("A", "C", 10, 20)]
    assert given_tables(tmp_path, fares=rows).fares["to_name"].tolist() == ["C"]


@pytest.mark.parametrize(
    "name",
    [
        "equipements-accessibilite-en-gare",
        "equipements-accessibilite-en-gares",
        "equipements-accessibilite-en-gares_2024-03",
        "equipements-accessibilite-en-gares (1)",
    ],
)
def test_ids_of_today_and_of_old_name_one_table(name: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.csv").write_bytes(csv_of("equipment", ROWS["equipment"]))
    assert list(open_data(tmp_path)) == ["equipment"]


def test_a_missing_column_is_named_with_the_file_and_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "gares-equipees-du-wifi.csv"
    path.write_text("UIC;Gare;Internet\n1;A;Oui\n", encoding="utf-8")
    data = open_data(path)
    with pytest.raises(InvalidOpenData) as error:
        data.table("wifi")
    for part in (str(path), "'wifi'", "service_wifi", "found UIC, Gare, Internet"):
        assert part in str(error.value)


def test_a_cell_that_is_no_number_is_named_with_its_line(tmp_path: Path) -> None:
    rows = [fare("A", "B", 10, 20), fare("A", "C", 10, 20).replace("20", "vingt")]
    data = given_tables(tmp_path, fares=rows)
    with pytest.raises(InvalidOpenData, match=r"line 3, column 'Prix maximum': 'vingt'"):
        data.table("fares")


def test_years_that_are_missing_altogether_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "frequentation-gares.csv"
    path.write_text("Nom de la gare;Code UIC\nA;87000001\n", encoding="utf-8")
    with pytest.raises(InvalidOpenData, match="total_voyageurs_2024"):
        open_data(path).table("passengers")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"UIC;Gare;Service Wifi\n1;\xe9;Oui\n", "not UTF-8"),
        (b"", "not a table"),
        (b'UIC;Gare;Service Wifi\n1;"A;Oui\n2;B;Non\n', "not a table"),
    ],
)
def test_a_file_that_is_no_table_says_so(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "gares-equipees-du-wifi.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidOpenData, match=message):
        open_data(path).table("wifi")


def test_a_file_of_no_known_data_set_is_refused_and_in_a_folder_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "tgvmax.csv"
    path.write_bytes(b"date;train_no\n")
    with pytest.raises(InvalidOpenData, match="not named after a data set"):
        open_data(path)
    assert list(open_data(tmp_path)) == []


def test_one_data_set_in_two_files_is_refused(tmp_path: Path) -> None:
    for version in ("2024", "2025"):
        path = tmp_path / f"gares-equipees-du-wifi_{version}.csv"
        path.write_bytes(csv_of("wifi", ROWS["wifi"]))
    with pytest.raises(InvalidOpenData, match=r"_2025\.csv and .*_2024\.csv are both"):
        open_data(tmp_path)


def test_a_table_that_was_not_given_is_an_error_that_says_which_were(tmp_path: Path) -> None:
    data = given_tables(tmp_path, wifi=ROWS["wifi"])
    assert "fares" not in data
    with pytest.raises(InvalidOpenData, match=r"there are wifi. Add the file tarifs-tgv"):
        _ = data.fares
    with pytest.raises(InvalidOpenData, match="no table is called 'prices'"):
        data.table("prices")
    with pytest.raises(AttributeError, match="no attribute 'prices'"):
        _ = data.prices


def test_the_source_is_what_the_file_beside_it_says(tmp_path: Path) -> None:
    given_tables(tmp_path, wifi=ROWS["wifi"])
    beside = tmp_path / "gares-equipees-du-wifi.source.json"
    beside.write_text('{"date": "2024-03-01", "licence": "Licence Ouverte 2.0"}', encoding="utf-8")
    source = open_data(tmp_path).source("wifi")
    assert source.dataset == "gares-equipees-du-wifi"
    assert (source.date, source.licence) == ("2024-03-01", "Licence Ouverte 2.0")
    beside.write_text("[1, 2]", encoding="utf-8")
    with pytest.raises(InvalidOpenData, match=r"source\.json is not a JSON object"):
        open_data(tmp_path)


def test_a_date_that_nobody_tells_is_not_guessed(tmp_path: Path) -> None:
    source = given_tables(tmp_path, wifi=ROWS["wifi"]).source("wifi")
    assert (source.date, source.licence) == ("", "ODbL 1.0")


def test_a_folder_files_and_a_zip_give_the_same_tables(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    data = given_tables(folder, wifi=ROWS["wifi"], fares=ROWS["fares"])
    packed = tmp_path / "tables.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"opendata/{path.name}")
    for other in (open_data(packed), open_data(sorted(folder.iterdir()))):
        for name in ("wifi", "fares"):
            pd.testing.assert_frame_equal(other.table(name), data.table(name))


def test_tables_are_read_once_and_pickled_with_what_was_read(tmp_path: Path) -> None:
    data = given_tables(tmp_path, wifi=ROWS["wifi"])
    again = pickle.loads(pickle.dumps(data))
    assert data.table("wifi") is data.wifi
    pd.testing.assert_frame_equal(again.wifi, data.wifi)
    assert again.source("wifi") == data.source("wifi")


def test_the_bundled_tables_say_that_they_are_made_up(sample: mp.Timetable) -> None:
    data = sample_data()
    assert set(data) == set(DATASETS) - {"intercity_fares"}
    for name in set(data) - {"stations"}:
        assert "made up" in data.source(name).note
    assert set(sample.stations.code) <= set(data.stations["code"])


def test_every_data_set_has_ids_of_its_own() -> None:
    ids = [id_ for dataset in DATASETS.values() for id_ in dataset.ids]
    assert len(ids) == len(set(ids))
