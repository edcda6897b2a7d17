"""Starts: where the weights of an arm come from, found, checked and stored.

A start is a text: ``bundled:<name>``, ``timm:<tag>``, ``file:<sha256>`` (``kept_weights.keep``) or
``run:<id>:<seed>:<label>``; empty for fresh weights.
"""

from collections.abc import Iterable, Mapping

from torch import nn

from convnext_viz.data.home_folder import home as default_home
from convnext_viz.lab import kept_weights, recorded, runs, weights
from convnext_viz.lab.store import Store
from convnext_viz.lab.store import runs as store_runs
from convnext_viz.nets import (
    Pretrained,
    WeightsError,
    build,
    fingerprint,
    load_bundled,
    load_card,
    load_checkpoint,
    load_pretrained,
)
from convnext_viz.nets.checkpoints.pretrained import described_tag
from convnext_viz.specs import Spec
from convnext_viz.text import t
from convnext_viz.train import starting
from convnext_viz.train.arms import Learning
from convnext_viz.train.experiment import STARTS, Arm
from convnext_viz.train.starting import Takeover


def resolve(start: str, store: Store | None = None) -> Pretrained:
    """The network that a start names, with its class names and preprocessing.

    ``timm:`` downloads weights that are not in the hub's cache. Raises ValueError, which says what
    to do, where there is no such start or its weights cannot be had.
    """
    kind, name = _parts(start)
    store = store or Store(default_home())
    try:
        if kind == "bundled":
            return load_bundled(name)
        if kind == "timm":
            return load_pretrained(name)
        if kind == "file":
            return load_checkpoint(kept_weights.file(name, store.home))
        return _of_run(name, store)
    except WeightsError as error:
        raise ValueError(t("lab.error.start_weights", start=start, reason=error)) from error


def spec_of(start: str, classes: int, image_size: int, store: Store | None = None) -> Spec:
    """The network of an arm with this start: the start's own, with another classifier and, in a
    ViT, position embeddings for images of ``image_size`` pixels. Nothing is downloaded.

    Raises ValueError where there is no such start, or it reads no RGB pictures.
    """
    kind, name = _parts(start)
    try:
        if kind == "bundled":
            own: Spec = load_card(name).spec
        elif kind == "timm":
            own = described_tag(name).spec
        else:
            own = resolve(start, store).spec
    except WeightsError as error:
        raise ValueError(t("lab.error.start_weights", start=start, reason=error)) from error
    return starting.starting_spec(own, classes=classes, image_size=image_size)


def takeover(arm: Arm, found: Pretrained) -> Takeover:
    """What an arm takes over from its start; raises ValueError where it is another network."""
    try:
        return starting.takeover(arm.spec, found.spec)
    except ValueError as error:
        raise ValueError(t("lab.error.start_arm", label=arm.label, reason=error)) from error


def found(arms: Iterable[Arm], store: Store | None = None) -> dict[str, Pretrained]:
    """The networks of all starts of ``arms``, each loaded once; every arm fits its own.

    Raises ValueError in words, naming arm or start, where one cannot be had or does not fit.
    """
    nets: dict[str, Pretrained] = {}
    for arm in arms:
        if arm.start:
            if arm.start not in nets:
                nets[arm.start] = resolve(arm.start, store)
            takeover(arm, nets[arm.start])
    return nets


def net_of(arm: Arm, starts: Mapping[str, Pretrained], seed: int) -> nn.Sequential:
    """The net of an arm as its training begins under ``seed``; ``starts`` of :func:`found`."""
    if not arm.start:
        return build(arm.spec, seed=seed)
    given = starts[arm.start]
    return starting.started(arm.spec, given.spec, given.net, seed=seed)


def learning_of(arm: Arm, starts: Mapping[str, Pretrained]) -> Learning:
    """How an arm learns, its start's normalisation included."""
    return starting.learning(arm, starts[arm.start].preprocess if arm.start else None)


def marks(starts: Mapping[str, Pretrained]) -> dict[str, str]:
    """A fingerprint of the weights of every start: a run goes on only from the same ones."""
    return {start: fingerprint(given.net) for start, given in starts.items()}


def _parts(start: str) -> tuple[str, str]:
    if not STARTS.fullmatch(start):
        raise ValueError(t("lab.error.no_start", start=start))
    kind, _, name = start.partition(":")
    return kind, name


def _of_run(name: str, store: Store) -> Pretrained:
    run, seed, label = name.split(":", 2)
    if recorded.is_one(run):
        raise ValueError(t("lab.error.recorded_weights"))
    with store.reading() as db:
        if not store_runs.exists(db, run):
            raise ValueError(t("lab.error.no_run", run=run[:40]))
        (source,) = runs.read(db, set(), run)
    if source.live:  # its weights would be others a moment later
        raise ValueError(t("lab.error.start_live", run=source.name))
    return weights.network(store, source, label, int(seed))


def image_size(start: str, store: Store | None = None) -> int:
    """The side, in pixels, of the images that the start's weights were trained on. Nothing is
    downloaded; raises ValueError as :func:`spec_of` does."""
    kind, name = _parts(start)
    try:
        if kind == "bundled":
            return max(load_card(name).preprocess.image_size)
        if kind == "timm":
            return max(described_tag(name).preprocess.image_size)
        return max(resolve(start, store).preprocess.image_size)
    except WeightsError as error:
        raise ValueError(t("lab.error.start_weights", start=start, reason=error)) from error
