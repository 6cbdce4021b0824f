"""The studies of a card, as they stand on the Model screen."""

from __future__ import annotations

import re

from dashboard.components.model import studies

POINT = {"high_sensitivity": {"sensitivity": 0.875, "sensitivity_ci": [0.5, 0.99], "specificity": 0.5}}
CARD = {
    "figures": {
        "val": {"changed": {"turned left": {"n": 474, "declined": 0.25, "noted": 0.7, "neither": 0.05, "auc": 0.625}}}
    },
    "studies": {
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
}


def rows_of(table: str) -> list[list[str]]:
    rows = (re.findall(r"<td>(.*?)</td>", line) for line in re.findall(r"<tr>(.*?)</tr>", table))
    return [[re.sub(r"<small>.*?</small>", "", cell) for cell in row] for row in rows if row]


def test_each_figure_stands_in_its_own_column() -> None:
    assert rows_of(studies.gate(CARD)) == [["chest &amp; co", "24", "88 %", "2"]]
    assert "Of &lt;one&gt; hospital." in studies.gate(CARD)
    assert rows_of(studies.changed(CARD)) == [["turned left", "474", "25 %", "70 %", "5 %", "0.62"]]
    assert rows_of(studies.on_a_split(CARD, "saved_again")) == [
        ["as they are", "474", "0.94", "", ""],
        ["&lt;JPEG&gt;", "474", "0.94", "25 %", "12 %"],
    ]
    assert "moved by more than 0.02" in studies.on_a_split(CARD, "saved_again")
    assert rows_of(studies.on_a_split(CARD, "flips")) == [["read twice", "474", "0.94", "75 %", "1.88"]]
    assert "On one &lt;hospital&gt; val. " in studies.on_a_split(CARD, "flips")
    assert rows_of(studies.seeds(CARD)) == [["peak inside a box", "0.700", "0.013", "0.688, 0.713"]]
    assert "&lt;a&gt;, b, on one test." in studies.seeds(CARD)
    assert "One picture a source of &lt;else&gt;, " in studies.external(CARD)
    assert "10,519 files from 613 sources. Sensitivity and specificity are those of the point" in studies.external(CARD)
    assert "9,207 files from 510 sources. Measured with the weights of epoch 14." in studies.seed_figures(CARD)
    assert rows_of(studies.external(CARD)) == [
        ["mine-1", "400", "190", "90 %", "", "75 %", "0.81", "88 %", "50 %"],
        ["&lt;b&gt;", "400", "190", "", "", "", "", "", ""],
    ]
    assert rows_of(studies.seed_figures(CARD)) == [
        ["val, without copies of train", "5", "5", "", "", "20 %", "", "", ""],
        ["1", "0.7011", "0.5729", "0.6020", "1.1869"],
        ["2", "0.8297", "", "0.3954", ""],
    ]


def test_only_what_was_studied_is_a_section() -> None:
    assert [title for title, _ in studies.sections(CARD)] == [
        "The gate",
        "Inverted and turned radiographs",
        "Saved again with losses",
        "Test-time flips",
        "Several seeds",
        "External test",
        "The seed's own figures, repeated",
    ]
    assert studies.sections({}) == studies.sections({"studies": {"external": "none"}}) == []
