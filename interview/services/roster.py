"""Reading a list of people to invite: CSV as spreadsheets write it, every fault named by its line."""

import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from interview.exceptions import InvalidRoster
from interview.models.user import PersonState, Role, User
from interview.selectors.user import known_addresses

COLUMNS: tuple[str, ...] = ("email", "name", "role")
SIZE_LIMIT = 1024 * 1024  # bytes
PEOPLE_LIMIT = 200  # their mails are sent while the admin waits
NAME_LIMIT = 120  # characters, as the column
EMAIL_LIMIT = 254
SHOWN_LIMIT = 80  # characters of a faulty line
FORMULA_STARTS = ("=", "+", "-", "@")
DIRECTION_MARKS = set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
ROLE_NAMES = " and ".join(", ".join(Role.values).rsplit(", ", 1))
ROLES = {word: role for role in Role for word in (role.value, role.label.lower())}


@dataclass(frozen=True)
class Row:
    """A person who can be invited."""

    line: int
    email: str
    name: str
    role: Role


@dataclass(frozen=True)
class Fault:
    """A line that cannot be used, and why."""

    line: int
    text: str
    reason: str


@dataclass
class Roster:
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def as_csv(self) -> str:
        """The usable rows in a plain form that reads back to the same."""
        out = io.StringIO()
        csv.writer(out).writerows([COLUMNS, *((row.email, row.name, row.role.value) for row in self.rows)])
        return out.getvalue()


class _Unusable(Exception):
    """Why a line cannot be used."""


def read_roster(content: bytes) -> Roster:
    """The people in CSV, those with an account or a fault apart. Raises InvalidRoster when it cannot be read at all."""
    text = _decoded(content)
    roster = Roster()
    order = COLUMNS
    first = True
    for line, cells in _records(text, roster.faults):
        if first and "email" in _words(cells):
            order = _header(line, _words(cells))
        else:
            _take(roster, line, cells, order)
        first = False
    if not roster.rows and not roster.faults:
        raise InvalidRoster("There is nobody in it. Each line names one person: email, name, role.")
    _move_known(roster)
    roster.faults.sort(key=lambda fault: fault.line)
    return roster


def _decoded(content: bytes) -> str:
    if len(content) > SIZE_LIMIT:
        raise InvalidRoster(
            "It is larger than 1 MB, so it was not read. Split it and send the parts one by one."
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InvalidRoster("It is UTF-16, not UTF-8. Save it as “CSV UTF-8” and choose it again.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidRoster(
            f"Line {line} is not UTF-8 (byte {content[error.start]:02x}), so names might come out wrong. "
            "Save it as “CSV UTF-8” and choose it again."
        ) from None


def _records(text: str, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    """Number of the first line and cells of each record that is not empty; what is no CSV goes to `faults`."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    found = 0
    while True:
        line = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            faults.append(Fault(line, "", f"The quotation marks do not match ({error})."))
            continue
        if any(cells):
            found += 1
            _refuse_crowd(found)
            yield line, cells


def _delimiter(text: str) -> str:
    """Comma, or what the first line has more of: spreadsheets write semicolons in many countries and copy tabs."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=first.count)


def _refuse_crowd(found: int) -> None:
    if found > PEOPLE_LIMIT + 1:  # one may be the header
        raise InvalidRoster(
            f"It has more than {PEOPLE_LIMIT} lines, and {PEOPLE_LIMIT} people can be invited at a time. "
            "Split it and send the parts one by one."
        )


def _words(cells: list[str]) -> tuple[str, ...]:
    return tuple(cell.lower() for cell in cells)


def _header(line: int, names: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in names if name not in COLUMNS]
    if unknown or len(set(names)) < len(names):
        raise InvalidRoster(
            f"Line {line} heads the columns {', '.join(names)}. Only email, name and role are known, each once; "
            "remove the others and choose it again."
        )
    return names


def _take(roster: Roster, line: int, cells: list[str], order: tuple[str, ...]) -> None:
    try:
        row = _row(line, cells, order)
        _refuse_twice(roster, row)
    except _Unusable as reason:
        roster.faults.append(Fault(line, ", ".join(cells)[:SHOWN_LIMIT], str(reason)))
    else:
        roster.rows.append(row)


def _row(line: int, cells: list[str], order: tuple[str, ...]) -> Row:
    if len(cells) > len(order) and any(cells[len(order) :]):
        raise _Unusable(f"It has {len(cells)} cells; {', '.join(order)} are {len(order)}.")
    for cell in cells:
        _refuse_formula(cell)
    values = dict.fromkeys(COLUMNS, "") | dict(zip(order, cells, strict=False))
    return Row(line, _email(values["email"]), _name(values["name"]), _role(values["role"]))


def _refuse_formula(cell: str) -> None:
    if cell.startswith(FORMULA_STARTS):
        raise _Unusable(
            f"“{cell[:SHOWN_LIMIT]}” begins like a spreadsheet formula. Write it without the {cell[0]}."
        )


def _email(text: str) -> str:
    email = text.lower()
    if not email:
        raise _Unusable("The mail address is missing.")
    try:
        validate_email(email)
    except ValidationError:
        raise _Unusable(f"“{text[:SHOWN_LIMIT]}” is no mail address.") from None
    if len(email) > EMAIL_LIMIT or not email.isascii():
        raise _Unusable(f"“{text[:SHOWN_LIMIT]}” is too long or has letters beyond a to z.")
    return email


def _name(text: str) -> str:
    if fault := name_fault(text):
        raise _Unusable(fault)
    return text


def name_fault(name: str) -> str:
    """What stands against `name` as a person's name, as a sentence; empty when nothing does."""
    if not name:
        return "The name is missing."
    if len(name) > NAME_LIMIT:
        return f"The name has {len(name)} characters and {NAME_LIMIT} fit."
    if any(unicodedata.category(letter) == "Cc" or letter in DIRECTION_MARKS for letter in name):
        return "The name has a control character or a line break in it."
    return ""


def _role(text: str) -> Role:
    """An empty cell is a candidate: most people are."""
    try:
        return ROLES[text.lower()] if text else Role.CANDIDATE
    except KeyError:
        raise _Unusable(f"“{text[:SHOWN_LIMIT]}” is no role; {ROLE_NAMES} are.") from None


def _refuse_twice(roster: Roster, row: Row) -> None:
    earlier = next((other for other in roster.rows if other.email == row.email), None)
    if earlier:
        raise _Unusable(f"The same mail address is in line {earlier.line}.")


def _move_known(roster: Roster) -> None:
    """Put those who have an account among the faults."""
    known = known_addresses([row.email for row in roster.rows])
    roster.faults += [
        Fault(row.line, f"{row.email}, {row.name}", known_sentence(known[row.email]))
        for row in roster.rows
        if row.email in known
    ]
    roster.rows = [row for row in roster.rows if row.email not in known]


def known_sentence(person: User) -> str:
    """Why a person who has an account is not invited, and what to do instead."""
    if person.state == PersonState.INVITED:
        return "This address is invited already. Resend the invitation from the person's page."
    if person.state == PersonState.DEACTIVATED:
        return "This address belongs to a deactivated account. Reactivate it from the person's page."
    return "This address has an account already."
