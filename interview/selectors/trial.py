from interview.models import Grading, Question


def trials_of(question: Question) -> dict[str, Grading]:
    """The trial of each example submission by its path, without the files that were tried."""
    found = Grading.objects.filter(trial_of=question).defer("trial_files", "files")
    return {grading.trial_path: grading for grading in found}
