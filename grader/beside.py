"""Running a function of the judge's own beside the submission: its source travels, its values stay where they are.

What it returns comes from the candidate's process like anything else, and is taken for hostile.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from typing import Any, TypeVar

from grader.candidate import Candidate

Function = TypeVar("Function", bound=Callable[..., Any])

_texts: dict[str, str] = {}


def travels(function: Function) -> Function:
    """Marks a function that can run beside the submission.

    Only its text goes there, so it imports what it needs inside itself, and holds nothing that a candidate may not
    read. The text is kept when the function is defined: a jailed judge has no source files.
    """
    text = textwrap.dedent(inspect.getsource(function))
    _texts[function.__qualname__] = text[text.index("def ") :]
    return function


def beside(candidate: Candidate, function: Callable[..., Any]) -> Any:
    """A handle on `function`, which is marked `@travels`, as it exists in the candidate's process."""
    return candidate.define_(_texts[function.__qualname__], function.__name__)
