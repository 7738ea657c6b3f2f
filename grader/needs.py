"""Do the groups that a question.yaml declares fit its tests?

Apart from `grader.groups`, which every judge loads: reading YAML has no place there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.errors import Problem
from grader.groups import Group
from grader.outline import TestOutline
from grader.yamlfile import line_of, suggestion

PATH, TESTS = "question.yaml", "grading/tests.py"


def group_problems(
    groups: Sequence[Group], tests: Sequence[TestOutline], content: bytes
) -> Iterator[Problem]:
    """What is wrong with the `groups` of a question.yaml with this content. Where some are declared, all are."""
    ids = [group.id for group in groups]
    used = list(dict.fromkeys(test.group for test in tests if test.group))
    for position, group in enumerate(groups):
        line = line_of(content, ["groups", position, "id"])
        if group.id in ids[:position]:
            yield Problem(PATH, line, f"a second group is called '{group.id}'", "rename one")
        if group.id not in used:
            hint = suggestion(group.id, used) or f'give a test group="{group.id}", or remove it'
            yield Problem(PATH, line, f"group '{group.id}' has no test", hint)
    for test in tests if groups else ():
        if test.group and test.group not in ids:
            hint = suggestion(test.group, ids) or f"known: {', '.join(ids)}"
            yield Problem(TESTS, test.line, f"group '{test.group}' is not among the groups of {PATH}", hint)
    for position, group in enumerate(groups):
        for place, need in enumerate(group.needs):
            line = line_of(content, ["groups", position, "needs", place])
            yield from _need_problems(groups, tests, group, need, line)


def _need_problems(
    groups: Sequence[Group], tests: Sequence[TestOutline], group: Group, need: str, line: int
) -> Iterator[Problem]:
    ids = [other.id for other in groups]
    before = [test for test in tests if (test.group if need in ids else test.name) == need]
    own = [test for test in tests if test.group == group.id]
    says = f"group '{group.id}' needs '{need}'"
    if not before:
        known = [*ids, *(test.name for test in tests)]
        hint = suggestion(need, known) or "name a group or a test"
        yield Problem(PATH, line, f"{says}, which is neither a group nor a test", hint)
    elif round_trip := _round_trip(groups, tests, group, need):
        yield Problem(PATH, line, f"{says}, and so needs itself: {' → '.join(round_trip)}", "remove one need")
    elif own and before[-1].line > own[0].line:
        hint = "tests run from top to bottom: move what is needed up"
        yield Problem(
            PATH, line, f"{says}, but the test '{before[-1].name}' stands after '{own[0].name}'", hint
        )


def _round_trip(groups: Sequence[Group], tests: Sequence[TestOutline], start: Group, need: str) -> list[str]:
    """The way from a need back to the group that has it, or nothing."""
    by_id = {group.id: group for group in groups}
    group_of = {test.name: test.group for test in tests}
    waiting, seen = [[start.id, need]], set()
    while waiting:
        way = waiting.pop()
        here = way[-1] if way[-1] in by_id else group_of.get(way[-1], "")
        if here == start.id:
            return way
        if here in by_id and here not in seen:
            seen.add(here)
            waiting += [[*way, further] for further in by_id[here].needs]
    return []
