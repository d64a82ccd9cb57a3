{% from "composition/slots.jinja" import imports with context %}
"""Deterministic runs: the same bytes twice, and operations that have no such algorithm."""

{% call imports("test_deterministic") %}
import os
from collections.abc import Iterator
from pathlib import Path
import pytest
import torch
from {{ package }}.checkpoint import read_checkpoint, write_checkpoint
from {{ package }}.config import Config
from {{ package }}.ops.determinism import make_deterministic
from train import train
{% endcall %}



@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the settings of PyTorch and the environment as they were."""
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    mode = torch.get_deterministic_debug_mode()
    yield
    torch.set_deterministic_debug_mode(mode)


def scatter() -> None:
    """Write to an element twice: the last one wins, whichever that is."""
    torch.zeros(2).put_(torch.tensor([0, 0]), torch.tensor([1.0, 2.0]))


def test_two_runs_end_with_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for name in ("one", "other"):
        content = read_checkpoint(train(Config(epochs=2, run=tmp_path / name)) / "last.pt")
        del content["config"]["run"]
        path = tmp_path / "content.pt"  # the name of a file is in it
        write_checkpoint(path, content)
        written.append(path.read_bytes())
    assert written[0] == written[1]


def test_strict_refuses_what_has_no_deterministic_algorithm() -> None:
    make_deterministic("strict")
    with pytest.raises(RuntimeError, match="put_ does not have a deterministic implementation"):
        scatter()


def test_warn_names_what_has_no_deterministic_algorithm() -> None:
    make_deterministic("warn")
    with pytest.warns(UserWarning, match="put_ does not have a deterministic implementation"):
        scatter()


def test_off_is_the_default_of_pytorch() -> None:
    make_deterministic("strict")
    make_deterministic("off")
    scatter()
    assert torch.get_deterministic_debug_mode() == 0


def test_cublas_has_a_workspace_of_fixed_size_and_cudnn_does_not_choose_by_time() -> None:
    make_deterministic("off")
    assert torch.backends.cudnn.benchmark
    assert "CUBLAS_WORKSPACE_CONFIG" not in os.environ
    make_deterministic("strict")
    assert not torch.backends.cudnn.benchmark
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def test_a_workspace_that_is_set_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    make_deterministic("strict")
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"


@pytest.mark.parametrize(("mode", "level"), [("strict", 2), ("warn", 1), ("off", 0)])
def test_a_run_trains_in_the_mode_asked_for(mode: str, level: int, tmp_path: Path) -> None:
    train(Config(epochs=1, run=tmp_path / "run", deterministic=mode))  # type: ignore[arg-type]
    assert torch.get_deterministic_debug_mode() == level
