"""A small world in two parts: after the second nothing is left of what the first one alone had put into a group."""

from tests.oracle.edges import NOW, at
from tests.oracle.records import Records


def before(records: Records) -> None:
    """One customer, one product, one month for each group."""
    for number, segment in enumerate(("VIP", "New", "Regular", "Premium"), 1):
        records.customer(number, segment)
    for number, category in enumerate(("Home", "Books", "Sports", "Toys"), 1):
        records.product(number, category, f"Brand {number}")
    for number in (1, 2, 3, 4):
        records.buy(number, number, at(2024, 5, number), f"{number}0.00")
        records.act(number, number, at(2024, 5, number))
    records.buy(4, 4, NOW)


def after(records: Records) -> None:
    """Customer 1 changes segment, 2 goes; product 1 changes category and brand, 2 goes; 3 turns out to be older."""
    records.customer(1, "Basic", acquisition_channel="email")
    records.erase(2)
    records.product(1, "Garden", "Other")
    records.product(2, "Books", "Brand 2", deleted=True)
    records.buy(3, 3, at(2024, 3, 3), "33.00")
    # Of the same month as all others, and brought back whole: nothing of it but the purchases stays.
    records.refund(4, 4, at(2024, 5, 30), "-40.00")
