"""Why something is recommended: the codes that the tables hold, and words."""

#: By code: the parts of the blend (blend.py), and what everybody buys.
REASONS = ("segment", "category", "interest", "expansion", "together", "popular")
SEGMENT, CATEGORY, INTEREST, EXPANSION, TOGETHER, POPULAR = range(len(REASONS))


def words(code: int, category: str, segment: str, because: str, shared: int, peers: int) -> str:
    """A sentence; `because` names the product that it goes with, or says how many of the category they bought."""
    if code == TOGETHER:
        who = f"bought by {_customers(peers)} who also bought {because}"
        return who if shared < 2 else f"goes with {shared} of your purchases: {who}"
    if code == CATEGORY:
        return f"{category}, of which you bought {because}; bought by {_customers(peers, segment)}"
    if code == INTEREST:
        return f"{category}, which you looked at; bought by {_customers(peers, segment)}"
    if code == EXPANSION:
        return f"{category} would be new to you; bought by {_customers(peers, segment)}"
    return f"bought by {_customers(peers, '' if code == POPULAR else segment)}"


def _customers(count: int, segment: str = "") -> str:
    return f"{count:,} {segment + ' ' if segment else ''}customer{'' if count == 1 else 's'}"
