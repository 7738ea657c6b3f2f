from django.db.models import Count, Prefetch, QuerySet

from interview.models import Section, Template


def catalogue() -> QuerySet[Template]:
    """Templates that can be taken, with sections (and how many questions each has) ready to draw."""
    sections = Section.objects.annotate(questions=Count("slots"))
    return (
        Template.objects.filter(sections__slots__isnull=False)
        .distinct()
        .annotate(questions=Count("sections__slots", distinct=True))
        .prefetch_related(Prefetch("sections", queryset=sections))
    )
