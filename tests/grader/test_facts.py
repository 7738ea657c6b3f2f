"""What a submission's process says of its training is hostile: nothing comes of it but a fault from the list."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.facts import EVIDENCE, LARGEST, Fact, Fault, is_training, read_facts
from grader.hints import told
from tests.grader.workshop import Judge

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
NAMES = sorted({name for names in EVIDENCE.values() for name in names})


def fact(fault: Fault = Fault.NAN_LOSS, line: object = 3, **values: object) -> dict[str, object]:
    return {"fault": fault.value, "line": line, "values": values}


def test_a_fact_arrives_as_it_was_sent():
    sent = Fact.of(Fault.BROADCAST_LOSS, 7, shape=(8, 1), table=(8, 8))
    assert read_facts([sent.to_dict()]) == (sent,)


@pytest.mark.parametrize(
    "told_of",
    [None, 3, "nan_loss", {"fault": "nan_loss"}, [None], [[]], [{}], [{"fault": "other", "values": {}}],
     [{"fault": ["nan_loss"], "values": {}}], [{"fault": "nan_loss"}], [{"fault": "nan_loss", "values": []}]],
)  # a table, read across  # fmt: skip
def test_what_is_no_fact_is_left_out(told_of: object):
    assert read_facts(told_of) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [("value", "<b>1</b>"), ("value", 10**400), ("value", True), ("value", [1.0]), ("other", 1.0), ("first", 1e301),
     ("number", -1), ("number", LARGEST + 1), ("number", 1.5), ("number", True)],
)  # a table, read across  # fmt: skip
def test_evidence_of_another_kind_is_left_out(name: str, value: object):
    assert read_facts([fact(**{name: value})]) == (Fact(Fault.NAN_LOSS, {}, 3),)


@pytest.mark.parametrize("layer", ["<script>", "dropout", "Dropout" * 99, 3])
def test_words_come_from_a_list(layer: object):
    assert read_facts([fact(Fault.LEFT_IN_EVAL, layer=layer)]) == (Fact(Fault.LEFT_IN_EVAL, {}, 3),)


@pytest.mark.parametrize("shape", [[1] * 9, [-1], ["1"], [10**13], 3, [[1]]])
def test_shapes_are_bounded(shape: object):
    assert read_facts([fact(Fault.BROADCAST_LOSS, shape=shape)]) == (Fact(Fault.BROADCAST_LOSS, {}, 3),)


@pytest.mark.parametrize("line", [0, -4, 10**7, "3", 2.0, True, None])
def test_a_line_that_is_none_is_left_out(line: object):
    assert read_facts([fact(line=line)]) == (Fact(Fault.NAN_LOSS, {}, None),)


def test_each_fault_counts_once_and_a_flood_has_an_end():
    assert read_facts([fact(value=1.0), fact(value=2.0)] * 1000) == (Fact.of(Fault.NAN_LOSS, 3, value=1.0),)


def test_a_number_that_is_none_is_told_as_such():
    hint = told(Fact.of(Fault.NAN_LOSS, number=4, value=math.nan, before=-math.inf))
    assert hint.evidence == (("loss at backward pass 4", "NaN"), ("loss one earlier", "-inf"))


@given(ANYTHING)
def test_nothing_that_is_said_breaks_the_reading(said: object):
    assert isinstance(read_facts(said), tuple)


@given(st.sampled_from(Fault), st.dictionaries(st.sampled_from(NAMES), ANYTHING), ANYTHING)
def test_whatever_is_read_can_be_told_in_plain_words(fault: Fault, values: dict[str, object], line: object):
    for found in read_facts([{"fault": fault.value, "values": values, "line": line}]):
        hint = told(found)
        shown = "".join(value for _, value in hint.evidence)
        assert len(shown) < 300
        assert set(shown) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789(), .+-")


def test_only_what_can_train_is_watched():
    assert is_training(["loss.backward()"])
    assert is_training(["", "import torch.optim"])
    assert not is_training(["def softmax(x):\n    return x.exp() / x.exp().sum()\n"])


TESTS = """
@test("shown", visible=True)
def shown(candidate):
    assert candidate.solve() == 2

@test("another", visible=True)
def another(candidate):
    assert candidate.solve() == 1
"""
FORGING = """
import sys
WORD = ".backward"
def solve():
    harness = sys._getframe(1)
    while "self" not in harness.f_locals or not hasattr(harness.f_locals["self"], "do_facts"):
        harness = harness.f_back
    type(harness.f_locals["self"]).do_facts = lambda self: {said}
    return 1
"""
HONEST = "WORD = '.backward'\ndef solve():\n    return 1\n"


@pytest.mark.parametrize(
    "said",
    ["'x' * 1_000_000", "[object()]",
     "[{}] * 10_000", "__import__('torch').zeros(3)", "1 / 0", "exit()",
     "[{'fault': 'nan_loss', 'values': {'loss': '<script>alert(1)</script>'}}]"],
)  # a table, read across  # fmt: skip
def test_a_forged_fact_changes_neither_verdict_nor_points(judge: Judge, said: str):
    forged, honest = judge(TESTS, FORGING.replace("{said}", said)), judge(TESTS, HONEST)
    assert [(test.verdict, test.points) for test in forged.tests] == [
        (test.verdict, test.points) for test in honest.tests
    ]
    assert "script" not in str(forged.hints)


def test_a_forged_fact_shows_its_author_a_wrong_hint_and_nothing_else(judge: Judge):
    said = "[{'fault': 'nan_loss', 'values': {'before': 1.0, 'other': 'x'}, 'line': 3}]"
    (hint,) = judge(TESTS, FORGING.replace("{said}", said)).hints
    assert hint == told(Fact.of(Fault.NAN_LOSS, 3, before=1.0))


@pytest.mark.parametrize(
    "said",
    ["__import__('os')._exit(0)", "__import__('os').write(3, b'x' * 1000)", "__import__('os').close(3)"],
)
def test_a_candidate_that_is_lost_over_its_facts_loses_its_later_tests_alone(judge: Judge, said: str):
    """What had been judged by then stays judged; the next test finds it gone."""
    result = judge(TESTS.replace("solve() == 2", "solve() == 1"), FORGING.replace("{said}", said))
    assert [test.verdict.value for test in result.tests] == ["AC", "RE"]
