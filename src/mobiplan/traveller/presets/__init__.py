"""Travellers that come with mobiplan: one file each, every value with its source.

A new preset is a new file beside this one and its name in `PRESETS`. A file says only what differs
from ``standard.toml``, which says everything.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from mobiplan.errors import InvalidQuery

if TYPE_CHECKING:
    import pandas as pd

STANDARD = "standard"

#: The presets, in the order of their making.
PRESETS = (
    STANDARD,
    "slow_walker",
    "luggage",
    "wheelchair",
    "budget",
    "climate",
    "family",
    "commuter",
    "comfort",
)

TABLE_COLUMNS = ("preset", "says", "value", "label", "source")


def path(name: str) -> Path:
    """Return the file of a preset.

    Raises
    ------
    InvalidQuery
        If there is no such preset.
    """
    if name not in PRESETS:
        near = difflib.get_close_matches(str(name), PRESETS, 1)
        raise InvalidQuery(
            f"{name!r} is no preset: there are {', '.join(PRESETS)}"
            + (f"; did you mean {near[0]!r}?" if near else "")
        )
    return Path(__file__).with_name(f"{name}.toml")


def table() -> pd.DataFrame:
    """Return every value that a preset states, with its source.

    Columns: preset, says (the weight, limit or fact), value (as in the file), label ("published",
    "modelled" or "assumed") and source.

    Examples
    --------
    >>> defaults = table()
    >>> defaults[defaults.says == "euros"].set_index("preset").value.to_dict()
    {'standard': '15 €/h', 'budget': '8.6 €/h', 'commuter': '12.6 €/h', 'comfort': '22.1 €/h'}
    """
    import tomllib

    import pandas as pd

    rows = []
    for name in PRESETS:
        document = tomllib.loads(path(name).read_text(encoding="utf-8"))
        for section in ("weights", "needs", "passenger"):
            for key, value in document.get(section, {}).items():
                label, _, source = document["sources"][key].partition(": ")
                rows.append((name, key, value, label, source))
    return pd.DataFrame(rows, columns=list(TABLE_COLUMNS))
