"""The walk through a net's modules, one by one: every look inside a net is taken on it."""

from collections.abc import Generator
from typing import NamedTuple

from torch import Tensor, nn

from convnext_viz.nets.layers import Residual, added


class Visit(NamedTuple):
    """One stop of the walk: a layer or, where ``module`` is a residual, its sum."""

    name: str  # of the module, from where the walk began
    module: nn.Module
    output: Tensor
    residual: str | None = None  # name of the residual that it belongs to
    branch: int | None = None  # number of its branch; None: the sum and what is after it

    @property
    def aside(self) -> bool:
        """Whether it lies on a branch besides the first."""
        return bool(self.branch)

    @property
    def operation(self) -> str:
        """Its name among a block's operations: a branch aside is one of them as a whole."""
        if self.residual is None:
            return self.name
        if isinstance(self.module, Residual):
            return _join(self.residual, "sum")
        branch, _, own = self.name.removeprefix(f"{self.residual}.").partition(".")
        return _join(self.residual, branch if self.aside else own)


def walk(module: nn.Module, x: Tensor, name: str = "") -> Generator[Visit, None, Tensor]:
    """Runs ``module`` on ``x`` and yields every layer and sum with its output, in order.

    Returns ``module(x)``.
    """
    if isinstance(module, nn.Sequential):
        for key, child in module.named_children():
            x = yield from walk(child, x, _join(name, key))
        return x
    if not isinstance(module, Residual):
        x = module(x)
        yield Visit(name, module, x)
        return x
    ends = []
    for number, (key, branch) in enumerate(module.branches.items()):
        y = x
        for visit in walk(branch, x, _join(name, key)):
            y = visit.output
            yield visit._replace(residual=name, branch=number)
        ends.append(y)
    y = added(ends)
    yield Visit(name, module, y, name)
    for visit in walk(module.after, y, _join(name, "after")):
        y = visit.output
        yield visit._replace(residual=name)
    return y


def _join(*names: str) -> str:
    return ".".join(filter(None, names))
