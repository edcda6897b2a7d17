"""Records of the Explain page: an image, a network, both together, a question, a map, a file."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from convnext_viz.explain.maps.methods import METHODS
from convnext_viz.plans import Plan, plan
from convnext_viz.plots.names import class_names

if TYPE_CHECKING:
    from torch import Tensor

    from convnext_viz.nets import Pretrained


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
    """Which network: ``kind`` of NET_KINDS, its name, tag or arm; the file of a checkpoint."""

    kind: str
    name: str
    digest: str = ""
    data: bytes = b""
    classifies: bool = True  # False: published weights that give features or embeddings
    run: str = ""  # of the lab, in which ``name`` is an arm
    seed: int = 0
    step: int = 0  # that the arm was trained for, at its checkpoint
    called: str = ""  # by people, with its run

    @property
    def key(self) -> str:
        """One string for caches."""
        if self.run:
            return f"{self.kind}:{self.run}:{self.seed}:{self.step}:{self.name}"
        return f"{self.kind}:{self.digest or self.name}"

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
        return class_names(self.pretrained.labels)

    def label(self, target: int) -> str:
        """A class's name, or ``#7`` where the names are not known."""
        return label(self.pretrained, target)

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that can be looked at, the stem first."""
        return tuple(name for name, _ in self.pretrained.net.named_children())[:-1]

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
    """A file that a visitor gave: ``key`` is its name and the SHA-256 of its bytes."""

    name: str
    digest: str
    data: bytes

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
    return class_names(pretrained.labels)[target] if pretrained.labels else f"#{target}"
