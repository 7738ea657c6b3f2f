from django.db.models import Count, Prefetch, QuerySet

from interview.models import Section, Template


def catalogue() -> QuerySet[Template]:
    """Templates that can be taken, with sections (and how many questions each has) ready to draw.

    A count groups, and a grouped query forgets the order of its model: hence the two that are spelled out.
    """
    sections = Section.objects.annotate(questions=Count("slots")).order_by("position")
    return (
        Template.objects.filter(sections__slots__isnull=False)
        .distinct()
        .annotate(questions=Count("sections__slots", distinct=True))
        .order_by("title")
        .prefetch_related(Prefetch("sections", queryset=sections))
    )
