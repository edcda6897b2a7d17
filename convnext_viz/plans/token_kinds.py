"""Kinds of layers of networks of tokens: attention, positions, tokens that are learnt, merging.

ViT: Dosovitskiy et al. 2021, section 3.1; DeiT: Touvron et al. 2021, section 4; Swin: Liu et al.
2021, section 3.2, and Liu et al. 2022 for V2. In multiply-adds attention counts the products
queries · keys and weights · values: its matrices are linear layers before and after it.
"""

from math import prod
from typing import TYPE_CHECKING

from convnext_viz.plans.kind import Kind, Shape, channels

if TYPE_CHECKING:
    from convnext_viz.plans.chain import Op
    from convnext_viz.plans.kinds import Layer

BIAS_WIDTH = 512
"""Hidden width of the network that gives V2's position bias (Swin V2, section 3.3)."""


def _all_tokens(layer: "Layer") -> Shape:
    """For each output token a product with every token, twice."""
    return (2, layer.in_shape[0], channels(layer.out_shape))


def _window_tokens(layer: "Layer") -> Shape:
    return (2, layer.window, layer.window, channels(layer.out_shape))


def _offsets(layer: "Layer") -> int:
    """Differences between two positions of a window, along both sides."""
    return (2 * layer.window - 1) ** 2


def _bias_network(layer: "Layer") -> tuple[Shape, ...]:
    """V2's scale a head and its network of position biases; the bias of queries is counted, that of
    values is here."""
    values = ((channels(layer.out_shape),),) if layer.bias else ()
    return ((layer.heads,), (3, BIAS_WIDTH), (BIAS_WIDTH, layer.heads), *values)


def _positions(layer: "Layer") -> tuple[Shape, ...]:
    return ((prod(layer.table), channels(layer.out_shape)),) if layer.table else ()


def _filled(shape: Shape, op: "Op") -> Shape:
    """Rows and columns padded until windows fill them."""
    window = op.window
    return (shape[0], -(-shape[1] // window) * window, -(-shape[2] // window) * window)


def _tokens(formula: str) -> Kind:
    """A kind that puts learnt tokens before all others; where it has a table, with positions."""
    return Kind(
        output=formula,
        weights=lambda layer: (layer.prefix, channels(layer.out_shape)),
        tables=_positions,
        params=r"p \cdot C + G \cdot G \cdot C",
        reshape=lambda shape, op: (op.prefix + shape[0], op.channels),
    )


_SOFTMAX = r"\mathrm{softmax}"

TOKEN_KINDS: dict[str, Kind] = {
    "tokens": Kind(
        output=r"(C, h, w) \to (h \cdot w, C)",
        reshape=lambda shape, op: (shape[1] * shape[2], op.channels),
    ),
    "position_embedding": Kind(
        output=r"y_{i,j} = x_{i,j} + e_{i,j}", tables=_positions, params=r"G \cdot G \cdot C"
    ),
    "class_token": _tokens(r"y = (t_{cls}, x_1, \dots, x_n)"),
    "distillation_token": _tokens(r"y = (t_{dist}, x_1, \dots, x_n)"),
    "register_tokens": _tokens(r"y = (r_1, \dots, r_p, x_1, \dots, x_n)"),
    "attention": Kind(
        output=_SOFTMAX + r"\left(q k^\top / \sqrt{C/H}\right) v",
        work=_all_tokens,
        macs=r"2 \cdot n \cdot C",
        attends=True,
    ),
    "window_shift": Kind(
        output=r"y_{i,j} = x_{i+s,\,j+s}",
        reshape=_filled,
    ),
    "window_attention": Kind(
        output=_SOFTMAX + r"\left(q k^\top / \sqrt{C/H} + B + m\right) v",
        tables=lambda layer: ((_offsets(layer), layer.heads),),
        work=_window_tokens,
        params=r"(2M-1) \cdot (2M-1) \cdot H",
        macs=r"2 \cdot M \cdot M \cdot C",
        attends=True,
    ),
    "window_attention_v2": Kind(
        output=_SOFTMAX + r"\left(\tau\cos(q + b_{q}, k) + 16\,\sigma(B) + m\right) (v + b_{v})",
        tables=_bias_network,
        work=_window_tokens,
        once=lambda layer: (_offsets(layer), BIAS_WIDTH, 2 + layer.heads),
        params=rf"H + 3 \cdot {BIAS_WIDTH} + {BIAS_WIDTH} \cdot H + 2C",
        macs=r"2 \cdot M \cdot M \cdot C",
        macs_once=rf"(2M-1) \cdot (2M-1) \cdot {BIAS_WIDTH} \cdot (2 + H)",
        attends=True,
    ),
    "window_unshift": Kind(output=r"y_{i,j} = x_{i-s,\,j-s}"),
    "patch_merging": Kind(
        output=r"y_{i,j} = (x_{2i,2j},\,x_{2i+1,2j},\,x_{2i,2j+1},\,x_{2i+1,2j+1})",
        reshape=lambda shape, op: (op.channels, -(-shape[1] // 2), -(-shape[2] // 2)),
    ),
    "first_token": Kind(output=r"y = x_{cls}", reshape=lambda shape, op: (op.channels,)),
    "token_mean": Kind(
        output=r"y = \tfrac{1}{n}\sum_{i} x_i", reshape=lambda shape, op: (op.channels,)
    ),
    "averaged_heads": Kind(
        output=r"y = \tfrac{1}{2}\left(W_{cls}\,x_{cls} + b_{cls} + W_{dist}\,x_{dist}"
        r" + b_{dist}\right)",
        weights=lambda layer: (2, channels(layer.in_shape), channels(layer.out_shape)),
        tables=lambda layer: ((channels(layer.out_shape),),),  # a second bias
        work=lambda layer: (2, channels(layer.in_shape), channels(layer.out_shape)),
        params=r"2 \cdot C_{in} \cdot C_{out} + C_{out}",
        macs=r"2 \cdot C_{in} \cdot C_{out}",
        reshape=lambda shape, op: (op.channels,),
    ),
}
