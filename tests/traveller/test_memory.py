"""Memory: readable, forgettable to the last bit, mergeable, and silent on the network."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from traveller.choosing import random_choices, seeds, situations

from mobiplan.errors import InvalidChoices
from mobiplan.traveller.learning import ChoiceModel, learn
from mobiplan.traveller.memory import Memory
from mobiplan.traveller.population import population

PRIOR = {"riding": 1.0, "transfers": 15.0, "euros": 4.0}


def bits(model: ChoiceModel) -> bytes:
    beliefs = [model.belief(), *(model.belief(context) for context in model.contexts_)]
    return b"".join(each.means.tobytes() + each.covariances.tobytes() for each in beliefs)


def filled(table: pd.DataFrame, order: list[int]) -> Memory:
    memory = Memory(PRIOR)
    for situation in order:
        memory.add(situations(table, situation))
    return memory


@settings(max_examples=25)
@given(seeds, seeds)
def test_a_forgotten_choice_leaves_no_bit(seed: int, forgotten: int) -> None:
    table = random_choices(seed, 6, contexts=("work", "leisure"))
    order = np.random.default_rng(seed).permutation(6).tolist()
    gone = forgotten % 6
    memory = filled(table, order)
    assert memory.model.n_situations_ == 6
    memory.forget(gone)
    never = filled(table, sorted(set(order) - {gone}, reverse=True))
    assert bits(memory.model) == bits(never.model)


def test_a_forgotten_choice_leaves_no_trace_in_the_file(tmp_path: Path) -> None:
    table = random_choices(1, 6)
    memory, never = filled(table, [0, 1, 2, 3]), filled(table, [3, 0, 1])
    memory.save(tmp_path / "mine")
    memory.forget(2)
    memory.save(tmp_path / "mine")
    never.save(tmp_path / "never")
    assert (tmp_path / "mine").read_bytes() == (tmp_path / "never").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "never"]


@settings(max_examples=25)
@given(seeds)
def test_what_is_read_back_is_what_was_written(seed: int) -> None:
    import tempfile

    memory = filled(random_choices(seed, 4, contexts=("work",)), [0, 1, 2, 3])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "memory.jsonl"
        memory.save(path)
        again = Memory.load(path)
        text = path.read_text(encoding="utf-8")
        again.save(path)
        assert path.read_text(encoding="utf-8") == text
    assert bits(again.model) == bits(memory.model)


def test_a_memory_learns_what_learn_learns() -> None:
    table = random_choices(1, 12)
    memory = filled(table, list(range(12)))
    assert memory.model.coef_ == pytest.approx(learn(table, PRIOR).coef_, rel=1e-10)


def test_a_person_can_read_the_file(tmp_path: Path) -> None:
    memory = Memory(PRIOR)
    memory.remember(
        "home, Friday", {"riding": [95, 80], "transfers": [0, 1]}, chosen=0, context="leisure"
    )
    memory.save(tmp_path / "memory.jsonl")
    head, line = (tmp_path / "memory.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(head)["learned"][1].startswith("1 transfer ≈ 1")
    assert line == (
        '{"situation": "home, Friday", "context": "leisure", "chosen": 0, '
        '"options": {"riding": [95.0, 80.0], "transfers": [0.0, 1.0]}}'
    )


def test_several_people_s_files_make_a_population(tmp_path: Path) -> None:
    tables = [random_choices(seed, 15) for seed in range(6)]
    for i, table in enumerate(tables):
        filled(table, list(range(15))).save(tmp_path / f"{i}.jsonl")
    merged = population(sorted(tmp_path.iterdir()))
    direct = population(tables)
    assert merged.features == direct.features
    assert merged.means == pytest.approx(direct.means, rel=1e-6)
    assert merged.covariances == pytest.approx(direct.covariances, rel=1e-6)


def test_nothing_opens_a_connection(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*arguments: Any, **options: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    table = random_choices(1, 8)
    memory = filled(table, list(range(8)))
    memory.save(tmp_path / "memory")
    Memory.load(tmp_path / "memory").forget(3)
    model = learn(table, PRIOR).update(situations(random_choices(2, 9), 8))
    assert len(model.predict_proba(table)) == len(table)
    assert population([table, random_choices(3, 8)]).features == model.features_in_


def test_what_cannot_be_remembered_is_refused() -> None:
    memory = Memory(PRIOR)
    offered = {"riding": [95, 80], "transfers": [0, 1]}
    memory.remember("Friday", offered, chosen=0)
    attempts: list[tuple[Callable[[], object], str]] = [
        (lambda: memory.remember("Friday", offered, chosen=0), "'Friday' is remembered"),
        (lambda: memory.remember("Monday", offered, chosen=2), "0 to 1"),
        (lambda: memory.remember("Monday", {"riding": [1, float("inf")]}, chosen=0), "'Monday'"),
        (lambda: memory.forget("Monday"), "no situation 'Monday'"),
        (lambda: Memory(None), "prior"),
    ]
    for attempt, words in attempts:
        with pytest.raises(InvalidChoices, match=words):
            attempt()
    assert memory.situations == ("Friday",)


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("{", 2),
        ('{"situation": "x", "chosen": 2, "options": {"riding": [1, 2]}}', 2),
        ('{"situation": "x", "chosen": 0, "options": {"riding": [1, 2], "euros": [1]}}', 2),
        ('{"situation": "x", "chosen": 0, "options": {"riding": [1, NaN]}}', 2),
        ('{"chosen": 0, "options": {"riding": [1, 2]}}', 2),
        ("[]", 2),
    ],
)
def test_a_damaged_file_names_its_line(tmp_path: Path, line: str, number: int) -> None:
    path = tmp_path / "memory.jsonl"
    Memory(PRIOR).save(path)
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(InvalidChoices, match=f"line {number}"):
        Memory.load(path)
    path.write_text("{}\n", encoding="utf-8")
    with pytest.raises(InvalidChoices, match="line 1"):
        Memory.load(path)
    path.write_text("", encoding="utf-8")
    with pytest.raises(InvalidChoices, match="line 1"):
        Memory.load(path)
