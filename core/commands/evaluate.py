"""`python -m core evaluate`: measure a model version on class folders, and others beside it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from core.card import EvaluationDocument, to_document
from core.commands.arguments import output
from core.commands.choose_version import choose
from core.config import Settings
from core.errors import DatasetError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the data set, the versions and where the figures go."""
    parser.set_defaults(run=main)
    parser.add_argument("dataset", type=Path, metavar="DATASET", help="class folders, or a folder of splits")
    parser.add_argument("--split", default="test", help="which split of it; default: test")
    parser.add_argument(
        "--boxes",
        type=Path,
        metavar="FILE",
        help="CSV of fractures as fractions of the picture: file,left,top,width,height; measures where the peak lies",
    )
    parser.add_argument(
        "--subgroups", type=Path, metavar="FILE", help="CSV of 0 and 1 by file; default: images.csv of DATASET"
    )
    parser.add_argument("--model", metavar="VERSION", help="the version to measure; default: the champion")
    parser.add_argument("--against", nargs="+", default=[], metavar="VERSION", help="versions to measure beside it")
    parser.add_argument("--json", type=output, required=True, metavar="FILE", help="where to write the figures")
    parser.add_argument("--why", default="python -m core evaluate", help="noted with this look at the radiographs")
    parser.add_argument(
        "--record", action="store_true", help="write the figures and the look into the version's card as well"
    )


def main(arguments: argparse.Namespace) -> int:
    """Measure the version, and those beside it, and write the figures."""
    from tqdm import tqdm

    from core.cnn.runtime import load_tensorflow
    from core.learning.datasets.class_folders import find_split, read_split
    from core.learning.datasets.lineage import describe_folders, leaks, line_of
    from core.learning.datasets.manifest import Split
    from core.learning.evaluation.evaluate import EvaluationData, check_may_record, evaluate, record
    from core.learning.evaluation.measured_version import MeasuredVersion
    from core.learning.evaluation.subgroups import read_subgroups

    examples = read_split(find_split(arguments.dataset, arguments.split), arguments.boxes)
    if arguments.boxes and not any(example.boxes for example in examples):
        raise DatasetError(f"No box of {arguments.boxes} belongs to a fractured picture of {arguments.dataset}.")
    beside = arguments.dataset / "images.csv"
    table = arguments.subgroups or (beside if beside.is_file() else None)
    settings = Settings.from_environment()
    registry, model = choose(settings, arguments.model)
    if arguments.record:
        check_may_record(model, examples)
    load_tensorflow()
    subject = MeasuredVersion.load(registry, model)
    others = [MeasuredVersion.load(registry, registry.get(version)) for version in arguments.against]
    groups = read_subgroups(table) if table else {}
    material = EvaluationData(arguments.dataset, arguments.split, examples, groups, settings.limits)
    with tqdm(total=len(examples), unit="radiograph", disable=None) as bar:
        document = evaluate(
            subject,
            material,
            others,
            arguments.why,
            leaks(line_of(registry, model.version), describe_folders("", {Split.TEST: examples}).items),
            on_done=lambda done, _: bar.update(done - bar.n),
            on_phase=lambda text: bar.write(text),
        )
    text = json.dumps(to_document(document), indent=1) + "\n"
    arguments.json.write_text(text, encoding="utf-8")
    if arguments.record:
        record(registry, document, text)
    _report(document)
    return 0


def _report(document: EvaluationDocument) -> None:
    for refusal in document.refused:
        print(f"{refusal.name}: {refusal.reason}", file=sys.stderr)
    for sentence in filter(None, (document.note, *document.leak_reasons)):
        print(sentence, file=sys.stderr)
    rows = {document.model_version or "": document, **document.against}
    for version, figures in rows.items():
        auc, (low, high) = figures.auc, figures.auc_ci or (0.0, 1.0)
        shown = "none, for want of one class" if auc is None else f"{auc:.3f} ({low:.3f} to {high:.3f})"
        hits = "" if figures.hit_rate is None else f", hit rate {figures.hit_rate:.3f}"
        print(f"{version}: n {figures.n}, AUC {shown}{hits}")
