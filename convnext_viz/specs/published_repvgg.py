"""Figures that the RepVGG paper alone prints: its branch ablation, and Winograd multiplications."""

from dataclasses import dataclass

SOURCE = "Ding et al. 2021 (arXiv:2101.03697)"


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """RepVGG-B0 trained for 120 epochs with some of its branches: a row of the paper's Table 6.

    ``top1`` is a percentage on ImageNet-1K, of a single run.
    """

    identity_branch: bool
    pointwise_branch: bool
    top1: str


ABLATION: dict[str, Ablation] = {
    "plain": Ablation(identity_branch=False, pointwise_branch=False, top1="72.39"),
    "identity": Ablation(identity_branch=True, pointwise_branch=False, top1="74.79"),
    "pointwise": Ablation(identity_branch=False, pointwise_branch=True, top1="73.15"),
    "all": Ablation(identity_branch=True, pointwise_branch=True, top1="75.14"),
}
"""Table 6 of the paper: the same network once it is deployed, trained in four ways."""

WINOGRAD: dict[str, str] = {
    "repvgg_a0": "0.7G",
    "repvgg_a1": "1.3G",
    "repvgg_a2": "2.7G",
    "repvgg_b0": "1.6G",
    "repvgg_b1": "5.9G",
    "repvgg_b1g2": "4.6G",
    "repvgg_b1g4": "3.9G",
    "repvgg_b2": "9.1G",
    "repvgg_b2g4": "6.0G",
    "repvgg_b3": "12.9G",
    "repvgg_b3g4": "8.4G",
}
"""The column "Wino MULs" of Tables 4 and 5, of the deployed form at 224 pixels."""

INT8: dict[str, str] = {"repvgg": "52.2", "qarepvgg": "70.4"}
"""ImageNet-1K top-1, in percent, after post-training rounding to 8 bits: RepVGG-A0, and QARepVGG of
the same size."""

INT8_SOURCE = "Chu et al. 2022 (arXiv:2212.01593), Figure 1"


def ablation_accuracies() -> dict[str, str]:
    """Every row's printed accuracy: the values of sentences that quote them."""
    return {key: row.top1 for key, row in ABLATION.items()}
