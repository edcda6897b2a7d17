"""Names of networks, stages, operations, shapes and classes in figures, in the current language."""

import re
from collections.abc import Sequence

from convnext_viz.plans import KINDS, Branch, Layer, Shape
from convnext_viz.specs import REGIMES, VARIANTS, Spec, diff, same_function
from convnext_viz.text import has_label, t

_SIZE_WORD = re.compile(r" \([a-z]+\)")


def network(spec: Spec) -> str:
    """``"ConvNeXt-T (tiny)"``; says so where a knob differs from the network of that name, or which
    form of it this is."""
    if spec.name not in VARIANTS:
        regime, _, step = spec.name.partition("_")
        known = regime in REGIMES and has_label(f"roadmap.step.{step}")
        return t("roadmap.network", step=t(f"roadmap.step.{step}")) if known else spec.name
    named = VARIANTS[spec.name]
    name = t(f"plots.network.{spec.name}")
    if not same_function(named, spec):
        return t("plots.changed", name=name)
    for field in diff(named, spec):
        name = t(f"plots.{field}.{getattr(spec, field)}", name=name)
    return name


def short(spec: Spec) -> str:
    """``"ConvNeXt-T"``: the same without the word for the size in brackets."""
    return _SIZE_WORD.sub("", network(spec))


def stage(name: str) -> str:
    """``"stage3"`` → ``"Stage 3"``; ``"stage1.blocks.4"`` → ``"Block 5"``, of an only stage."""
    if ".blocks." in name:
        of, _, number = name.partition(".blocks.")
        block = t("plots.stage.block", n=int(number) + 1)
        return block if of == "stage1" else t("plots.stage.of", stage=stage(of), block=block)
    if name.startswith("stage"):
        return t("plots.stage.number", n=name.removeprefix("stage"))
    return t(f"plots.stage.{name}")


def operation(layer: Layer) -> str:
    """``"Depthwise conv 7×7"``: the kind, with kernel and stride where it has any."""
    return f"{kind(layer)} {window(layer)}".strip()


def kind(layer: Layer) -> str:
    """The kind of an operation in words."""
    return t(f"plots.kind.{layer.kind}")


def branch(of: Branch) -> str:
    """A branch of a residual: ``"shortcut"``, ``"1×1 branch"``."""
    return t(f"plots.branch.{of.name}")


def window(layer: Layer) -> str:
    """``"7×7"``, ``"3×3 ↓2"`` with a stride, ``"p = 0.1"`` of what is dropped, or nothing."""
    if KINDS[layer.kind].window:
        size = f"{layer.kernel_size}×{layer.kernel_size}"
        return f"{size} ↓{layer.stride}" if layer.stride > 1 else size
    if layer.kind in ("drop_path", "dropout"):
        return f"p = {layer.rate:.3g}"
    return ""


def shape(of: Shape) -> str:
    """``(96, 56, 56)`` → ``"96×56×56"``."""
    return "×".join(map(str, of))


def class_names(labels: Sequence[str]) -> tuple[str, ...]:
    """The classes of a network or a data set as people call them in the current language.

    As they are where not all of them are known: a word may mean two things (ImageNet's mouse has a
    cable), and a list in two languages helps nobody.
    """
    if not all(has_label(f"classes.{label.replace(' ', '_')}") for label in labels):
        return tuple(labels)
    return tuple(t(f"classes.{label.replace(' ', '_')}") for label in labels)
