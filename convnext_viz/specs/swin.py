"""The spec of the Swin family: hierarchical transformers with attention in shifted windows.

Liu et al. 2021, "Swin Transformer"; Liu et al. 2022, "Swin Transformer V2".
"""

from dataclasses import dataclass
from typing import Literal

from convnext_viz.specs.convnext import Act
from convnext_viz.specs.fields import check, choice, flag, integer, number, per_stage, refusal, text
from convnext_viz.text import t

Version = Literal["v1", "v2"]

_ACTS = {"gelu": "GELU", "relu": "ReLU", "gelu_tanh": "GELU tanh", "silu": "SiLU"}


@dataclass(frozen=True, kw_only=True)
class SwinSpec:
    """A Swin Transformer; the defaults are Swin-T.

    Raises ``ValueError`` that names the field, the value and what is allowed.
    """

    name: str = text("swin_tiny_patch4_window7_224")

    patch_size: int = integer(4, 1, 64, group="stem", unit="px")
    patch_norm: bool = flag(True, group="stem")
    in_chans: int = integer(3, 1, 1024, group="stem")

    depths: tuple[int, ...] = per_stage((2, 2, 6, 2), 512, group="stages")  # blocks
    dims: tuple[int, ...] = per_stage(  # width C
        (96, 192, 384, 768), 16_384, like="depths", group="stages"
    )
    heads: tuple[int, ...] = per_stage((3, 6, 12, 24), 1024, like="depths", group="stages")

    # "v1": norms before the branches, products of queries and keys, a table of position biases.
    # "v2": norms after the branches, cosines, biases from a small network.
    version: Version = choice("v1", Version, short={"v1": "V1", "v2": "V2"}, group="block")
    window: int = integer(7, 1, 64, group="block")  # side, in tokens
    # Whether every second block shifts its windows by half of one; off: an ablation (Table 4).
    shift: bool = flag(True, group="block")
    mlp_ratio: float = number(4.0, 0.125, 16.0, group="block", step=0.5)
    qkv_bias: bool = flag(True, group="block")  # in V2 keys have none
    act: Act = choice("gelu", Act, short=_ACTS, group="block")
    # Of the last block; grows linearly from 0 (stochastic depth).
    drop_path_rate: float = number(0.0, 0.0, 0.99, group="block", step=0.05)
    norm_eps: float = number(1e-5, 1e-12, 1.0, group="block", format="%.1e")

    num_classes: int = integer(1000, 0, 100_000, group="head")  # 0: it ends with its features

    def __post_init__(self) -> None:
        check(self)
        if any(dim % heads for dim, heads in zip(self.dims, self.heads, strict=True)):
            raise refusal("heads", self.heads, t("specs.allowed.heads_of_stages"))
        if any(int(self.mlp_ratio * dim) < 1 for dim in self.dims):
            raise refusal("mlp_ratio", self.mlp_ratio, t("specs.allowed.expansion"))

    @property
    def image_size(self) -> int:
        """The side, in pixels, of the images whose last map one window fills."""
        return int(self.patch_size * 2 ** (len(self.depths) - 1) * self.window)

    @property
    def drop_path_rates(self) -> tuple[float, ...]:
        """Drop probability of every block, growing linearly with depth (Huang et al. 2016)."""
        blocks = sum(self.depths)
        return tuple(self.drop_path_rate * i / max(blocks - 1, 1) for i in range(blocks))
