"""Small shops with a taste: customers of two segments, who buy in pairs."""

import numpy as np
import scipy.sparse as sp

from queries.recommend.shop import Customers, Products, Shop

PRODUCTS, CATEGORIES, BRANDS = 120, 6, 12
DAY = 86_400


def shop(customers: int = 600, seed: int = 1, unsold: tuple[int, ...] = ()) -> Shop:
    """Products 2n and 2n + 1 are bought together by a fifth of the buyers of either; low places are popular."""
    rng = np.random.default_rng(seed)
    place = np.arange(PRODUCTS)
    sold = np.ones(PRODUCTS, np.bool_)
    sold[list(unsold)] = False
    category = (place % CATEGORIES).astype(np.int32)
    products = Products(place + 1, category, (place % BRANDS).astype(np.int32), sold, tuple("ABCDEF"))
    people = Customers(np.arange(customers) + 1, (np.arange(customers) % 2).astype(np.int32), ("Basic", "VIP"))
    weights = 1 / (place + 3.0)
    bought = np.zeros((customers, PRODUCTS), np.float32)
    for row in range(0, customers, 1):
        for product in rng.choice(PRODUCTS, rng.integers(0, 9), p=weights / weights.sum()):
            bought[row, product] = 1
            if rng.random() < 0.2:
                bought[row, product ^ 1] = 1
    matrix = sp.csr_matrix(bought)
    looked = rng.integers(0, 3, (customers, CATEGORIES)).astype(np.float32)
    last = np.array([row.nonzero()[0][-1] if row.any() else -1 for row in bought], np.int32)
    return Shop(products, people, matrix, looked, last)
