"""Fixtures of the imaging tests."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest


@pytest.fixture
def peak_memory() -> Callable[[float], AbstractContextManager[None]]:
    """`with peak_memory(8):` fails where Python and NumPy held more than 8 MiB at once."""

    @contextmanager
    def hold(mebibytes: float) -> Iterator[None]:
        tracemalloc.start()
        try:
            yield
            peak = tracemalloc.get_traced_memory()[1] / 2**20
        finally:
            tracemalloc.stop()
        assert peak < mebibytes, f"{peak:.1f} MiB were held at once"

    return hold
