"""A traveller: what must hold, what is weighed, and what a fare depends on."""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, TypeVar, runtime_checkable

from mobiplan.errors import InvalidQuery
from mobiplan.traveller import files, presets
from mobiplan.traveller.facts import FACTS, PriceEnd, read_fact
from mobiplan.traveller.limits import RULES
from mobiplan.traveller.needs import Needs
from mobiplan.traveller.preferences import Preferences, feature, is_known, said_as

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.attributes.passenger import Passenger
    from mobiplan.timetable.arrays import Float64

EXPLAIN_COLUMNS = ("feature", "weight", "unit", "words", "label", "source")
STATED = "stated: by the traveller"

_T = TypeVar("_T", bound="Traveller")


@dataclass(frozen=True, init=False, repr=False)
class Traveller:
    """Who travels: hard limits, weights in equivalent minutes, and facts about the person.

    A traveller is immutable, compares by value (its name and sources do not count), hashes and
    pickles. What is not said is as in ``Traveller.preset("standard")``; every default has its
    source (`explain`, `mobiplan.traveller.presets.table`).

    Parameters
    ----------
    name : str
        For tables and files.
    needs : Needs, optional
        Hard limits; further limits may be given beside them, as keywords.
    class_ : {1, 2}
        Of travel.
    age : int, optional
        In years; None is unknown.
    cards : str or several
        Names of reduction cards, as `Passenger` knows them.
    luggage : bool
        Whether there is luggage to carry.
    price : {"low", "middle", "high"}
        Which end of a range of prices enters the cost.
    own : mapping of str to float, optional
        Weights of the caller's own features, in minutes per unit.
    **weights_and_limits
        A bare feature name is a weight (``transfers="20 min"``, ``waiting=1.5``,
        ``euros_per_hour=15``, ``riding={"coach": 1.3}``), see
        `mobiplan.traveller.preferences.Preferences`; a field of `Needs` is a hard limit
        (``max_transfers=2``).

    Raises
    ------
    InvalidQuery
        If a keyword is neither, or a value is not allowed.

    Examples
    --------
    >>> me = Traveller(transfer="20 min", waiting=1.5, euros_per_hour=15, max_transfers=2)
    >>> me.weights["transfers"], me.weights["euros"], me.needs.max_transfers
    (20.0, 4.0, 2)
    >>> me.replace(walking=3).weights["walking"]
    3.0
    """

    preferences: Preferences
    needs: Needs
    class_: Literal[1, 2]
    age: int | None
    cards: tuple[str, ...]
    luggage: bool
    price: PriceEnd
    name: str = field(compare=False)
    sources: Mapping[str, str] = field(compare=False)  # weight, limit or fact -> "label: words"

    def __init__(
        self,
        *,
        name: str = "",
        needs: Needs | None = None,
        class_: Literal[1, 2] = 2,
        age: int | None = None,
        cards: str | Iterable[str] = (),
        luggage: bool = False,
        price: PriceEnd = "middle",
        own: Mapping[str, float] | None = None,
        **weights_and_limits: Any,
    ) -> None:
        facts = {"class_": class_, "age": age, "cards": cards, "luggage": luggage, "price": price}
        limits, weights = _sorted_out(weights_and_limits)
        if needs is not None and not isinstance(needs, Needs):
            raise InvalidQuery(
                f"needs={needs!r}: give mobiplan.Needs(...), such as mp.Needs(max_transfers=1)"
            )
        standard = _standard()
        self._fill(
            preferences=standard.preferences.revised({**weights, "own": own or {}}),
            needs=(needs or Needs()).replace(**limits),
            **{fact: read_fact(fact, value) for fact, value in facts.items()},
            name=name,
            sources=_without(standard.sources, weights),
        )

    def _fill(self, **values: Any) -> Self:
        """Set fields, as only a new traveller may."""
        for name, value in values.items():
            object.__setattr__(self, name, value)
        return self

    # ------------------------------------------------------------------ where travellers come from

    @classmethod
    def preset(cls, name: str) -> Self:
        """Return a traveller that comes with mobiplan, each value with its source.

        Parameters
        ----------
        name : str
            "standard", "slow_walker", "luggage", "wheelchair", "budget", "climate", "family",
            "commuter" or "comfort"; `mobiplan.traveller.presets.table` shows what each says.

        Raises
        ------
        InvalidQuery
            If there is no preset of that name; the message lists them.

        Examples
        --------
        >>> Traveller.preset("slow_walker").needs.pace
        2.7
        """
        kind: Any = cls
        found: Self = _preset(kind, presets.path(name))
        return found

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a traveller's file, TOML or JSON by its suffix.

        What the file does not say is as in the standard traveller.

        Parameters
        ----------
        path : path
            To a ``.toml`` or ``.json`` file.

        Raises
        ------
        InvalidQuery
            If a key, a unit or a value is not allowed: names the file, the line and what is.
        FileNotFoundError
            If there is no such file.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "me.json"
        ...     _ = path.write_text('{"version": 1, "weights": {"transfers": "25 min"}}')
        ...     Traveller.load(path)
        Traveller(transfers='25 min')
        """
        standard = _standard()
        return _made(cls, files.read(path, standard.preferences, standard.sources))

    @classmethod
    def from_weights(
        cls, weights: Mapping[str, float], *, source: str = STATED, **others: Any
    ) -> Self:
        """Return a traveller to whom exactly these features cost something, and no other.

        Parameters
        ----------
        weights : mapping of str to float
            Minutes per unit by feature, as `weights` shows them; names that are not in the
            vocabulary are the traveller's own. An ordinary train costs 1 unless "riding" is there.
        source : str
            Where the weights come from, "label: words".
        **others
            Whatever else `Traveller` takes, but no weights.

        Examples
        --------
        >>> in_a_hurry = Traveller.from_weights({"before_departure": 1, "waiting": 1, "walking": 1})
        >>> in_a_hurry.weights["transfers"]
        0.0
        """
        known = {name: weight for name, weight in weights.items() if is_known(name)}
        own = {name: weight for name, weight in weights.items() if not is_known(name)}
        preferences = Preferences({**known, "own": own})
        sources = dict.fromkeys(preferences.to_dict(), source)
        return cls(**others)._fill(preferences=preferences, sources=MappingProxyType(sources))

    def replace(self, **changes: Any) -> Self:
        """Return the traveller with some weights, limits or facts changed.

        Parameters
        ----------
        **changes
            What `Traveller` takes; a limit of None is lifted, ``needs=`` replaces them all.

        Raises
        ------
        InvalidQuery
            If a keyword is neither a weight, a limit nor a fact, or a value is not allowed.

        Examples
        --------
        >>> Traveller.preset("commuter").replace(max_transfers=1).needs.max_transfers
        1
        """
        plain = {key: changes.pop(key) for key in ("name", "needs", "own") if key in changes}
        facts = {key: read_fact(key, changes.pop(key)) for key in FACTS if key in changes}
        limits, weights = _sorted_out(changes)
        if "own" in plain:
            weights["own"] = plain["own"] or {}
        needs = (plain["needs"] or Needs()) if "needs" in plain else self.needs
        said = {*weights, *limits, *facts, *(RULES if "needs" in plain else ())}
        return _made(type(self), self._values())._fill(
            preferences=self.preferences.revised(weights),
            needs=needs.replace(**limits),
            **facts,
            name=plain.get("name", self.name),
            sources=_without(self.sources, said),
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the traveller to a file, TOML or JSON by its suffix, that a person can edit.

        The file is whole or as it was before, whatever happens; `load` reads an equal traveller.

        Parameters
        ----------
        path : path
            To a ``.toml`` or ``.json`` file.

        Examples
        --------
        >>> import tempfile
        >>> me = Traveller(transfer="20 min", max_transfers=2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     me.save(f"{folder}/me.toml")
        ...     Traveller.load(f"{folder}/me.toml") == me
        True
        """
        files.write(self.to_dict(), path)

    # ------------------------------------------------------------------ asking

    @property
    def weights(self) -> Mapping[str, float]:
        """Equivalent minutes per unit, by feature.

        >>> Traveller(transfer="20 min", euros_per_hour=15).weights["euros"]
        4.0
        """
        return self.preferences

    @functools.cached_property
    def passenger(self) -> Passenger:
        """What fares depend on.

        >>> Traveller(age=26, cards="avantage jeune").passenger
        Passenger(class_=2, age=26, cards=('avantage jeune',))
        """
        from mobiplan.attributes.passenger import Passenger

        return Passenger(class_=self.class_, age=self.age, cards=self.cards)

    def source(self, name: str) -> str:
        """Return where a weight, a limit or a fact comes from, as "label: words".

        Parameters
        ----------
        name : str
            A feature, a field of `Needs`, or "age", "cards", ...

        Examples
        --------
        >>> Traveller.preset("commuter").source("transfers").partition(":")[0]
        'published'
        """
        return self.sources.get(said_as(name), STATED)

    def explain(self) -> pd.DataFrame:
        """Return a table of what each feature costs, in words and with its source.

        Returns
        -------
        pandas.DataFrame
            feature, weight (float64), unit ("min/min", "min/€", ...), words, label ("published",
            "assumed", "stated", ...) and source. Features that cost nothing are left out.

        Examples
        --------
        >>> Traveller(walking=2.5).explain().set_index("feature").loc["walking", "words"]
        'a minute on foot ≈ 2.5 min'
        """
        import pandas as pd

        rows = []
        for name, weight in self.weights.items():
            if weight:
                words = f"{feature(name).words} ≈ {weight:.3g} min"
                if name == "euros":
                    words += f" ({self.preferences.euros_per_hour:.3g} € an hour)"
                label, _, source = self.source(name).partition(": ")
                rows.append((name, weight, feature(name).weight_unit, words, label, source))
        return pd.DataFrame(rows, columns=list(EXPLAIN_COLUMNS))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as the files hold them; what is not known is left out.

        >>> Traveller(transfer="20 min", max_transfers=2).to_dict()["needs"]
        {'max_transfers': 2}
        """
        facts = {fact: getattr(self, fact) for fact in FACTS} | {"cards": list(self.cards)}
        return {
            "name": self.name,
            "passenger": {fact: value for fact, value in facts.items() if value is not None},
            "weights": self.preferences.to_dict(),
            "needs": self.needs.to_dict(),
            "sources": dict(self.sources),
        }

    def _values(self) -> dict[str, Any]:
        return {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}

    def __repr__(self) -> str:
        """What differs from the standard traveller."""
        mine, theirs = self.to_dict(), _standard().to_dict()
        parts = [f"name={self.name!r}"] if self.name else []
        for section in ("passenger", "weights", "needs"):
            parts += [
                f"{key}={value!r}"
                for key, value in mine[section].items()
                if value != theirs[section].get(key)
            ]
        return f"Traveller({', '.join(parts)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (type(self), self._values() | {"sources": dict(self.sources)})


@runtime_checkable
class Likely(Protocol):
    """Who travels as far as it is known: what planning under doubt asks of a learned model."""

    @property
    def features_in_(self) -> tuple[str, ...]:
        """Names of the K features that something is believed of."""
        ...

    def traveller(self) -> Traveller:
        """Return the traveller of mean weights, with all limits and facts."""
        ...

    def draws(self, n: int) -> Float64:
        """Return n travellers that may be, equivalent minutes per unit, (n, K), none negative."""
        ...


def _made(cls: type[_T], values: Mapping[str, Any]) -> _T:
    """Make a traveller of ready values, as files, copies and pickle do."""
    sources = MappingProxyType(dict(values["sources"]))
    return object.__new__(cls)._fill(**{**values, "sources": sources})


@functools.cache
def _standard() -> Traveller:
    """The preset that stands behind whatever is not said; its file says everything."""
    path = presets.path(presets.STANDARD)
    return _made(Traveller, files.read(path, Preferences(), {}))


def _sorted_out(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Limits and weights, told apart by their names."""
    limits = {name: value for name, value in given.items() if name in RULES}
    return limits, {name: value for name, value in given.items() if name not in RULES}


def _without(sources: Mapping[str, str], said: Iterable[str]) -> Mapping[str, str]:
    """The sources that still hold once something else was said."""
    gone = {said_as(name) for name in said}
    return MappingProxyType({name: text for name, text in sources.items() if name not in gone})


@functools.cache
def _preset(kind: Any, path: os.PathLike[str]) -> Any:
    """Read a preset once: a traveller never changes, and a query need not wait for a file."""
    return kind.load(path)
