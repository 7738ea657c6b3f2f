"""Filters and tags that turn stored text into what a page shows."""

from html import unescape

from django import template
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from interview.markdown import render, render_inline
from interview.models import Release

register = template.Library()

EXAMPLE = 1  # the seed by which a question that is in no interview is shown


@register.simple_tag
def statement(release: Release, seed: int = EXAMPLE) -> SafeString:
    """The statement of a release as the candidate of an interview with this seed sees it."""
    return render(release.told(release.statement, seed), figure_base(release))


@register.simple_tag
def solution(release: Release, seed: int = EXAMPLE) -> SafeString:
    """The layered model answer of a release, with the values of an interview with this seed."""
    return render(release.told(release.solution, seed), figure_base(release))


@register.filter
def markdown(text: str) -> SafeString:
    """Text without figures."""
    return render(text)


@register.filter
def inline(text: str) -> SafeString:
    """One line of text, for places that hold no paragraphs."""
    return render_inline(text)


@register.filter
def plain(text: str) -> str:
    """The words alone, for places that hold no markup: names of buttons, entries of a list to choose from."""
    return unescape(strip_tags(render_inline(text)))


def figure_base(release: Release) -> str:
    """Where the pictures of its statement are; those of a release that is not saved are the working copy's."""
    if release.pk is None:
        return reverse("question_file", args=[release.question.slug, "figures/"])
    return reverse("figure", args=[release.pk, "x"]).removesuffix("x")
