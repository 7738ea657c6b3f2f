"""The command line: `python -m launcher run` and `python -m launcher exec`."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from launcher.execute import execute
from launcher.paths import TEST_DATA, DataFolder
from launcher.trouble import Trouble, from_os_error


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.action(options))
    except Trouble as trouble:
        return _explain(trouble)
    except OSError as error:
        if known := from_os_error(error):
            return _explain(known)
        raise
    except KeyboardInterrupt:
        return 130


def _explain(trouble: Trouble) -> int:
    print(f"\n{trouble.what}\n\n{trouble.fix}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m launcher", description="Start Forward Pass, or a command beside its services."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_exec(commands.add_parser("exec", help="run a command with a database and a Redis of its own"))
    return parser


def _add_exec(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, default=TEST_DATA, help=f"the folder for their data (default: {TEST_DATA})"
    )
    parser.add_argument("command", nargs="+", metavar="-- COMMAND", help="what to run")
    parser.set_defaults(action=_exec)


def _exec(options: argparse.Namespace) -> int:
    return execute(options.command, DataFolder(Path(os.path.abspath(options.data))))


if __name__ == "__main__":
    sys.exit(main())
