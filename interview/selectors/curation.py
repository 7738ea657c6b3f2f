"""The bank as those who look after it search it."""

import re
from dataclasses import dataclass, field

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Count, F, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce

from interview.models import Area, Item, Problem, Question, Release, Topic, User, WorkingCopy
from interview.models.question import Kind, Level, QuestionState
from interview.selectors.check import is_proven
from interview.selectors.question import visible_to

ORDERS = {
    "area": "By area",
    "title": "By title",
    "changed": "Last changed first",
    "served": "Most served first",
}
_FILTERS = {
    "area": "area",
    "kind": "kind",
    "level": "level",
    "state": "state",
    "covers": "covers__contains",
    "tag": "tags__contains",
}
_LISTS = {"covers", "tags"}


@dataclass(frozen=True)
class Asked:
    """What of the bank is wanted; an empty word lets all through."""

    search: str = ""
    area: str = ""
    kind: str = ""
    level: str = ""
    state: str = ""
    covers: str = ""
    tag: str = ""
    order: str = ""


@dataclass(frozen=True)
class Choice:
    """A value that a filter can have, and how many questions there would be with it."""

    value: str
    label: str
    count: int
    group: str = ""


@dataclass(frozen=True)
class Facet:
    """One filter: its name, its words, its values, and the one that is set."""

    name: str
    label: str
    everything: str
    chosen: str
    choices: list[Choice] = field(default_factory=list)

    @property
    def chosen_label(self) -> str:
        return next((choice.label for choice in self.choices if choice.value == self.chosen), self.chosen)


def search(user: User, asked: Asked) -> QuerySet[Question]:
    """The questions that are asked for, with what a row of the list shows of each."""
    return _ordered(_with_columns(_filtered(visible_to(user), asked)), asked)


def facets(user: User, asked: Asked) -> list[Facet]:
    """Every filter, each value counted among what the other filters let through."""
    names = (
        ("area", "Area", "All areas"),
        ("kind", "Kind", "All kinds"),
        ("level", "Level", "All levels"),
        ("state", "State", "Any state"),
        ("covers", "Covers", "All topics"),
        ("tag", "Tag", "Any tag"),
    )
    return [
        Facet(name, label, everything, getattr(asked, name), _choices(name, _counted(user, asked, name)))
        for name, label, everything in names
    ]


def _filtered(questions: QuerySet[Question], asked: Asked, but: str = "") -> QuerySet[Question]:
    for name, lookup in _FILTERS.items():
        wanted = getattr(asked, name)
        if wanted and name != but:
            questions = questions.filter(**{lookup: [wanted] if "contains" in lookup else wanted})
    return questions.filter(search=text_query(asked.search)) if _words(asked.search) else questions


_OPERATORS = re.compile(r'"|(^|\s)-\w|\sor\s', re.IGNORECASE)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def text_query(text: str) -> SearchQuery:
    """Every word of `text`, in another form or as the beginning of a longer one.

    With "quotation marks", a -minus before a word, or an `or`, it says exactly what is wanted, as on the web.
    """
    asked = SearchQuery(text, config="english", search_type="websearch")
    if _OPERATORS.search(text):
        return asked
    start = " & ".join(f"{word}:*" for word in _words(text))
    return asked | SearchQuery(start, config="simple", search_type="raw")


def _with_columns(questions: QuerySet[Question]) -> QuerySet[Question]:
    """Newest release, times served, open problems, and whether the working copy is ahead of the release."""
    newest = Release.objects.filter(question=OuterRef("pk")).order_by("-number")
    copy = WorkingCopy.objects.filter(question=OuterRef("pk"))
    columns = questions.select_related("area").annotate(
        release_number=Subquery(newest.values("number")[:1]),
        changed_at=Subquery(copy.values("changed_at")[:1]),
        served=_count(Item.objects.filter(release__question=OuterRef("pk")), "release__question"),
        open_problems=_count(Problem.objects.filter(question=OuterRef("pk"), answered_at=None), "question"),
        newest_hash=Subquery(newest.values("content_hash")[:1]),
        copy_hash=Subquery(copy.values("content_hash")[:1]),
    )
    return columns.annotate(is_ahead=Q(newest_hash__isnull=False) & ~Q(newest_hash=F("copy_hash")))


def _count(rows: QuerySet[Item] | QuerySet[Problem], by: str) -> Coalesce:
    """How many of `rows` there are, counted apart so that no join multiplies another."""
    return Coalesce(Subquery(rows.order_by().values(by).annotate(n=Count("pk")).values("n")), Value(0))


def _ordered(questions: QuerySet[Question], asked: Asked) -> QuerySet[Question]:
    by_area = ("area__position", "title", "slug")
    if not asked.order and _words(asked.search):
        rank = SearchRank(F("search"), text_query(asked.search))
        return questions.annotate(rank=rank).order_by("-rank", *by_area)
    orders = {"title": ("title", "slug"), "changed": ("-changed_at", "slug"), "served": ("-served", *by_area)}
    return questions.order_by(*orders.get(asked.order, by_area))


def _counted(user: User, asked: Asked, name: str) -> dict[str, int]:
    """How many questions there are for each value of one filter, all other filters being set."""
    questions = _filtered(visible_to(user), asked, but=name).order_by()
    column = "tags" if name == "tag" else name
    each = Func(F(column), function="unnest", output_field=TextField(), set_returning=True)
    value = each if column in _LISTS else F(column)
    return dict(questions.values_list(value).annotate(n=Count("pk")))


def _choices(name: str, counted: dict[str, int]) -> list[Choice]:
    if name == "tag":
        return [Choice(tag, tag, counted[tag]) for tag in sorted(counted)]
    if name == "area":
        return [Choice(area.slug, area.title, counted.get(area.slug, 0)) for area in Area.objects.all()]
    if name == "covers":
        topics = Topic.objects.select_related("area").order_by("area__position", "code")
        return [Choice(t.code, f"{t.code} {t.title}", counted.get(t.code, 0), t.area.title) for t in topics]
    words = {"kind": Kind, "level": Level, "state": QuestionState}[name]
    return [Choice(value, str(label), counted.get(value, 0)) for value, label in words.choices]


@dataclass(frozen=True)
class Standing:
    """Where a question stands: its files, its newest release, and whether those files may be published."""

    copy: WorkingCopy
    newest: Release | None
    is_proven: bool
    open_problems: int

    @property
    def is_ahead(self) -> bool:
        """Whether the working copy holds what no release has."""
        return self.newest is None or self.newest.content_hash != self.copy.content_hash


def standing(question: Question) -> Standing:
    """The files of neither copy nor release are read before they are asked for."""
    copy = WorkingCopy.objects.select_related("based_on", "changed_by").defer("files", "based_on__files")
    found = copy.get(question=question)
    return Standing(
        copy=found,
        newest=question.releases.defer("files").order_by("-number").first(),
        is_proven=is_proven(found.content_hash),
        open_problems=question.problems.filter(answered_at=None).count(),
    )
