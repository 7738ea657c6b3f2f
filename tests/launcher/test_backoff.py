from launcher.backoff import DELAYS, SETTLED_SECONDS, Backoff


def test_each_quick_end_doubles_the_wait_up_to_half_a_minute():
    backoff = Backoff()
    assert [backoff.after(0.1) for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_program_keeps_ending_after_four_quick_ends():
    backoff = Backoff()
    assert [backoff.after(1.0) and backoff.keeps_ending for _ in range(5)] == [
        False,
        False,
        False,
        True,
        True,
    ]


def test_a_settled_life_clears_the_count():
    backoff = Backoff()
    for _ in range(6):
        backoff.after(1.0)
    assert backoff.after(SETTLED_SECONDS) == DELAYS[0]
    assert not backoff.keeps_ending
