"""Exports of a run for other programs: its steps as CSV, everything as JSON."""

import csv
import io
import json
from typing import Any

from convnext_viz.train import experiment as experiments
from convnext_viz.ui.lab import lab
from convnext_viz.ui.run_titles import folder


def table_csv(rows: list[dict[str, Any]]) -> str:
    """Rows as a CSV file with a heading."""
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return out.getvalue()


def run_json(run: str) -> str:
    """A run's experiment, environments and every recorded step as one JSON text."""
    experiment = experiments.to_dict(lab().status(run).experiment)
    experiment["data"]["path"] = folder(experiment["data"]["path"])  # whoever opens it may have it
    document = {
        "run": run,
        "experiment": experiment,
        "environments": lab().environments(run),
        "steps": lab().table(run),
    }
    return json.dumps(document, ensure_ascii=False, indent=1)
