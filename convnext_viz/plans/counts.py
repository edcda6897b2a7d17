"""Parameters and multiply-adds as pure functions of a layer's shapes.

The convention is the paper's: one FLOP is one multiply-add of a convolution or a linear layer;
bias, norm, activation, pooling and the residual sum are free.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convnext_viz.plans.layers import Layer

_TWO_A_CHANNEL = ("layer_norm", "batch_norm", "grn")  # a scale and a shift
_ONE_A_CHANNEL = ("rms_norm", "simple_norm", "layer_scale")  # a scale
_CONVOLUTIONS = ("conv", "depthwise")
_MATRICES = ("pointwise", "linear")


def _weights(layer: "Layer") -> tuple[int, ...]:
    """The factors whose product is the number of weights of a convolution or a matrix."""
    channels_in, channels_out = layer.in_shape[0], layer.out_shape[0]
    if layer.kind == "depthwise":
        return (layer.kernel_size, layer.kernel_size, channels_out)
    if layer.kind == "conv":
        return (layer.kernel_size, layer.kernel_size, channels_in // layer.groups, channels_out)
    return (channels_in, channels_out)


def _product(factors: tuple[int, ...]) -> int:
    result = 1
    for factor in factors:
        result *= factor
    return result


def count_params(layer: "Layer") -> int:
    """Learnable numbers of a layer."""
    kind = layer.kind
    if kind in _CONVOLUTIONS or kind in _MATRICES:
        return _product(_weights(layer)) + (layer.out_shape[0] if layer.bias else 0)
    if kind in _TWO_A_CHANNEL:
        return 2 * layer.out_shape[0]
    if kind in _ONE_A_CHANNEL:
        return layer.out_shape[0]
    return 0


def count_macs(layer: "Layer") -> int:
    """Multiply-adds of a layer on one image: every weight works once at every output position."""
    if layer.kind in _CONVOLUTIONS or layer.kind in _MATRICES:
        return _product(_weights(layer)) * _product(layer.out_shape[1:])
    return 0


def params_arithmetic(layer: "Layer") -> str:
    """The sum behind ``count_params``; ``0`` where there is nothing to learn."""
    if layer.kind in _CONVOLUTIONS or layer.kind in _MATRICES:
        terms = "·".join(map(str, _weights(layer)))
        if layer.bias:
            terms += f" + {layer.out_shape[0]}"
    elif layer.kind in _TWO_A_CHANNEL:
        terms = f"2·{layer.out_shape[0]}"
    elif layer.kind in _ONE_A_CHANNEL:
        return str(layer.out_shape[0])
    else:
        return "0"
    return f"{terms} = {count_params(layer):,}"


def macs_arithmetic(layer: "Layer") -> str:
    """The product behind ``count_macs``: weights × output positions; ``0`` where none count."""
    if layer.kind not in _CONVOLUTIONS and layer.kind not in _MATRICES:
        return "0"
    terms = "·".join(map(str, _weights(layer)))
    positions = "·".join(map(str, layer.out_shape[1:]))
    if positions:
        terms += f" × {positions}"
    return f"{terms} = {count_macs(layer):,}"
