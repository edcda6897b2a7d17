"""The networks in a file: wherever a mapping of names to tensors has the layers of one we know.

A pure function of nested data. A network is recognised by the names of its own layers, the anchors
of ``dialects``, whatever stands before them and whatever wrappers stand in between.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from torch import Tensor

from convnext_viz.nets.checkpoints.dialects.dialect import State
from convnext_viz.nets.checkpoints.inert import Namespace
from convnext_viz.nets.checkpoints.recognise import Network, is_buffer, networks_of, plain, ranked

_DEEPEST, _MOST_CONTAINERS, _MOST_NETWORKS = 16, 20_000, 32
Path = tuple[str, ...]  # keys and places in lists, outermost first


@dataclass(frozen=True, eq=False)
class Contents:
    """The tensors of a file by the mapping that holds them, and its networks, best first.

    Averaged weights come before others, what was trained before what lags behind it or helps to
    train, the outer before the inner.
    """

    mappings: Mapping[Path, State]
    networks: tuple[Network, ...]

    def left_out(self, taken: Network) -> list[str]:
        """What is no part of a network: a tensor's name, or a group's and how many it has."""
        groups: dict[str, list[str]] = {}
        used = {(one.mapping, name) for one in self.networks for name in one.used}
        hosts = {one.mapping for one in self.networks} - {taken.mapping}
        seen = {id(self.mappings[path]) for path in hosts} - {id(self.mappings[taken.mapping])}
        for path, tensors in self.mappings.items():
            if id(tensors) in seen:
                continue
            seen.add(id(tensors))
            for name in tensors:
                if (path, name) not in used:
                    inner = path == taken.mapping
                    group = _beside(plain(name), taken.prefix) if inner else (*path, name)[0]
                    groups.setdefault(group, []).append(".".join((*path, name)))
        return [f"{g} ({len(n)})" if len(n) > 1 else n[0] for g, n in groups.items()]


def contents(data: object) -> Contents:
    """All tensors and networks in nested data; that may be hostile, and be as deep as it likes."""
    mappings = _mappings(data)
    by_object: dict[int, list[Network]] = {}  # one mapping may stand in two places
    networks: list[Network] = []
    for path, tensors in mappings.items():
        if id(tensors) not in by_object:
            by_object[id(tensors)] = networks_of(tensors)
        networks += [replace(one, mapping=path) for one in by_object[id(tensors)]]
        if len(networks) >= _MOST_NETWORKS:
            break
    networks += [copy for one in networks for copy in _in_lists(one, mappings)]
    networks = [_with_buffers(one, networks) for one in networks]
    return Contents(mappings, tuple(ranked(networks, swapped=_is_swapped(data))))


def _mappings(data: object) -> dict[Path, State]:
    """Every mapping that holds tensors, by where it stands, the outermost first.

    A list counts as one, too. An object is looked into once, and what holds itself over and over
    ends at a depth and at a number of containers.
    """
    found: dict[Path, State] = {}
    known: dict[int, tuple[dict[str, Tensor], list[tuple[str, object]]]] = {}
    level: list[tuple[Path, object]] = [((), data)]
    for _ in range(_DEEPEST):
        deeper: list[tuple[Path, object]] = []
        for path, container in level:
            if id(container) not in known:
                items = list(_items(container))
                tensors = {name: value for name, value in items if isinstance(value, Tensor)}
                known[id(container)] = tensors, [one for one in items if _is_container(one[1])]
            tensors, inside = known[id(container)]
            if tensors:
                found[path] = tensors
            room = _MOST_CONTAINERS - len(deeper)
            deeper += [((*path, name), value) for name, value in inside[: max(room, 0)]]
        level = deeper
    return found


def _is_container(value: object) -> bool:
    return isinstance(value, Mapping | list | tuple | Namespace)


def _items(container: object) -> Iterable[tuple[str, object]]:
    if isinstance(container, Namespace):
        container = vars(container)
    if isinstance(container, Mapping):
        return ((str(name), value) for name, value in container.items())
    if isinstance(container, list | tuple):
        return ((str(place), value) for place, value in enumerate(container))
    return ()


def _is_swapped(data: object) -> bool:
    """Whether MMEngine wrote the file: its hook swaps the averaged and the raw weights in it."""
    if not isinstance(data, Mapping):
        return False
    meta = data.get("meta")
    return "message_hub" in data or (isinstance(meta, Mapping) and "mmengine_version" in meta)


def _in_lists(network: Network, mappings: Mapping[Path, State]) -> list[Network]:
    """Averaged copies of a network as lists of its parameters, in its order (``shadow_params``)."""
    host = mappings[network.mapping]
    names = [name for name, tensor in host.items() if not is_buffer(name, tensor)]
    copies = []
    for path, listed in mappings.items():
        if len(listed) == len(names) and all(name == str(i) for i, name in enumerate(listed)):
            copy = {**host, **dict(zip(names, listed.values(), strict=True))}
            if all(copy[name].shape == host[name].shape for name in names):
                copies += [
                    replace(one, mapping=path, used=frozenset(listed))
                    for one in networks_of(copy)
                    if (one.prefix, one.head) == (network.prefix, network.head)
                ]
    return copies


def _with_buffers(network: Network, others: list[Network]) -> Network:
    """Averagers of parameters leave a norm's statistics to the network itself: with them."""
    for other in others:
        missing = other.state.keys() - network.state.keys()
        if (
            other.dialect is network.dialect
            and missing
            and network.state.keys() < other.state.keys()
            and all(is_buffer(name, other.state[name]) for name in missing)
        ):
            return replace(network, state={**other.state, **network.state})
    return network


def _beside(name: str, prefix: str) -> str:
    """The group of a name: down to the first part in which it differs from the network's."""
    parts, ours = name.split("."), [*prefix.split(".")[:-1], ""]
    same = next((i for i, (a, b) in enumerate(zip(parts, ours, strict=False)) if a != b), 0)
    return ".".join(parts[: same + 1])
