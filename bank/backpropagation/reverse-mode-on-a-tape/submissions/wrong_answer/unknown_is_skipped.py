import math


def value_and_gradient(tape, inputs):
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
            values.append(0.0)

    slope = [0.0] * len(tape)
    slope[-1] = 1.0
    gradient = [0.0] * len(inputs)
    for k in range(len(tape) - 1, -1, -1):
        name, *rest = tape[k]
        g = slope[k]
        if name == "input":
            gradient[rest[0]] += g
        elif name == "add":
            slope[rest[0]] += g
            slope[rest[1]] += g
        elif name == "sub":
            slope[rest[0]] += g
            slope[rest[1]] -= g
        elif name == "mul":
            i, j = rest
            slope[i] += g * values[j]
            slope[j] += g * values[i]
        elif name == "div":
            i, j = rest
            slope[i] += g / values[j]
            slope[j] -= g * values[i] / values[j] ** 2
        elif name == "power":
            i, c = rest
            slope[i] += g * c * values[i] ** (c - 1)
        elif name == "exp":
            slope[rest[0]] += g * values[k]
        elif name == "log":
            slope[rest[0]] += g / values[rest[0]]
        elif name == "tanh":
            slope[rest[0]] += g * (1 - values[k] ** 2)
        elif name == "relu":
            slope[rest[0]] += g * (values[rest[0]] > 0)
    return float(values[-1]), gradient
