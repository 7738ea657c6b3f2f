"""What a fork of the forkserver does with its life once it is jailed, by the role that its owner asked for."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
from typing import NoReturn

from grader.sandbox import linux, scrub
from grader.sandbox.device import Device

#: The exit status of a child that could not be jailed.
JAIL_FAILED = 97
# Where a child finds its descriptors: 0 is empty, 1 and 2 are output, then these.
LINK, STATUS, PROC = 3, 4, 5


def report_failure(channel: socket.socket, error: BaseException) -> None:
    """Tell the other end which protection did not come up, and why."""
    protection = getattr(error, "protection", "forkserver")
    document = {"event": "failed", "protection": protection, "detail": f"{type(error).__name__}: {error}"}
    with contextlib.suppress(OSError):
        channel.send(json.dumps(document).encode())


def _live_as_judge(status: socket.socket, spare: bool, device: Device | None) -> None:
    """The judge's jail is that of the processor, whatever the candidate runs on."""
    if device:
        return
    from grader import judge_child

    status.close()
    judge_child.serve(LINK, is_spare=spare)


def _live_as_reaper(status: socket.socket, spare: bool, device: Device | None) -> None:
    """Pid 1 of its namespace has odd rules for signals, so the candidate is its child; it only waits and reports."""
    candidate = os.fork()
    if candidate == 0:
        _live_as_candidate(status, spare, device)
    for descriptor in (0, 1, 2, LINK):
        os.close(descriptor)
    while True:
        pid, code = os.wait()
        if pid == candidate:
            status.send(json.dumps({"event": "ended", "status": code}).encode())
            os._exit(0)


def _live_as_candidate(status: socket.socket, spare: bool, device: Device | None) -> NoReturn:
    try:
        from grader import harness

        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if device and not _start_device(status):
            os._exit(JAIL_FAILED)
        status.send(b'{"event": "candidate"}')
        status.close()
        harness.serve(LINK, is_spare=spare)
    finally:
        os._exit(JAIL_FAILED)


def _start_device(status: socket.socket) -> bool:
    """Before anything foreign arrives, so that no answer waits for it, and a device that does not start is ours."""
    from grader import cuda

    try:
        # Its driver names threads through /proc, see policy. The first process of the namespace stays closed.
        linux.prctl(linux.PR_SET_DUMPABLE, 1)
        cuda.start()
    except Exception as error:  # noqa: BLE001 - CUDA raises what it likes; the owner must hear of all of it
        report_failure(status, DeviceFailed(f"{type(error).__name__}: {error}"))
        return False
    return True


class DeviceFailed(Exception):
    """The device does not do what is asked of it."""

    protection = "GPU"


def _live_as_cleaner(status: socket.socket, spare: bool, device: Device | None) -> None:
    """Between two tenants of a device: nothing of the one is left for the other, and it works. Nothing foreign here."""
    from grader import cuda

    if not _start_device(status):
        return
    try:
        zeroed = scrub.zero_free_memory()
        cuda.check()
    except Exception as error:  # noqa: BLE001 - as above
        report_failure(status, DeviceFailed(str(error)))
        return
    status.send(json.dumps({"event": "clean", "zeroed": zeroed}).encode())


def _live_as_trial(status: socket.socket, spare: bool, device: Device | None) -> None:
    """For the doctor, beside whatever else the device does: CUDA starts, allocates, computes and frees."""
    from grader import cuda

    if _start_device(status):
        try:
            cuda.check()
        except Exception as error:  # noqa: BLE001 - as above
            report_failure(status, DeviceFailed(str(error)))
            return
        status.send(b'{"event": "works"}')


def _live_as_probe(_: socket.socket, spare: bool, device: Device | None) -> None:
    """For the doctor: to have come this far is all that is asked."""


LIVES = {
    "judge": _live_as_judge,
    "candidate": _live_as_reaper,
    "cleaner": _live_as_cleaner,
    "trial": _live_as_trial,
    "probe": _live_as_probe,
}
