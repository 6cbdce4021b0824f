"""The model version that answers a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config import Settings

if TYPE_CHECKING:
    from core.card import ModelVersion
    from core.registry import Registry


def choose(settings: Settings, version: str | None) -> tuple[Registry, ModelVersion]:
    """The registry, and the version named, else the champion: the shipped one where there is no store yet."""
    from core.registry import Registry

    registry = Registry(settings.shipped_models, settings.models)
    if version:
        return registry, registry.get(version)
    from core.store.database import is_there

    if not is_there(settings.database_url):
        return registry, registry.default()
    from core.bootstrap import build

    services = build(settings)
    try:
        return registry, services.model_versions.champion()
    finally:
        services.close()
