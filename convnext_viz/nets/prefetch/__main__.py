"""Command ``python -m convnext_viz.nets.prefetch [TAG …]``: downloads pretrained weights.

Without tags, those of a lesson. What is there already is not downloaded again.
"""

import argparse
import sys

from convnext_viz.nets.checkpoints.hub import fetch
from convnext_viz.nets.checkpoints.pretrained import described_tag
from convnext_viz.nets.checkpoints.starters import FILES, STARTERS, cache_folder, cached_file
from convnext_viz.nets.weights import WeightsError
from convnext_viz.numbers import size


def steps(done: int, total: int) -> None:
    """A line that is written over; nothing where nobody watches."""
    if sys.stdout.isatty() and total:
        print(f"\r{done / total:4.0%} of {size(total)}", end="\r", flush=True)


parser = argparse.ArgumentParser(prog="python -m convnext_viz.nets.prefetch", description=__doc__)
parser.add_argument("tags", nargs="*", metavar="TAG", help="of timm, such as convnext_tiny.fb_in1k")
tags = parser.parse_args().tags or [starter.tag for starter in STARTERS]

print(f"Weights are stored in {cache_folder()}")
failed = False
for tag in tags:
    try:
        told = described_tag(tag)
        there = cached_file(f"timm/{tag}", *FILES)
        if there is None:
            print(f"{tag}: {size(told.size)}, licence {told.licence or 'unknown'}", flush=True)
        path = there or fetch(f"timm/{tag}", *FILES, progress=steps)
    except WeightsError as error:
        print(error, file=sys.stderr)
        failed = True
    else:
        print(f"{tag}: {'there already' if there else 'downloaded'}, {path}", flush=True)
sys.exit(1 if failed else 0)
