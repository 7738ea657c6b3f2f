from training import train_step


class Tests:
    def test_it(self):
        assert callable(train_step)
