"""What a file is, by its bytes. Its name is not asked."""

from __future__ import annotations

from enum import StrEnum

HEAD = 512  # bytes that suffice to recognise any kind


class FileType(StrEnum):
    """The kinds of file this product opens. The values are those of `Radiograph.format`, plus ZIP."""

    JPEG = "JPEG"
    PNG = "PNG"
    TIFF = "TIFF"
    BMP = "BMP"
    WEBP = "WEBP"
    DICOM = "DICOM"
    ZIP = "ZIP"


_TAKEN = (
    (128, b"DICM", FileType.DICOM),  # first: the 128 bytes before it are free, and some writers put a TIFF header there
    (0, b"\xff\xd8\xff", FileType.JPEG),
    (0, b"\x89PNG\r\n\x1a\n", FileType.PNG),
    (0, b"II*\0", FileType.TIFF),
    (0, b"MM\0*", FileType.TIFF),
    (0, b"BM", FileType.BMP),
    (8, b"WEBP", FileType.WEBP),
    (0, b"PK\x03\x04", FileType.ZIP),
    (0, b"PK\x05\x06", FileType.ZIP),
    (0, b"PK\x07\x08", FileType.ZIP),
)

_OTHERS = (
    (0, b"GIF8", "a GIF"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!", "a RAR archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ", "an xz archive"),
    (4, b"ftypheic", "a HEIC picture"),
    (4, b"ftypmif1", "a HEIF picture"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftyp", "a video"),
    (4, b"jP  \r\n\x87\n", "a JPEG 2000 picture"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (4, b"JXL \r\n\x87\n", "a JPEG XL picture"),
    (0, b"II+\0", "a BigTIFF picture"),
    (0, b"MM\0+", "a BigTIFF picture"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"\xd0\xcf\x11\xe0", "an Office document"),
    (0, b"MZ", "a Windows program"),
    (0, b"\x7fELF", "a program"),
    (0, b"SQLite format 3", "a database"),
    (0, b"\x5c\x01\0\0", "a NIfTI volume"),
)

# Value representations that the first element of a DICOM file without its preamble can have.
_FIRST_VRS = frozenset({b"UL", b"UI", b"OB", b"CS", b"DA", b"TM", b"SH", b"LO", b"DT", b"UN"})
_LONGEST_FIRST_ELEMENT = 1024  # bytes; such a file begins with a group length, a character set or a UID


def recognise(head: bytes) -> FileType | None:
    """The type of the file that begins with these bytes (`HEAD` of them suffice), or None."""
    for offset, magic, kind in _TAKEN:
        if head[offset : offset + len(magic)] == magic and (kind is not FileType.WEBP or head[:4] == b"RIFF"):
            return kind
    return FileType.DICOM if _is_bare_dicom(head) else None


def describe(head: bytes) -> str:
    """Words for a file that `recognise` does not know, such as "a PDF document"."""
    for offset, magic, words in _OTHERS:
        if head[offset : offset + len(magic)] == magic:
            return words
    try:
        text = head[:HEAD].decode("utf-8", errors="strict" if len(head) < HEAD else "ignore")
    except UnicodeDecodeError:
        return "not an image"
    return "a text file" if all(c.isprintable() or c.isspace() for c in text) else "not an image"


def _is_bare_dicom(head: bytes) -> bool:
    """DICOM without preamble: a little-endian element of group 2 or 8 comes first, with or without its VR."""
    if len(head) < 8 or head[:2] not in (b"\x02\0", b"\x08\0") or head[3] != 0:
        return False
    return head[4:6] in _FIRST_VRS or int.from_bytes(head[4:8], "little") <= _LONGEST_FIRST_ELEMENT
