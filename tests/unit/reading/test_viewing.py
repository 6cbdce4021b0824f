"""Pictures for the screen: of the right radiograph, at its own size, with the heatmap of the prediction shown."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.bootstrap import Services
from core.domain import Window
from core.errors import NotFoundError
from core.reading.worklist import Row, WorklistFilter
from tests.fakes import picture, read_all, take_in
from tests.phantoms import bone, dicom, encode


@pytest.fixture
def row(services: Services) -> Row:
    """A radiograph of 192 x 256 that is read; the fake heatmap is a diagonal."""
    take_in(services, ("a.png", encode(bone(np.random.default_rng(1), True, (256, 192)), "PNG")))
    read_all(services)
    return services.worklist.page(services.worklist.freeze(WorklistFilter()), 1)[0]


def pixels_of(png: bytes) -> np.ndarray:
    found = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    return found if found.ndim == 2 else cv2.cvtColor(found, cv2.COLOR_BGR2RGB)


def test_it_is_shown_at_its_own_size(services: Services, row: Row) -> None:
    grey = pixels_of(services.viewing.display(row.entry_id))
    assert grey.shape == (256, 192)
    assert grey.dtype == np.uint8
    dark = pixels_of(services.viewing.display(row.entry_id, Window(254, 255)))
    assert dark.mean() < grey.mean() / 2


def test_sixteen_bits_are_shown_by_their_window(services: Services) -> None:
    film = dicom(
        bone(np.random.default_rng(2), False, bits=16) >> 4, BitsStored=12, WindowCenter=1000, WindowWidth=1500
    )
    take_in(services, ("film.dcm", film))
    entry_id = services.worklist.freeze(WorklistFilter()).entry_ids[0]
    assert services.viewing.radiograph(entry_id).pixels.dtype == np.uint16
    assert pixels_of(services.viewing.display(entry_id)).dtype == np.uint8


def test_the_overlay_colours_what_is_above_the_threshold_only(services: Services, row: Row) -> None:
    grey = pixels_of(services.viewing.display(row.entry_id))
    coloured = pixels_of(services.viewing.overlay(row.entry_id, row.prediction_id, "viridis", 1.0, 0.5))
    assert coloured.shape == (256, 192, 3)
    changed = (coloured != grey[..., np.newaxis]).any(axis=-1)
    assert 0 < changed.mean() < 0.5
    assert changed[128, 96]  # on the diagonal of the letterboxed square
    assert not changed[10, 180]


def test_below_everything_the_radiograph_is_untouched(services: Services, row: Row) -> None:
    grey = pixels_of(services.viewing.display(row.entry_id))
    coloured = pixels_of(services.viewing.overlay(row.entry_id, row.prediction_id, threshold=1.01))
    assert (coloured == grey[..., np.newaxis]).all()


def test_a_heatmap_of_another_radiograph_is_not_shown(services: Services, row: Row) -> None:
    take_in(services, ("b.png", picture(0.4)))
    read_all(services)
    other = next(i for i in services.worklist.freeze(WorklistFilter()).entry_ids if i != row.entry_id)
    with pytest.raises(NotFoundError, match="not of this radiograph"):
        services.viewing.overlay(other, row.prediction_id)


def test_the_heatmap_comes_with_its_version(services: Services, row: Row) -> None:
    heatmap = services.viewing.heatmap(row.prediction_id)
    assert heatmap.model_version == row.model_version
    assert heatmap.values.shape == (8, 8)
    assert services.viewing.heatmap(99) is None


def test_what_is_not_there_says_so(services: Services) -> None:
    with pytest.raises(NotFoundError):
        services.viewing.radiograph(1)
    with pytest.raises(NotFoundError):
        services.viewing.thumbnail(1)
