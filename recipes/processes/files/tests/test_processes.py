{% from "composition/slots.jinja" import imports, slot with context %}
"""Several processes: they share out batches, exchange values and stop at the same step."""

{% call imports("test_processes") %}
import json
import multiprocessing
import signal
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any
import pytest
import torch
import train as script
from {{ package }} import distributed
from {{ package }}.checkpoint import TrainState, save_checkpoint
from {{ package }}.config import Config
from {{ package }}.loaders import ShuffledBatches, TrainingLoader
from {{ package }}.runs import StopSignal
{{- slot("tests.settings.imports") }}
{% endcall %}


CPU = torch.device("cpu")
Launch = Callable[..., None]


def keep(folder: Path, **values: Any) -> None:
    """Keep what this process has found for the test that started it."""
    (folder / f"{distributed.rank()}.json").write_text(json.dumps(values))


def kept(folder: Path) -> list[dict[str, Any]]:
    """Return what each of the two processes has found."""
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(2)]


def test_one_process_needs_no_launcher() -> None:
    assert distributed.start(CPU) == CPU
    assert (distributed.rank(), distributed.world_size(), distributed.is_main()) == (0, 1, True)
    assert distributed.broadcast("value") == "value"
    assert distributed.own(distributed.gather("state")) == "state"
    assert distributed.Agreement().highest(3) == 3
    sums = [torch.tensor(5.0)]
    distributed.all_reduce_sum(sums)
    assert sums == [5.0]
    distributed.barrier()


def exchange(folder: Path) -> None:
    distributed.start(CPU)
    sums = [torch.tensor([1.0, 2.0]) * (1 + distributed.rank()), torch.tensor(7)]
    distributed.all_reduce_sum(sums)
    keep(
        folder,
        world_size=distributed.world_size(),
        is_main=distributed.is_main(),
        broadcast=distributed.broadcast(f"from {distributed.rank()}"),
        gathered=distributed.gather(distributed.rank()),
        sums=[tensor.tolist() for tensor in sums],
    )


def test_two_processes_exchange_values(launch: Launch, tmp_path: Path) -> None:
    launch(exchange, tmp_path)
    both = {"world_size": 2, "broadcast": "from 0", "gathered": [0, 1], "sums": [[3.0, 6.0], 14]}
    assert kept(tmp_path) == [{**both, "is_main": True}, {**both, "is_main": False}]


@pytest.mark.parametrize(
    ("saved", "expected"), [(["a"], "aaaa"), (["a", "b"], "abab"), (list("abcdef"), "abcd")]
)
def test_a_checkpoint_of_another_number_of_processes_serves_all(
    saved: list[str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for rank, state in enumerate(expected):
        monkeypatch.setattr(distributed, "rank", lambda rank=rank: rank)
        assert distributed.own(saved) == state


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_the_processes_share_out_each_batch(
    processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(ShuffledBatches(100, 4 * processes, seed=0))
    monkeypatch.setattr(distributed, "world_size", lambda: processes)
    parts = []
    for rank in range(processes):
        monkeypatch.setattr(distributed, "rank", lambda rank=rank: rank)
        parts.append(list(ShuffledBatches(100, 4, seed=0)))
    together = [sorted(chain(*batches)) for batches in zip(*parts, strict=True)]
    assert together == [sorted(batch) for batch in whole]


def agree(folder: Path, first_call_returned: Any) -> None:
    """Call an agreement five times; the main process has a number from the third call on."""
    distributed.start(CPU)
    agreement = distributed.Agreement()
    if not distributed.is_main():
        assert first_call_returned.wait(timeout=30)
    agreed = []
    for call in range(5):
        number = 15 if distributed.is_main() and call >= 2 else 0
        agreed.append(agreement.highest(number))
        first_call_returned.set()
    keep(folder, agreed=agreed)
    distributed.barrier()


def test_an_agreement_is_one_call_late_and_no_call_waits_for_the_other_process(
    launch: Launch, tmp_path: Path
) -> None:
    launch(agree, tmp_path, multiprocessing.get_context("spawn").Event())
    assert kept(tmp_path) == [{"agreed": [0, 0, 0, 15, 15]}] * 2


def test_a_process_stops_for_the_signal_of_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed.Agreement, "highest", lambda *_: int(signal.SIGTERM))
    with StopSignal() as stop:
        assert not stop.requested
        stop.agree()
        assert stop.requested
        signal.raise_signal(signal.SIGTERM)  # its own, which comes later, does not end it
        assert stop.received == signal.SIGTERM


def train_until_stopped(config: Config, folder: Path) -> None:
    """Train; SIGTERM reaches the second process alone, in its third batch."""
    torch.set_num_threads(1)
    batches = TrainingLoader.batches

    def stopping(loader: TrainingLoader, epoch: int, start: int = 0) -> Iterator[Any]:
        for number, batch in enumerate(batches(loader, epoch, start)):
            if number == 2 and not distributed.is_main():
                signal.raise_signal(signal.SIGTERM)
            yield batch

    def save(path: Path, state: TrainState, config: Config) -> None:
        save_checkpoint(path, state, config)
        keep(folder, epoch=state.epoch, batch=state.batch, step=state.step)

    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr(TrainingLoader, "batches", stopping)
    monkeypatch.setattr(script, "save_checkpoint", save)
    with pytest.raises(SystemExit) as exited:
        script.train(config)
    assert exited.value.code == 128 + signal.SIGTERM


def test_all_processes_stop_at_the_same_step(launch: Launch, tmp_path: Path) -> None:
    config = Config(
        epochs=1,
        batch_size=8,
        device="cpu",
        run=tmp_path / "run",
        {{- slot("tests.settings", 8) }}
    )
    launch(train_until_stopped, config, tmp_path)
    first, second = kept(tmp_path)
    assert first == second
    assert (first["epoch"], first["step"] > 0) == (0, True)
    assert 3 <= first["batch"] <= 6
