"""Foreign state dicts: renames their weights to our names, and says which network they are.

A pure function of names, shapes and tensors; which names are understood stands in ``dialects``.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from convnext_viz.nets.checkpoints.beside import lacking
from convnext_viz.nets.checkpoints.dialects.dialect import Dialect
from convnext_viz.nets.checkpoints.naming import renamed
from convnext_viz.nets.checkpoints.recognise import networks_of, ranked
from convnext_viz.nets.weights import WeightsError
from convnext_viz.specs import Spec
from convnext_viz.specs.fields import described
from convnext_viz.text import t


def rename(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict under our names and in our shapes, whatever wrapped it; nothing is copied.

    Names that the dialect does not know stay as they are. Raises WeightsError where the names are
    no dialect's.
    """
    try:
        return renamed(*unwrap(state))
    except (KeyError, IndexError) as missing:
        raise WeightsError(t("nets.error.no_spec", reason=str(missing).strip("'"))) from missing


def spec_of(state: Mapping[str, Tensor], **given: Any) -> Spec:
    """The spec of a state dict in any dialect that ``rename`` understands.

    Depths, widths, kernels, stem, norms, GRN, layer scale and head are read off names and shapes.
    What cannot be (``assumptions`` lists it) is taken from the named network of the same shape,
    else it is the default; ``given`` fields overrule both.
    Raises WeightsError where no network of a family has such weights.
    """
    dialect, bare = unwrap(state)
    try:
        shapes = {name: tuple(tensor.shape) for name, tensor in renamed(dialect, bare).items()}
        spec: Spec = dialect.spec(shapes, bare)
        return replace(spec, **(_brought(spec, given) | given))
    except (KeyError, IndexError) as missing:
        raise WeightsError(t("nets.error.no_spec", reason=str(missing).strip("'"))) from missing
    except WeightsError:
        raise
    except (ValueError, TypeError) as illegal:
        raise WeightsError(t("nets.error.no_spec", reason=str(illegal))) from illegal


def _brought(spec: Spec, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are part of the convention of given ones that are not the spec's: of another
    norm, its epsilon."""
    values: dict[str, Any] = {}
    for field, one in described(spec).items():
        if field in given and given[field] != getattr(spec, field):
            brought = {other: by.get(given[field]) for other, by in one.brings.items()}
            values |= {other: value for other, value in brought.items() if value is not None}
    return values


def unwrap(state: Mapping[str, Tensor]) -> tuple[Dialect, dict[str, Tensor]]:
    """The dialect, and the network's weights without what wrapped them and what is beside them.

    Of several networks it is the first of ``ranked``. Raises WeightsError where none is recognised.
    """
    for network in ranked(networks_of(state)):
        if network.needed:
            raise lacking(network.needed)
        return network.dialect, network.state
    raise WeightsError(t("nets.error.names", names=", ".join(list(state)[:3])))
