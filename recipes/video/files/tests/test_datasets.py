{% from "composition/slots.jinja" import imports with context %}
"""Folders of videos: what is read from them, and the message for each that cannot be used."""

{% call imports("test_datasets") %}
import pickle
from pathlib import Path
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader
from {{ package }} import datasets
from {{ package }}.clips import Clips, find_clips
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo
from {{ package }}.datasets import check_batch, load_datasets
from {{ package }}.errors import UserError
from {{ package }}.ops.segments import middle_frames
from {{ package }}.ops.videos import write_video
{% endcall %}


SPLITS = ("train", "val", "test")
INFO = DataInfo(channels=3, size=(8, 8), classes=tuple("abcdefghij"))


def video(path: Path, frames: int, height: int = 16, width: int = 16) -> None:
    """Write a video of gray frames, each one 8 steps brighter than the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shades = 20 + 8 * torch.arange(frames, dtype=torch.uint8)
    write_video(path, shades.view(-1, 1, 1, 1).repeat(1, 3, height, width))


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """A folder of videos of two classes, of several lengths, sizes and containers."""
    for split in SPLITS:
        video(tmp_path / "pets" / split / "cat/a.mp4", 1)
        video(tmp_path / "pets" / split / "cat/c.AVI", 2, height=24, width=40)
        video(tmp_path / "pets" / split / "dog/b.mkv", 24, height=9, width=15)
    return tmp_path / "pets"


def test_clips_and_labels_match_their_description() -> None:
    config = Config()
    splits, info = load_datasets(config)
    for dataset in splits.values():
        clips, labels = next(iter(DataLoader(dataset, batch_size=10_000)))
        check_batch(clips, labels, info)
        assert clips.shape[1:] == (config.segments, 3, config.size, config.size)
        assert clips.is_contiguous()
        assert clips.min() < 0.1
        assert clips.max() > 0.9
        assert labels[:100].unique().tolist() == list(range(len(info.classes)))


def test_a_sample_is_the_middle_frames_of_a_file_and_the_place_of_its_folder(pets: Path) -> None:
    splits, info = load_datasets(Config(data=pets, segments=4, size=12))
    assert info == DataInfo(channels=3, size=(12, 12), classes=("cat", "dog"))
    for split, dataset in splits.items():
        assert isinstance(dataset, Clips)
        assert {clip.path.parents[1] for clip in dataset.clips} == {pets / split}
        assert [clip.path.name for clip in dataset.clips] == ["a.mp4", "b.mkv", "c.AVI"]
        assert [clip.frames for clip in dataset.clips] == [1, 24, 2]
        assert [int(label) for _, label in map(dataset.__getitem__, range(3))] == [0, 1, 0]
        for index, clip in enumerate(dataset.clips):
            assert Clips.chosen_frames(dataset, index) == middle_frames(clip.frames, 4)
    frames, label = dataset[1]
    assert frames.dtype == torch.float32
    assert label.dtype == torch.int64
    shades = frames.mean((1, 2, 3)) * 255
    torch.testing.assert_close(shades, torch.tensor([44.0, 92, 140, 188]), rtol=0, atol=3)


def test_workers_read_the_same(pets: Path) -> None:
    dataset = load_datasets(Config(data=pets))[0]["val"]
    alone = list(DataLoader(dataset, batch_size=2))
    sent = pickle.loads(pickle.dumps(dataset))  # as to a process that is spawned
    for loader in (DataLoader(sent, batch_size=2), DataLoader(dataset, 2, num_workers=2)):
        for (clips, labels), (other, numbers) in zip(alone, loader, strict=True):
            assert torch.equal(clips, other)
            assert torch.equal(labels, numbers)


def test_the_folder_is_relative_to_the_project_and_made_if_it_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def make(folder: Path) -> None:
        made.append(folder)
        for split in SPLITS:
            for name in ("cat", "dog"):
                video(folder / split / name / "0.mp4", 2)

    monkeypatch.chdir("/")
    monkeypatch.setattr(datasets, "ROOT", tmp_path)
    monkeypatch.setattr(datasets, "DIGITS", tmp_path / "data/videos")
    monkeypatch.setattr(datasets, "make_videos", make)
    for _ in range(2):
        splits, _ = load_datasets(Config())
        assert len(splits["test"]) == 2  # type: ignore[arg-type]
    assert made == [tmp_path / "data/videos"]


def problems_of(config: Config) -> list[str]:
    """Return the problems for which a folder is refused."""
    with pytest.raises(UserError) as error:
        load_datasets(config)
    return str(error.value).splitlines()


def test_a_missing_folder_is_named_with_what_is_expected_in_it(tmp_path: Path) -> None:
    assert problems_of(Config(data=tmp_path / "none")) == [
        f"--data {tmp_path}/none does not exist: expected train/, val/ and test/ in it, with a "
        "folder of videos for each class; without --data, digits are made"
    ]


def test_all_problems_of_a_folder_are_reported_at_once(pets: Path) -> None:
    (pets / "train/dog/b.mkv").unlink()
    (pets / "train/dog/notes.txt").touch()
    (pets / "train/.hidden").mkdir()
    (pets / "val/cow").mkdir()
    for path in (pets / "val").rglob("*.*"):
        path.unlink()
    (pets / "test").rename(pets / "tests")
    suffixes = ".avi, .mkv, .mov, .mp4, .webm"
    assert problems_of(Config(data=pets)) == [
        f"{pets}/val/cow is not a class: the folders of train are cat, dog",
        f"{pets}/val has no video that can be read: expected {suffixes}",
        f"{pets}/test does not exist: expected a folder of videos for each class in it",
        f"{pets}/train/dog has no clip to learn from: expected at least one",
    ]


def test_a_class_need_not_be_in_every_split(pets: Path) -> None:
    (pets / "test/dog/b.mkv").unlink()
    splits, _ = load_datasets(Config(data=pets))
    assert len(splits["test"]) == 2  # type: ignore[arg-type]


def test_unreadable_files_are_named_counted_and_left_out(
    pets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pets / "train/cat/._a.mp4").write_text("a hidden file of macOS")
    (pets / "train/cat/b.mp4").write_text("not a video")
    whole = (pets / "train/dog/b.mkv").read_bytes()
    (pets / "train/dog/half.mkv").write_bytes(whole[:200])

    for dataset in load_datasets(Config(data=pets))[0].values():
        assert len(dataset) == 3  # type: ignore[arg-type]

    first, second, count = capsys.readouterr().err.splitlines()
    assert first.startswith(f"{pets}/train/cat/b.mp4: Invalid data found")
    assert second.startswith(f"{pets}/train/dog/half.mkv: ")
    assert count == "2 of 5 clips of train left out"


def test_with_strict_unreadable_files_are_refused(pets: Path) -> None:
    (pets / "train/cat/b.mp4").write_text("not a video")
    (pets / "test/dog/c.mp4").touch()
    problems = problems_of(Config(data=pets, strict=True))
    assert [problem.split(": ")[0] for problem in problems] == [
        f"{pets}/train/cat/b.mp4",
        f"{pets}/test/dog/c.mp4",
    ]


def test_a_class_without_a_readable_file_is_refused(
    pets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pets / "train/dog/b.mkv").write_text("not a video")
    clips, problems = find_clips(pets / "train", ("cat", "dog"), strict=False)
    assert [clip.label for clip in clips] == [0, 0]
    assert problems == []
    assert "1 of 3 clips of train left out" in capsys.readouterr().err
    assert problems_of(Config(data=pets)) == [
        f"{pets}/train/dog has no clip to learn from: expected at least one"
    ]


@pytest.mark.parametrize(
    ("clips", "labels", "problem"),
    [
        (torch.rand(4, 3, 8, 8), torch.arange(4), "clips are (4, 3, 8, 8) float32"),
        (torch.rand(4, 2, 1, 8, 8), torch.arange(4), "expected (N, T, 3, 8, 8) float32 in [0, 1]"),
        (torch.ones(4, 2, 3, 8, 8).byte(), torch.arange(4), "(4, 2, 3, 8, 8) uint8"),
        (torch.rand(4, 2, 3, 8, 8) + 1, torch.arange(4), "in [0, 1]"),
        (torch.rand(4, 2, 3, 8, 8), torch.arange(4).float(), "labels are (4,) float32"),
        (torch.rand(4, 2, 3, 8, 8), torch.arange(4) + 7, "(4,) int64 in [7, 10]: expected (4,)"),
        (torch.rand(4, 2, 3, 8, 8), torch.arange(4) - 1, "(4,) int64 in [-1, 2]: expected (4,)"),
    ],
)
def test_a_batch_that_does_not_match_is_refused(
    clips: Tensor, labels: Tensor, problem: str
) -> None:
    with pytest.raises(UserError) as error:
        check_batch(clips, labels, INFO)
    assert problem in str(error.value)


def test_all_problems_of_a_batch_are_reported_at_once() -> None:
    with pytest.raises(UserError) as error:
        check_batch(torch.rand(4, 3, 8, 8), torch.arange(3), INFO)
    assert len(str(error.value).splitlines()) == 2
