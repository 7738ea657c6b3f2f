"""The command line of question authors, on the very path that the worker takes.

python -m grader new AREA/SLUG --kind KIND [--title TITLE] [--bank DIR]
python -m grader judge QUESTION_DIR SUBMISSION.py [--seed N] [--visible] [--json]
python -m grader check DIR... [--seeds N] [--json] [--record] [--new]
python -m grader hints DIR...
python -m grader record DIR...
python -m grader import kernelbench|deepml SOURCE DEST
python -m grader doctor [--json]

Exit status: 0 a verdict was reached (judge), everything holds (check, doctor); 1 something does not hold;
2 wrong usage, which includes a question folder that cannot be used; 3 a judge error.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from grader import report
from grader.check import ACCEPTED_SEEDS
from grader.errors import JudgeError, QuestionError, SandboxUnavailable, UnknownDevice
from grader.found import found_output
from grader.hint_table import hint_table
from grader.importers.command import add_command
from grader.judge import Grader
from grader.proving import prove
from grader.question import KINDS, load_question
from grader.region import OUTPUT
from grader.results import Verdict
from grader.sandbox.device import asked_for
from grader.sandbox.doctor import diagnose
from grader.skeleton import skeleton

OK, FAILED, USAGE, JUDGE_ERROR = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status = int(options.run(options))
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever read has seen enough (`| head`); the interpreter's own flush at exit must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except (QuestionError, UnknownDevice) as error:
        print(error, file=sys.stderr)
        return USAGE
    except (SandboxUnavailable, JudgeError) as error:
        print(
            f"Judge error: {error}\nRun 'python -m grader doctor' to see what this host lacks.",
            file=sys.stderr,
        )
        return JUDGE_ERROR


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m grader", description="Judge, check and diagnose.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    new = commands.add_parser("new", help="begin a question: a small one of its kind that works")
    new.add_argument("place", metavar="AREA/SLUG", help="its folder in the bank")
    new.add_argument("--kind", required=True, help=f"one of: {', '.join(KINDS)}")
    new.add_argument("--title", help="what people read in lists; without it the slug in words")
    new.add_argument(
        "--bank", type=Path, default=Path("bank"), metavar="DIR", help="the bank, bank by default"
    )
    new.set_defaults(run=_new)

    judge = commands.add_parser("judge", help="judge one submission")
    judge.add_argument("question", type=Path, help="question folder")
    judge.add_argument("submission", type=Path, help="Python file")
    judge.add_argument("--seed", type=int, help="draw the same inputs again")
    judge.add_argument("--visible", action="store_true", help="run the visible tests only")
    judge.add_argument("--json", action="store_true", help="print the result as JSON")
    judge.set_defaults(run=_judge)

    check = commands.add_parser("check", help="prove questions: their files, examples, limits and tests")
    check.add_argument(
        "folders", type=Path, nargs="+", metavar="DIR", help="question folder, or a folder of such"
    )
    check.add_argument(
        "--seeds", type=int, default=ACCEPTED_SEEDS, help="draws that accepted examples must pass"
    )
    check.add_argument("--json", action="store_true", help="print the reports as JSON")
    check.add_argument(
        "--record", action="store_true", help="note what holds in the bank's checks.json, so that it loads"
    )
    check.add_argument("--new", action="store_true", help="leave out what is noted there already")
    check.set_defaults(run=_check)

    hints = commands.add_parser("hints", help="say which hint each example submission gets")
    hints.add_argument(
        "folders", type=Path, nargs="+", metavar="DIR", help="question folder, or a folder of such"
    )
    hints.set_defaults(run=_hints)

    record = commands.add_parser("record", help="record what the script of a debug lab does as it was found")
    record.add_argument("folders", type=Path, nargs="+", metavar="DIR", help="question folder of a debug lab")
    record.set_defaults(run=_record)

    add_command(commands)

    doctor = commands.add_parser("doctor", help="say which protections this host gives")
    doctor.add_argument("--json", action="store_true", help="print the diagnosis as JSON")
    doctor.add_argument(
        "--device",
        metavar="cuda",
        help="try GPUs as well: cuda, or cuda:N; without it what GRADER_DEVICE says",
    )
    doctor.set_defaults(run=_doctor)
    return parser


def _new(options: argparse.Namespace) -> int:
    area, slash, slug = options.place.partition("/")
    if not slash:
        print(f"{options.place}: give area and name, as in optimizers/cosine-schedule", file=sys.stderr)
        return USAGE
    files = skeleton(area, slug, options.kind, options.title)
    folder = options.bank / area / slug
    if folder.exists():
        print(f"{folder} exists already; choose another name, or remove it", file=sys.stderr)
        return USAGE
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    print(f"{folder} holds {len(files)} files. Rewrite them, then run: python -m grader check {folder}")
    return OK


def _judge(options: argparse.Namespace) -> int:
    question = load_question(options.question)
    try:
        source = options.submission.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        print(f"{options.submission}: {error.strerror}", file=sys.stderr)
        return USAGE
    if not question.is_graded:
        print(f"{options.question}: a {question.kind} question is not graded by tests", file=sys.stderr)
        return USAGE
    with Grader(device=asked_for(os.environ)) as grader:
        result = grader.judge(
            question, question.answered(source), seed=options.seed, visible_only=options.visible
        )
    print(json.dumps(result.to_dict(), indent=2) if options.json else report.result(question, result))
    return JUDGE_ERROR if result.verdict is Verdict.JUDGE_ERROR else OK


def _check(options: argparse.Namespace) -> int:
    held = prove(
        options.folders,
        seeds=options.seeds,
        as_json=options.json,
        record=options.record,
        only_new=options.new,
    )
    return OK if held else FAILED


def _hints(options: argparse.Namespace) -> int:
    with Grader() as grader:
        for line in hint_table(options.folders, grader):
            print(line, flush=True)
    return OK


def _record(options: argparse.Namespace) -> int:
    with Grader(device=asked_for(os.environ)) as grader:
        for folder in options.folders:
            text = found_output(load_question(folder), grader)
            (folder / OUTPUT).write_text(text, "utf-8")
            print(f"{folder / OUTPUT} holds {len(text.splitlines())} lines.", flush=True)
    return OK


def _doctor(options: argparse.Namespace) -> int:
    asked = os.environ if options.device is None else {"GRADER_DEVICE": options.device}
    diagnosis = diagnose(asked_for(asked))
    print(json.dumps(diagnosis.to_dict(), indent=2) if options.json else report.diagnosis(diagnosis))
    return OK if diagnosis.ok else FAILED


if __name__ == "__main__":
    sys.exit(main())
