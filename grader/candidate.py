"""The judge's handle on the candidate's module: it looks like the module, every use of it is a request.

What can travel (numbers, text, tensors, arrays, and containers of these) arrives by value; anything else (functions,
classes, models, optimizers, generators) stays in the candidate's process and is a `Remote` here.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from typing import Any

from grader.encoding import Handle, WireError
from grader.frames import read_places
from grader.harness import RAISED, REQUEST, VALUE
from grader.wire import Closed, Wire


class CandidateLost(Exception):
    """The candidate's process is gone ("closed") or broke the framing ("protocol")."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class CandidateError(Exception):
    """An exception in the candidate's code, as data: what it was, what it said, where it came from."""

    def __init__(self, report: Any) -> None:
        fields = report if isinstance(report, dict) else {}
        self.type_name = _text(fields.get("type")) or "Exception"
        self.message = _text(fields.get("message"))
        self.places = read_places(fields.get("places"))
        self.hint = _text(fields.get("hint"))
        self.rule = _text(fields.get("rule"))
        bases = fields.get("bases")
        self.bases = tuple(_text(base) for base in bases) if isinstance(bases, tuple) else ()
        super().__init__(f"{self.type_name}: {self.message}")

    def is_a(self, kind: type[BaseException]) -> bool:
        """True when the exception is of this class or one derived from it."""
        return f"{kind.__module__}.{kind.__qualname__}" in self.bases


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


class Connection:
    """Requests and answers, strictly in turn."""

    def __init__(self, connection: socket.socket) -> None:
        self._wire = Wire(connection)
        self._dropped: list[int] = []
        self._module: Any = None
        self._entries: dict[str, Any] = {}
        self.answers = 0

    def await_loaded(self, entry_points: Sequence[str]) -> list[str]:
        """After `load`: keep the entry points, and return those that are missing or cannot be called."""
        found = self.await_answer()
        entries = found if isinstance(found, dict) else {}
        self._entries = {
            name: entries[name] for name in entry_points if isinstance(entries.get(name), Remote)
        }
        return [name for name in entry_points if name not in self._entries]

    def attribute(self, name: str) -> Any:
        """A name of the submission's module. Its entry points came along when it was loaded: nearly every test
        begins with one, and asking for it again would double the way there and back."""
        if name in self._entries:
            return self._entries[name]
        if self._module is None:
            self._module = self.request("module")
        return getattr(self._module, name)

    def request(self, operation: str, *arguments: Any, **keywords: Any) -> Any:
        """Ask and wait. CandidateError when the candidate's code raised, CandidateLost when there is no answer."""
        self.ask(operation, *arguments, **keywords)
        return self.await_answer()

    def ask(self, operation: str, *arguments: Any, **keywords: Any) -> None:
        """Ask without waiting; the next thing to do with this connection is `await_answer`."""
        dropped, self._dropped = self._dropped, []
        outgoing = (operation, _to_wire(arguments), _to_wire(keywords), dropped)
        try:
            if not self._wire.is_quiet():
                raise WireError("bytes came that nobody asked for")
            self._wire.send(REQUEST, outgoing)
        except WireError as error:
            raise CandidateLost("protocol") from error
        except Closed as error:
            raise CandidateLost("closed") from error

    def await_answer(self) -> Any:
        """What the last request came to."""
        try:
            kind, answer = self._wire.receive()
        except WireError as error:
            raise CandidateLost("protocol") from error
        except Closed as error:
            raise CandidateLost("closed") from error
        self.answers += 1
        if kind == RAISED:
            raise CandidateError(answer)
        if kind != VALUE:
            raise CandidateLost("protocol")
        return self._from_wire(answer)

    def drop(self, number: int) -> None:
        """The judge no longer needs an object; told with the next request."""
        self._dropped.append(number)

    def close(self) -> None:
        """Hang up."""
        self._wire.close()

    def _from_wire(self, value: Any) -> Any:
        if type(value) is Handle:
            return Remote(self, value)
        if type(value) in (list, tuple, set):
            return type(value)(self._from_wire(item) for item in value)
        if type(value) is dict:
            return {key: self._from_wire(item) for key, item in value.items()}
        return value


def _to_wire(value: Any) -> Any:
    if isinstance(value, Remote):
        return value._handle
    if type(value) in (list, tuple):
        return type(value)(_to_wire(item) for item in value)
    if isinstance(value, dict):
        return {key: _to_wire(item) for key, item in value.items()}
    return value


class Remote:
    """An object in the candidate's process. Attributes, calls, indices and iteration go there and back."""

    _connection: Connection
    _handle: Handle

    def __init__(self, connection: Connection, handle: Handle) -> None:
        object.__setattr__(self, "_connection", connection)
        object.__setattr__(self, "_handle", handle)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            # Protocol look-ups of Python's own, such as copying, are not questions to the candidate.
            raise AttributeError(name)
        return self._connection.request("get", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._connection.request("set", self, name, value)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self._connection.request("call", self, *arguments, **keywords)

    def __getitem__(self, key: Any) -> Any:
        return self._connection.request("item", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._connection.request("set_item", self, key, value)

    def __len__(self) -> int:
        try:
            length = self._connection.request("length", self)
        except CandidateError as error:
            if error.is_a(TypeError):
                # What list() asks first, and takes for "not known".
                raise TypeError(error.message) from None
            raise
        if type(length) is not int or length < 0:
            raise CandidateLost("protocol")
        return length

    def __bool__(self) -> bool:
        return self._connection.request("truth", self) is True

    def __contains__(self, item: Any) -> bool:
        return self._connection.request("contains", self, item) is True

    def __iter__(self) -> Iterator[Any]:
        iterator = self._connection.request("iterate", self)
        while True:
            try:
                yield self._connection.request("next", iterator)
            except CandidateError as error:
                if error.is_a(StopIteration):
                    return
                raise

    def __next__(self) -> Any:
        try:
            return self._connection.request("next", self)
        except CandidateError as error:
            if error.is_a(StopIteration):
                raise StopIteration from None
            raise

    def __repr__(self) -> str:
        return f"<{self._handle.kind} of the submission>"

    def __del__(self) -> None:
        self._connection.drop(self._handle.number)


class Candidate:
    """What tests receive as `candidate`: the module's names, and a few requests beside them.

    `device_` is where the submission runs, "cpu" or "cuda". Tensors are brought there, and results back.
    """

    def __init__(self, connection: Connection, device: str = "cpu") -> None:
        self._connection = connection
        self.device_ = device

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return self._connection.attribute(name)

    def keep_(self, value: Any) -> Any:
        """Put a value there and hold it by handle: a parameter that an optimizer shall change, say."""
        return self._connection.request("keep", value)

    def value_(self, remote: Any) -> Any:
        """The present value of something held by handle."""
        return self._connection.request("value", remote)

    def module_(self) -> Any:
        """A handle on the module itself."""
        return self._connection.request("module")

    def names_(self, prefix: str) -> dict[str, bool]:
        """The module's names that begin so, in their order, and whether each can be called."""
        told = self._connection.request("names", prefix)
        if not isinstance(told, dict) or not all(isinstance(name, str) for name in told):
            raise CandidateLost("protocol")
        return {name: is_callable is True for name, is_callable in told.items()}

    def define_(self, source: str, name: str) -> Any:
        """Have a text run there, and hold what it defines under `name`: it must hold nothing that is secret."""
        return self._connection.request("define", source, name)

    def seed_(self, seed: int) -> None:
        """Seed Python's, NumPy's and PyTorch's generators there."""
        self._connection.request("seed", seed)

    def probe_(self, function: Any, arguments: Any, keywords: Any, how: Any) -> Any:
        """One watched call; see `grader.harness.probe`."""
        return self._connection.request("probe", function, arguments, keywords, how)


def is_a(value: Any, kind: str) -> bool:
    """True for a remote object with a class of this name among its bases, as "Module" or "torch.nn.Module"."""
    if not isinstance(value, Remote):
        return False
    wanted = kind.rpartition(".")[2]
    return any(base.rpartition(".")[2] == wanted for base in value._handle.bases)
