"""Interviews in every state, and the pages that show them.

What reads whole pages (the accessibility checks, the screenshots) needs them all at once: one interview that runs, one
that awaits review, one that is released.
"""

import re
from dataclasses import dataclass

from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page, expect

from tests.e2e.product import Product, until
from tests.e2e.walk import CORRECT, NAIVE, TEXT, Sender, interview_of, sign_in, training

PASSWORD = "a long enough password"
EMAIL = "story@demo.invalid"
PRACTISER = "admin@demo.invalid"


@dataclass(frozen=True)
class View:
    """One page: who opens it, where, and what has to be there before it is looked at."""

    role: str
    path: str
    ready: str = "h1"
    opens: str = ""  # what is clicked first


# `{running}`, `{waiting}` and `{released}` stand for the ids of the three interviews.
VIEWS = {
    "sign-in": View("nobody", "/sign-in/"),
    "catalogue": View("candidate", "/interviews/"),
    "menu": View("candidate", "/interviews/", opens="details.menu summary", ready="details.menu[open]"),
    "start": View("newcomer", "/interviews/start/first-interview/"),
    "history-empty": View("newcomer", "/interviews/mine/"),
    "history": View("candidate", "/interviews/mine/"),
    "question-text": View("candidate", "/interviews/{running}/1/", ready="#answer"),
    "question-code": View("candidate", "/interviews/{running}/2/", ready="#result .verdict"),
    "question-code-reset": View(
        "candidate", "/interviews/{running}/2/", opens="[data-open='#reset']", ready="dialog[open]"
    ),
    "map": View("candidate", "/interviews/{running}/1/", opens="#map summary", ready="#map nav"),
    "notes": View("candidate", "/interviews/{running}/1/", opens="summary:text-is('Notes')", ready="#notes"),
    "notes-page": View("candidate", "/interviews/{running}/notes/", ready="#notes"),
    "timeline": View("candidate", "/interviews/{running}/2/earlier/", ready=".timeline"),
    "version": View("candidate", "/interviews/{running}/1/earlier/", opens=".timeline a", ready="#whole"),
    "runs": View("candidate", "/interviews/{running}/2/runs/", ready=".cards"),
    "run": View("candidate", "/interviews/{running}/2/runs/{second_run}/", ready="#whole"),
    "run-output": View(
        "candidate",
        "/interviews/{running}/2/runs/{second_run}/",
        opens="[role=tab][href='#output']",
        ready=".laying",
    ),
    "runs-compared": View(
        "candidate",
        "/interviews/{running}/2/runs/compare/?a={first_run}&b={second_run}",
        ready=".on-log .was",
    ),
    "runs-told": View("candidate", "/interviews/{released}/2/runs/", ready=".cards"),
    "finish": View("candidate", "/interviews/{running}/finish/"),
    "closed": View("candidate", "/interviews/{waiting}/closed/", ready="#counting"),
    "report": View("candidate", "/interviews/{released}/report/"),
    "progress": View("candidate", "/progress/", ready=".multiples svg"),
    "progress-open": View(
        "candidate", "/progress/", opens=".ready li:first-child summary", ready=".ready details[open]"
    ),
    "progress-empty": View("newcomer", "/progress/"),
    "progress-practice": View("practiser", "/progress/", ready=".ready"),
    "practice": View("practiser", "/practice/"),
    "practice-set": View("practiser", "/practice/set/?area=debugging"),
    "practice-rehearse": View("practiser", "/practice/rehearse/first-interview/"),
    "practice-question": View("practiser", "/interviews/{rehearsing}/2/", ready="#help"),
    "question-entries": View("practiser", "/interviews/{entries}/1/", ready="form[data-draft-form]"),
    "question-choice": View("practiser", "/interviews/{choice}/1/", ready="form[data-draft-form]"),
    "question-estimate": View("practiser", "/interviews/{estimate}/1/", ready="#estimate"),
    "practice-estimate": View("practiser", "/interviews/{estimated}/1/", ready="form.crit"),
    "practice-show": View("practiser", "/interviews/{rehearsing}/2/answer/"),
    "practice-answer": View("practiser", "/interviews/{practised}/1/", ready="form.crit"),
    "practice-paused": View("practiser", "/interviews/{paused}/1/"),
    "practice-report": View("practiser", "/interviews/{practised}/report/"),
    "practice-history": View("practiser", "/interviews/mine/"),
    "practice-closed": View("candidate", "/practice/"),
    "self-assessment-before": View("practiser", "/interviews/{unread}/self-assessment/"),
    "self-assessment": View("practiser", "/interviews/{assessing}/self-assessment/", ready="fieldset"),
    "self-assessment-finished": View("practiser", "/interviews/{assessed}/self-assessment/", ready=".marks"),
    "forbidden": View("candidate", "/review/"),
    "not-found": View("candidate", "/nowhere/"),
    "queue": View("interviewer", "/review/"),
    "queue-second-looks": View("interviewer", "/review/second-looks/"),
    "queue-questions": View("interviewer", "/review/questions/"),
    "desk-text": View("interviewer", "/review/{waiting}/1/", ready="form.crit"),
    "desk-code": View("interviewer", "/review/{waiting}/2/", ready="form.crit"),
    "desk-playback": View("interviewer", "/review/{waiting}/2/playback/", ready="#moment"),
    "desk-run": View("interviewer", "/review/{waiting}/2/run/", ready=".cm-content"),
    "release": View("interviewer", "/review/{waiting}/release/", ready="#id_recommendation"),
    "desk-handed-over": View("interviewer", "/review/{twice}/1/", ready="#handed-over"),
    "desk-settling": View("admin", "/review/{twice}/1/", ready=".voices"),
    "release-settling": View("admin", "/review/{twice}/release/", ready="#two"),
    "two-opinions": View("admin", "/review/{twice}/opinions/"),
    "agreement": View("admin", "/review/agreement/", ready=".table"),
    "admin-queue": View("admin", "/review/"),
    "people": View("admin", "/people/"),
    "people-invite": View("admin", "/people/invite/"),
    "people-import": View("admin", "/people/import/"),
    "person": View("admin", "/people/1/"),
    "interviews": View("admin", "/people/interviews/"),
    "interview-time": View("admin", "/people/interviews/{waiting}/"),
    "interview-running": View("admin", "/people/interviews/{running}/", ready="#id_minutes"),
    "practice-section-clock": View("practiser", "/interviews/{one_way}/1/", ready="[data-clock-overall]"),
    "person-time": View("admin", "/people/1/time/"),
    "person-recusals": View("admin", "/people/{story}/recusals/", ready=".history"),
    "person-scheduled": View("admin", "/people/{story}/"),
    "person-schedule": View("admin", "/people/{story}/schedule/"),
    "templates": View("admin", "/templates/"),
    "template-new": View("admin", "/templates/new/"),
    "template": View("admin", "/templates/{draft}/", ready="#drawn"),
    "template-settings": View("admin", "/templates/{draft}/settings/"),
    "template-section": View("admin", "/templates/{draft}/sections/{section}/"),
    "template-slot": View("admin", "/templates/{draft}/slots/{slot}/", ready="#matching"),
    "template-preview": View("admin", "/templates/{draft}/preview/", ready="#draws"),
    "practice-one-way": View("practiser", "/interviews/{one_way}/1/on/"),
    "practice-ahead": View("practiser", "/interviews/{one_way}/2/"),
    "password-forgotten": View("nobody", "/password/forgotten/"),
    "offline": View("nobody", "/offline/"),
    "questions": View("admin", "/questions/"),
    "question-detail": View("admin", "/questions/stable-softmax/"),
    "problem-report": View(
        "candidate",
        "/interviews/{running}/1/",
        opens="summary:has-text('Report a problem')",
        ready=".beside form",
    ),
    "problem-page": View("candidate", "/interviews/{running}/1/problem/"),
    "problem-draft": View("admin", "/questions/stable-softmax/problem/"),
    "problems": View("admin", "/problems/"),
    "problem": View("admin", "/problems/1/"),
    "problems-mine": View("candidate", "/problems/mine/"),
    "questions-found": View("admin", "/questions/?search=gradient&kind=coding"),
    "questions-none": View("admin", "/questions/?search=xyzzy"),
    "question-edit": View("admin", "/questions/explain-backpropagation/edit/", ready=".cm-content"),
    "question-inside": View(
        "admin",
        "/questions/explain-backpropagation/edit/",
        opens="[role=tab][href='#inside']",
        ready="#inside .crit",
    ),
    "question-examples": View(
        "admin",
        "/questions/stable-softmax/edit/?file=grading/tests.py",
        opens="[href='#trials']",
        ready="#trial-list",
    ),
    "question-check": View(
        "admin", "/questions/stable-softmax/edit/", opens="[href='#check']", ready="#check-report"
    ),
    "question-preview": View("admin", "/questions/stable-softmax/preview/"),
    "question-change": View(
        "admin", "/questions/stable-softmax/history/", opens=".timeline a", ready=".diff"
    ),
    "question-history": View("admin", "/questions/stable-softmax/history/"),
    "question-compare": View("admin", "/questions/stable-softmax/compare/"),
    "question-publish": View("admin", "/questions/stable-softmax/publish/"),
    "question-restore": View("admin", "/questions/stable-softmax/restore/1/"),
    "question-rubric": View("admin", "/questions/cnn-or-transformer/rubric/", ready="#moving-answers"),
    "question-rubric-same": View("admin", "/questions/stable-softmax/rubric/", ready=".empty"),
    "question-rubric-asked": View(
        "admin",
        "/questions/cnn-or-transformer/rubric/",
        opens="button[value=sent_back]",
        ready="#id_reason",
    ),
    "rubric-read": View("interviewer", "/questions/cnn-or-transformer/rubric/", ready="#moving-answers"),
    "question-retire": View("admin", "/questions/stable-softmax/retire/"),
    "question-new": View("admin", "/bank/new/"),
    "question-import": View("admin", "/bank/import/"),
}

# A release with the same files, which are proven, and another rubric: a criterion for more points, one in other words,
# one that is new and one that is gone. Of a question that no other walk meets, for a release stays.
CHANGED_RUBRIC = """
INSERT INTO interview_release (
    rubric, rubric_points, number, question_id, content_hash, author_id, note, created_at, files, title, kind, level,
    minutes, covers, statement, solution, device, starter, limits, forbid, choice, estimate, automatic_points
)
SELECT jsonb_set(jsonb_set(jsonb_set(jsonb_set(
        rubric, '{criteria,0,points}', '3'),
        '{criteria,1,describe}', '"Says where the weights come from, and what that saves."'),
        '{criteria,2,id}', '"figures"'),
        '{red_flags,0,points}', '-2'),
    rubric_points + 3 - (rubric #>> '{criteria,0,points}')::float, number + 1, question_id, content_hash, author_id,
    'The first criterion weighs more.', now(), files, title, kind, level, minutes, covers, statement, solution, device,
    starter, limits, forbid, choice, estimate, automatic_points
FROM interview_release
WHERE question_id = (SELECT id FROM interview_question WHERE slug = %s)
ORDER BY number DESC LIMIT 1
"""


class Story:
    """The interviews, and one browser for each person who looks at them."""

    def __init__(self, browser: Browser, product: Product, **options: object) -> None:
        self.browser, self.product, self.options = browser, product, options
        self.pages: dict[str, Page] = {}
        self.interviews: dict[str, str] = {}

    def tell(self) -> "Story":
        """Three interviews, made by what the pages would send."""
        candidate, interviewer = Sender(self.page("candidate")), Sender(self.page("interviewer"))
        self.interviews["released"] = examined(candidate, NAIVE)
        assess(candidate, self._to_assess(self.interviews["released"]), "1", "2")
        mark(interviewer, self.interviews["released"])
        release(interviewer, self.interviews["released"])
        self.interviews["waiting"] = examined(candidate, CORRECT)
        mark(interviewer, self.interviews["waiting"])
        self.interviews["twice"] = examined(candidate, CORRECT)
        self._marked_twice(self.interviews["twice"], interviewer)
        weighed(candidate, interviewer)
        self.interviews["running"] = answered(candidate, NAIVE)
        self.interviews |= trained(candidate, self.interviews["running"])
        self.interviews |= self._assessed(Sender(self.page("practiser")))
        self.interviews |= practised(Sender(self.page("practiser")))
        self.interviews |= composed(Sender(self.page("admin")))
        self.interviews["story"] = self._scheduled(Sender(self.page("admin")))
        self._kept_away(Sender(self.page("admin")), self.interviews["story"])
        report_problems(candidate, Sender(self.page("admin")), self.interviews["running"])
        self.product.execute(CHANGED_RUBRIC, "cnn-or-transformer")
        return self

    def _assessed(self, person: Sender) -> dict[str, str]:
        """Self-assessments that are not begun, begun and finished, of somebody who is in no interview meanwhile."""
        unread, assessing, assessed = (self._to_assess(written(person)) for _ in range(3))
        assess(person, assessing, "1", "2")
        assess(person, assessed, "1", "4", action="finish")
        return {"unread": unread, "assessing": assessing, "assessed": assessed}

    def _to_assess(self, interview: str) -> str:
        """The interview, as if its template let candidates mark themselves."""
        allowed = (
            """UPDATE interview_interview SET plan = plan || '{"self_assessment": true}' WHERE id = %s"""
        )
        self.product.execute(allowed, interview)
        return interview

    def _scheduled(self, admin: Sender) -> str:
        """The id of the candidate, for whom an interview is scheduled that nobody starts here."""
        [(person,)] = self.product.fetch("SELECT id FROM interview_user WHERE email = %s", EMAIL)
        [(template,)] = self.product.fetch(
            "SELECT id FROM interview_template WHERE slug = 'train-and-repair'"
        )
        window = {"opens": "2126-07-01T09:00", "closes": "2126-07-01T18:00"}
        admin.post(f"/people/{person}/schedule/", template=str(template), zone="Europe/Berlin", **window)
        return str(person)

    def _marked_twice(self, interview: str, interviewer: Sender) -> None:
        """Marked by the interviewer and by an admin, who begins to settle it, for nobody else reviews here."""
        self.product.execute("UPDATE interview_interview SET marked_twice = true WHERE id = %s", interview)
        admin = Sender(self.page("admin"))
        for reviewer, met in ((interviewer, 3), (admin, 5)):
            mark(reviewer, interview, met)
            conclude(reviewer, interview, "hand_over")
        admin.post(f"/review/{interview}/claim/")

    def _kept_away(self, admin: Sender, person: str) -> None:
        """A reviewer who is gone again by the time that others count who reviews."""
        [(other,)] = self.product.fetch(
            "INSERT INTO interview_user (email, display_name, role, is_active, joined_at, password)"
            " VALUES ('aside@demo.invalid', 'Aside', 'interviewer', true, now(), '!')"
            " ON CONFLICT (email) DO UPDATE SET is_active = true RETURNING id"
        )
        admin.post(f"/people/{person}/recusals/", reviewer=str(other), reason="They wrote a paper together.")
        self.product.execute("UPDATE interview_user SET is_active = false WHERE id = %s", other)

    def page(self, role: str) -> Page:
        if role not in self.pages:
            self.pages[role] = self._signed_in(role)
        return self.pages[role]

    def _signed_in(self, role: str) -> Page:
        page = self.browser.new_context(base_url=self.product.url, **self.options).new_page()
        if role == "candidate":
            return self._of_its_own(page)
        if role == "newcomer":
            return sign_in(page, "candidate")
        if role == "practiser":  # an admin may practise as well, and no walk begins interviews as one
            return sign_in(page, "admin")
        return page if role == "nobody" else sign_in(page, role)

    def _of_its_own(self, page: Page) -> Page:
        """A candidate besides the demo person, whose interviews other walks begin and end."""
        self.product.execute(
            "INSERT INTO interview_user (email, display_name, role, is_active, joined_at, password)"
            " VALUES (%s, 'Story candidate', 'candidate', true, now(), %s) ON CONFLICT DO NOTHING",
            EMAIL,
            "argon2" + PasswordHasher().hash(PASSWORD),  # as Django stores it
        )
        page.goto("/sign-in/")
        page.get_by_label("Email").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url("**/interviews/")
        return page

    def open(self, name: str) -> Page:
        """The page of that name, drawn completely: its scripts have run, and its fonts and formulas are there."""
        view = VIEWS[name]
        page = self.page(view.role)
        page.goto(view.path.format(**self.interviews))
        expect(page.locator(".math:not([data-done])")).to_have_count(0)
        page.evaluate("document.fonts.ready.then(() => true)")
        if view.opens:
            page.locator(view.opens).click()
        expect(page.locator(view.ready).first).to_be_visible()
        return page

    def end(self) -> None:
        for page in self.pages.values():
            page.context.close()
        self.product.cancel_interviews(EMAIL)
        self.product.cancel_interviews(PRACTISER)


def answered(candidate: Sender, source: str) -> str:
    """A running interview with both questions answered, and the code judged."""
    interview = interview_of(candidate.post("/interviews/start/first-interview/", alone="on"))
    text, code = candidate.call("GET", f"/interviews/{interview}/")["items"]
    draft = {"answer": {"text": TEXT}, "revision": 0, "reason": "paste", "pasted": 200}
    candidate.call("PUT", f"/items/{text['id']}/draft/", draft)
    candidate.call("PUT", f"/items/{text['id']}/draft/", {"answer": {"text": f"{TEXT}\n"}, "revision": 1})
    candidate.post(f"/interviews/{interview}/2/flag/", on="1")
    candidate.call("PUT", f"/interviews/{interview}/notes/", {"answer": {"text": "The mask."}, "revision": 0})
    hand_over(candidate, code["id"], "submit", source)
    return interview


def hand_over(candidate: Sender, item: str, kind: str, source: str) -> str:
    """Run or submit, and wait for the result; returns the submission's id."""
    wish = {"kind": kind, "answer": {"files": {"solution.py": source}}}
    made = candidate.call("POST", f"/items/{item}/submissions/", wish)

    def judged() -> bool:
        return bool(candidate.call("GET", f"/gradings/{made['grading']['id']}/")["state"] == "done")

    assert until(judged, 30)
    return str(made["id"])


def trained(candidate: Sender, interview: str) -> dict[str, str]:
    """Two runs that print a curve, and then the submit before them once more."""
    _, code = candidate.call("GET", f"/interviews/{interview}/")["items"]
    first, second = (hand_over(candidate, code["id"], "run", training(rate)) for rate in (0.97, 0.88))
    hand_over(candidate, code["id"], "submit", NAIVE)
    return {"first_run": first, "second_run": second}


def examined(candidate: Sender, source: str) -> str:
    interview = answered(candidate, source)
    candidate.post(f"/interviews/{interview}/finish/")
    return interview


def written(person: Sender) -> str:
    """An interview with its text answered, handed in."""
    interview = interview_of(person.post("/interviews/start/first-interview/", alone="on"))
    text, _ = person.call("GET", f"/interviews/{interview}/")["items"]
    person.call("PUT", f"/items/{text['id']}/draft/", {"answer": {"text": TEXT}, "revision": 0})
    person.post(f"/interviews/{interview}/finish/")
    return interview


def weighed(candidate: Sender, interviewer: Sender) -> None:
    """An interview on architectures with its first answer written, and marked in part."""
    started = candidate.post("/interviews/start/architecture-and-deployment/", alone="on")
    interview = interview_of(started)
    text, _ = candidate.call("GET", f"/interviews/{interview}/")["items"]
    candidate.call("PUT", f"/items/{text['id']}/draft/", {"answer": {"text": TEXT}, "revision": 0})
    candidate.post(f"/interviews/{interview}/finish/")
    interviewer.post(f"/review/{interview}/claim/")
    interviewer.post(f"/review/{interview}/1/", met=["bias", "weights"])


def assess(person: Sender, interview: str, *met: str, **pressed: str) -> None:
    """Read the criteria, and tick those on these places of the first question."""
    page = person.post(f"/interviews/{interview}/self-assessment/open/")
    person.post(page, revision="0", met_1=list(met), **pressed)


def report_problems(candidate: Sender, admin: Sender, interview: str) -> None:
    """Two problems with questions of the running interview, one of them answered."""
    candidate.post(f"/interviews/{interview}/1/problem/", body="Part 2 does not say what x is.")
    candidate.post(f"/interviews/{interview}/2/problem/", body="May I use torch.amax?")
    page = admin.context.request.get("/problems/2/").text()
    releases = re.findall(r'<option value="(\d+)"', page)
    admin.post("/problems/2/", body="Yes: only what is listed is forbidden.", release=releases[0])


def practised(person: Sender) -> dict[str, str]:
    """A finished set that is marked in part, rehearsals that run and pause, and a set for each form of answer."""
    chosen = ["explain-backpropagation", "loss-does-not-fall"]
    started = person.post("/practice/set/", questions=chosen, reveal="each")
    practice = interview_of(started)
    text = person.call("GET", f"/interviews/{practice}/")["items"][0]
    person.call("PUT", f"/items/{text['id']}/draft/", {"answer": {"text": TEXT}, "revision": 0})
    person.post(f"/interviews/{practice}/1/hint/")
    page = person.context.request.get(person.post(f"/interviews/{practice}/1/answer/")).text()
    criteria = re.findall(r'name="met"\s+value="([^"]+)"', page)
    person.post(f"/interviews/{practice}/1/mark/", met=criteria[:3], comment="Say **what** is cached.")
    person.post(f"/interviews/{practice}/finish/")
    paused = interview_of(person.post("/practice/rehearse/first-interview/", reveal="end"))
    person.post(f"/interviews/{paused}/pause/", position="1")
    rehearsing = interview_of(person.post("/practice/rehearse/first-interview/", reveal="each"))
    forms = {
        "entries": "loss-does-not-fall",
        "choice": "normalization-and-modes",
        "estimate": "memory-of-a-cache",
        "estimated": "memory-of-a-cache",
    }
    sets = {
        form: interview_of(person.post("/practice/set/", questions=[slug], reveal="each"))
        for form, slug in forms.items()
    }
    person.post(f"/interviews/{sets['estimated']}/1/answer/")
    one_way = interview_of(person.post("/practice/rehearse/one-of-each/", reveal="each"))
    return {
        "practised": practice,
        "paused": paused,
        "rehearsing": rehearsing,
        "one_way": one_way,
        **sets,
    }


def composed(admin: Sender) -> dict[str, str]:
    """A draft of a template, and the numbers of a section and a slot of it."""
    address = admin.post("/templates/one-of-each/copy/")
    page = admin.context.request.get(address).text()
    section, slot = (re.search(rf'id="{what}-(\d+)"', page) for what in ("section", "slot"))
    assert section
    assert slot
    return {"draft": address.rstrip("/").rpartition("/")[2], "section": section[1], "slot": slot[1]}


def mark(interviewer: Sender, interview: str, met: int = 3) -> None:
    """Take the interview, meet the first criteria of its text, and give other points for the code."""
    first = interviewer.post(f"/review/{interview}/claim/")
    page = interviewer.context.request.get(first).text()
    criteria = re.findall(r'name="met"\s+value="([^"]+)"', page)
    comment = "Clear on both passes; say **what** is cached, and why."
    why = {f"why_{criteria[0]}": "Says what each pass is for."}
    interviewer.post(f"/review/{interview}/1/", met=criteria[:met], comment=comment, **why)
    interviewer.post(
        f"/review/{interview}/2/", comment="", instead="1", because="The loop is not what was asked for."
    )
    remarks = f"/review/{interview}/{{}}/comments/"
    interviewer.post(remarks.format(1), line="1", body="Which graph?", share="on")
    interviewer.post(
        remarks.format(2), file="solution.py", line="2", body="Subtract the largest score first."
    )


def release(interviewer: Sender, interview: str) -> None:
    conclude(interviewer, interview, "release")


def conclude(interviewer: Sender, interview: str, action: str) -> None:
    interviewer.post(
        f"/review/{interview}/release/",
        recommendation="yes",
        evidence="Names both passes; the code overflows for large scores.",
        summary="Next: **numerical stability**, with large scores in mind.",
        area_backpropagation="yes",
        because_backpropagation="Explains both passes; the softmax overflows.",
        action=action,
    )
