"""Places for the nodes of any graph: those that are joined draw each other near, all push each other away.

Fruchterman and Reingold, "Graph drawing by force-directed placement", 1991.
"""

from collections.abc import Sequence

import numpy as np

STEPS = 120
#: The same graph is always drawn alike.
SEED = 1


def places(count: int, edges: Sequence[tuple[int, int]]) -> list[tuple[float, float]]:
    """A place for each of `count` nodes, in a square from 0 to 1; `edges` are pairs of their numbers."""
    if count == 0:
        return []
    generator = np.random.default_rng(SEED)
    at = generator.random((count, 2))
    ideal = (1.0 / count) ** 0.5
    pairs = np.array([pair for pair in edges if pair[0] != pair[1]], dtype=np.intp).reshape(-1, 2)
    for step in range(STEPS):
        apart = at[:, None, :] - at[None, :, :]
        distance = np.maximum(np.linalg.norm(apart, axis=2), 1e-3)
        push = (apart * (ideal**2 / distance**2)[:, :, None]).sum(axis=1)
        between = at[pairs[:, 0]] - at[pairs[:, 1]]
        pull = between * (np.linalg.norm(between, axis=1) / ideal)[:, None]
        np.add.at(push, pairs[:, 0], -pull)
        np.add.at(push, pairs[:, 1], pull)
        length = np.maximum(np.linalg.norm(push, axis=1), 1e-9)
        # The steps become smaller, so that it comes to rest.
        reach = 0.1 * (1.0 - step / STEPS)
        at += push / length[:, None] * np.minimum(length, reach)[:, None]
    low, high = at.min(axis=0), at.max(axis=0)
    scaled = (at - low) / np.maximum(high - low, 1e-9) if count > 1 else np.full((1, 2), 0.5)
    return [(float(x), float(y)) for x, y in scaled]
