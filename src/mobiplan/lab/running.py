"""Run learners over use cases, and put what came out into one comparable report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mobiplan.errors import InvalidQuery
from mobiplan.lab.learners import Learner
from mobiplan.lab.metrics import METRICS, Answer, calibration_curve
from mobiplan.lab.use_cases import Person, UseCase
from mobiplan.traveller.choices import Floats, read

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["use_case", "learner", "answers", "metric", "value", "cases"]


@dataclass(frozen=True, eq=False)
class Report:
    """What came out of a run.

    Parameters
    ----------
    rows : list of tuple
        use_case, learner, answers learned, metric, average value, cases averaged over.
    said : mapping of (use_case, learner, answers) to (probability, taken)
        Every held-out option's probability, and whether it was taken, both (N,) float64.

    Examples
    --------
    >>> from mobiplan.lab import LEARNERS, simulated
    >>> people = simulated("three", n_people=3, first=4, held_out=10)
    >>> report = run(people, {"learned": LEARNERS["learned"]}, answers=(0, 4))
    >>> report.value("three", "learned", 0, "top_3") > 0.9
    True
    >>> report.calibration("three", "learned", 4, bins=2)["options"].tolist()
    [76, 25]
    """

    rows: list[tuple[str, str, int, str, float, int]]
    said: Mapping[tuple[str, str, int], tuple[Floats, Floats]]

    def to_frame(self) -> pd.DataFrame:
        """Return a row per use case, learner, number of answers and metric.

        Returns
        -------
        pandas.DataFrame
            use_case, learner, answers (int), metric, value (float64: the average), cases (int: so
            many were averaged).

        Examples
        --------
        >>> Report([("commute", "learned", 8, "top_1", 0.75, 40)], {}).to_frame().shape
        (1, 6)
        """
        import pandas as pd

        return pd.DataFrame(self.rows, columns=COLUMNS)

    def table(self, metric: str) -> pd.DataFrame:
        """Return a metric: use case and learner down, answers learned across.

        Parameters
        ----------
        metric : str
            A key of `METRICS`, or of the metrics that the run was given.

        Examples
        --------
        >>> report = Report([("commute", "learned", 8, "top_1", 0.75, 40)], {})
        >>> report.table("top_1").to_numpy().tolist()
        [[0.75]]
        """
        frame = self.to_frame()
        frame = frame[frame["metric"] == metric]
        return frame.pivot(index=["use_case", "learner"], columns="answers", values="value")

    def value(self, use_case: str, learner: str, answers: int, metric: str) -> float:
        """Return one number.

        Parameters
        ----------
        use_case, learner : str
            Their names in the run.
        answers : int
            How many answers had been learned.
        metric : str
            A key of `METRICS`, or of the metrics that the run was given.

        Raises
        ------
        InvalidQuery
            If the run had no such combination.

        Examples
        --------
        >>> report = Report([("commute", "learned", 8, "top_1", 0.75, 40)], {})
        >>> report.value("commute", "learned", 8, "top_1")
        0.75
        """
        for row in self.rows:
            if row[:4] == (use_case, learner, answers, metric):
                return row[4]
        raise InvalidQuery(f"no {metric} of {learner} after {answers} answers in {use_case!r}")

    def calibration(
        self, use_case: str, learner: str, answers: int, bins: int = 10
    ) -> pd.DataFrame:
        """Return how often options were taken that were said to be taken so often.

        Parameters
        ----------
        use_case, learner : str
            Their names in the run.
        answers : int
            How many answers had been learned.
        bins : int
            Of equal width, from 0 to 1; the empty ones are left out.

        Returns
        -------
        pandas.DataFrame
            said and taken (float64, averages), options (int); a row per bin.

        Examples
        --------
        >>> import numpy as np
        >>> said = {("commute", "learned", 8): (np.array([0.8, 0.2]), np.array([1.0, 0.0]))}
        >>> Report([], said).calibration("commute", "learned", 8, bins=2)["taken"].tolist()
        [0.0, 1.0]
        """
        return calibration_curve(*self.said[use_case, learner, answers], bins)

    def to_csv(self, path: str) -> None:
        """Write `to_frame` to a CSV file.

        Parameters
        ----------
        path : str
            The file; one that is there is replaced.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.NamedTemporaryFile("r", suffix=".csv") as file:
        ...     Report([("commute", "learned", 8, "top_1", 0.75, 40)], {}).to_csv(file.name)
        ...     print(file.readlines()[1].strip())
        commute,learned,8,top_1,0.75,40
        """
        self.to_frame().to_csv(path, index=False)


def run(
    use_cases: UseCase | Iterable[UseCase],
    learners: Mapping[str, Learner],
    *,
    answers: Sequence[int] = (0, 1, 2, 4, 8),
    metrics: Mapping[str, Callable[[Answer], Floats | None]] | None = None,
) -> Report:
    """Let each learner foretell each person's held-out choices after so many answers.

    Parameters
    ----------
    use_cases : UseCase or several
        Whose choices are foretold.
    learners : mapping of str to function
        Name to learner; see `LEARNERS`.
    answers : sequence of int
        How many of a person's first answers are learned, each in turn.
    metrics : mapping, optional
        Name to function; `METRICS` if left out.

    Returns
    -------
    Report
        Averages over people and splits.

    Examples
    --------
    >>> from mobiplan.lab import LEARNERS, simulated
    >>> people = simulated("three", n_people=3, first=10, held_out=40)
    >>> report = run(people, {"learned": LEARNERS["learned"]}, answers=(0, 10))
    >>> report.table("top_1").shape
    (1, 2)
    """
    found = METRICS if metrics is None else metrics
    values: dict[tuple[str, str, int, str], list[Floats]] = {}
    said: dict[tuple[str, str, int], list[tuple[Floats, Floats]]] = {}
    for use_case in [use_cases] if isinstance(use_cases, UseCase) else use_cases:
        for split in use_case.splits():
            for name, learner in learners.items():
                personal = learner(split.others, use_case.yardstick)
                for person in split.people:
                    trips, weights, least = use_case.trips, person.weights, None
                    if trips is not None and weights is not None:
                        least = trips.least(weights)
                    for n in answers:
                        answer = _answer(person, personal(_first(person.answered, n)))
                        if trips is not None and weights is not None:
                            planned = trips.regret(answer.model, weights, least)
                            answer = answer._replace(planned=planned)
                        key = (use_case.name, name, n)
                        taken = np.zeros(len(answer.probability))
                        taken[answer.choices.chosen] = 1.0
                        said.setdefault(key, []).append((answer.probability, taken))
                        for metric, function in found.items():
                            value = function(answer)
                            if value is not None:
                                values.setdefault((*key, metric), []).append(value)
    rows = []
    for (case, learner_name, n, metric), parts in values.items():
        each = np.concatenate(parts)
        rows.append((case, learner_name, n, metric, float(each.mean()), len(each)))
    joined = {
        key: (np.concatenate([p for p, _ in parts]), np.concatenate([t for _, t in parts]))
        for key, parts in said.items()
    }
    return Report(rows, joined)


def _first(table: pd.DataFrame, n: int) -> pd.DataFrame | None:
    """Return the first n situations, in the table's order; None for none."""
    situations = table["situation"].unique()[:n]
    return table[table["situation"].isin(situations)] if n else None


def _answer(person: Person, model: Any) -> Answer:
    choices = read(person.held_out)
    hidden = person.held_out.drop(columns="chosen")
    minutes = None
    if "_minutes" in person.held_out:
        minutes = person.held_out["_minutes"].to_numpy(np.float64)[choices.row]
    probability = np.asarray(model.predict_proba(hidden), np.float64)[choices.row]
    return Answer(choices, probability, minutes, person.weights, model)
