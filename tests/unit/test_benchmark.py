"""The benchmark's own arithmetic, and its rows on a handful of phantoms. What is fast enough is not a test's matter."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from core import benchmark
from core.benchmark.measure import BenchmarkRow, Plan, SideBySide, alternate, link, per_second
from core.benchmark.memory import peak_memory
from core.cli import main

ALLOCATED_MIB = 200


def row(ours: tuple[float, ...], other: tuple[float, ...], comparison: SideBySide, required: float) -> BenchmarkRow:
    return BenchmarkRow("key", "What is measured", "pictures/s", ours, other, "the other way", comparison, required)


def plan(folder: Path, repeats: int = 3) -> Plan:
    return Plan((), folder, repeats, frozenset())


@pytest.mark.parametrize(
    ("comparison", "required", "kept"),
    [
        (SideBySide.RATIO_AT_LEAST, 2.0, True),
        (SideBySide.RATIO_AT_LEAST, 2.6, False),
        (SideBySide.RATIO_AT_MOST, 2.5, True),
        (SideBySide.RATIO_AT_MOST, 2.4, False),
        (SideBySide.DIFFERENCE_AT_MOST, 30.0, True),
        (SideBySide.DIFFERENCE_AT_MOST, 29.0, False),
    ],
)
def test_a_row_compares_medians(comparison: SideBySide, required: float, kept: bool) -> None:
    measured = row((50.0, 49.0, 1000.0), (20.0, 1.0, 21.0), comparison, required)
    assert measured.value == (30.0 if comparison is SideBySide.DIFFERENCE_AT_MOST else 2.5)
    assert measured.kept is kept
    assert json.loads(json.dumps(measured.as_json()))["kept"] is kept


def test_ways_take_turns(tmp_path: Path) -> None:
    turns: list[str] = []
    ways = {name: lambda name=name: float(turns.append(name) or len(turns)) for name in ("a", "b")}
    assert alternate(ways, plan(tmp_path)) == {"a": (1.0, 3.0, 5.0), "b": (2.0, 4.0, 6.0)}
    assert turns == ["a", "b"] * 3


def test_per_second_divides_what_was_done_by_the_time() -> None:
    assert 0 < per_second(lambda: sum(1 for _ in range(1000))) < float("inf")


def test_a_link_is_the_same_picture(tmp_path: Path) -> None:
    image = tmp_path / "a.png"
    image.write_bytes(b"pixels")
    link(image, tmp_path / "deep" / "b.png")
    assert (tmp_path / "deep" / "b.png").read_bytes() == b"pixels"


def test_peak_memory_is_the_commands_own() -> None:
    held = bytearray(3 * ALLOCATED_MIB * 1024 * 1024)  # what this process holds must not count
    code = f"a = bytearray({ALLOCATED_MIB} * 1024 * 1024)"
    peak = peak_memory([sys.executable, "-c", code])
    assert ALLOCATED_MIB < peak < ALLOCATED_MIB + 100 < len(held) / 2**20


def test_peak_memory_says_why_a_command_failed() -> None:
    with pytest.raises(RuntimeError, match="no such thing"):
        peak_memory([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_the_table_says_what_was_missed() -> None:
    text = benchmark.table(
        [
            row((50.0,), (20.0,), SideBySide.RATIO_AT_LEAST, 2.0),
            row((50.0,), (20.0,), SideBySide.RATIO_AT_MOST, 2.0),
        ]
    )
    head, kept, missed = text.splitlines()
    assert head.split() == ["what", "ours", "the", "other", "way", "measured", "must", "be"]
    assert kept.endswith("2.5 times  at least 2 times")
    assert missed.endswith("at most 2 times   MISSED")


def test_wrong_usage_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmark", str(tmp_path), "--only", "nothing"]) == 2
    assert "unknown row nothing: choose from import, dashboard, memory" in capsys.readouterr().err
    assert main(["benchmark", str(tmp_path)]) == 2
    assert "no pictures in" in capsys.readouterr().err
    for wrong in (["--json", str(tmp_path / "no folder" / "b.json")], ["--repeats", "0"]):
        with pytest.raises(SystemExit, match="2"):
            main(["benchmark", str(tmp_path), *wrong])


def test_every_group_has_a_module_that_measures() -> None:
    assert len(benchmark.KEYS) == len(set(benchmark.KEYS))
    for group, _ in benchmark.GROUPS:
        assert (Path(benchmark.__file__).parent / f"{group}.py").exists()
