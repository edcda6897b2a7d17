"""The bundled models, which ship with the package: they run with no network and no download.

Each is ``bundled/<name>.safetensors``, written by ``save_net``, and ``bundled/<name>.json``, its
card: what was trained, how, on what, and how well it does.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import nn

from convnext_viz.nets.checkpoints import BUNDLED, BUNDLED_FOLDER
from convnext_viz.nets.checkpoints.checkpoint import load_checkpoint, preprocess_of, save_net
from convnext_viz.nets.preprocess import Preprocess
from convnext_viz.nets.weights import Pretrained, WeightsError
from convnext_viz.specs import Spec, from_dict, to_dict
from convnext_viz.text import t


@dataclass(frozen=True, kw_only=True)
class Card:
    """How a bundled model came to be, and what it can do."""

    name: str
    spec: Spec
    classes: tuple[str, ...]
    preprocess: Preprocess
    recipe: Mapping[str, Any]  # the fields of the train.Recipe
    restart: Mapping[str, Any] | None = None  # those of the one that followed it, if any
    data: str  # the data set and how its pictures were re-encoded
    seed: int
    epochs: float
    command: str  # trains the model again
    accuracy: float  # 0 … 1, on the test pictures, with the weights that ship
    confusion: tuple[tuple[int, ...], ...]  # test pictures: row = label, column = prediction
    licence: str
    params: int

    def __post_init__(self) -> None:
        right = sum(row[i] for i, row in enumerate(self.confusion))
        tested = sum(map(sum, self.confusion))
        count = len(self.classes)
        if any(len(row) != count for row in self.confusion) or len(self.confusion) != count:
            raise ValueError(t("nets.error.card", name=self.name, field="confusion"))
        if tested == 0 or abs(right / tested - self.accuracy) > 1e-6:
            raise ValueError(t("nets.error.card", name=self.name, field="accuracy"))
        if count != self.spec.num_classes:
            raise ValueError(t("nets.error.card", name=self.name, field="classes"))


def load_bundled(name: str, folder: Path = BUNDLED_FOLDER) -> Pretrained:
    """The net of a bundled model with its labels and preprocessing; a WeightsError if none."""
    card = load_card(name, folder)
    loaded = load_checkpoint(
        folder / f"{name}.safetensors", name=f"{name}.safetensors", labels=card.classes
    )
    return Pretrained(
        net=loaded.net,
        spec=loaded.spec,
        labels=card.classes,
        preprocess=card.preprocess,
        licence=card.licence,
        source=card.command,
    )


def load_card(name: str, folder: Path = BUNDLED_FOLDER) -> Card:
    """The card of a bundled model; a WeightsError where there is none, or none that is right."""
    file = folder / f"{name}.json"
    if name not in bundled_in(folder):
        raise WeightsError(t("nets.error.not_bundled", name=name, known=", ".join(BUNDLED)))
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        return Card(
            **values
            | {
                "spec": from_dict(values["spec"]),
                "preprocess": preprocess_of(values["preprocess"]),
                "classes": tuple(values["classes"]),
                "confusion": tuple(map(tuple, values["confusion"])),
            }
        )
    except (KeyError, TypeError, ValueError, AttributeError) as defect:
        raise WeightsError(t("nets.error.card", name=name, field=str(defect))) from defect


def save_bundled(net: nn.Module, card: Card, folder: Path = BUNDLED_FOLDER) -> None:
    """Writes a model and its card into the folder that ships; matrices as float16."""
    folder.mkdir(exist_ok=True)
    save_net(
        net,
        card.spec,
        folder / f"{card.name}.safetensors",
        labels=card.classes,
        preprocess=card.preprocess,
        half=True,
        licence=card.licence,
        source=card.command,
    )
    values = asdict(card) | {"spec": to_dict(card.spec), "recipe": dict(card.recipe)}
    text = json.dumps(values, ensure_ascii=False, indent=1) + "\n"
    (folder / f"{card.name}.json").write_text(text, encoding="utf-8")


def bundled_in(folder: Path = BUNDLED_FOLDER) -> tuple[str, ...]:
    """Names of the models in the folder that have both files."""
    weights = {file.stem for file in folder.glob("*.safetensors")}
    return tuple(sorted(weights & {file.stem for file in folder.glob("*.json")}))
