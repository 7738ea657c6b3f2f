"""Loading the bank that ships."""

import json
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from grader import Grader, load_question
from grader.skeleton import skeleton
from interview.exceptions import InvalidRelease
from interview.models import Area, Proof, Question, Release, Template, Topic, User
from interview.models.question import QuestionState
from interview.selectors.template import catalogue
from interview.services import bank as banks
from tests.interview.curation import published


def test_the_syllabus_has_six_areas(bank: None) -> None:
    slugs = [area.slug for area in Area.objects.all()]
    assert slugs == [
        "backpropagation",
        "optimizers",
        "regularization",
        "architecture",
        "debugging",
        "deployment",
    ]


def test_every_topic_that_a_question_covers_is_in_the_syllabus(bank: None) -> None:
    covered = {code for release in Release.objects.all() for code in release.covers}
    assert covered <= set(Topic.objects.values_list("code", flat=True))


def test_loading_twice_publishes_once(bank: None) -> None:
    before = list(Release.objects.values_list("pk", flat=True))
    assert [loaded.release for loaded in banks.load_bank(settings.BANK_DIR)] == [
        None
    ] * Question.objects.count()
    assert list(Release.objects.values_list("pk", flat=True)) == before


def test_an_edit_made_in_the_browser_survives_the_next_start(bank: None, admin: User) -> None:
    question = Question.objects.get(slug="explain-backpropagation")
    published(question, admin, "Edited here.\n")
    list(banks.load_bank(settings.BANK_DIR))
    assert question.releases.first().statement == "Edited here.\n"


def test_the_shipped_interview_serves_text_and_code(template: Template) -> None:
    kinds = [slot.question.kind for section in template.sections.all() for slot in section.slots.all()]
    assert (template.minutes, kinds) == (45, ["conceptual", "coding"])


def test_a_template_that_names_an_unknown_question_says_so(bank: None, tmp_path: Path) -> None:
    section = {"title": "A", "minutes": 5, "navigation": "free", "slots": [{"question": "nowhere"}]}
    template = {"slug": "broken", "title": "Broken", "summary": "x", "sections": [section]}
    (tmp_path / "areas.yaml").write_text("areas: []\ntopics: []\n")
    (tmp_path / "templates.yaml").write_text(yaml.safe_dump({"templates": [template]}))
    with pytest.raises(InvalidRelease, match="there is no question 'nowhere'"):
        list(banks.load_bank(tmp_path))
    assert not Template.objects.filter(slug="broken").exists()


def test_a_folder_that_is_no_question_is_named_with_its_file(bank: None, tmp_path: Path) -> None:
    folder = tmp_path / "debugging" / "broken"
    folder.mkdir(parents=True)
    (folder / "question.yaml").write_text("titel: Misspelt\n")
    (tmp_path / "areas.yaml").write_text("areas: []\ntopics: []\n")
    with pytest.raises(InvalidRelease, match="broken"):
        list(banks.load_bank(tmp_path))


def test_a_key_that_no_bank_has_is_refused_with_its_line(bank: None, tmp_path: Path) -> None:
    (tmp_path / "areas.yaml").write_text("areas: []\ntopics: []\ntopcis: []\n")
    with pytest.raises(
        InvalidRelease, match=r"areas.yaml:3: unknown key 'topcis' \(did you mean 'topics'\?\)"
    ):
        list(banks.load_bank(tmp_path))


def test_the_catalogue_keeps_sections_in_their_order(bank: None, candidate: User) -> None:
    listed = {
        template.slug: [section.title for section in template.sections.all()]
        for template in catalogue(candidate)
    }
    composed = {
        template.slug: [section.title for section in template.sections.order_by("position")]
        for template in Template.objects.filter(timed=True).exclude(mode="practice")
    }
    assert listed == composed
    assert next(iter(listed)) == "first-interview"


@pytest.fixture
def small_bank(tmp_path: Path) -> Path:
    """A bank of one question that this database does not know, and that nobody has proven."""
    folder = tmp_path / "optimizers" / "a-new-one"
    for path, content in skeleton("optimizers", "a-new-one", "conceptual").items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (tmp_path / "areas.yaml").write_text("areas: []\ntopics: []\n")
    (tmp_path / "templates.yaml").write_text("templates: []\n")
    return tmp_path


def test_a_question_that_nobody_has_proven_is_loaded_as_a_draft(bank: None, small_bank: Path) -> None:
    (loaded,) = banks.load_bank(small_bank)
    assert (loaded.release, "no check has found it in order" in loaded.told) == (None, True)
    question = Question.objects.get(slug="a-new-one")
    assert (question.state, question.releases.count()) == (QuestionState.DRAFT, 0)


def test_a_question_that_the_bank_records_as_proven_is_published_at_once(
    bank: None, small_bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Grader, "judge", None)
    content = load_question(small_bank / "optimizers" / "a-new-one").content_hash
    entry = {"path": "optimizers/a-new-one", "checked": "2026-01-01", "summary": "all files hold"}
    (small_bank / "checks.json").write_text(json.dumps({content: entry}))
    (loaded,) = banks.load_bank(small_bank)
    assert (loaded.release, Proof.objects.get(content_hash=content).found_by) == (1, None)


def test_a_record_of_other_contents_proves_nothing(bank: None, small_bank: Path) -> None:
    entry = {"path": "optimizers/a-new-one", "checked": "2026-01-01", "summary": "all files hold"}
    (small_bank / "checks.json").write_text(json.dumps({"0" * 64: entry}))
    (loaded,) = banks.load_bank(small_bank)
    assert loaded.release is None
    assert "grader check" in loaded.told
