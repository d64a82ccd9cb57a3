{% from "composition/slots.jinja" import imports with context %}
"""Random frames: one of each segment, drawn from the epoch and the clip alone."""

{% call imports("test_tsn_sampling") %}
import dataclasses
from collections import Counter
from collections.abc import Callable
from pathlib import Path
import torch
from train import train
from {{ package }}.checkpoint import read_checkpoint
from {{ package }}.clips import Clip, Clips
from {{ package }}.config import Config
from {{ package }}.datasets import load_datasets
from {{ package }}.ops.seeding import random_state, seed_everything, set_random_state
from {{ package }}.ops.tsn_sampling import random_frames
from {{ package }}.random_clips import RandomClips
{% endcall %}



def test_one_frame_is_drawn_from_each_segment() -> None:
    for frames in range(1, 41):
        for segments in range(1, 13):
            for seed in range(5):
                numbers = random_frames(frames, segments, seed)
                assert len(numbers) == segments
                assert numbers == sorted(numbers)
                for part, number in enumerate(numbers):
                    low, high = part * frames // segments, (part + 1) * frames // segments
                    assert low <= number < max(high, low + 1)


def test_frames_are_uniform_and_segments_independent() -> None:
    draws = [tuple(random_frames(8, 2, seed)) for seed in range(16_000)]
    counts = Counter(draws)
    assert counts.keys() == {(first, second) for first in range(4) for second in range(4, 8)}
    chi_square = sum((count - 1000) ** 2 / 1000 for count in counts.values())
    assert chi_square < 37.7  # as high by chance once in 1,000 times, with 15 degrees of freedom


def test_the_same_seed_gives_the_same_frames() -> None:
    assert random_frames(100, 5, 7) == random_frames(100, 5, 7)
    assert random_frames(100, 5, 7) != random_frames(100, 5, 8)


def random_clips(clips: int = 20) -> RandomClips:
    return RandomClips([Clip(Path(f"{i}.mp4"), 24, 0) for i in range(clips)], segments=3, size=8)


def test_frames_depend_on_epoch_and_clip_and_not_on_what_was_read_before() -> None:
    clips = random_clips()
    seed_everything(0, 3)
    first = [clips.chosen_frames(index) for index in range(20)]
    torch.rand(5)
    again = [clips.chosen_frames(index) for index in reversed(range(20))]
    assert again[::-1] == first
    assert len({tuple(numbers) for numbers in first}) > 10
    seed_everything(0, 4)
    assert [clips.chosen_frames(index) for index in range(20)] != first


def test_the_seed_of_an_epoch_is_restored_with_the_random_states() -> None:
    seed_everything(0, 1)
    torch.rand(3)
    seed, state = torch.initial_seed(), random_state()
    seed_everything(0, 2)
    assert torch.initial_seed() != seed
    set_random_state(state)
    assert torch.initial_seed() == seed


def test_only_the_training_set_is_random() -> None:
    kinds = {name: type(dataset) for name, dataset in load_datasets(Config())[0].items()}
    assert kinds == {"train": RandomClips, "val": Clips, "test": Clips}


def test_a_run_with_workers_stopped_in_an_epoch_ends_with_the_same_weights(
    train_until: Callable[..., None], tmp_path: Path
) -> None:
    config = Config(epochs=2, workers=2, device="cpu", run=tmp_path / "whole")
    whole = read_checkpoint(train(config) / "last.pt")
    config = dataclasses.replace(config, run=tmp_path / "stopped")
    train_until(config, epoch=1, batch=3)
    # Where several batches make an update, it continues to the next one.
    assert 3 <= read_checkpoint(tmp_path / "stopped/last.pt")["batch"] < 6
    resumed = read_checkpoint(train(dataclasses.replace(config, resume=True)) / "last.pt")

    for name, weight in whole["model"].items():
        assert torch.equal(weight, resumed["model"][name]), name
