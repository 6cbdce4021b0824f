"""The registry: versions appear whole, never change, and are what their cards say."""

from __future__ import annotations

import json
import math
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.card import Calibration, InputSpec, ModelCard, OperatingPoint, SplitFigures
from core.errors import DamagedModelError, RegistryError, UnknownVersionError, VersionExistsError
from core.registry import CARD, WEIGHTS, Registry, file_sha256
from tests import cards


def card_of(created: str = "2026-01-01T00:00:00+00:00", **changes: Any) -> ModelCard:
    return cards.card_of(created=created, **changes)


def write(data: bytes = b"weights"):
    return lambda path: path.write_bytes(data)


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "shipped", tmp_path / "models"


@pytest.fixture
def registry(places: tuple[Path, Path]) -> Registry:
    return Registry(*places)


def ship(places: tuple[Path, Path], version: str, **card: Any) -> None:
    """A version beside the code."""
    shipped, _ = places
    Registry(shipped.parent / "none", shipped).add(version, card_of(**card), write(version.encode()))


def test_what_was_added_comes_back(registry: Registry, places: tuple[Path, Path]) -> None:
    added = registry.add("one-1", card_of(note="prüfen"), write(b"some weights"))
    assert added == registry.get("one-1")
    assert added.version == "one-1" and added.network == "tiny" and not added.shipped
    assert added.card.extra == {"note": "prüfen"}
    path = registry.weights("one-1")
    assert path == places[1] / "one-1" / WEIGHTS and path.read_bytes() == b"some weights"
    assert added.sha256 == file_sha256(path)
    assert sorted(file.name for file in path.parent.iterdir()) == [CARD, WEIGHTS]


def test_a_writer_that_fails_leaves_nothing(registry: Registry, places: tuple[Path, Path]) -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        registry.add("one-1", card_of(), fail)
    assert list(places[1].iterdir()) == []
    assert registry.versions() == []
    registry.add("one-1", card_of(), write())


def test_nothing_is_seen_before_it_is_whole(registry: Registry) -> None:
    seen = []

    def look(path: Path) -> None:
        path.write_bytes(b"half")
        seen.append(registry.versions())

    registry.add("one-1", card_of(), look)
    assert seen == [[]]
    assert len(registry.versions()) == 1


def test_a_version_is_written_once(registry: Registry) -> None:
    registry.add("one-1", card_of(), write(b"first"))
    with pytest.raises(VersionExistsError, match="never changed"):
        registry.add("one-1", card_of(), write(b"second"))
    assert registry.weights("one-1").read_bytes() == b"first"


def test_two_at_once_make_one(places: tuple[Path, Path]) -> None:
    """Both have asked whether the name is free before either has written."""
    ready, outcomes = threading.Barrier(2), []

    def add(data: bytes) -> None:
        def write_when_both_are_here(path: Path) -> None:
            path.write_bytes(data)
            ready.wait(10)

        try:
            Registry(*places).add("one-1", card_of(), write_when_both_are_here)
            outcomes.append(data)
        except VersionExistsError:
            outcomes.append(None)

    threads = [threading.Thread(target=add, args=(data,)) for data in (b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(None) == 1
    (winner,) = [data for data in outcomes if data]
    registry = Registry(*places)
    assert registry.weights("one-1").read_bytes() == winner
    assert [folder.name for folder in places[1].iterdir()] == ["one-1"]


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../evil", "a/b", "/tmp/evil", ".hidden", "-x", "a b", "a\0b", "a\n", "é", "a" * 65, "a\\b"]
)
def test_names_that_are_no_names_are_refused(name: str, registry: Registry, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(RegistryError, match="must be .* but is"):
        registry.add(name, card_of(), write())
    with pytest.raises(RegistryError):
        registry.check_free(name)
    with pytest.raises(UnknownVersionError):
        registry.get(name)
    with pytest.raises(UnknownVersionError):
        registry.weights(name)
    assert sorted(tmp_path.rglob("*")) == before


def test_names_lead_nowhere_else(registry: Registry, places: tuple[Path, Path]) -> None:
    """A whole version outside the registry's two places cannot be named."""
    outside = places[0].parent / "outside"
    Registry(outside / "none", outside).add("real-1", card_of(), write())
    registry.add("one-1", card_of(), write())
    for name in ("../outside/real-1", str(outside / "real-1"), "one-1/../../outside/real-1"):
        with pytest.raises(UnknownVersionError):
            registry.get(name)


def test_a_shipped_version_cannot_be_shadowed(registry: Registry, places: tuple[Path, Path]) -> None:
    ship(places, "champion-1")
    with pytest.raises(VersionExistsError):
        registry.add("champion-1", card_of(), write(b"other"))
    copy = Registry(places[0].parent / "none", places[1])  # does not know what ships
    copy.add("champion-1", card_of(network="shadow"), write(b"shadow"))
    assert registry.get("champion-1").network == "tiny" and registry.get("champion-1").shipped
    assert registry.weights("champion-1").read_bytes() == b"champion-1"
    assert [model.version for model in registry.versions()] == ["champion-1"]


def test_the_newest_shipped_version_serves(registry: Registry, places: tuple[Path, Path]) -> None:
    with pytest.raises(UnknownVersionError, match="python -m core train"):
        registry.default()
    registry.add("trained-9", card_of("2027-01-01T00:00:00+00:00"), write())
    with pytest.raises(UnknownVersionError):
        registry.default()
    ship(places, "champion-1", created="2026-01-01T00:00:00+00:00")
    ship(places, "champion-2", created="2026-03-01T00:00:00+00:00")
    ship(places, "champion-0", created="2026-02-01T00:00:00+00:00")
    assert registry.default().version == "champion-2"
    assert [model.version for model in registry.versions()] == ["trained-9", "champion-2", "champion-0", "champion-1"]


def test_tampered_weights_are_refused(registry: Registry, places: tuple[Path, Path]) -> None:
    registry.add("one-1", card_of(), write(b"weights"))
    path = places[1] / "one-1" / WEIGHTS
    for tampered in (b"weightz", b"", b"weights "):
        path.write_bytes(tampered)
        with pytest.raises(DamagedModelError, match="not the ones its card describes"):
            registry.weights("one-1")
    path.unlink()
    with pytest.raises(DamagedModelError):
        registry.weights("one-1")
    path.write_bytes(b"weights")
    assert registry.weights("one-1") == path


def test_symlinked_weights_are_refused(registry: Registry, places: tuple[Path, Path]) -> None:
    """Even where they lead to the right bytes: those could be changed after they were checked."""
    registry.add("one-1", card_of(), write(b"weights"))
    path, elsewhere = places[1] / "one-1" / WEIGHTS, places[1].parent / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    with pytest.raises(DamagedModelError):
        registry.weights("one-1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "7",
        "null",
        '"version"',
        "[" * 100_000,
        "{}",
        '{"version": "bad-1"}',
        "CARD:version=other-1",
        "CARD:created=yesterday",
        "CARD:created=7",
        b"\xff\xfe",
    ],
)
def test_a_damaged_card_is_left_out_of_the_list_and_explained(
    text: str | bytes, registry: Registry, places: tuple[Path, Path]
) -> None:
    registry.add("bad-1", card_of(), write())
    registry.add("good-1", card_of(), write())
    path = places[1] / "bad-1" / CARD
    if isinstance(text, str) and text.startswith("CARD:"):
        key, value = text.removeprefix("CARD:").split("=")
        changed = json.loads(path.read_text()) | {key: int(value) if value.isdigit() else value}
        text = json.dumps(changed)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert [model.version for model in registry.versions()] == ["good-1"]
    with pytest.raises(DamagedModelError, match="card of bad-1"):
        registry.get("bad-1")
    with pytest.raises(DamagedModelError, match="card of bad-1"):
        registry.weights("bad-1")
    with pytest.raises(VersionExistsError):
        registry.add("bad-1", card_of(), write())


def test_a_time_without_a_zone_is_utc(registry: Registry) -> None:
    registry.add("one-1", card_of("2026-01-01T00:00:00"), write())
    registry.add("two-2", card_of("2026-01-01T00:00:01+00:00"), write())
    assert [model.version for model in registry.versions()] == ["two-2", "one-1"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"extra": {"note": float("nan")}}, "JSON"),
        ({"extra": {"note": {1, 2}}}, "JSON"),
        ({"network": None}, "network must be a text"),
        ({"input": InputSpec(32, "yes", 1)}, "input.letterbox must be true or false"),
        ({"calibration": Calibration(method="logistic", slope=math.nan, intercept=0.0)}, "calibration.slope must be"),
        (
            {"operating_points": (OperatingPoint(name="x", threshold=math.inf),)},
            r"operating_points\[0\].threshold must",
        ),
        ({"figures": {"val": SplitFigures(auc=1.2)}}, r"figures\['val'\].auc must lie in \[0, 1\]"),
        ({"limits": ("one", 2)}, r"limits\[1\] must be a text"),
    ],
)
def test_a_card_that_cannot_be_kept_leaves_nothing(
    changes: dict, said: str, registry: Registry, places: tuple[Path, Path]
) -> None:
    with pytest.raises(RegistryError, match=f"cannot be written.*{said}"):
        registry.add("one-1", replace(card_of(), **changes), write())
    assert list(places[1].iterdir()) == []


def test_an_empty_registry(registry: Registry, places: tuple[Path, Path]) -> None:
    assert registry.versions() == []
    assert not any(place.exists() for place in places), "looking makes no folder"
    with pytest.raises(UnknownVersionError, match="'one-1'"):
        registry.get("one-1")
