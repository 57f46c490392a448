"""Station search: what a person types -> stations, busiest first.

Two questions, answered from the same levels:

* `StationNames.find` lists what the text may mean, the surest first, and forgives typos;
* `StationNames.resolve` gives the stations of **one** place, and refuses to guess.

A name is compared by its key (`normalise`): no case, accents or punctuation, "saint" for "St".
Where the key fails there is a second chance without words such as "gare" and "de": "Paris Nord" is
"Paris Gare du Nord". All keys stand in one string, a line each: an equal key, a beginning or a
phrase is then one substring search, and no index is built.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import cached_property
from itertools import accumulate, compress
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mobiplan.errors import AmbiguousStation, InvalidQuery, UnknownStation
from mobiplan.timetable.distance import distance_m

How = Literal["id", "code", "name", "city", "prefix", "words", "typo"]

CITY_M = 15_000.0  # the stations of a city lie this near to its busiest
HOMONYM_M = 5_000.0  # stations of one name this near are one place: the train's and the coach's
PHRASE_M = 2_000.0  # "Part Dieu" is the station and the coach station beside it
CITY_SHARE = 0.8  # of the departures under a city's name; the far namesakes are small beside it
SEVERAL, SEVERAL_SHARE = 3, 0.65  # so many stations of one name are a city, with less of a share
MUCH_BUSIER = 4.0  # "Mulhouse" is not only the tram stop of that name
PART_OF_A_WORD = 0.5  # the score of what begins with a text that ends within a word
TYPO_RATIO = 0.7  # difflib's similarity below which a name is not offered

# Without these a name is still the same name: the second chance.
FILLER = frozenset("gare station de du des d la le les l".split())
# The next word shows that the name goes on: Marseille-en-Beauvaisis is not in Marseille.
JOINING = frozenset("en sur sous de du des d lez au aux a".split())
# Alone these name no place, however few stations begin with them.
GENERIC = FILLER | frozenset(
    "saint sainte bois bourg chateau mairie mont notre place pont port porte rue val villeneuve "
    "east el fort las los mount new north old port san santa south west".split()
)

_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})
_ACCENTS = re.compile("[\u0300-\u036f]+")
_PUNCTUATION = re.compile(r"(?:[^\w\n]|_)+")
_SAINT = re.compile(r"(?<= )st(e?)(?= )")
_CODE = re.compile(r"(?:.*[^0-9])?0{0,3}([0-9]{7,8})")


def normalise(name: str) -> str:
    """The key by which names are compared; empty where there is neither letter nor digit.

    Examples
    --------
    >>> normalise("  ST-ÉTIENNE Châteaucreux"), normalise("Sacré-Cœur (R.E.R.)")
    ('saint etienne chateaucreux', 'sacre coeur r e r')
    """
    return _normalise_all([name])[0]


def _normalise_all(names: Sequence[str]) -> list[str]:
    """Normalise all names in one pass over one text, a line each, which is much faster."""
    text = "\n".join([" ".join(name.split()) for name in names])
    if not text.isascii():
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        text = _ACCENTS.sub("", text).translate(_LETTERS)
    text = _PUNCTUATION.sub(" ", text.casefold()).replace("\n", " \n ")
    text = _SAINT.sub(r"saint\1", f" {text} ")
    return [line.strip() for line in text.split("\n")] if names else []


def _without_filler(key: str) -> str:
    """The key of the second chance; a name of nothing but filler keeps it."""
    return " ".join([word for word in key.split() if word not in FILLER]) or key


class Match(NamedTuple):
    """A station that a text may mean."""

    station: int  # its index
    score: float  # 1 is certain; comparable within one answer only
    how: How  # what matched


class _Lines:
    """Keys in one string, each between spaces on a line of its own, searched by substring."""

    def __init__(self, keys: list[str]) -> None:
        self.keys = keys
        self.text = "\n " + " \n ".join(keys) + " \n"
        self.starts = [0, *accumulate(len(key) + 3 for key in keys)]  # of each line's "\n"

    def rows(self, pattern: str) -> list[int]:
        """Rows whose line holds `pattern`; a line begins with its break and ends with the next."""
        found = []
        at = self.text.find(pattern)
        while at >= 0:
            row = bisect_right(self.starts, at) - 1
            found.append(row)
            at = self.text.find(pattern, self.starts[row + 1])
        return found

    def equal(self, key: str) -> list[int]:
        return self.rows(f"\n {key} \n")

    def beginning(self, key: str, end: str = " ") -> list[int]:
        return self.rows(f"\n {key}{end}")

    def holding(self, key: str, end: str = " ") -> list[int]:
        return self.rows(f" {key}{end}")

    def with_words(self, key: str, end: str = " ") -> list[int]:
        """Rows that hold each word of `key`, wherever; with ``end=""`` each begins a word."""
        longest, *others = sorted(key.split(), key=len, reverse=True)
        held = [(row, f" {self.keys[row]} ") for row in self.holding(longest, end)]
        return [row for row, line in held if all(f" {word}{end}" in line for word in others)]


class _Trigrams(NamedTuple):
    """Three letters in a row, of every key: what a typo leaves standing."""

    code: NDArray[np.int64]  # (n_trigrams,) the three code points as one number
    row: NDArray[np.int64]  # (n_trigrams,) the key it stands in

    @classmethod
    def of(cls, lines: _Lines) -> _Trigrams:
        letters = np.frombuffer(lines.text.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
        code = (letters[:-2] << 42) | (letters[1:-1] << 21) | letters[2:]
        row = np.searchsorted(lines.starts, np.arange(len(code)), side="right") - 1
        line_break = letters == ord("\n")
        within = ~(line_break[:-2] | line_break[1:-1] | line_break[2:])
        return cls(code[within], row[within])


@dataclass(frozen=True, eq=False, repr=False)
class StationNames:
    """The stations' names, ready to be searched.

    Examples
    --------
    >>> names = StationNames(
    ...     ids=["L", "N", "R"],
    ...     names=["Paris Gare de Lyon Hall 1 - 2", "Paris Gare du Nord", "Rennes"],
    ...     codes=["87686006", "87271007", "87471003"],
    ...     weight=np.array([300, 500, 200], dtype=np.int32),
    ...     lat=np.array([48.844, 48.880, 48.103]),
    ...     lon=np.array([2.373, 2.355, -1.672]),
    ... )
    >>> names.find("gare de lyon")[0]
    Match(station=0, score=0.8, how='words')
    >>> names.resolve("paris"), names.resolve("Paris Nord"), names.resolve("8747100")
    ([1, 0], [1], [2])
    >>> names.resolve("Renes")
    Traceback (most recent call last):
    ...
    mobiplan.errors.UnknownStation: no station is called 'Renes'; did you mean Rennes (R)? ...
    """

    ids: Sequence[str]  # station ids, unique
    names: Sequence[str]  # as published
    codes: Sequence[str]  # UIC codes of 7 or 8 digits, "" where there is none
    weight: NDArray[np.int32]  # (n_stations,) departures on the busiest day: the busier comes first
    lat: NDArray[np.float64]  # (n_stations,) degrees
    lon: NDArray[np.float64]  # (n_stations,) degrees

    def find(self, text: str, limit: int = 10) -> list[Match]:
        """The stations that `text` may mean: the surest first, of equals the busiest.

        Parameters
        ----------
        text : str
            A station's name or a part of it, a city's, a station id, a UIC code of 7 or 8 digits.
        limit : int
            How many at most.

        Returns
        -------
        list of Match
            Empty where nothing resembles `text`. Typos are forgiven where no whole word fits.
        """
        found: dict[int, Match] = {}

        def add(rows: Iterable[int], score: float, how: How) -> None:
            for row in rows:
                found.setdefault(row, Match(row, score, how))

        key = normalise(text)
        for how, score, rows in self._levels(text, key):
            add(rows, score, how)
        by_whole_words = bool(found)
        if key and len(found) < limit:
            add(self._keys.beginning(key, end=""), PART_OF_A_WORD, "prefix")
        if key and not by_whole_words:
            add(self._keys.with_words(key, end=""), 0.45, "words")
            for match in self._nearest(key):
                found.setdefault(match.station, match)
        ranked = sorted(found.values(), key=lambda m: (-m.score, self._rank[m.station]))
        return ranked[: max(limit, 0)]

    def resolve(self, text: str) -> list[int]:
        """The stations of the one place that `text` means, busiest first.

        A station's own name means that station. A city's name means its stations, unless a station
        bears it alone and is not a mere stop beside much busier ones. Whole words may be left out
        where one place remains. A typo is never accepted in silence.

        Parameters
        ----------
        text : str
            As in `find`.

        Returns
        -------
        list of int
            Station indices, at least one.

        Raises
        ------
        AmbiguousStation
            Several distant stations match equally well.
        UnknownStation
            None matches; the nearest names are offered.
        """
        key = normalise(text)
        for how, _, rows in self._levels(text, key):
            if not rows or (how in ("prefix", "words") and key in GENERIC and len(rows) == 1):
                continue
            # A part of a name does not silently mean a place where no train leaves.
            served = not self.weight.any() or self.weight[rows].any()
            if how in ("prefix", "words") and not served:
                continue
            if how in ("id", "code", "city"):
                return rows
            if how == "name":
                return self._bearing_a_name(text, key, rows)
            if how == "prefix" and key not in GENERIC:
                place = self._around_busiest(rows, CITY_M, CITY_SHARE)
            else:
                place = self._around_busiest(rows, PHRASE_M, 1.0)
            return place or self._refuse_to_choose(text, rows)
        return self._refuse_the_unknown(text)

    # What matches, from sure to unsure.

    def _levels(self, text: str, key: str) -> Iterator[tuple[How, float, list[int]]]:
        """Whole-word matches level by level, each (how, score, rows busiest first)."""
        text = text.strip()
        yield "id", 1.0, [self._row_of_id[text]] if text in self._row_of_id else []
        yield "code", 1.0, self._with_code(text)
        if not key:
            return
        full, plain, wanted = self._keys, self._plain, _without_filler(key)
        same_name = self._busiest_first(plain.equal(wanted))
        # "Gare de Lyon" is first of all what is called so, in Paris; "Lyon" is not.
        says_gare = not {"gare", "station"}.isdisjoint(key.split())
        yield "name", 1.0, self._with_those_beside(full.equal(key), same_name, HOMONYM_M)
        yield "city", 0.95, self._of_city(key, full)
        if not says_gare:
            yield "name", 0.92, same_name
        yield "prefix", 0.9, self._busiest_first(full.beginning(key))
        yield "words", 0.8, self._busiest_first(full.holding(key))
        if says_gare:
            yield "name", 0.75, same_name
        yield "city", 0.74, self._of_city(wanted, plain)
        yield "prefix", 0.72, self._busiest_first(plain.beginning(wanted))
        yield "words", 0.7, self._busiest_first(plain.holding(wanted))
        yield "words", 0.6, self._busiest_first(plain.with_words(wanted))

    def _with_code(self, text: str) -> list[int]:
        """Stations whose UIC code ends `text`; the check digit, the eighth, may be missing."""
        digits = _CODE.fullmatch(text)
        if digits is None:
            return []
        number, check = digits[1][:7], digits[1][7:]
        rows = self._rows_of_code.get(number, [])
        right = [row for row in rows if not check or self.codes[row][7:] in ("", check)]
        return self._busiest_first(right)

    def _of_city(self, key: str, lines: _Lines) -> list[int]:
        """The stations of the city `key`: their names begin with it, and they lie together."""
        if key in GENERIC:
            return []
        namesakes = lines.beginning(key)
        at = len(key.split())
        own = [row for row in namesakes if JOINING.isdisjoint(lines.keys[row].split()[at : at + 1])]
        city = self._around_busiest(own, CITY_M, 0.0)
        share = SEVERAL_SHARE if len(city) >= SEVERAL else CITY_SHARE
        if self._departures(city) < share * self._departures(namesakes):
            return []
        # "Gare de Paris-Saint-Lazare" is in Paris too, if that is where it lies.
        others = set(self._plain.beginning(key)).difference(namesakes)
        return self._with_those_beside(city, others, CITY_M)

    def _nearest(self, key: str, candidates: int = 40) -> list[Match]:
        """The names most like `key` letter by letter, of those that share most trigrams with it."""
        wanted = _Trigrams.of(_Lines([key])).code
        hits = self._trigrams.row[np.isin(self._trigrams.code, wanted)]
        shared = np.bincount(hits, minlength=len(self.ids)) - 0.02 * np.diff(self._keys.starts)
        order = np.lexsort((np.array(self._rank), -shared))[:candidates]
        n_words = key.count(" ") + 1
        matcher = SequenceMatcher(None, "", key, autojunk=False)
        matches = []
        for row in order.tolist():
            words = self._keys.keys[row].split()
            likeness = 0.0
            for first in range(-1, len(words) - n_words + 1):  # the whole name, then its parts
                part = words if first < 0 else words[first : first + n_words]
                matcher.set_seq1(" ".join(part))
                if matcher.quick_ratio() >= TYPO_RATIO:
                    less = 0.0 if first < 0 else 0.02 if first == 0 else 0.05
                    likeness = max(likeness, matcher.ratio() - less)
            if likeness >= TYPO_RATIO:
                matches.append(Match(row, round(0.4 * likeness, 3), "typo"))
        return matches

    def _with_those_beside(
        self, rows: list[int], others: Iterable[int], within_m: float
    ) -> list[int]:
        """`rows`, and of `others` those that lie near the busiest of `rows`."""
        place = self._busiest_first(rows)
        if not place:
            return []
        at, beside = place[0], list(others)
        away_m = distance_m(self.lat[at], self.lon[at], self.lat[beside], self.lon[beside])
        return self._busiest_first([*place, *compress(beside, away_m <= within_m)])

    def _around_busiest(self, rows: list[int], within_m: float, share: float) -> list[int]:
        """Those around the busiest; none where they hold less than `share` of the departures."""
        rows = self._busiest_first(rows)
        place = self._with_those_beside(rows[:1], rows[1:], within_m)
        return place if self._departures(place) >= share * self._departures(rows) else []

    def _departures(self, rows: list[int]) -> int:
        return int(self.weight[rows].sum()) + len(rows)  # a stop without any still counts

    def _busiest_first(self, rows: Iterable[int]) -> list[int]:
        return sorted(set(rows), key=self._rank.__getitem__)

    # One place, or an error that helps.

    def _bearing_a_name(self, text: str, key: str, rows: list[int]) -> list[int]:
        """The stations that bear exactly this name, with their city where it is much busier."""
        if len(self._around_busiest(rows, HOMONYM_M, 0.0)) < len(rows):
            return self._refuse_to_choose(text, rows)
        city = self._of_city(key, self._keys)
        if rows[0] in city and self.weight[city[0]] > MUCH_BUSIER * (self.weight[rows[0]] + 1):
            return city
        return rows

    def _refuse_to_choose(self, text: str, rows: list[int]) -> list[int]:
        shown = self._listed(rows[:10]) + (f" and {len(rows) - 10} more" if len(rows) > 10 else "")
        raise AmbiguousStation(f"{text!r} may mean {shown}; give the id of the one you mean")

    def _refuse_the_unknown(self, text: str) -> list[int]:
        near = [match.station for match in self.find(text, limit=5)]
        hint = f"did you mean {self._listed(near)}?" if near else "and nothing resembles it."
        raise UnknownStation(
            f"no station is called {text!r}; {hint} "
            "A place is a station's name, a city's, a station id or a UIC code of 7 or 8 digits"
        )

    def _listed(self, rows: list[int]) -> str:
        return ", ".join(f"{self.names[row]} ({self.ids[row]})" for row in rows)

    # Made by the first search that needs it.

    @cached_property
    def _row_of_id(self) -> dict[str, int]:
        return {station_id: row for row, station_id in enumerate(self.ids)}

    @cached_property
    def _rows_of_code(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = {}
        for row, code in enumerate(self.codes):
            if code:
                rows.setdefault(code[:7], []).append(row)
        return rows

    @cached_property
    def _keys(self) -> _Lines:
        return _Lines(_normalise_all(self.names))

    @cached_property
    def _plain(self) -> _Lines:
        return _Lines([_without_filler(key) for key in self._keys.keys])

    @cached_property
    def _trigrams(self) -> _Trigrams:
        return _Trigrams.of(self._keys)

    @cached_property
    def _rank(self) -> list[int]:
        """Busiest first, then by id, so that the order of the stations never changes an answer."""
        busiest_first = np.lexsort((np.array(list(self.ids)), -self.weight))
        rank: list[int] = np.argsort(busiest_first).tolist()
        return rank


def rows_named(
    name: str, columns: Sequence[Sequence[str]], kind: str, complaint: str = ""
) -> list[int]:
    """Return the rows that are called `name` in any of the columns, which are of one length.

    Where there are none, the error begins with the `complaint` and goes on with near names.
    """
    wanted = name.casefold()
    rows = [
        row
        for column in columns
        for row, value in enumerate(column)
        if value and value.casefold() == wanted
    ]
    if not rows:
        known = sorted({value for column in columns for value in column if value})
        near = get_close_matches(name, known, 3, 0.5) or known[:8]
        complaint = complaint or f"{kind}={name!r}: the timetable has none of that name"
        raise InvalidQuery(
            f"{complaint}; there are "
            f"{', '.join(map(repr, near))}{'' if len(known) <= len(near) else ', ...'}"
        )
    return rows
