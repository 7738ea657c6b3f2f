import io
import os

from launcher.logs import LONGEST_LINE, Lines, Log, wants_colour


def test_a_line_arrives_whole_however_it_was_cut():
    lines = Lines()
    assert [lines.feed(part) for part in (b"fir", b"st\nsec", b"ond\n\nth")] == [
        [],
        ["first"],
        ["second", ""],
    ]
    assert lines.finish() == ["th"]
    assert lines.finish() == []


def test_an_endless_line_is_cut():
    lines = Lines()
    assert lines.feed(b"x" * (LONGEST_LINE + 1)) == ["x" * (LONGEST_LINE + 1)]
    assert lines.feed(b"y\n") == ["y"]


def test_a_line_cannot_steer_the_terminal():
    hostile = "\x1b[2Jcleared\x07 \u202eback\u2066 \x9b1m tab\tstays"
    assert Lines().feed(hostile.encode() + b"\r\n") == [
        r"\x1b[2Jcleared\x07 \u202eback\u2066 \x9b1m tab" + "\tstays"
    ]


def test_bytes_that_are_no_text_are_replaced():
    assert Lines().feed(b"caf\xe9\n") == ["caf\ufffd"]


def test_every_line_carries_the_name_of_its_program():
    out = io.BytesIO()
    log = Log(out, colour=False)
    log.line("web", "up")
    log.line("postgres", "ready")
    assert out.getvalue() == b"web      | up\npostgres | ready\n"


def test_every_program_has_a_colour_of_its_own():
    out = io.BytesIO()
    log = Log(out, colour=True)
    for name in ("web", "beat", "web"):
        log.line(name, "x")
    assert out.getvalue().decode().splitlines() == [
        "\x1b[36mweb      |\x1b[0m x",
        "\x1b[33mbeat     |\x1b[0m x",
        "\x1b[36mweb      |\x1b[0m x",
    ]


def test_a_reader_who_has_gone_is_noticed_and_not_fatal():
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as out:
        log = Log(out, colour=False)
        log.line("web", "anybody?")
        log.line("web", "nobody")
    assert log.broken is True


def test_colour_is_for_terminals_whose_owner_wants_it():
    controller, terminal = os.openpty()
    with os.fdopen(controller, "rb"), os.fdopen(terminal, "wb") as out, open(os.devnull, "wb") as nowhere:
        assert wants_colour(out, {"TERM": "xterm"})
        assert not wants_colour(out, {"TERM": "xterm", "NO_COLOR": "1"})
        assert not wants_colour(out, {"TERM": "dumb"})
        assert not wants_colour(nowhere, {"TERM": "xterm"})
