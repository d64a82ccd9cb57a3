"""The head has the whole learning rate, the layer before it a part, each one before that less."""

from typing import Any

VARIANTS = {"discriminative-lr": {"backbone_lr_factor": 0.5, "layer_decay": 0.4}}


def rate(run: Any, name: str) -> float:
    before_head = run.layers - 1 - int(name.split(".")[0])
    if before_head == 0:
        return 1.0
    return float(
        run.settings["backbone_lr_factor"] * run.settings["layer_decay"] ** (before_head - 1)
    )
