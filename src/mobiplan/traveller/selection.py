"""What a traveller avoids, or wants only: trains, their makers, and stations, by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Self, TypeAlias

from mobiplan.errors import InvalidQuery
from mobiplan.gtfs.kinds import KINDS

#: What may be selected, and what a selection of it speaks of: of one name, and of several.
SELECTABLE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "modes": ("kind of vehicle", "kinds of vehicle"),
        "brands": ("brand", "brands"),
        "operators": ("operator", "operators"),
        "lines": ("line", "lines"),
        "trains": ("train number", "train numbers"),
        "stations": ("station called at", "stations called at"),
        "board_at": ("station boarded at", "stations boarded at"),
        "change_at": ("station changed at", "stations changed at"),
        "pass_through": ("station passed through", "stations passed through"),
    }
)

#: What a caller may give for a selection: what is selected -> one name or several.
SelectionLike: TypeAlias = "Mapping[str, str | int | Iterable[str | int]]"


class Selection(Mapping[str, tuple[str, ...]]):
    """An immutable mapping from what is selected to the names in it, sorted; it hashes.

    The names are as the caller knows them: kinds as in ``timetable.kinds``, brands as in
    ``timetable.brands``, train numbers, names or ids of operators, lines and stations. Only kinds
    can be checked without a timetable; the planner finds the rest.

    * ``stations``: the trains ridden call there at no time from boarding to alighting, ends
      included; ``pass_through``: nor do they between those two ends;
    * ``board_at``, ``change_at``: where a ride begins, where one ride follows another.

    Parameters
    ----------
    names : mapping of str to str, number or several of these
        One name, or several, for each of ``modes``, ``brands``, ``trains``, ... that matters.
    argument : str
        What errors call it.

    Raises
    ------
    InvalidQuery
        If something else is selected, if a name is empty, or if a kind of vehicle is unknown.

    Examples
    --------
    >>> Selection({"brands": ["OUIGO", "Lyria"], "trains": 2573})
    Selection({'brands': ['Lyria', 'OUIGO'], 'trains': '2573'})
    """

    __slots__ = ("_names",)
    _names: dict[str, tuple[str, ...]]

    def __init__(self, names: SelectionLike | None = None, argument: str = "avoid") -> None:
        if not isinstance(names, Mapping | None):
            raise InvalidQuery(
                f"{argument}={names!r}: say of what, such as {argument}={{'brands': 'OUIGO'}}; "
                f"allowed are {', '.join(SELECTABLE)}"
            )
        given = {key: _names(key, value, argument) for key, value in (names or {}).items()}
        self._names = {key: given[key] for key in SELECTABLE if given.get(key)}

    def __getitem__(self, key: str) -> tuple[str, ...]:
        return self._names[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __hash__(self) -> int:
        return hash(tuple(self._names.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Selection) and self._names == other._names

    def __reduce__(self) -> tuple[Any, ...]:
        return Selection, (self._names,)

    def __repr__(self) -> str:
        return f"Selection({self.to_dict()!r})" if self else "Selection()"

    def to_dict(self) -> dict[str, str | list[str]]:
        """Return plain values, one name as text, several as a list."""
        return {
            key: names[0] if len(names) == 1 else list(names) for key, names in self._names.items()
        }

    def without(self, key: str) -> Self:
        """Return the selection with nothing said of `key`."""
        return type(self)({k: names for k, names in self._names.items() if k != key})

    def union(self, other: Selection) -> Self:
        """Return what either selects: the stricter of two that are avoided."""
        return type(self)({k: (*self.get(k, ()), *other.get(k, ())) for k in {*self, *other}})

    def intersection(self, other: Selection) -> Self:
        """Return what both allow: the stricter of two of which one is wanted only.

        Raises
        ------
        InvalidQuery
            If the names have nothing in common. They are compared as text, without case.
        """
        both: dict[str, tuple[str, ...]] = {}
        for key in {*self, *other}:
            mine, theirs = self.get(key), other.get(key)
            if mine is None or theirs is None:
                both[key] = mine or theirs or ()
                continue
            folded = {name.casefold() for name in theirs}
            both[key] = tuple(name for name in mine if name.casefold() in folded)
            if not both[key]:
                raise InvalidQuery(
                    f"only={{{key!r}: ...}} is given twice with nothing in common: "
                    f"{list(mine)} and {list(theirs)}"
                )
        return type(self)(both)

    def minus(self, other: Selection) -> Self:
        """Return the selection without the names that `other` has.

        Raises
        ------
        InvalidQuery
            If no name is left of something.
        """
        rest: dict[str, tuple[str, ...]] = {}
        for key, names in self.items():
            folded = {name.casefold() for name in other.get(key, ())}
            rest[key] = tuple(name for name in names if name.casefold() not in folded)
            if not rest[key]:
                raise InvalidQuery(f"only and avoid both name {list(names)} of {key!r}")
        return type(self)(rest)

    def common(self, other: Selection) -> Iterator[tuple[str, str]]:
        """Yield every (what, name) that stands in both."""
        for key, names in self.items():
            folded = {name.casefold() for name in other.get(key, ())}
            yield from ((key, name) for name in names if name.casefold() in folded)


def _names(key: object, value: object, argument: str) -> tuple[str, ...]:
    """Return the names given for `key`, each once and in order."""
    if key not in SELECTABLE:
        near = difflib.get_close_matches(str(key), SELECTABLE, 1)
        raise InvalidQuery(
            f"{argument}={{{key!r}: ...}}: allowed are {', '.join(SELECTABLE)}"
            + (f"; did you mean {near[0]!r}?" if near else "")
        )
    several = [value] if isinstance(value, str | int) else value
    if not isinstance(several, Iterable) or isinstance(several, bytes | Mapping):
        raise InvalidQuery(f"{argument}={{{key!r}: {value!r}}}: give a name or a list of names")
    names = set()
    for name in several:
        if isinstance(name, bool) or not isinstance(name, str | int) or not str(name).strip():
            raise InvalidQuery(f"{argument}={{{key!r}: {value!r}}}: {name!r} is not a name")
        names.add(str(name).strip())
    if key == "modes":
        names = {name.casefold() for name in names}
        for name in sorted(names - set(KINDS)):
            raise InvalidQuery(
                f"{argument}={{'modes': {name!r}}}: kinds of vehicle are {', '.join(KINDS)}; "
                "for a make of train say 'brands'"
            )
    return tuple(sorted(names))
