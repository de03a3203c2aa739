"""An answer is right between what was answered before and what was sent before it came."""

import pytest

from tests.chaos.asking import Answers


@pytest.mark.parametrize(
    ("found", "sent", "right"),
    [([0, 3, 3, 7], [2, 3, 5, 7], [1, 1, 1, 1]), ([5, 4, 5], [9, 9, 9], [1, 0, 1]), ([3, 3], [2, 3], [0, 1])],
    ids=["grows", "takes back", "was never sent"],
)
def test_answers_never_fall_and_are_never_more_than_was_sent(
    found: list[int], sent: list[int], right: list[int]
) -> None:
    answers = Answers("SQL")
    wrong = [answers.wrong(one, other) for one, other in zip(found, sent, strict=True)]
    assert [not words for words in wrong] == list(map(bool, right))
    assert answers.right == sum(right)
    assert all("SQL answers" in words for words in wrong if words)
