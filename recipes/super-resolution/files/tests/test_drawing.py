"""The drawings: the columns of a row, and which images are shown."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from {{ package }}.drawing import draw
from {{ package }}.networks.bicubic import Bicubic


class Grey(nn.Module):
    """Turns every image gray, and its last column brighter than white."""

    def forward(self, images: Tensor) -> Tensor:
        assert not self.training
        enlarged = torch.full((len(images), 3, 12, 15), 0.5)
        enlarged[..., -1] = 2.0
        return enlarged


@pytest.mark.parametrize(("images", "rows"), [(1, 1), (2, 2), (7, 2)])
def test_a_row_is_nearest_bicubic_the_network_and_the_original(images: int, rows: int) -> None:
    inputs, targets = torch.rand(images, 3, 4, 5), torch.rand(images, 3, 12, 15)

    drawings = draw(Grey(), inputs, targets)

    assert drawings.shape == (4 * rows, 3, 12, 15)
    assert not drawings.requires_grad
    for nearest, bicubic, network, original in drawings.split(4):
        number = int((targets - original).abs().sum((1, 2, 3)).argmin())
        assert torch.equal(original, targets[number])
        repeated = inputs[number].numpy().repeat(3, 1).repeat(3, 2)
        assert torch.equal(nearest, torch.from_numpy(repeated))
        torch.testing.assert_close(bicubic, Bicubic(3)(inputs[[number]])[0].clamp(0, 1))
        assert torch.equal(network[..., :-1], torch.full((3, 12, 14), 0.5))
        assert torch.equal(network[..., -1], torch.ones(3, 12))


def test_the_images_with_most_to_gain_are_shown() -> None:
    inputs = torch.rand(6, 3, 4, 5)
    noise = torch.tensor([0.1, 0.5, 0.0, 0.4, 0.2, 0.3]).view(6, 1, 1, 1)
    targets = F.interpolate(inputs, scale_factor=3, mode="bicubic") + noise
    originals = draw(Grey(), inputs, targets)[3::4]
    assert torch.equal(originals, targets[[1, 3]].clamp(0, 1))
