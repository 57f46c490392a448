"""A person's memory: what was chosen and what was learned from it, in one file that is theirs.

The file is text, one JSON value a line: a head with the prior and, for reading only, the weights
learned; then a line per situation. What is learned is always worked out anew from the lines, in
the order of their names, so that a forgotten choice leaves no trace: not in the file, and not in
the last bit of a weight. Nothing here opens a connection.
"""

from __future__ import annotations

import json
import os
from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

from mobiplan.errors import InvalidChoices
from mobiplan.traveller.belief import Belief
from mobiplan.traveller.choices import ChoicesLike, Table, read
from mobiplan.traveller.learning import ChoiceModel, PriorLike
from mobiplan.traveller.traveller import Traveller

FORMAT = "mobiplan memory"
VERSION = 1


class Memory:
    """Choices that a person made, and the model that follows from them.

    Parameters
    ----------
    prior : Traveller, mapping of weights, Belief, ChoiceModel
        See `learn`.
    person : Traveller, optional
        Who travels, see `ChoiceModel`; the prior if it is a traveller. Limits and facts (age,
        cards, ...) are no choices: they are not written (`Traveller.save` does), and are given
        again when a memory is loaded.
    **settings
        Further parameters of `ChoiceModel`.

    Examples
    --------
    >>> memory = Memory({"riding": 1, "transfers": 15})
    >>> memory.remember("Monday", {"riding": [100, 85], "transfers": [0, 1]}, chosen=1)
    >>> memory.remember("Friday", {"riding": [100, 70], "transfers": [0, 2]}, chosen=1)
    >>> print(memory.model.summary())
    1 transfer ≈ 11 min (90 %: 4.7 to 25)
    >>> memory.forget("Friday")
    >>> memory.situations
    ('Monday',)
    """

    def __init__(
        self, prior: PriorLike, *, person: Traveller | None = None, **settings: Any
    ) -> None:
        self._person = prior if person is None and isinstance(prior, Traveller) else person
        belief = ChoiceModel(prior, **settings).belief_before()
        if belief is None:
            raise InvalidChoices("a memory begins with a prior: one choice determines no weight")
        self._prior = belief
        kept = ("context_spread", "random_state")
        self._settings = {name: settings[name] for name in kept if name in settings}
        self._lines: dict[str, dict[str, Any]] = {}

    @property
    def situations(self) -> tuple[str, ...]:
        """Names of the situations remembered, in the order of the file.

        >>> Memory({"riding": 1, "transfers": 15}).situations
        ()
        """
        return tuple(sorted(self._lines))

    def remember(
        self,
        situation: Hashable,
        options: Mapping[str, Sequence[Any]],
        chosen: int,
        *,
        context: str | None = None,
    ) -> None:
        """Add one choice.

        Parameters
        ----------
        situation : str
            Its name, by which it can be forgotten.
        options : mapping of feature to amounts
            One amount per option offered.
        chosen : int
            Position of the option taken.
        context : str, optional
            In what context: "commute", "leisure", ...

        Raises
        ------
        InvalidChoices
            If the situation is remembered already, or amounts are not finite.

        Examples
        --------
        >>> memory = Memory({"riding": 1, "transfers": 15})
        >>> memory.remember("Monday", {"riding": [100, 85], "transfers": [0, 1]}, chosen=1)
        >>> memory.model.n_situations_
        1
        """
        n_options = len(next(iter(options.values()), ()))
        if not 0 <= chosen < n_options:
            raise InvalidChoices(f"chosen={chosen}: the options are 0 to {n_options - 1}")
        table: dict[str, Any] = {
            "situation": [str(situation)] * n_options,
            "chosen": [int(i == chosen) for i in range(n_options)],
            **{str(name): list(amounts) for name, amounts in options.items()},
        }
        if context:
            table["context"] = [context] * n_options
        self.add(table)

    def add(self, choices: ChoicesLike) -> None:
        """Add a table of choices: all of it or nothing.

        Parameters
        ----------
        choices : DataFrame, mapping of columns, or sequence of (journeys, chosen)
            See `mobiplan.traveller.choices.read`.

        Raises
        ------
        InvalidChoices
            If a situation is remembered already, or the table is not one of choices.

        Examples
        --------
        >>> memory = Memory({"riding": 1, "transfers": 15})
        >>> offered = {"situation": ["Mon", "Mon"], "riding": [100, 85], "transfers": [0, 1]}
        >>> memory.add({**offered, "chosen": [0, 1]})
        >>> memory.situations
        ('Mon',)
        """
        given = read(choices)
        lines = {}
        for s, situation in enumerate(given.situations):
            rows = slice(given.first[s], given.first[s + 1])
            line: dict[str, Any] = {"situation": str(situation)}
            if given.contexts[s]:
                line["context"] = given.contexts[s]
            if given.weight[s] != 1:
                line["weight"] = float(given.weight[s])
            line["chosen"] = int(given.chosen[s] - given.first[s])
            line["options"] = {
                name: given.amounts[rows, k].tolist() for k, name in enumerate(given.features)
            }
            lines[str(situation)] = line
        again = sorted(lines.keys() & self._lines.keys())
        if again or len(lines) < len(given.situations):
            raise InvalidChoices(
                f"situation {(again or ['of one name'])[0]!r} is remembered already: forget it "
                "first, or give it another name"
            )
        self._lines |= lines
        self.__dict__.pop("model", None)

    def forget(self, situation: Hashable) -> None:
        """Drop one choice: the model is then, bit for bit, the one that never saw it.

        Parameters
        ----------
        situation : str
            Its name.

        Raises
        ------
        InvalidChoices
            If no situation of this name is remembered.

        Examples
        --------
        >>> memory = Memory({"riding": 1, "transfers": 15})
        >>> memory.remember("Monday", {"riding": [100, 85], "transfers": [0, 1]}, chosen=1)
        >>> memory.forget("Monday")
        >>> memory.model.n_situations_
        0
        """
        if str(situation) not in self._lines:
            raise InvalidChoices(f"no situation {str(situation)!r} is remembered")
        del self._lines[str(situation)]
        self.__dict__.pop("model", None)

    def table(self) -> Table:
        """Return what is remembered as a tidy table by columns, a row for each option.

        Returns
        -------
        dict of str to list
            situation, option, chosen (0 or 1), context, weight and the features.

        Examples
        --------
        >>> memory = Memory({"riding": 1, "transfers": 15})
        >>> memory.remember("Monday", {"riding": [100, 85], "transfers": [0, 1]}, chosen=1)
        >>> memory.table()["chosen"]
        [0, 1]
        """
        features = sorted({name for line in self._lines.values() for name in line["options"]})
        columns: dict[str, list[Any]] = {
            name: [] for name in ("situation", "option", "chosen", "context", "weight", *features)
        }
        for situation in self.situations:
            line = self._lines[situation]
            n_options = len(next(iter(line["options"].values()), ()))
            columns["situation"] += [situation] * n_options
            columns["option"] += range(n_options)
            columns["chosen"] += [int(i == line["chosen"]) for i in range(n_options)]
            columns["context"] += [line.get("context")] * n_options
            columns["weight"] += [line.get("weight", 1.0)] * n_options
            for name in features:
                columns[name] += line["options"].get(name, [0.0] * n_options)
        return columns

    @cached_property
    def model(self) -> ChoiceModel:
        """What follows from the choices, worked out anew from all of them in canonical order.

        >>> Memory({"riding": 1, "transfers": 15}).model.n_situations_
        0
        """
        model = ChoiceModel(self._prior, person=self._person, **self._settings)
        return model.fit(self.table() if self._lines else None)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the memory to a file; an older file stays whole until the new one is.

        Parameters
        ----------
        path : path
            Text: a line of JSON for the prior, then one for each situation.

        Examples
        --------
        >>> import tempfile
        >>> memory = Memory({"riding": 1, "transfers": 15})
        >>> memory.remember("Monday", {"riding": [100, 85], "transfers": [0, 1]}, chosen=1)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     memory.save(f"{folder}/mine.jsonl")
        ...     Memory.load(f"{folder}/mine.jsonl").situations
        ('Monday',)
        """
        head = {
            "format": FORMAT,
            "version": VERSION,
            "learned": self.model.summary().splitlines(),
            "settings": self._settings,
            "prior": self._prior.to_dict(),
        }
        lines = [head, *(self._lines[name] for name in self.situations)]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        target = Path(path)
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            beside.write_text(text, encoding="utf-8")
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | PathLike[str], *, person: Traveller | None = None) -> Memory:
        """Read what `save` wrote, or a person edited.

        Parameters
        ----------
        path : path
            As `save` wrote it.
        person : Traveller, optional
            Whose it is: limits and facts are not in the file.

        Raises
        ------
        InvalidChoices
            If the file is no memory; names the line.

        Examples
        --------
        >>> import tempfile
        >>> import mobiplan as mp
        >>> me = mp.Traveller(age=30, transfer="15 min")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Memory(me).save(f"{folder}/mine.jsonl")
        ...     Memory.load(f"{folder}/mine.jsonl", person=me).model.traveller().age
        30
        """
        number = 1
        try:
            head, *rest = Path(path).read_text(encoding="utf-8").splitlines()
            written = json.loads(head)
            if written.get("format") != FORMAT or written.get("version") != VERSION:
                raise InvalidChoices(f"not a {FORMAT} of version {VERSION}")
            prior = Belief.from_dict(written["prior"])
            memory = cls(prior, person=person, **written.get("settings", {}))
            for text in rest:
                number += 1
                if text.strip():
                    memory._add_line(json.loads(text))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InvalidChoices(f"{path}, line {number}: {error}") from error
        return memory

    def _add_line(self, line: Mapping[str, Any]) -> None:
        sizes = {len(amounts) for amounts in line["options"].values()}
        if len(sizes) != 1 or not 0 <= line["chosen"] < min(sizes):
            raise ValueError("give each feature one amount per option, and chosen among them")
        (n_options,) = sizes
        self.add(
            {
                "situation": [line["situation"]] * n_options,
                "option": list(range(n_options)),
                "chosen": [int(i == line["chosen"]) for i in range(n_options)],
                "context": [line.get("context")] * n_options,
                "weight": [line.get("weight", 1.0)] * n_options,
                **line["options"],
            }
        )
