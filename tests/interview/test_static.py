"""What a deployment collects of scripts and styles."""

import gzip
from pathlib import Path

from django.core.management import call_command
from django.test import override_settings


def test_a_deployment_serves_scripts_and_styles_compressed(tmp_path: Path) -> None:
    with override_settings(STATIC_ROOT=tmp_path):
        call_command("collectstatic", interactive=False, verbosity=0)
    script = tmp_path / "build" / "workspace.js"
    small = script.with_suffix(".js.gz").read_bytes()
    assert gzip.decompress(small) == script.read_bytes()
    assert len(small) < script.stat().st_size / 2
