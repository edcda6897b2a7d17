"""Published figures of networks: parameters, cost and accuracy, as rows with their source.

A figure stands as it was printed ("28.6M", "4.5G"); an exact count agrees with it if it rounds to
it. Where official sources disagree about one network, all of them stand and any may agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Published:
    """Printed figures of one network at one image size.

    ``macs`` are multiply-adds, as in the paper; ``with_norms`` marks sources whose tool (fvcore)
    adds five operations for each output of a normalisation, ``truncated`` those that cut the digits
    of parameters off. ``of`` are the fields in which what was counted differs from the network of
    that name: RepVGG's figures are of the deployed form.
    """

    name: str
    image_size: int  # pixels
    params: tuple[str, ...]
    macs: tuple[str, ...]
    source: str
    with_norms: bool = False
    truncated: bool = False
    of: Mapping[str, Any] = field(default_factory=dict)


_V1 = "Liu et al. 2022, Tables 1, 8, 9 (arXiv:2201.03545)"
_ISO = "Liu et al. 2022, Table 2 (arXiv:2201.03545)"
_ROADMAP_B = "Liu et al. 2022, Table 11 (arXiv:2201.03545)"
_V2 = "ConvNeXt V2, README (Woo et al. 2023)"
_TIMM = "timm, results and benchmark tables"
_TORCHVISION = "torchvision, weight metadata"
_REPVGG = "Ding et al. 2021, Tables 4 and 5 (arXiv:2101.03697)"
_DEIT3 = "DeiT III, README (Touvron et al. 2022)"
_SWIN = "Swin Transformer, README (Liu et al. 2021)"


def _rows(source: str, with_norms: bool, rows: str, **more: Any) -> tuple[Published, ...]:
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
            **more,
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
        vit_tiny_patch16_224   | 224 | 5.72M   | 1.26G
        vit_small_patch16_224  | 224 | 22.05M  | 4.61G
        vit_base_patch16_224   | 224 | 86.57M  | 17.58G
        vit_base_patch32_224   | 224 | 88.22M  | 4.41G
        vit_base_patch16_384   | 384 | 86.86M  | 55.54G
        vit_large_patch16_224  | 224 | 304.33M | 61.6G
        deit_tiny_patch16_224  | 224 | 5.72M   | 1.26G
        deit_small_patch16_224 | 224 | 22.05M  | 4.61G
        deit_base_patch16_224  | 224 | 86.57M  | 17.58G
        deit_base_patch16_384  | 384 | 86.86M  | 55.54G
        """,
    ),
    *_rows(_DEIT3, False, "deit3_large_patch16_224 | 224 | 304.4M | 61.6G"),
    *_rows(
        _SWIN,
        False,
        """
        swin_tiny_patch4_window7_224   | 224 | 28M  | 4.5G
        swin_small_patch4_window7_224  | 224 | 50M  | 8.7G
        swin_base_patch4_window7_224   | 224 | 88M  | 15.4G
        swin_base_patch4_window12_384  | 384 | 88M  | 47.1G
        swin_large_patch4_window7_224  | 224 | 197M | 34.5G
        swin_large_patch4_window12_384 | 384 | 197M | 103.9G
        """,
    ),
    *_rows(
        _REPVGG,
        False,
        """
        repvgg_a0   | 224 | 8.30M   | 1.4G
        repvgg_a1   | 224 | 12.78M  | 2.4G
        repvgg_a2   | 224 | 25.49M  | 5.1G
        repvgg_b0   | 224 | 14.33M  | 3.1G
        repvgg_b1   | 224 | 51.82M  | 11.8G
        repvgg_b1g2 | 224 | 41.36M  | 8.8G
        repvgg_b1g4 | 224 | 36.12M  | 7.3G
        repvgg_b2   | 224 | 80.31M  | 18.4G
        repvgg_b2g4 | 224 | 55.77M  | 11.3G
        repvgg_b3   | 224 | 110.96M | 26.2G
        repvgg_b3g4 | 224 | 75.62M  | 16.1G
        """,
        truncated=True,
        of={"form": "deployed"},
    ),
)
"""Every row, each network's 224-pixel row first."""


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


def truncates_to(value: int, printed: str) -> bool:
    """Whether ``value`` is a count that would be cut so: 8,309,384 is cut to ``"8.30M"``."""
    whole, _, decimals = printed[:-1].partition(".")
    factor = {"M": 10**6, "G": 10**9}[printed[-1]]
    return int(value * 10 ** len(decimals)) // factor == int(whole + decimals)
