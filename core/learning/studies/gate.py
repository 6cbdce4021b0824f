"""A study of the gate: how many pictures of each kind it declines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from core.card import DeclinedPictures, GateStudy
from core.config import Limits
from core.errors import DatasetError
from core.learning.datasets.class_folders import Example
from core.learning.evaluation.measured_version import MeasuredVersion
from core.learning.evaluation.predict_examples import predict_examples
from core.statistics.intervals import wilson

NOISE, BLANK = "noise", "blank"
MADE = 24  # pictures of noise, and as many blank ones, that are generated for the gate to decline
MADE_SIDE = 512  # pixels


def measure_gate(
    subject: MeasuredVersion,
    folders: Sequence[Path],
    limits: Limits,
    note: str = "",
    on_phase: Callable[[str], None] = lambda _: None,
) -> GateStudy:
    """Count what a version's gate declines of each folder's pictures, and of generated noise and blanks.

    Args:
        folders: pictures of one kind each, such as chest radiographs; the kind is called what the folder is.
        limits: what a file may be.
        note: what a reader of the figures must know of the pictures.
        on_phase: called with what is being done, in words.

    Returns:
        `measured`, by kind `n` pictures read, the share `declined` of them with its Wilson interval,
        and `n_unreadable` files that could not be read as a picture.

    Raises:
        DatasetError: a folder without files, or two of one name.
    """
    if len({NOISE, BLANK, *(folder.resolve().name for folder in folders)}) != len(folders) + 2:
        raise DatasetError(
            f"The folders must have different names, and none of them {NOISE} or {BLANK}, since these are shown. "
            "Rename one of them."
        )
    measured = {}
    with TemporaryDirectory() as made:
        for folder in (*folders, *_noise_and_blanks(Path(made))):
            name = folder.resolve().name
            files = sorted(path for path in folder.rglob("*") if path.is_file())
            if not files:
                raise DatasetError(f"The folder {folder} must hold pictures, but holds no file.")
            on_phase(f"measuring {name}")
            found = predict_examples(subject.classifier, [Example(path, False) for path in files], limits)
            n, declined = len(found.answers), sum(answer.probability is None for answer in found.answers)
            measured[name] = DeclinedPictures(
                n=n,
                declined=declined / n if n else None,
                declined_ci=wilson(declined, n),
                n_unreadable=len(found.refused),
            )
    return GateStudy(version=subject.model.version, note=note, measured=measured)


def _noise_and_blanks(folder: Path) -> list[Path]:
    """Write pictures of noise with several grains, and of one grey each with a trace of noise; always the same ones.

    Returns:
        The two folders, named by their kind.
    """
    rng = np.random.default_rng(0)
    made: dict[str, list[np.ndarray]] = {NOISE: [], BLANK: []}
    for number in range(MADE):
        grain = 2 ** (number % 4)
        coarse = rng.integers(0, 256, (MADE_SIDE // grain,) * 2).astype(np.uint8)
        made[NOISE].append(np.kron(coarse, np.ones((grain, grain), np.uint8)))
        grey = 255 * number / (MADE - 1) + rng.normal(0, 1, (MADE_SIDE,) * 2)
        made[BLANK].append(np.clip(grey, 0, 255).astype(np.uint8))
    for name, pictures in made.items():
        (folder / name).mkdir()
        for number, pixels in enumerate(pictures):
            Image.fromarray(pixels).save(folder / name / f"{number:02}.png")
    return [folder / name for name in made]
