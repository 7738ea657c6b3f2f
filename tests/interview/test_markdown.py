"""Statements: readable, and unable to run or fetch anything."""

import pytest
from django.urls import reverse

from interview.markdown import render
from interview.models import Interview, Item, User
from interview.templatetags.prose import figure_base, statement
from tests.interview.test_api import SignIn


def test_maths_becomes_an_element_that_holds_its_source() -> None:
    assert '<span class="math inline">x_1 &lt; y</span>' in render("If $x_1 < y$ then")
    assert '<div class="math block">' in render("$$\n\\sum_i x_i\n$$")


def test_code_is_coloured_and_can_be_scrolled_by_keyboard() -> None:
    html = render("```python\ndef f(): ...\n```")
    assert '<pre class="code" tabindex="0">' in html
    assert '<span class="k">def</span>' in html


def test_code_of_an_unknown_language_is_shown_as_it_is() -> None:
    assert "&lt;b&gt;" in render("```nonsense\n<b>\n```")


def test_wide_tables_scroll_by_themselves() -> None:
    html = render("| a |\n|---|\n| 1 |")
    assert html.count('<div class="scroll" tabindex="0"><table class="table">') == 1
    assert html.count("</table></div>") == 1


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "[a](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "![x](https://elsewhere.example/beacon.png)",
        "![x](//elsewhere.example/beacon.png)",
        "![x](figures/../../secret)",
        "```<script>\nalert(1)\n```",
    ],
)
def test_hostile_markdown_is_shown_or_dropped_but_does_nothing(hostile: str) -> None:
    html = render(hostile, "/releases/1/figures/").lower()
    assert [
        mark
        for mark in ("<script", "<img src=x", 'href="javascript', 'src="http', 'src="//', "..")
        if mark in html
    ] == []


def test_a_figure_points_at_the_release_that_it_belongs_to(text_item: Item) -> None:
    base = figure_base(text_item.release)
    assert base == f"/releases/{text_item.release.pk}/figures/"
    assert f'src="{base}graph.svg"' in statement(text_item.release)


def test_a_figure_is_served_to_those_who_were_given_its_question(
    sign_in: SignIn, candidate: User, other_candidate: User, interviewer: User, text_item: Item
) -> None:
    address = reverse("figure", args=[text_item.release.pk, "graph.svg"])
    answers = [sign_in(user).get(address) for user in (candidate, other_candidate, interviewer)]
    assert [answer.status_code for answer in answers] == [200, 404, 200]
    assert answers[0]["Content-Type"] == "image/svg+xml"
    assert answers[0]["Content-Security-Policy"].endswith("sandbox")


@pytest.mark.parametrize("name", ["../solution.md", "missing.svg", "graph.svg/", "..%2frubric.yaml"])
def test_no_other_file_of_the_folder_can_be_asked_for(
    sign_in: SignIn, candidate: User, text_item: Item, name: str
) -> None:
    answer = sign_in(candidate).get(f"/releases/{text_item.release.pk}/figures/{name}")
    assert answer.status_code == 404


def test_a_stranger_sees_no_figure(client: object, running: Interview) -> None:
    release = running.items.first().release
    assert client.get(reverse("figure", args=[release.pk, "graph.svg"])).status_code == 302
