"""Plots of what metrics.jsonl holds."""

import itertools
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .errors import UserError

FORMATS = (".png", ".pdf", ".svg")
# Okabe and Ito, Color Universal Design, 2008: seven colors that color-blind readers tell apart.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
MARKERS = ("o", "s", "^", "D", "v")  # for more runs than colors
LAST = ("lr", "images_per_second")
NOT_PLOTTED = ("epoch", "step", "seconds")
LABELS = {
    "lr": "learning rate",
    "images_per_second": "training speed [images/s]",
    "psnr": "PSNR [dB]",
    "miou": "mean IoU",
}

Metrics = list[dict[str, float]]


def read_metrics(folder: Path) -> Metrics:
    """Return the lines of metrics.jsonl in order; NaN where a metric was not finite.

    A last line that is not complete, because it is being written, is left out.

    Raises:
        UserError: There is no such file, it holds no epoch, or something else than metrics.
    """
    path = folder / "metrics.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        if lines and not lines[-1].endswith("\n"):
            del lines[-1]
        metrics = [json.loads(line) for line in lines]
        rows = [{n: math.nan if v is None else float(v) for n, v in m.items()} for m in metrics]
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise UserError(f"{path} does not hold metrics: {error}") from error
    if not rows:
        raise UserError(f"{path} holds no epoch yet")
    return rows


def panels(rows: Metrics) -> dict[str, list[str]]:
    """Return the metrics to plot in each panel: those of training and of validation together."""
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(name for row in rows for name in row if name not in NOT_PLOTTED):
        found.setdefault(name.removeprefix("train_").removeprefix("val_"), []).append(name)
    return dict(sorted(found.items(), key=lambda panel: panel[0] in LAST))


def draw_curves(runs: Mapping[str, Metrics]) -> Figure:
    """Plot each metric over the epochs, in a panel for each; a run has one color everywhere."""
    shown = panels([row for rows in runs.values() for row in rows])
    columns = 2 if len(shown) == 4 else min(3, len(shown))
    rows = math.ceil(len(shown) / columns)
    figure = Figure(figsize=(4.2 * columns, 3 * rows + 0.6), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for panel, (title, names) in zip(axes, shown.items(), strict=False):
        for metrics, style in zip(runs.values(), map(style_of, itertools.count()), strict=False):
            for name in names:
                points = [(row["epoch"], row[name]) for row in metrics if name in row]
                (line,) = panel.plot([x for x, _ in points], [y for _, y in points])
                line.update(style)
                line.set_linestyle("--" if name.startswith("train_") else "-")
        panel.set_title(LABELS.get(title, title.replace("_", " ")), fontsize=11)
        panel.set_xlabel("epoch")
        panel.xaxis.get_major_locator().set_params(integer=True)
        panel.grid(alpha=0.3)
    for panel in axes[len(shown) :]:
        panel.remove()

    keys = {"training": Line2D([], [], color="0.4", linestyle="--")}
    keys["validation"] = Line2D([], [], color="0.4")
    if len(runs) > 1:
        for number, run in enumerate(runs):
            keys[run] = Line2D([], [])
            keys[run].update(style_of(number))
    figure.legend(keys.values(), keys, loc="outside lower center", ncols=columns, fontsize=9)
    return figure


def style_of(number: int) -> dict[str, Any]:
    """Return the color and the marker of a run."""
    marker = MARKERS[number // len(COLORS) % len(MARKERS)]
    return {"color": COLORS[number % len(COLORS)], "marker": marker, "markersize": 3}
