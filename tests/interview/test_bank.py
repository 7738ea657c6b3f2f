"""Loading the bank that ships."""

from pathlib import Path

import pytest
import yaml
from django.conf import settings

from interview.exceptions import InvalidRelease
from interview.models import Area, Question, Release, Template, Topic, User
from interview.selectors.template import catalogue
from interview.services import bank as banks
from interview.services.question import publish_statement


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
    publish_statement(question, "Edited here.", admin, seen=1)
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


def test_the_catalogue_keeps_sections_in_their_order(bank: None) -> None:
    listed = {
        template.slug: [section.title for section in template.sections.all()] for template in catalogue()
    }
    composed = {
        template.slug: [section.title for section in template.sections.order_by("position")]
        for template in Template.objects.filter(timed=True)
    }
    assert listed == composed
    assert next(iter(listed)) == "first-interview"
