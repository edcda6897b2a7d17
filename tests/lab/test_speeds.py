"""Speeds that release 0.1.0 measured still answer: fields that came later leave their names be."""

import json
from pathlib import Path

from convnext_viz.lab import speeds
from convnext_viz.specs import from_dict, to_dict

OLD = Path(__file__).parents[1] / "legacy" / "files" / "lab.expected.json"


def test_a_question_of_today_has_the_name_of_before() -> None:
    rows = json.loads(OLD.read_text(encoding="utf-8"))["speeds"]
    questions = [(key, json.loads(asked)) for key, asked, *_ in rows]
    networks = [(key, asked) for key, asked in questions if "spec" in asked]
    assert networks
    for key, asked in networks:
        today = asked | {"spec": to_dict(from_dict(asked["spec"]))}
        assert today["spec"] != asked["spec"] and speeds.key(today) == speeds.key(asked) == key
        other = today["spec"] | {"depthwise": False, "groups": 2}
        assert speeds.key(today | {"spec": other}) != key
