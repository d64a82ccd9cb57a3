"""Processes forked from one that has imported torch.

A forked process starts a training in milliseconds; a new interpreter needs seconds to import torch.
Forking is sound only while there are no threads, so nothing here computes before it is forked.
"""

import atexit
import gc
import importlib
import importlib.util
import multiprocessing
import os
import runpy
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from ptgen.base.errors import PtgenError

# What every project imports; torch.optim imports torch._dynamo, which takes as long as torch.
WARM = ("torch", "torch._dynamo", "numpy", "tqdm", "tyro", "pytest", "deptry.cli")
# Threads cost such small networks more than they give, and would differ from machine to machine.
ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
PAUSE = 0.005

Team = list[BaseProcess]


def warm_up() -> None:
    """Import what the forked processes would each import."""
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")
    for name in WARM:
        if importlib.util.find_spec(name.partition(".")[0]):
            importlib.import_module(name)
    # What is imported stays. Else the collector of each process would go over a million objects.
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # some packages complain of what they hold at the end


def fork(function: Callable[..., None], *arguments: Any, name: str) -> BaseProcess:
    """Start a process that runs a function as a program of its own."""
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_as_program, args=(function, *arguments), name=name)
    process.start()
    return process


def start_script(
    script: Path,
    arguments: Sequence[str],
    processes: int = 1,
    master_port: int = 0,
    folder: Path | None = None,
    before: Callable[[], None] | None = None,
    run: Callable[[Path], None] | None = None,
) -> Team:
    """Start ``python script arguments``.

    Args:
        script: A Python file.
        arguments: Those of the script.
        processes: Number of processes, which find each other as under torchrun if there are more.
        master_port: Where the first of several processes waits for the others.
        folder: Where, and what is imported from; the folder of the script if not given.
        before: Called in each process before the script is run.
        run: Runs the script instead of Python.
    """
    return [
        fork(
            _run_script,
            script,
            arguments,
            _torchrun_environment(rank, processes, master_port) if processes > 1 else {},
            folder or script.parent,
            before,
            run or run_as_main,
            name=f"{script.name} {rank}" if processes > 1 else script.name,
        )
        for rank in range(processes)
    ]


def wait(team: Team, expected: int = 0) -> None:
    """Wait until every process has ended with a status, or kill all as soon as one has not.

    Raises:
        PtgenError: When that happened.
    """
    while True:
        codes = [process.exitcode for process in team]
        for process, code in zip(team, codes, strict=True):
            if code is not None and code != expected:
                kill(team)
                instead = f", not with {expected}" if expected else ""
                raise PtgenError(f"{process.name} {_ending(code)}{instead}")
        if None not in codes:
            return
        pause()


def kill(team: Team) -> None:
    """End processes at once."""
    for process in team:
        process.kill()
        process.join()


def pause() -> None:
    """Sleep a little; in a process whose starter is gone, end with all that it has started."""
    starter = multiprocessing.parent_process()
    if starter and starter.pid != os.getppid():
        os.killpg(0, signal.SIGKILL)
    time.sleep(PAUSE)


@contextmanager
def reserved_port() -> Iterator[int]:
    """Give a TCP port that no other process is given meanwhile.

    It stays bound without listening; who sets SO_REUSEADDR, as torch does, can still listen on it.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def _as_program(function: Callable[..., None], *arguments: Any) -> None:
    """Call a function with nothing of the process that was forked left in the way."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    atexit._clear()  # they would remove the temporary folders of the other process
    try:
        function(*arguments)
    finally:
        atexit._run_exitfuncs()  # what the function registered


def _run_script(
    script: Path,
    arguments: Sequence[str],
    environment: dict[str, str],
    folder: Path,
    before: Callable[[], None] | None,
    run: Callable[[Path], None],
) -> None:
    os.nice(5)  # who watches a run must not have to wait for it
    os.environ.update(environment)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.argv = [str(script), *arguments]
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()  # else what a project forgets to seed would be equal in all its runs
    if before:
        before()
    run(script)


def run_as_main(script: Path) -> None:
    """Run a script as Python does."""
    runpy.run_path(str(script), run_name="__main__")


def _torchrun_environment(rank: int, processes: int, port: int) -> dict[str, str]:
    return {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(processes),
        "LOCAL_WORLD_SIZE": str(processes),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }


def _ending(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
