"""What is said of an overlay's worth beside the radiograph."""

from __future__ import annotations

from core.domain import Band
from core.reading.overlay_trust import OverlayTrust
from dashboard.components.evidence import in_words


def test_a_share_says_on_which_radiographs_it_was_measured() -> None:
    negative = OverlayTrust(True, 0.0, (0.0, 0.016), where="one test")
    assert in_words(Band.NEGATIVE, negative) == (
        "In the negative band the overlay means nothing. Fractured of this band on one test: 0 % (0 to 2 %)."
    )
    doubt = OverlayTrust(True, 0.08, (0.05, 0.13), 0.7, (0.6, 0.8), "one test")
    assert in_words(Band.DOUBT, doubt) == (
        "In this band most of what the overlay marks is no fracture. "
        "Fractured of this band on one test: 8 % (5 to 13 %)."
    )
    positive = OverlayTrust(False, 0.76, None, 0.7, (0.6, 0.8), "one test")
    assert in_words(Band.POSITIVE, positive) == (
        "Overlay: its peak lies in the fracture in 70 % (60 to 80 %) of the fractured on one test."
    )


def test_where_nothing_was_measured_only_the_negative_band_is_spoken_of() -> None:
    assert in_words(Band.NEGATIVE, OverlayTrust(True)) == "In the negative band the overlay means nothing."
    assert in_words(Band.DOUBT, OverlayTrust(False)) == in_words(Band.POSITIVE, OverlayTrust(False)) == ""
