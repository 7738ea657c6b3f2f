"""One file of a working copy written, added, renamed or deleted: what the studio does with a press."""

from interview.exceptions import InvalidFiles, Stale
from interview.models import Question, User, WorkingCopy
from interview.services.working_copy import save_files


def write_file(question: Question, user: User, path: str, content: bytes, seen: int) -> WorkingCopy:
    """Store the text of one file. What others changed in other files since `seen` does not stand in the way.

    Raises NotAllowed, InvalidFiles, and Stale when somebody changed this very file.
    """
    try:
        return save_files(question, user, {path: content}, seen)
    except Stale as refusal:
        if path in refusal.paths:
            raise
        return write_file(question, user, path, content, refusal.revision)


def add_file(question: Question, user: User, path: str, content: bytes, seen: int) -> WorkingCopy:
    """A file that was not there. Raises NotAllowed, InvalidFiles, Stale."""
    if path in _files(question):
        raise InvalidFiles([f"There is a file {path} already; open it, or choose another name."])
    return save_files(question, user, {path: content}, seen)


def rename_file(question: Question, user: User, path: str, to: str, seen: int) -> WorkingCopy:
    """The same content under another path. Raises NotAllowed, InvalidFiles, Stale."""
    files = _files(question)
    if path not in files:
        raise InvalidFiles([f"There is no file {path} any more; somebody renamed or deleted it."])
    if to in files:
        raise InvalidFiles([f"There is a file {to} already; choose another name."])
    return save_files(question, user, {path: None, to: files[path]}, seen)


def delete_file(question: Question, user: User, path: str, seen: int) -> WorkingCopy:
    """Without a file; the history keeps what it held. Raises NotAllowed, InvalidFiles, Stale."""
    return save_files(question, user, {path: None}, seen)


def _files(question: Question) -> dict[str, bytes]:
    return WorkingCopy.objects.get(question=question).file_contents
