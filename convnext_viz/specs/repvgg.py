"""The spec of the RepVGG family: one flat description of a network in both of its forms.

A network is trained with parallel branches and deployed as a plain chain of convolutions; the form
is a field, so that "what does fusing change" is the difference of two specs.
"""

from dataclasses import dataclass
from typing import Literal

from convnext_viz.specs.convnext import Act
from convnext_viz.specs.fields import (
    check,
    choice,
    flag,
    integer,
    number,
    per_stage,
    refusal,
    text,
)
from convnext_viz.text import t

Form = Literal["training", "deployed"]
SePosition = Literal["before_act", "after_act"]

_STEM_WIDTH = 64  # channels of the stem, unless the first stage is narrower


@dataclass(frozen=True, kw_only=True)
class RepVGGSpec:
    """A network of the RepVGG family; the defaults are RepVGG-A0 as it is trained.

    Source: Ding et al. 2021, "RepVGG: Making VGG-style ConvNets Great Again", sections 3 and 4.
    Raises ``ValueError`` that names the field, the value and what is allowed.
    """

    name: str = text("repvgg_a0")

    # 2 on ImageNet; small images keep their resolution with 1.
    stem_stride: int = integer(2, 1, 2, group="stem", unit="px")
    in_chans: int = integer(3, 1, 1024, group="stem")

    depths: tuple[int, ...] = per_stage((2, 4, 14, 1), 512, group="stages")  # blocks
    dims: tuple[int, ...] = per_stage((48, 96, 192, 1280), 16_384, like="depths", group="stages")

    # "training": parallel branches with a BN each; "deployed": their sum as one convolution.
    form: Form = choice("training", Form, keeps_outputs=True, group="block")
    kernel_size: int = integer(3, 1, 31, odd=True, group="block", unit="px", step=2)
    # The branches beside the k×k convolution; a deployed network is the same without them.
    pointwise_branch: bool = flag(True, short={"True": "+1×1", "False": "−1×1"}, group="block")
    # BN alone; only where a block changes neither width nor resolution.
    identity_branch: bool = flag(True, short={"True": "+Id", "False": "−Id"}, group="block")
    # Of the convolutions of every second layer: never of two in a row, so that channels mix.
    groups: int = integer(1, 1, 65_536, group="block")
    act: Act = choice("relu", Act, group="block")
    # Squeeze-and-excitation: how many times narrower it is inside. None: there is none.
    se_reduction: int | None = integer(None, 1, 1024, optional=True, group="block")
    # "before_act" in RepVGG-D2se, "after_act" in RepVGGplus.
    se_position: SePosition = choice(
        "before_act", SePosition, needs=("se_reduction",), group="block"
    )
    norm_eps: float = number(1e-5, 1e-12, 1.0, group="block", format="%.1e")

    num_classes: int = integer(1000, 0, 100_000, group="head")  # 0: it ends with its features
    drop_rate: float = number(0.0, 0.0, 0.99, group="head", step=0.05)  # before the classifier

    def __post_init__(self) -> None:
        check(self)
        if any(channels % self.groups for channels in self.grouped_channels):
            channels = ", ".join(map(str, self.grouped_channels))
            raise refusal("groups", self.groups, t("specs.allowed.every_second", channels=channels))

    @property
    def stem_width(self) -> int:
        """Channels of the stem."""
        return min(_STEM_WIDTH, self.dims[0])

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of the stem and of every block, in their order."""
        blocks = zip(self.depths, self.dims, strict=True)
        return (self.stem_width, *(dim for depth, dim in blocks for _ in range(depth)))

    def groups_of(self, layer: int) -> int:
        """Groups of a layer's convolutions: of the blocks, counted from 1 through all stages.

        timm counts within each stage, which is the same where all depths but the last are even.
        """
        return self.groups if layer % 2 == 0 else 1

    @property
    def grouped_channels(self) -> tuple[int, ...]:
        """Channels that grouped convolutions read or write, each number once."""
        layers = range(2, len(self.widths), 2)
        return tuple(dict.fromkeys(c for n in layers for c in self.widths[n - 1 : n + 1]))
