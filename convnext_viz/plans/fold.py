"""Folding of equal blocks: a stage of nine blocks is drawn as one block and "×9"."""

from dataclasses import dataclass

from convnext_viz.plans.structure import Block, Stage, Visit, walk


@dataclass(frozen=True, slots=True)
class Fold:
    """``count`` consecutive blocks that do the same; ``first`` stands for all of them."""

    index: int  # of the first one within its stage, from 0
    first: Block
    count: int


def fold(stage: Stage) -> tuple[Fold, ...]:
    """The blocks of a stage, neighbours of the same layers and shapes folded into one.

    Names, receptive fields and drop rates differ from block to block and do not count.
    """
    folds: list[Fold] = []
    before: object = None
    for index, block in enumerate(stage.blocks):
        form = tuple(map(_form, walk(block.steps)))
        if folds and form == before:
            folds[-1] = Fold(folds[-1].index, folds[-1].first, folds[-1].count + 1)
        else:
            folds.append(Fold(index, block, 1))
        before = form
    return tuple(folds)


def _form(visit: Visit) -> tuple[object, ...]:
    layer = visit.layer
    if layer is None:
        return ("sum", len(visit.residual.branches) if visit.residual else 0)
    return (
        visit.branch,
        layer.kind,
        layer.in_shape,
        layer.out_shape,
        layer.kernel_size,
        layer.stride,
        layer.groups,
        layer.bias,
        layer.heads,
        layer.window,
        layer.shift,
    )
