"""Recursion with a memory: right, and too deep for a long tape."""

import math

SLOPES = {
    "add": lambda a, b: (1.0, 1.0),
    "sub": lambda a, b: (1.0, -1.0),
    "mul": lambda a, b: (b, a),
    "div": lambda a, b: (1 / b, -a / b**2),
    "exp": lambda a: (math.exp(a),),
    "log": lambda a: (1 / a,),
    "tanh": lambda a: (1 - math.tanh(a) ** 2,),
    "relu": lambda a: (1.0 if a > 0 else 0.0,),
}


def values_of(tape, inputs):
    values = []
    for k, (name, *rest) in enumerate(tape):
        lines = rest[:1] if name == "power" else rest if name not in ("input", "constant") else []
        if any(line < 0 or line >= k for line in lines):
            raise ValueError(f"line {k} uses a line that is not an earlier one")
        v = [values[line] for line in lines]
        if name == "input":
            values.append(inputs[rest[0]])
        elif name == "constant":
            values.append(rest[0])
        elif name == "add":
            values.append(v[0] + v[1])
        elif name == "sub":
            values.append(v[0] - v[1])
        elif name == "mul":
            values.append(v[0] * v[1])
        elif name == "div":
            values.append(v[0] / v[1])
        elif name == "power":
            values.append(v[0] ** rest[1])
        elif name == "exp":
            values.append(math.exp(v[0]))
        elif name == "log":
            values.append(math.log(v[0]))
        elif name == "tanh":
            values.append(math.tanh(v[0]))
        elif name == "relu":
            values.append(max(0.0, v[0]))
        else:
            raise ValueError(f"unknown operation {name}")
    return values


def value_and_gradient(tape, inputs):
    values = values_of(tape, inputs)
    users = [[] for _ in tape]
    for line, (name, *rest) in enumerate(tape):
        if name == "power":
            users[rest[0]].append((line, rest[1] * values[rest[0]] ** (rest[1] - 1)))
        elif name not in ("input", "constant"):
            for source, local in zip(rest, SLOPES[name](*(values[source] for source in rest))):
                users[source].append((line, local))
    known = {len(tape) - 1: 1.0}

    def slope(line):
        if line not in known:
            known[line] = sum(local * slope(user) for user, local in users[line])
        return known[line]

    gradient = [0.0] * len(inputs)
    for line, (name, *rest) in enumerate(tape):
        if name == "input":
            gradient[rest[0]] += slope(line)
    return float(values[-1]), gradient
