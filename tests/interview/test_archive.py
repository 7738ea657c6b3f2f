"""Questions as archives: out byte for byte, in only what is safe, and every refusal with its reason."""

import io
import random
import stat
import warnings
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest

from interview.exceptions import InvalidArchive, NotAllowed, Stale
from interview.models import Question, User, WorkingCopy
from interview.models.question import QuestionState
from interview.models.user import Role
from interview.services import archive as archives
from interview.services.archive import export_all, export_zip, import_files, import_zip, pack, unpack
from interview.services.folder import FILE_LIMIT
from interview.services.working_copy import save_files

SLUG = "explain-backpropagation"
OTHER_UUID = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def curator(person: Callable[..., User]) -> User:
    return person("cora", Role.CURATOR)


@pytest.fixture
def question(bank: None) -> Question:
    return Question.objects.get(slug=SLUG)


def files_of(question: Question) -> dict[str, bytes]:
    return WorkingCopy.objects.get(question=question).file_contents


def another(files: dict[str, bytes], uuid: str = OTHER_UUID) -> dict[str, bytes]:
    """The files of a question that the bank does not have."""
    lines = files["question.yaml"].decode().splitlines(keepends=True)
    front = "".join(f"uuid: {uuid}\n" if line.startswith("uuid:") else line for line in lines)
    return files | {"question.yaml": front.encode()}


def packed(files: dict[str, bytes], root: str = "") -> io.BytesIO:
    return io.BytesIO(pack({f"{root}{path}": content for path, content in files.items()}))


def reasons(take: Callable[[], object]) -> tuple[str, ...]:
    """Why it was refused, and nothing was imported."""
    before = list(WorkingCopy.objects.order_by("pk").values_list("content_hash", flat=True))
    with pytest.raises(InvalidArchive) as refusal:
        take()
    assert list(WorkingCopy.objects.order_by("pk").values_list("content_hash", flat=True)) == before
    return refusal.value.reasons


# The round trip


def test_every_question_of_the_bank_comes_back_as_it_went_out(bank: None, curator: User) -> None:
    for question in Question.objects.all():
        [taken] = import_zip(curator, io.BytesIO(export_zip(question)))
        assert (taken.question, taken.is_new, taken.is_changed) == (question, False, False)


def test_an_archive_holds_the_bytes_of_the_folder(question: Question) -> None:
    held = unpack(io.BytesIO(export_zip(question)))
    assert held == {f"{SLUG}/{path}": content for path, content in files_of(question).items()}


def test_the_same_files_make_the_same_archive(question: Question) -> None:
    assert export_zip(question) == export_zip(question) == export_zip(question, question.releases.get())


def test_a_release_goes_out_as_it_was(question: Question, curator: User) -> None:
    release = question.releases.get()
    save_files(question, curator, {"statement.md": b"Another.\n"}, seen=1)
    assert unpack(io.BytesIO(export_zip(question, release)))[f"{SLUG}/statement.md"] != b"Another.\n"
    assert unpack(io.BytesIO(export_zip(question)))[f"{SLUG}/statement.md"] == b"Another.\n"


def test_the_whole_bank_goes_out_and_comes_back(bank: None, curator: User) -> None:
    taken = import_zip(curator, io.BytesIO(export_all(Question.objects.all())))
    assert [one.is_changed for one in taken] == [False] * Question.objects.count()


def test_a_new_question_becomes_a_draft_called_after_its_folder(question: Question, curator: User) -> None:
    files = another(files_of(question))
    [taken] = import_zip(curator, packed(files, "some/brand-new/"))
    assert (taken.is_new, taken.question.slug, taken.question.state) == (
        True,
        "brand-new",
        QuestionState.DRAFT,
    )
    assert files_of(taken.question) == files
    assert taken.question.changes.get().kind == "imported"


@pytest.mark.parametrize(
    "name", ["brand-new.zip", "Brand new.zip", "brand_new (2).zip", "brand-new (1).zip.zip"]
)
def test_a_question_at_the_top_is_called_after_its_archive(
    question: Question, curator: User, name: str
) -> None:
    [taken] = import_zip(curator, packed(another(files_of(question))), name=name)
    assert taken.question.slug == "brand-new"


def test_a_folder_that_a_browser_sends_is_taken_like_an_archive(question: Question, curator: User) -> None:
    files = {f"mine/{path}": content for path, content in another(files_of(question)).items()}
    [taken] = import_files(curator, files)
    assert taken.question.slug == "mine"


def test_what_operating_systems_leave_in_archives_is_passed_over(question: Question, curator: User) -> None:
    litter = {"__MACOSX/._statement.md": b"x", ".DS_Store": b"x", "grading/__pycache__/tests.pyc": b"x"}
    [taken] = import_zip(curator, packed(another(files_of(question)) | litter), name="tidy")
    assert not set(litter) & set(files_of(taken.question))


# Questions that are here already


def test_a_known_question_takes_the_new_files_and_its_history_keeps_the_old(
    question: Question, curator: User
) -> None:
    old = files_of(question)
    [taken] = import_zip(curator, packed(old | {"statement.md": b"Better.\n"}, f"{SLUG}/"))
    assert (taken.is_new, taken.is_changed, files_of(question)["statement.md"]) == (False, True, b"Better.\n")
    assert question.changes.first().before == {"statement.md": {"text": old["statement.md"].decode()}}


def test_edits_that_are_in_no_release_are_not_replaced_unseen(question: Question, curator: User) -> None:
    incoming = packed(files_of(question) | {"statement.md": b"Theirs.\n"})
    save_files(question, curator, {"statement.md": b"Mine.\n"}, seen=1)
    [reason] = reasons(lambda: import_zip(curator, incoming))
    assert reason.startswith(f"“{SLUG}” has edits that are in no release, and this would replace them.")
    with pytest.raises(Stale):
        import_zip(curator, incoming, seen=1)
    [taken] = import_zip(curator, incoming, seen=2)
    assert files_of(taken.question)["statement.md"] == b"Theirs.\n"


def test_another_question_of_the_same_name_is_refused(question: Question, curator: User) -> None:
    [reason] = reasons(lambda: import_zip(curator, packed(another(files_of(question)), f"{SLUG}/")))
    assert reason.startswith(f"{SLUG}: There is another question “{SLUG}” with another uuid.")


def test_of_many_questions_all_are_taken_or_none(question: Question, curator: User) -> None:
    good = {f"good/{path}": content for path, content in another(files_of(question)).items()}
    bad = {"bad/question.yaml": b"titel: x\n", "bad/statement.md": b"x\n"}
    found = reasons(lambda: import_files(curator, good | bad))
    assert all(reason.startswith("bad: question.yaml:1: ") for reason in found)
    assert not Question.objects.filter(slug="good").exists()


# Who may


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.INTERVIEWER, Role.TESTER, Role.AUTHOR])
def test_who_does_not_curate_imports_nothing(bank: None, person: Callable[..., User], role: Role) -> None:
    with pytest.raises(NotAllowed):
        import_zip(person("mia", role), io.BytesIO(b"not even looked at"))


# Refusals: what the archive is


@pytest.mark.parametrize("content", [b"", b"PK", b"GIF89a", b"\0" * 5000])
def test_what_is_no_zip_is_refused(bank: None, curator: User, content: bytes) -> None:
    assert reasons(lambda: import_zip(curator, io.BytesIO(content))) == (
        "This is no zip archive, or it is damaged. Pack the folder again.",
    )


def test_a_huge_archive_is_refused_before_it_is_opened(bank: None, curator: User) -> None:
    huge = io.BytesIO(bytes(archives.UPLOAD_LIMIT + 1))
    assert reasons(lambda: import_zip(curator, huge)) == ("The archive has 8.0 MB, and 8.0 MB are taken.",)


def test_a_damaged_archive_is_refused_or_read_but_never_fails_otherwise(question: Question) -> None:
    whole = export_zip(question)
    chance = random.Random(5)  # noqa: S311 - which bytes are spoilt needs no secret
    for _ in range(400):
        spoilt = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        with suppress(InvalidArchive):
            unpack(io.BytesIO(bytes(spoilt)))


def test_a_truncated_archive_is_refused(question: Question, curator: User) -> None:
    assert reasons(lambda: import_zip(curator, io.BytesIO(export_zip(question)[:-30])))


# Refusals: bombs


def zipped(entries: dict[str, bytes], change: Callable[[zipfile.ZipInfo], None] | None = None) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in entries.items():
            info = zipfile.ZipInfo(path)
            info.compress_type = zipfile.ZIP_DEFLATED
            if change:
                change(info)
            archive.writestr(info, content)
    return out


def test_a_bomb_by_ratio_is_refused_before_it_is_unpacked(bank: None, curator: User) -> None:
    bomb = zipped({"data/zeros.bin": bytes(1024 * 1024)})
    [reason] = reasons(lambda: import_zip(curator, bomb))
    assert reason == "“data/zeros.bin” is packed to less than 1/200 of its size, like a bomb."


def test_a_bomb_by_many_entries_is_refused_by_what_they_have_together(bank: None, curator: User) -> None:
    noise = random.Random(1).randbytes(2048)  # noqa: S311 - incompressible, not secret
    entry = (noise * 1700)[: FILE_LIMIT - 1]
    bomb = zipped({f"data/{number}.bin": entry for number in range(20)})
    [reason] = reasons(lambda: import_zip(curator, bomb))
    assert reason == "Unpacked it would have 66.4 MB, and 64.0 MB are taken."


REAL = 532_065


def lying(declared: int) -> io.BytesIO:
    """An archive with one file of REAL bytes that says it has `declared`."""
    content = random.Random(2).randbytes(REAL)  # noqa: S311 - incompressible, not secret
    whole = zipped({"data/liar.bin": content}).getvalue()
    real = REAL.to_bytes(4, "little")
    assert whole.count(real) == 2  # the local and the central header
    return io.BytesIO(whole.replace(real, declared.to_bytes(4, "little")))


@pytest.mark.parametrize("declared", [10, REAL - 1, REAL + 1])
def test_a_file_that_is_not_as_large_as_it_says_is_refused(bank: None, curator: User, declared: int) -> None:
    [reason] = reasons(lambda: import_zip(curator, lying(declared)))
    assert reason == "“data/liar.bin” is damaged, or not as large as it says. Pack it again."


def test_a_huge_file_is_refused_by_what_it_says(bank: None, curator: User) -> None:
    [reason] = reasons(lambda: import_zip(curator, lying(FILE_LIMIT + 1)))
    assert reason == "“data/liar.bin” says that it is over 4.0 MB, which is the most that a file may have."


def test_too_many_entries_are_refused(bank: None, curator: User) -> None:
    many = zipped({f"data/{number}": b"" for number in range(archives.ENTRIES_LIMIT + 1)})
    assert reasons(lambda: import_zip(curator, many)) == (
        "The archive has 3001 entries, and 3000 are taken.",
    )


# Refusals: entries


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../../etc/cron.d/x", "climbs out of the folder."),
        ("hints/../../x.md", "climbs out of the folder."),
        ("/etc/passwd", "is an absolute path; the files of a question lie inside its folder."),
        ("C:/x.md", "is an absolute path; the files of a question lie inside its folder."),
        ("hints\\..\\x.md", "has a backslash; write folders with /."),
        ("hints/./x.md", "is no plain path: a part of it is empty or a dot."),
        ("hints/x\x1b[2J.md", "has a control character in its name."),
        ("../", "climbs out of the folder."),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(
    question: Question, curator: User, path: str, reason: str
) -> None:
    [said] = reasons(lambda: import_zip(curator, packed(another(files_of(question)) | {path: b""})))
    assert said.endswith(reason)


def test_a_name_that_hides_its_end_behind_a_nul_is_refused(bank: None, curator: User) -> None:
    hidden = zipped({"statement.mdX../../x": b""}).getvalue().replace(b"mdX", b"md\0")
    [reason] = reasons(lambda: import_zip(curator, io.BytesIO(hidden)))
    assert "climbs out" in reason


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_a_link_or_device_is_refused(bank: None, curator: User, mode: int) -> None:
    def turn(info: zipfile.ZipInfo) -> None:
        info.create_system, info.external_attr = 3, (mode | 0o777) << 16

    [reason] = reasons(lambda: import_zip(curator, zipped({"statement.md": b"/etc/passwd"}, turn)))
    assert reason == "“statement.md” is a link or a device; only plain files are taken."


def test_an_encrypted_file_is_refused(bank: None, curator: User) -> None:
    whole = bytearray(zipped({"statement.md": b"x"}).getvalue())
    whole[6] |= 1
    whole[whole.index(b"PK\x01\x02") + 8] |= 1
    [reason] = reasons(lambda: import_zip(curator, io.BytesIO(bytes(whole))))
    assert reason == "“statement.md” is encrypted. Pack it without a password."


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_unusual_packing_is_refused(bank: None, curator: User, method: int) -> None:
    def turn(info: zipfile.ZipInfo) -> None:
        info.compress_type = method

    [reason] = reasons(lambda: import_zip(curator, zipped({"statement.md": b"x"}, turn)))
    assert reason == "“statement.md” is packed in an unusual way. Pack it as an ordinary zip."


def test_a_name_that_is_there_twice_is_refused(bank: None, curator: User) -> None:
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as archive:
        warnings.simplefilter("ignore")  # about exactly what is made here
        archive.writestr("statement.md", "one")
        archive.writestr("statement.md", "two")
    assert reasons(lambda: import_zip(curator, out)) == ("“statement.md” is there 2 times.",)


def test_a_name_that_a_disk_takes_for_another_is_refused(bank: None, curator: User) -> None:
    assert reasons(lambda: import_zip(curator, zipped({"data/a": b"", "data/A": b""}))) == (
        "“data/a” is there 2 times.",
    )


def test_a_file_where_a_folder_is_is_refused(bank: None, curator: User) -> None:
    assert reasons(lambda: import_zip(curator, zipped({"data": b"", "data/x": b""}))) == (
        "“data” is a file and a folder at once.",
    )


# Refusals: what is in it


@pytest.mark.parametrize("path", ["malware.exe", "node_modules/x.js", ".git/config", "README.md"])
def test_a_foreign_file_is_refused(question: Question, curator: User, path: str) -> None:
    [reason] = reasons(lambda: import_zip(curator, packed(another(files_of(question)) | {path: b""})))
    assert reason.startswith(f"“{path}” does not belong to a question; it knows the ")


def test_a_file_beside_the_folder_is_refused(question: Question, curator: User) -> None:
    files = {f"mine/{path}": content for path, content in another(files_of(question)).items()}
    assert reasons(lambda: import_zip(curator, packed(files | {"areas.yaml": b""}))) == (
        "“areas.yaml” lies beside the folder of a question; take it out.",
    )


def test_an_archive_without_a_question_is_refused(bank: None, curator: User) -> None:
    assert reasons(lambda: import_zip(curator, zipped({"statement.md": b"x"}))) == (
        "There is no question.yaml in it, so there is no question.",
    )


def test_files_that_make_no_question_are_refused_with_file_and_line(
    question: Question, curator: User
) -> None:
    files = another(files_of(question)) | {"question.yaml": b"format_version: 1\nlevle: mid\n"}
    found = reasons(lambda: import_zip(curator, packed(files), name="x"))
    assert any(reason.startswith("question.yaml:2: unknown key 'levle'") for reason in found)


@pytest.mark.parametrize("name", ["", "Größe", "-x", "a" * 81, "a--b"])
def test_a_name_that_no_address_can_have_is_refused(question: Question, curator: User, name: str) -> None:
    [reason] = reasons(lambda: import_zip(curator, packed(another(files_of(question))), name=name))
    assert "cannot be the short name of a question" in reason


def test_of_many_reasons_twenty_are_told(bank: None, curator: User) -> None:
    found = reasons(lambda: import_files(curator, {f"../{number}": b"" for number in range(50)}))
    assert (len(found), found[-1]) == (21, "And 30 more.")
