"""Command ``python -m convnext_viz.lab.recorded RUN FILE``: writes a finished run to a small file.

The lab is the one of ``CONVNEXT_VIZ_HOME``, else the user's.
"""

import argparse
import sys
from pathlib import Path
from typing import get_args

from convnext_viz.data.sources import Kind
from convnext_viz.lab.lab import Lab
from convnext_viz.lab.recorded import form
from convnext_viz.lab.recorded.export import export

parser = argparse.ArgumentParser(prog="python -m convnext_viz.lab.recorded", description=__doc__)
parser.add_argument("run", help="id of the run, as in its link: ?run=…")
parser.add_argument("file", type=Path, help="to be written; its name ends in .safetensors")
parser.add_argument("--pictures", default="", help="what pictures from a folder are called")
parser.add_argument("--same-as", choices=get_args(Kind), help="the known data set that they are")
chosen = parser.parse_args()

try:
    export(Lab(), chosen.run, chosen.file, pictures=chosen.pictures, same_as=chosen.same_as)
except ValueError as error:
    sys.exit(str(error))
card = form.about(chosen.file)
size = chosen.file.stat().st_size
print(f"{chosen.file}: {size:,} bytes; every {card['every']} of the steps, tests all")
