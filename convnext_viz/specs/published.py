"""Published figures of networks: parameters, cost and accuracy, as rows with their source.

A figure stands as it was printed ("28.6M", "4.5G"); an exact count agrees with it if it rounds to
it. Where official sources disagree about one network, all of them stand and any may agree.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Published:
    """Printed figures of one network at one image size.

    ``macs`` are multiply-adds, as in the paper; ``with_norms`` marks sources whose tool (fvcore)
    adds five operations for each output of a normalisation.
    """

    name: str
    image_size: int  # pixels
    params: tuple[str, ...]
    macs: tuple[str, ...]
    source: str
    with_norms: bool = False


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


_V1 = "Liu et al. 2022, Tables 1, 8, 9 (arXiv:2201.03545)"
_ISO = "Liu et al. 2022, Table 2 (arXiv:2201.03545)"
_ROADMAP_B = "Liu et al. 2022, Table 11 (arXiv:2201.03545)"
_ROADMAP_T = "Liu et al. 2022, Table 10 (arXiv:2201.03545)"
_V2 = "ConvNeXt V2, README (Woo et al. 2023)"
_TIMM = "timm, results and benchmark tables"
_TORCHVISION = "torchvision, weight metadata"


def _rows(source: str, with_norms: bool, rows: str) -> tuple[Published, ...]:
    """Rows of ``name | pixels | params | macs``; alternatives are separated by blanks."""
    parts = [[cell.strip() for cell in line.split("|")] for line in rows.strip().splitlines()]
    return tuple(
        Published(
            name=name,
            image_size=int(pixels),
            params=tuple(params.split()),
            macs=tuple(macs.split()),
            source=source,
            with_norms=with_norms,
        )
        for name, pixels, params, macs in parts
    )


PUBLISHED: tuple[Published, ...] = (
    *_rows(
        _V1,
        False,
        """
        convnext_tiny   | 224 | 28.6M 29M   | 4.5G
        convnext_tiny   | 384 | 28.6M 29M   | 13.1G
        convnext_small  | 224 | 50M         | 8.7G
        convnext_small  | 384 | 50M         | 25.5G
        convnext_base   | 224 | 88.6M 89M   | 15.4G
        convnext_base   | 384 | 88.6M 89M   | 45.1G 45.0G
        convnext_large  | 224 | 197.8M 198M | 34.4G
        convnext_large  | 384 | 197.8M 198M | 101.0G
        convnext_xlarge | 224 | 350.2M 350M | 60.9G
        convnext_xlarge | 384 | 350.2M 350M | 179.0G
        resnet50        | 224 | 25.6M       | 4.1G 4.09G
        """,
    ),
    *_rows(
        _ISO,
        False,
        """
        convnext_iso_small | 224 | 22M  | 4.3G
        convnext_iso_base  | 224 | 87M  | 16.9G
        convnext_iso_large | 224 | 306M | 59.7G
        """,
    ),
    *_rows(_ROADMAP_B, False, "resnet200 | 224 | | 15.01G"),
    *_rows(
        _TORCHVISION,
        False,
        """
        resnet18        | 224 | 11.69M | 1.814G
        resnet34        | 224 | 21.80M | 3.664G
        resnext50_32x4d | 224 | 25.03M | 4.23G
        resnet101 | 224 | 44.55M | 7.801G
        resnet152 | 224 | 60.19M | 11.514G
        """,
    ),
    *_rows(
        _V2,
        True,
        """
        convnextv2_atto  | 224 | 3.7M       | 0.55G
        convnextv2_femto | 224 | 5.2M       | 0.78G 0.79G
        convnextv2_pico  | 224 | 9.1M       | 1.37G
        convnextv2_nano  | 224 | 15.6M      | 2.45G 2.46G
        convnextv2_tiny  | 224 | 28.6M      | 4.47G
        convnextv2_base  | 224 | 89M        | 15.4G
        convnextv2_large | 224 | 198M       | 34.4G
        convnextv2_huge  | 224 | 660M       | 115G
        convnextv2_nano  | 384 | 15.6M      | 7.21G 7.22G
        convnextv2_tiny  | 384 | 28.6M      | 13.1G
        convnextv2_base  | 384 | 89M        | 45.2G
        convnextv2_large | 384 | 198M       | 101.1G
        convnextv2_huge  | 384 | 660M       | 337.9G 337.96G
        convnextv2_huge  | 512 | 660M       | 600.8G
        """,
    ),
    *_rows(
        _TIMM,
        True,
        """
        convnext_zepto_rms_ols | 224 | 2.16M  | 0.34G
        convnext_zepto_rms     | 224 | 2.16M  | 0.3G
        convnext_atto_ols      | 224 | 3.70M  | 0.58G
        convnext_atto          | 224 | 3.70M  | 0.55G
        convnext_femto_ols     | 224 | 5.23M  | 0.82G
        convnext_femto         | 224 | 5.22M  | 0.79G
        convnext_pico_ols      | 224 | 9.06M  | 1.43G
        convnext_pico          | 224 | 9.05M  | 1.37G
        convnext_nano_ols      | 224 | 15.65M | 2.65G
        convnext_nano          | 224 | 15.59M | 2.46G
        convnext_nano          | 384 | 15.59M | 7.22G
        convnext_tiny_hnf      | 224 | 28.59M | 4.47G
        convnextv2_small       | 224 | 50.32M | 8.71G
        """,
    ),
)
"""Every row, each network's 224-pixel row first."""


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


def published(name: str, image_size: int) -> Published | None:
    """The row of a network at an image size, in pixels; None where nobody printed one."""
    rows = (row for row in PUBLISHED if (row.name, row.image_size) == (name, image_size))
    return next(rows, None)


def rounds_to(value: float, printed: str) -> bool:
    """Whether ``value`` is a count that would be printed so: 28,589,128 rounds to ``"28.6M"``."""
    factor = {"M": 1e6, "G": 1e9}[printed[-1]]
    decimals = len(printed[:-1].partition(".")[2])
    # Half a unit of the last digit; a hair more, as 0.5 itself may be rounded either way.
    return abs(value / factor - float(printed[:-1])) <= 0.5001 * 0.1**decimals
