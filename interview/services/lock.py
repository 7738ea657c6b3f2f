from interview.models import Interview


def lock(interview: Interview) -> Interview:
    """The interview's row as it is now, held until the transaction ends.

    Drafts, submissions and closing take turns here, so a draft on its way is either in what counts or refused.
    """
    return Interview.objects.select_for_update(no_key=True).get(pk=interview.pk)
