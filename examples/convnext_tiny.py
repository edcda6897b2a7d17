# Written by convnext_viz.nets.source(VARIANTS["convnext_tiny"]), and kept equal to it by a test.
# Run it to count the network's parameters: python examples/convnext_tiny.py
"""convnext_tiny: 28,589,128 parameters.

Liu et al. 2022, "A ConvNet for the 2020s", https://arxiv.org/abs/2201.03545

Layers are called as in convnext_viz; load_weights reads its files.
"""

from collections import OrderedDict

import torch
from torch import nn


class LayerNorm2d(nn.LayerNorm):
    """The norm over the channels of (N, C, H, W)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.permute(0, 2, 3, 1)  # (N, C, H, W) -> (N, H, W, C)
        return super().forward(x).permute(0, 3, 1, 2)


def init_weights(module: nn.Module) -> None:
    """Normal weights of standard deviation 0.02, biases 0."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Block(nn.Module):
    """A residual block: the output of these layers is added to x.

    dwconv → norm → pwconv1 → act → pwconv2 → gamma
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(1e-6 * torch.ones(dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shortcut = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)  # (N, C, H, W) -> (N, H, W, C)
        x = self.norm(x)
        x = self.pwconv1(x)
        x = self.act(x)
        x = self.pwconv2(x)
        x = self.gamma * x
        x = x.permute(0, 3, 1, 2)  # (N, H, W, C) -> (N, C, H, W)
        return shortcut + x


class Stage(nn.Module):
    """Blocks of one width, after halving the resolution where needed."""

    def __init__(self, in_dim: int, dim: int, depth: int, downsample: bool) -> None:
        super().__init__()
        self.downsample = nn.Identity()
        if downsample:
            self.downsample = nn.Sequential(
                OrderedDict(
                    norm=LayerNorm2d(in_dim, eps=1e-6),
                    conv=nn.Conv2d(in_dim, dim, kernel_size=2, stride=2),
                )
            )
        blocks = (Block(dim) for _ in range(depth))
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.blocks(self.downsample(x))


class ConvNeXt(nn.Module):
    """Stem, 4 stages with 18 blocks in all, head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            OrderedDict(
                conv=nn.Conv2d(3, 96, kernel_size=4, stride=4),
                norm=LayerNorm2d(96, eps=1e-6),
            )
        )
        self.stage1 = Stage(in_dim=96, dim=96, depth=3, downsample=False)
        self.stage2 = Stage(in_dim=96, dim=192, depth=3, downsample=True)
        self.stage3 = Stage(in_dim=192, dim=384, depth=9, downsample=True)
        self.stage4 = Stage(in_dim=384, dim=768, depth=3, downsample=True)
        self.head = nn.Sequential(
            OrderedDict(
                norm=nn.LayerNorm(768, eps=1e-6),
                fc=nn.Linear(768, 1000),
            )
        )
        self.apply(init_weights)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)  # (N, 96, H/4, W/4)
        x = self.stage1(x)  # (N, 96, H/4, W/4)
        x = self.stage2(x)  # (N, 192, H/8, W/8)
        x = self.stage3(x)  # (N, 384, H/16, W/16)
        x = self.stage4(x)  # (N, 768, H/32, W/32)
        return self.head(x.mean((-2, -1)))  # (N, 1000)


def load_weights(model: nn.Module, state: dict[str, torch.Tensor]) -> None:
    """Load a state dict of the app, where a block's layers are called body.<layer>."""
    renamed = {}
    for name, value in state.items():
        name = name.replace(".body.", ".").replace(".gamma.weight", ".gamma")
        renamed[name] = value
    model.load_state_dict(renamed)


if __name__ == "__main__":
    params = sum(p.numel() for p in ConvNeXt().parameters())
    print(f"{params:,} parameters")
