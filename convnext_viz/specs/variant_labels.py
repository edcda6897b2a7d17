"""Labels of variants: the fields and values that a stored label names, in the reader's words."""

import re

from convnext_viz.specs.families import FAMILIES
from convnext_viz.specs.fields import described
from convnext_viz.specs.roadmap import small_roadmap
from convnext_viz.text import has_label, t

SEPARATOR = " · "
ROADMAP = "roadmap "  # and the key of a step
_NAMED = {  # labels of recorded runs and of fine-tuning, and what they are called
    **{step.key: f"roadmap.step.{step.key}" for step in small_roadmap()},
    "3×3": "repvgg.arms.plain",
    "3×3 + 1×1": "repvgg.arms.pointwise",
    "3×3 + identity": "repvgg.arms.identity",
    "3×3 + 1×1 + identity": "repvgg.arms.all",
    "fine-tuned": "train.way.fine_tune",
    "probe": "train.way.probe",
    "from scratch": "train.way.scratch",
}

_FIELDS = {name: one for of in FAMILIES.values() for name, one in described(of.spec).items()}
_FACTORS = {name for family in FAMILIES.values() for name in family.factors}
_PART = re.compile(rf"({'|'.join(_FIELDS)}) (\S+)")
_OFF, _ON = ("None", "False"), "True"


def shown(label: str) -> str:
    """``"LN · kernel_size 3"`` → "LN · Kernel size 3"; what names no field stays as it is."""
    return SEPARATOR.join(map(_part, label.split(SEPARATOR)))


def value_shown(field: str, value: str) -> str:
    """A field's value as a label stores it ("GELU", "True", "7"), in the reader's words."""
    if value in (*_OFF, _ON):
        return t(f"specs.value.{'on' if value == _ON else 'off'}")
    if value in _FIELDS[field].choices:
        return t(f"architecture.option.{field}.{value}")
    return value.removesuffix(".0")


def field_shown(field: str) -> str:
    """A field's name, as the Train page calls it where it can be varied there."""
    known = field in _FACTORS
    return t(f"train_page.factor.{field}") if known else t(f"architecture.field.{field}")


def _part(part: str) -> str:
    found = _PART.fullmatch(part)
    if found is None:
        step = f"roadmap.step.{part.removeprefix(ROADMAP)}"
        if part in _NAMED:
            return t(_NAMED[part])
        return t(step) if part.startswith(ROADMAP) and has_label(step) else part
    field, value = found.groups()
    return t("specs.value.setting", field=field_shown(field), value=value_shown(field, value))
