"""Feeds written as text: a dict of file name to text becomes a zip."""

import textwrap

from mobiplan.gtfs import Tables

#: A small feed in order: three stations on a line, two trains, one week of June 2026.
LINE = {
    "agency.txt": """
        agency_id,agency_name,agency_url,agency_timezone
        R,Rail,https://rail.example,Europe/Paris""",
    "stops.txt": """
        stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,platform_code
        A,Aville,48.0,2.0,1,,
        A1,Aville,48.0001,2.0,0,A,1
        B,Bourg,48.5,2.0,1,,
        B1,Bourg,48.5001,2.0,0,B,01
        C,Cité,49.0,2.0,1,,
        C1,Cité,49.0001,2.0,0,C,""",
    "routes.txt": """
        route_id,agency_id,route_short_name,route_long_name,route_type
        L1,R,1,"Aville, Bourg, Cité",2""",
    "trips.txt": """
        route_id,service_id,trip_id,trip_headsign,trip_short_name
        L1,S,T1,Cité,101
        L1,S,T2,Aville,102""",
    "stop_times.txt": """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,08:00:00,08:00:00,A1,1
        T1,08:30:00,08:32:00,B1,2
        T1,09:00:00,09:00:00,C1,3
        T2,10:00:00,10:00:00,C1,1
        T2,11:00:00,11:00:00,A1,2""",
    "calendar_dates.txt": """
        service_id,date,exception_type
        S,20260601,1
        S,20260603,1""",
}


def line(**changes: str | bytes | None) -> dict[str, str | bytes]:
    """The feed `LINE` with some files replaced or (None) taken away; keys lack ".txt"."""
    files: dict[str, str | bytes] = dict(LINE)
    for name, text in changes.items():
        if text is None:
            files.pop(f"{name}.txt", None)
        else:
            files[f"{name}.txt"] = text
    return files


def encoded(text: str | bytes) -> bytes:
    """The bytes of a file whose lines are indented for reading."""
    if isinstance(text, bytes):
        return text
    return (textwrap.dedent(text).strip("\n") + "\n").encode()


def check(tables: Tables, name: str) -> dict[str, object]:
    """The one row of the report about this oddity."""
    rows = tables.checks[tables.checks["check"] == name]
    assert len(rows) == 1, f"{name}: {tables.checks['check'].tolist()}"
    return dict(rows.iloc[0])
