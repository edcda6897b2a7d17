"""What a network consists of: layers, blocks, stages and the plan that holds them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import mul
from typing import Literal

from convnext_viz.plans.counts import (
    count_macs,
    count_params,
    macs_arithmetic,
    params_arithmetic,
)
from convnext_viz.specs import ConvNeXtSpec

Kind = Literal[
    "conv",
    "depthwise",
    "pointwise",
    "linear",
    "layer_norm",
    "batch_norm",
    "rms_norm",
    "simple_norm",
    "gelu",
    "relu",
    "gelu_tanh",
    "silu",
    "grn",
    "layer_scale",
    "drop_path",
    "dropout",
    "max_pool",
    "avg_pool",
    "flatten",
]
Shape = tuple[int, ...]  # (C, H, W), or (C,) once flattened


def _elements(shape: Shape) -> int:
    return reduce(mul, shape, 1)


@dataclass(frozen=True, slots=True)
class Layer:
    """One operation; ``name`` is its module name in the built net and its prefix in a state dict.

    ``receptive_field`` and ``jump`` are pixels of the input image: the side of the square that one
    output position sees, and the distance between the squares of two neighbours. Both follow the
    spatial layers alone; GRN and global pooling read the whole map.
    """

    name: str
    kind: Kind
    in_shape: Shape
    out_shape: Shape
    kernel_size: int
    stride: int
    padding: int
    groups: int
    bias: bool
    rate: float  # of drop_path and dropout
    receptive_field: int
    jump: int

    @property
    def params(self) -> int:
        """Learnable numbers."""
        return count_params(self)

    @property
    def macs(self) -> int:
        """Multiply-adds of one image: convolutions and linear layers, as the paper counts FLOPs."""
        return count_macs(self)

    @property
    def out_elements(self) -> int:
        """Numbers in the output of one image."""
        return _elements(self.out_shape)

    @property
    def params_arithmetic(self) -> str:
        """The count of parameters as a sum, such as ``7·7·96 + 96 = 4,800``."""
        return params_arithmetic(self)

    @property
    def macs_arithmetic(self) -> str:
        """The count of multiply-adds as a product."""
        return macs_arithmetic(self)


@dataclass(frozen=True, slots=True)
class Block:
    """A residual block: ``after(shortcut(x) + body(x))``; an empty shortcut is the identity."""

    name: str
    body: tuple[Layer, ...]
    shortcut: tuple[Layer, ...] = ()
    after: tuple[Layer, ...] = ()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All layers, in the order in which they run."""
        return (*self.shortcut, *self.body, *self.after)

    @property
    def in_shape(self) -> Shape:
        """Shape of one image's input."""
        return self.body[0].in_shape

    @property
    def out_shape(self) -> Shape:
        """Shape of one image's output."""
        return self.body[-1].out_shape

    @property
    def receptive_field(self) -> int:
        """Pixels that one output position sees along one side: the body's, never the shortcut's."""
        return self.body[-1].receptive_field

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


@dataclass(frozen=True, slots=True)
class Stage:
    """The stem, a stage or the head: its ``own`` layers (a stage's: downsampling), then blocks."""

    name: str
    own: tuple[Layer, ...]
    blocks: tuple[Block, ...] = ()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All layers, its own first."""
        return (*self.own, *(layer for block in self.blocks for layer in block.layers))

    @property
    def in_shape(self) -> Shape:
        """Shape of one image's input."""
        return self.own[0].in_shape if self.own else self.blocks[0].in_shape

    @property
    def out_shape(self) -> Shape:
        """Shape of one image's output."""
        return self.blocks[-1].out_shape if self.blocks else self.own[-1].out_shape

    @property
    def receptive_field(self) -> int:
        """Pixels that one output position sees along one side."""
        last = self.blocks[-1].body if self.blocks else self.own
        return last[-1].receptive_field

    @property
    def jump(self) -> int:
        """Pixels of the input between two neighbouring output positions."""
        last = self.blocks[-1].body if self.blocks else self.own
        return last[-1].jump

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

    spec: ConvNeXtSpec
    image_size: tuple[int, int]  # height, width in pixels
    stages: tuple[Stage, ...]

    @property
    def layers(self) -> Iterator[Layer]:
        """All layers, in the order of the built net."""
        return (layer for stage in self.stages for layer in stage.layers)

    def stage(self, name: str) -> Stage:
        """The stage of that name; ``KeyError`` if there is none."""
        return {stage.name: stage for stage in self.stages}[name]

    def layer(self, name: str) -> Layer:
        """The layer of that name; ``KeyError`` if there is none."""
        return {layer.name: layer for layer in self.layers}[name]

    @property
    def in_shape(self) -> Shape:
        """Shape of one image."""
        return (self.spec.in_chans, *self.image_size)

    @property
    def out_shape(self) -> Shape:
        """Shape of one image's output: the logits, or the features of a net without classifier."""
        return self.stages[-1].out_shape

    @property
    def receptive_field(self) -> int:
        """Pixels that one position of the last feature map sees along one side."""
        return self.stages[-2].receptive_field

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
        """Numbers that all layers put out for one image."""
        return sum(layer.out_elements for layer in self.layers)
