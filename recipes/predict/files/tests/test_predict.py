{% from "composition/slots.jinja" import imports with context %}
"""Predictions of image files against the model on the same pixels."""

{% call imports("test_predict") %}
import csv
from pathlib import Path
from typing import Any
import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
import predict as script
from train import train
from {{ package }}.config import Config
from {{ package }}.datasets import load_datasets
from {{ package }}.data_info import DataInfo
from {{ package }}.errors import UserError
from {{ package }}.runs import TrainedRun, load_run
{% endcall %}


CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one epoch."""
    torch.set_num_threads(1)
    return train(Config(epochs=1, device="cpu", run=tmp_path_factory.mktemp("runs") / "run"))


@pytest.fixture
def trained(run: Path) -> TrainedRun:
    return load_run(run, CPU)


def write_images(folder: Path, info: DataInfo, count: int = 5) -> Tensor:
    """Write images of the size that the model is given, and return their pixels in [0, 1]."""
    folder.mkdir()
    shape = (count, *info.size, info.channels)
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    for number, image in enumerate(pixels):
        Image.fromarray(image.squeeze()).save(folder / f"{number}.png")
    return torch.from_numpy(pixels).permute(0, 3, 1, 2) / 255


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("batch_size", [2, 32])
def test_predictions_are_those_of_the_model(
    batch_size: int, run: Path, trained: TrainedRun, tmp_path: Path
) -> None:
    images = write_images(tmp_path / "images", trained.info)
    settings = script.Settings(
        (tmp_path / "images",), run, tmp_path / "out.csv", batch_size=batch_size, device="cpu"
    )
    rows = read_rows(script.main(settings))
    with torch.no_grad():
        probabilities = trained.model(images).softmax(1)
    assert [Path(row["image"]).name for row in rows] == [f"{n}.png" for n in range(5)]
    expected = [trained.info.classes[n] for n in probabilities.argmax(1).tolist()]
    assert [row["class"] for row in rows] == expected
    confidences = [float(row["confidence"]) for row in rows]
    assert confidences == pytest.approx(probabilities.amax(1).tolist(), abs=1e-4)


def test_images_that_the_project_has_as_files_get_the_predictions_of_test_py(
    run: Path, trained: TrainedRun, tmp_path: Path
) -> None:
    split: Any = load_datasets(trained.config)[0]["test"]
    if not hasattr(split, "samples"):
        pytest.skip("the data of this project are not files")
    files = tuple(sample.path for sample in split.samples)
    rows = read_rows(script.main(script.Settings(files, run, tmp_path / "out.csv", device="cpu")))
    images = torch.stack([split[index][0] for index in range(len(files))])
    with torch.no_grad():
        expected = trained.model(images).argmax(1).tolist()
    assert [row["class"] for row in rows] == [trained.info.classes[n] for n in expected]


def test_files_that_are_not_images_are_left_out_and_named(
    run: Path, trained: TrainedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_images(tmp_path / "images", trained.info)
    (tmp_path / "images/2.png").write_text("not an image")
    settings = script.Settings((tmp_path / "images",), run, tmp_path / "out.csv", device="cpu")
    assert len(read_rows(script.main(settings))) == 4
    assert "images/2.png cannot be read as an image" in capsys.readouterr().err


def test_what_is_not_there_is_refused(run: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="nowhere does not exist"):
        script.main(script.Settings((tmp_path / "nowhere",), run, device="cpu"))
    with pytest.raises(UserError, match="no image file is there"):
        script.main(script.Settings((tmp_path / "empty",), run, device="cpu"))
