"""Figures that many look at: drawn once, and a copy for each of them.

Plotly checks every word of a figure again whenever one is added: 5 to 30 ms for a figure of a page,
in which one interpreter serves nobody else. A copy takes one.
"""

import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from hashlib import blake2b
from typing import Any, ParamSpec

import plotly.graph_objects as go

from convnext_viz.plots import theme
from convnext_viz.text import language

MOST = 256  # figures, the ones looked at last; one with a picture in it has some 100 KB

P = ParamSpec("P")

_figures: OrderedDict[bytes, dict[str, Any]] = OrderedDict()
_drawing = threading.RLock()  # thirty who come at once wait for one of them


def drawn_once(draw: Callable[P, go.Figure]) -> Callable[P, go.Figure]:
    """The same function, that remembers what it drew in which language.

    What it is given is told apart by its values, of which it keeps nothing but a checksum.
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> go.Figure:
        asked = (draw.__module__, draw.__qualname__, language(), args, sorted(kwargs.items()))
        key = blake2b(pickle.dumps(asked), digest_size=16).digest()
        with _drawing:
            if key not in _figures:
                _figures[key] = theme.content(draw(*args, **kwargs))
                while len(_figures) > MOST:
                    _figures.popitem(last=False)
            _figures.move_to_end(key)
            return theme.copy_of(_figures[key])

    return drawn
