"""Published figures of the paper's roadmap: accuracy and cost of every step, as printed."""

from dataclasses import dataclass

_ROADMAP_T = "Liu et al. 2022, Table 10 (arXiv:2201.03545)"
_ROADMAP_B = "Liu et al. 2022, Table 11 (arXiv:2201.03545)"


@dataclass(frozen=True, kw_only=True)
class PublishedStep:
    """Printed figures of one step of the paper's roadmap, at 224 pixels on ImageNet-1K.

    ``step`` is a key of ``roadmap(regime)``, or ``"swin"`` for the transformer it is compared with.
    ``top1`` is a percentage, the mean of three seeds where ``std`` is given, else of a single run.
    """

    regime: str
    step: str
    top1: str
    std: str
    macs: str
    source: str

    @property
    def doubtful(self) -> bool:
        """Whether the paper's own other figures contradict ``macs``."""
        return (self.regime, self.step) in _DOUBTFUL


def _steps(regime: str, source: str, rows: str) -> tuple[PublishedStep, ...]:
    """Rows of ``step | top-1 | ± std | multiply-adds``."""
    parts = [[cell.strip() for cell in line.split("|")] for line in rows.strip().splitlines()]
    return tuple(
        PublishedStep(regime=regime, step=step, top1=top1, std=std, macs=macs, source=source)
        for step, top1, std, macs in parts
    )


PUBLISHED_STEPS: tuple[PublishedStep, ...] = (
    *_steps(
        "resnet50",
        _ROADMAP_T,
        """
        start       | 76.13 |      | 4.09G
        recipe      | 78.82 | 0.07 | 4.09G
        stage_ratio | 79.36 | 0.07 | 4.53G
        patchify    | 79.51 | 0.18 | 4.42G
        depthwise   | 78.28 | 0.08 | 2.35G
        width       | 80.50 | 0.02 | 5.27G
        inverted    | 80.64 | 0.03 | 4.64G
        move_up     | 79.92 | 0.08 | 4.07G
        kernel5     | 80.35 | 0.08 | 4.10G
        kernel7     | 80.57 | 0.14 | 4.15G
        kernel9     | 80.57 | 0.06 | 4.21G
        kernel11    | 80.47 | 0.11 | 4.29G
        gelu        | 80.62 | 0.14 | 4.15G
        fewer_acts  | 81.27 | 0.06 | 4.15G
        fewer_norms | 81.41 | 0.09 | 4.15G
        layer_norm  | 81.47 | 0.09 | 4.46G
        separate    | 81.97 | 0.06 | 4.49G
        swin        | 81.30 |      | 4.50G
        """,
    ),
    *_steps(
        "resnet200",
        _ROADMAP_B,
        """
        start       | 78.20 | | 15.01G
        recipe      | 81.14 | | 15.01G
        stage_ratio | 81.33 | | 14.52G
        patchify    | 81.59 | | 14.38G
        depthwise   | 80.54 | | 7.23G
        width       | 81.85 | | 16.76G
        inverted    | 82.64 | | 15.68G
        move_up     | 82.04 | | 14.63G
        kernel5     | 82.32 | | 14.70G
        kernel7     | 82.30 | | 14.81G
        kernel9     | 82.27 | | 14.95G
        kernel11    | 82.18 | | 15.13G
        gelu        | 82.19 | | 14.81G
        fewer_acts  | 82.71 | | 14.81G
        fewer_norms | 83.17 | | 14.81G
        layer_norm  | 83.35 | | 14.81G
        separate    | 83.60 | | 15.35G
        swin        | 83.50 | | 15.43G
        """,
    ),
)
"""Every step of both roadmaps, in the paper's order."""

# A norm in another's place costs nothing, as Figure 2 and Table 11 show, and Table 1 prints 4.5 G
# for ConvNeXt-T: the last figures of Table 10 seem to have slipped by one row.
_DOUBTFUL = {("resnet50", "layer_norm"), ("resnet50", "separate")}


def published_step(step: str, regime: str = "resnet50") -> PublishedStep:
    """The row of a step of the roadmap; KeyError where there is none."""
    rows = {(row.regime, row.step): row for row in PUBLISHED_STEPS}
    return rows[regime, step]


def accuracies(regime: str = "resnet50") -> dict[str, str]:
    """Every step's printed top-1 accuracy, and its spread over seeds as ``step_std``: the values of
    sentences that quote them."""
    rows = [row for row in PUBLISHED_STEPS if row.regime == regime]
    return {row.step: row.top1 for row in rows} | {f"{row.step}_std": row.std for row in rows}
