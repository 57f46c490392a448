"""Kernels answer the same as plain Python, and a machine that cannot cache can still plan."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ASK = """
import warnings

warnings.simplefilter("error")
import mobiplan as mp

planner = mp.Planner(mp.sample())
asked = dict(origin="Rennes", destination="Grenoble")
for engine in ("auto", "scan"):
    print(planner.earliest_arrival(**asked, depart="2026-03-24 08:00", engine=engine).best.id)
    print(planner.latest_departure(**asked, arrive="2026-03-24 20:00", engine=engine).best.id)
"""


def answers(**environment: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", ASK],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_compiled_kernels_answer_as_plain_python_does() -> None:
    plain = answers(MOBIPLAN_COMPILE="0")
    assert len(plain.split()) == 4
    assert answers() == plain


@pytest.mark.skipif(os.name == "nt", reason="permissions are other on Windows")
def test_one_plans_where_no_cache_can_be_written(tmp_path: Path) -> None:
    nowhere = tmp_path / "a file, not a folder"
    nowhere.write_text("")
    assert answers(NUMBA_CACHE_DIR=str(nowhere / "cache")) == answers()
