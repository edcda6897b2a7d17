"""Exports of a run for other programs: its steps as CSV, everything as JSON."""

import csv
import io
import json
from typing import Any

from convnext_viz.train import experiment as experiments
from convnext_viz.ui.lab import lab


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
    document = {
        "run": run,
        "experiment": experiments.to_dict(lab().status(run).experiment),
        "environments": lab().environments(run),
        "steps": lab().table(run),
    }
    return json.dumps(document, ensure_ascii=False, indent=1)
