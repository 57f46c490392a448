"""`Language`: the words in which a journey is explained; one file and a line in `languages` each.

Names of features and units follow `mobiplan.traveller.preferences`; nothing here knows a journey.
What is found once and said later, in whichever language, is a `Phrase`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

from mobiplan.attributes.amount import Label
from mobiplan.times import format_duration, offset_if_twice
from mobiplan.traveller import quantities
from mobiplan.traveller.limits import Via
from mobiplan.traveller.needs import Limit
from mobiplan.traveller.preferences import RIDING_KIND

_SHORT = re.compile(r"short_transfer_(\d+)")


class Kind(NamedTuple):
    """A kind of vehicle, which each language calls otherwise."""

    name: str


class Clock(NamedTuple):
    """A time of which the day is said already."""

    time: dt.datetime


class Phrase(NamedTuple):
    """Something to say, not yet in a language; `phrase` makes one.

    Attributes
    ----------
    key : str
        Of a template in `Language.phrases`.
    values : dict
        What stands in it: names (str), counts (int), sums of euros (float), times and days of
        `datetime`, times of day (`Clock`), kinds of vehicle (`Kind`), limits, and other phrases.
    """

    key: str
    values: dict[str, Any]


def phrase(key: str, **values: Any) -> Phrase:
    """Make a phrase.

    >>> from mobiplan.journeys.english import ENGLISH
    >>> from mobiplan.journeys.french import FRENCH
    >>> nothing = phrase("no journey", origin="Le Mans", destination="Aix")
    >>> ENGLISH.say(nothing), FRENCH.say(nothing)
    ('no journey from Le Mans to Aix', 'aucun trajet entre Le Mans et Aix')
    """
    return Phrase(key, values)


def listed(key: str, phrases: Sequence[Phrase]) -> Phrase:
    """Make one phrase of several by a template of two: "{one}, or {other}".

    >>> from mobiplan.journeys.french import FRENCH
    >>> FRENCH.say(listed("both", [phrase("not by way of", place=x) for x in ("Dol", "Dax")]))
    'ne pas passer par Dol et ne pas passer par Dax'
    """
    return reduce(lambda one, other: phrase(key, one=one, other=other), phrases)


@dataclass(frozen=True)
class Language:
    """Words and templates of one language.

    Attributes
    ----------
    nouns : mapping
        Feature -> what costs something: "the fare".
    units : mapping
        Feature -> one unit of it: "a change".
    kinds : mapping
        Kind of vehicle -> vehicles in the plural.
    modes : mapping
        Mode of a leg -> one, and several.
    labels : mapping
        Word of a `Label` -> an adjective.
    phrases : mapping
        Templates of sentences and their parts.
    limits : mapping
        Limit of a traveller's needs -> how it is said; with a number after its name of just so
        many (or so many names). English has none: there each limit says itself.
    """

    nouns: Mapping[str, str]
    units: Mapping[str, str]
    kinds: Mapping[str, str]
    modes: Mapping[str, tuple[str, str]]
    labels: Mapping[str, str]
    phrases: Mapping[str, str]
    limits: Mapping[str, str]
    point: str  # of decimals
    clock: str

    def noun(self, feature: str) -> str:
        """Return what costs something.

        >>> from mobiplan.journeys.english import ENGLISH
        >>> from mobiplan.journeys.french import FRENCH
        >>> ENGLISH.noun("riding_coach"), FRENCH.noun("euros")
        ('the time in coaches', 'le prix')
        """
        return self._word(self.nouns, feature)

    def unit(self, feature: str) -> str:
        """Return one unit of a feature.

        >>> from mobiplan.journeys.english import ENGLISH
        >>> from mobiplan.journeys.french import FRENCH
        >>> ENGLISH.unit("transfers"), FRENCH.unit("short_transfer_3")
        ('a change', 'une correspondance avec moins de 3 min de marge')
        """
        return self._word(self.units, feature)

    def _word(self, words: Mapping[str, str], feature: str) -> str:
        if feature in RIDING_KIND:
            return words["riding_kind"].format(self.kinds[RIDING_KIND[feature]])
        step = _SHORT.fullmatch(feature)
        if step:
            return words["short_transfer"].format(step[1])
        return words.get(feature, words["own"].format(feature))

    def number(self, value: float, digits: int = 2) -> str:
        """Write a number with at most so many decimals.

        >>> from mobiplan.journeys.english import ENGLISH
        >>> from mobiplan.journeys.french import FRENCH
        >>> FRENCH.number(72.5), ENGLISH.number(290.0), ENGLISH.number(0.348)
        ('72,5', '290', '0.35')
        """
        text = f"{value:.{digits}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        return text.replace(".", self.point)

    def euros(self, value: float, label: Label) -> str:
        """Write a sum; one that nobody published in whole euros.

        >>> from mobiplan.journeys.french import FRENCH
        >>> words = FRENCH
        >>> words.euros(72.5, Label.PUBLISHED), words.euros(72.6, Label.MODELLED)
        ('72,50', '73')
        """
        digits = 2 if label.word == "published" else 0
        text = f"{value:.{digits}f}".removesuffix(".00")
        return text.replace(".", self.point)

    def minutes(self, value: float) -> str:
        """Write equivalent minutes, whole from 10 on.

        >>> from mobiplan.journeys.english import ENGLISH
        >>> from mobiplan.journeys.french import FRENCH
        >>> ENGLISH.minutes(84.5), FRENCH.minutes(8.04), FRENCH.minutes(7.96)
        ('84', '8', '8')
        """
        return self.number(value, 0 if abs(value) >= 9.95 else 1)

    def duration(self, duration: dt.timedelta) -> str:
        """Write a duration the way timetables do; both languages write "5 h 50"."""
        return format_duration(duration.total_seconds())

    def at(self, time: dt.datetime | dt.time) -> str:
        """Write a time of day; of a `datetime.time` also the seconds, where there are any.

        Of a clock time that exists twice, when the clocks go back, the offset from UTC follows.

        >>> from mobiplan.journeys.french import FRENCH
        >>> FRENCH.at(dt.datetime(2026, 3, 24, 9, 5)), FRENCH.at(dt.time(9, 5, 30))
        ('9 h 05', '9 h 05 min 30 s')
        """
        precise = isinstance(time, dt.time) and time.second
        clock = self.phrases["clock to the second"] if precise else self.clock
        text = clock.format(hour=time.hour, minute=time.minute, second=time.second)
        return text + offset_if_twice(time) if isinstance(time, dt.datetime) else text

    def day(self, date: dt.date) -> str:
        """Write a day.

        >>> from mobiplan.journeys.english import ENGLISH
        >>> from mobiplan.journeys.french import FRENCH
        >>> ENGLISH.day(dt.date(2026, 3, 24)), FRENCH.day(dt.date(2026, 3, 24))
        ('2026-03-24', '24/03/2026')
        """
        return self.phrases["day"].format(date)

    def moment(self, time: dt.datetime) -> str:
        """Write a day and a time of day.

        >>> from mobiplan.journeys.english import ENGLISH
        >>> from mobiplan.journeys.french import FRENCH
        >>> ENGLISH.moment(dt.datetime(2026, 3, 24, 9, 5))
        '2026-03-24 09:05'
        >>> FRENCH.moment(dt.datetime(2026, 3, 24, 9, 5))
        '24/03/2026 à 9 h 05'
        """
        return self.phrases["moment"].format(day=self.day(time), clock=self.at(time))

    def say(self, phrase: Phrase) -> str:
        """Say a phrase.

        >>> from mobiplan.journeys.french import FRENCH
        >>> FRENCH.say(phrase("leaving at", time=dt.datetime(2026, 3, 24, 9, 5)))
        'départ le 24/03/2026 à 9 h 05'
        """
        values = {name: self._said(value) for name, value in phrase.values.items()}
        return self.phrases[phrase.key].format(**values)

    def _said(self, value: Any) -> str:
        match value:
            case Phrase():
                return self.say(value)
            case Limit():
                return self.limit(value)
            case Kind():
                return self.kinds[value.name]
            case dt.datetime():  # which is a date too
                return self.moment(value)
            case dt.date():
                return self.day(value)
            case Clock():
                return self.at(value.time)
            case float():
                return f"{value:.2f}".removesuffix(".00").replace(".", self.point)
        return str(value)

    def many(self, mode: str, n: int) -> str:
        """Write how many vehicles of a mode.

        >>> from mobiplan.journeys.french import FRENCH
        >>> FRENCH.many("coach", 2)
        '2 cars'
        """
        return f"{n} {self.modes.get(mode, self.modes['other'])[n > 1]}"

    def limit(self, limit: Limit) -> str:
        """Say one limit, of needs or of a question.

        >>> from mobiplan.journeys.french import FRENCH
        >>> from mobiplan.traveller.needs import Needs
        >>> needs = Needs(max_transfers=1, avoid={"brands": ["OUIGO"]})
        >>> [FRENCH.limit(limit) for limit in needs.limits()]
        ['au plus 1 changement', 'sans la marque OUIGO']
        """
        field, value = limit.field, limit.value
        if isinstance(value, Phrase):
            return self.say(value)
        if not self.limits:
            return limit.words
        n = len(value) if isinstance(value, tuple) else value
        return self.limits.get(f"{field} {n}", self.limits[field]).format(self._bound(field, value))

    def _bound(self, field: str, value: Any) -> str:
        """Write what limits."""
        match value:
            case dt.timedelta():
                return quantities.duration_text(value)
            case dt.time():
                return self.at(value)
            case float():
                return quantities.plain(value).replace(".", self.point)
            case tuple():
                return ", ".join(self._name(field, one) for one in value)
        return str(value)

    def _name(self, field: str, one: str | Via) -> str:
        """Write a kind of vehicle, a place to pass, or what needs call by a name."""
        if isinstance(one, str):
            return self.kinds[one] if field.endswith(".modes") else one
        place = one.place if isinstance(one.place, str) else f"{one.place[0]}, {one.place[1]}"
        if not one.stay:
            return place
        stay = quantities.duration_text(one.stay)
        return self.phrases["place and stay"].format(place=place, stay=stay)

    def label(self, label: Label) -> str:
        """Write how a figure came about."""
        return self.labels[label.word]

    def joined(self, parts: Sequence[str], word: str = "and") -> str:
        """Join parts with commas and a last word.

        >>> from mobiplan.journeys.french import FRENCH
        >>> FRENCH.joined(["a", "b", "c"], "and")
        'a, b et c'
        """
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {self.phrases[word]} {parts[-1]}"
