"""The languages in which journeys are explained: a file each, and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from mobiplan.errors import InvalidQuery
from mobiplan.journeys.english import ENGLISH
from mobiplan.journeys.french import FRENCH
from mobiplan.journeys.language import Language

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
