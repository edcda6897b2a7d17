"""Command ``python -m convnext_viz.train PICTURES WORK``: trains the bundled models."""

import argparse
import json
from pathlib import Path

from convnext_viz.data.folder import image_folder
from convnext_viz.results import Evaluation, StepMetrics
from convnext_viz.train.bundled import ship, train, twins

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("pictures", type=Path, help="folder with train/<class>/ and test/<class>/")
parser.add_argument("work", type=Path, help="folder for snapshots and the log")
chosen = parser.parse_args()

arms = twins()
dataset = image_folder(chosen.pictures)
print(f"{len(dataset.train_images)} pictures, {len(dataset.classes)} classes", flush=True)
for event in train(arms, dataset, chosen.work):
    if isinstance(event, Evaluation):
        scores = {
            label: {"net": arm.net.accuracy, "ema": arm.ema.accuracy if arm.ema else None}
            for label, arm in event.arms.items()
        }
        print(json.dumps({"step": event.step, "epoch": event.epoch, "test": scores}), flush=True)
    elif isinstance(event, StepMetrics) and event.step % 50 == 0:
        losses = {label: round(arm.loss, 4) for label, arm in event.arms.items()}
        print(json.dumps({"step": event.step, "s": event.seconds, "loss": losses}), flush=True)
for card in ship(arms, dataset):
    print(json.dumps({"shipped": card.name, "accuracy": card.accuracy}), flush=True)
