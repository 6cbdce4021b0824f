"""Pictures for the screen: of the right radiograph, at its own size, with the heatmap of the prediction shown."""

from __future__ import annotations

import numpy as np
import pytest

from core.bootstrap import Services
from core.errors import NotFoundError
from core.reading.worklist import WorklistFilter, WorklistRow
from tests.fakes import picture, read_all, take_in
from tests.phantoms import bone, dicom, encode


@pytest.fixture
def row(services: Services) -> WorklistRow:
    """A radiograph of 192 x 256 that is read; the fake heatmap is a diagonal."""
    take_in(services, ("a.png", encode(bone(np.random.default_rng(1), True, (256, 192)), "PNG")))
    read_all(services)
    return services.worklist.page(services.worklist.freeze(WorklistFilter()), 1)[0]


def test_a_radiograph_comes_back_at_full_depth_and_at_its_own_size(services: Services, row: WorklistRow) -> None:
    assert services.viewing.radiograph(row.entry_id).pixels.shape == (256, 192)
    film = bone(np.random.default_rng(2), False, bits=16) >> 4
    take_in(services, ("film.dcm", dicom(film, BitsStored=12, WindowCenter=1000, WindowWidth=1500)))
    entry_id = services.worklist.freeze(WorklistFilter(text="film")).entry_ids[0]
    radiograph = services.viewing.radiograph(entry_id)
    assert np.array_equal(radiograph.pixels, film)
    assert radiograph.window.high - radiograph.window.low == pytest.approx(1500, abs=2)


def test_the_heatmap_comes_with_its_version_and_its_place(services: Services, row: WorklistRow) -> None:
    placed = services.viewing.heatmap(row.entry_id, row.prediction_id)
    assert placed.heatmap.model_version == row.model_version
    assert placed.heatmap.values.shape == (8, 8)
    # The fake reads a letterboxed square of 64: 192 x 256 lies in its columns 8 to 56.
    place = placed.placement
    assert 0 * place.x_scale + place.x_offset == pytest.approx(8 * 8 / 64 - 0.5)
    assert 192 * place.x_scale + place.x_offset == pytest.approx(56 * 8 / 64 - 0.5)
    assert (0 * place.y_scale + place.y_offset, 256 * place.y_scale + place.y_offset) == pytest.approx((-0.5, 7.5))


def test_a_heatmap_of_another_radiograph_is_not_shown(services: Services, row: WorklistRow) -> None:
    take_in(services, ("b.png", picture(0.4)))
    read_all(services)
    other = next(i for i in services.worklist.freeze(WorklistFilter()).entry_ids if i != row.entry_id)
    with pytest.raises(NotFoundError, match="not of this radiograph"):
        services.viewing.heatmap(other, row.prediction_id)
    with pytest.raises(NotFoundError):
        services.viewing.heatmap(row.entry_id, 99)


def test_what_is_not_there_says_so(services: Services) -> None:
    with pytest.raises(NotFoundError):
        services.viewing.radiograph(1)
    with pytest.raises(NotFoundError):
        services.viewing.thumbnail(1)
