"""Kinds of layers in a table: one row says what a kind learns and counts.

The convention is the paper's: one FLOP is one multiply-add of a convolution, a linear layer or
between activations; bias, norm, activation function, pooling and the residual sum are free.
"""

from collections.abc import Callable
from math import prod
from typing import NamedTuple

from convnext_viz.plans.kind import Kind, Shape, channels, positions
from convnext_viz.plans.token_kinds import TOKEN_KINDS


class Layer(NamedTuple):
    """One operation; ``name`` is its module name in the built net and its prefix in a state dict.

    ``receptive_field`` and ``jump`` are pixels of the input image: the side of the square that one
    output position sees, and the distance between the squares of two neighbours. Both follow the
    spatial layers alone; GRN and global pooling read the full map. A tuple, as a plan has hundreds
    and a frozen dataclass takes five times as long to make.
    """

    name: str
    kind: str  # a key of KINDS
    in_shape: Shape
    out_shape: Shape
    kernel_size: int = 1
    stride: int = 1
    padding: int = 0
    groups: int = 1
    bias: bool = False
    rate: float = 0.0  # of drop_path and dropout
    eps: float = 0.0  # of norms
    init: float = 1.0  # of layer scale; elsewhere what the initial weights are multiplied by
    heads: int = 0  # of attention
    window: int = 0  # side of attention's windows, in tokens; 0: all tokens
    shift: int = 0  # of these windows, in tokens
    hidden: int = 0  # channels inside squeeze-and-excitation
    prefix: int = 0  # tokens that it puts before those of the grid, or that its mean leaves out
    reach: int = 0  # how many tokens further an output of attention sees along a side; -1: all
    table: Shape = ()  # rows and columns of the positions that it learns
    receptive_field: int = 1
    jump: int = 1
    grid: Shape = ()  # rows and columns of the output's tokens, which are the last rows·columns

    @property
    def params(self) -> int:
        """Learnable numbers."""
        kind = KINDS[self.kind]
        single = kind.per_channel + self.bias
        count = single * channels(self.out_shape) if single else 0
        if kind.weights:
            count += prod(kind.weights(self))
        return count + sum(map(prod, kind.tables(self))) if kind.tables else count

    @property
    def macs(self) -> int:
        """Multiply-adds of one image: those at one output position, at all of them."""
        kind = KINDS[self.kind]
        count = prod(kind.work(self)) * prod(positions(self.out_shape)) if kind.work else 0
        return count + prod(kind.once(self)) if kind.once else count

    @property
    def attention_macs(self) -> int:
        """Those of them that are products of activations: queries · keys, and weights · values."""
        kind = KINDS[self.kind]
        if not kind.attends or not kind.work:
            return 0
        return prod(kind.work(self)) * prod(positions(self.out_shape))

    @property
    def out_elements(self) -> int:
        """Numbers in the output of one image."""
        return prod(self.out_shape)

    @property
    def params_arithmetic(self) -> str:
        """The count of parameters as a sum, such as ``7·7·96 + 96 = 4,800``; ``0`` where none."""
        kind = KINDS[self.kind]
        single, out = kind.per_channel + self.bias, channels(self.out_shape)
        products = [kind.weights(self)] if kind.weights else []
        products += kind.tables(self) if kind.tables else []
        terms = ["·".join(map(str, product)) for product in products]
        if single:
            terms.append(f"{single}·{out}" if single > 1 else f"{out}")
        return _equation(" + ".join(terms), self.params)

    @property
    def macs_arithmetic(self) -> str:
        """The count of multiply-adds as a product: weights × output positions; ``0`` where none."""
        kind = KINDS[self.kind]
        factors = (kind.work(self), positions(self.out_shape)) if kind.work else ()
        product = " × ".join("·".join(map(str, f)) for f in factors if f)
        once = "·".join(map(str, kind.once(self))) if kind.once else ""
        return _equation(" + ".join(filter(None, (product, once))), self.macs)


def _equation(terms: str, count: int) -> str:
    return str(count) if terms in ("", str(count)) else f"{terms} = {count:,}"


def _kernels(layer: Layer) -> Shape:
    """A kernel for each output channel and each input channel of its group."""
    into, out = channels(layer.in_shape), channels(layer.out_shape)
    return (layer.kernel_size, layer.kernel_size, into // layer.groups, out)


def _kernel(layer: Layer) -> Shape:
    """One kernel a channel."""
    return (layer.kernel_size, layer.kernel_size, channels(layer.out_shape))


def _matrix(layer: Layer) -> Shape:
    return (channels(layer.in_shape), channels(layer.out_shape))


def _squeeze(layer: Layer) -> Shape:
    """Two matrices: to the hidden channels and back."""
    return (2, channels(layer.in_shape), layer.hidden)


def _weighted(
    output: str, weights: Callable[[Layer], Shape], formula: str, *, window: bool = False
) -> Kind:
    """A kind each of whose weights works once at every output position."""
    return Kind(
        output=output, weights=weights, work=weights, params=formula, macs=formula, window=window
    )


KINDS: dict[str, Kind] = {
    "conv": _weighted(
        r"y_{o} = \sum_{c}\sum_{i,j} w_{o,c,i,j}\,x_{c}[i,j] + b_{o}",
        _kernels,
        r"k \cdot k \cdot C_{in} \cdot C_{out}",
        window=True,
    ),
    "grouped": _weighted(
        r"y_{o} = \sum_{c \in g(o)}\sum_{i,j} w_{o,c,i,j}\,x_{c}[i,j] + b_{o}",
        _kernels,
        r"k \cdot k \cdot \tfrac{C_{in}}{g} \cdot C_{out}",
        window=True,
    ),
    "depthwise": _weighted(
        r"y_{c} = \sum_{i,j} w_{c,i,j}\,x_{c}[i,j] + b_{c}",
        _kernel,
        r"k \cdot k \cdot C",
        window=True,
    ),
    "pointwise": _weighted(
        r"y_{o} = \sum_{c} w_{o,c}\,x_{c} + b_{o}", _matrix, r"C_{in} \cdot C_{out}", window=True
    ),
    "linear": _weighted(
        r"y_{o} = \sum_{c} w_{o,c}\,x_{c} + b_{o}", _matrix, r"C_{in} \cdot C_{out}"
    ),
    "layer_norm": Kind(
        output=r"y = \gamma\,\frac{x-\mu_{C}}{\sqrt{\sigma_{C}^2+\varepsilon}} + \beta",
        per_channel=2,
        params="2C",
    ),
    "batch_norm": Kind(
        output=r"y = \gamma\,\frac{x-\mu_{N,H,W}}{\sqrt{\sigma_{N,H,W}^2+\varepsilon}} + \beta",
        per_channel=2,
        params="2C",
    ),
    "group_norm": Kind(
        output=r"y = \gamma\,\frac{x-\mu_{g,H,W}}{\sqrt{\sigma_{g,H,W}^2+\varepsilon}} + \beta",
        per_channel=2,
        params="2C",
    ),
    "rms_norm": Kind(
        output=r"y = \gamma\,\frac{x}{\sqrt{\overline{x^2}_{C}+\varepsilon}}",
        per_channel=1,
        params="C",
    ),
    "simple_norm": Kind(
        output=r"y = \gamma\,\frac{x}{\sqrt{\sigma_{C}^2+\varepsilon}}", per_channel=1, params="C"
    ),
    "gelu": Kind(output=r"y = x\,\Phi(x)"),
    "relu": Kind(output=r"y = \max(0, x)"),
    "gelu_tanh": Kind(
        output=r"y = \tfrac{x}{2}\left(1+\tanh\left(\sqrt{2/\pi}\,(x+0.044715\,x^3)\right)\right)"
    ),
    "silu": Kind(output=r"y = x\,\sigma(x)"),
    "grn": Kind(
        output=r"y = \gamma\,x\,\frac{\lVert x_c\rVert_2}"
        r"{\operatorname{mean}_{c'}\lVert x_{c'}\rVert_2+\varepsilon} + \beta + x",
        per_channel=2,
        params="2C",
    ),
    "squeeze_excite": Kind(
        output=r"y_c = x_c\,\sigma\left(W_2 \max(0,\,W_1 \bar{x} + b_1) + b_2\right)_c,"
        r"\quad \bar{x} = \tfrac{1}{hw}\sum_{i,j} x[i,j]",
        weights=_squeeze,
        tables=lambda layer: ((layer.hidden,),),  # the first matrix's bias
        once=_squeeze,
        per_channel=1,
        params=r"2 \cdot C \cdot s + s + C",
        macs_once=r"2 \cdot C \cdot s",
    ),
    "layer_scale": Kind(output=r"y_c = \gamma_c\,x_c", per_channel=1, params="C"),
    "drop_path": Kind(output=r"y = \tfrac{b}{1-p}\,x,\quad b\sim\mathrm{Bernoulli}(1-p)"),
    "dropout": Kind(output=r"y_i = \tfrac{b_i}{1-p}\,x_i,\quad b_i\sim\mathrm{Bernoulli}(1-p)"),
    "max_pool": Kind(output=r"y_c = \max_{i,j} x_c[i,j]", window=True),
    "avg_pool": Kind(
        output=r"y_c = \tfrac{1}{hw}\sum_{i,j} x_c[i,j]",
        reshape=lambda shape, op: (op.channels, 1, 1),
    ),
    "global_max_pool": Kind(
        output=r"y_c = \max_{i,j} x_c[i,j]", reshape=lambda shape, op: (op.channels, 1, 1)
    ),
    "flatten": Kind(output=r"(C, 1, 1) \to (C)", reshape=lambda shape, op: (op.channels,)),
    **TOKEN_KINDS,
}
