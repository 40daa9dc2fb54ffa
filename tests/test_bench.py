"""The benchmark finds what it puts its clocks on, and calls no aim reached that is not."""

from __future__ import annotations

from dataclasses import replace

from tests.bench import stages
from tests.bench.aims import Aim


def test_every_stage_of_a_mails_way_is_clocked() -> None:
    spent = stages.measure(20, seed=1)
    assert [stage for stage, cost in spent.items() if cost <= 0] == []


def test_a_figure_on_the_wrong_side_of_its_bound_is_not_called_reached() -> None:
    slow = Aim("CPU a message", 4.0, 10.54, " ms")
    fast = Aim("messages a second, of the bare path's", 0.4, 0.41, at_most=False)

    assert slow.row() == ("CPU a message", "at most 4 ms", "10.54 ms", "**not reached**")
    assert fast.row()[1:] == ("at least 0.4", "0.41", "reached")
    assert not replace(fast, figure=0.39).is_reached
