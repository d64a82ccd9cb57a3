{% from "composition/slots.jinja" import imports with context %}
"""The event files of a short training, read back as TensorBoard reads them."""

{% call imports("test_tensorboard") %}
import dataclasses
import io
import json
import signal
from pathlib import Path
from typing import Any
import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # type: ignore[import-untyped]
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData  # type: ignore[import-untyped]
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from train import train
from {{ package }}.checkpoint import read_checkpoint
from {{ package }}.config import Config
from {{ package }}.runs import load_run
from {{ package }}.tensorboard_logger import TensorBoardLogger
{% endcall %}



@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Tensor]]:
    """A run of two epochs: its folder, and the images that were logged."""
    torch.set_num_threads(1)
    logged: list[Tensor] = []
    log = TensorBoardLogger.log

    def watched(*arguments: Any) -> None:
        logged.append(arguments[-1])
        log(*arguments)

    run = tmp_path_factory.mktemp("runs") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TensorBoardLogger, "log", watched)
        train(Config(epochs=2, device="cpu", run=run, tensorboard_histograms=True))
    return run, logged


@pytest.fixture(scope="module")
def folder(trained: tuple[Path, list[Tensor]]) -> Path:
    return trained[0]


@pytest.fixture(scope="module")
def lines(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def read_events(folder: Path) -> Any:
    keep_all = {"scalars": 0, "images": 0, "histograms": 0}
    return EventAccumulator(str(folder), keep_all).Reload()


@pytest.fixture(scope="module")
def events(folder: Path) -> Any:
    return read_events(folder)


def test_curves_of_training_and_validation_have_the_same_name(
    folder: Path, events: Any, lines: list[dict[str, float]]
) -> None:
    """TensorBoard draws curves of one name into one chart, a line for each folder."""
    assert len(lines) == 2
    splits = {name: read_events(folder / name) for name in ("train", "val")}
    for name in lines[0]:
        split, _, metric = name.partition("_")
        shown = splits[split].Scalars(metric) if split in splits else events.Scalars(f"run/{name}")
        assert [scalar.step for scalar in shown] == [1, 2]
        assert [scalar.value for scalar in shown] == pytest.approx([line[name] for line in lines])
    assert {"loss"} <= {*splits["train"].Tags()["scalars"]} & {*splits["val"].Tags()["scalars"]}


def test_every_weight_has_a_histogram_of_its_values(events: Any, folder: Path) -> None:
    weights = read_checkpoint(folder / "last.pt")["model"]
    names = [name for name, _ in load_run(folder, torch.device("cpu")).model.named_parameters()]
    assert sorted(events.Tags()["histograms"]) == sorted(f"weights/{name}" for name in names)
    for name in names:
        first, last = events.Histograms(f"weights/{name}")
        assert (first.step, last.step) == (1, 2)
        histogram, weight = last.histogram_value, weights[name].double()
        assert histogram.num == weight.numel()
        assert histogram.min == pytest.approx(weight.min().item())
        assert histogram.max == pytest.approx(weight.max().item())
        assert histogram.sum_squares == pytest.approx(weight.square().sum().item(), rel=1e-4)


def test_the_images_of_every_epoch_are_shown(
    events: Any, trained: tuple[Path, list[Tensor]]
) -> None:
    logged = trained[1]
    shown = events.Images("images")
    assert [image.step for image in shown] == [1, 2]
    for image, tensors in zip(shown, logged, strict=True):
        pixels = np.asarray(Image.open(io.BytesIO(image.encoded_image_string))) / 255
        first = tensors[0].permute(1, 2, 0).cpu().numpy()
        height, width, channels = first.shape
        np.testing.assert_allclose(pixels[:height, :width, :channels], first, atol=1 / 255)
        assert pixels.min() < pixels.max()


def test_the_graph_has_every_convolution_of_the_model(events: Any, folder: Path) -> None:
    model = load_run(folder, torch.device("cpu")).model
    kinds = (nn.Conv2d, nn.ConvTranspose2d)
    expected = sum(isinstance(layer, kinds) for layer in model.modules())
    operations = [node.op for node in events.Graph().node]
    assert operations.count("aten::_convolution") == expected


def test_hyper_parameters_are_the_settings_beside_the_last_metrics(
    events: Any, lines: list[dict[str, float]]
) -> None:
    content = events.PluginTagToContent("hparams")["_hparams_/session_start_info"]
    settings = HParamsPluginData.FromString(content).session_start_info.hparams
    assert set(settings) == {field.name for field in dataclasses.fields(Config)}
    assert settings["device"].string_value == "cpu"

    (shown,) = events.Scalars("hparam/val_loss")
    assert shown.value == pytest.approx(lines[-1]["val_loss"])


def test_a_run_that_is_stopped_is_in_the_table_of_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(logger: TensorBoardLogger, *arguments: Any) -> None:
        log(logger, *arguments)
        signal.raise_signal(signal.SIGTERM)

    log = TensorBoardLogger.log
    monkeypatch.setattr(TensorBoardLogger, "log", stop)
    with pytest.raises(SystemExit):
        train(Config(epochs=3, device="cpu", run=tmp_path / "run"))
    line, *_ = (tmp_path / "run/metrics.jsonl").read_text().splitlines()
    shown, *_ = read_events(tmp_path / "run").Scalars("hparam/val_loss")
    assert shown.value == pytest.approx(json.loads(line)["val_loss"])


def test_a_model_that_cannot_be_traced_has_no_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(SummaryWriter, "add_graph", fail)
    run = train(Config(epochs=1, device="cpu", run=tmp_path / "run"))
    assert "TensorBoard shows no graph: planted" in capsys.readouterr().err
    assert read_events(run / "val").Scalars("loss")


def test_an_epoch_that_is_trained_again_replaces_the_first(tmp_path: Path) -> None:
    for completed, value in [(0, 1.0), (1, 5.0)]:
        logger = TensorBoardLogger(tmp_path, Config(), completed)
        for epoch in range(completed + 1, 4):
            logger.writer.add_scalar("loss", value, epoch)
        logger.close()
    scalars = read_events(tmp_path).Scalars("loss")
    assert [(scalar.step, scalar.value) for scalar in scalars] == [(1, 1), (2, 5), (3, 5)]
