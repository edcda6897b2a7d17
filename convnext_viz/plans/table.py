"""Tables of a plan: the rows on the page and in CSV and JSON files."""

import csv
import io
import json
from typing import Any

from convnext_viz.plans.kinds import Layer
from convnext_viz.plans.structure import Plan
from convnext_viz.specs import to_dict

COLUMNS = (
    "name",
    "kind",
    "in_shape",
    "out_shape",
    "kernel_size",
    "stride",
    "params",
    "macs",
    "params_arithmetic",
    "macs_arithmetic",
    "out_elements",
    "receptive_field",
)


def rows(plan: Plan) -> list[dict[str, Any]]:
    """One dictionary a layer, with the keys of ``COLUMNS``; shapes as ``"96×56×56"``."""
    return [_row(layer) for layer in plan.layers]


def to_csv(plan: Plan) -> str:
    """The rows as CSV with a header line."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(plan))
    return text.getvalue()


def to_json(plan: Plan) -> str:
    """Spec, image size, totals, stages and layers as JSON; ``from_dict`` reads the spec back."""
    counts = ("params", "macs", "out_elements", "receptive_field")
    stages = [
        {"name": stage.name, "blocks": len(stage.blocks)}
        | {count: getattr(stage, count) for count in counts}
        for stage in plan.stages
    ]
    return json.dumps(
        {
            "spec": to_dict(plan.spec),
            "image_size": list(plan.image_size),
            **{count: getattr(plan, count) for count in counts},
            "stages": stages,
            "layers": rows(plan),
        },
        indent=1,
        ensure_ascii=False,
    )


def _row(layer: Layer) -> dict[str, Any]:
    values = {column: getattr(layer, column) for column in COLUMNS}
    for column in ("in_shape", "out_shape"):
        values[column] = "×".join(map(str, values[column]))
    return values
