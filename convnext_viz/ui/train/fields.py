"""Settings of a run as a person reads them: a name and a value instead of a field's."""

from pathlib import Path
from typing import Any

from convnext_viz.lab import Run, recorded
from convnext_viz.specs import FAMILIES
from convnext_viz.specs.fields import described
from convnext_viz.text import t
from convnext_viz.ui import run_titles
from convnext_viz.ui.factors import BASES
from convnext_viz.ui.paper_recipes import OPTIMIZERS

# Recordings of the package: their files say in English what the images are.
_OURS = (
    *("recorded-families", "recorded-kernel-size", "recorded-norm-act"),
    *("recorded-repvgg-branches", "recorded-walk"),
)
_DATA = ("kind", "path", "train", "test", "image_size", "pictures")
_MACHINE = (
    *("name", "label", "bf16", "threads", "torch"),
    *("python", "system", "package", "commit"),
)


def name(field: str) -> str:
    """``"net.kernel_size"`` → "Kernel size"; a field that nobody has named stays as it is."""
    part, _, own = field.partition(".")
    match part:
        case "recipe":
            return "β₁ / β₂" if own == "betas" else t(f"train_page.recipe.{own}")
        case "net":
            base = "train_page.arms.base"
            return t(base) if own == "name" else t(f"architecture.field.{own}")
        case "data" if own in _DATA:
            return t(f"train_page.data_field.{own}")
        case "environment" if own in _MACHINE:
            return t(f"train_page.machine_field.{own}")
        case "seeds" | "arms":
            return t(f"train_page.table.{part}")
    return field


def value(field: str, given: Any) -> str:
    """A setting's value in words where it has some; "–" where there is none."""
    part, _, own = field.partition(".")
    if given is None and field in ("data.train", "data.test"):
        return t("train_page.data_field.all")
    if given is None or given == "":
        return "–"
    if isinstance(given, bool):
        return t(f"train_page.arms.{'on' if given else 'off'}")
    if isinstance(given, list | tuple):
        return ", ".join(map(str, given))
    if isinstance(given, float):
        return f"{given:g}" if float(f"{given:g}") == given else str(given)
    match part:
        case "data" if own == "path":
            return run_titles.folder(str(given))
        case "net" if own == "name" and given in BASES:
            return run_titles.network(BASES[given])
        case "net" if _is_choice(own):
            return t(f"architecture.option.{own}.{given}")
        case "recipe" if own == "optimizer":
            return OPTIMIZERS[given]
        case "data" if own == "kind":
            return t(f"train_page.data.{given}")
    return str(given)


def without_path(run: Run, text: str) -> str:
    """What the lab said of a run, without the path of a folder: others read it, too."""
    path = run.experiment.data.path
    for one in {path, str(Path(path))} if path else ():
        text = text.replace(one, run_titles.folder(path))
    return text


def pictures(run: Run) -> str:
    """What the images of a recorded run are."""
    if run.id in _OURS:
        return t("train_page.replay.cifar10")
    return recorded.about(run.id).data


def _is_choice(own: str) -> bool:
    """Whether a family's specs have words to choose from in this field."""
    specs = (described(family.spec) for family in FAMILIES.values())
    return any(own in known and known[own].kind == "choice" for known in specs)
