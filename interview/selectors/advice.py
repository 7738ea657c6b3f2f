"""What to practise next: the areas that a report shows to be weakest, and where to practise them.

An area counts once all its answers have their points: an answer that nobody has marked says nothing. Those come first
whose share of points lies furthest below what the level expects; without a level, furthest below all points. What lies
at it (see `expectation.AROUND`) needs no advice.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from interview.models import Template, Topic, User
from interview.selectors import template as templates
from interview.selectors.draw import Draw, draw
from interview.selectors.expectation import Expectation, Standing, standing
from interview.selectors.pool import Entry, Stock, seen_by, stock
from interview.selectors.report import AreaScore, ItemReport, Report

GOALS = 3
TOPICS = 4  # of one goal: those that cost most
QUESTIONS = 5  # of one goal
SETS = 2  # of one goal


@dataclass(frozen=True)
class Goal:
    """An area to work on, why, and by what; `answers` is the number of those that this rests on."""

    score: AreaScore
    expectation: Expectation | None
    answers: int
    topics: list[Topic]
    questions: list[Entry]
    new: int  # how many of the questions its reader was never served
    sets: list[Template]

    @property
    def because(self) -> str:
        answers = "1 question" if self.answers == 1 else f"{self.answers} questions"
        reached = f"{self.score.percent} % of the points of {answers}"
        if self.expectation is None:
            return f"{reached}."
        return f"{reached}; {self.expectation} expects {self.score.expected_percent} %."

    @property
    def query(self) -> str:
        """What `practice_set` is asked for, so that it has these questions chosen."""
        return urlencode([("questions", entry.slug) for entry in self.questions])


@dataclass(frozen=True)
class Advice:
    """What to practise, or in `sentence` why there is nothing; with goals it says what is left out, if anything."""

    goals: list[Goal]
    sentence: str


@dataclass(frozen=True)
class Shelf:
    """What can be practised now, and who asks."""

    stock: Stock
    seen: Collection[int]
    sets: list[tuple[Template, Draw]]

    @classmethod
    def to(cls, reader: User) -> "Shelf":
        """In six queries, however large the bank is and however many sets there are."""
        entries, seen = stock(), seen_by(reader)
        drawn = [(template, draw(template, entries, 0, seen)) for template in templates.sets()]
        return cls(entries, seen, [(template, made) for template, made in drawn if not made.shortages])

    def goal(self, report: Report, score: AreaScore, answers: int, topics: list[Topic]) -> Goal:
        questions = self.questions(topics)
        return Goal(
            score=score,
            expectation=report.expectation,
            answers=answers,
            topics=topics,
            questions=questions,
            new=sum(entry.question not in self.seen for entry in questions),
            sets=self.sets_with(score.area.pk),
        )

    def questions(self, topics: Iterable[Topic]) -> list[Entry]:
        """Published ones that cover any of these topics: new ones first, then those that cover more of them."""
        wanted = {topic.code for topic in topics}
        fitting = [entry for entry in self.stock.entries if entry.covers & wanted and self._runs(entry)]
        fitting.sort(key=lambda entry: (entry.question in self.seen, -len(entry.covers & wanted), entry.slug))
        return fitting[:QUESTIONS]

    def _runs(self, entry: Entry) -> bool:
        return self.stock.has_gpu or not entry.needs_gpu

    def sets_with(self, area: str) -> list[Template]:
        """Those that ask or may draw questions of the area; those first that are most about it."""
        shares = [(_share(made, area), template) for template, made in self.sets]
        having = sorted((pair for pair in shares if pair[0]), key=lambda pair: -pair[0])
        return [template for _, template in having[:SETS]]


def _share(made: Draw, area: str) -> float:
    """Of the places of a set, how many a question of the area may have."""
    having = [seat for seat in made.seats if any(entry.area == area for entry in seat.pool)]
    return len(having) / len(made.seats) if made.seats else 0.0


def practise_next(report: Report) -> Advice:
    """For the candidate of the report. In a fixed number of queries; in none where there is nothing to say."""
    settled = [score for score in report.areas if score.is_settled]
    weak = sorted(filter(_is_weak, settled), key=_gap, reverse=True)[:GOALS]
    sentence = _sentence(report, settled, weak)
    return Advice(_goals(report, weak) if weak else [], sentence)


def _wanted(score: AreaScore) -> int:
    """In percent: what is expected, or everything where nothing is."""
    return 100 if score.expected_percent is None else score.expected_percent


def _gap(score: AreaScore) -> float:
    return (1.0 if score.expected is None else score.expected) - score.fraction


def _is_weak(score: AreaScore) -> bool:
    return standing(score.percent, _wanted(score)) == Standing.BELOW


def _sentence(report: Report, settled: Sequence[AreaScore], weak: Sequence[AreaScore]) -> str:
    if not settled:
        return "What to practise follows from the points, and in no area all answers have theirs yet."
    if len(settled) < len(report.areas):
        names = "Areas with answers that have no points yet are left out."
        return names if weak else f"Nothing stands out so far. {names}"
    if weak:
        return ""
    if report.expectation:
        return f"In no area you are below what {report.expectation} expects. Go on to what is new to you."
    return "You lost hardly a point in any area. Go on to what is new to you."


def _goals(report: Report, weak: Iterable[AreaScore]) -> list[Goal]:
    shelf = Shelf.to(report.interview.candidate)
    answers = {score: _answers(report, score) for score in weak}
    codes = {score: _costly(entries) for score, entries in answers.items()}
    known = Topic.objects.in_bulk({code for found in codes.values() for code in found})
    topics = {score: [known[code] for code in found if code in known] for score, found in codes.items()}
    return [shelf.goal(report, score, len(answers[score]), topics[score]) for score in weak]


def _answers(report: Report, score: AreaScore) -> list[ItemReport]:
    return [entry for entry in report.items if entry.item.release.question.area_id == score.area.pk]


def _costly(entries: Iterable[ItemReport]) -> list[str]:
    """The topics of the questions that lost points, those first that cost most."""
    lost: defaultdict[str, float] = defaultdict(float)
    for entry in entries:
        if missed := round(entry.max_points - entry.points, 2):
            for code in entry.item.release.covers:
                lost[code] += missed
    return sorted(lost, key=lambda code: -lost[code])[:TOPICS]
