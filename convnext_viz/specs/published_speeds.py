"""Published speeds of inference: images a second on one graphics card, as rows with their source.

Speeds are compared on one card and of one source only: another card, precision or batch size gives
another order of networks.
"""

from dataclasses import dataclass
from typing import Literal

Card = Literal["rtx4090", "v100"]


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Images a second of a network at one image size in pixels, as printed.

    RepVGG's are of its deployed form.
    """

    name: str
    image_size: int
    per_second: str
    card: Card
    source: str


_TIMM = "timm, benchmark-infer-amp-nchw-pt291-cu128-4090.csv"
_TABLE_1 = "Liu et al. 2022, Table 1 (arXiv:2201.03545)"
_TABLE_2 = "Liu et al. 2022, Table 2 (arXiv:2201.03545)"


def _rows(card: Card, source: str, rows: str) -> tuple[Speed, ...]:
    """Rows of ``name | pixels | images a second``."""
    parts = [[cell.strip() for cell in line.split("|")] for line in rows.strip().splitlines()]
    return tuple(
        Speed(name=name, image_size=int(pixels), per_second=rate, card=card, source=source)
        for name, pixels, rate in parts
    )


SPEEDS: tuple[Speed, ...] = (
    *_rows(
        "rtx4090",
        _TIMM,
        """
        convnext_tiny                    | 224 | 4814.88
        convnext_tiny                    | 384 | 1647.28
        convnext_small                   | 224 | 2977.1
        convnext_small                   | 384 | 1018.33
        convnext_base                    | 224 | 2101.67
        convnext_base                    | 384 | 716.38
        convnext_large                   | 224 | 1214.27
        convnext_large                   | 384 | 410.94
        convnext_xlarge                  | 224 | 795.1
        convnext_xlarge                  | 384 | 271.1
        convnextv2_atto                  | 224 | 6645.89
        convnextv2_femto                 | 224 | 5637.5
        convnextv2_pico                  | 224 | 4294.74
        convnextv2_nano                  | 224 | 3126.57
        convnextv2_nano                  | 384 | 1065.87
        convnextv2_tiny                  | 224 | 2141.7
        convnextv2_tiny                  | 384 | 731.09
        convnextv2_base                  | 224 | 961.39
        convnextv2_base                  | 384 | 328.09
        convnextv2_large                 | 224 | 597.53
        convnextv2_large                 | 384 | 203.97
        convnextv2_huge                  | 224 | 275.0
        convnextv2_huge                  | 384 | 93.6
        convnextv2_huge                  | 512 | 52.61
        resnet18                         | 224 | 13726.29
        resnet34                         | 224 | 8315.61
        resnet50                         | 224 | 4302.84
        resnet101                        | 224 | 2781.19
        resnet152                        | 224 | 1976.86
        resnet200                        | 224 | 1429.86
        resnext50_32x4d                  | 224 | 3493.48
        repvgg_a0                        | 224 | 20391.24
        repvgg_a1                        | 224 | 14679.98
        repvgg_a2                        | 224 | 8700.45
        repvgg_b0                        | 224 | 11242.84
        repvgg_b1                        | 224 | 4430.21
        repvgg_b1g4                      | 224 | 5601.29
        repvgg_b2                        | 224 | 3019.64
        repvgg_b2g4                      | 224 | 3783.78
        repvgg_b3                        | 224 | 2306.63
        repvgg_b3g4                      | 224 | 3044.04
        repvgg_d2se                      | 320 | 745.15
        vit_tiny_patch16_224             | 224 | 18553.34
        vit_small_patch16_224            | 224 | 8214.74
        vit_small_patch32_224            | 224 | 29070.9
        vit_base_patch16_224             | 224 | 2992.79
        vit_base_patch16_384             | 384 | 966.77
        vit_base_patch32_224             | 224 | 10936.95
        vit_base_patch8_224              | 224 | 700.85
        vit_large_patch16_224            | 224 | 954.12
        deit_tiny_patch16_224            | 224 | 18550.12
        deit_small_patch16_224           | 224 | 8206.39
        deit_base_patch16_224            | 224 | 2989.27
        deit_base_patch16_384            | 384 | 974.78
        deit_tiny_distilled_patch16_224  | 224 | 18466.64
        deit_small_distilled_patch16_224 | 224 | 8137.76
        deit_base_distilled_patch16_224  | 224 | 2970.21
        deit3_small_patch16_224          | 224 | 7214.24
        deit3_base_patch16_224           | 224 | 2724.48
        deit3_large_patch16_224          | 224 | 881.59
        swin_tiny_patch4_window7_224     | 224 | 2748.8
        swin_small_patch4_window7_224    | 224 | 1708.14
        swin_base_patch4_window7_224     | 224 | 1240.78
        swin_base_patch4_window12_384    | 384 | 306.32
        swin_large_patch4_window7_224    | 224 | 753.15
        swin_large_patch4_window12_384   | 384 | 190.18
        swinv2_tiny_window8_256          | 256 | 1597.61
        swinv2_small_window8_256         | 256 | 993.49
        swinv2_base_window8_256          | 256 | 724.5
        """,
    ),
    *_rows(
        "v100",
        _TABLE_1,
        """
        convnext_tiny                  | 224 | 774.7
        convnext_tiny                  | 384 | 282.8
        convnext_small                 | 224 | 447.1
        convnext_small                 | 384 | 163.5
        convnext_base                  | 224 | 292.1
        convnext_base                  | 384 | 95.7
        convnext_large                 | 224 | 146.8
        convnext_large                 | 384 | 50.4
        convnext_xlarge                | 224 | 89.3
        convnext_xlarge                | 384 | 30.2
        deit_small_patch16_224         | 224 | 978.5
        deit_base_patch16_224          | 224 | 302.1
        swin_tiny_patch4_window7_224   | 224 | 757.9
        swin_small_patch4_window7_224  | 224 | 436.7
        swin_base_patch4_window7_224   | 224 | 286.6
        swin_base_patch4_window12_384  | 384 | 85.1
        swin_large_patch4_window7_224  | 224 | 145.0
        swin_large_patch4_window12_384 | 384 | 46.0
        """,
    ),
    *_rows(
        "v100",
        _TABLE_2,
        """
        convnext_iso_small | 224 | 1038.7
        convnext_iso_base  | 224 | 320.1
        convnext_iso_large | 224 | 94.4
        """,
    ),
)
"""Every row: timm measures with 16-bit arithmetic, batches of up to 1024, the paper as it says."""


def speed(name: str, image_size: int, card: Card) -> Speed | None:
    """The row of a network at an image size, in pixels, on a card; None where there is none."""
    wanted = (name, image_size, card)
    return next((row for row in SPEEDS if (row.name, row.image_size, row.card) == wanted), None)
