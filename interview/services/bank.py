"""Loading the bank that ships: areas, topics, the readiness checklist, questions, templates."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from grader import Question as Folder
from grader import QuestionError, ledger, load_question
from grader.schemas import schema
from grader.yamlfile import read_yaml
from interview.exceptions import InvalidRelease
from interview.models import Area, Proof, Release, Topic
from interview.models.question import QuestionState
from interview.selectors.check import is_proven
from interview.services.question import publish_release
from interview.services.readiness import load_readiness
from interview.services.sync import Outcome, bring_in
from interview.services.template_file import load_templates

HOW_TO_PROVE = "Run python -m grader check DIR --record, or press Check on its page."


@dataclass(frozen=True)
class Loaded:
    """What loading one question did."""

    slug: str
    release: int | None  # None: this content was published before, or is not to be
    told: str = ""  # what kept it from being published


def load_bank(root: Path) -> Iterator[Loaded]:
    """Bring the database up to the bank in `root`, a question at a time; what is there already stays as it is.

    A folder becomes a release only if no release of its question has this content: an edit made in the browser is not
    undone by the next start. What the bank's checks.json does not name stays a draft: nobody has proven it.
    """
    load_areas(_yaml(root, "areas"))
    load_readiness(root / "readiness.yaml")
    take_over_proofs(root)
    for path in sorted(root.glob("*/*/question.yaml")):
        yield load_folder(path.parent.name, _folder(path.parent))
    load_templates(root / "templates.yaml")


def _folder(path: Path) -> Folder:
    try:
        return load_question(path)
    except QuestionError as error:
        raise InvalidRelease(str(error)) from error


def _yaml(root: Path, name: str) -> dict[str, Any]:
    """`name`.yaml, which has a schema of the same name."""
    path = root / f"{name}.yaml"
    try:
        return read_yaml(str(path), path.read_bytes(), schema(name))
    except QuestionError as error:
        raise InvalidRelease(str(error)) from error


@transaction.atomic
def load_areas(document: dict[str, Any]) -> None:
    for position, area in enumerate(document["areas"]):
        Area.objects.update_or_create(
            slug=area["slug"],
            defaults={"title": area["title"], "signal": area["signal"], "position": position},
        )
    for topic in document["topics"]:
        Topic.objects.update_or_create(
            code=topic["id"], defaults={"area_id": topic["area"], "title": topic["title"]}
        )


def take_over_proofs(root: Path) -> None:
    """What checks.json of the bank records was proven where the bank was made; it is not proven again."""
    Proof.objects.bulk_create(
        (Proof(content_hash=each) for each in ledger.proven(root)), ignore_conflicts=True
    )


@transaction.atomic
def load_folder(slug: str, folder: Folder) -> Loaded:
    """Bring one question in step with its folder and publish it; what was edited in the browser or retired stays."""
    synced = bring_in(slug, folder)
    if synced.question is None:
        raise InvalidRelease(f"{slug}: {synced.told}")
    known = Release.objects.filter(question=synced.question, content_hash=folder.content_hash).exists()
    if known or not synced.is_in_step or synced.question.state == QuestionState.RETIRED:
        return Loaded(slug, None, "" if synced.outcome is Outcome.SAME else str(synced))
    if not is_proven(folder.content_hash):
        return Loaded(slug, None, f"{slug}: a draft, for no check has found it in order. {HOW_TO_PROVE}")
    release = publish_release(synced.question, folder, author=None, note="From the bank that ships")
    return Loaded(slug, release.number)
