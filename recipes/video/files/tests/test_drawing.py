"""Strips of frames, with an edge that says whether the model is right."""

import torch
from torch import Tensor, nn

from {{ package }}.drawing import draw


class Brightest(nn.Module):
    """Takes the first of two classes for clips that are dark, the second for bright ones."""

    def forward(self, clips: Tensor) -> Tensor:
        bright = clips.mean((1, 2, 3, 4))
        return torch.stack([1 - bright, bright], dim=1)


def test_frames_stand_side_by_side_and_the_edge_is_green_or_red() -> None:
    clips = torch.rand(3, 4, 3, 6, 5) / 2
    clips[1] += 0.5
    before = clips.clone()

    strips = draw(Brightest(), clips, torch.tensor([0, 1, 1]))

    assert strips.shape == (3, 3, 6, 4 * 5)
    assert torch.equal(clips, before)
    for strip, clip, colour in zip(strips, clips, [(0, 1, 0), (0, 1, 0), (1, 0, 0)], strict=True):
        expected = torch.cat(list(clip), dim=2)
        inside = torch.zeros(6, 20, dtype=torch.bool)
        inside[1:-1, 1:-1] = True
        assert torch.equal(strip[:, inside], expected[:, inside])
        edge = torch.tensor(colour).float()[:, None]
        assert torch.equal(strip[:, ~inside], edge.expand(-1, int((~inside).sum())))


def test_eight_clips_are_drawn_at_most_and_nothing_is_learned_from_it() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(2 * 3 * 4 * 4, 5)).train()
    assert draw(model, torch.rand(1, 2, 3, 4, 4), torch.zeros(1).long()).shape == (1, 3, 4, 8)
    strips = draw(model, torch.rand(9, 2, 3, 4, 4), torch.zeros(9).long())
    assert strips.shape == (8, 3, 4, 8)
    assert not strips.requires_grad
    assert not model.training
