"""Formulas of answer keys: arithmetic, and nothing else of Python."""

import pytest

from grader.formula import FormulaError, evaluate


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("16 * params / 1e9", 112.0),
        ("2 ** 10", 1024.0),
        ("-(1 - 3)", 2.0),
        ("sqrt(16) + log2(8) + max(1, 2)", 9.0),
        (" ceil(params / 8e9) ", 1.0),
    ],
)
def test_a_formula_is_computed(formula: str, value: float):
    assert evaluate(formula, {"params": 7e9}) == value


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("", "is not a formula"),
        ("1 +", "is not a formula"),
        ("parms", "'parms' is not a variable of this question (variables: params)"),
        ("1 / 0", "divides by zero"),
        ("9 ** 9 ** 9", "cannot be computed"),
        ("(-8) ** 0.5", "is not a finite number"),
        ("1e999", "is not a finite number"),
        ("log(-1)", "cannot be computed"),
        ("sqrt()", "cannot be computed"),
        ("True", "numbers, not true or false"),
        ("params.real", "is not part of a formula"),
        ("__import__('os')", "is not part of a formula"),
        ("[1][0]", "is not part of a formula"),
        ("(lambda: 1)()", "is not part of a formula"),
        ("'a' * 9", "is not part of a formula"),
        ("max(1, key=2)", "is not part of a formula"),
        ("7 % 3", "is not part of a formula"),
        ("1" * 301, "at most 300 characters"),
        ("1" + "0" * 290 + ".0 ** 9", "cannot be computed"),
        ("(" * 150 + "1" + ")" * 149, "is not a formula"),
    ],
)
def test_what_is_no_arithmetic_is_refused(formula: str, message: str):
    with pytest.raises(FormulaError) as refusal:
        evaluate(formula, {"params": 7e9})
    assert message in str(refusal.value)
