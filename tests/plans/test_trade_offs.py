"""Published accuracies beside counted costs: timm's own counts, and which row speaks for whom."""

import pytest

from convnext_viz.plans import plan
from convnext_viz.plans.pareto import front
from convnext_viz.plans.trade_offs import AXES, CARDS, DATA, at_inference, of_network, trade_offs
from convnext_viz.specs import VARIANTS
from convnext_viz.specs.imagenet import IMAGENET
from convnext_viz.specs.published_speeds import SPEEDS, speed

# timm's benchmark table (benchmark-infer-amp-nchw-pt291-cu128-4090.csv): name, pixels, millions of
# parameters, GMACs. RepVGG is measured in its deployed form.
TIMM = """
convnext_tiny 224 28.59 4.47
convnext_tiny 384 28.59 13.14
convnext_small 224 50.22 8.71
convnext_small 384 50.22 25.58
convnext_base 224 88.59 15.38
convnext_base 384 88.59 45.21
convnext_large 224 197.77 34.4
convnext_large 384 197.77 101.1
convnext_xlarge 224 350.2 60.98
convnext_xlarge 384 350.2 179.2
convnextv2_atto 224 3.71 0.55
convnextv2_femto 224 5.23 0.79
convnextv2_pico 224 9.07 1.37
convnextv2_nano 224 15.62 2.46
convnextv2_nano 384 15.62 7.22
convnextv2_tiny 224 28.64 4.47
convnextv2_tiny 384 28.64 13.14
convnextv2_base 224 88.72 15.38
convnextv2_base 384 88.72 45.21
convnextv2_large 224 197.96 34.4
convnextv2_large 384 197.96 101.1
convnextv2_huge 224 660.29 115.0
convnextv2_huge 384 660.29 337.96
convnextv2_huge 512 660.29 600.81
resnet18 224 11.69 1.82
resnet34 224 21.8 3.67
resnet50 224 25.56 4.11
resnet101 224 44.55 7.83
resnet152 224 60.19 11.56
resnet200 224 64.67 15.07
resnext50_32x4d 224 25.03 4.26
repvgg_a0 224 8.31 1.36
repvgg_a1 224 12.79 2.36
repvgg_a2 224 25.5 5.12
repvgg_b0 224 14.34 3.06
repvgg_b1 224 51.83 11.82
repvgg_b1g4 224 36.13 7.31
repvgg_b2 224 80.32 18.38
repvgg_b2g4 224 55.78 11.33
repvgg_b3 224 110.96 26.21
repvgg_b3g4 224 75.63 16.06
repvgg_d2se 320 120.39 66.99
vit_tiny_patch16_224 224 5.72 1.26
vit_small_patch16_224 224 22.05 4.61
vit_small_patch32_224 224 22.88 1.15
vit_base_patch16_224 224 86.57 17.58
vit_base_patch16_384 384 86.86 55.54
vit_base_patch32_224 224 88.22 4.41
vit_base_patch8_224 224 86.58 78.22
vit_large_patch16_224 224 304.33 61.6
deit_tiny_patch16_224 224 5.72 1.26
deit_small_patch16_224 224 22.05 4.61
deit_base_patch16_224 224 86.57 17.58
deit_base_patch16_384 384 86.86 55.54
deit_tiny_distilled_patch16_224 224 5.91 1.27
deit_small_distilled_patch16_224 224 22.44 4.63
deit_base_distilled_patch16_224 224 87.34 17.68
deit3_small_patch16_224 224 22.06 4.61
deit3_base_patch16_224 224 86.59 17.58
deit3_large_patch16_224 224 304.37 61.6
swin_tiny_patch4_window7_224 224 28.29 4.51
swin_small_patch4_window7_224 224 49.61 8.77
swin_base_patch4_window7_224 224 87.77 15.47
swin_base_patch4_window12_384 384 87.9 47.19
swin_large_patch4_window7_224 224 196.53 34.53
swin_large_patch4_window12_384 384 196.74 104.08
swinv2_tiny_window8_256 256 28.35 5.96
swinv2_small_window8_256 256 49.73 11.58
swinv2_base_window8_256 256 87.92 20.37
"""
ROWS = [line.split() for line in TIMM.strip().splitlines()]


@pytest.mark.parametrize(("name", "size", "params", "gmacs"), ROWS)
def test_costs_are_timms(name: str, size: str, params: str, gmacs: str) -> None:
    described = plan(at_inference(VARIANTS[name]), int(size))
    assert described.params / 1e6 == pytest.approx(float(params), abs=0.0051)
    # Its tool adds what norms cost: up to 1.4 per cent.
    assert 0.998 < float(gmacs) / (described.macs / 1e9) < 1.014


def test_every_published_accuracy_is_in_one_of_both_groups() -> None:
    both = [one.accuracy for data in DATA for one in trade_offs(data)]
    assert len(both) == len(IMAGENET) and set(both) == set(IMAGENET)
    assert {one.accuracy.training for one in trade_offs("22k")} == {"in22k", "fcmae_in22k"}


def test_every_speed_is_of_a_network_whose_accuracy_was_published() -> None:
    keys = [(row.name, row.image_size, row.card) for row in SPEEDS]
    assert len(keys) == len(set(keys)) == 69 + 21
    assert {key[:2] for key in keys} <= {(row.name, row.image_size) for row in IMAGENET}
    assert {row[0] for row in ROWS} == {name for name, _, card in keys if card == "rtx4090"}
    assert speed("cifar_vit", 32, "v100") is None


@pytest.mark.parametrize("card", CARDS.values())
def test_larger_images_and_larger_networks_are_slower(card: str) -> None:
    rates = {
        (row.name, row.image_size): float(row.per_second) for row in SPEEDS if row.card == card
    }
    for (name, size), rate in rates.items():
        assert size == 224 or rates.get((name, 224), rate + 1) > rate
    sizes = [rates[f"convnext_{size}", 224] for size in ("tiny", "small", "base", "large")]
    assert sizes == sorted(sizes, reverse=True)


def test_table_1_of_the_paper() -> None:
    # "ConvNeXt-T … 774.7", "Swin-T … 757.9" images a second (Liu et al. 2022, Table 1).
    rates = [
        of_network(name, "1k", "v100") for name in ("convnext_tiny", "swin_tiny_patch4_window7_224")
    ]
    assert [one and one.place("v100") for one in rates] == [774.7, 757.9]
    assert rates[0] and rates[0].cost("v100") == pytest.approx(1 / 774.7)


def test_the_row_that_speaks_for_a_network() -> None:
    # At its usual size, with the better training; at another size where there is no other.
    best = of_network("resnet50", "1k")
    assert best and (best.accuracy.top1, best.accuracy.training) == ("78.82", "modern")
    large = of_network("convnext_base", "22k")
    assert large and (large.accuracy.image_size, large.accuracy.top1) == (224, "85.8")
    huge = of_network("convnextv2_huge", "22k")
    assert huge and huge.accuracy.image_size == 384
    assert of_network("convnext_xlarge", "1k") is None
    assert of_network("convnext_iso_base", "1k", "rtx4090") is None  # timm has not measured it


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("axis", AXES)
def test_nobody_beats_the_front(data: str, axis: str) -> None:
    known = [
        (cost, one.top1)
        for one in trade_offs(data)  # type: ignore[arg-type]
        if (cost := one.cost(axis)) is not None  # type: ignore[arg-type]
    ]
    best = [known[number] for number in front(known)]
    assert best[-1][1] == max(top1 for _, top1 in known)
    assert best[0][0] == min(cost for cost, _ in known)
