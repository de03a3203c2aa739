"""Each reason as a sentence."""

import pytest

from queries.recommend import reasons


@pytest.mark.parametrize(
    ("code", "because", "shared", "peers", "said"),
    [
        (reasons.TOGETHER, "Apple Laptop", 1, 38, "bought by 38 customers who also bought Apple Laptop"),
        (
            reasons.TOGETHER, "Apple Laptop", 4, 1,
            "goes with 4 of your purchases: bought by 1 customer who also bought Apple Laptop",
        ),
        (reasons.CATEGORY, "3", 0, 1200, "Books, of which you bought 3; bought by 1,200 VIP customers"),
        (reasons.INTEREST, "0", 0, 2, "Books, which you looked at; bought by 2 VIP customers"),
        (reasons.EXPANSION, "0", 0, 1, "Books would be new to you; bought by 1 VIP customer"),
        (reasons.SEGMENT, "0", 0, 5, "bought by 5 VIP customers"),
        (reasons.POPULAR, "0", 0, 5, "bought by 5 customers"),
    ],
)  # fmt: skip
def test_words(code: int, because: str, shared: int, peers: int, said: str) -> None:
    assert reasons.words(code, "Books", "VIP", because, shared, peers) == said


def test_the_codes_are_those_of_the_blend() -> None:
    from queries.recommend import blend

    assert tuple(range(5)) == (blend.SEGMENT, blend.OWN, blend.LOOKED, blend.NEXT, blend.TOGETHER)
    assert tuple(range(5)) == (reasons.SEGMENT, reasons.CATEGORY, reasons.INTEREST, reasons.EXPANSION, reasons.TOGETHER)
