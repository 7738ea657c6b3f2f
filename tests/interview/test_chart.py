"""Charts of what submissions print: what is drawn, and what its sentence and table say."""

from interview.chart import charts_of, number


def series(name: str, *points: tuple[float, float | None], counter: str = "step") -> dict[str, object]:
    return {"name": name, "counter": counter, "points": [list(point) for point in points]}


def test_a_falling_loss_is_said_in_a_sentence_and_told_in_a_table():
    (chart,) = charts_of([series("loss", (0, 2.0), (10, 1.5), (20, 1.0))])
    assert (chart.finding, chart.caption) == ("Loss falls to 1 from 2", "loss against step")
    assert chart.rows == (("0", ("2",)), ("10", ("1.5",)), ("20", ("1",)))
    assert chart.drawings[0].lines[0].points == "46.0,22.0 157.0,99.0 268.0,176.0"


def test_losses_over_orders_of_magnitude_are_first_drawn_on_a_log_scale():
    (chart,) = charts_of([series("loss", (0, 1.0), (1, 0.1), (2, 0.01))])
    assert (chart.chosen, chart.drawings[1].scale) == ("log", "log")
    assert [tick.label for tick in chart.drawings[1].heights] == ["0.01", "0.1", "1"]


def test_values_are_drawn_on_both_scales_where_both_can_show_them():
    (positive,) = charts_of([series("loss", (0, 2.0), (1, 1.0))])
    (crossing,) = charts_of([series("reward", (0, -1.0), (1, 1.0))])
    assert [drawing.scale for drawing in positive.drawings] == ["linear", "log"]
    assert (positive.chosen, [drawing.scale for drawing in crossing.drawings]) == ("linear", ["linear"])


def test_an_earlier_run_lies_under_this_one_on_the_same_scale_and_beside_it_in_the_table():
    (chart,) = charts_of([series("loss", (0, 2.0), (1, 1.0))], [series("loss", (0, 2.0), (1, 0.5), (2, 0.5))])
    this, before = chart.drawings[0].lines
    assert (this.earlier, before.earlier, before.style) == (False, True, this.style)
    assert (this.points, before.points) == ("46.0,22.0 157.0,124.7", "46.0,22.0 157.0,176.0 268.0,176.0")
    assert (chart.heads, chart.rows) == (("loss", "loss, earlier"), (("0", ("2", "2")), ("1", ("1", "0.5"))))
    assert chart.finding == "Loss falls to 1 from 2; the earlier run ended at 0.5"


def test_of_an_earlier_run_only_what_this_one_printed_too_is_drawn():
    (chart,) = charts_of([series("loss", (0, 2.0), (1, 1.0))], [series("accuracy", (0, 0.1), (1, 0.5))])
    assert chart.heads == ("loss",)


def test_where_this_run_printed_nothing_the_earlier_one_is_drawn_alone():
    (chart,) = charts_of([], [series("loss", (0, 2.0), (1, 1.0))])
    assert chart.heads == ("loss, earlier",)


def test_names_that_end_alike_share_a_chart_and_their_labels_keep_apart():
    (chart,) = charts_of([series("train loss", (0, 2), (1, 1)), series("val_loss", (0, 2), (1, 1.01))])
    assert [line.name for line in chart.drawings[0].lines] == ["train loss", "val_loss"]
    assert abs(chart.drawings[0].lines[0].label_at - chart.drawings[0].lines[1].label_at) == 14.0


def test_values_that_are_not_finite_are_left_out_and_counted():
    (chart,) = charts_of([series("loss", (0, 2), (1, None), (2, 1))])
    assert (chart.gaps, len(chart.drawings[0].lines[0].points.split())) == (1, 2)


def test_what_has_less_than_two_finite_values_is_not_drawn():
    assert charts_of([series("loss", (0, 2), (1, None))]) == []


def test_a_flat_line_lies_in_the_middle():
    (chart,) = charts_of([series("accuracy", (0, 0.5), (1, 0.5))])
    assert (chart.finding, chart.drawings[0].lines[0].points) == (
        "Accuracy stays at 0.5",
        "46.0,99.0 268.0,99.0",
    )


def test_numbers_are_written_as_people_read_them():
    assert [number(value) for value in (0.41284, 1.5, 12000, 3.1e-7, 2e9)] == [
        "0.413",
        "1.5",
        "12000",
        "3.1e-07",
        "2e+09",
    ]
