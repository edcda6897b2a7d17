"""Command ``python -m convnext_viz.train PICTURES WORK NAME…``: trains bundled models."""

import argparse
import json
from pathlib import Path

from convnext_viz.data.folder import image_folder
from convnext_viz.results import Evaluation, StepMetrics
from convnext_viz.train.bundled import TRAININGS, fresh, ship, train

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("pictures", type=Path, help="folder with train/<class>/ and test/<class>/")
parser.add_argument("work", type=Path, help="folder for snapshots and the log")
parser.add_argument("names", nargs="+", choices=TRAININGS, help="which of them")
chosen = parser.parse_args()

dataset = image_folder(chosen.pictures)
print(f"{len(dataset.train_images)} pictures, {len(dataset.classes)} classes", flush=True)
for name in chosen.names:
    arms = fresh(name)
    for event in train(arms, dataset, chosen.work / name):
        if isinstance(event, Evaluation):
            score = event.arms[name]
            test = {
                "net": score.net.accuracy,
                "ema": score.ema.accuracy if score.ema else None,
            }
            said = {"name": name, "step": event.step, "epoch": event.epoch, "test": test}
            print(json.dumps(said), flush=True)
        elif isinstance(event, StepMetrics) and event.step % 50 == 0:
            loss = round(event.arms[name].loss, 4)
            print(json.dumps({"step": event.step, "s": event.seconds, "loss": loss}), flush=True)
    card = ship(arms[0], dataset)
    print(json.dumps({"shipped": card.name, "accuracy": card.accuracy}), flush=True)
