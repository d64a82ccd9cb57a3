{% from "composition/slots.jinja" import imports with context %}
"""Early stopping by scripted scores, also through a resume."""

{% call imports("test_early_stopping") %}
import dataclasses
from collections.abc import Callable
from pathlib import Path
import pytest
import train as script
from {{ package }}.checkpoint import TrainState, read_checkpoint, save_checkpoint
from {{ package }}.config import Config
from train import train
{% endcall %}


ScriptScores = Callable[[list[float]], None]


def epochs_of(run: Path) -> int:
    """Return the number of epochs that a run has completed."""
    epochs = len((run / "metrics.jsonl").read_text().splitlines())
    assert read_checkpoint(run / "last.pt")["epoch"] == epochs
    return epochs


@pytest.mark.parametrize(
    ("scores", "stop_after", "epochs"),
    [
        ([1.0, 1.0, 1.0, 2.0], 1, 2),  # a score that equals the best is not a better one
        ([1.0, 0.5, 0.7, 0.9, 2.0], 2, 3),
        ([1.0, 0.5, 2.0, 1.9, 1.8, 3.0], 2, 5),
        ([1.0, 0.5, 2.0, 1.9, 3.0, 2.0], 2, 6),
        ([-3.0, -2.0, -2.5, -2.5, -2.5, -1.0], 3, 5),
        ([1.0, 2.0, 3.0, 4.0], 1, 4),
    ],
)
def test_training_stops_after_the_right_epoch(
    scores: list[float],
    stop_after: int,
    epochs: int,
    script_scores: ScriptScores,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    script_scores(scores)
    run = train(Config(epochs=len(scores), run=tmp_path / "run", stop_after=stop_after))
    assert epochs_of(run) == epochs
    assert read_checkpoint(run / "best.pt")["best"] == max(scores[:epochs])
    told = f"stopped early: no better score in {stop_after} epochs" in capsys.readouterr().out
    assert told == (epochs < len(scores))


def killed_after(epoch: int) -> Callable[..., None]:
    """Return what kills a training right after the last checkpoint of an epoch."""

    def save(path: Path, state: TrainState, config: Config) -> None:
        save_checkpoint(path, state, config)
        if path.name == "last.pt" and state.epoch == epoch:
            raise InterruptedError

    return save


@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_a_killed_run_stops_after_the_same_epoch(
    epoch: int, script_scores: ScriptScores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = [1.0, 0.5, 0.9, 2.0, 3.0]
    config = Config(epochs=5, run=tmp_path / "run", stop_after=2)
    script_scores(scores)
    with monkeypatch.context() as patch, pytest.raises(InterruptedError):
        patch.setattr(script, "save_checkpoint", killed_after(epoch))
        train(config)
    assert epochs_of(tmp_path / "run") == epoch
    # For the third epoch, there is nothing left: a score more, and the script ends.
    script_scores(scores[epoch:3])
    train(dataclasses.replace(config, resume=True))
    assert epochs_of(tmp_path / "run") == 3


def test_a_larger_stop_after_trains_on(script_scores: ScriptScores, tmp_path: Path) -> None:
    scores = [1.0, 0.5, 0.5, 0.5, 0.5, 2.0]
    config = Config(epochs=6, run=tmp_path / "run", stop_after=2)
    script_scores(scores)
    assert epochs_of(train(config)) == 3
    script_scores(scores[3:])
    assert epochs_of(train(dataclasses.replace(config, resume=True, stop_after=4))) == 5
