"""The studies of a card, as they stand on the Model screen and in the card's text."""

from __future__ import annotations

from core.card import Studies, read
from core.card.figures import ChangedFigures
from core.learning.card_text import studies
from core.learning.card_text.markdown import markdown
from core.table import Table
from dashboard.components import html
from tests.dashboard.components.test_html import cells_of

POINT = {"high_sensitivity": {"sensitivity": 0.875, "sensitivity_ci": [0.5, 0.99], "specificity": 0.5}}
CHANGED = {"turned left": ChangedFigures(n=474, declined=0.25, noted=0.7, neither=0.05, auc=0.625)}
MADE = read(
    Studies,
    {
        "seeds": {
            "versions": ["<a>", "b"],
            "dataset": "one",
            "split": "test",
            "figures": {"hit_rate": {"mean": 0.7, "sd": 0.0125, "values": [0.6875, 0.7125]}},
        },
        "gate": {
            "note": "Of <one> hospital.",
            "measured": {"chest & co": {"n": 24, "declined": 0.875, "declined_ci": [0.69, 0.957], "n_unreadable": 2}},
        },
        "flips": {
            "dataset": "one <hospital>",
            "split": "val",
            "measured": {"read twice": {"n": 474, "auc": 0.9375, "hit_rate": 0.75, "time": 1.875}},
        },
        "saved_again": {
            "measured": {
                "as they are": {"n": 474, "auc": 0.9375},
                "<JPEG>": {"n": 474, "auc": 0.9375, "moved": 0.25, "moved_ci": [0.21, 0.29], "other_band": 0.125},
            },
        },
        "external": {
            "dataset": "<else>",
            "n_files": 10519,
            "n_sources": 613,
            "measured": {
                "mine-1": {
                    "n": 400,
                    "n_fractured": 190,
                    "coverage": 0.9,
                    "accuracy": 0.75,
                    "auc": 0.8125,
                    "points": POINT,
                },
                "<b>": {"n": 400, "n_fractured": 190},
            },
        },
        "seed_figures": {
            "dataset": "<else>",
            "n_train": 9207,
            "n_sources_in_train": 510,
            "best_epoch": 14,
            "epochs": [
                {"epoch": 1, "accuracy": 0.70114, "seed_accuracy": 0.5729, "loss": 0.602, "seed_loss": 1.1869},
                {"epoch": 2, "accuracy": 0.82971, "seed_accuracy": None, "loss": 0.3954, "seed_loss": None},
            ],
            "measured": {"val, without copies of train": {"n": 5, "n_fractured": 5, "accuracy": 0.2}},
        },
    },
)


def screen(table: Table) -> list[list[str]]:
    """The rows as the screen draws them, what stands beneath a number aside."""
    return cells_of(html.table(table))


def test_each_figure_stands_in_its_own_column() -> None:
    assert screen(studies.gate(MADE.gate)) == [["chest & co", "24", "88 %", "2"]]
    assert screen(studies.changed(CHANGED)) == [["turned left", "474", "25 %", "70 %", "5 %", "0.625"]]
    assert screen(studies.saved_again(MADE.saved_again)) == [
        ["as they are", "474", "0.938", "", ""],
        ["<JPEG>", "474", "0.938", "25 %", "12 %"],
    ]
    assert screen(studies.flips(MADE.flips)) == [["read twice", "474", "0.938", "75 %", "1.88"]]
    assert screen(studies.seeds(MADE.seeds)) == [["peak inside a box", "0.700", "0.013", "0.688, 0.713"]]
    assert screen(studies.external(MADE.external)) == [
        ["mine-1", "400", "190", "90.0 %", "", "75 %", "0.812", "88 %", "50 %"],
        ["<b>", "400", "190", "", "", "", "", "", ""],
    ]
    measured, epochs = studies.seed_figures(MADE.seed_figures)
    assert screen(epochs) == [["1", "0.7011", "0.5729", "0.6020", "1.1869"], ["2", "0.8297", "", "0.3954", ""]]
    assert screen(measured) == [["val, without copies of train", "5", "5", "", "", "20 %", "", "", ""]]


def test_a_caption_says_what_was_measured() -> None:
    assert studies.gate(MADE.gate).caption == "Of <one> hospital."
    assert "moved by more than 0.02" in studies.saved_again(MADE.saved_again).caption
    assert studies.flips(MADE.flips).caption.startswith("On one <hospital> val. ")
    assert studies.seeds(MADE.seeds).caption == "<a>, b, on one test."
    caption = studies.external(MADE.external).caption
    assert caption.startswith("One picture a source of <else>, ")
    assert "10,519 files from 613 sources. Sensitivity and specificity are those of the point" in caption
    caption = studies.seed_figures(MADE.seed_figures)[0].caption
    assert "9,207 files from 510 sources. Measured with the weights of epoch 14." in caption


def test_the_screen_escapes_what_the_text_does_not() -> None:
    for table in (studies.gate(MADE.gate), studies.flips(MADE.flips), studies.external(MADE.external)):
        assert "&lt;" in str(html.table(table)) and "<one>" not in str(html.table(table))
        assert "<" in markdown(table)


def test_only_what_was_studied_is_a_section() -> None:
    assert [title for title, _ in studies.sections(MADE, CHANGED)] == [
        "The gate",
        "Inverted and turned radiographs",
        "Saved again with losses",
        "Test-time flips",
        "Several seeds",
        "External test",
        "The seed's own figures, repeated",
    ]
    assert studies.sections(None, {}) == studies.sections(read(Studies, {"external": "none"}), {}) == []
