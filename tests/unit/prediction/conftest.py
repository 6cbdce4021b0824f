"""The networks that the tests of `core.cnn` build, for the tests of what reads their answers."""

from __future__ import annotations

from tests.unit.cnn.conftest import compact, pyramid, reference, tiny

__all__ = ["compact", "pyramid", "reference", "tiny"]
