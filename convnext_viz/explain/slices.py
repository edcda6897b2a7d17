"""A net cut in two behind a stage or a block, and what comes out there as feature maps."""

from collections import OrderedDict

from torch import Tensor, nn

from convnext_viz.text import t


def stages_of_blocks(net: nn.Sequential) -> tuple[str, ...]:
    """The children that consist of blocks: ``stage1``, ``stage2``, …"""
    return tuple(n for n, child in net.named_children() if "blocks" in dict(child.named_children()))


def blocks_of(net: nn.Sequential, stage: str) -> nn.Sequential:
    """The blocks of a stage; raises ValueError for a stage without blocks."""
    if stage not in (known := stages_of_blocks(net)):
        raise ValueError(t("block.error.stage", value=stage, known=", ".join(known)))
    blocks = net.get_submodule(f"{stage}.blocks")
    assert isinstance(blocks, nn.Sequential)
    return blocks


def split(
    net: nn.Sequential, stage: str, blocks: int | None = None
) -> tuple[nn.Sequential, nn.Sequential]:
    """The net up to the end of a stage, or of its first ``blocks`` blocks, and the rest of it.

    Both share their modules with ``net``. Raises ValueError for a stage without blocks where
    ``blocks`` is given.
    """
    names = [name for name, _ in net.named_children()]
    at = names.index(stage) + 1
    if blocks is None:
        return net[:at], net[at:]
    own = blocks_of(net, stage)
    begun = _named({**dict(net[at - 1].named_children()), "blocks": own[:blocks]})
    ended = _named({"blocks": own[blocks:]})
    return (
        _named({**dict(net[: at - 1].named_children()), stage: begun}),
        _named({stage: ended, **dict(net[at:].named_children())}),
    )


def _named(modules: dict[str, nn.Module]) -> nn.Sequential:
    return nn.Sequential(OrderedDict(modules))


def as_map(y: Tensor, grid: tuple[int, int] | None = None) -> Tensor:
    """A stage's or block's output as maps, (N, C, h, w): maps are, tokens are laid on their grid.

    ``grid``: rows and columns of tokens (N, T, C), as the plan gives them (``Layer.grid``); tokens
    before those of the grid, such as a class token, are left out. Raises ValueError for what is
    neither.
    """
    if y.ndim == 4:
        return y
    if y.ndim != 3 or grid is None or y.shape[1] < grid[0] * grid[1]:
        raise ValueError(t("explain.error.no_map", shape=tuple(y.shape), grid=grid))
    tokens = y[:, y.shape[1] - grid[0] * grid[1] :]  # (N, h·w, C)
    return tokens.transpose(1, 2).reshape(len(y), y.shape[2], *grid)
