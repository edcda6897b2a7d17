"""The paper's recipes as a table of words; the figures are those of ``train.paper``."""

from collections.abc import Mapping

from convnext_viz.text import t
from convnext_viz.train.paper import FURTHER, PAPER, SIZES

OPTIMIZERS = {"adamw": "AdamW", "sgd": "SGD"}
OF_THE_NETWORK = ("drop_path_rate", "layer_scale", "head_init_scale")
ROWS = (
    "optimizer",
    "betas",
    "lr",
    "min_lr",
    "layer_decay",
    "weight_decay",
    "batch_size",
    "epochs",
    "warmup_epochs",
    "rand_augment",
    "random_erasing",
    "mixup",
    "cutmix",
    "label_smoothing",
    "drop_path_rate",
    "layer_scale",
    "head_init_scale",
    "grad_clip",
    "ema_decay",
)


def name(row: str) -> str:
    """What a row is called."""
    if row in OF_THE_NETWORK:
        return t(f"train_page.factor.{row}")
    own = {"betas": "β₁ / β₂", "layer_decay": t("train_page.paper.layer_decay")}
    return own.get(row) or t(f"train_page.recipe.{row}")


def row(name_of: str) -> dict[str, str]:
    """A row of the table, a cell a recipe, by the recipe's title."""
    return {t(f"train_page.paper.{key}"): _cell(name_of, key) for key in PAPER}


def number(value: float | None) -> str:
    """A value as short as it can be said; "none" for what is off."""
    return f"{value:g}" if value else t("train_page.paper.none")


def _cell(row: str, key: str) -> str:
    recipe, further = PAPER[key], FURTHER[key]
    match row:
        case "optimizer":
            return OPTIMIZERS[recipe.optimizer]
        case "betas":
            return " / ".join(f"{beta:g}" for beta in recipe.betas)
        case "layer_decay":
            return number(further.layer_decay)
        case "layer_scale" if further.layer_scale is None:
            return t("train_page.paper.kept")
        case "layer_scale":
            return number(further.layer_scale)
        case "head_init_scale":
            return number(further.head_init_scale)
        case "rand_augment":
            return f"{recipe.rand_augment:g} ± {recipe.rand_augment_spread:g}"
        case "drop_path_rate":
            return " / ".join(_of_size(further.drop_path, size) for size in SIZES)
        case "ema_decay" if further.ema:
            return ", ".join(f"{size}: {decay:g}" for size, decay in further.ema.items())
    return number(getattr(recipe, row))


def _of_size(values: Mapping[str, float], size: str) -> str:
    return f"{values[size]:g}" if size in values else "–"
