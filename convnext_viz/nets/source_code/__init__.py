"""Networks as readable PyTorch files: the writer of each family's sources; torch is not loaded."""

from collections.abc import Callable
from typing import Any

from convnext_viz.nets.source_code import convnext, repvgg, swin, vit
from convnext_viz.specs import Spec, family_of

WRITERS: dict[str, Callable[[Any], str]] = {
    "convnext": convnext.source,
    "repvgg": repvgg.source,
    "swin": swin.source,
    "vit": vit.source,
}
"""The writer of every family's sources."""


def source(spec: Spec) -> str:
    """Python source of the network: one file that needs torch alone; comments in the language set.

    Its layers are called as in our net, without ``body.``; its own ``load_weights`` reads a state
    dict of ours. Run as a script it prints its number of parameters.
    """
    return WRITERS[family_of(spec).key](spec)
