"""Experiments: arms that differ in the factors that are studied, everything else equal."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import product
from typing import Any

from convnext_viz.data import sources
from convnext_viz.data.sources import DataFacts, DataSpec
from convnext_viz.plans import plan
from convnext_viz.specs import Spec, field_names
from convnext_viz.specs import from_dict as spec_from_dict
from convnext_viz.specs import to_dict as spec_to_dict
from convnext_viz.specs.fields import described
from convnext_viz.text import t
from convnext_viz.train import recipe as recipes
from convnext_viz.train.recipe import Recipe

MAX_ARMS = 32
MAX_SEEDS = 100
MAX_LABEL = 80  # characters
MAX_NAME = 200
MAX_LR_SCALE = 1e6
# Kinds of start: bundled:<name>, timm:<tag>, file:<sha256>, run:<id>:<seed>:<label>.
STARTS = re.compile(r"(bundled|timm):.+|file:[0-9a-f]{64}|run:[^:]+:\d+:.+", re.DOTALL)


@dataclass(frozen=True)
class Arm:
    """One of the networks that an experiment compares: what it is called, what it consists of, the
    weights it starts from, and how it learns where that is not as the recipe alone says.

    ``start`` is empty for fresh weights, drawn from the seed. ``frozen``: only the classifier
    learns, on features of pictures that are not augmented (a linear probe). ``lr_scale`` multiplies
    the recipe's learning rate, and ``layer_decay`` that of each layer by its distance from the
    head. Raises ValueError that says what is wrong.
    """

    label: str
    spec: Spec
    start: str = ""
    frozen: bool = field(default=False, kw_only=True)
    lr_scale: float = field(default=1.0, kw_only=True)
    layer_decay: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        named = {"label": self.label}
        if not _is_number(self.lr_scale) or not 0 < self.lr_scale <= MAX_LR_SCALE:
            raise ValueError(
                t("lab.error.lr_scale", value=self.lr_scale, most=MAX_LR_SCALE, **named)
            )
        decay = self.layer_decay
        if decay is not None and not (_is_number(decay) and 0 < decay <= 1):
            raise ValueError(t("lab.error.layer_decay", value=decay, **named))
        if not isinstance(self.frozen, bool):
            raise ValueError(t("lab.error.frozen", value=self.frozen, **named))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Data, arms, recipe and seeds; every arm is trained once with every seed.

    The first arm is the baseline; a pair (label, spec) is taken for an :class:`Arm`. Raises
    ValueError that says what is wrong.
    """

    name: str
    arms: tuple[Arm, ...]
    data: DataSpec = field(default_factory=DataSpec)
    recipe: Recipe = field(default_factory=Recipe)
    seeds: tuple[int, ...] = (0,)
    description: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not 1 <= len(self.name.strip()) <= MAX_NAME:
            raise ValueError(t("lab.error.name", most=MAX_NAME))
        if not 1 <= len(self.arms) <= MAX_ARMS:
            raise ValueError(t("lab.error.arms", count=len(self.arms), most=MAX_ARMS))
        arms = tuple(arm if isinstance(arm, Arm) else Arm(*arm) for arm in self.arms)
        object.__setattr__(self, "arms", arms)
        labels = self.labels
        for label in labels:
            if not isinstance(label, str) or not 1 <= len(label.strip()) <= MAX_LABEL:
                raise ValueError(t("lab.error.label", label=label, most=MAX_LABEL))
            if labels.count(label) > 1:
                raise ValueError(t("lab.error.label_twice", label=label))
        valid = all(isinstance(s, int) and not isinstance(s, bool) and s >= 0 for s in self.seeds)
        if not (valid and 1 <= len(self.seeds) <= MAX_SEEDS):
            raise ValueError(t("lab.error.seeds", value=self.seeds, most=MAX_SEEDS))
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(t("lab.error.seed_twice", value=self.seeds))

    @property
    def labels(self) -> tuple[str, ...]:
        """What the arms are called, in their order."""
        return tuple(arm.label for arm in self.arms)

    @property
    def specs(self) -> dict[str, Spec]:
        """The network of every arm, by its label."""
        return {arm.label: arm.spec for arm in self.arms}


@dataclass(frozen=True, kw_only=True)
class ArmCost:
    """What an arm consists of and what it takes, counted before it runs."""

    label: str
    params: int
    macs: int  # multiply-adds of one picture


def grid(base: Spec, factors: Mapping[str, Sequence[object]]) -> tuple[Arm, ...]:
    """One arm for every combination of the factors' values; other fields are those of ``base``.

    ``grid(base, {"norm": ["batch", "layer"], "act": ["relu", "gelu"]})`` gives "BN · ReLU",
    "BN · GELU", "LN · ReLU", "LN · GELU". Any field of a spec is a factor. A combination that is
    no network raises the ValueError of its spec.
    """
    arms = []
    for values in product(*factors.values()):
        changes: dict[str, Any] = dict(zip(factors, values, strict=True))
        known = field_names(base)
        for name in changes:
            if name not in known or name == "name":
                raise ValueError(t("lab.error.factor", field=name, known=", ".join(known)))
        label = " · ".join(short(base, name, value) for name, value in changes.items())
        spec = replace(base, **_brought(base, changes), **changes)
        arms.append(Arm(label or base.name, spec))
    return tuple(arms)


def _brought(base: Spec, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What the changed choices bring along, as a norm its epsilon, where ``base`` follows that."""
    return {
        other: values[changes[name]]
        for name in changes
        for other, values in described(base)[name].brings.items()
        if other not in changes
        and changes[name] in values
        and getattr(base, other) == values[getattr(base, name)]
    }


def short(base: Spec, name: str, value: object) -> str:
    """A field's value as an arm's label shows it: "LN", "GELU", "kernel_size 7"."""
    shown = ",".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
    return described(base)[name].short.get(shown) or f"{name} {shown}"


def costs(experiment: Experiment, data: DataFacts) -> tuple[ArmCost, ...]:
    """Parameters and MACs of every arm; raises ValueError where an arm does not fit the data."""
    found = []
    for arm in experiment.arms:
        given = arm.spec.num_classes
        if given != data.classes:
            raise ValueError(
                t("lab.error.classes", label=arm.label, given=given, classes=data.classes)
            )
        if arm.start and not STARTS.fullmatch(arm.start):
            raise ValueError(t("lab.error.start", label=arm.label, start=arm.start))
        described = plan(arm.spec, data.image_size)
        norms = {layer.kind for layer in described.layers}
        if "batch_norm" in norms and min(experiment.recipe.batch_size, data.train) == 1:
            raise ValueError(t("train.error.batch_of_one", label=arm.label))
        found.append(ArmCost(label=arm.label, params=described.params, macs=described.macs))
    return tuple(found)


def for_data(experiment: Experiment, classes: int) -> Experiment:
    """The same experiment with as many outputs a network as the data has classes."""
    arms = tuple(
        replace(arm, spec=replace(arm.spec, num_classes=classes)) for arm in experiment.arms
    )
    return replace(experiment, arms=arms)


def to_dict(experiment: Experiment) -> dict[str, Any]:
    """``experiment`` in the types JSON has."""
    return {
        "name": experiment.name,
        "description": experiment.description,
        "data": sources.to_dict(experiment.data),
        "arms": [_arm_to_json(arm) for arm in experiment.arms],
        "recipe": recipes.to_dict(experiment.recipe),
        "seeds": list(experiment.seeds),
    }


def from_dict(values: Mapping[str, Any]) -> Experiment:
    """The experiment of ``values``; raises ValueError for what no experiment has."""
    try:
        return Experiment(
            name=values["name"],
            description=values.get("description", ""),
            data=sources.from_dict(values.get("data", {})),
            arms=tuple(_arm_of_json(*arm) for arm in values["arms"]),
            recipe=recipes.from_dict(values.get("recipe", {})),
            seeds=tuple(values.get("seeds", (0,))),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(t("lab.error.form", reason=error)) from error


def _arm_to_json(arm: Arm) -> list[Any]:
    """[label, spec], then where its weights come from if they are not fresh, then how it learns if
    that is not as the recipe alone says."""
    how = {name: getattr(arm, name) for name, usual in _HOW.items() if getattr(arm, name) != usual}
    start = [arm.start] if arm.start or how else []
    return [arm.label, spec_to_dict(arm.spec), *start, *([how] if how else [])]


def _arm_of_json(
    label: str, spec: Mapping[str, Any], start: str = "", how: Mapping[str, Any] | None = None
) -> Arm:
    return Arm(label, spec_from_dict(spec), start, **(how or {}))


_HOW = {one.name: one.default for one in fields(Arm) if one.kw_only}
