"""Everything that is imported once, in the forkserver, for all gradings: after it no library need be on disk."""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import sys
import sysconfig
import warnings
from collections.abc import Iterator

#: Slow to import or used by many answers.
MODULES = (
    "numpy",
    "numpy.linalg",
    "numpy.random",
    "numpy.testing",
    "torch",
    "torch.nn.functional",
    "torch.nn.utils.parametrizations",
    "torch.optim.lr_scheduler",
    "torch.optim.swa_utils",
    "torch.utils.data",
    "torch.multiprocessing",
    # The first optimizer imports this, which takes as long as torch itself.
    "torch._dynamo",
    "torch.fx",
    "torch.func",
    "torch.distributions",
    "torch.amp",
    "torch.ao.quantization",
    "abc argparse array ast base64 bisect builtins calendar cmath collections.abc colorsys",
    "concurrent.futures.thread concurrent.futures.process contextlib contextvars copy csv dataclasses",
    "datetime decimal difflib enum errno fractions functools gc getpass glob gzip hashlib heapq inspect",
    "io itertools json keyword linecache locale logging lzma bz2 math multiprocessing.pool",
    "multiprocessing.queues multiprocessing.resource_sharer multiprocessing.shared_memory",
    "multiprocessing.popen_fork multiprocessing.spawn multiprocessing.synchronize",
    "multiprocessing.reduction numbers operator os pathlib pickle pprint queue random re reprlib",
    "resource secrets select selectors shelve shutil signal socket sqlite3 statistics string struct",
    "subprocess sys sysconfig tempfile textwrap threading time timeit traceback types typing",
    "unicodedata unittest unittest.mock urllib.parse uuid warnings weakref zipfile zlib zoneinfo",
    "encodings.idna encodings.utf_8 encodings.latin_1 encodings.ascii",
)

OURS = (
    "grader.harness",
    "grader.judge_child",
    "grader.properties",
    "grader.testing",
    "grader.measuring",
    "grader.modules",
    "grader.printed",
    "grader.variants",
    "grader.importers.facts",
)


def everything() -> None:
    """Import it all, then run each kind of work once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for line in MODULES:
            for name in line.split():
                with contextlib.suppress(ImportError):
                    importlib.import_module(name)
        for name in _compiled_modules():
            # Some of a distribution's compiled modules need libraries that are not installed.
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    for name in OURS:
        importlib.import_module(name)
    _first_work()


def _compiled_modules() -> Iterator[str]:
    """The standard library's shared objects need system libraries that the jail does not show, so all are loaded."""
    folder = sysconfig.get_config_var("DESTSHARED")
    for module in pkgutil.iter_modules([folder] if folder else []):
        if not module.name.startswith(("_test", "_tkinter", "xx", "_xx", "ossaudiodev")):
            yield module.name


def _first_work() -> None:
    """One thread only, or the fork of a later grading could wait for ever for a thread that was not copied."""
    torch = sys.modules["torch"]
    torch.set_num_threads(1)
    # Asked here because the answer comes from /proc/cpuinfo, which gradings do not have.
    torch.backends.cpu.get_cpu_capability()
    layer = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
    optimizer = torch.optim.Adam(layer.parameters(), lr=1e-3)
    layer(torch.ones(2, 4)).sum().backward()
    optimizer.step()
    torch.nn.functional.conv2d(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 2, 2))
    # What the spares do again, each for its own pages: what they read is then in memory already, and shared.
    sys.modules["grader.judge_child"].warm_up()
    sys.modules["grader.harness"].warm_up()
    sys.modules["grader.forbidden"].note_places()
    if torch.cuda.is_initialized():
        raise RuntimeError("loading PyTorch initialised CUDA, which no fork survives")
