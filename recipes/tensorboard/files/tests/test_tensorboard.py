{% from "composition/slots.jinja" import imports with context %}
"""The event files of a short training, read back as TensorBoard reads them."""

{% call imports("test_tensorboard") %}
import dataclasses
import io
import json
from pathlib import Path
from typing import Any
import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # type: ignore[import-untyped]
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData  # type: ignore[import-untyped]
from torch import Tensor, nn
import train
from {{ package }} import event_log
from {{ package }}.config import Config
from {{ package }}.models import build_model
{% endcall %}



@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Tensor]]:
    """A run of two epochs: its folder, and the pictures that were logged."""
    torch.set_num_threads(1)
    logged: list[Tensor] = []

    def log_events(*arguments: Any) -> None:
        logged.append(arguments[-1])
        event_log.log_events(*arguments)

    run = tmp_path_factory.mktemp("runs") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "log_events", log_events)
        train.train(Config(epochs=2, device="cpu", run=run))
    return run, logged


@pytest.fixture(scope="module")
def folder(trained: tuple[Path, list[Tensor]]) -> Path:
    return trained[0]


@pytest.fixture(scope="module")
def lines(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def events(folder: Path) -> Any:
    keep_all = {"scalars": 0, "images": 0, "histograms": 0}
    return EventAccumulator(str(folder), keep_all).Reload()


def test_scalars_are_the_figures_of_every_epoch(events: Any, lines: list[dict[str, float]]) -> None:
    assert len(lines) == 2
    for name in lines[0]:
        scalars = events.Scalars(name)
        assert [scalar.step for scalar in scalars] == [1, 2]
        assert [scalar.value for scalar in scalars] == pytest.approx([line[name] for line in lines])


def test_a_histogram_of_each_weight_has_its_values(events: Any, folder: Path) -> None:
    weights = torch.load(folder / "last.pt", weights_only=True)["model"]
    names = [name for name, _ in build_model(Config()).named_parameters()]
    assert sorted(events.Tags()["histograms"]) == sorted(names)
    for name in names:
        first, last = events.Histograms(name)
        assert (first.step, last.step) == (1, 2)
        histogram, weight = last.histogram_value, weights[name].double()
        assert histogram.num == weight.numel()
        assert histogram.min == pytest.approx(weight.min().item())
        assert histogram.max == pytest.approx(weight.max().item())
        assert histogram.sum_squares == pytest.approx(weight.square().sum().item(), rel=1e-4)


def test_the_pictures_of_every_epoch_are_shown(
    events: Any, trained: tuple[Path, list[Tensor]]
) -> None:
    logged = trained[1]
    shown = events.Images("pictures")
    assert [picture.step for picture in shown] == [1, 2]
    for picture, tensors in zip(shown, logged, strict=True):
        pixels = np.asarray(Image.open(io.BytesIO(picture.encoded_image_string))) / 255
        first = tensors[0].permute(1, 2, 0).cpu().numpy()
        height, width, channels = first.shape
        np.testing.assert_allclose(pixels[:height, :width, :channels], first, atol=1 / 255)
        assert pixels.min() < pixels.max()


def test_the_graph_has_every_convolution_of_the_model(events: Any) -> None:
    model = build_model(Config())
    kinds = (nn.Conv2d, nn.ConvTranspose2d)
    expected = sum(isinstance(layer, kinds) for layer in model.modules())
    operations = [node.op for node in events.Graph().node]
    assert operations.count("aten::_convolution") == expected


def test_hyper_parameters_are_the_settings_beside_the_last_figures(
    events: Any, lines: list[dict[str, float]]
) -> None:
    content = events.PluginTagToContent("hparams")["_hparams_/session_start_info"]
    settings = HParamsPluginData.FromString(content).session_start_info.hparams
    assert set(settings) == {field.name for field in dataclasses.fields(Config)}
    assert settings["device"].string_value == "cpu"

    (shown,) = events.Scalars("last/val_loss")
    assert shown.value == pytest.approx(lines[-1]["val_loss"])
