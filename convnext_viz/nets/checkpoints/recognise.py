"""Networks recognised in a state dict by the names of their layers, under any prefix."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from convnext_viz.nets.checkpoints.beside import (
    HELPS_TO_TRAIN,
    ends,
    further_heads,
    in_place,
    judged,
)
from convnext_viz.nets.checkpoints.dialects import DIALECTS
from convnext_viz.nets.checkpoints.dialects.dialect import Dialect, State
from convnext_viz.nets.weights import WeightsError
from convnext_viz.text import t

# Modules that only wrap: parallel, compiled, sharded, recomputing, private, adapted ones.
_WRAPPERS = re.compile(
    r"(?<![^.])(module|_module|_orig_mod|_forward_module|_ddp_module|_fpw_module"
    r"|_fsdp_wrapped_module|_checkpoint_wrapped_module|modules_to_save\.\w+|base_layer)\."
)
_ADAPTER = re.compile(r"(?<![^.])lora_\w+\.")  # to be added to weights, by a factor not in the file
_MOST = 32  # networks in a state dict
_TOWER = "visual.trunk."  # open_clip's network of images

# What the first part of a name tells where no dialect knows it: that it is a layer, and makes the
# network another one.
_LAYER = re.compile(
    r"norm|conv|bn|ln|gn|layer|block|stage|stem|att|pool|embed|token|rope|pos|head|fc|class"
    r"|linear|^pre|^post|down|^se$|feature|neck|gamma|^(weight|bias)$",
    re.IGNORECASE,
)
_NEVER_WEIGHTS = re.compile(r"(^|\.)(total_ops|total_params|n_averaged|original_module)(\.|$)")
_NUMBERS = ("weight", "bias", "running_mean", "running_var", "gamma")  # must be floating-point
_INTEGERS = ("num_batches_tracked", "relative_position_index")
_BUFFERS = (*_INTEGERS, "running_mean", "running_var", "relative_coords_table", "attn_mask")

_AVERAGED = re.compile(r"(?<![a-z])(ema|swa)(?![a-z])|EMA|SWA|averag|shadow|polyak")
_LAGGING = re.compile(r"(?<![a-z])(key|momentum|target|teacher)(?![a-z])|_k(?![a-z])")
_HELPER = re.compile(r"loss|criterion|metric|perceptual|lpips|discriminat|decod|(?<![a-z])aux")


@dataclass(frozen=True, eq=False)
class Network:
    """A network in a state dict: what its names begin with there, its dialect, its weights."""

    prefix: str  # without wrappers
    dialect: Dialect
    state: dict[str, Tensor]  # without the prefix
    used: frozenset[str]  # names in the state dict that are the network's
    mapping: tuple[str, ...] = ()  # where in a file the state dict stands
    averaged: bool = False
    head: str = ""  # its classifier, where there are several to choose from
    needed: tuple[str, ...] = ()  # layers without which it is another network

    @property
    def place(self) -> str:
        """Where it stands in the file; a dot where that has no name."""
        return ".".join((*self.mapping, *self.prefix.split(".")[:-1])) or "."

    @property
    def name(self) -> str:
        """How the file calls it, and its classifier where there are several."""
        return f"{self.place} ({self.head})" if self.head else self.place


def networks_of(state: State) -> list[Network]:
    """Every network in a state dict, in no order.

    Raises WeightsError where one is adapted and not merged (LoRA): its weights alone are another
    network's.
    """
    names = {plain(name): name for name in state}
    if len(names) < len(state):  # a network and a wrapped copy
        names = {name: name for name in state}
    found = _prefixes(names)
    networks: list[Network] = []
    outer: dict[str, re.Pattern[str]] = {}
    for prefix in sorted(found, key=len):
        if any(_is_inside(prefix, *one) for one in outer.items()):
            continue  # the layers of a network that are called as those of another
        if len(networks) == _MOST:
            break
        dialect = DIALECTS[found[prefix]]
        here = {n.removeprefix(prefix): raw for n, raw in names.items() if n.startswith(prefix)}
        here |= _of_tower(names, prefix)
        if is_adapted(here):
            raise WeightsError(t("nets.error.lora"))
        outer[prefix] = _roots(dialect, {name: state[raw] for name, raw in here.items()})
        others = tuple(_apart(p, prefix) for p in found if not prefix.startswith(p))
        free = {n: r for n, r in names.items() if not others or not n.startswith(others)}
        networks += _with_classifiers(prefix, dialect, here, free, state, outer[prefix])
    return networks


def _with_classifiers(
    prefix: str,
    dialect: Dialect,
    here: Mapping[str, str],
    names: Mapping[str, str],
    state: State,
    roots: re.Pattern[str],
) -> list[Network]:
    """A network with each of its classifiers; or one, and the layers that it lacks.

    ``here``: what is called as it; ``names``: all that is called as no other network.
    """

    def network(inside: Mapping[str, str], **more: Any) -> Network:
        bare = {n: state[raw] for n, raw in inside.items()}
        if prefix.endswith(_TOWER) and "head.fc.weight" in bare:  # a projection
            weight = bare["head.fc.weight"]
            bare.setdefault("head.fc.bias", weight.new_zeros(len(weight)))
        return Network(prefix, dialect, bare, frozenset(inside.values()), **more)

    known = {n: r for n, r in here.items() if roots.fullmatch(n.split(".")[0])}
    known = {n: raw for n, raw in known.items() if _belongs(n, state[raw], roots)}
    second = further_heads({n: state[raw] for n, raw in known.items()})
    known = {n: raw for n, raw in known.items() if n not in second}
    stray = {n: raw for n, raw in here.items() if n not in known}
    rest = known | {n: raw for n, raw in stray.items() if _belongs(n, state[raw], roots)}
    inner = ends(dialect, {n: state[raw] for n, raw in known.items()})
    if inner is None or prefix.endswith(_TOWER):
        return [network(rest)]
    for around in (stray, *_around(prefix, names)):
        numbers = {
            n: state[raw]
            for n, raw in around.items()
            if (state[raw].is_floating_point() or n.endswith(".num_batches_tracked"))
            and not _NEVER_WEIGHTS.search(n)
        }
        found = judged(numbers, inner, inside=around is stray)
        if found.needed:
            return [network(rest, needed=found.needed)]
        if found.heads:
            break
    else:
        return [network(rest)]
    own = {n: known[n] for n in inner.classifier}
    heads = {_module(own): own} if own else {}
    for groups in found.heads:
        heads[groups[-1].name] = {
            ours: around[theirs] for ours, theirs in in_place(groups, list(own)).items()
        }
    used = {raw for head in heads.values() for raw in head.values()}
    rest = {n: raw for n, raw in rest.items() if raw not in used}
    several = len(heads) > 1
    return [network(rest | head, head=name if several else "") for name, head in heads.items()]


def _around(prefix: str, names: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """What stands beside a network, by its name there: next to it first, then further out."""
    parts = prefix.split(".")[:-1]
    for end in reversed(range(len(parts))):
        level, inner = ("".join(f"{part}." for part in parts[:at]) for at in (end, end + 1))
        yield {
            name.removeprefix(level): raw
            for name, raw in names.items()
            if name.startswith(level) and not name.startswith(inner)
        }


def _apart(other: str, prefix: str) -> str:
    """The outermost part of another network's place that is no part of this one's: what stands
    there is the other's."""
    parts, ours = other.split(".")[:-1], prefix.split(".")[:-1]
    same = next((i for i, (a, b) in enumerate(zip(parts, ours, strict=False)) if a != b), len(ours))
    return "".join(f"{part}." for part in parts[: same + 1])


def _module(names: Iterable[str]) -> str:
    """The module of a classifier's first weight."""
    return min(names, key=len).rpartition(".")[0]


def ranked(networks: Iterable[Network], *, swapped: bool = False) -> list[Network]:
    """Networks, the one to take first: averaged weights before others, what was trained before what
    lags behind it or helps to train. ``swapped``: what a file calls averaged is not, and vice
    versa."""
    all_of_them = list(networks)
    ranks = [_rank(one, all_of_them, swapped) for one in all_of_them]
    known = [(r, replace(one, averaged=r == 0)) for r, one in zip(ranks, all_of_them, strict=True)]
    return [one for _, one in sorted(known, key=lambda pair: pair[0])]


def is_adapted(names: Iterable[str]) -> bool:
    """Whether there are adapters (LoRA) among the names."""
    return any(map(_ADAPTER.search, names))


def plain(name: str) -> str:
    """A weight's name without the modules that only wrap others."""
    return _WRAPPERS.sub("", name)


def is_buffer(name: str, tensor: Tensor) -> bool:
    """Whether a tensor of a state dict is no parameter."""
    return not tensor.is_floating_point() or name.rpartition(".")[2] in _BUFFERS


def _prefixes(names: Iterable[str]) -> dict[str, int]:
    """What stands before the names of networks' layers, and the number of the dialect."""
    anchors = [dialect.anchor for dialect in DIALECTS]
    found: dict[str, int] = {}
    for name in names:
        starts = [(_start(name, anchor), number) for number, anchor in enumerate(anchors)]
        at, number = min((one for one in starts if one[0] >= 0), default=(-1, -1))
        if at >= 0:
            found[name[:at]] = min(number, found.get(name[:at], number))
    return found


def _is_inside(prefix: str, outer: str, roots: re.Pattern[str]) -> bool:
    """Whether a prefix begins the name of a layer of the network with the ``outer`` one."""
    first = prefix.removeprefix(outer).split(".")[0]
    return prefix.startswith(outer) and roots.fullmatch(first) is not None


def _start(name: str, anchor: str) -> int:
    """Where in a name a whole number of its parts is an anchor; -1 if nowhere."""
    if name.startswith(anchor):
        return 0
    at = name.find(f".{anchor}")
    return at + 1 if at >= 0 else -1


def _roots(dialect: Dialect, state: State) -> re.Pattern[str]:
    """The first parts of the names that a dialect and we ourselves have."""
    firsts = {row.split(".")[0] for row in dialect.names(state)} | {"stem", "stage{s}", "head"}
    return re.compile("|".join(re.sub(r"\\\{\w+\\\}", r"\\d+", re.escape(one)) for one in firsts))


def _belongs(name: str, tensor: Tensor, roots: re.Pattern[str]) -> bool:
    """Whether a tensor is the network's: what sounds like a layer is, for all that we know."""
    first, last = name.split(".")[0], name.rpartition(".")[2]
    if _NEVER_WEIGHTS.search(name):
        return False
    if not (tensor.is_floating_point() or tensor.is_complex()) and last not in _INTEGERS:
        return last in _NUMBERS
    if roots.fullmatch(first):
        return True
    return tensor.ndim > 0 and bool(_LAYER.search(first)) and not HELPS_TO_TRAIN.search(first)


def _of_tower(names: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Names of open_clip's classifier, a projection, which stands beside its network."""
    outer = prefix.removesuffix(_TOWER)
    if outer == prefix:
        return {}
    return {
        ours: names[outer + theirs]
        for theirs, ours in (
            ("visual.head.proj.weight", "head.fc.weight"),
            ("visual.head.mlp.fc1.weight", "head.pre_logits.fc.weight"),
            ("visual.head.mlp.fc1.bias", "head.pre_logits.fc.bias"),
            ("visual.head.mlp.fc2.weight", "head.fc.weight"),
        )
        if outer + theirs in names
    }


def _rank(one: Network, others: Iterable[Network], swapped: bool) -> int:
    place = one.place.split(".")[0]
    if _HELPER.search(one.place):
        return 3
    if swapped and place in ("state_dict", "ema_state_dict"):
        return 0 if place == "state_dict" else 2
    if _AVERAGED.search(one.place) or _is_averaging_teacher(one, others):
        return 0
    return 2 if _LAGGING.search(one.place) else 1


def _is_averaging_teacher(one: Network, others: Iterable[Network]) -> bool:
    """A teacher of the very form of its student is its average (DINO); another taught it."""
    if "teacher" not in one.place:
        return False
    shapes = {name: tensor.shape for name, tensor in one.state.items()}
    return any(
        "student" in other.place
        and shapes == {name: tensor.shape for name, tensor in other.state.items()}
        for other in others
    )
