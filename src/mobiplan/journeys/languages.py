"""Languages: the words in which a journey is explained; a new one is a line in `LANGUAGES`.

Names of features and units follow `mobiplan.traveller.preferences`; nothing here knows a journey.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mobiplan.attributes.amount import Label
from mobiplan.errors import InvalidQuery
from mobiplan.times import format_duration
from mobiplan.traveller.preferences import RIDING_KIND

_SHORT = re.compile(r"short_transfer_(\d+)")


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
    """

    nouns: Mapping[str, str]
    units: Mapping[str, str]
    kinds: Mapping[str, str]
    modes: Mapping[str, tuple[str, str]]
    labels: Mapping[str, str]
    phrases: Mapping[str, str]
    point: str  # of decimals
    clock: str

    def noun(self, feature: str) -> str:
        """Return what costs something.

        >>> language("en").noun("riding_coach"), language("fr").noun("euros")
        ('the time in coaches', 'le prix')
        """
        return self._word(self.nouns, feature)

    def unit(self, feature: str) -> str:
        """Return one unit of a feature.

        >>> language("en").unit("transfers"), language("fr").unit("short_transfer_3")
        ('a change', 'une correspondance à moins de 3 min près')
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

        >>> language("fr").number(72.5), language("en").number(290.0), language("en").number(0.348)
        ('72,5', '290', '0.35')
        """
        text = f"{value:.{digits}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        return text.replace(".", self.point)

    def euros(self, value: float) -> str:
        """Write a sum: "94", "72.50".

        >>> language("fr").euros(72.5), language("fr").euros(94.0)
        ('72,50', '94')
        """
        text = f"{value:.2f}".removesuffix(".00")
        return text.replace(".", self.point)

    def minutes(self, value: float) -> str:
        """Write equivalent minutes, whole from 10 on.

        >>> language("en").minutes(84.5), language("fr").minutes(8.04), language("fr").minutes(7.96)
        ('84', '8', '8')
        """
        return self.number(value, 0 if abs(value) >= 9.95 else 1)

    def duration(self, duration: dt.timedelta) -> str:
        """Write a duration the way timetables do; both languages write "5 h 50"."""
        return format_duration(duration.total_seconds())

    def at(self, time: dt.datetime) -> str:
        """Write a time of day.

        >>> language("fr").at(dt.datetime(2026, 3, 24, 9, 5))
        '9 h 05'
        """
        return self.clock.format(hour=time.hour, minute=time.minute)

    def many(self, mode: str, n: int) -> str:
        """Write how many vehicles of a mode.

        >>> language("fr").many("coach", 2)
        '2 cars'
        """
        return f"{n} {self.modes.get(mode, self.modes['other'])[n > 1]}"

    def label(self, label: Label) -> str:
        """Write how a figure came about."""
        return self.labels[label.word]

    def joined(self, parts: Sequence[str], word: str = "and") -> str:
        """Join parts with commas and a last word.

        >>> language("fr").joined(["a", "b", "c"], "and")
        'a, b et c'
        """
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {self.phrases[word]} {parts[-1]}"


ENGLISH = Language(
    nouns={
        "riding": "the time aboard",
        "riding_kind": "the time in {}",
        "waiting": "the wait between trains",
        "before_departure": "the wait before departure",
        "early": "being early",
        "late": "being late",
        "walking": "the walk",
        "transfers": "changing trains",
        "short_transfer": "little time to change (under {} min to spare)",
        "euros": "the fare",
        "co2": "the CO2",
        "night": "travelling by night",
        "own": "{}",
    },
    units={
        "riding": "a minute aboard",
        "riding_kind": "a minute in {}",
        "waiting": "a minute of waiting between trains",
        "before_departure": "a minute of waiting before departure",
        "early": "a minute too early",
        "late": "a minute too late",
        "walking": "a minute on foot",
        "transfers": "a change",
        "short_transfer": "a change with less than {} min to spare",
        "co2": "a kilogram of CO2",
        "night": "a minute by night",
        "own": "a unit of {}",
    },
    kinds={
        "high speed": "high-speed trains",
        "intercity": "intercity trains",
        "regional": "regional trains",
        "suburban": "suburban trains",
        "night": "night trains",
        "coach": "coaches",
        "tram": "trams",
        "metro": "the metro",
        "ferry": "ferries",
        "other": "other vehicles",
    },
    modes={
        "train": ("train", "trains"),
        "coach": ("coach", "coaches"),
        "tram": ("tram", "trams"),
        "metro": ("metro", "metros"),
        "ferry": ("ferry", "ferries"),
        "other": ("vehicle", "vehicles"),
    },
    labels={
        "published": "published",
        "modelled": "modelled",
        "assumed": "assumed",
        "unknown": "unknown",
    },
    phrases={
        "and": "and",
        "or": "or",
        "journey": "{duration} by {vehicles} {changes}",
        "on foot": "{duration} on foot",
        "changes 0": "without a change",
        "changes 1": "with one change",
        "changes n": "with {n} changes",
        "explained": "{journey}; what costs you most is {parts}: {total} min in all.",
        "then": ", then {}",
        "free": "{journey}; nothing about it costs you anything.",
        "minutes": "{noun} ({amount} min)",
        "minutes weighed": "{noun} ({amount} min, which count as {cost})",
        "count": "{noun} ({amount} × {weight} min)",
        "fare": "{noun} ({amount} €, {label} ≈ {cost} min)",
        "fare range": "{noun} ({low} to {high} €, a {label} range; its {end} ≈ {cost} min)",
        "amount": "{noun} ({amount} {unit} ≈ {cost} min)",
        "not known": "{noun} (unknown, and ranked as if it were {cost} min)",
        "low": "low end",
        "middle": "middle",
        "high": "high end",
        "journey at": "the {clock}",
        "walk": "the walk",
        "on date": "{} on {:%-d %b}",
        "arriving": "{} arriving {}",
        "by trains": "{} by {}",
        "costs more": "{other} costs you {cost} min more than {this}: {parts}.",
        "costs less": "{other} suits you better already: it costs you {cost} min less than {this}: "
        "{parts}.",
        "costs the same": "{other} and {this} cost you the same.",
        "part": "{sign}{cost} min for {noun}",
        "would": "You would take {behind} rather than {ahead} {clauses}.",
        "at most": "if {unit} cost you at most {bound} min instead of {now}",
        "at least": "if {unit} cost you at least {bound} min instead of {now}",
        "hour at least": "if an hour were worth at least {bound} € to you instead of {now}",
        "hour at most": "if an hour were worth at most {bound} € to you instead of {now}",
        "hour at most first": "if money counted: an hour worth at most {bound} € to you",
        "another": " (though {third} would then suit you better still)",
        "cheaper": "if it were {bound} € cheaper",
        "dearer": "if {ahead} were {bound} € dearer",
        "sooner": "if it arrived {bound} min sooner",
        "later": "if {ahead} arrived {bound} min later",
        "nothing": "No single change of what things cost you would make you take {behind}: "
        "it is better in nothing.",
        "nothing but": "No single change of what things cost you would make you take {behind}, "
        "which is better in nothing; but you would {clauses}.",
        "ruled out": "{other} is ruled out by what you need: {needs}.",
    },
    point=".",
    clock="{hour:02d}:{minute:02d}",
)

FRENCH = Language(
    nouns={
        "riding": "le temps à bord",
        "riding_kind": "le temps en {}",
        "waiting": "l'attente entre les trains",
        "before_departure": "l'attente avant le départ",
        "early": "l'avance sur l'heure souhaitée",
        "late": "le retard sur l'heure souhaitée",
        "walking": "la marche",
        "transfers": "le changement de train",
        "short_transfer": "la correspondance serrée (moins de {} min de marge)",
        "euros": "le prix",
        "co2": "le CO2",
        "night": "le voyage de nuit",
        "own": "{}",
    },
    units={
        "riding": "une minute à bord",
        "riding_kind": "une minute en {}",
        "waiting": "une minute d'attente entre deux trains",
        "before_departure": "une minute d'attente avant le départ",
        "early": "une minute d'avance",
        "late": "une minute de retard",
        "walking": "une minute de marche",
        "transfers": "un changement",
        "short_transfer": "une correspondance à moins de {} min près",
        "co2": "un kilo de CO2",
        "night": "une minute de nuit",
        "own": "une unité de {}",
    },
    kinds={
        "high speed": "train à grande vitesse",
        "intercity": "train Intercités",
        "regional": "train régional",
        "suburban": "train de banlieue",
        "night": "train de nuit",
        "coach": "car",
        "tram": "tram",
        "metro": "métro",
        "ferry": "bateau",
        "other": "autre véhicule",
    },
    modes={
        "train": ("train", "trains"),
        "coach": ("car", "cars"),
        "tram": ("tram", "trams"),
        "metro": ("métro", "métros"),
        "ferry": ("bateau", "bateaux"),
        "other": ("véhicule", "véhicules"),
    },
    labels={
        "published": "publié",
        "modelled": "modélisé",
        "assumed": "supposé",
        "unknown": "inconnu",
    },
    phrases={
        "and": "et",
        "or": "ou",
        "journey": "{duration} en {vehicles}, {changes}",
        "on foot": "{duration} à pied",
        "changes 0": "sans changement",
        "changes 1": "avec un changement",
        "changes n": "avec {n} changements",
        "explained": "{journey} ; ce qui vous coûte le plus est {parts} : {total} min en tout.",
        "then": ", puis {}",
        "free": "{journey} ; rien n'y a de coût pour vous.",
        "minutes": "{noun} ({amount} min)",
        "minutes weighed": "{noun} ({amount} min, qui comptent pour {cost})",
        "count": "{noun} ({amount} × {weight} min)",
        "fare": "{noun} ({amount} €, {label} ≈ {cost} min)",
        "fare range": "{noun} (de {low} à {high} €, selon un barème {label} ; {end} ≈ {cost} min)",
        "amount": "{noun} ({amount} {unit} ≈ {cost} min)",
        "not known": "{noun} (inconnu, et classé comme s'il valait {cost} min)",
        "low": "le bas",
        "middle": "le milieu",
        "high": "le haut",
        "journey at": "le départ de {clock}",
        "walk": "la marche",
        "on date": "{} le {:%d/%m}",
        "arriving": "{} arrivant à {}",
        "by trains": "{} par {}",
        "costs more": "{other} vous coûte {cost} min de plus que {this} : {parts}.",
        "costs less": "{other} vous convient déjà mieux : il vous coûte {cost} min de moins que "
        "{this} : {parts}.",
        "costs the same": "{other} et {this} vous coûtent autant.",
        "part": "{sign}{cost} min pour {noun}",
        "would": "Vous prendriez {behind} plutôt que {ahead} {clauses}.",
        "at most": "si {unit} vous coûtait au plus {bound} min au lieu de {now}",
        "at least": "si {unit} vous coûtait au moins {bound} min au lieu de {now}",
        "hour at least": "si une heure valait pour vous au moins {bound} € au lieu de {now}",
        "hour at most": "si une heure valait pour vous au plus {bound} € au lieu de {now}",
        "hour at most first": "si l'argent comptait : une heure valant pour vous au plus {bound} €",
        "another": " (mais {third} vous conviendrait alors encore mieux)",
        "cheaper": "s'il coûtait {bound} € de moins",
        "dearer": "si {ahead} coûtait {bound} € de plus",
        "sooner": "s'il arrivait {bound} min plus tôt",
        "later": "si {ahead} arrivait {bound} min plus tard",
        "nothing": "Aucun changement d'un seul de vos poids ne vous ferait prendre {behind} : "
        "il n'est meilleur en rien.",
        "nothing but": "Aucun changement d'un seul de vos poids ne vous ferait prendre {behind}, "
        "qui n'est meilleur en rien ; mais vous le feriez {clauses}.",
        "ruled out": "{other} est exclu par ce qu'il vous faut : {needs}.",
    },
    point=",",
    clock="{hour} h {minute:02d}",
)

LANGUAGES: Mapping[str, Language] = {"en": ENGLISH, "fr": FRENCH}


def language(code: str) -> Language:
    """Return a language by its code.

    Raises
    ------
    InvalidQuery
        If there is none.

    Examples
    --------
    >>> language("de")
    Traceback (most recent call last):
    mobiplan.errors.InvalidQuery: language='de' is not one of 'en', 'fr'
    """
    if code not in LANGUAGES:
        raise InvalidQuery(f"language={code!r} is not one of {', '.join(map(repr, LANGUAGES))}")
    return LANGUAGES[code]
