"""Why a candidate's process came to its end, in the words of a verdict."""

from __future__ import annotations

import json
import os
import signal
import socket
from dataclasses import dataclass

from grader.limits import Limits
from grader.results import Verdict
from grader.sandbox.jail import MEGABYTE

_SIGNALS = {
    signal.SIGSYS: (Verdict.SECURITY, "It made a system call that the sandbox forbids."),
    signal.SIGXCPU: (Verdict.TIME_LIMIT, "It used more CPU time than it may."),
    signal.SIGXFSZ: (Verdict.OUTPUT_LIMIT, "It wrote a file that is too large."),
    signal.SIGSEGV: (Verdict.RUNTIME_ERROR, "It crashed: segmentation fault."),
    signal.SIGABRT: (Verdict.RUNTIME_ERROR, "It aborted."),
}


@dataclass(frozen=True)
class Fate:
    """Why a candidate's process came to its end."""

    verdict: Verdict
    message: str
    detail: str = ""


def fate_of(status: int) -> Fate:
    """What a wait status says about a candidate that nobody had to stop."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        known = {int(key): value for key, value in _SIGNALS.items()}
        if number in known:
            return Fate(*known[number])
        return Fate(Verdict.RUNTIME_ERROR, f"It was ended by signal {number}.")
    code = os.waitstatus_to_exitcode(status)
    return Fate(Verdict.RUNTIME_ERROR, f"It exited with status {code} before it answered.")


def exceeded(limits: Limits, memory: int, cpu_seconds: float, is_late: bool) -> Fate | None:
    """What a tree of processes has used up, if anything. `memory` in bytes; `is_late` by the parent's clock."""
    if memory > limits.memory_mb * MEGABYTE:
        return Fate(Verdict.MEMORY_LIMIT, f"It used more than {limits.memory_mb} MB of memory.")
    if cpu_seconds > limits.cpu_seconds:
        return Fate(Verdict.TIME_LIMIT, f"It used more than {limits.cpu_seconds:g} seconds of CPU time.")
    if is_late:
        return Fate(Verdict.TIME_LIMIT, f"It took longer than {limits.wall_seconds:g} seconds.")
    return None


def device_exceeded(limits: Limits, memory: int) -> Fate | None:
    """The same for the memory of a device, in bytes."""
    if memory <= limits.gpu_memory_mb * MEGABYTE:
        return None
    return Fate(Verdict.MEMORY_LIMIT, f"It used more than {limits.gpu_memory_mb} MB of GPU memory.", "GPU")


def last_words(status: socket.socket) -> int | None:
    """The wait status of a candidate, from its reaper; None while it still runs."""
    status.settimeout(0.5)
    try:
        words = json.loads(status.recv(4096) or b"{}")
    except TimeoutError:
        return None
    found = words.get("status") if isinstance(words, dict) else None
    return found if type(found) is int else None
