"""What happens when somebody stops ptgen."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from ptgen.base.errors import PtgenError

STOPS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
Handler = Callable[[int, FrameType | None], object] | int


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and a closed terminal all leave in order, so that all is tidied up.

    Raises:
        PtgenError: Instead of KeyboardInterrupt.
    """
    with handled_by(signal.default_int_handler):
        try:
            yield
        except KeyboardInterrupt:
            raise PtgenError("stopped; nothing half-made is left") from None


@contextmanager
def handled_by(handler: Handler) -> Iterator[None]:
    """Give the signals that stop a process to ``handler``, for the time of a ``with``."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python gives signals to the main thread alone
        return
    before = {number: signal.signal(number, handler) for number in STOPS}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


@contextmanager
def time_limit(seconds: float, refusal: Callable[[FrameType | None], Exception]) -> Iterator[None]:
    """Stop what computes longer, where the system has timers and the main thread does it.

    Args:
        seconds: Of the processor, so that a busy machine stops nothing. An outer limit, if there is
            one, holds instead.
        refusal: Returns what to raise, given the frame that was running.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not hasattr(signal, "setitimer") or signal.getitimer(signal.ITIMER_PROF)[0]:
        yield
        return

    def stop(_: int, frame: FrameType | None) -> None:
        raise refusal(frame)

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
