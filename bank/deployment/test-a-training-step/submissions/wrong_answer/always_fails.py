def test_nothing_is_good_enough():
    assert False
