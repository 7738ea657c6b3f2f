"""Running a function of the judge's own beside the submission: its source travels, its values stay where they are.

What it returns comes from the candidate's process like anything else, and is taken for hostile.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from grader.candidate import Candidate, CandidateLost


def beside(candidate: Candidate, function: Callable[..., Any]) -> Any:
    """A handle on `function` as it exists in the candidate's process.

    Only the text of the function goes there, so it imports what it needs inside itself. It must hold nothing
    that a candidate may not read.
    """
    source = textwrap.dedent(inspect.getsource(function))
    request = candidate._connection.request
    names = request("get", request("module"), "__builtins__")
    if not isinstance(names, dict) or "exec" not in names:
        # A submission that took the built-in functions away has ended this conversation itself.
        raise CandidateLost("protocol")
    scope = request("keep", {})
    request("call", names["exec"], source, scope)
    return request("item", scope, function.__name__)


def module_of(candidate: Candidate) -> Any:
    """A handle on the module of the submission itself."""
    return candidate._connection.request("module")
