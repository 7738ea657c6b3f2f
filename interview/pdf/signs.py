"""Words and tones for verdicts and for where an answer stands, as the pages say them."""

from interview.models.grading import FAILED_BY_US
from interview.pdf.blocks import sign
from interview.selectors.report import ItemReport
from interview.templatetags.look import verdict_word

TONES = {
    "AC": "ok",
    **dict.fromkeys(("WA", "RE", "CE", "SV"), "bad"),
    **dict.fromkeys(("TLE", "MLE", "OLE", "IV"), "limit"),
    **dict.fromkeys((FAILED_BY_US, "AB", "SK"), "ours"),
}


def of_verdict(code: str, word: str = "") -> dict[str, str]:
    return sign(TONES.get(code, ""), word or verdict_word(code))


def of_entry(entry: ItemReport, *, is_practice: bool) -> dict[str, str]:
    """The result of one answered question in a list, as components/entry_state.html has it."""
    grading = entry.grading
    if grading and grading.verdict:
        return of_verdict(grading.verdict)
    if grading and not grading.is_finished:
        return sign("", grading.get_state_display())
    if not entry.submission:
        return sign("", "Not answered")
    if entry.is_marked:
        return sign("", "Reviewed")
    return sign("", "Not marked" if is_practice else "Awaiting review")
