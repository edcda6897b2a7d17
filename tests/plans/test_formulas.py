"""Formulas on screen come to the counts: LaTeX of every kind read as a pupil would."""

import re
from dataclasses import replace

import pytest

from convnext_viz.plans import KINDS, Layer, channels, plan, positions
from convnext_viz.specs import VARIANTS
from convnext_viz.ui.architecture.formulas import formulas

LAYERS = {
    layer.kind: layer
    for spec in (
        *(VARIANTS[name] for name in ("convnextv2_atto", "resnext50_32x4d", "repvgg_d2se")),
        replace(
            VARIANTS["convnext_tiny"], norm="rms", act="silu", drop_path_rate=0.1, drop_rate=0.1
        ),
        replace(VARIANTS["convnext_tiny"], norm="simple", act="gelu_tanh", conv_bias=False),
        replace(VARIANTS["convnext_tiny"], norm="group", norm_groups=2, head_pool="max"),
        VARIANTS["cifar_vit_mean"],
        replace(VARIANTS["cifar_vit"], registers=3, prefix_positions=False),
        replace(VARIANTS["cifar_vit"], distillation_token=True),
        VARIANTS["cifar_swin"],
        replace(VARIANTS["cifar_swin"], version="v2"),
    )
    for layer in plan(spec, 64).layers
}


def test_every_kind_is_met() -> None:
    assert LAYERS.keys() == KINDS.keys()


def value(latex: str, layer: Layer) -> float:
    """What a formula of C, k, g, h and w comes to for a layer."""
    height, width = (*positions(layer.out_shape), 1, 1)[:2]
    letters = {
        "C_{in}": channels(layer.in_shape),
        "C_{out}": channels(layer.out_shape),
        "C": channels(layer.out_shape),
        "k": layer.kernel_size,
        "g": layer.groups,
        "h": height,
        "w": width,
        "s": layer.hidden,
        "n": height,
        "M": layer.window,
        "H": layer.heads,
        "G": layer.table[-1] if layer.table else 0,
        "p": layer.prefix,
    }
    text = re.sub(r"\\tfrac\{(C_\{in\})\}\{g\}", r"(\1/g)", latex.strip("$"))
    text = re.sub(r"(\d)([CM])", r"\1*\2", text)
    text = re.sub(
        r"C_\{(?:in|out)\}|[CkghwsnMHGp]",
        lambda m: str(letters[m[0]]),
        re.sub(r"\\(?:cdot|times)", "*", text),
    )
    return float(eval(text))


@pytest.mark.parametrize("kind", LAYERS)
def test_formulas_come_to_the_counts(kind: str) -> None:
    layer = LAYERS[kind]
    shown = formulas(layer)
    assert value(shown.params, layer) == layer.params
    assert value(shown.macs, layer) == layer.macs
    assert ("+ b_{" in shown.output) == layer.bias
