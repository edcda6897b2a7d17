"""Records of the Explain page: an image, a network, both together, a question, a map, a file."""

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from PIL import Image

from convnext_viz.explain.classes import class_count, class_labels
from convnext_viz.explain.maps.methods import METHODS
from convnext_viz.plans import Plan, plan
from convnext_viz.plots.names import class_names

if TYPE_CHECKING:
    from torch import Tensor

    from convnext_viz.nets import Preprocess, Pretrained


@dataclass(frozen=True)
class Picture:
    """What the visitor looks at: ``key`` is its sample's name, the SHA-256 of its file, or its
    data set and place there."""

    key: str
    image: Image.Image
    stem: str  # for the names of downloads
    link: str | None = None  # as a link names it; None for what no other visitor has
    truth: str = ""  # the class it belongs to, where its data set says so


@dataclass(frozen=True)
class NetworkChoice:
    """Which network: ``kind`` of NET_KINDS, its name, tag or arm; the file of a checkpoint, in
    memory or at a path, and what its visitor set of it."""

    kind: str
    name: str
    digest: str = ""
    data: bytes = b""
    classifies: bool = True  # False: published weights that give features or embeddings
    run: str = ""  # of the lab, in which ``name`` is an arm
    seed: int = 0
    step: int = 0  # that the arm was trained for, at its checkpoint
    called: str = ""  # by people, with its run
    path: str = ""  # of a checkpoint on the computer that runs the app
    which: str = ""  # of several networks in a file; the usual one unless it is said
    given: tuple[tuple[str, Any], ...] = ()  # fields of its description that no file says
    preprocess: "Preprocess | None" = None  # in place of the one that it was loaded with
    labels: tuple[str, ...] = ()  # in place of those that it was loaded with

    @property
    def weights(self) -> str:
        """One string for the network as it is loaded."""
        if self.run:
            return f"{self.kind}:{self.run}:{self.seed}:{self.step}:{self.name}"
        said = f":{self.which}:{self.given}" if self.which or self.given else ""
        return f"{self.kind}:{self.digest or self.name}{said}"

    @property
    def key(self) -> str:
        """One string for caches of what it makes of images."""
        if self.preprocess is None:
            return self.weights
        return f"{self.weights}:{sha256(repr(self.preprocess).encode()).hexdigest()[:16]}"

    @property
    def link(self) -> str | None:
        """The network as a link names it, an arm as it is newest; an uploaded one is in no link."""
        if self.run:
            return f"run:{self.run}:{self.seed}:{self.name}"
        return None if self.digest else self.name


@dataclass(frozen=True, eq=False)
class Subject:
    """What all views look at: a picture as a network gets it."""

    picture: Picture
    choice: NetworkChoice
    pretrained: "Pretrained"
    x: "Tensor"  # (1, C, H, W)
    shown: Image.Image  # what the input was made from

    @property
    def keys(self) -> tuple[str, str]:
        """Picture and network as the caches name them."""
        return self.picture.key, self.choice.key

    @property
    def classifies(self) -> bool:
        """Whether there are classes whose score can be explained."""
        return self.choice.classifies and bool(self.pretrained.spec.num_classes)

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for every class in the reader's language, or none."""
        return label_list(self.pretrained)

    def label(self, target: int) -> str:
        """A class's name, or ``#7`` where the names are not known."""
        return label(self.pretrained, target)

    @property
    def places(self) -> tuple[str, ...]:
        """Where it can be looked into, the stem first: stages, or the blocks of an only stage."""
        from convnext_viz.explain.places import places

        return places(self.pretrained.net)

    def behind_is_zero(self, place: str) -> bool:
        """Whether the gradients of all patches are zero there, as the classifier reads a token."""
        from convnext_viz.explain.places import is_last, reads_tokens

        return reads_tokens(self.pretrained.net) and is_last(self.pretrained.net, place)

    @property
    def plan(self) -> Plan:
        """The network's plan at the picture's size."""
        return plan(self.pretrained.spec, (self.x.shape[-2], self.x.shape[-1]))


@dataclass(frozen=True, eq=False)
class Question:
    """A question about a subject: why this class, and why not another one."""

    subject: Subject
    target: int = 0  # class
    chosen: bool = False  # by the visitor; else it is the predicted one
    contrast: int | None = None


@dataclass(frozen=True)
class UserFile:
    """A file that a visitor gave: ``key`` is its name and the SHA-256 of its bytes, of one at a
    path that of its place and state."""

    name: str
    digest: str
    data: bytes
    path: str = ""

    @property
    def key(self) -> str:
        """One string for caches and choices."""
        return f"{self.digest}:{self.name}"


@dataclass(frozen=True, eq=False)
class MapRequest:
    """One map that somebody wants to see."""

    subject: Subject
    method: str
    stage: str
    target: int
    contrast: int | None = None
    parameters: tuple[tuple[str, float], ...] = ()  # of the method, where they are not the default

    @property
    def key(self) -> str:
        """All that the map depends on, in words."""
        own = ",".join(f"{name}={value}" for name, value in self.parameters)
        parts = (*self.subject.keys, self.method, self.stage, self.target, self.contrast, own)
        return "|".join(map(str, parts))

    @property
    def macs(self) -> int:
        """Multiply-adds that the map costs."""
        return METHODS[self.method].macs(self.subject.plan, self.stage, dict(self.parameters))


def label(pretrained: "Pretrained", target: int) -> str:
    """A class's name in the reader's language, or ``#7`` where the names are not known."""
    names = label_list(pretrained)
    return names[target] if names else f"#{target}"


def label_list(pretrained: "Pretrained") -> tuple[str, ...]:
    """A name for every class in the reader's language, or none."""
    return class_labels(class_names(pretrained.labels), pretrained.spec.num_classes)


def label_count(pretrained: "Pretrained") -> int:
    """How many classes the network tells apart."""
    return class_count(pretrained.spec.num_classes)
