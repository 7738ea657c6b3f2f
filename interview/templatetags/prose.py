"""Filters and tags that turn stored text into what a page shows."""

from html import unescape

from django import template
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from interview.markdown import render, render_inline
from interview.models import Release

register = template.Library()


@register.simple_tag
def statement(release: Release) -> SafeString:
    """The statement of a release as its candidate sees it."""
    return render(release.statement, figure_base(release))


@register.simple_tag
def solution(release: Release) -> SafeString:
    """The layered model answer of a release."""
    return render(release.solution, figure_base(release))


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
    return reverse("figure", args=[release.pk, "x"]).removesuffix("x")
