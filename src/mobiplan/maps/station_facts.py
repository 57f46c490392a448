"""What is known about a station, each fact with how sure it is and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from mobiplan.errors import InvalidQuery
from mobiplan.times import format_duration

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from mobiplan.attributes.access import Access
    from mobiplan.timetable.timetable import Timetable

UNKNOWN = "unknown"

#: What `StationPage` takes for facts: `Attributes.access`, a table with the columns fact and value
#: (and label, source), or a mapping of fact to value or to (value, source).
FactsLike: TypeAlias = "Access | pd.DataFrame | Mapping[str, Any]"

#: What travellers ask of a station; shown as unknown where nobody says.
ASKED = ("step-free access", "assistance", "Wi-Fi", "opening hours", "passengers a year")

_WORDS = (UNKNOWN, "yes", "no")
_FEATURES = {"step-free access": "step_free", "assistance": "assistance", "Wi-Fi": "wifi"}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class StationFact(NamedTuple):
    """One line of a station's page."""

    fact: str
    value: str
    label: str = ""  # published, modelled, assumed or unknown
    source: str = ""


def station_facts(
    timetable: Timetable, station: int, facts: FactsLike | None, monday: dt.date
) -> list[StationFact]:
    """Return what the feed says, then what open data say, then what nobody says.

    Parameters
    ----------
    timetable : Timetable
    station : int
        Row in Stations.
    facts : Access, DataFrame, mapping or None
    monday : datetime.date
        A Monday of an ordinary week, for the opening hours.
    """
    feeds = "GTFS " + ", ".join(source.name for source in timetable.sources)
    stations = timetable.stations
    found = [StationFact("id", stations.id[station], "published", feeds)]
    if stations.code[station]:
        found.append(StationFact("UIC code", stations.code[station], "published", feeds))
    lat, lon = float(stations.lat[station]), float(stations.lon[station])
    if lat == lat:
        found.append(StationFact("place", f"{lat:.4f}, {lon:.4f}", "published", feeds))
    else:
        found.append(StationFact("place", UNKNOWN, UNKNOWN))
    day = timetable.busiest_date
    count = f"{int(stations.departures[station]):,} on {day:%a} {day.day} {day:%b %Y}"
    found.append(StationFact("departures on the busiest day", count, "published", feeds))
    wheelchair = _WORDS[int(stations.wheelchair[station])]
    label, source = (UNKNOWN, "") if wheelchair == UNKNOWN else ("published", feeds)
    found.append(StationFact("wheelchair boarding", wheelchair, label, source))
    given = _given(station, facts, monday)
    named = {fact.fact for fact in given}
    missing = [StationFact(name, UNKNOWN, UNKNOWN) for name in ASKED if name not in named]
    return [*found, *given, *missing]


def _given(station: int, facts: FactsLike | None, monday: dt.date) -> list[StationFact]:
    if facts is None:
        return []
    if isinstance(facts, Mapping):
        pairs = [(name, v if isinstance(v, tuple) else (v, "")) for name, v in facts.items()]
        return [_fact(name, value, "", source) for name, (value, source) in pairs]
    if hasattr(facts, "columns"):
        table: Any = facts
        lacking = {"fact", "value"} - set(table.columns)
        if lacking:
            raise InvalidQuery(
                f"facts has no column {', '.join(sorted(lacking))}: it has "
                f"{', '.join(map(str, table.columns))}; fact and value are needed"
            )
        return [
            _fact(row["fact"], row["value"], row.get("label", ""), row.get("source", ""))
            for row in table.to_dict("records")
        ]
    if hasattr(facts, "opening_hours"):
        return _of_access(facts, station, monday)
    raise InvalidQuery(
        f"facts={type(facts).__name__}: give Attributes(...).access, a DataFrame with the columns "
        "fact, value, source, or a mapping"
    )


def _fact(name: Any, value: Any, label: Any, source: Any) -> StationFact:
    if value is None or value != value:  # NaN
        return StationFact(str(name), UNKNOWN, UNKNOWN)
    shown = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    shown = {"True": "yes", "False": "no"}.get(shown, shown)
    sure = UNKNOWN if shown == UNKNOWN else str(label or ("published" if source else "as given"))
    return StationFact(str(name), shown, sure, str(source or ""))


def _of_access(access: Access, station: int, monday: dt.date) -> list[StationFact]:
    """Read the station's line of `Attributes.access`."""
    found = []
    for name, feature in _FEATURES.items():
        fact = access.fact(station, feature)
        sources = "; ".join(_source(source) for source in fact.sources)
        found.append(StationFact(name, fact.value, fact.label.text, sources))
    every = {source.dataset: _source(source) for source in access.sources}
    hours = _hours(access, station, monday)
    if hours:
        found.append(StationFact("opening hours", hours, "published", _like(every, "horaires")))
    passengers, year = float(access.passengers[station]), int(access.passengers_year[station])
    if passengers == passengers:
        text = f"{passengers:,.0f} in {year}"
        source = _like(every, "frequentation")
        found.append(StationFact("passengers a year", text, "published", source))
    return found


def _hours(access: Access, station: int, monday: dt.date) -> str:
    """Write the week's opening hours, days that are alike together."""
    import datetime as dt

    week = [access.opening_hours(station, monday + dt.timedelta(days=k)) for k in range(7)]
    if all(spans is None for spans in week):
        return ""
    texts = [
        ", ".join(map(_span, spans)) or "closed" if spans is not None else "" for spans in week
    ]
    said: list[tuple[int, int, str]] = []
    for day, text in enumerate(texts):
        if said and said[-1][2] == text:
            said[-1] = (said[-1][0], day, text)
        else:
            said.append((day, day, text))
    return "; ".join(
        f"{_DAYS[a]} {text}" if a == b else f"{_DAYS[a]}–{_DAYS[b]} {text}" for a, b, text in said
    )


def _span(span: tuple[int, int]) -> str:
    def clock(seconds: int) -> str:
        minutes = seconds // 60 % (24 * 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"

    opens, closes = span
    if closes - opens >= 86_400:
        return (
            f"all day ({format_duration(closes - opens)})" if closes - opens > 86_400 else "all day"
        )
    return f"{clock(opens)}–{clock(closes)}"


def _source(source: Any) -> str:
    return ", ".join(part for part in (source.dataset, source.date, source.licence) if part)


def _like(sources: Mapping[str, str], word: str) -> str:
    return "; ".join(text for name, text in sources.items() if word in name)
