"""Rules 1, 2 and 5: the import-linter contracts of pyproject.toml hold, and each notices being broken.

The graph of imports is built once; a breach is one more import in a copy of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from types import MappingProxyType

import grimp
import pytest
from importlinter.api import read_configuration
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract
from importlinter.domain.contract import Contract

from tests.unit.architecture.sources import ROOT

TYPES = MappingProxyType(
    {
        "layers": LayersContract,
        "forbidden": ForbiddenContract,
        "protected": ProtectedContract,
        "acyclic_siblings": AcyclicSiblingsContract,
    }
)
# contract, a module, what it must not import (None: that the module exists is the breach)
BREACHES = [
    ("core-layers", "core.domain", "core.imaging"),
    ("core-layers", "core.errors", "core.store"),
    ("core-layers", "core.statistics", "core.prediction.calibration"),
    ("core-layers", "core.imaging", "core.reading"),
    ("core-layers", "core.imaging", "core.registry"),
    ("core-layers", "core.store", "core.bootstrap"),
    ("core-layers", "core.prediction", "core.cnn.gradcam"),
    ("core-layers", "core.cnn", "core.learning"),
    ("core-layers", "core.reading", "core.learning"),
    ("core-layers", "core.learning", "core.reading"),
    ("core-layers", "core.reading", "core.bootstrap"),
    ("core-layers", "core.bootstrap", "core.cli"),
    ("core-layers", "core.new_module", None),
    ("reading-layers", "core.reading.review", "core.reading.worklist"),
    ("reading-layers", "core.reading.output.pdf", "core.reading.worker.queue"),
    ("reading-layers", "core.reading.worker.worker", "core.reading.intake.ingest"),
    ("reading-layers", "core.reading.new_module", None),
    ("learning-layers", "core.learning.datasets.audit", "core.learning.training"),
    ("learning-layers", "core.learning.evaluation.evaluate", "core.learning.jobs"),
    ("learning-layers", "core.learning.jobs.process", "core.learning.admin"),
    ("learning-layers", "core.learning.training.make_version", "core.learning.card_text"),
    ("learning-layers", "core.learning.studies.gate", "core.learning.card_text.render"),
    ("card-text-beside", "core.learning.card_text.render", "core.learning.evaluation.figures"),
    ("card-text-beside", "core.learning.card_text.render", "core.learning.training.make_version"),
    ("learning-layers", "core.learning.new_module", None),
    ("dashboard-layers", "dashboard.components", "dashboard.screens"),
    ("dashboard-layers", "dashboard.resources", "dashboard.components"),
    ("no-circles", "core.imaging.dicom.sop_classes", "core.imaging.dicom.read"),
    ("no-circles", "core.learning.evaluation.figures", "core.learning.training.make_version"),
    ("no-circles", "dashboard.components.format", "dashboard.components.table"),
    ("core-below-dashboard", "core.reading", "streamlit"),
    ("core-below-dashboard", "core.bootstrap", "dashboard.state"),
    ("light-dashboard", "dashboard.resources", "tensorflow"),
    ("light-dashboard", "dashboard.screens", "keras"),
    ("light-dashboard", "dashboard.screens", "sqlalchemy"),
    ("light-dashboard", "dashboard.components", "core.cnn.networks"),
    ("light-dashboard", "dashboard.components", "core.store"),
    ("light-reading", "core.prediction.files", "tensorflow"),
    ("light-reading", "core.prediction", "core.cnn.gradcam"),
    ("light-reading", "core.reading.champion", "core.cnn.runtime"),
    ("light-reading", "core.registry", "keras"),
    ("tensorflow-in-cnn", "core.learning.evaluation", "tensorflow"),
    ("tensorflow-in-cnn", "core.reading", "keras"),
    ("sql-in-store", "core.reading", "sqlalchemy"),
    ("training-apart", "core.reading", "core.cnn.training"),
    ("training-apart", "core.bootstrap", "core.learning.jobs.process"),
    ("training-apart", "dashboard.resources", "core.cnn.training.train"),
]
CONFIGURATION = read_configuration(str(ROOT / "pyproject.toml"))
CONTRACTS = MappingProxyType({each["id"]: each for each in CONFIGURATION["contracts_options"]})


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    session = CONFIGURATION["session_options"]
    return grimp.build_graph(*session["root_packages"], include_external_packages=True, cache_dir=None)


def is_kept(options: Mapping, graph: grimp.ImportGraph) -> bool:
    contract: Contract = TYPES[options["type"]](options["name"], CONFIGURATION["session_options"], dict(options))
    return contract.check(deepcopy(graph), verbose=False).kept


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_contract_is_kept(contract: str, graph: grimp.ImportGraph) -> None:
    assert is_kept(CONTRACTS[contract], graph), "`make lint` says where it is broken"


def test_every_contract_is_broken_below() -> None:
    assert set(CONTRACTS) == {contract for contract, _, _ in BREACHES}


@pytest.mark.parametrize(("contract", "importer", "imported"), BREACHES)
def test_a_contract_notices_being_broken(
    contract: str, importer: str, imported: str | None, graph: grimp.ImportGraph
) -> None:
    broken = deepcopy(graph)
    if imported:
        assert {importer, imported} <= broken.modules, "a breach of what does not exist would try nothing"
        broken.add_import(importer=importer, imported=imported)
    else:
        broken.add_module(importer)
    assert not is_kept(CONTRACTS[contract], broken)
