"""The saved timetable: what goes in comes out, and nothing that breaks on the way is believed."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobiplan.errors import InvalidTimetable
from mobiplan.gtfs.tables import Source
from mobiplan.timetable import storage
from mobiplan.timetable.rules import TransferRules
from mobiplan.timetable.storage import is_saved_timetable, load_timetable, save_timetable
from mobiplan.timetable.strings import Strings
from mobiplan.timetable.timetable import Timetable


def make_timetable(rows: int = 3, seed: int = 0) -> Timetable:
    """A timetable of `rows` rows a table: the values mean nothing, storage must not care."""
    rng = np.random.default_rng(seed)

    def column(name: str, hint: Any) -> Any:
        if hint is Strings:
            return Strings.of(f"{name} n°{i} «é» {seed}" * (i % 3) for i in range(rows))
        array = rng.integers(0, 100, rows).astype(storage._dtype_of(hint))
        if array.dtype.kind == "f" and rows:
            array[0] = np.nan
        array.flags.writeable = False
        return array

    active = rng.integers(0, 2, (rows, 5)).astype(np.uint8)
    active.flags.writeable = False
    tables = {
        name: active
        if table is None
        else table(*(column(f, hint) for f, hint in get_type_hints(table).items()))
        for name, table in storage._tables().items()
    }
    return Timetable(
        **tables,
        first_date=dt.date(2025, 1, 22),
        brands=("TGV INOUI", "Train TER"),
        kinds=("high speed", "regional"),
        timezones=("Europe/Paris",),
        sources=(Source(f"feed {seed}", "/f.zip", "ab" * 32, "SNCF", "1", "ODbL"),),
        rules=TransferRules(large=600, door_closing={"TGV INOUI": 120}),
        check_rows=({"source": "f", "check": "blank time", "count": np.int64(3), "example": "é"},),
    )


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests pull no plug, so nothing needs to reach the disk, which takes its time."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def arrays_of(timetable: Timetable) -> dict[str, np.ndarray]:
    return dict(storage._arrays_of(timetable))


def assert_same(one: Timetable, other: Timetable) -> None:
    for (name, a), (_, b) in zip(arrays_of(one).items(), arrays_of(other).items(), strict=True):
        np.testing.assert_array_equal(a, b, strict=True, err_msg=name)
    for name in ("first_date", "brands", "kinds", "timezones", "sources", "rules", "check_rows"):
        assert getattr(one, name) == getattr(other, name)


def folder_content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def the_arrays_folder(folder: Path) -> Path:
    (found,) = folder.glob("arrays-*")
    return found


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    folder = tmp_path / "a.timetable"
    save_timetable(make_timetable(), folder)
    return folder


# What goes in comes out.


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 40), st.integers(0, 5))
def test_what_is_saved_is_loaded(
    tmp_path_factory: pytest.TempPathFactory, rows: int, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("t") / "a.timetable"
    timetable = make_timetable(rows, seed)
    save_timetable(timetable, folder)
    assert_same(load_timetable(folder, verify=True), timetable)


@pytest.mark.parametrize("rows", [0, 3, 40_000])  # empty, read, mapped
def test_loaded_arrays_are_to_numba_what_the_built_ones_are(tmp_path: Path, rows: int) -> None:
    numba = pytest.importorskip("numba")
    timetable = make_timetable(rows)
    save_timetable(timetable, tmp_path / "a")
    loaded = arrays_of(load_timetable(tmp_path / "a"))
    for name, built in arrays_of(timetable).items():
        array = loaded[name]
        assert type(array) is np.ndarray, name
        assert array.flags.c_contiguous and array.flags.aligned, name
        assert not array.flags.writeable, name
        assert numba.typeof(array) == numba.typeof(built), name


def test_an_array_in_any_order_is_saved_in_rows(tmp_path: Path) -> None:
    timetable = make_timetable()
    object.__setattr__(timetable, "active", np.asfortranarray(timetable.active))
    save_timetable(timetable, tmp_path / "a")
    loaded = load_timetable(tmp_path / "a").active
    assert loaded.flags.c_contiguous
    np.testing.assert_array_equal(loaded, timetable.active)


def test_the_files_are_plain_npy_files(saved: Path) -> None:
    """Anybody can read them without mobiplan."""
    arrays = arrays_of(make_timetable())
    files = {p.stem: p for p in the_arrays_folder(saved).iterdir()}
    assert set(files) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(np.load(files[name]), array, strict=True)


def test_the_manifest_tells_where_the_timetable_comes_from(saved: Path) -> None:
    manifest = json.loads((saved / "manifest.json").read_text(encoding="utf-8"))
    dates = make_timetable().dates
    assert manifest["format"] == "mobiplan timetable"
    assert manifest["sources"][0]["sha256"] == "ab" * 32
    assert manifest["dates"] == [str(dates[0]), str(dates[-1])]


def test_loading_imports_none_of_the_heavy_packages(saved: Path) -> None:
    code = (
        "import sys\n"
        "from mobiplan.timetable.storage import load_timetable\n"
        f"assert len(load_timetable({str(saved)!r}).stations.name) == 3\n"
        "heavy = {'pandas', 'gtfs_kit', 'geopandas', 'shapely', 'numba', 'networkx'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.strip() == "[]", answer.stderr


def test_a_path_may_be_text_and_its_parents_may_be_missing(tmp_path: Path) -> None:
    path = str(tmp_path / "new" / "folder" / "a.timetable")
    save_timetable(make_timetable(), path)
    assert is_saved_timetable(path)
    assert_same(load_timetable(path), make_timetable())


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    save_timetable(make_timetable(), tmp_path)
    assert_same(load_timetable(tmp_path), make_timetable())


# Replacing an older one.


def test_a_newer_timetable_takes_the_place_of_the_older(saved: Path) -> None:
    newer = make_timetable(7, seed=1)
    save_timetable(newer, saved)
    assert_same(load_timetable(saved, verify=True), newer)
    the_arrays_folder(saved)  # there is one only
    assert sorted(p.name for p in saved.iterdir())[1:] == ["manifest.json"]


def test_a_reader_keeps_what_it_has_mapped(tmp_path: Path) -> None:
    old, new = make_timetable(40_000), make_timetable(40_000, seed=1)
    save_timetable(old, tmp_path / "a")
    reader = load_timetable(tmp_path / "a")
    save_timetable(new, tmp_path / "a")
    assert_same(reader, old)
    assert_same(load_timetable(tmp_path / "a"), new)


def test_files_of_others_beside_a_saved_timetable_stay(saved: Path) -> None:
    (saved / "notes.txt").write_text("mine")
    (saved / "arrays-of-mine").mkdir()
    save_timetable(make_timetable(seed=1), saved)
    assert (saved / "notes.txt").read_text() == "mine"
    assert (saved / "arrays-of-mine").is_dir()


def test_readers_and_writers_at_once(tmp_path: Path) -> None:
    """Whenever a reader looks, it finds one of the timetables, whole."""
    folder = tmp_path / "a"
    save_timetable(make_timetable(50, seed=0), folder)
    wrong: list[BaseException] = []
    stop = threading.Event()

    def guarded(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                wrong.append(error)

        return run

    def read() -> None:
        while not stop.is_set():
            loaded = load_timetable(folder, verify=True)
            seed = int(loaded.sources[0].name.removeprefix("feed "))
            assert_same(loaded, make_timetable(50, seed))

    def write(seed: int) -> None:
        for _ in range(6):
            save_timetable(make_timetable(50, seed), folder)

    readers = [threading.Thread(target=guarded(read)) for _ in range(2)]
    writers = [threading.Thread(target=guarded(lambda s=s: write(s))) for s in (1, 2)]
    for thread in readers + writers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    assert wrong == []
    the_arrays_folder(folder)


# Breaking on the way.

N_ARRAYS = len(storage._dtypes())


class Breaks:
    """A function that raises at its k-th call and works before and after."""

    def __init__(self, function: Callable[..., Any], at: int, error: BaseException) -> None:
        self.function, self.at, self.error, self.calls = function, at, error, 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        if self.calls == self.at:
            raise self.error
        return self.function(*args, **kwargs)


STEPS = [
    *((np, "save", k) for k in range(1, N_ARRAYS + 1)),
    *((os, "fsync", k) for k in (1, 2, N_ARRAYS, N_ARRAYS + 1, N_ARRAYS + 2)),
    (os, "replace", 1),
    (json, "dumps", 1),
]


@pytest.mark.parametrize(
    ("crash", "error"),
    [
        (False, OSError(28, "No space left on device")),
        (False, KeyboardInterrupt()),
        (True, OSError(28, "No space left on device")),
    ],
    ids=["full disk", "interrupt", "crash"],
)
def test_whatever_breaks_the_old_one_is_readable(
    tmp_path: Path, crash: bool, error: BaseException
) -> None:
    """At every step of the way; a crash is an error after which nobody can clean up."""
    folder = tmp_path / "a"
    old, new = make_timetable(seed=1), make_timetable(seed=2)
    save_timetable(old, folder)
    for module, name, k in STEPS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, name, Breaks(getattr(module, name), k, error))
            if crash:
                patch.setattr(storage, "_remove_leftovers", lambda folder: None)
            with pytest.raises(type(error)):
                save_timetable(new, folder)
        assert_same(load_timetable(folder, verify=True), old)
        if not crash:
            assert len(list(folder.iterdir())) == 2  # nothing left of the attempt
    save_timetable(new, folder)
    assert_same(load_timetable(folder, verify=True), new)
    assert sorted(p.name for p in folder.iterdir()) == [
        the_arrays_folder(folder).name,
        "manifest.json",
    ]


def test_a_break_after_the_manifest_is_in_place_leaves_the_new_one(saved: Path) -> None:
    new = make_timetable(seed=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", Breaks(os.fsync, N_ARRAYS + 3, OSError(5, "I/O error")))
        with pytest.raises(OSError, match="I/O"):
            save_timetable(new, saved)
    assert_same(load_timetable(saved, verify=True), new)


@pytest.mark.parametrize("crash", [False, True], ids=["error", "crash"])
def test_a_first_save_that_breaks_can_be_repeated(tmp_path: Path, crash: bool) -> None:
    folder = tmp_path / "a"
    for module, name, k in STEPS[::5] + STEPS[-2:]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, name, Breaks(getattr(module, name), k, OSError(28, "full")))
            if crash:
                patch.setattr(storage, "_remove_leftovers", lambda folder: None)
            with pytest.raises(OSError, match="full"):
                save_timetable(make_timetable(), folder)
        assert folder.exists() == crash
        with pytest.raises(InvalidTimetable, match="not a saved timetable"):
            load_timetable(folder)
    save_timetable(make_timetable(), folder)
    assert len(list(folder.iterdir())) == 2
    assert_same(load_timetable(folder, verify=True), make_timetable())


def test_a_killed_process_leaves_the_old_one_readable(saved: Path) -> None:
    """The real thing: the process ends in the middle of writing, without a word."""
    code = (
        "import os, numpy as np\n"
        "from mobiplan.timetable.storage import load_timetable, save_timetable\n"
        f"timetable = load_timetable({str(saved)!r})\n"
        "save, calls = np.save, []\n"
        "def dies(*args, **kwargs):\n"
        "    calls.append(1)\n"
        "    os._exit(9) if len(calls) == 40 else save(*args, **kwargs)\n"
        "np.save = dies\n"
        f"save_timetable(timetable, {str(saved)!r})"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 9
    assert len(list(saved.glob("arrays-*"))) == 2
    assert_same(load_timetable(saved, verify=True), make_timetable())
    save_timetable(make_timetable(seed=1), saved)
    assert len(list(saved.iterdir())) == 2


# What is refused, by name.


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda content: content[:-1],
    "longer": lambda content: content + b"\0",
    "empty": lambda content: b"",
    "zeros": lambda content: bytes(len(content)),  # what a power cut may leave
}


@pytest.mark.parametrize("damage", ["missing", *DAMAGES])
def test_a_damaged_array_is_refused_by_name(saved: Path, damage: str) -> None:
    for name in storage._dtypes():
        file = the_arrays_folder(saved) / f"{name}.npy"
        content = file.read_bytes()
        if damage == "missing":
            file.unlink()
        else:
            file.write_bytes(DAMAGES[damage](content))
        with pytest.raises(InvalidTimetable, match=rf"damaged: .*{name}\.npy.*save the timetable"):
            load_timetable(saved)
        file.write_bytes(content)
    load_timetable(saved, verify=True)


def test_a_changed_byte_is_found_on_request(saved: Path) -> None:
    file = the_arrays_folder(saved) / "calls.arrival.npy"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    load_timetable(saved)  # mapped, not read
    with pytest.raises(InvalidTimetable, match=r"content of calls\.arrival\.npy has changed"):
        load_timetable(saved, verify=True)


def edit(folder: Path, **changes: Any) -> None:
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(manifest | changes), encoding="utf-8")


def test_a_manifest_edited_by_hand_is_refused(saved: Path) -> None:
    edit(saved, first_date="2025-01-23")
    with pytest.raises(InvalidTimetable, match=r"manifest\.json was changed"):
        load_timetable(saved)


@pytest.mark.parametrize(
    "key", ["files", "arrays", "first_date", "rules", "sources", "checksum", "checks"]
)
def test_a_manifest_with_a_part_missing_is_refused(saved: Path, key: str) -> None:
    file = saved / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    del manifest[key]
    file.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(InvalidTimetable, match=r"manifest\.json was changed"):
        load_timetable(saved)


@given(st.floats(0, 1, exclude_max=True), st.booleans())
@settings(max_examples=20, deadline=None)
def test_a_manifest_cut_or_garbled_anywhere_is_refused(
    tmp_path_factory: pytest.TempPathFactory, where: float, ends: bool
) -> None:
    folder = tmp_path_factory.mktemp("t") / "a"
    save_timetable(make_timetable(), folder)
    content = (folder / "manifest.json").read_bytes()
    cut = int(where * len(content))
    garbled = content[:cut] + (b"" if ends else b"\xff" + content[cut + 1 :])
    (folder / "manifest.json").write_bytes(garbled)
    with pytest.raises(InvalidTimetable):
        load_timetable(folder)
    save_timetable(make_timetable(seed=1), folder)  # and it may be replaced
    assert_same(load_timetable(folder), make_timetable(seed=1))


def test_a_manifest_moved_to_a_folder_of_its_own_is_refused(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    shutil.copy(saved / "manifest.json", tmp_path / "other")
    with pytest.raises(InvalidTimetable, match="is missing"):
        load_timetable(tmp_path / "other")


def test_another_schema_is_refused_with_both_numbers(saved: Path) -> None:
    edit(saved, schema=999, mobiplan="9.0")
    with pytest.raises(InvalidTimetable, match=r"schema 999 \(mobiplan 9.0\).*reads schema 1"):
        load_timetable(saved)


def test_another_layout_of_the_same_schema_is_refused(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody added a field and forgot to raise the schema."""
    other = {**storage._dtypes(), "trips.colour": "<i4"}
    monkeypatch.setattr(storage, "_dtypes", lambda: other)
    with pytest.raises(InvalidTimetable, match=r"other arrays .* trips\.colour; .*save"):
        load_timetable(saved)


def test_a_missing_folder_a_file_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    for name, found in {
        "nothing": "there is no such folder",
        "file": "it is a file",
        "empty": "the folder has no manifest.json",
    }.items():
        with pytest.raises(InvalidTimetable, match=f"{name}.*{found}"):
            load_timetable(tmp_path / name)
        assert not is_saved_timetable(tmp_path / name)


FOREIGN = {
    "a feed": {"stops.txt": "stop_id", "trips.txt": "trip_id"},
    "a web app": {"manifest.json": '{"name": "app"}'},
    "a list": {"manifest.json": "[1, 2]"},
    "not json": {"manifest.json": "hello"},
    "beside arrays": {"arrays-0123456789abcdef/x.npy": "x", "thesis.tex": "x"},
    "arrays of another name": {"arrays-old/x.npy": "x"},
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_folder_is_neither_read_nor_written(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "theirs"
    for name, text in FOREIGN[kind].items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    before = folder_content(folder)
    assert not is_saved_timetable(folder)
    with pytest.raises(InvalidTimetable, match="theirs"):
        load_timetable(folder)
    with pytest.raises(InvalidTimetable, match=r"theirs.*not a saved timetable.*empty folder"):
        save_timetable(make_timetable(), folder)
    assert folder_content(folder) == before


def test_a_file_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InvalidTimetable, match="it is a file, give a folder"):
        save_timetable(make_timetable(), tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"
