"""Whatever bytes a feed is made of, the same tables come out, or an error that says what to do."""

import re
import threading
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gtfs.text_feeds import LINE, check, encoded, line

from mobiplan.errors import InvalidFeed
from mobiplan.gtfs import Tables, read


def same(one: Tables, other: Tables, checks: bool = False) -> None:
    """The two hold the same, whatever they were read from."""
    for name in ("agencies", "stations", "stops", "routes", "trips", "stop_times", "transfers"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(one.active, other.active)
    assert (one.first_date, one.timezones) == (other.first_date, other.timezones)
    if checks:
        pd.testing.assert_frame_equal(one.checks, other.checks)


def refused(load, *words: str, **changes) -> None:
    """The feed is refused, and the message holds these words."""
    with pytest.raises(InvalidFeed) as error:
        load(**changes)
    for word in words:
        assert word in str(error.value)


def test_a_feed_in_order_has_nothing_to_report(load):
    tables = load()
    assert tables.checks.empty
    assert list(tables.stations["name"]) == ["Aville", "Bourg", "Cité"]
    assert list(tables.trips["number"]) == ["101", "102"]
    assert list(tables.stop_times["departure_s"]) == [28800, 30720, 32400, 36000, 39600]
    assert tables.active.tolist() == [[True, False, True]]


def test_platform_and_ids_with_leading_zeros_stay_text(load):
    stops = LINE["stops.txt"].replace("B1", "007").replace("C1", "07")
    times = LINE["stop_times.txt"].replace("B1", "007").replace("C1", "07")
    tables = load(stops=stops, stop_times=times)
    assert list(tables.stops["id"]) == ["007", "07", "A1"]
    assert dict(zip(tables.stops["id"], tables.stops["platform"], strict=True))["007"] == "01"


@pytest.mark.parametrize("name", ["NA", "null", "None", "nan", "N/A", "NULL"])
def test_an_id_that_pandas_takes_for_missing_survives(load, name):
    changes = {
        file: LINE[f"{file}.txt"].replace("B1", name).replace("T1", name).replace("L1", name)
        for file in ("stops", "stop_times", "trips", "routes")
    }
    tables = load(**changes)
    assert name in list(tables.stops["id"])
    assert name in list(tables.trips["id"])
    assert len(tables.stop_times) == 5
    assert tables.checks.empty


def test_a_folder_reads_as_its_zip_does(write, tmp_path):
    folder = tmp_path / "feed"
    folder.mkdir()
    for name, text in LINE.items():
        (folder / name).write_bytes(encoded(text))
    one, other = read(folder), read(str(write(line())))
    same(one, other, checks=True)
    assert one.sources[0].name == other.sources[0].name == "feed"
    assert len(one.sources[0].sha256) == 64


def test_a_gtfs_kit_feed_reads_as_its_zip_does(write):
    import gtfs_kit

    # gtfs-kit by itself has made the platform "01" a 1 before we see it.
    path = write(line(stops=LINE["stops.txt"].replace("B,01", "B,1")))
    feed = gtfs_kit.read_feed(path, dist_units="km")
    same(read(feed), read(path))
    assert read(feed).sources[0].sha256 == ""


@pytest.mark.parametrize("folder", ["inner/", "a/b/"])
def test_files_in_a_folder_of_the_zip_are_found(write, folder):
    inner = write({folder + name: text for name, text in LINE.items()}, "inner.zip")
    same(read(inner), read(write(line())))


def test_upper_case_file_names_are_found(write):
    upper = write({name.upper(): text for name, text in LINE.items()}, "upper.zip")
    same(read(upper), read(write(line())))


def test_a_zip_of_two_feeds_is_refused(write):
    both = {"a/" + n: t for n, t in LINE.items()} | {"b/" + n: t for n, t in LINE.items()}
    with pytest.raises(InvalidFeed, match=r"same table.*leave one feed"):
        read(write(both))


def test_g44_bom_crlf_blank_lines_padding_and_extra_columns_change_nothing(write):
    def rough(text: str) -> bytes:
        header, *rows = encoded(text).decode().splitlines()
        header = " , ".join(header.split(",")) + " ,extra_column"
        padded = []
        for row in rows:
            padded += [row + "  ,x" if '"' in row else "  ,".join(row.split(",")) + " ,x", "", ""]
        return b"\xef\xbb\xbf" + "\r\n".join([header, *padded]).encode() + b"\r\n"

    same(read(write({n: rough(t) for n, t in LINE.items()}, "rough.zip")), read(write(line())))


def test_g44_ids_with_blanks_colons_and_hyphens_and_quoted_commas_are_kept(load):
    name = 'StopPoint:OCE X-Y 1, "quai"'
    quoted = '"StopPoint:OCE X-Y 1, ""quai"""'
    tables = load(
        stops=LINE["stops.txt"].replace("B1", quoted),
        stop_times=LINE["stop_times.txt"].replace("B1", quoted),
    )
    assert name in list(tables.stops["id"])
    assert tables.routes["long_name"][0] == "Aville, Bourg, Cité"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_latin_1_is_read_and_counted(load, write, encoding):
    tables = load(stops=encoded(LINE["stops.txt"]).decode().encode(encoding))
    same(tables, read(write(line())))
    found = check(tables, "bytes that are not UTF-8")
    assert (found["file"], found["count"], found["example"]) == ("stops.txt", 2, "é")


def test_a_file_half_in_latin_1_keeps_its_utf_8(load):
    mixed = encoded(LINE["stops.txt"].replace("Bourg", "Bèze")).replace("è".encode(), b"\xe8")
    assert list(load(stops=mixed).stations["name"]) == ["Aville", "Bèze", "Cité"]


def test_utf_16_is_read_and_counted(load, write):
    tables = load(stops=encoded(LINE["stops.txt"]).decode().encode("utf-16"))
    same(tables, read(write(line())))
    assert check(tables, "UTF-16 text")["file"] == "stops.txt"


def test_nothing_of_the_override_of_gtfs_kit_remains(load):
    from gtfs_kit import constants

    before = {table: dict(columns) for table, columns in constants.DTYPES.items()}
    load()
    with pytest.raises(InvalidFeed):
        load(stops="stop_id,stop_name\nA,B,C,D\nA\nE,F,G,H,I\n")
    assert before == constants.DTYPES


def test_eight_threads_read_what_one_reads(write):
    path, results = write(line()), []
    threads = [threading.Thread(target=lambda: results.append(read(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    for result in results:
        same(result, results[0], checks=True)


@pytest.mark.parametrize(
    "table", ["agency", "stops", "routes", "trips", "stop_times", "calendar_dates"]
)
@pytest.mark.parametrize("content", [None, "", "header_only"])
def test_a_missing_or_empty_file_is_named(load, table, content):
    if content == "header_only":
        content = encoded(LINE[f"{table}.txt"]).decode().splitlines()[0]
    refused(load, f"{table}.txt", "missing or ", "feed", **{table: content})


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("agency", "agency_timezone"),
        ("stops", "stop_id"),
        ("routes", "route_type"),
        ("trips", "service_id"),
        ("stop_times", "arrival_time"),
        ("stop_times", "stop_sequence"),
        ("calendar_dates", "date"),
    ],
)
def test_a_missing_column_is_named(load, table, column):
    changes = {table: LINE[f"{table}.txt"].replace(column, "other")}
    refused(load, f"{table}.txt", repr(column), "GTFS requires it", **changes)


def test_a_row_with_too_many_fields_is_named_by_file_and_line(load):
    refused(
        *(load, "routes.txt", "line 3", "as many fields"),
        routes=LINE["routes.txt"] + "\n        L2,R,2,Two,2,,,,",
    )


def test_rows_that_all_end_in_a_comma_are_refused_not_shifted(load):
    rows = encoded(LINE["trips.txt"]).decode().splitlines()
    ragged = "\n".join([rows[0], *(row + "," for row in rows[1:])])
    refused(load, "trips.txt", "line 2", "more fields than the header", trips=ragged)


def test_a_quotation_mark_that_is_never_closed_is_refused(load):
    refused(
        load, "routes.txt", "quotation mark", routes=LINE["routes.txt"].replace('Cité"', "Cité")
    )


def test_a_row_cut_short_is_refused_by_line(load):
    rows = LINE["stop_times.txt"] + "\n        T2,12:00:00,12:00:00,C1"
    refused(load, "stop_times.txt, line 7", "stop_sequence", stop_times=rows)


def test_a_column_named_twice_is_counted(load):
    text = LINE["stops.txt"].replace("platform_code", "stop_name")
    assert check(load(stops=text), "column named twice")["example"] == "stop_name"


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 broken"])
def test_what_is_not_a_zip_is_refused_by_name(tmp_path, content):
    path = tmp_path / "odd.zip"
    path.write_bytes(content)
    with pytest.raises(InvalidFeed, match=r"odd\.zip is not a zip.*give a GTFS zip"):
        read(path)


def test_an_empty_zip_a_zip_of_other_things_and_a_missing_file_are_refused(write, tmp_path):
    with pytest.raises(InvalidFeed, match="holds no GTFS file, nothing"):
        read(write({}))
    with pytest.raises(InvalidFeed, match=r"unpack it first and give inner\.zip"):
        read(write({"inner.zip": "x"}))
    with pytest.raises(InvalidFeed, match="no such file"):
        read(tmp_path / "absent.zip")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InvalidFeed, match="holds no GTFS file"):
        read(empty)
    with pytest.raises(InvalidFeed, match="no feed was given"):
        read([])


def test_a_damaged_zip_is_refused_by_file(write):
    path = write(line())
    data = bytearray(path.read_bytes())
    at = data.find(b"trips.txt") + len("trips.txt") + 5
    data[at : at + 20] = b"\xff" * 20
    path.write_bytes(bytes(data))
    with pytest.raises(InvalidFeed, match=r"trips\.txt"):
        read(path)


def test_files_that_are_not_read_are_listed(load):
    tables = load(pathways="pathway_id\np", shapes="shape_id\ns", levels="level_id\nl")
    unread = tables.checks[tables.checks["check"] == "file not read"]
    assert list(unread["file"]) == ["levels.txt", "pathways.txt", "shapes.txt"]


def test_every_malformed_cell_gives_tables_or_an_invalid_feed(write):
    """No bare KeyError, ValueError or pandas error, whichever cell is spoiled."""
    spoils = ["", "x", "-1", "99999999999", "é", '"', "1e400", "25:61:00", "NA", "0"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for file, text in LINE.items():
            rows = [row.split(",") for row in encoded(text).decode().splitlines()]
            for i, row in enumerate(rows[:3]):
                for j in range(len(row)):
                    for spoil in spoils:
                        spoiled = [list(r) for r in rows]
                        spoiled[i][j] = spoil
                        content = "\n".join(",".join(r) for r in spoiled)
                        try:
                            read(write(line(**{file[:-4]: content})))
                        except InvalidFeed as error:
                            assert re.search(r"\.txt", str(error)), str(error)


def test_zip_entries_of_the_mac_are_ignored(write):
    extra = {"__MACOSX/._stops.txt": b"\x00\x05\x16\x07", **line()}
    tables = read(write(extra))
    assert len(tables.stops) == 3
    assert tables.checks.empty


def test_progress_tells_each_step(write):
    steps: list[str] = []
    read(write(line()), progress=steps.append)
    assert steps[0] == "feed: reading agency.txt"
    assert steps[-1] == "merging"


def test_reading_needs_no_writable_folder(write):
    path: Path = write(line())
    with zipfile.ZipFile(path) as archive:
        assert set(archive.namelist()) == set(LINE)
    path.chmod(0o444)
    assert len(read(path).trips) == 2
