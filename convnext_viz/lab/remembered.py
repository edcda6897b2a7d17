"""The data that was chosen last in a lab: its workers keep it loaded, and pages begin with it."""

import json

from convnext_viz.data import sources
from convnext_viz.data.sources import DataSpec
from convnext_viz.lab.store import Store, settings


def read(store: Store) -> DataSpec:
    """The data that was chosen last; the shapes where none was."""
    with store.reading() as db:
        chosen = settings.read(db, "data")
    try:
        return sources.from_dict(json.loads(chosen)) if chosen else DataSpec()
    except (ValueError, TypeError):
        return DataSpec()


def write(store: Store, data: DataSpec) -> None:
    """Remember it."""
    with store.writing() as db:
        settings.write(db, "data", json.dumps(sources.to_dict(data)))
