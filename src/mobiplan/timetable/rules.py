"""How long a change takes where the feed does not say: stated, sourced, changeable."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self

from mobiplan.errors import InvalidQuery

#: Doors close this long before departure [s]. TGV: two minutes (SNCF Connect's boarding rule);
#: the other long-distance brands are assumed to do as the TGV does. Eurostar closes check-in.
DOOR_CLOSING_S: Mapping[str, int] = MappingProxyType(
    {
        "TGV": 120,
        "TGV INOUI": 120,
        "OUIGO": 120,
        "Lyria": 120,
        "ICE": 120,
        "INTERCITES": 120,
        "INTERCITES de nuit": 120,
        "Eurostar": 1800,
        "Thalys": 120,
    }
)


@dataclass(frozen=True)
class TransferRules:
    """What a change of trains needs. Durations in seconds, distances in metres.

    A published rule (transfers.txt) always comes before these defaults. The three sizes are
    SNCF's segments A, B, C where a station table says so, else departures on the busiest day.

    Attributes
    ----------
    small, medium, large : int
        Within a station, by its size. 300 s is what SNCF itself published for every station
        in transfers.txt until 2021; 480 s for the largest stations is an assumption.
    coach : int
        Between a coach and a train: 600 s, published by SNCF until 2021.
    shuttle : int
        To or from a shuttle ("Navette"): 180 s, published by SNCF until 2021.
    metro : int
        Between metros or trams (assumed).
    medium_from, large_from : int
        Departures on the busiest day from which a station counts as medium, as large.
    door_closing : Mapping[str, int]
        Brand -> seconds before departure at which boarding ends, at the first boarding too.
    walking_speed_m_s : float
        4 km/h, with luggage and street crossings (assumed).
    reach_m : float
        Stations farther apart than this (as the crow flies) are not walked between.
    access_reach_m : float
        Stations within this distance of a pair of coordinates are walked to.
    detour : float
        Length of a street walk over the straight line (assumed; 1.3 is usual for street grids).
    city_changes : bool
        Use the table of changes across a city (Paris terminals, Lille, ...).
    published : bool
        Use the feed's transfers.txt.
    no_hop_shortcuts : bool
        Drop journeys that undercut a minimum by riding one stop (G-35).

    Examples
    --------
    >>> TransferRules(large=600).large
    600
    >>> TransferRules.plain(300).reach_m
    0.0
    """

    small: int = 300
    medium: int = 300
    large: int = 480
    coach: int = 600
    shuttle: int = 180
    metro: int = 120
    medium_from: int = 100
    large_from: int = 400
    door_closing: Mapping[str, int] = field(default_factory=lambda: DOOR_CLOSING_S)
    walking_speed_m_s: float = 1.1
    reach_m: float = 500.0
    access_reach_m: float = 1500.0
    detour: float = 1.3
    city_changes: bool = True
    published: bool = True
    no_hop_shortcuts: bool = False

    def __post_init__(self) -> None:
        """Refuse what no walk can obey."""
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            if item.name == "door_closing" or isinstance(item.default, bool):
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
                raise InvalidQuery(
                    f"TransferRules({item.name}={value!r}): give a number of seconds (for reach, "
                    "metres), 0 or more"
                )
        if not self.walking_speed_m_s > 0 or not self.detour >= 1:
            raise InvalidQuery("TransferRules needs walking_speed_m_s > 0 and detour >= 1")
        closing = {str(brand): int(s) for brand, s in self.door_closing.items()}
        if any(s < 0 for s in closing.values()):
            raise InvalidQuery("TransferRules(door_closing=...) has a negative time")
        object.__setattr__(self, "door_closing", MappingProxyType(closing))

    @classmethod
    def plain(cls, minimum_s: int = 300) -> Self:
        """One minimum in every station, no walks, no closing doors, no published rules.

        This is the model of most other routers; use it to compare with them.

        Parameters
        ----------
        minimum_s : int
            Seconds that every change needs.

        Examples
        --------
        >>> TransferRules.plain(300).city_changes
        False
        """
        return cls(
            small=minimum_s,
            medium=minimum_s,
            large=minimum_s,
            coach=minimum_s,
            shuttle=minimum_s,
            metro=minimum_s,
            door_closing={},
            reach_m=0.0,
            city_changes=False,
            published=False,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_dict, (self.to_dict(),)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as a saved timetable's manifest holds them.

        >>> TransferRules(large=600).to_dict()["large"]
        600
        """
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        values["door_closing"] = dict(self.door_closing)
        return values

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.door_closing.items()))) ^ hash(
            tuple(v for k, v in self.to_dict().items() if k != "door_closing")
        )


def _from_dict(values: dict[str, Any]) -> TransferRules:
    """Make rules anew from `TransferRules.to_dict`, as pickle does."""
    return TransferRules(**values)
