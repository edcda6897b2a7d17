"""Folding of equal blocks: a stage of nine blocks is drawn as one block and "×9"."""

from collections.abc import Sequence
from dataclasses import dataclass

from convnext_viz.plans.structure import Block, Stage, Visit, walk

_FEWEST = 4  # blocks of two kinds in turns: two of each


@dataclass(frozen=True, slots=True)
class Fold:
    """``count`` blocks that do the same, consecutive or every second one; ``first`` stands for all
    of them."""

    index: int  # of the first one within its stage, from 0
    first: Block
    count: int
    every: int = 1  # from one of them to the next

    @property
    def places(self) -> range:
        """Their indices within the stage."""
        return range(self.index, self.index + self.count * self.every, self.every)


def fold(stage: Stage) -> tuple[Fold, ...]:
    """The blocks of a stage: neighbours of the same layers and shapes folded into one, and two
    kinds that take turns, as with and without a shift, into one each.

    Names, receptive fields and drop rates differ from block to block and do not count.
    """
    forms = [tuple(map(_form, walk(block.steps))) for block in stage.blocks]
    folds: list[Fold] = []
    index = 0
    while index < len(forms):
        alike, turns = _run(forms, index, 1), _run(forms, index, 2)
        blocks = stage.blocks[index : index + 2]
        if alike == 1 and turns >= _FEWEST:
            folds.append(Fold(index, blocks[0], (turns + 1) // 2, every=2))
            folds.append(Fold(index + 1, blocks[1], turns // 2, every=2))
            index += turns
        else:
            folds.append(Fold(index, blocks[0], alike))
            index += alike
    return tuple(folds)


def _run(forms: Sequence[object], start: int, period: int) -> int:
    """How many forms from ``start`` on repeat after so many."""
    end = min(start + period, len(forms))
    while end < len(forms) and forms[end] == forms[end - period]:
        end += 1
    return end - start


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
