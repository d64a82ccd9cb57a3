{% from "composition/slots.jinja" import imports with context %}
"""Curves hold the points of metrics.jsonl, and pictures are not blank."""

{% call imports("test_curves") %}
import json
import math
from pathlib import Path
from typing import Any
import numpy as np
import pytest
from PIL import Image
import curves as script
from train import train
from {{ package }}.config import Config
from {{ package }}.curves import COLORS, draw_curves, panels, read_metrics, style_of
from {{ package }}.errors import UserError
{% endcall %}


ROWS: list[dict[str, Any]] = [
    {"epoch": 1, "step": 5, "lr": 0.1, "train_loss": 2.0, "val_loss": 2.5, "val_accuracy": 0.5},
    {"epoch": 2, "step": 9, "lr": 0.2, "train_loss": 1.0, "val_loss": None, "val_accuracy": 0.7},
    {"epoch": 3, "step": 13, "lr": 0.1, "train_loss": 0.5, "val_loss": 1.5, "val_accuracy": 0.6},
]


def write(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "metrics.jsonl").write_text(text)
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write(tmp_path / "first", "".join(json.dumps(row) + "\n" for row in ROWS))


def test_panels_have_the_points_of_the_file(run: Path) -> None:
    figure = draw_curves({"first": read_metrics(run)})
    found = {panel.get_title(): panel.get_lines() for panel in figure.axes}
    assert list(found) == ["loss", "accuracy", "learning rate"]
    names = [["train_loss", "val_loss"], ["val_accuracy"], ["lr"]]
    for lines, expected in zip(found.values(), names, strict=True):
        for line, name in zip(lines, expected, strict=True):
            values = [math.nan if row[name] is None else row[name] for row in ROWS]
            np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
            np.testing.assert_array_equal(line.get_ydata(), values)
    training, validation = found["loss"]
    assert (training.get_linestyle(), validation.get_linestyle()) == ("--", "-")
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["training", "validation"]


def test_each_run_has_its_color_and_its_own_length(run: Path, tmp_path: Path) -> None:
    short = write(tmp_path / "second", json.dumps(ROWS[0]) + "\n")
    figure = draw_curves({"first": read_metrics(run), "second": read_metrics(short)})
    accuracy = figure.axes[1].get_lines()
    assert [line.get_color() for line in accuracy] == list(COLORS[:2])
    assert [np.size(line.get_xdata()) for line in accuracy] == [3, 1]
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    keys = dict(zip(names, legend.get_lines(), strict=True))
    assert [keys[run].get_color() for run in ("first", "second")] == list(COLORS[:2])


def test_many_runs_are_told_apart() -> None:
    styles = [(style_of(number)["color"], style_of(number)["marker"]) for number in range(35)]
    assert len(set(styles)) == 35


def test_a_line_that_is_being_written_is_left_out(run: Path) -> None:
    path = run / "metrics.jsonl"
    path.write_text(path.read_text() + '{"epoch": 4, "lo')
    assert [row["epoch"] for row in read_metrics(run)] == [1, 2, 3]


def test_the_image_of_a_real_run_is_not_blank(tmp_path: Path) -> None:
    folder = train(Config(epochs=1, device="cpu", run=tmp_path / "run"))
    metrics = json.loads((folder / "metrics.jsonl").read_text())
    path = script.main(script.Settings((folder,)))
    assert path == folder / "curves.png"
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
    assert len(np.unique(pixels, axis=0)) > 20
    expected = {n for n in metrics if n.startswith(("train_", "val_", "lr", "images"))}
    assert expected <= {name for names in panels(read_metrics(folder)).values() for name in names}


@pytest.mark.parametrize("suffix", [".pdf", ".svg"])
def test_the_suffix_selects_the_format(suffix: str, run: Path, tmp_path: Path) -> None:
    path = script.main(script.Settings((run,), tmp_path / f"figure{suffix}"))
    assert path.read_bytes()[:5] == {".pdf": b"%PDF-", ".svg": b"<?xml"}[suffix]


def test_what_cannot_be_plotted_is_refused_all_at_once(tmp_path: Path) -> None:
    empty = write(tmp_path / "empty", "")
    broken = write(tmp_path / "broken", "[1]\n")
    with pytest.raises(UserError) as caught:
        script.main(script.Settings((empty, broken, tmp_path / "none")))
    first, second, third = str(caught.value).splitlines()
    assert first.endswith("empty/metrics.jsonl holds no epoch yet")
    assert "broken/metrics.jsonl does not hold metrics" in second
    assert third.endswith("none/metrics.jsonl cannot be read: No such file or directory")


def test_unknown_formats_and_no_run_are_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"expected a file that ends in \.png, \.pdf, \.svg"):
        script.main(script.Settings((run,), tmp_path / "figure.txt"))
    with pytest.raises(UserError, match="no run is given"):
        script.main(script.Settings(()))
