"""What must hold: the hard limits of a question or of a traveller."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from mobiplan.errors import InvalidQuery
from mobiplan.times import DurationLike
from mobiplan.traveller import quantities
from mobiplan.traveller.limits import RULES, Policy, Via, ViaLike
from mobiplan.traveller.selection import SELECTABLE, Selection, SelectionLike


class Limit(NamedTuple):
    """One limit that is set: the name that `Needs.without` lifts it by, and what it says.

    Attributes
    ----------
    field : str
    words : str
        In English; `Diagnosis.sentence` and `Contrast.sentence` say limits in other languages.
    value : object
        The limit itself, as `Needs` keeps it: a number, a duration, a time of day, the names of a
        selection.
    """

    field: str
    words: str
    value: Any = None


@dataclass(frozen=True, init=False, repr=False)
class Needs:
    """Hard limits: a journey that breaks one is no answer. None, or empty, means no limit.

    Durations are given as a timedelta or as text ("20 min"), and kept as timedeltas in whole
    seconds. Needs are immutable, compare by value, hash and pickle; ``bool(needs)`` is False when
    nothing is set.

    Attributes
    ----------
    max_transfers : int
        Changes of train; staying seated when a train takes another number is none.
    max_walking : timedelta
        In all on foot: to, between and from stations. Ways within a station and the metro minutes
        of a change across a city do not count.
    max_wait : timedelta
        The longest wait at one place between two trains.
    max_night_wait : timedelta
        Of one wait the part between 23:00 and 5:00, local; "0 min": no waiting at night.
    max_duration : timedelta
        Arrival − departure.
    max_price : float
        Euros for the whole journey.
    extra_transfer_time : timedelta
        Added to what each change needs, but for guaranteed ones and for staying seated.
    transfer_time_factor : float
        Multiplies what each change needs (not the closing of doors); 1 or more.
    pace : float
        Walking speed [km/h], given as a number or as "3 km/h". Walks last accordingly. Who is
        slower than `TransferRules` assumes takes longer for every change by the same ratio; who is
        faster is not given less than the minima.
    avoid, only : Selection
        What must not be used, and what alone may be used, by name; see `Selection`.
    via : tuple of Via
        Places to pass in this order, each with the least time to spend there.
    not_before, not_after : datetime.time
        No train is ridden outside these hours of the local day.
    step_free, bicycle : {"ignore", "prefer", "require"}
        "require": only where it is known to be possible, and no way across a city by a metro or
        bus, of which nobody knows; "prefer": rules nothing out, but in
        `Planner.plan` each station (step-free) and train that is not known to suit costs what the
        traveller's weight ``unsuited`` says, once where nobody knows and six times where it is
        known not to. `Journey.why` says where it is possible, where not, and where nobody knows.

    Raises
    ------
    InvalidQuery
        If a value is none of the allowed, or if two limits contradict each other on sight.

    Examples
    --------
    >>> needs = Needs(max_transfers=2, extra_transfer_time="5 min", avoid={"modes": "coach"})
    >>> needs
    Needs(max_transfers=2, extra_transfer_time='5 min', avoid={'modes': 'coach'})
    >>> needs.extra_transfer_time
    datetime.timedelta(seconds=300)
    >>> bool(Needs())
    False
    """

    max_transfers: int | None = None
    max_walking: dt.timedelta | None = None
    max_wait: dt.timedelta | None = None
    max_night_wait: dt.timedelta | None = None
    max_duration: dt.timedelta | None = None
    max_price: float | None = None
    extra_transfer_time: dt.timedelta | None = None
    transfer_time_factor: float | None = None
    pace: float | None = None
    avoid: Selection = Selection()  # noqa: RUF009 - immutable
    only: Selection = Selection()  # noqa: RUF009
    via: tuple[Via, ...] = ()
    not_before: dt.time | None = None
    not_after: dt.time | None = None
    step_free: Policy = "ignore"
    bicycle: Policy = "ignore"

    def __init__(
        self,
        *,
        max_transfers: int | None = None,
        max_walking: DurationLike | None = None,
        max_wait: DurationLike | None = None,
        max_night_wait: DurationLike | None = None,
        max_duration: DurationLike | None = None,
        max_price: float | str | None = None,
        extra_transfer_time: DurationLike | None = None,
        transfer_time_factor: float | None = None,
        pace: float | str | None = None,
        avoid: SelectionLike | None = None,
        only: SelectionLike | None = None,
        via: ViaLike | None = None,
        not_before: dt.time | str | None = None,
        not_after: dt.time | str | None = None,
        step_free: Policy | None = None,
        bicycle: Policy | None = None,
    ) -> None:
        given = locals()
        for name, rule in RULES.items():
            if given[name] is not None:
                object.__setattr__(self, name, rule.read(given[name], name))
            else:
                object.__setattr__(self, name, _DEFAULTS[name])
        self._refuse_contradictions()

    def _refuse_contradictions(self) -> None:
        """Refuse what no journey on any timetable can obey."""
        for key, name in self.only.common(self.avoid):
            raise InvalidQuery(f"only and avoid both name {name!r} of {key!r}: leave it out of one")
        if self.not_before and self.not_after and self.not_before >= self.not_after:
            raise InvalidQuery(
                f"not_before={quantities.time_text(self.not_before)!r} is not before "
                f"not_after={quantities.time_text(self.not_after)!r}: both are hours of one day"
            )
        avoided = {name.casefold() for name in self.avoid.get("stations", ())}
        for via in self.via:
            if isinstance(via.place, str) and via.place.casefold() in avoided:
                raise InvalidQuery(f"via={via.place!r} stands among the stations to avoid")
        stays = sum((via.stay for via in self.via), dt.timedelta(0))
        if self.max_duration is not None and stays > self.max_duration:
            raise InvalidQuery(
                f"via asks for stays of {quantities.duration_text(stays)}, longer than "
                f"max_duration={quantities.duration_text(self.max_duration)!r}"
            )

    # ------------------------------------------------------------------ asking

    @property
    def is_empty(self) -> bool:
        """Whether nothing is limited.

        >>> Needs().is_empty, Needs(max_transfers=0).is_empty
        (True, False)
        """
        return self == _NONE

    def __bool__(self) -> bool:
        return not self.is_empty

    def seconds(self, field: str) -> int | None:
        """Return a duration in whole seconds, None where there is no limit.

        Parameters
        ----------
        field : str
            A field that is a duration.

        Examples
        --------
        >>> Needs(max_wait="1 h").seconds("max_wait")
        3600
        """
        value = getattr(self, field)
        return None if value is None else int(value.total_seconds())

    @property
    def pace_m_s(self) -> float | None:
        """The walking speed in metres per second, None where none is stated.

        >>> Needs(pace="3.6 km/h").pace_m_s
        1.0
        """
        return None if self.pace is None else self.pace / 3.6

    def limits(self) -> list[Limit]:
        """Return every limit that is set, in words; `without` lifts one by its name.

        Each kind of name in `avoid` and `only` is a limit by itself.

        >>> for limit in Needs(max_transfers=0, avoid={"brands": ["OUIGO", "Lyria"]}).limits():
        ...     print(limit.field, "|", limit.words, "|", limit.value)
        max_transfers | no change | 0
        avoid.brands | without the brands Lyria, OUIGO | ('Lyria', 'OUIGO')
        """
        found: list[Limit] = []
        for name, value in self._set().items():
            words = RULES[name].words
            if value == "prefer":
                continue  # it rules nothing out
            if isinstance(value, Selection):
                for key, names in value.items():
                    noun = SELECTABLE[key][len(names) > 1]
                    found.append(
                        Limit(f"{name}.{key}", words.format(noun, ", ".join(names)), names)
                    )
                continue
            if name == "max_transfers" and value < 2:
                said = "at most 1 change" if value else "no change"
            elif name == "via":
                said = words.format(", ".join(map(_via_words, value)))
            elif isinstance(value, float) and name != "pace":
                said = words.format(quantities.plain(value))
            else:
                said = words.format(RULES[name].write(value))
            found.append(Limit(name, said, value))
        return found

    # ------------------------------------------------------------------ making others

    def replace(self, **changes: Any) -> Self:
        """Return the needs with some fields changed; None lifts a limit.

        Parameters
        ----------
        **changes
            Fields of `Needs`, by name.

        Raises
        ------
        InvalidQuery
            If a value is not allowed, or contradicts another.

        Examples
        --------
        >>> Needs(max_transfers=2, max_wait="1 h").replace(max_wait=None)
        Needs(max_transfers=2)
        """
        return dataclasses.replace(self, **changes)

    def without(self, field: str) -> Self:
        """Return the needs with one limit lifted.

        Parameters
        ----------
        field : str
            Named as `limits` names it: "max_transfers", "avoid.brands".

        Raises
        ------
        InvalidQuery
            If there is no such limit.

        Examples
        --------
        >>> Needs(max_transfers=1, avoid={"brands": "OUIGO"}).without("avoid.brands")
        Needs(max_transfers=1)
        """
        name, _, key = field.partition(".")
        if name not in _DEFAULTS or (key and key not in SELECTABLE):
            raise InvalidQuery(f"{field!r} is no limit: there are {', '.join(_DEFAULTS)}")
        if key:
            return self.replace(**{name: getattr(self, name).without(key)})
        return self.replace(**{name: None})

    def stricter(self, other: Needs) -> Self:
        """Return the stricter of each limit: what this asks and what `other` asks, together.

        Less is stricter of what is at most and of pace, more of what is at least, "require" of
        the policies; what only one of them states holds.

        Parameters
        ----------
        other : Needs
            What must hold besides.

        Raises
        ------
        InvalidQuery
            If the two contradict each other, or ask for different places on the way.

        Examples
        --------
        >>> Needs(max_transfers=2, pace="3 km/h").stricter(Needs(max_transfers=1))
        Needs(max_transfers=1, pace='3 km/h')
        """
        if not isinstance(other, Needs):
            raise InvalidQuery(
                f"needs={other!r}: give mobiplan.Needs(...), such as mp.Needs(max_transfers=1)"
            )
        mine, theirs = self._set(), other._set()
        avoid = self.avoid.union(other.avoid)
        if "only" in mine and "only" in theirs:
            only = self.only.intersection(other.only)
        else:
            only = self.only or other.only
        merged = {
            name: RULES[name].stricter(mine[name], theirs[name])
            if name in mine and name in theirs
            else mine.get(name, theirs.get(name))
            for name in (mine | theirs).keys() - {"avoid", "only"}
        }
        # Allowed by one and refused by the other is no contradiction while something is left.
        return type(self)(**merged, avoid=avoid, only=only.minus(avoid))

    # ------------------------------------------------------------------ plain values

    def to_dict(self) -> dict[str, Any]:
        """Return what is set as numbers, texts, lists and dicts, as JSON and TOML hold them.

        >>> Needs(max_wait="90 min", via=["Lyon", ("Dijon", "20 min")]).to_dict()
        {'max_wait': '1 h 30 min', 'via': ['Lyon', ['Dijon', '20 min']]}
        """
        return {name: RULES[name].write(value) for name, value in self._set().items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the needs that `to_dict` wrote.

        Parameters
        ----------
        values : mapping
            Field to plain value.

        Raises
        ------
        InvalidQuery
            If a key is not a field of needs, or a value is not allowed.

        Examples
        --------
        >>> Needs.from_dict({"max_wait": "1 h"})
        Needs(max_wait='1 h')
        """
        for name in values:
            if name not in _DEFAULTS:
                raise InvalidQuery(f"{name!r} is no need: allowed are {', '.join(_DEFAULTS)}")
        return cls(**values)

    def _set(self) -> dict[str, Any]:
        """The fields that limit something."""
        return {
            name: getattr(self, name)
            for name, default in _DEFAULTS.items()
            if getattr(self, name) != default
        }

    def __repr__(self) -> str:
        return f"Needs({', '.join(f'{name}={value!r}' for name, value in self.to_dict().items())})"


def _via_words(via: Via) -> str:
    place = via.place if isinstance(via.place, str) else f"{via.place[0]}, {via.place[1]}"
    return f"{place} (at least {quantities.duration_text(via.stay)})" if via.stay else place


_DEFAULTS: Mapping[str, Any] = {field.name: field.default for field in dataclasses.fields(Needs)}
_NONE = Needs()
