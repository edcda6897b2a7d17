"""The formula of every kind of layer: what it puts out, its parameters, its multiply-adds."""

from dataclasses import dataclass

from convnext_viz.plans import Layer
from convnext_viz.text import t


@dataclass(frozen=True)
class Formulas:
    """LaTeX, in dollars; C: channels, k: kernel, h×w: output positions."""

    output: str
    params: str
    macs: str


_NONE = "$0$"
_OUTPUTS = {
    "conv": r"y_{o} = \sum_{c}\sum_{i,j} w_{o,c,i,j}\,x_{c}[i,j] + b_{o}",
    "depthwise": r"y_{c} = \sum_{i,j} w_{c,i,j}\,x_{c}[i,j] + b_{c}",
    "pointwise": r"y_{o} = \sum_{c} w_{o,c}\,x_{c} + b_{o}",
    "linear": r"y_{o} = \sum_{c} w_{o,c}\,x_{c} + b_{o}",
    "layer_norm": r"y = \gamma\,\frac{x-\mu_{C}}{\sqrt{\sigma_{C}^2+\varepsilon}} + \beta",
    "batch_norm": r"y = \gamma\,\frac{x-\mu_{N,H,W}}{\sqrt{\sigma_{N,H,W}^2+\varepsilon}} + \beta",
    "rms_norm": r"y = \gamma\,\frac{x}{\sqrt{\overline{x^2}_{C}+\varepsilon}}",
    "simple_norm": r"y = \gamma\,\frac{x}{\sqrt{\sigma_{C}^2+\varepsilon}}",
    "gelu": r"y = x\,\Phi(x)",
    "relu": r"y = \max(0, x)",
    "gelu_tanh": r"y = \tfrac{x}{2}\left(1+"
    r"\tanh\left(\sqrt{2/\pi}\,(x+0.044715\,x^3)\right)\right)",
    "silu": r"y = x\,\sigma(x)",
    "grn": r"y = \gamma\,x\,\frac{\lVert x_c\rVert_2}"
    r"{\operatorname{mean}_{c'}\lVert x_{c'}\rVert_2+\varepsilon} + \beta + x",
    "layer_scale": r"y_c = \gamma_c\,x_c",
    "drop_path": r"y = \tfrac{b}{1-p}\,x,\quad b\sim\mathrm{Bernoulli}(1-p)",
    "dropout": r"y_i = \tfrac{b_i}{1-p}\,x_i,\quad b_i\sim\mathrm{Bernoulli}(1-p)",
    "max_pool": r"y_c = \max_{i,j} x_c[i,j]",
    "avg_pool": r"y_c = \tfrac{1}{hw}\sum_{i,j} x_c[i,j]",
    "flatten": r"(C, 1, 1) \to (C)",
}
_WEIGHTS = {
    "conv": r"k \cdot k \cdot C_{in} \cdot C_{out}",
    "depthwise": r"k \cdot k \cdot C",
    "pointwise": r"C_{in} \cdot C_{out}",
    "linear": r"C_{in} \cdot C_{out}",
}
_PER_CHANNEL = {
    "layer_norm": "2C",
    "batch_norm": "2C",
    "grn": "2C",
    "rms_norm": "C",
    "simple_norm": "C",
    "layer_scale": "C",
}


def formulas(layer: Layer) -> Formulas:
    """The formulas that belong to a layer's kind and form."""
    output = _OUTPUTS[layer.kind]
    if not layer.bias:
        output = output.removesuffix(" + b_{o}").removesuffix(" + b_{c}")
    weights = _WEIGHTS.get(layer.kind)
    if weights is None:
        own = _PER_CHANNEL.get(layer.kind)
        return Formulas(f"${output}$", f"${own}$" if own else _NONE, _NONE)
    bias = (" + C" if layer.kind == "depthwise" else " + C_{out}") if layer.bias else ""
    positions = r" \times h \cdot w" if len(layer.out_shape) > 1 else ""
    return Formulas(f"${output}$", f"${weights}{bias}$", f"${weights}{positions}$")


def field_sum(layer: Layer) -> str:
    """How the receptive field grows here: what was seen before, and k − 1 steps more."""
    step = layer.jump // layer.stride
    before = layer.receptive_field - (layer.kernel_size - 1) * step
    if layer.kernel_size == 1:
        return t("architecture.layer.field_same", field=f"{layer.receptive_field:,}")
    total = f"{before:,} + ({layer.kernel_size} − 1)·{step} = {layer.receptive_field:,} px"
    return rf"$r + (k-1)\cdot s$ = {total}"
