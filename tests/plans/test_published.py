"""The numbers of the papers, of torchvision and of timm; where from stands beside each table."""

from collections.abc import Iterable

import pytest

from convnext_viz.plans import Layer, plan
from convnext_viz.specs import CONVNEXT_ISO, CONVNEXT_V2, REGIMES, VARIANTS, ConvNeXtSpec, roadmap

# Parameters with 1,000 classes: torchvision's for T to L and ResNet-50, timm's for XL.
PARAMS = {
    "convnext_tiny": 28_589_128,
    "convnext_small": 50_223_688,
    "convnext_base": 88_591_464,
    "convnext_large": 197_767_336,
    "convnext_xlarge": 350_196_968,
    "convnextv2_atto": 3_708_400,
    "convnextv2_femto": 5_233_240,
    "convnextv2_pico": 9_066_280,
    "convnextv2_nano": 15_623_800,
    "convnextv2_tiny": 28_635_496,
    "convnextv2_base": 88_717_800,
    "convnextv2_large": 197_956_840,
    "convnextv2_huge": 660_289_640,
    "convnext_iso_small": 22_308_712,
    "convnext_iso_base": 87_083_752,
    "convnext_iso_large": 305_942_504,
    "resnet50": 25_557_032,
}

# GMACs: torchvision's three decimals (T to L at 224), the paper's Table 1 and the V2 README's
# figures worked out from the published definitions to four.
GMACS = [
    ("convnext_tiny", 224, 4.4555), ("convnext_tiny", 384, 13.0923),
    ("convnext_small", 224, 8.6837), ("convnext_small", 384, 25.5180),
    ("convnext_base", 224, 15.3547), ("convnext_base", 384, 45.1221),
    ("convnext_large", 224, 34.3614), ("convnext_large", 384, 100.9776),
    ("convnext_xlarge", 224, 60.9210), ("convnext_xlarge", 384, 179.0293),
    ("convnextv2_atto", 224, 0.5473), ("convnextv2_femto", 224, 0.7796),
    ("convnextv2_pico", 224, 1.3671), ("convnextv2_nano", 224, 2.4455),
    ("convnextv2_tiny", 224, 4.4555), ("convnextv2_base", 224, 15.3547),
    ("convnextv2_large", 224, 34.3614), ("convnextv2_huge", 224, 114.9221),
    ("convnext_iso_small", 224, 4.2864), ("convnext_iso_base", 224, 16.8963),
    ("convnext_iso_large", 224, 59.6992), ("resnet50", 224, 4.0892),
]  # fmt: skip

# What the papers print: parameters in millions and GFLOPs (as multiply-adds), Table 1, Table 2 and
# the V2 README. V2's figures for Tiny and for 384 pixels count norms as well and are left out.
PRINTED = [
    ("convnext_tiny", 224, "29", "4.5"), ("convnext_small", 224, "50", "8.7"),
    ("convnext_base", 224, "89", "15.4"), ("convnext_large", 224, "198", "34.4"),
    ("convnext_xlarge", 224, "350", "60.9"), ("convnext_tiny", 384, "29", "13.1"),
    ("convnext_small", 384, "50", "25.5"), ("convnext_base", 384, "89", "45.1"),
    ("convnext_large", 384, "198", "101.0"), ("convnext_xlarge", 384, "350", "179.0"),
    ("convnext_tiny", 224, "28.6", "4.5"), ("convnext_iso_small", 224, "22", "4.3"),
    ("convnext_iso_base", 224, "87", "16.9"), ("convnext_iso_large", 224, "306", "59.7"),
    ("convnextv2_atto", 224, "3.7", "0.55"), ("convnextv2_femto", 224, "5.2", "0.78"),
    ("convnextv2_pico", 224, "9.1", "1.37"), ("convnextv2_nano", 224, "15.6", "2.45"),
    ("convnextv2_base", 224, "89", "15.4"), ("convnextv2_large", 224, "198", "34.4"),
    ("convnextv2_huge", 224, "660", "115"), ("resnet50", 224, "25.6", "4.1"),
]  # fmt: skip

# Tables 10 and 11: GFLOPs as printed, and millions of convolution and fc weights worked out from
# the published definitions. The last two rows of Table 10 print 4.46 and 4.49: Figure 2 shows 4.2
# for BN → LN, which cannot cost anything, and Table 1 shows 4.5 for ConvNeXt-T. See GMACS.
TABLE_10 = [
    ("start", 4.09, 25.50), ("recipe", 4.09, 25.50), ("stage_ratio", 4.53, 28.57),
    ("patchify", 4.42, 28.56), ("depthwise", 2.35, 15.66), ("width", 5.27, 33.67),
    ("inverted", 4.64, 25.73), ("move_up", 4.07, 25.54), ("kernel5", 4.10, 25.64),
    ("kernel7", 4.15, 25.78), ("kernel9", 4.21, 25.97), ("kernel11", 4.29, 26.21),
    ("gelu", 4.15, 25.78), ("fewer_acts", 4.15, 25.78), ("fewer_norms", 4.15, 25.78),
]  # fmt: skip
TABLE_11 = [
    ("start", 15.01, 64.50), ("recipe", 15.01, 64.50), ("stage_ratio", 14.52, 82.91),
    ("patchify", 14.38, 82.90), ("depthwise", 7.23, 42.43), ("width", 16.76, 96.29),
    ("inverted", 15.68, 83.37), ("move_up", 14.63, 82.88), ("kernel5", 14.70, 83.15),
    ("kernel7", 14.81, 83.56), ("kernel9", 14.95, 84.11), ("kernel11", 15.13, 84.80),
    ("gelu", 14.81, 83.56), ("fewer_acts", 14.81, 83.56), ("fewer_norms", 14.81, 83.56),
    ("layer_norm", 14.81, 83.56), ("separate", 15.35, 88.42),
]  # fmt: skip
STEPS = {(regime, step.key): step.spec for regime in REGIMES for step in roadmap(regime)}
ROWS = [
    *(("resnet50", *row) for row in TABLE_10),
    ("resnet50", "layer_norm", 4.146, 25.78),
    ("resnet50", "separate", 4.456, 28.52),
    *(("resnet200", *row) for row in TABLE_11),
]


def weights(layers: Iterable[Layer]) -> int:
    """Elements of convolution and fc kernels: no biases, norms or scales."""
    kinds = ("conv", "depthwise", "pointwise", "linear")
    return sum(la.params - la.bias * la.out_shape[0] for la in layers if la.kind in kinds)


@pytest.mark.parametrize("name", PARAMS)
def test_parameters_are_exact(name: str) -> None:
    assert plan(VARIANTS[name]).params == PARAMS[name]


@pytest.mark.parametrize(("name", "size", "gmacs"), GMACS)
def test_multiply_adds(name: str, size: int, gmacs: float) -> None:
    assert plan(VARIANTS[name], size).macs / 1e9 == pytest.approx(gmacs, abs=5.1e-5)


@pytest.mark.parametrize(("name", "size", "millions", "gflops"), PRINTED)
def test_what_the_papers_print(name: str, size: int, millions: str, gflops: str) -> None:
    described = plan(VARIANTS[name], size)
    for count, unit, printed in ((described.params, 1e6, millions), (described.macs, 1e9, gflops)):
        assert f"{count / unit:.{len(printed.partition('.')[2])}f}" == printed


@pytest.mark.parametrize(("regime", "step", "gflops", "millions"), ROWS)
def test_roadmap(regime: str, step: str, gflops: float, millions: float) -> None:
    described = plan(STEPS[regime, step])
    exact = step in ("layer_norm", "separate") and regime == "resnet50"
    assert described.macs / 1e9 == pytest.approx(gflops, abs=0.001 if exact else 0.006)
    assert weights(described.layers) / 1e6 == pytest.approx(millions, abs=0.0051)


def test_every_step_of_the_roadmap_has_a_row() -> None:
    assert set(STEPS) == {(regime, step) for regime, step, *_ in ROWS}


def test_inverting_saves_in_the_shortcuts() -> None:
    # Section 2.4 in words; in numbers 0.809 and 0.043 GMACs.
    costs = [
        sum(
            layer.macs
            for stage in plan(STEPS["resnet50", step]).stages
            for block in stage.blocks
            for layer in block.shortcut
        )
        for step in ("width", "inverted")
    ]
    assert [round(cost / 1e9, 3) for cost in costs] == [0.809, 0.043]


@pytest.mark.parametrize(
    ("stage", "params", "depthwise"),
    [
        ("stage1", 79_296, 14.752),
        ("stage2", 306_048, 7.376),
        ("stage3", 1_201_920, 3.688),
        ("stage4", 4_763_136, 1.844),
    ],
)
def test_a_block_of_convnext_tiny(stage: str, params: int, depthwise: float) -> None:
    block = plan(ConvNeXtSpec()).stage(stage).blocks[0]
    macs = {layer.kind: 0 for layer in block.layers}
    for layer in block.layers:
        macs[layer.kind] += layer.macs
    assert block.params == params
    assert macs["pointwise"] / 1e6 == pytest.approx(231.211, abs=5e-4)
    assert macs["depthwise"] / 1e6 == pytest.approx(depthwise, abs=5e-4)


@pytest.mark.parametrize("size", ["tiny", "base", "large"])
def test_v2_costs_what_grn_adds(size: str) -> None:
    # GRN has 2·4C parameters, the layer scale that it replaces C, in every block.
    first, second = VARIANTS[f"convnext_{size}"], CONVNEXT_V2[f"convnextv2_{size}"]
    added = sum(depth * 7 * dim for depth, dim in zip(first.depths, first.dims, strict=True))
    assert plan(second).params - plan(first).params == added


def test_isotropic_nets_keep_one_resolution() -> None:
    for spec in CONVNEXT_ISO.values():
        blocks = plan(spec).stage("stage1").blocks
        assert {layer.out_shape[1:] for block in blocks for layer in block.layers} == {(14, 14)}
