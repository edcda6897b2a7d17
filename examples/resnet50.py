# Written by convnext_viz.nets.source(VARIANTS["resnet50"]), and kept equal to it by a test.
# Run it to count the network's parameters: python examples/resnet50.py
"""resnet50: 25,557,032 parameters.

He et al. 2016, https://arxiv.org/abs/1512.03385
Liu et al. 2022, "A ConvNet for the 2020s", https://arxiv.org/abs/2201.03545

Layers are called as in convnext_viz; load_weights reads its files.
"""

from collections import OrderedDict

import torch
from torch import nn


def init_weights(module: nn.Module) -> None:
    """Normal weights of standard deviation 0.02, biases 0."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Block(nn.Module):
    """A residual block: the output of these layers is added to x.

    pwconv1 → norm1 → act1 → conv → norm2 → act2 → pwconv2 → norm3
    """

    def __init__(self, in_dim: int, dim: int, stride: int) -> None:
        super().__init__()
        self.pwconv1 = nn.Conv2d(in_dim, dim, kernel_size=1, bias=False)
        self.norm1 = nn.BatchNorm2d(dim, eps=1e-5)
        self.act1 = nn.ReLU()
        self.conv = nn.Conv2d(
            dim,
            dim,
            kernel_size=3,
            stride=stride,
            padding=1,
            bias=False,
        )
        self.norm2 = nn.BatchNorm2d(dim, eps=1e-5)
        self.act2 = nn.ReLU()
        self.pwconv2 = nn.Conv2d(dim, 4 * dim, kernel_size=1, bias=False)
        self.norm3 = nn.BatchNorm2d(4 * dim, eps=1e-5)
        self.shortcut = nn.Identity()
        if in_dim != 4 * dim or stride != 1:
            self.shortcut = nn.Sequential(
                OrderedDict(
                    conv=nn.Conv2d(
                        in_dim,
                        4 * dim,
                        kernel_size=1,
                        stride=stride,
                        bias=False,
                    ),
                    norm=nn.BatchNorm2d(4 * dim, eps=1e-5),
                )
            )
        self.act3 = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shortcut = self.shortcut(x)
        x = self.pwconv1(x)
        x = self.norm1(x)
        x = self.act1(x)
        x = self.conv(x)
        x = self.norm2(x)
        x = self.act2(x)
        x = self.pwconv2(x)
        x = self.norm3(x)
        return self.act3(shortcut + x)


class Stage(nn.Module):
    """Blocks of one width; the first may halve the resolution."""

    def __init__(self, in_dim: int, dim: int, depth: int, stride: int) -> None:
        super().__init__()
        blocks = []
        for _ in range(depth):
            blocks.append(Block(in_dim, dim, stride))
            in_dim, stride = 4 * dim, 1
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.blocks(x)


class ResNet(nn.Module):
    """Stem, 4 stages with 16 blocks in all, head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            OrderedDict(
                conv=nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False),
                norm=nn.BatchNorm2d(64, eps=1e-5),
                act=nn.ReLU(),
                pool=nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
            )
        )
        self.stage1 = Stage(in_dim=64, dim=64, depth=3, stride=1)
        self.stage2 = Stage(in_dim=256, dim=128, depth=4, stride=2)
        self.stage3 = Stage(in_dim=512, dim=256, depth=6, stride=2)
        self.stage4 = Stage(in_dim=1024, dim=512, depth=3, stride=2)
        self.head = nn.Sequential(
            OrderedDict(
                fc=nn.Linear(2048, 1000),
            )
        )
        self.apply(init_weights)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)  # (N, 64, H/4, W/4)
        x = self.stage1(x)  # (N, 256, H/4, W/4)
        x = self.stage2(x)  # (N, 512, H/8, W/8)
        x = self.stage3(x)  # (N, 1024, H/16, W/16)
        x = self.stage4(x)  # (N, 2048, H/32, W/32)
        return self.head(x.mean((-2, -1)))  # (N, 1000)


def load_weights(model: nn.Module, state: dict[str, torch.Tensor]) -> None:
    """Load a state dict of the app, where a block's layers are called body.<layer>."""
    renamed = {}
    for name, value in state.items():
        name = name.replace(".body.", ".").replace(".gamma.weight", ".gamma")
        if ".pwconv" in name and value.ndim == 2:
            value = value[:, :, None, None]
        renamed[name] = value
    model.load_state_dict(renamed)


if __name__ == "__main__":
    params = sum(p.numel() for p in ResNet().parameters())
    print(f"{params:,} parameters")
