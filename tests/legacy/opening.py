"""The library's doors through which saved files are opened: whatever these tests need of it is
named here, so that a module that moves is an edit of this file alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from convnext_viz.data import shapes, sources
from convnext_viz.explain import reproduce
from convnext_viz.lab import Lab, recorded, speeds
from convnext_viz.lab.launcher import Process
from convnext_viz.lab.store import speeds as store_speeds
from convnext_viz.nets import fingerprint, load_bundled, load_card, load_checkpoint
from convnext_viz.nets.checkpoints.checkpoint import preprocess_of
from convnext_viz.plans import plan
from convnext_viz.specs import VARIANTS, from_dict, from_query, roadmap
from convnext_viz.train import devices
from convnext_viz.train import experiment as experiments
from convnext_viz.train import recipe as recipes

__all__ = ["fingerprint", "load_bundled", "load_card", "load_checkpoint", "reproduce"]


def spec(values: Mapping[str, Any]) -> Any:
    """The network of a JSON object."""
    return from_dict(values)


def named(kind: str, name: str) -> Any:
    """The network of that name as this release has it; None where only the files have it."""
    if kind == "variant":
        return VARIANTS[name]
    if kind.startswith("roadmap "):
        return {step.key: step.spec for step in roadmap(kind.split()[1])}[name]
    return None


def linked(base: str, query: Mapping[str, str]) -> Any:
    """The network that URL parameters make of a named one."""
    return from_query(query, VARIANTS[base])


def counted(network: Any, image_size: int) -> Any:
    """The plan of a network."""
    return plan(network, image_size)


def recipe(values: Mapping[str, Any]) -> Any:
    """The recipe of a JSON object."""
    return recipes.from_dict(values)


def data(values: Mapping[str, Any]) -> Any:
    """The description of a data set."""
    return sources.from_dict(values)


def preprocess(values: Mapping[str, Any]) -> Any:
    """How pictures are prepared."""
    return preprocess_of(values)


def experiment(values: Mapping[str, Any]) -> Any:
    """The experiment of a JSON object."""
    return experiments.from_dict(values)


def costs(asked: Any) -> list[list[Any]]:
    """What its arms consist of and take."""
    found = experiments.costs(asked, sources.facts(asked.data))
    return [[cost.label, cost.params, cost.macs] for cost in found]


class Nobody:
    """A workplace where nobody works: a lab is looked at, and stays as it is."""

    def start(self, home: Path, worker: str) -> Process:
        """Refuses, as a machine may."""
        raise OSError(f"{worker} in {home}: nobody is to work here")

    def stop(self, process: Process) -> None:
        """There is nobody."""

    def alive(self, process: Process) -> bool:
        """Nobody is."""
        return False


def lab(home: Path, *, works: bool = False) -> Any:
    """The lab in a folder; runs go on in it only where it ``works``."""
    return Lab(home) if works else Lab(home, launcher=Nobody())


def recording(run: str) -> Any:
    """Where, when and how a recorded run was made."""
    return recorded.about(run)


def recorded_ids() -> list[str]:
    """All recorded runs that can be read."""
    return [run.id for run in recorded.read()[0]]


def known_speeds(home: Path) -> dict[str, tuple[float, int]]:
    """Seconds a step and its multiply-adds, by the question's name."""
    with lab(home).store.reading() as db:
        return store_speeds.known(db, devices.hardware())


def ask_again(home: Path, question: Mapping[str, Any]) -> str:
    """Asks on this machine for the speed that an older row holds; what it is called now."""
    taught = recipes.from_dict(question["recipe"])
    at = {"image_size": question["image_size"], "threads": question["threads"]}
    if "spec" in question:
        anew = speeds.of_step(from_dict(question["spec"]), taught, **at)
    else:
        anew = speeds.of_batches(taught, **at)
    speeds.ask(lab(home).store, [(anew, 1)])
    return speeds.key(anew)


def measure_speed(home: Path) -> bool:
    """Answers a question that was left open, as an idle worker does."""
    return speeds.measure_next(lab(home).store)


def drawn(asked: Any) -> Any:
    """The pictures of a description; those of shapes are drawn anew, whatever was kept."""
    found = sources.facts(asked)
    return shapes(train=found.train, test=found.test, image_size=found.image_size)
