"""Effective receptive fields compared: trained and fresh, and one kernel size with another."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from convnext_viz.data.image_sets import ImageSet, inputs
from convnext_viz.explain.checks import stage_names
from convnext_viz.explain.inside.receptive import effective_field, plain_deviation
from convnext_viz.nets import Pretrained, build
from convnext_viz.plans import plan
from convnext_viz.results import EffectiveField, FieldPair, KernelSize, KernelSizes, Progress
from convnext_viz.specs import Spec, diff, field_names
from convnext_viz.text import t

KERNEL_SIZES = (3, 5, 7, 9, 11)
_PIXELS = 224 * 224  # of one batch: a process keeps the memory that it once needed


def field_pair(
    pretrained: Pretrained,
    pictures: ImageSet,
    *,
    side: int,
    stage: str | None = None,
    cell: tuple[int, int] | None = None,
) -> Iterator[Progress | FieldPair]:
    """The effective field of one cell as trained, and with fresh weights of the same spec.

    ``side``: pixels to which the pictures are brought; RepLKNet's authors took 1024. Cell and stage
    as in :func:`effective_field`. Raises ValueError as that does, or where no picture can be read.
    """
    x = prepared(pictures, pretrained, side)
    found: list[EffectiveField] = []
    for net in (pretrained.net, fresh(pretrained.spec)):
        begun = len(found) * len(x)
        for step in effective_field(net, x, stage=stage, cell=cell, batch=_batch(side)):
            if isinstance(step, Progress):
                yield Progress(done=begun + step.done, total=2 * len(x))
            else:
                found.append(step)
    yield FieldPair(trained=found[0], fresh=found[1])


def kernel_sizes(
    pretrained: Pretrained,
    pictures: ImageSet,
    *,
    side: int,
    sizes: Sequence[int] = KERNEL_SIZES,
    siblings: Sequence[Pretrained] = (),
) -> Iterator[Progress | KernelSizes]:
    """What kernels of each size in every block do to the field of the last stage's middle cell.

    The nets are fresh and differ in nothing else: as they are initialised, and with their layer
    scale at 1, as a small one leaves the branches, and so the kernels, next to nothing to say. The
    net itself is measured with them, and so are its ``siblings``: trained nets that differ from
    it in the size of all their kernels alone, such as the arms of a sweep. Raises ValueError as
    :func:`field_pair` does, for a sibling that differs in more, and for a network whose family has
    no kernel size to choose.
    """
    if "kernel_size" not in field_names(pretrained.spec):
        raise ValueError(t("methods.error.no_kernel_size", name=pretrained.spec.name))
    for sibling in siblings:
        if not differ_in_kernels(pretrained.spec, sibling.spec):
            raise ValueError(t("methods.error.sibling", name=sibling.spec.name))
    x = prepared(pictures, pretrained, side)
    base: Any = pretrained.spec  # of any family that has the fields which are varied
    full: dict[str, Any] = {"layer_scale": None} if "layer_scale" in field_names(base) else {}
    specs: list[Spec] = [replace(base, kernel_size=size) for size in sizes]
    nets: list[tuple[Any, Any]] = [(one, replace(one, **full)) for one in specs]
    measured: dict[Spec, float] = {
        spec: 0.0 for pair in nets for spec in pair
    }  # equal ones are measured once
    learnt = [pretrained.net, *(sibling.net for sibling in siblings)]
    total, done = (len(learnt) + len(measured)) * len(x), 0
    trained: list[float] = []
    every: list[nn.Sequential | Spec] = [*learnt, *measured]
    for of in every:
        net = of if isinstance(of, nn.Sequential) else fresh(of)
        for step in effective_field(net, x, batch=_batch(side)):
            if isinstance(step, Progress):
                yield Progress(done=done + step.done, total=total)
            elif isinstance(of, nn.Sequential):
                trained.append(step.size / 4)
            else:
                measured[of] = step.size / 4
        done += len(x)
    last = stage_names(pretrained.net)[-1]
    described = [plan(spec, side) for spec in specs]
    yield KernelSizes(
        fresh=tuple(
            KernelSize(
                kernel_size=size,
                side=drawn.receptive_field,
                plain=plain_deviation(drawn, last),
                fresh=measured[as_is],
                full=measured[strong],
            )
            for size, drawn, (as_is, strong) in zip(sizes, described, nets, strict=True)
        ),
        trained=trained[0],
        own=_kernel_sizes(pretrained.spec),
        siblings=tuple(
            (_kernel_sizes(sibling.spec)[0], deviation)
            for sibling, deviation in zip(siblings, trained[1:], strict=True)
        ),
    )


def differ_in_kernels(one: Spec, other: Spec) -> bool:
    """Whether two nets have kernels of one size each, another one each, and all else in common."""
    if set(diff(one, other)) != {"kernel_size"} or one.name != other.name:
        return False
    here, there = {*_kernel_sizes(one)}, {*_kernel_sizes(other)}
    return len(here) == len(there) == 1 and here != there


def _kernel_sizes(spec: Any) -> tuple[int, ...]:
    """The kernel size of every stage, as the field has it: one number may be for all."""
    size = spec.kernel_size
    return size if isinstance(size, tuple) else (size,) * len(spec.depths)


def prepared(pictures: ImageSet, pretrained: Pretrained, side: int) -> Tensor:
    """The pictures as the network wants them, but of ``side`` pixels: (N, 3, side, side)."""
    how = replace(pretrained.preprocess, image_size=(side, side))
    parts = [x for _, x in inputs(pictures, how)]
    if not parts:
        raise ValueError(t("methods.error.no_pictures"))
    return torch.cat(parts)


def fresh(spec: Spec, *, seed: int = 0) -> nn.Sequential:
    """A net that has learnt nothing, ready to be looked into."""
    return build(spec, seed=seed).eval().requires_grad_(False)


def _batch(side: int) -> int:
    return max(1, _PIXELS // side**2)
