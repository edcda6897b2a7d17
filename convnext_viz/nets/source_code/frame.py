"""What every source file has around its network: head, imports, and what it does as a script."""

import unicodedata
from collections.abc import Iterable

from convnext_viz.nets.source_code.templates import Lines, written
from convnext_viz.text import t

IMPORTS: Lines = ["from collections import OrderedDict", "", "import torch", "from torch import nn"]

_MAIN = """
if __name__ == "__main__":
    params = sum(p.numel() for p in $name().parameters())
    print(f"{params:,} $parameters")
"""


def header(name: str, class_name: str, params: int, references: Iterable[str]) -> Lines:
    """The docstring of the file; ``name`` is the network's, whatever somebody called it."""
    shown = "".join(c for c in name if c.isprintable() and c not in "\"'\\")[:40].strip()
    narrow = "".join(c for c in shown if unicodedata.east_asian_width(c) not in "WF")
    title = t("nets.code.title", name=narrow or class_name, params=params)
    return ['"""' + title, "", *references, "", t("nets.code.names"), '"""']


def main(class_name: str) -> Lines:
    """The end of the file: run as a script it prints its number of parameters."""
    return written(_MAIN, name=class_name, parameters=t("nets.code.parameters"))


def file_of(sections: Iterable[Lines]) -> str:
    """The file of its sections: its docstring, then all others two empty lines apart."""
    head, *rest = ("\n".join(section) for section in sections)
    return head + "\n\n" + "\n\n\n".join(rest) + "\n"
