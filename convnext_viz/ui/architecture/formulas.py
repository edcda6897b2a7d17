"""The formula of every kind of layer: what it puts out, its parameters, its multiply-adds."""

from dataclasses import dataclass

from convnext_viz.plans import KINDS, Layer
from convnext_viz.text import t


@dataclass(frozen=True)
class Formulas:
    """LaTeX, in dollars; C: channels, k: kernel, h×w: positions, n: tokens; others: ``Kind``."""

    output: str
    params: str
    macs: str


def formulas(layer: Layer) -> Formulas:
    """The formulas that belong to a layer's kind and form."""
    kind = KINDS[layer.kind]
    output, params, macs = kind.output, kind.params, kind.macs
    if not layer.bias:
        output = output.removesuffix(" + b_{o}").removesuffix(" + b_{c}")
    elif kind.weights:
        params += " + C" if layer.kind == "depthwise" else " + C_{out}"
    if layer.prefix and not layer.table:
        params = params.removesuffix(r" + G \cdot G \cdot C")
    if kind.once and not layer.bias:
        params = params.removesuffix(" + 2C")
        output = output.replace(" + b_{q}", "").replace(" + b_{v}", "")
    if kind.work and len(layer.out_shape) > 1:
        macs += r" \times n" if len(layer.out_shape) == 2 else r" \times h \cdot w"
    if kind.macs_once:
        macs = f"{macs} + {kind.macs_once}" if kind.work else kind.macs_once
    return Formulas(f"${output}$", f"${params}$", f"${macs}$")


def field_sum(layer: Layer) -> str:
    """How the receptive field grows here: what was seen before, and k − 1 steps more."""
    if layer.reach:
        return t("architecture.layer.field_attends", field=f"{layer.receptive_field:,}")
    step = layer.jump // layer.stride
    before = layer.receptive_field - (layer.kernel_size - 1) * step
    if layer.kernel_size == 1:
        return t("architecture.layer.field_same", field=f"{layer.receptive_field:,}")
    total = f"{before:,} + ({layer.kernel_size} − 1)·{step} = {layer.receptive_field:,} px"
    return rf"$r + (k-1)\cdot s$ = {total}"
