"""The settings: frozen, read from the environment once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from core.errors import ConfigurationError

SHIPPED_MODELS = Path(__file__).resolve().parent.parent / "models"
MEBIBYTE = 1024 * 1024
MARGIN = 0.02  # of the AUC


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits on files from outside, which are checked before memory is allocated."""

    file_bytes: int = 256 * MEBIBYTE
    pixels: int = 100_000_000
    pages: int = 500
    zip_bytes: int = 4096 * MEBIBYTE  # one archive, compressed
    zip_total_bytes: int = 32_768 * MEBIBYTE  # one archive, expanded
    zip_entries: int = 20_000
    zip_ratio: float = 200.0  # expanded : compressed, of any one member
    drop_files: int = 500


@dataclass(frozen=True, slots=True)
class Settings:
    """The folders, the database and the limits of this installation.

    Attributes:
        home: FRACTURE_HOME; the folder of this installation's state.
        database_url: FRACTURE_DATABASE_URL; an SQLAlchemy URL.
        models: FRACTURE_MODELS; the folder of new model versions.
        shipped_models: the read-only versions beside the code.
        inbox: FRACTURE_INBOX; a folder on the server from which the upload screen takes files in, or None.
        datasets: FRACTURE_DATASETS; the folder below which an administrator may choose data sets, or None.
        administrators: FRACTURE_ADMINISTRATORS; e-mail addresses in lower case. Empty: everybody who may sign in.
        margin: FRACTURE_MARGIN; the largest loss of AUC at which a challenger may still be promoted.
        limits: FRACTURE_MAX_*; see `Limits`.
    """

    home: Path
    database_url: str
    models: Path
    shipped_models: Path = SHIPPED_MODELS
    inbox: Path | None = None
    datasets: Path | None = None
    administrators: frozenset[str] = frozenset()
    margin: float = MARGIN
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read every FRACTURE_* variable.

        Raises:
            ConfigurationError: a limit that is not a positive number, or a margin that is not between 0 and 1.
        """
        home = Path(environment.get("FRACTURE_HOME") or platformdirs.user_data_dir("fracture-review", appauthor=False))
        home = home.expanduser().resolve()
        default = Limits()
        limits = Limits(
            file_bytes=_positive(environment, "FRACTURE_MAX_FILE_MB", default.file_bytes // MEBIBYTE) * MEBIBYTE,
            pixels=_positive(environment, "FRACTURE_MAX_PIXELS", default.pixels),
            pages=_positive(environment, "FRACTURE_MAX_PAGES", default.pages),
            zip_bytes=_positive(environment, "FRACTURE_MAX_ZIP_MB", default.zip_bytes // MEBIBYTE) * MEBIBYTE,
            zip_total_bytes=_positive(environment, "FRACTURE_MAX_ZIP_TOTAL_MB", default.zip_total_bytes // MEBIBYTE)
            * MEBIBYTE,
            zip_entries=_positive(environment, "FRACTURE_MAX_ZIP_ENTRIES", default.zip_entries),
            zip_ratio=float(_positive(environment, "FRACTURE_MAX_ZIP_RATIO", int(default.zip_ratio))),
            drop_files=_positive(environment, "FRACTURE_MAX_DROP_FILES", default.drop_files),
        )
        return cls(
            home=home,
            database_url=environment.get("FRACTURE_DATABASE_URL") or f"sqlite:///{home / 'fracture.db'}",
            models=_folder(environment, "FRACTURE_MODELS") or home / "models",
            inbox=_folder(environment, "FRACTURE_INBOX"),
            datasets=_folder(environment, "FRACTURE_DATASETS"),
            administrators=_addresses(environment, "FRACTURE_ADMINISTRATORS"),
            margin=_share(environment, "FRACTURE_MARGIN", MARGIN),
            limits=limits,
        )


def _folder(environment: Mapping[str, str], name: str) -> Path | None:
    value = environment.get(name)
    return Path(value).expanduser().resolve() if value else None


def _addresses(environment: Mapping[str, str], name: str) -> frozenset[str]:
    listed = (environment.get(name) or "").split(",")
    return frozenset(address.strip().casefold() for address in listed if address.strip())


def _share(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        raise ConfigurationError(f"{name} must be a number between 0 and 1, but is {text!r}. Correct or unset it.")
    return value


def _positive(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name)
    if not text:
        return default
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value <= 0:
        raise ConfigurationError(f"{name} must be a whole number above zero, but is {text!r}. Correct or unset it.")
    return value
