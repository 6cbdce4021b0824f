"""Every error that this package raises on purpose.

    FractureReviewError
    ├── ConfigurationError          a setting that cannot be used
    ├── NotAllowedError             a user who may read, but not administer
    ├── InvalidImageError           an array of the wrong shape, dtype or range
    ├── RefusedFileError            a file that is not taken in; carries name, reason and remedy
    │   ├── UnreadableFileError     empty, truncated, not an image
    │   ├── UnsupportedFileError    a kind of file this product does not read
    │   ├── FileLimitError          over a limit of `config.Limits`
    │   └── ArchiveError            an archive that is encrypted, nested, or a bomb
    ├── StoreError
    │   ├── NewerDatabaseError      written by a newer version; left untouched
    │   ├── NotFoundError           no such row
    │   ├── SignedBatchError        a signed batch is frozen
    │   ├── ClaimedError            another reader has claimed this radiograph
    │   └── RedactedError           a prediction was on the screen where it must be hidden
    ├── RegistryError
    │   ├── UnknownVersionError     no such model version
    │   ├── DamagedModelError       weights that do not match their card
    │   ├── RetiredVersionError     its weights are deleted
    │   ├── PromotionError          a version that may not serve, or nothing to roll back to
    │   └── VersionExistsError      a version is written once
    ├── MarkError                   a mark that does not lie on its radiograph
    ├── DatasetError                class folders that cannot be trained on or evaluated
    └── TrainingError               a training that cannot start, or that failed

A message says what happened and what to do.
"""

from __future__ import annotations


class FractureReviewError(Exception):
    """The root of the tree."""


class ConfigurationError(FractureReviewError):
    """A setting that cannot be used."""


class NotAllowedError(FractureReviewError):
    """A user who may read, but not administer."""


class InvalidImageError(FractureReviewError):
    """An array of the wrong shape, dtype or range."""


class RefusedFileError(FractureReviewError):
    """A file that is not taken in.

    Args:
        name: the file's name as the user knows it.
        reason: what is wrong with it, a clause without a full stop.
        remedy: what the user can do, a sentence.
    """

    def __init__(self, name: str, reason: str, remedy: str) -> None:
        super().__init__(f"{name}: {reason}. {remedy}")
        self.name = name
        self.reason = reason
        self.remedy = remedy


class UnreadableFileError(RefusedFileError):
    """Empty, truncated, or not an image."""


class UnsupportedFileError(RefusedFileError):
    """A kind of file that this product does not read."""


class FileLimitError(RefusedFileError):
    """Over a limit of `config.Limits`."""


class ArchiveError(RefusedFileError):
    """An archive that is encrypted, nested, damaged or a bomb."""


class StoreError(FractureReviewError):
    """The store cannot do what the caller wants."""


class NewerDatabaseError(StoreError):
    """The database was written by a newer version. It is left untouched."""


class NotFoundError(StoreError):
    """No such row."""


class SignedBatchError(StoreError):
    """A signed batch is frozen."""


class ClaimedError(StoreError):
    """Another reader has claimed this radiograph."""


class RedactedError(StoreError):
    """A prediction was on the screen where it must be hidden."""


class MarkError(FractureReviewError):
    """A mark that does not lie on its radiograph."""


class RegistryError(FractureReviewError):
    """The model registry cannot do what the caller wants."""


class UnknownVersionError(RegistryError):
    """No such model version."""


class DamagedModelError(RegistryError):
    """Weights that do not match their card, or a card that cannot be read."""


class RetiredVersionError(RegistryError):
    """A version whose weights are deleted; its card is kept."""


class PromotionError(RegistryError):
    """A version that may not serve, or may not be retired; or nothing to roll back to."""


class VersionExistsError(RegistryError):
    """A version is written once and never changed."""


class DatasetError(FractureReviewError):
    """Class folders that cannot be trained on or evaluated."""


class TrainingError(FractureReviewError):
    """A training that cannot start, or that failed."""
