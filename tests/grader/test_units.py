"""How a quantity is read: what people write, what it is converted to, and what is refused."""

import pytest

from grader.units import Unreadable, parse_unit, read_quantity, show_number


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("2.5", "GB", 2.5),
        ("2.5 GB", "GB", 2.5),
        ("2.5gb", "GB", 2.5),
        ("2.5e9 B", "GB", 2.5),
        ("2.5e9 bytes", "GB", 2.5),
        ("2,500 MB", "GB", 2.5),
        ("2 500 MB", "GB", 2.5),
        ("2'500 MB", "GB", 2.5),
        ("2_500 MB", "GB", 2.5),
        ("20 Gbit", "GB", 2.5),
        ("1 GiB", "GB", 1.073741824),
        ("2^30 B", "GiB", 1.0),
        ("2.5 billion bytes", "GB", 2.5),
        ("~ 2.5 GB", "GB", 2.5),
        ("about 2.5", "GB", 2.5),
        (".5", "GB", 0.5),
        ("2.5\u2009GB", "GB", 2.5),
        ("2\u202f500 MB", "GB", 2.5),
        ("2.5 gigabytes", "GB", 2.5),
        ("2500 Megabytes", "GB", 2.5),
        ("1 gibibyte", "GB", 1.073741824),
        ("20 gigabits", "GB", 2.5),
        ("2.5G", "GB", 2.5),
        ("2500 M", "GB", 2.5),
        ("1 Gi", "GB", 1.073741824),
        ("2.5 bn bytes", "GB", 2.5),
        ("2.5 GB.", "GB", 2.5),
        ("2.5 GB;", "GB", 2.5),
        ("3 × 10^8", "FLOP", 3e8),
        ("3·10⁸", "FLOP", 3e8),
        ("3x10^8", "FLOP", 3e8),
        ("3*10**8", "FLOP", 3e8),
        ("3 × 10^{8}", "FLOP", 3e8),
        ("6 * 7e9 * 2e12", "FLOP", 8.4e22),
        ("1e9", "parameters", 1e9),
        ("1,000,000", "parameters", 1e6),
        ("7B", "parameters", 7e9),
        ("7 billion parameters", "parameters", 7e9),
        ("7B params", "parameters", 7e9),
        ("1,300M", "parameters", 1.3e9),
        ("312 TFLOPS", "TFLOP/s", 312.0),
        ("3.12e14 FLOP/s", "TFLOP/s", 312.0),
        ("0.312 PFLOPS", "TFLOP/s", 312.0),
        ("312 teraflops", "TFLOP/s", 312.0),
        ("3e23 FLOPS", "FLOP", 3e23),
        ("1800 tokens per minute", "tokens/s", 30.0),
        ("30/s", "tokens/s", 30.0),
        ("30 t/s", "tokens/s", 30.0),
        ("3k/s", "tokens/s", 3000.0),
        ("3T/s", "tokens/s", 3e12),
        ("15T", "tokens", 15e12),
        ("1.6B params", "parameters", 1.6e9),
        ("10k", "parameters", 1e4),
        ("3k tokens/s", "tokens/s", 3000.0),
        ("0.005 s", "ms", 5.0),
        ("5000 µs", "ms", 5.0),
        ("5 msec", "ms", 5.0),
        ("5 milliseconds", "ms", 5.0),
        ("700 watts", "kW", 0.7),
        ("1 min", "s", 60.0),
        ("$5", "USD", 5.0),
        ("3.6e6 J", "kWh", 1.0),
        ("700 W", "kW", 0.7),
        ("5%", "%", 5.0),
        ("1/4", "%", 0.25),
    ],
)
def test_a_quantity_is_read_as_people_write_it(text: str, unit: str, value: float):
    assert read_quantity(text, unit) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Write a number."),
        ("many", "Write a number first, such as 2.5 GB, 7e9 or 3 × 10^8."),
        ("GB", "Write a number first, such as 2.5 GB, 7e9 or 3 × 10^8."),
        ("1,5", "“1,5” can be read in two ways."),
        ("3,2 GB", "“3,2” can be read in two ways."),
        ("3 GB < 4 GB", "“GB < 4 GB” is not a unit that is known here."),
        ("three GB", "Write a number first"),
        ("1.000.000", "“1.000.000” can be read in two ways."),
        ("12,34", "“12,34” can be read in two ways."),
        ("10-20", "That reads like a range. Write one number: your best guess."),
        ("10–20 GB", "That reads like a range."),
        ("10 to 20 GB", "That reads like a range."),
        ("5 + 3", "Write one number; products and powers such as 3 × 10^8 are fine, sums are not."),
        ("5 3", "Write one number;"),
        ("1/0", "This divides by zero."),
        ("-3", "An estimate is above zero."),
        ("0 GB", "An estimate is above zero."),
        ("1e9999", "The number is too large or too small."),
        ("9^9999", "The number is too large or too small."),
        ("0^-1", "The number is too large or too small."),
        ("nan", "Write a number first"),
        ("inf", "Write a number first"),
        ("5 apples", "“apples” is not a unit that is known here. Answer in GB."),
        ("5 s", "s measures a time; this asks for GB."),
        ("5 GB/s", "GB/s measures something else; this asks for GB."),
        ("1" * 101, "That is 101 characters long."),
    ],
)
def test_what_is_not_one_quantity_is_refused_with_what_to_write(text: str, message: str):
    with pytest.raises(Unreadable) as refusal:
        read_quantity(text, "GB")
    assert str(refusal.value).startswith(message)


def test_a_letter_that_is_a_unit_where_a_size_is_asked_is_no_billion():
    assert read_quantity("7B", "GB") == pytest.approx(7e-9)


@pytest.mark.parametrize(
    "text", ["((((", "1" * 90 + "e", ",,,,", "\x00", "1 GB\n2 GB", "e9", ".", "-", "1e+", "٣٣ ٣"]
)
def test_no_text_at_all_breaks_the_reader(text: str):
    with pytest.raises(Unreadable):
        read_quantity(text, "GB")


def test_digits_of_any_script_are_digits():
    assert read_quantity("٣", "GB") == 3.0


@pytest.mark.parametrize("unit", ["", "/s", "GB/"])
def test_a_unit_that_is_none_is_refused(unit: str):
    with pytest.raises(Unreadable):
        parse_unit(unit)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (2.5, "2.5"),
        (1234.5678, "1,235"),
        (1e6, "1,000,000"),
        (7e9, "7e9"),
        (3.14159e-8, "3.142e-8"),
        (0.05, "0.05"),
        (100, "100"),
        (0, "0"),
    ],
)
def test_a_number_is_shown_with_four_digits_and_can_be_typed_back(value: float, shown: str):
    assert show_number(value) == shown
    if value:
        assert read_quantity(shown, "GB") == pytest.approx(value, rel=1e-3)
