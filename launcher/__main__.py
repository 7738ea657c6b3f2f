"""The command line: `python -m launcher run` and `python -m launcher exec`."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from launcher import linux
from launcher.execute import execute
from launcher.paths import DEFAULT_DATA, TEST_DATA, DataFolder
from launcher.preflight import parse_port
from launcher.run import run
from launcher.trouble import Trouble, from_os_error


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.with_parent:
        # However make ends, even by kill -9, the end is an orderly one.
        linux.die_with_parent(signal.SIGTERM)
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
    parser = argparse.ArgumentParser(prog="python -m launcher", description="Forward Pass on this machine.")
    parser.add_argument(
        "--with-parent", action="store_true", help="end when the process that started this one ends"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands.add_parser("run", help="start the whole product and keep it running"))
    _add_exec(commands.add_parser("exec", help="run a command with a database and a Redis beside it"))
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="the address to serve (default: %(default)s)")
    parser.add_argument("--port", default="8000", help="the port to serve (default: %(default)s)")
    _add_data(parser, DEFAULT_DATA)
    parser.set_defaults(action=_run)


def _add_exec(parser: argparse.ArgumentParser) -> None:
    _add_data(parser, TEST_DATA)
    parser.add_argument("command", nargs="+", metavar="-- COMMAND", help="what to run")
    parser.set_defaults(action=_exec)


def _add_data(parser: argparse.ArgumentParser, default: Path) -> None:
    parser.add_argument(
        "--data", type=Path, default=default, help="the folder of the services' data (default: %(default)s)"
    )


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))


def _run(options: argparse.Namespace) -> int:
    return run(options.host, parse_port(options.port), DataFolder(_absolute(options.data)))


def _exec(options: argparse.Namespace) -> int:
    root = _absolute(options.data)
    return execute(options.command, DataFolder(root, durable=root == DEFAULT_DATA))


if __name__ == "__main__":
    sys.exit(main())
