"""What candidates would be served: a few draws of a template side by side, their coverage and their time."""

from dataclasses import dataclass

from interview.models import Area, Section, Template, Topic
from interview.selectors.draw import Draw, draw
from interview.selectors.pool import Entry, Stock

SAMPLES = 10


@dataclass(frozen=True)
class Sample:
    """One draw, by section."""

    made: Draw
    sections: list[tuple[Section, list[Entry]]]

    @property
    def seed(self) -> int:
        return self.made.seed

    @property
    def minutes(self) -> int:
        """What its questions say that they take together."""
        return self.made.minutes

    @property
    def entries(self) -> list[Entry]:
        return [entry for _, entry in self.made.rows]

    @property
    def topics(self) -> set[str]:
        return {code for entry in self.entries for code in entry.covers}


@dataclass(frozen=True)
class SectionTime:
    """Minutes of a section's questions, over the samples, beside what the section gives them."""

    section: Section
    least: int
    most: int

    @property
    def is_short(self) -> bool:
        """Whether some draw takes longer than the section has."""
        return bool(self.section.minutes) and self.most > (self.section.minutes or 0)


@dataclass(frozen=True)
class AreaCover:
    """How an area of the syllabus fares: in how many samples it is asked, and which of its topics are in any."""

    area: Area
    samples: int
    asked: list[Topic]
    never: list[Topic]


@dataclass(frozen=True)
class Preview:
    samples: list[Sample]
    times: list[SectionTime]
    areas: list[AreaCover]

    @property
    def least(self) -> int:
        return min(sample.minutes for sample in self.samples)

    @property
    def most(self) -> int:
        return max(sample.minutes for sample in self.samples)

    @property
    def differ(self) -> bool:
        """Whether candidates are served different questions at all."""
        return len({frozenset(sample.entries) for sample in self.samples}) > 1


def sample(template: Template, stock: Stock, seed: int) -> Sample:
    """One draw for somebody who was served nothing yet. Expects `selectors.template.composed`."""
    made = draw(template, stock, seed)
    by_section = [
        (section, [entry for index, entry in made.rows if index == place])
        for place, section in enumerate(template.sections.all())
    ]
    return Sample(made, by_section)


def preview(template: Template, stock: Stock, first_seed: int) -> Preview:
    """Draws with ten seeds in a row."""
    samples = [sample(template, stock, seed) for seed in range(first_seed, first_seed + SAMPLES)]
    return Preview(samples, _times(template, samples), _areas(samples))


def _times(template: Template, samples: list[Sample]) -> list[SectionTime]:
    spent = [
        [sum(entry.minutes for entry in entries) for _, entries in sample.sections] for sample in samples
    ]
    columns = zip(template.sections.all(), zip(*spent, strict=True), strict=True)
    return [SectionTime(section, min(minutes), max(minutes)) for section, minutes in columns]


def _areas(samples: list[Sample]) -> list[AreaCover]:
    covered = set().union(*(sample.topics for sample in samples))
    return [
        AreaCover(
            area=area,
            samples=sum(any(entry.area == area.slug for entry in sample.entries) for sample in samples),
            asked=[topic for topic in area.topics.all() if topic.code in covered],
            never=[topic for topic in area.topics.all() if topic.code not in covered],
        )
        for area in Area.objects.prefetch_related("topics")
    ]
