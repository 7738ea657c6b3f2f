"""What PyTorch calls while a submission trains: its own global hooks, and its engine for the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import FrameType
from typing import Any

import torch
from torch import nn
from torch._C import _len_torch_dispatch_stack, _len_torch_function_stack
from torch._C._autograd import _profiler_enabled
from torch.autograd import Variable
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_pre_hook

from grader.facts import Fact
from grader.watch.call import Call
from grader.watch.gradients import Gradients
from grader.watch.graph import faults_near
from grader.watch.modes import Modes, kind_of
from grader.watch.parts import is_plain
from grader.watch.place import calling_frame, line_of

#: So many losses of a call have their graph looked at.
LOOKS = 3
#: Facts that are kept of one test.
MOST_FACTS = 64


class _Engine(type(Variable._execution_engine)):  # type: ignore[misc]  # PyTorch's class has no public name
    """PyTorch's own, which says when it runs. Every backward() and every autograd.grad comes through here."""

    watch: Watch

    def run_backward(self, outputs: Sequence[torch.Tensor], *arguments: Any, **options: Any) -> Any:
        self.watch.on_pass(outputs, arguments, options)
        found = super().run_backward(outputs, *arguments, **options)
        self.watch.after_pass(options)
        return found


def _keeps_graph(arguments: Sequence[Any]) -> bool:
    """`retain_graph`, as PyTorch hands it to its engine."""
    return len(arguments) > 1 and arguments[1] is True


def _unnoticed(action: Callable[..., None]) -> Callable[..., None]:
    """An observer whose failure ends the observing, and which does nothing where its own operations would be seen."""

    def observe(self: Watch, *arguments: Any) -> None:
        if self.is_off or _len_torch_dispatch_stack() or _len_torch_function_stack():
            return
        try:
            if not _profiler_enabled():
                action(self, *arguments)
        except Exception:  # noqa: BLE001 - whatever it was, the submission must not notice
            self.is_off = True

    return observe


class Watch:
    """The observers of one process, and what they have seen since they were last asked."""

    def __init__(self) -> None:
        self.is_off = False
        self._begin_test()

    def _begin_test(self) -> None:
        self._facts: list[Fact] = []
        self._gradients, self._modes, self._call = Gradients(), Modes(), Call()

    def install(self, sources: Iterable[str]) -> None:
        """Have PyTorch call it from now on, about layers only where one of these texts has some whose mode matters."""
        engine = _Engine()
        engine.watch = self
        Variable._execution_engine = engine
        register_optimizer_step_pre_hook(self.on_step)
        # With a hook every call of a module takes a slower way.
        if any(word in source for source in sources for word in ("Dropout", "BatchNorm")):
            register_module_forward_pre_hook(self.on_layer)

    def facts(self) -> list[dict[str, Any]]:
        """What was seen since the last time; begins anew."""
        found = [*self._gradients.facts(), *self._modes.facts(), *self._facts]
        is_off = self.is_off
        self._begin_test()
        return [] if is_off else [fact.to_dict() for fact in found]

    def calling(self, target: Callable[..., Any], given: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """Call the submission, and look at what the call has come to."""
        self._begin_call([*given, *named.values()])
        try:
            answer = target(*given, **named)
        except BaseException:
            self._end_call(None, True)
            raise
        self._end_call(answer, False)
        return answer

    @_unnoticed
    def _begin_call(self, given: Sequence[object]) -> None:
        self._call = Call(given)

    @_unnoticed
    def _end_call(self, answer: object, has_raised: bool) -> None:
        call, self._call = self._call, Call()
        self._keep(call.on_end(answer, has_raised=has_raised))

    def _keep(self, facts: Sequence[Fact] | Iterator[Fact]) -> None:
        for fact in facts:
            if len(self._facts) < MOST_FACTS:
                self._facts.append(fact)

    @_unnoticed
    def on_pass(self, outputs: Sequence[torch.Tensor], arguments: Any, options: Mapping[str, Any]) -> None:
        """Gradients of these outputs are about to be computed."""
        frame = calling_frame()
        if frame is None or len(outputs) != 1 or not is_plain(outputs[0]):
            return
        (loss,) = outputs
        if loss.numel() == 1:
            self._look(loss, frame)
        if options.get("accumulate_grad"):
            self._gradients.on_pass()
            self._modes.on_pass()
            self._call.on_pass(loss, _keeps_graph(arguments), frame)

    def _look(self, loss: torch.Tensor, frame: FrameType) -> None:
        self._call.looks += 1
        if self._call.looks <= LOOKS:
            faults = faults_near(loss)
            self._keep(Fact(fact.fault, fact.values, line_of(frame)) for fact in faults)
        # Asking a device for a number would make it wait.
        if loss.device.type == "cpu" and loss.dtype in (torch.float32, torch.float64):
            self._keep(self._call.on_loss(loss.item(), frame))

    @_unnoticed
    def after_pass(self, options: Mapping[str, Any]) -> None:
        """They have been."""
        if options.get("accumulate_grad"):
            self._gradients.after_pass(self._call)

    @_unnoticed
    def on_step(self, optimizer: Optimizer, arguments: Any, options: Mapping[str, Any]) -> None:
        """An optimizer is about to make a step. With a closure it will ask for gradients only then."""
        frame = calling_frame()
        if frame is None or len(arguments) > 1 or options:
            return
        self._call.on_step(optimizer)
        self._gradients.on_step(optimizer, self._call, frame)
        self._modes.on_step(optimizer, frame)

    def on_layer(self, layer: nn.Module, _: Any) -> None:
        """A layer is about to be called. Most make no difference, and are let through at once."""
        if kind_of(layer):
            self._on_mode_layer(layer)

    @_unnoticed
    def _on_mode_layer(self, layer: nn.Module) -> None:
        self._modes.on_layer(layer)
