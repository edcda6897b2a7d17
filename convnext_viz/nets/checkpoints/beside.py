"""What stands beside a network in a state dict: classifiers, and layers that it cannot run without.

Judged by names and by widths: what reads as many numbers as the network gives belongs behind it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from convnext_viz.nets.checkpoints.dialects.dialect import Dialect, State
from convnext_viz.nets.checkpoints.dialects.heads import ROOTS, is_matrix, natural
from convnext_viz.nets.checkpoints.naming import our_names, renamed
from convnext_viz.nets.weights import WeightsError
from convnext_viz.plans import plan, smallest_image
from convnext_viz.text import t

# What the first part of a name tells where no dialect knows it: that it only helped to train,
# whatever else it sounds like.
HELPS_TO_TRAIN = re.compile(
    r"loss|criterion|metric|proj|predict|decod|aux|queue|mean|std|mask_token|momentum|memory"
    r"|prototype|cent(er|re|roid)|discriminat|(class|pos)_?weight|normaliz|preprocess|augment"
    r"|teacher|student|target|(?<![a-z])ema(?![a-z])|averag|shadow",
    re.IGNORECASE,
)
_CLASSIFIES = re.compile(
    r"head|fc|class|linear|cls|clf|logit|output|(?<![a-z])out|dense|score|top|final|last|\d+$",
    re.IGNORECASE,
)
_POOL = re.compile(r"(gem|pool)\w*\.(.*\.)?p$", re.IGNORECASE)  # the power of a generalised mean
_NORMALISED = re.compile(r"\.(weight_(g|v|orig)|parametrizations\.weight\.\w+)$")
_NAMED = 4  # layers that a refusal names
_TEACHER = re.compile(r"head_dist\.$|distillation_classifier\.$")  # of distillation
_PROJECTS = re.compile(r"proj(?!ector)", re.IGNORECASE)  # to train, or in front of a classifier
_STORED = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


@dataclass(frozen=True, eq=False)
class Ends:
    """How a network ends: the numbers that its last stage gives for an image; what its classifier
    reads and how many classes it tells apart, 0 without one; and the names of the classifier."""

    width: int
    reads: int
    classes: int
    classifier: frozenset[str]


@dataclass(frozen=True, eq=False)
class Group:
    """Modules with one name in front: the numbers that they read and give, 0 where the modules do
    not follow one another. ``layers``: of matrices, in their order."""

    name: str
    names: tuple[str, ...]
    reads: int
    gives: int
    layers: tuple[str, ...]
    is_plain: bool  # matrices and norms, nothing else
    has_kernels: bool

    @property
    def is_root(self) -> bool:
        """Whether it is called as classifiers usually are."""
        return f"{self.name.split('.')[0]}." in ROOTS

    @property
    def is_normalised(self) -> bool:
        """Whether it stores, in place of a matrix, what one is computed from (weight norm)."""
        return not self.layers and any(map(_NORMALISED.search, self.names))

    @property
    def classifies(self) -> bool:
        """Whether it can be a classifier: matrices alone, the last of which has the classes."""
        return self.is_plain and bool(self.layers)


@dataclass(frozen=True, eq=False)
class Beside:
    """Classifiers, each as groups that follow one another, the likeliest first; or the layers
    without which the network is another one."""

    heads: tuple[tuple[Group, ...], ...] = ()
    needed: tuple[str, ...] = ()


def ends(dialect: Dialect, bare: State) -> Ends | None:
    """How a network ends; None where it is none of ours, for whatever reason."""
    try:
        shown = {name: tensor.to("meta") for name, tensor in bare.items()}
        shapes = {name: tuple(one.shape) for name, one in renamed(dialect, shown).items()}
        spec = dialect.spec(shapes, shown)
        *_, last, _ = plan(spec, smallest_image(spec)).stages
        names = our_names(dialect, bare)
    except (WeightsError, LookupError, ValueError, TypeError, RuntimeError):
        return None
    first = next((n for n in ("head.hidden", "head.fc") if f"{n}.weight" in shapes), "")
    return Ends(
        width=last.map_shape[0],
        reads=shapes[f"{first}.weight"][-1] if first else 0,
        classes=shapes["head.fc.weight"][-2] if "head.fc.weight" in shapes else 0,
        classifier=frozenset(
            theirs
            for theirs, ours in names.items()
            if ours and ours.startswith(("head.fc.", "head.hidden.", "head.teacher."))
        ),
    )


def further_heads(bare: State) -> frozenset[str]:
    """The weights of classifiers beside the one that comes first in the file, where a network's own
    names are those of several."""
    modules = [
        module
        for module in dict.fromkeys(n.removesuffix("weight") for n in bare if n.endswith(".weight"))
        if module.startswith(ROOTS) and is_matrix(bare, module) and not _TEACHER.search(module)
    ]
    by_root: dict[str, list[str]] = {}
    for module in modules:
        by_root.setdefault(module.split(".")[0], []).append(module)
    first, *others = [*by_root.values()] or [list[str]()]
    if len(first) == 2:
        (gives, reads), (gives_too, reads_too) = (bare[f"{m}weight"].shape[:2] for m in first)
        if reads == reads_too and reads not in (gives, gives_too):
            others.append(first[1:])
    further = tuple(module for modules in others for module in modules)
    return frozenset(name for name in bare if further and name.startswith(further))


def judged(names: Mapping[str, Tensor], network: Ends, *, inside: bool) -> Beside:
    """What tensors beside a network are to it.

    ``inside``: their names begin as the network's do, where a norm is a layer that we do not know.
    """
    if pools := tuple(name.rpartition(".")[0] for name in names if _POOL.search(name)):
        return Beside(needed=pools)
    every = [one for one in _groups(names) if one.layers or not inside]
    groups = [one for one in every if not HELPS_TO_TRAIN.search(one.name)]
    if any(one.has_kernels for one in groups):  # detects or segments
        return Beside()
    if network.reads not in (0, network.width):
        return Beside(needed=_reading(every, network.width) or ("head",))
    readers = [one for one in groups if one.is_plain and one.reads == network.width]
    if network.classes:
        behind = [one for one in groups if one.is_plain and one.reads == network.classes]
        square = [one for one in readers if one.gives == network.width]
        if behind or square:
            return Beside(needed=tuple(dict.fromkeys(one.name for one in (*square, *behind))))
        return Beside(tuple((one,) for one in readers if one.classifies))
    if odd := tuple(one.name for one in groups if one.is_root and one.is_normalised):
        return Beside(needed=odd)
    roots = [one for one in groups if one.is_root and one.layers and one.is_plain]
    if roots and not any(one.reads in _given(readers, network.width) for one in roots):
        return Beside(needed=_reading(every, network.width) or tuple(one.name for one in roots))
    maybe = [one for one in every if one.is_plain and _PROJECTS.search(one.name)]
    square = [one for one in (*readers, *maybe) if one.reads == one.gives == network.width]
    if square and len({one.name for one in (*readers, *square)}) > 1:
        return Beside(needed=tuple(one.name for one in square))
    chains = [_followed(one, groups, network.width) for one in readers if one.classifies]
    if any(not one.classifies for chain in chains for one in chain):
        return Beside(needed=tuple(one.name for chain in chains for one in chain[:-1]))
    named = [c for c in chains if c[-1].is_root or _CLASSIFIES.search(c[-1].name)]
    heads = named if len(chains) < 2 else chains
    return Beside(tuple(sorted(heads, key=lambda chain: _place(chain[-1]))))


def lacking(layers: Sequence[str]) -> WeightsError:
    """The refusal of a network that is not whole without these layers."""
    shown = [re.sub(r"[^\w.]", "?", name)[:40] for name in layers[:_NAMED]]
    names = ", ".join(shown) + (", …" if len(layers) > _NAMED else "")
    return WeightsError(t("nets.error.layers_beside", names=names))


def in_place(groups: Sequence[Group], own: Sequence[str]) -> dict[str, str]:
    """A classifier's names, by what they are called in the network: where its ``own`` stands, which
    it replaces, or where classifiers usually stand."""
    first, *more = groups
    weights = [name for name in own if name.endswith("weight")]
    if len(weights) == len(first.layers) == 1 and not more:
        theirs, ours = first.layers[0], weights[0].removesuffix("weight")
        return {f"{ours}{n.removeprefix(theirs)}": n for n in first.names}
    if not more and first.is_root:
        return {name: name for name in first.names}
    return {
        f"fc.{f'{place}.' if more else ''}{name.removeprefix(f'{one.name}.')}": name
        for place, one in enumerate(groups)
        for name in one.names
    }


def _reading(groups: Iterable[Group], width: int) -> tuple[str, ...]:
    return tuple(one.name for one in groups if one.reads == width)


def _given(readers: Iterable[Group], width: int) -> set[int]:
    """What a classifier may read: the network's numbers, or those of a hidden layer."""
    hidden = (one for one in readers if len(one.layers) == 1 and one.classifies)
    return {width, *(one.gives for one in hidden)}


def _followed(first: Group, groups: Iterable[Group], width: int) -> tuple[Group, ...]:
    """A group and those that read what the one before gives."""
    chain = [first]
    while len(chain) < 8:
        after = [g for g in groups if g.reads == chain[-1].gives != width and g not in chain]
        if len(after) != 1:
            break
        chain += after
    return tuple(chain)


def _place(one: Group) -> int:
    return ROOTS.index(f"{one.name.split('.')[0]}.") if one.is_root else len(ROOTS)


def _groups(names: Mapping[str, Tensor]) -> list[Group]:
    """Modules by the first part of their names, in the order of the file; by the first two, where
    the first names classifiers side by side."""
    by_name: dict[str, list[str]] = {}
    for name in names:
        if "." in name:
            by_name.setdefault(name.split(".")[0], []).append(name)
    groups: list[Group] = []
    for first, listed in by_name.items():
        whole = _group(first, listed, names)
        inner: dict[str, list[str]] = {}
        for name in listed:
            inner.setdefault(".".join(name.split(".")[:2]), []).append(name)
        parts = [_group(part, some, names) for part, some in inner.items()]
        apart = len(whole.layers) > 1 and not whole.reads and whole.is_plain
        if apart and len({one.reads for one in parts}) == 1 and all(one.layers for one in parts):
            groups += parts
        else:
            groups.append(whole)
    return groups


def _group(name: str, names: list[str], tensors: Mapping[str, Tensor]) -> Group:
    modules = [n.removesuffix("weight") for n in names if n.endswith(".weight")]
    if all(module.split(".")[-2].isdigit() for module in modules):
        modules.sort(key=natural)
    state = {n: tensors[n] for n in names}
    layers = [module for module in modules if is_matrix(state, module)]
    reads, gives = _flow(state, modules)
    if not reads and len(layers) == 2 == len(modules):  # files may sort their names
        layers = layers[::-1]
        reads, gives = _flow(state, layers)
    vectors = [m for m in modules if m not in layers]
    return Group(
        name=name,
        names=tuple(names),
        reads=reads,
        gives=gives,
        layers=tuple(layers),
        is_plain=bool(modules)
        and all(n.rpartition(".")[2] in _STORED for n in names)
        and all(state[f"{m}weight"].ndim == 1 for m in vectors),
        has_kernels=any(t.ndim == 4 and max(t.shape[2:]) > 1 for t in state.values()),
    )


def _flow(state: State, modules: Iterable[str]) -> tuple[int, int]:
    """The numbers that modules read and give, one after the other; 0 where they do not fit."""
    reads = now = 0
    for module in modules:
        shape = state[f"{module}weight"].shape
        if not shape:
            return 0, 0
        before = shape[1] if len(shape) > 1 else shape[0]
        if now and before != now:
            return 0, 0
        reads, now = reads or before, shape[0]
    return reads, now
