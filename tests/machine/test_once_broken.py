"""Schedules that once broke a promise, each as short as it could be made."""

from __future__ import annotations

import pytest

from tests.machine.evening import Evening, reworded
from tests.machine.server import SETTLES, lost


def until(evening: Evening, question: str, before: float = 6) -> None:
    """Live until some seconds before a question is due."""
    due = next(row.due_at for row in evening.rows() if row.question == question)
    evening.live((due - evening.computer.wall()).total_seconds() - before)


def test_the_world_of_the_machine_is_whole() -> None:
    evening = Evening(questions=2)
    evening.come_to_rest()

    kinds = [what[0] for what in evening.witness.made.values()]
    assert ["welcome", "so-far", "question", "question", "thanks"] == kinds


@pytest.mark.parametrize("starts_anew", [False, True])
@pytest.mark.parametrize("minutes", [[10], [-10, 0]])
def test_a_clock_set_ahead_after_a_lost_answer_does_not_prove_that_nothing_was_posted(
    minutes: list[int], starts_anew: bool
) -> None:
    evening = Evening(questions=2)
    until(evening, "q1")
    evening.server.faults.append(lost(is_done=True, done_after=SETTLES - 5))
    evening.live(27)
    for ahead in minutes:
        evening.computer.set_clock(minutes=ahead)
        if starts_anew:
            evening.start()
        evening.live(2)

    evening.come_to_rest()

    assert evening.asked("q1") == 1


def test_a_question_that_was_reworded_after_the_backup_is_known_again() -> None:
    evening = Evening(questions=2)
    evening.keep_a_backup()
    evening.plan(lambda chat: reworded(chat, {"q1"}, "And why"))
    until(evening, "q1", before=-14 * 60)  # its grace is over when the file is back
    evening.restore_the_backup()

    evening.come_to_rest()

    assert evening.asked("q1") == 1
    assert [(row.state.value, row.reason) for row in evening.rows() if row.question == "q1"] == [("sent", "adopted")]
