"""Parts of a plan: branches, residuals, blocks and stages; and the walk through all of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from convnext_viz.plans.kind import Shape, channels, positions
from convnext_viz.plans.kinds import Layer
from convnext_viz.specs import Spec


@dataclass(frozen=True, slots=True)
class Branch:
    """One way from a residual's input to its sum; without layers it is the identity."""

    name: str
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True)
class Residual:
    """``after(sum of branch(x))``; the first branch is the one that sees furthest.

    ``name`` is its module name in the built net.
    """

    name: str
    branches: tuple[Branch, ...]
    after: tuple[Layer, ...] = ()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All layers, in the order in which they run."""
        found: list[Layer] = []  # a plan has hundreds of layers: generators take twice as long
        for branch in self.branches:
            found += branch.layers
        return (*found, *self.after)


Step = Residual | tuple[Layer, ...]  # a residual, or layers one after the other


class Visit(NamedTuple):
    """One stop on the walk through steps: a layer, or the sum of a residual where it is None."""

    layer: Layer | None
    residual: Residual | None = None  # None: a layer of a chain
    branch: int | None = None  # number of the branch; None: the sum and what is after it

    @property
    def aside(self) -> bool:
        """Whether it lies on a branch besides the first."""
        return bool(self.branch)

    def operation(self, block: str) -> str:
        """Its name among the operations of that block: a branch aside is one as a whole."""
        place = (self.residual.name if self.residual else block).removeprefix(block)
        own = self.layer.name.rpartition(".")[2] if self.layer else "sum"
        if self.residual and self.branch:
            own = self.residual.branches[self.branch].name
        return f"{place}.{own}".removeprefix(".")


def walk(steps: Iterable[Step]) -> Iterator[Visit]:
    """Every layer and every sum, in the order in which they run."""
    for step in steps:
        if not isinstance(step, Residual):
            yield from map(Visit, step)
            continue
        for number, branch in enumerate(step.branches):
            yield from (Visit(layer, step, number) for layer in branch.layers)
        yield Visit(None, step)
        yield from (Visit(layer, step) for layer in step.after)


def main_way(steps: Iterable[Step]) -> Iterator[Layer]:
    """The layers on the way that sees furthest: through the first branch of every residual."""
    return (visit.layer for visit in walk(steps) if visit.layer and not visit.aside)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a stage: residuals and chains, one after the other.

    ConvNeXt's and ResNet's is one residual of the branches ``body`` and ``shortcut``.
    """

    name: str
    steps: tuple[Step, ...]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All layers, in the order in which they run."""
        found: list[Layer] = []
        for step in self.steps:
            found += step.layers if isinstance(step, Residual) else step
        return tuple(found)

    @property
    def body(self) -> tuple[Layer, ...]:
        """The layers of the first branch of a block of one residual."""
        return self._branch(0)

    @property
    def shortcut(self) -> tuple[Layer, ...]:
        """The layers of its second branch: a projection, or none for the identity."""
        return self._branch(1)

    def _branch(self, number: int) -> tuple[Layer, ...]:
        (residual,) = self.steps
        assert isinstance(residual, Residual)
        return residual.branches[number].layers

    @property
    def in_shape(self) -> Shape:
        """Shape of one image's input."""
        return self.layers[0].in_shape

    @property
    def end(self) -> Layer:
        """The layer from which its output comes on the way that sees furthest."""
        *_, last = main_way(self.steps)
        return last

    @property
    def out_shape(self) -> Shape:
        """Shape of one image's output."""
        return self.end.out_shape

    @property
    def receptive_field(self) -> int:
        """Pixels that one output position sees along one side: the widest branch's."""
        return self.end.receptive_field

    @property
    def params(self) -> int:
        """Learnable numbers."""
        return sum(layer.params for layer in self.layers)

    @property
    def macs(self) -> int:
        """Multiply-adds of one image."""
        return sum(layer.macs for layer in self.layers)

    @property
    def out_elements(self) -> int:
        """Numbers that all layers of the block put out for one image."""
        return sum(layer.out_elements for layer in self.layers)


def operations(block: Block) -> dict[str, Layer | None]:
    """A block's operations by name, as ``explain.inside.block.trace`` names them, in its order.

    A branch aside is one operation, its last layer's; a sum has no layer.
    """
    return {visit.operation(block.name): visit.layer for visit in walk(block.steps)}


@dataclass(frozen=True, slots=True)
class Stage:
    """The stem, a stage or the head: its ``own`` layers (a stage's: downsampling), then blocks."""

    name: str
    own: tuple[Layer, ...]
    blocks: tuple[Block, ...] = ()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All layers, its own first."""
        found = list(self.own)
        for block in self.blocks:
            found += block.layers
        return tuple(found)

    @property
    def in_shape(self) -> Shape:
        """Shape of one image's input."""
        return self.own[0].in_shape if self.own else self.blocks[0].in_shape

    @property
    def end(self) -> Layer:
        """The layer from which its output comes on the way that sees furthest."""
        return self.blocks[-1].end if self.blocks else self.own[-1]

    @property
    def out_shape(self) -> Shape:
        """Shape of one image's output."""
        return self.end.out_shape

    @property
    def map_shape(self) -> Shape:
        """The same as a feature map: (C, rows, columns) of tokens, too."""
        return (channels(self.out_shape), *(self.end.grid or positions(self.out_shape)))

    @property
    def tokens(self) -> Shape:
        """Rows and columns of its tokens; nothing where positions of a map are no tokens."""
        attends = any(layer.heads for layer in self.layers)
        return self.end.grid or (positions(self.out_shape) if attends else ())

    @property
    def receptive_field(self) -> int:
        """Pixels that one output position sees along one side."""
        return self.end.receptive_field

    @property
    def jump(self) -> int:
        """Pixels of the input between two neighbouring output positions."""
        return self.end.jump

    @property
    def params(self) -> int:
        """Learnable numbers."""
        return sum(layer.params for layer in self.layers)

    @property
    def macs(self) -> int:
        """Multiply-adds of one image."""
        return sum(layer.macs for layer in self.layers)

    @property
    def out_elements(self) -> int:
        """Numbers that all layers of the stage put out for one image."""
        return sum(layer.out_elements for layer in self.layers)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a network consists of at one image size; ``stages`` are stem, stage1, …, head."""

    spec: Spec
    image_size: tuple[int, int]  # height, width in pixels
    stages: tuple[Stage, ...]

    @property
    def layers(self) -> Iterator[Layer]:
        """All layers, in the order of the built net."""
        return (layer for stage in self.stages for layer in stage.layers)

    def stage(self, name: str) -> Stage:
        """The stage of that name, or that a block of that name is in; ``KeyError`` if there is
        none."""
        return {stage.name: stage for stage in self.stages}[name.partition(".")[0]]

    def place(self, name: str) -> Stage | Block:
        """The stage or the block of that name; ``KeyError`` if there is none."""
        stage = self.stage(name)
        return stage if name == stage.name else {one.name: one for one in stage.blocks}[name]

    def layer(self, name: str) -> Layer:
        """The layer of that name; ``KeyError`` if there is none."""
        return {layer.name: layer for layer in self.layers}[name]

    @property
    def in_shape(self) -> Shape:
        """Shape of one image."""
        return self.stages[0].in_shape

    @property
    def out_shape(self) -> Shape:
        """Shape of one image's output: the logits, or the features of a net without classifier."""
        return self.stages[-1].out_shape

    @property
    def receptive_field(self) -> int:
        """Pixels that one position of the last feature map sees along one side."""
        return self.stages[-2].receptive_field

    @property
    def global_attention(self) -> bool:
        """Whether it is one stage of blocks in which every token attends to every other one."""
        return len([stage for stage in self.stages if stage.blocks]) == 1 and all(
            any(layer.heads and not layer.window for layer in block.layers)
            for stage in self.stages
            for block in stage.blocks
        )

    @property
    def params(self) -> int:
        """Learnable numbers."""
        return sum(layer.params for layer in self.layers)

    @property
    def macs(self) -> int:
        """Multiply-adds of one image."""
        return sum(layer.macs for layer in self.layers)

    @property
    def attention_macs(self) -> int:
        """Those of them that are products of activations, in attention."""
        return sum(layer.attention_macs for layer in self.layers)

    @property
    def out_elements(self) -> int:
        """Numbers that all layers put out for one image."""
        return sum(layer.out_elements for layer in self.layers)
