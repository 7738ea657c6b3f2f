"""Drawing questions: properties of the matching, and draws from the bank that ships."""

from collections.abc import Callable, Iterator
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from interview.models import Question, Release, Section, Slot, Template, User, Worker
from interview.models.question import QuestionState
from interview.models.template import TemplateState
from interview.selectors.draw import Draw, draw, match, short_groups
from interview.selectors.pool import pool, seen_by, stock
from interview.selectors.template import composed
from interview.services.interview import start_interview
from interview.services.worker import note_worker

SEEDS = st.integers(min_value=0, max_value=2**62)
POOLS = st.lists(st.sets(st.sampled_from("abcdefgh")), max_size=7)
Compose = Callable[..., Template]


@st.composite
def fillable(draw_value: DrawFn) -> list[set[str]]:
    """Pools around a solution that is hidden in them, so that they can be filled, though perhaps in one way only."""
    solution = draw_value(st.permutations("abcdefgh"))[: draw_value(st.integers(0, 8))]
    return [{own} | draw_value(st.sets(st.sampled_from("abcdefgh"), max_size=4)) for own in solution]


def most(pools: list[set[str]]) -> int:
    """How many can be seated, by the deficiency form of Hall's theorem: over all groups of seats."""
    groups = (group for size in range(len(pools) + 1) for group in combinations(pools, size))
    return len(pools) - max(len(group) - len(set().union(*group)) for group in groups)


@given(pools=POOLS, seed=SEEDS)
def test_nobody_is_seated_twice_or_outside_the_pool(pools: list[set[str]], seed: int) -> None:
    seated = match(pools, seed)
    chosen = [choice for choice in seated if choice is not None]
    assert len(set(chosen)) == len(chosen)
    assert all(choice in pools[seat] for seat, choice in enumerate(seated) if choice is not None)


@given(pools=POOLS, seed=SEEDS)
def test_as_many_are_seated_as_can_be(pools: list[set[str]], seed: int) -> None:
    seated = match(pools, seed)
    assert sum(choice is not None for choice in seated) == most(pools)


@given(pools=fillable(), seed=SEEDS)
def test_what_can_be_filled_is_filled_by_every_seed(pools: list[set[str]], seed: int) -> None:
    assert None not in match(pools, seed)


@given(pools=POOLS, seed=SEEDS)
def test_the_same_seed_draws_the_same_however_a_pool_is_listed(pools: list[set[str]], seed: int) -> None:
    assert match([sorted(pool) for pool in pools], seed) == match(
        [sorted(pool, reverse=True) for pool in pools], seed
    )


@given(pools=POOLS, seed=SEEDS)
def test_a_short_group_wants_more_than_it_has_and_no_two_groups_meet(
    pools: list[set[str]], seed: int
) -> None:
    seated = match(pools, seed)
    groups = short_groups(pools, seated)
    flat = [seat for group in groups for seat in group]
    assert len(set(flat)) == len(flat)
    assert {seat for seat, choice in enumerate(seated) if choice is None} <= set(flat)
    for group in groups:
        empty = sum(seated[seat] is None for seat in group)
        assert len(group) - len(set().union(*(pools[seat] for seat in group))) == empty


def test_every_question_of_a_pool_has_its_turn() -> None:
    drawn = {match([{"a", "b", "c", "d"}], seed)[0] for seed in range(100)}
    assert drawn == {"a", "b", "c", "d"}


# From the bank


@pytest.fixture
def compose(bank: None) -> Compose:
    """A template with one section of these slots."""

    def made(*slots: Slot, **words: object) -> Template:
        template = Template.objects.create(
            slug="drawn", title="Drawn", summary="By lot.", state=TemplateState.ACTIVE, **words
        )
        section = Section.objects.create(template=template, position=0, title="Lot", minutes=40)
        for position, slot in enumerate(slots):
            slot.section, slot.position = section, position
            slot.save()
        return composed().get(pk=template.pk)

    return made


def fixed(slug: str) -> Slot:
    return Slot(question=Question.objects.get(slug=slug))


def slugs(made: Draw) -> list[str]:
    return [entry.slug for _, entry in made.rows]


def filters() -> Iterator[tuple[Slot, str]]:
    yield Slot(area_id="optimizers"), "area"
    yield Slot(kinds=["coding", "choice"]), "kinds"
    yield Slot(levels=["senior"]), "levels"
    yield Slot(topics=["C3", "A5"]), "topics"
    yield Slot(minutes_from=20, minutes_to=25), "minutes"


@pytest.mark.parametrize("slot", [pytest.param(slot, id=name) for slot, name in filters()])
def test_a_filter_leaves_those_that_it_names_and_none_else(bank: None, slot: Slot) -> None:
    left, _ = pool(slot, stock())
    newest = Release.objects.order_by("question_id", "-number").distinct("question_id")
    wanted = {
        release.question.slug
        for release in newest.select_related("question")
        if slot.area_id in {None, release.question.area_id}
        and (not slot.kinds or release.kind in slot.kinds)
        and (not slot.levels or release.level in slot.levels)
        and (not slot.topics or set(release.covers) & set(slot.topics))
        and (slot.minutes_from or 0) <= release.minutes <= (slot.minutes_to or 999)
    }
    assert wanted
    assert {entry.slug for entry in left} == wanted


def test_a_tag_is_a_filter_too(bank: None) -> None:
    Question.objects.filter(slug="five-levers").update(tags=["warm-up", "old"])
    left, steps = pool(Slot(tags=["warm-up"]), stock())
    assert [entry.slug for entry in left] == ["five-levers"]
    assert [step.words for step in steps] == ["published", "tagged warm-up"]


def test_a_question_that_is_not_published_is_not_drawn(compose: Compose) -> None:
    Question.objects.exclude(slug="five-levers").update(state=QuestionState.RETIRED)
    template = compose(Slot())
    assert {tuple(slugs(draw(template, stock(), seed))) for seed in range(20)} == {("five-levers",)}


def only(*names: str) -> None:
    """Take every other question out of service, so that what is drawn does not depend on what else the bank holds."""
    Question.objects.exclude(slug__in=names).update(state=QuestionState.RETIRED)


def test_what_one_slot_names_another_does_not_draw(compose: Compose) -> None:
    only("stable-softmax", "explain-backpropagation")
    template = compose(Slot(topics=["C3", "B1"]), fixed("explain-backpropagation"))
    for seed in range(20):
        assert slugs(draw(template, stock(), seed)) == ["stable-softmax", "explain-backpropagation"]


def test_a_broad_slot_leaves_a_narrow_one_its_only_question(compose: Compose) -> None:
    """A greedy draw would take it away in some seeds, and fail a template that can be filled."""
    only("stable-softmax", "explain-backpropagation")
    template = compose(Slot(topics=["C3", "B1"]), Slot(topics=["C3"]))
    for seed in range(20):
        assert slugs(draw(template, stock(), seed)) == ["explain-backpropagation", "stable-softmax"]


def test_two_slots_that_share_too_few_questions_are_told_together(compose: Compose) -> None:
    only("stable-softmax", "five-levers")
    template = compose(Slot(topics=["C3"]), Slot(kinds=["coding"]), Slot(topics=["R1"]))
    [shortage] = draw(template, stock(), 0).shortages
    assert str(shortage) == (
        "Slot 1 of “Lot” and slot 2 of “Lot” want 2 questions together, and the same 1 fit them: "
        "2 published, 1 covering C3; 2 published, 1 Coding."
    )


def test_a_short_slot_says_how_many_each_filter_left(compose: Compose) -> None:
    Question.objects.exclude(area_id="architecture").update(state=QuestionState.RETIRED)
    template = compose(Slot(count=3, area_id="architecture", levels=["senior"], minutes_to=5))
    published = Question.objects.filter(state=QuestionState.PUBLISHED).count()
    seniors = len(pool(Slot(area_id="architecture", levels=["senior"]), stock())[0])
    [shortage] = draw(template, stock(), 0).shortages
    assert str(shortage) == (
        f"Slot 1 of “Lot” wants 3 questions and 0 can be drawn: {published} published, "
        f"{published} in Architectures, {seniors} senior, 0 at most 5 minutes."
    )


def test_only_what_is_new_to_the_candidate_is_drawn(
    compose: Compose, candidate: User, other_candidate: User
) -> None:
    only("stable-softmax", "explain-backpropagation")
    template = compose(Slot(topics=["C3", "B1"], unseen=True))
    start_interview(candidate, Template.objects.get(slug="first-interview"))
    assert len(seen_by(candidate)) == 2
    [shortage] = draw(template, stock(), 0, seen_by(candidate)).shortages
    assert "0 new to the candidate" in str(shortage)
    assert draw(template, stock(), 0, seen_by(other_candidate)).shortages == ()


def on_a_gpu(slug: str) -> None:
    """Another release of the question, which needs a GPU."""
    release = Release.objects.filter(question__slug=slug).latest("number")
    release.pk, release.number, release.device = None, release.number + 1, "gpu"
    release.save(force_insert=True)


def test_a_question_for_a_gpu_waits_for_a_worker_with_one(compose: Compose) -> None:
    on_a_gpu("stable-softmax")
    template = compose(fixed("stable-softmax"), Slot(topics=["C3"]))
    named, drawn = (str(shortage) for shortage in draw(template, stock(), 0).shortages)
    assert named == (
        "Slot 1 of “Lot” cannot be served: “A softmax that survives large scores” needs a GPU, and no worker with "
        "one has been seen. Start one on the queue gpu, or name another question."
    )
    assert "that need no GPU, since no worker with one has been seen" in drawn
    note_worker("gpu@here", ["gpu"])
    assert [str(shortage).partition(" ")[0] for shortage in draw(template, stock(), 0).shortages] == ["Slot"]
    assert slugs(draw(template, stock(), 0)) == ["stable-softmax"]


def test_a_worker_is_noted_once_for_a_queue_with_the_time_of_the_last(db: None) -> None:
    note_worker("cpu@here", ["cpu", "bulk"])
    first = Worker.objects.get(queue="cpu").seen_at
    note_worker("cpu@here", ["cpu"])
    assert Worker.objects.count() == 2
    assert Worker.objects.get(queue="cpu").seen_at > first


def test_an_interview_serves_what_its_seed_draws_and_keeps_the_rule(
    compose: Compose, candidate: User
) -> None:
    template = compose(Slot(count=3, levels=["junior", "mid"]), fixed("cnn-or-transformer"))
    interview = start_interview(candidate, template)
    served = [item.release.question.slug for item in interview.items.order_by("position")]
    assert served == slugs(draw(template, stock(), interview.seed))
    assert len(set(served)) == 4
    assert interview.plan["sections"][0]["slots"] == [
        {"draw": {"count": 3, "levels": ["junior", "mid"]}},
        {"question": "cnn-or-transformer"},
    ]
