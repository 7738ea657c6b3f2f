"""Where the terms of a rubric occur in an answer: cited, off until asked for, and never a mark by itself."""

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from interview.models import Interview, Item, Mark, Question, Release, Review, User
from interview.places import texts
from interview.selectors.coverage import LONGEST, MOST_FURTHER, Coverage, Piece, coverage, is_covered
from interview.selectors.report import Entry
from interview.services.draft import save_draft
from interview.services.interview import hand_in
from interview.services.practice import reveal_item, start_set
from interview.services.review import claim_review
from tests.interview.conftest import some_entries
from tests.interview.test_candidate_pages import release as released
from tests.interview.test_estimate import publish, sat_by

SignIn = Callable[[User], Client]
HTMX = {"HX-Request": "true"}
CHAIN, CACHE = "Backpropagation applies the chain rule backwards.", "It caches."
RUBRIC = "criteria:\n" + "".join(
    f"  - id: c{number}\n    tier: essential\n    points: 1\n    describe: Names it.\n    explain: It is named.\n"
    f"    terms: [cache OR keep, gradient]\n"
    for number in range(10)
)


def criterion(*terms: str, name: str = "a") -> Entry:
    return Entry(
        id=name,
        tier="good",
        points=1,
        describe="Says it.",
        explain="",
        reviewer_note="",
        met=None,
        reason="",
        step=None,
        entry=None,
        terms=list(terms),
    )


def covered(text: str, *terms: str) -> Coverage:
    return coverage([criterion(*terms)], {"text": text})["a"]


def marked(pieces: Sequence[Piece]) -> str:
    """A citation with what matched in brackets."""
    return "".join(f"[{piece.text}]" if piece.is_match else piece.text for piece in pieces)


def cited(found: Coverage) -> list[tuple[int, str]]:
    return [(place.number, marked(place.pieces)) for place in found.cited]


# What is found, and where


def test_a_phrase_is_found_in_its_order_alone(db: None) -> None:
    found = covered("A rule of the chain. The chain rule.", '"chain rule"')
    assert (found.found, found.missing, cited(found)) == (
        ['"chain rule"'],
        [],
        [(2, "The [chain] [rule].")],
    )


def test_words_are_found_in_other_forms(db: None) -> None:
    found = covered("What was cached is multiplied.", "cache OR keep", "multiplies")
    assert cited(found) == [(1, "What was [cached] is [multiplied].")]


def test_words_without_or_have_to_stand_in_one_sentence(db: None) -> None:
    assert cited(covered("A local one. The derivative.", "local derivative")) == []
    assert cited(covered("The derivative is local.", "local derivative")) == [
        (1, "The [derivative] is [local].")
    ]


def test_a_sentence_that_denies_it_is_found_as_well(db: None) -> None:
    assert cited(covered("It is not true that anything is cached.", "cache")) == [
        (1, "It is not true that anything is [cached].")
    ]


def test_what_does_not_occur_is_named(db: None) -> None:
    found = covered("Nothing of the kind.", "upstream OR incoming", "cache")
    assert found == Coverage([], ["upstream OR incoming", "cache"], [], [], has_more=False)


def test_the_place_with_most_terms_is_cited_and_the_others_are_linked(db: None) -> None:
    text = "A cache. An upstream. The upstream is cached. A cache again."
    found = covered(text, "cache", "upstream")
    assert cited(found) == [(3, "The [upstream] is [cached].")]
    assert found.further == [1, 2, 4]


def test_beyond_a_dozen_places_it_only_says_that_there_are_more(db: None) -> None:
    found = covered("It caches. " * 40, "cache")
    assert (found.further, found.has_more) == (list(range(2, 2 + MOST_FURTHER)), True)


def test_each_criterion_is_looked_for_by_itself(db: None) -> None:
    entries = [criterion("cache", name="a"), criterion("rule", name="b"), criterion(name="c")]
    found = coverage(entries, {"text": f"{CHAIN} {CACHE}"})
    assert {name: cited(one) for name, one in found.items()} == {
        "a": [(2, "It [caches].")],
        "b": [(1, "Backpropagation applies the chain [rule] backwards.")],
    }


def test_entries_are_places_too(db: None) -> None:
    answer = some_entries("Look at the labels.", "Sweep the learning rate.\nThen look again.")
    found = coverage([criterion('"learning rate"')], answer)["a"]
    assert cited(found) == [(2, "Sweep the [learning] [rate].\nThen look again.")]


def test_the_working_of_an_estimate_is_a_text(db: None) -> None:
    answer = {"estimate": "3 GB", "working": "Two bytes each."}
    assert cited(coverage([criterion("bytes")], answer)["a"]) == [(1, "Two [bytes] each.")]


def test_places_are_numbered_as_the_desk_numbers_them(db: None) -> None:
    text = "1. First cache. A second\nline, e.g. of a cache!\n\nThird? Cache."
    found = covered(text, "cache")
    assert [texts({"text": text})[number - 1] for number in [found.cited[0].number, *found.further]] == [
        "1. First cache.",
        "line, e.g. of a cache!",
        "Cache.",
    ]


def test_a_term_of_nothing_but_small_words_is_never_found(db: None) -> None:
    assert covered("It is not the one.", "not the").missing == ["not the"]


@pytest.mark.parametrize(
    "answer", [{"text": ""}, {"text": " \n "}, {"entries": []}, {"files": {"a.py": "cache"}}]
)
def test_without_words_nothing_is_asked(
    db: None, answer: dict[str, Any], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        found = coverage([criterion("cache")], answer)["a"]
    assert (found.missing, is_covered([criterion("cache")], answer)) == (["cache"], False)


def test_a_long_place_is_cut_to_what_stands_around_the_match(db: None) -> None:
    found = covered(f"{'word ' * 400}cache{' word' * 400}", "cache")
    ((_, text),) = cited(found)
    assert re.fullmatch(r"…word( word)* \[cache\]( word)* ?(w|wo|wor)?…", text)
    assert len(text) == LONGEST + len("……[]")


HOSTILE = [
    "cache-friendly self-supervised https://a.example/b?c=1&d me@a.example 1.5e-3 /a/b.py don't cache",
    "<script>alert('cache')</script> <b>cache</b>",
    "cache \x02not marked\x03 <mark>cache</mark>",
    "\u202ecache\u202c \u200bcache\ufeff &amp; \U0001f9e0 cache ẞ",
    "cache' OR 1=1; DROP TABLE interview_user; -- %s %(places)s $$ \\",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_citation_is_the_sentence_to_the_last_character(db: None, text: str) -> None:
    found = covered(text, "cache")
    (place,) = found.cited
    assert "".join(piece.text for piece in place.pieces) == texts({"text": text})[0]
    assert {piece.text for piece in place.pieces if piece.is_match} == {"cache"}


def test_ten_thousand_words_take_one_query_and_no_time(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    text = "The gradient that arrives from upstream is cached. " * 1250
    entries = [criterion("upstream", "gradient cache", '"chain rule"', name=f"c{n}") for n in range(10)]
    begin = time.monotonic()
    with django_assert_num_queries(1):
        found = coverage(entries, {"text": text})
    assert [(len(one.cited), len(one.further)) for one in found.values()] == [(1, MOST_FURTHER)] * 10
    assert time.monotonic() - begin < 5


# The desk


@pytest.fixture
def claimed(handed_in: Interview, interviewer: User) -> Review:
    return claim_review(handed_in, interviewer)


@pytest.fixture
def desk(sign_in: SignIn, interviewer: User, claimed: Review) -> Client:
    return sign_in(interviewer)


def page(answer: Any) -> str:
    return " ".join(unescape(answer.content.decode()).split())


def address(item: Item, query: str = "") -> str:
    return reverse("review_item", args=[item.interview_id, item.position]) + query


def slot(html: str, name: str) -> str:
    found = re.search(rf'<div id="coverage-of-{name}".*?</div>', html)
    assert found
    return found.group()


def test_it_is_off_until_it_is_asked_for(desk: Client, text_item: Item) -> None:
    html = page(desk.get(address(text_item)))
    assert "Where might this be said?" in html
    assert "It is coverage and no grade." not in html
    assert "<mark>" not in html
    assert "hidden" in slot(html, "chain-rule")


def test_what_is_found_stands_beside_its_criterion_and_links_to_its_sentence(
    desk: Client, text_item: Item
) -> None:
    html = page(desk.get(address(text_item, "?coverage=1")))
    beside = slot(html, "chain-rule")
    assert "applies the <mark>chain</mark> <mark>rule</mark> <mark>backwards</mark>." in beside
    assert '<a href="#place-1">Sentence 1</a>' in beside
    assert html.count('id="place-1"') == 1
    assert "None of its terms occurs" in slot(html, "cost")
    assert "It is coverage and no grade. A sentence that denies a thing is found as well" in html
    assert 'id="coverage-of-clarity"' not in html


def test_the_page_of_another_answer_is_off_again(desk: Client, text_item: Item) -> None:
    html = page(desk.get(address(text_item, "?coverage=1")))
    others = re.findall(r'href="(/review/[^"]*/\d+/[^"]*)"', html)
    assert [link for link in others if "coverage=1" in link] == []
    following = desk.post(address(text_item, "?coverage=1"), {"comment": ""})
    assert "coverage" not in following["Location"]


def test_it_keeps_what_is_asked_of_the_queue(desk: Client, text_item: Item) -> None:
    html = page(desk.get(address(text_item, "?question=explain-backpropagation")))
    assert 'href="?question=explain-backpropagation&coverage=1"' in html


def test_it_ticks_nothing_and_stores_nothing(desk: Client, text_item: Item) -> None:
    answer = desk.get(address(text_item, "?coverage=1"))
    form = answer.context["form"]
    assert (form.points(), [row for tier in form.tiers() for row in tier.rows if row.ticked]) == (0, [])
    assert 'name="met"' in answer.content.decode()
    assert " checked" not in re.sub(r'name="share"[^>]*', "", page(answer))
    assert Mark.objects.count() == 0


def test_what_was_typed_stays_when_it_could_not_be_saved(desk: Client, text_item: Item) -> None:
    answer = desk.post(address(text_item, "?coverage=1"), {"met": ["nonsense"], "why_cost": "A reason."})
    html = page(answer)
    assert answer.status_code == 422
    assert 'value="A reason."' in html
    assert "<mark>" in html


def test_asked_for_by_script_only_what_is_no_field_comes_back(desk: Client, text_item: Item) -> None:
    html = page(desk.get(address(text_item, "?coverage=1"), headers=HTMX))
    assert re.findall("<(?:input|textarea|select|form|html)", html) == []
    named = [entry["id"] for entry in text_item.release.rubric_entries() if entry["terms"]]
    assert re.findall('id="coverage-of-([^"]+)"', html) == named
    assert "Hide where it might be said" in html
    again = page(desk.get(address(text_item, "?coverage=0"), headers=HTMX))
    assert re.findall('id="coverage-of-([^"]+)"', again) == named
    assert ("<mark>" in again, "Where might this be said?" in again) == (False, True)


def test_code_is_not_searched(desk: Client, code_item: Item) -> None:
    assert "Where might this be said?" not in page(desk.get(address(code_item, "?coverage=1")))


def test_who_may_not_see_the_desk_is_refused(
    sign_in: SignIn, claimed: Review, text_item: Item, candidate: User, client: Client
) -> None:
    for headers in ({}, HTMX):
        theirs = sign_in(candidate).get(address(text_item, "?coverage=1"), headers=headers)
        assert theirs.status_code == 403
        assert client.get(address(text_item, "?coverage=1"), headers=headers).status_code != 200


def test_nobody_asks_it_of_an_answer_of_their_own(sign_in: SignIn, admin: User, bank: None) -> None:
    item = sat_by(admin, Question.objects.get(slug="explain-backpropagation"))
    save_draft(item, {"text": CHAIN}, 0)
    hand_in(item.interview, admin)
    assert sign_in(admin).get(address(item, "?coverage=1"), headers=HTMX).status_code == 403


def test_an_answer_that_nobody_took_shows_none_of_it(
    sign_in: SignIn, handed_in: Interview, text_item: Item, interviewer: User
) -> None:
    html = page(sign_in(interviewer).get(address(text_item, "?coverage=1")))
    assert ("Review this interview" in html, "coverage" in html) == (True, False)


def test_hostile_text_is_shown_as_text(
    sign_in: SignIn, interviewer: User, running: Interview, text_item: Item, candidate: User
) -> None:
    save_draft(text_item, {"text": "<img src=x onerror=alert(1)> cached <b>upstream</b> \u202e."}, 0)
    hand_in(running, candidate)
    claim_review(Interview.objects.get(pk=running.pk), interviewer)
    html = sign_in(interviewer).get(address(text_item, "?coverage=1")).content.decode()
    assert "&lt;img src=x onerror=alert(1)&gt; <mark>cached</mark>" in html
    assert "&lt;b&gt;<mark>upstream</mark>&lt;/b&gt; ⟨U+202E⟩." in html
    assert re.findall(r"<img src=x|<b>|\u202e", html) == []


def test_entries_are_cited_by_their_number(
    sign_in: SignIn, interviewer: User, kinds: Interview, entries_item: Item, candidate: User
) -> None:
    save_draft(entries_item, some_entries("Look at it.", "Count the labels of a batch."), 0)
    hand_in(kinds, candidate)
    claim_review(Interview.objects.get(pk=kinds.pk), interviewer)
    html = page(sign_in(interviewer).get(address(entries_item, "?coverage=1")))
    assert '<a href="#place-2">Entry 2</a>' in slot(html, "data")
    assert 'id="place-2"' in html


def test_the_working_of_an_estimate_is_cited_where_it_has_a_rubric(
    sign_in: SignIn, interviewer: User, candidate: User, bank: None
) -> None:
    item = sat_by(candidate, publish("training-memory", **{"rubric.yaml": RUBRIC.encode()}))
    save_draft(item, {"estimate": "1 GB", "working": "Gradients take two bytes. The rest is cached."}, 0)
    hand_in(item.interview, candidate)
    claim_review(Interview.objects.get(pk=item.interview_id), interviewer)
    html = page(sign_in(interviewer).get(address(item, "?coverage=1")))
    assert '<a href="#place-2">Sentence 2</a>' in slot(html, "c0")
    assert html.count('id="place-2"') == 1


def test_ten_criteria_take_as_many_queries_as_one(
    sign_in: SignIn, interviewer: User, candidate: User, other_candidate: User, bank: None
) -> None:
    one = RUBRIC[: RUBRIC.index("  - id: c1")]
    counts = []
    for slug, rubric, person in (("one", one, candidate), ("ten", RUBRIC, other_candidate)):
        item = sat_by(person, publish(slug, "conceptual", **{"rubric.yaml": rubric.encode()}))
        save_draft(item, {"text": f"{CHAIN} {CACHE}"}, 0)
        hand_in(item.interview, person)
        claim_review(Interview.objects.get(pk=item.interview_id), interviewer)
        client = sign_in(interviewer)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            html = page(client.get(address(item, "?coverage=1")))
        counts.append((len(queries), html.count("<mark>caches</mark>")))
    (few, once), (many, often) = counts
    assert (many, once, often) == (few, 1, 10)


# Authors see the terms, candidates never


def test_the_page_of_a_question_lists_the_terms_beside_their_criteria(
    sign_in: SignIn, admin: User, bank: None
) -> None:
    html = page(sign_in(admin).get(reverse("question", args=["explain-backpropagation"])))
    assert '<strong>Looked for on request:</strong> "chain rule" · upstream OR incoming OR arrives ·' in html


def terms_of(release: Release) -> list[str]:
    """The terms that can be told from ordinary words."""
    found = [term for entry in release.rubric_entries() for term in entry["terms"] if " OR " in term]
    assert len(found) > 10
    return found


def leaked(release: Release, shown: str) -> list[str]:
    return [term for term in terms_of(release) if term in unescape(shown) or json.dumps(term)[1:-1] in shown]


def test_no_term_reaches_the_pages_or_the_api_of_a_candidate(
    sign_in: SignIn, running: Interview, text_item: Item, candidate: User, interviewer: User
) -> None:
    web = sign_in(candidate)
    args = [running.pk, text_item.position]
    during = [
        reverse("item", args=args),
        reverse("api:interview", args=[running.pk]),
        reverse("api:interview_list"),
    ]
    during += [reverse("interview_finish", args=[running.pk]), reverse("interview_closed", args=[running.pk])]
    save_draft(text_item, {"text": f"{CHAIN} {CACHE}"}, 0)
    shown = [web.get(url).content.decode() for url in during]
    hand_in(running, candidate)
    released(Interview.objects.get(pk=running.pk), interviewer)
    after = [reverse("report", args=[running.pk]), reverse("api:interview", args=[running.pk])]
    shown += [web.get(url).content.decode() for url in after]
    assert [leaked(text_item.release, text) for text in shown] == [[]] * len(shown)
    assert "Says that backpropagation computes" in shown[-2]


def test_no_term_reaches_who_marks_their_own_practice(sign_in: SignIn, candidate: User, bank: None) -> None:
    question = Question.objects.get(slug="explain-backpropagation")
    practice = start_set(candidate, [question], "each")
    item = practice.items.get()
    save_draft(item, {"text": f"{CHAIN} {CACHE}"}, 0)
    reveal_item(item)
    for query in ("", "?coverage=1"):
        url = reverse("item", args=[practice.pk, item.position]) + query
        shown = sign_in(candidate).get(url).content.decode()
        assert "Mark yourself" in shown
        assert (leaked(item.release, shown), "coverage-of" in shown, "<mark>" in shown) == ([], False, False)


# The bank that ships


def rubrics() -> Iterator[tuple[str, Release]]:
    """The newest of each question that has one, by its slug."""
    found = Release.objects.filter(rubric__isnull=False).select_related("question")
    for release in found.order_by("question_id", "-number").distinct("question_id"):
        yield release.question.slug, release


def test_every_criterion_but_clarity_names_terms(bank: None) -> None:
    silent = {
        entry["id"] for _, release in rubrics() for entry in release.rubric["criteria"] if not entry["terms"]
    }
    assert silent == {"clarity"}


def test_each_term_has_a_word_to_look_for(bank: None) -> None:
    terms = sorted(
        {term for _, one in rubrics() for entry in one.rubric_entries() for term in entry["terms"]}
    )
    query = (
        "SELECT term FROM unnest(%s::text[]) AS term WHERE numnode(websearch_to_tsquery('english', term)) = 0"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [terms])
        assert cursor.fetchall() == []


def test_every_model_answer_covers_every_criterion_that_names_terms(bank: None) -> None:
    """What the best answer does not say in these words, nobody will."""
    uncovered = []
    for slug, release in rubrics():
        entries = [criterion(*entry["terms"], name=entry["id"]) for entry in release.rubric["criteria"]]
        found = coverage(entries, {"text": release.solution})
        uncovered += [(slug, name) for name, one in found.items() if not one.found]
    assert uncovered == []


def test_the_bank_of_texts_is_what_these_tests_read(bank: None) -> None:
    folders = {path.parent.name for path in Path(settings.BANK_DIR).glob("*/*/rubric.yaml")}
    assert {slug for slug, _ in rubrics()} == folders
