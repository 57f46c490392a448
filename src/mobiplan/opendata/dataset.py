"""What a data set is: its ids over time, its columns in every spelling, and where it comes from.

The platform (Opendatasoft, Explore API 2.1) exports a table with labels for people, "Gare origine -
code UIC", or with field names, "gare_origine_code_uic". Both have the same key once case, accents
and punctuation are gone, so that only the few columns with truly different names list several.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

PLATFORM = "https://ressources.data.sncf.com"
ODBL = "ODbL 1.0"

#: How the text of a cell is read: "code" is a UIC code of 8 digits, "short code" one that lacks its
#: country, which is 87, France.
Kind: TypeAlias = Literal["text", "number", "code", "short code"]


class Source(NamedTuple):
    """Where a figure comes from.

    >>> Source("tarifs-tgv-inoui-ouigo", "2025-01-22", "ODbL 1.0", "https://example.org").dataset
    'tarifs-tgv-inoui-ouigo'
    """

    dataset: str  # the data set's id, or a publication's title
    date: str  # ISO, of the version read; "" where nothing tells
    licence: str  # "" where a figure is only cited
    url: str
    note: str = ""  # what else has to be said: that figures are made up, whose words are quoted


class Column(NamedTuple):
    """A column under our name, and the keys under which the platform has published it."""

    name: str
    keys: tuple[str, ...]
    kind: Kind = "text"
    required: bool = True


@dataclass(frozen=True)
class Dataset:
    """A table that mobiplan reads.

    Attributes
    ----------
    name : str
        Under which `OpenData` holds it.
    ids : tuple of str
        The platform's ids of it, the present one first.
    columns : tuple of Column
        What is read of it.
    clean : callable, optional
        Finishes the frame: our columns come first, the other ones follow under their keys.
    licence : str
        As the platform states it.
    """

    name: str
    ids: tuple[str, ...]
    columns: tuple[Column, ...]
    clean: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    licence: str = ODBL

    def url(self, id_: str) -> str:
        """Return the page of the data set."""
        return f"{PLATFORM}/explore/dataset/{id_}/"


def key(label: str) -> str:
    """Return the key of a column's label or field name.

    >>> key("Voiture thermique (2,2 pers.) - Empreinte carbone (kgCO2e)")
    'voiture_thermique_2_2_pers_empreinte_carbone_kgco2e'
    """
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def uic8(code: str) -> str:
    """Return a UIC code as the 8 digits that GTFS ids hold, "" if it is none.

    Tables pad it to 10 digits, or drop the zeros that follow the country's two.

    >>> uic8("0087686006"), uic8("8510082"), uic8("85109"), uic8("Paris")
    ('87686006', '85010082', '85000109', '')
    """
    digits = code.strip().removesuffix(".0").lstrip("0")
    if not digits.isdecimal() or not 3 <= len(digits) <= 8:
        return ""
    return digits[:2] + digits[2:].zfill(6)
