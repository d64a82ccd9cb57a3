{% from "composition/slots.jinja" import imports with context %}
"""The losses against scikit-learn's and against the formula of V-Net, written out in loops."""

{% call imports("test_losses") %}
import pytest
import torch
from sklearn import metrics  # type: ignore[import-untyped]
from torch import Tensor
from {{ package }}.datasets import IGNORED
from {{ package }}.losses import Loss, cross_entropy, dice_loss, loss_function
{% endcall %}


KINDS = ["cross-entropy", "dice", "both"]


def batch(height: int = 6, width: int = 7) -> tuple[Tensor, Tensor]:
    """Return logits, float64, and masks; a third of the pixels is IGNORED, and class 3 is rare."""
    torch.manual_seed(0)
    logits = 2 * torch.randn(4, 5, height, width, dtype=torch.float64)
    masks = torch.randint(5, (4, height, width))
    masks[1:][masks[1:] == 3] = 0
    masks[torch.rand(masks.shape) < 1 / 3] = IGNORED
    return logits, masks


def pixels(logits: Tensor, mask: Tensor) -> list[tuple[Tensor, int]]:
    """Return the probabilities, (classes,), and the class of each pixel of an image that counts."""
    rows, columns = mask.shape
    places = [(y, x) for y in range(rows) for x in range(columns) if mask[y, x] != IGNORED]
    return [(logits[:, y, x].softmax(0), int(mask[y, x])) for y, x in places]


def dice_of_image(logits: Tensor, mask: Tensor) -> Tensor:
    """Return 1 - the coefficient of V-Net's section 3, the mean over the classes that occur."""
    counted = pixels(logits, mask)
    coefficients = []
    for number in {label for _, label in counted}:
        p = torch.stack([probabilities[number] for probabilities, _ in counted])
        g = torch.tensor([float(label == number) for _, label in counted], dtype=p.dtype)
        coefficients.append(2 * (p * g).sum() / ((p * p).sum() + (g * g).sum()))
    return 1 - torch.stack(coefficients).mean()


def test_dice_and_its_gradient_are_those_of_the_formula() -> None:
    logits, masks = batch()
    logits.requires_grad_()
    found = dice_loss(logits, masks)
    expected = torch.stack([dice_of_image(*pair) for pair in zip(logits, masks, strict=True)])
    torch.testing.assert_close(found, expected)
    weights = torch.rand(len(found), dtype=torch.float64)
    torch.testing.assert_close(
        torch.autograd.grad((found * weights).sum(), logits),
        torch.autograd.grad((expected * weights).sum(), logits),
    )


def test_cross_entropy_is_scikit_learns_log_loss_of_the_pixels_that_count() -> None:
    logits, masks = batch()
    for own, *image in zip(cross_entropy(logits, masks), logits, masks, strict=True):
        probabilities, labels = zip(*pixels(*image), strict=True)
        expected = metrics.log_loss(labels, torch.stack(probabilities), labels=list(range(5)))
        assert own.item() == pytest.approx(expected)


def test_without_ignored_pixels_cross_entropy_is_pytorchs() -> None:
    logits, masks = batch()
    masks = masks % 5
    expected = torch.nn.functional.cross_entropy(logits, masks)
    found = loss_function(logits, masks, "cross-entropy")
    torch.testing.assert_close(found, expected.float())


def test_each_kind_is_the_mean_over_images_and_both_is_the_sum() -> None:
    logits, masks = batch()
    entropy, dice = cross_entropy(logits, masks).mean(), dice_loss(logits, masks).mean()
    for kind, expected in zip(KINDS, [entropy, dice, entropy + dice], strict=True):
        found = loss_function(logits, masks, kind)  # type: ignore[arg-type]
        torch.testing.assert_close(found, expected.float())


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_of_a_batch_is_the_mean_of_its_halves(kind: Loss) -> None:
    """Also where the parts differ in how many pixels count."""
    logits, masks = batch()
    masks[:2, 2:] = IGNORED
    parts = [loss_function(logits[i : i + 2], masks[i : i + 2], kind) for i in (0, 2)]
    torch.testing.assert_close(loss_function(logits, masks, kind), torch.stack(parts).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_for_ignored_pixels_do_not_matter(kind: Loss) -> None:
    logits, masks = batch()
    other = logits.where((masks != IGNORED).unsqueeze(1), torch.randn_like(logits))
    assert not torch.equal(other, logits)
    assert torch.equal(loss_function(other, masks, kind), loss_function(logits, masks, kind))


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_of_ignored_pixels_has_loss_and_gradient_0(kind: Loss) -> None:
    logits, masks = batch()
    logits.requires_grad_()
    loss = loss_function(logits, torch.full_like(masks, IGNORED), kind)
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_perfect_prediction_has_loss_0_and_a_wrong_one_does_not(kind: Loss) -> None:
    masks = torch.tensor([[[0, 1], [IGNORED, 2]]])
    sure = 100 * torch.eye(4)[masks % 4].permute(0, 3, 1, 2)
    assert loss_function(sure, masks, kind).item() == pytest.approx(0, abs=1e-6)
    assert loss_function(sure.roll(1, dims=1), masks, kind).item() > 0.9


@pytest.mark.parametrize("kind", KINDS)
def test_logits_of_16_bits_lose_no_further_precision(kind: Loss) -> None:
    logits, masks = batch(height=64, width=64)
    half = logits.to(torch.bfloat16)
    found = loss_function(half, masks, kind)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, loss_function(half.double(), masks, kind))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("masks", "problem"),
    [
        (torch.zeros(4, 1, 6, 7), r"masks are \(4, 1, 6, 7\) float32: .*take masks\[:, 0\]\.long"),
        (torch.zeros(4, 6, 7), r"\(4, 6, 7\) float32: expected \(4, 6, 7\) int64"),
        (torch.zeros(4, 5, 6, 7).long(), r"\(4, 5, 6, 7\) int64: expected \(4, 6, 7\) .*classes$"),
        (torch.zeros(3, 6, 7).long(), r"\(3, 6, 7\) int64: expected \(4, 6, 7\) int64"),
        (torch.zeros(4, 7, 6).long(), r"\(4, 7, 6\) int64: expected \(4, 6, 7\) int64"),
    ],
)
def test_masks_of_another_shape_or_type_are_refused(
    masks: Tensor, problem: str, kind: Loss
) -> None:
    with pytest.raises(ValueError, match=problem):
        loss_function(batch()[0], masks, kind)
