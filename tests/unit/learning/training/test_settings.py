"""Each setting has a default in its range and a line of help; what cannot be trained cannot be asked for."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from core.errors import TrainingError
from core.learning.training.settings import HIGHEST, PRESETS, SETTINGS, Network, SettingKind, TrainingSettings, defaults


def test_every_field_is_described_once() -> None:
    named = [setting.name for setting in SETTINGS]
    assert sorted([*named, "augmentation"]) == sorted(item.name for item in fields(TrainingSettings))
    for setting in SETTINGS:
        assert setting.help.endswith(".") and "\n" not in setting.help and setting.label
        if setting.kind in (SettingKind.WHOLE, SettingKind.NUMBER):
            assert setting.low < setting.high


@pytest.mark.parametrize("network", list(Network))
def test_the_defaults_can_be_trained_and_come_back_from_the_store(network: Network) -> None:
    settings = defaults(network)
    assert settings.network == network
    assert TrainingSettings.from_json(settings.to_json()) == settings
    recipe = settings.recipe(boxes=True)
    assert (recipe.network, recipe.stages[0].size, recipe.seed) == (network, settings.size, settings.seed)
    assert recipe.augmentation == settings.augmentation


def test_the_reference_cnn_is_trained_the_seeds_way() -> None:
    recipe = defaults("reference").recipe(boxes=False)
    stage = recipe.stages[0]
    assert (stage.size, stage.epochs, stage.learning_rate, stage.batch_size) == (150, 15, 1e-3, 32)
    assert (recipe.optimizer, recipe.start, recipe.augmentation, recipe.patience) == (
        "adam",
        "random",
        PRESETS["seed"],
        None,
    )


def test_boxes_teach_only_the_network_that_has_a_map() -> None:
    assert defaults("compact-fpn").recipe(boxes=True).box_weight > 0
    assert defaults("compact-fpn").recipe(boxes=False).box_weight == 0
    assert defaults("compact").recipe(boxes=True).box_weight == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"network": "resnet"}, "Network must be one of reference, compact, compact-fpn, but is 'resnet'"),
        ({"start": ""}, "Start must be the name of a start"),
        ({"size": 100}, "Image size must be a multiple of 32, but is 100"),
        ({"size": 32}, "Image size must be a whole number from 64 to 768, but is 32"),
        ({"network": "reference", "size": 224}, "reads 150 pixels only, but 224"),
        ({"epochs": 0}, "Epochs must be a whole number from 1 to 200"),
        ({"epochs": 2.5}, "Epochs must be a whole number"),
        ({"batch_size": 257}, "Batch size must be"),
        ({"learning_rate": float("nan")}, "Learning rate must be from 1e-06 to 0.1, but is nan"),
        ({"schedule": "steps"}, "Schedule must be one of cosine, constant"),
        ({"fractured_weight": 0.0}, "Weight of fractured must be from 0.1 to 20"),
        ({"seed": -1}, "Seed must be"),
        ({"patience": 101}, "Early stopping must be"),
        ({"deterministic": 1}, "Repeatable must be yes or no"),
    ],
)
def test_impossible_ones_are_refused_in_words(changes: dict, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        replace(TrainingSettings(), **changes)


def test_an_impossible_augmentation_is_refused() -> None:
    for name, highest in HIGHEST.items():
        with pytest.raises(TrainingError, match=name):
            replace(PRESETS["none"], **{name: highest * 1.01})


def test_what_is_no_settings_is_refused() -> None:
    for text in ("", "{}", '{"augmentation": {"zoom": 0.1}, "colour": 1}'):
        with pytest.raises(TrainingError, match="not the settings"):
            TrainingSettings.from_json(text)
