"""The metrics of many batches against those of each image by scikit-image."""

import json

import numpy as np
import pytest
import torch
from skimage import metrics
from torch import Tensor

from {{ package }}.criterion import Criterion, score
from {{ package }}.errors import UserError
from {{ package }}.losses import Loss, loss_function

CPU = torch.device("cpu")


def pairs(images: int = 10) -> tuple[Tensor, Tensor]:
    """Return outputs, some of them beyond [0, 1], and targets."""
    targets = torch.rand(images, 3, 12, 14)
    return targets + torch.rand(images, 1, 1, 1) * torch.randn_like(targets), targets


def count(outputs: Tensor, targets: Tensor, batch_size: int, loss: Loss = "l1") -> Criterion:
    criterion = Criterion(CPU, loss)
    for batch in zip(outputs.split(batch_size), targets.split(batch_size), strict=True):
        criterion.update(*batch)
    return criterion


@pytest.mark.parametrize("loss", ["l1", "mse", "charbonnier"])
def test_metrics_of_uneven_batches_are_means_over_images(loss: Loss) -> None:
    outputs, targets = pairs()

    found = count(outputs, targets, 4, loss).metrics("val_")

    shown, originals = outputs.clamp(0, 1).double().numpy(), targets.double().numpy()
    psnr = [
        metrics.peak_signal_noise_ratio(original, image, data_range=1)
        for image, original in zip(shown, originals, strict=True)
    ]
    ssim = [
        metrics.structural_similarity(
            original,
            image,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=1,
            channel_axis=0,
        )
        for image, original in zip(shown, originals, strict=True)
    ]
    expected = {
        "val_loss": loss_function(outputs, targets, loss).item(),
        "val_psnr": np.mean(psnr),
        "val_ssim": np.mean(ssim),
    }
    assert found == pytest.approx(expected, rel=1e-5)
    assert score(found) == found["val_psnr"]


def test_sums_of_two_parts_add_up_to_the_whole() -> None:
    outputs, targets = pairs()
    first, second = count(outputs[:4], targets[:4], 3), count(outputs[4:], targets[4:], 3)

    for own, other in zip(first.sums(), second.sums(), strict=True):
        own += other

    assert first.report() == pytest.approx(count(outputs, targets, 10).report(), rel=1e-5)


def test_report_and_table_have_the_metrics_and_the_number_of_images() -> None:
    criterion = count(*pairs(), 10)
    found = criterion.metrics()
    assert json.loads(json.dumps(criterion.report())) == {**found, "images": 10}
    psnr, ssim = f"psnr {found['psnr']:.2f} dB", f"ssim {found['ssim']:.4f}"
    assert criterion.table() == f"{psnr}, {ssim}, loss {found['loss']:.5f}, 10 images"


def test_metrics_of_images_without_error_are_finite() -> None:
    _, targets = pairs()
    found = count(targets, targets, 10).metrics()
    assert found == pytest.approx({"loss": 0, "psnr": 100, "ssim": 1})


def test_metrics_of_no_images_are_0() -> None:
    nothing = Criterion(CPU, "l1")
    assert nothing.metrics() == {"loss": 0, "psnr": 0, "ssim": 0}
    assert "0 images" in nothing.table()


def test_a_model_of_another_scale_than_the_data_is_refused() -> None:
    with pytest.raises(UserError, match="--scale must be the scale of the data"):
        Criterion(CPU, "l1").update(torch.rand(2, 3, 24, 24), torch.rand(2, 3, 36, 36))
