"""Formulas that authors write into `answer.yaml`: arithmetic on named numbers, and nothing else of Python."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping

#: Longer than any formula that a reader could follow; it also bounds what parsing costs.
MAX_LENGTH = 300

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_UNARY: dict[type[ast.unaryop], Callable[[float], float]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": abs,
    "ceil": math.ceil,
    "exp": math.exp,
    "floor": math.floor,
    "log": math.log,
    "log10": math.log10,
    "log2": math.log2,
    "max": max,
    "min": min,
    "round": round,
    "sqrt": math.sqrt,
}


class FormulaError(ValueError):
    """A formula that cannot be computed; the message says why."""


def evaluate(formula: str, names: Mapping[str, float]) -> float:
    """The finite value of `formula`, every number a float. Raises FormulaError.

    Floats throughout: whole numbers of Python grow without bound, and 9**9**9 would take the machine with it.
    """
    if len(formula) > MAX_LENGTH:
        raise FormulaError(f"a formula has at most {MAX_LENGTH} characters")
    try:
        value = _value(ast.parse(formula.strip(), mode="eval").body, names)
    except FormulaError:
        raise
    except SyntaxError as error:
        raise FormulaError(f"'{formula}' is not a formula") from error
    except ZeroDivisionError as error:
        raise FormulaError(f"'{formula}' divides by zero") from error
    except (ArithmeticError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise FormulaError(f"'{formula}' cannot be computed: {error}") from error
    if isinstance(value, complex) or not math.isfinite(value):
        raise FormulaError(f"'{formula}' is not a finite number")
    return value


def _value(node: ast.expr, names: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=bool()):
            raise FormulaError("a formula has numbers, not true or false")
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return _named(name, names)
        case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _UNARY:
            return _UNARY[type(sign)](_value(operand, names))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _BINARY:
            return _BINARY[type(sign)](_value(left, names), _value(right, names))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            return float(FUNCTIONS[name](*(_value(argument, names) for argument in arguments)))
    raise FormulaError(
        f"'{ast.unparse(node)}' is not part of a formula: use + - * / ** ( ) and {', '.join(FUNCTIONS)}"
    )


def _named(name: str, names: Mapping[str, float]) -> float:
    if name not in names:
        known = ", ".join(names) or "none"
        raise FormulaError(f"'{name}' is not a variable of this question (variables: {known})")
    return names[name]
