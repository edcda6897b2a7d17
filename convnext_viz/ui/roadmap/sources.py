"""Where a step's idea comes from: links to the pages that show it."""

from convnext_viz.text import t
from convnext_viz.ui.shell import open_page

_SOURCES: dict[str, tuple[tuple[str, str, dict[str, str]], ...]] = {
    "recipe": (("ingredients", "recipe", {}), ("swin", "swin", {"section": "taken"})),
    "stage_ratio": (("swin_plan", "architecture", {"net": "swin_tiny_patch4_window7_224"}),),
    "patchify": (
        ("vit_patches", "vit", {"section": "walk"}),
        ("vit_stem", "vit", {"section": "cost"}),
        ("swin_frames", "swin", {"section": "frames"}),
    ),
    "depthwise": (
        ("convolutions", "block", {"section": "conv"}),
        ("resnext", "architecture", {"net": "resnext50_32x4d"}),
    ),
    "width": (
        ("bottlenecks", "block", {"section": "bottleneck"}),
        ("resnext", "architecture", {"net": "resnext50_32x4d"}),
    ),
    "inverted": (
        ("bottlenecks", "block", {"section": "bottleneck"}),
        ("vit_block", "vit", {"section": "walk"}),
    ),
    "move_up": (("swin_blocks", "swin", {"section": "taken"}),),
    "kernel7": (
        ("swin_frames", "swin", {"section": "frames"}),
        ("swin_field", "swin", {"section": "field"}),
    ),
    "gelu": (("activations", "block", {"section": "act"}),),
    "fewer_acts": (("swin_blocks", "swin", {"section": "taken"}),),
    "fewer_norms": (("swin_blocks", "swin", {"section": "taken"}),),
    "layer_norm": (("norms", "block", {"section": "norm"}),),
    "separate": (("swin_merging", "swin", {"section": "merging"}),),
}
"""By step: what the link shows, its page, and what the page is asked for."""


def show(step: str) -> None:
    """The links of a step, if it has any."""
    for shows, page, link in _SOURCES.get(step, ()):
        open_page(page, label=t(f"roadmap.source.{shows}"), link=link)
