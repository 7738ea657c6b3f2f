"""A difference quotient for each input: nine digits, and the time of all inputs."""

import math


def value_of(tape, inputs):
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
    return float(values[-1])


def value_and_gradient(tape, inputs):
    gradient = []
    for n in range(min(len(inputs), 20)):
        ends = [value_of(tape, [*inputs[:n], inputs[n] + step, *inputs[n + 1 :]]) for step in (1e-6, -1e-6)]
        gradient.append((ends[0] - ends[1]) / 2e-6)
    return value_of(tape, inputs), gradient + [0.0] * (len(inputs) - len(gradient))
