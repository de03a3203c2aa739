"""The 15 reports over plain rows, written apart from the SQL: dictionaries, Decimal, one customer after the other."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.integration.queries.world import SEGMENTS, Product, Transaction, World

Rows = list[tuple[Any, ...]]
Params = dict[str, Any]
ZERO = Decimal("0.00")
DAY = dt.timedelta(days=1)


@dataclass
class Ledger:
    """What counts up to a moment."""

    world: World
    as_of: dt.datetime
    bought: list[Transaction]
    refunded: list[Transaction]

    def value(self, customer: int) -> Decimal:
        return sum((row.amount for row in self.bought + self.refunded if row.customer_id == customer), ZERO)

    def of(self, customer: int) -> list[Transaction]:
        return [row for row in self.bought if row.customer_id == customer]


def ledger(world: World, as_of: dt.datetime) -> Ledger:
    past = [row for row in world.transactions if row.ts <= as_of]
    return Ledger(
        world,
        as_of,
        [row for row in past if row.status == "completed"],
        [row for row in past if row.status == "refunded"],
    )


def cents(total: Decimal, count: int) -> Decimal:
    return (total / count).quantize(Decimal("0.01"), ROUND_HALF_UP) if count else ZERO


def percent(part: Any, whole: Any) -> float:
    return 100 * float(part) / float(whole) if whole else 0.0


def money(rows: Iterable[Transaction]) -> Decimal:
    return sum((row.amount for row in rows), ZERO)


def month(moment: dt.datetime | dt.date) -> dt.date:
    return dt.date(moment.year, moment.month, 1)


def months_apart(early: dt.date, late: dt.date) -> int:
    return (late.year - early.year) * 12 + late.month - early.month


def segmentation(books: Ledger, _: Params) -> Rows:
    groups = defaultdict(list)
    for customer in books.world.customers.values():
        groups[customer.segment].append(customer.customer_id)
    values = {segment: sum(map(books.value, ids), ZERO) for segment, ids in groups.items()}
    rows: Rows = []
    for segment, ids in groups.items():
        purchases = sum(len(books.of(number)) for number in ids)
        share, part = percent(len(ids), len(books.world.customers)), percent(values[segment], sum(values.values()))
        rows.append((segment, len(ids), share, purchases, values[segment], part, cents(values[segment], len(ids))))
    return sorted(rows, key=lambda row: (-row[4], row[0]))


def traders(books: Ledger) -> list[int]:
    known = {row.customer_id for row in books.bought + books.refunded}
    return [number for number in books.world.customers if number in known]


def top_customers(books: Ledger, params: Params) -> Rows:
    rows: Rows = []
    for number in traders(books):
        customer = books.world.customers[number]
        if params["segments"] and customer.segment not in params["segments"]:
            continue
        own = books.of(number)
        days = (books.as_of.date() - customer.registration_date).days
        mean = cents(money(own), len(own))
        day = customer.registration_date
        rows.append((number, customer.name, customer.segment, books.value(number), len(own), mean, day, days))
    return sorted(rows, key=lambda row: (-row[3], row[0]))[: params["limit"]]


def registration_trends(books: Ledger, params: Params) -> Rows:
    groups = defaultdict(list)
    for customer in books.world.customers.values():
        day = customer.registration_date
        recent = 0 <= months_apart(month(day), month(books.as_of)) < params["months"]
        if day <= books.as_of.date() and recent and params["channel"] in ("", customer.acquisition_channel):
            groups[month(day), customer.segment].append(customer)
    rows: Rows = []
    for (first, segment), members in sorted(groups.items()):
        by_channel: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for member in members:
            by_channel[member.acquisition_channel] += books.value(member.customer_id)
        buyers = sum(1 for member in members if books.of(member.customer_id))
        total = sum(by_channel.values(), ZERO)
        best = min(by_channel, key=lambda channel: (-by_channel[channel], channel))
        rows.append((first, segment, len(members), buyers, total, cents(total, len(members)), best))
    return rows


def monthly_revenue(books: Ledger, params: Params) -> Rows:
    rows: Rows = []
    for first in sorted({month(row.ts) for row in books.bought + books.refunded}):
        if months_apart(first, month(books.as_of)) >= params["months"]:
            continue
        bought = [row for row in books.bought if month(row.ts) == first]
        refunded = [row for row in books.refunded if month(row.ts) == first]
        revenue = money(bought) + money(refunded)
        before = rows[-1][3] if rows and months_apart(rows[-1][0], first) == 1 else ZERO
        growth = percent(revenue - before, before) if before else None
        buyers = len({row.customer_id for row in bought})
        mean = cents(money(bought), len(bought))
        rows.append((first, len(bought), buyers, revenue, len(refunded), money(refunded), mean, growth))
    return rows


def purchase_behavior(books: Ledger, params: Params) -> Rows:
    rows: Rows = []
    for number, customer in books.world.customers.items():
        own = books.of(number)
        if len(own) < max(params["min_purchases"], 1):
            continue
        times = sorted(row.ts for row in own)
        gap = (times[-1] - times[0]) / DAY / (len(own) - 1) if len(own) > 1 else 0
        products, units = len({row.product_id for row in own}), sum(row.quantity for row in own)
        mean = cents(money(own), len(own))
        who = (number, customer.name, customer.segment)
        rows.append((*who, books.value(number), len(own), products, units, mean, times[0], times[-1], gap))
    return sorted(rows, key=lambda row: (-row[3], -row[4], row[0]))[: params["limit"]]


def product_performance(books: Ledger, params: Params) -> Rows:
    rows: Rows = []
    for number, product in books.world.products.items():
        if params["category"] not in ("", product.category):
            continue
        sold = [row for row in books.bought if row.product_id == number]
        back = [row for row in books.refunded if row.product_id == number]
        buyers, units = len({row.customer_id for row in sold}), sum(row.quantity for row in sold)
        what = (number, product.name, product.category, product.brand, product.price)
        rate = percent(len(back), len(sold))
        rows.append((*what, len(sold), buyers, units, money(sold + back), rate, product.stock_quantity))
    return sorted(rows, key=lambda row: (-row[8], -row[5], row[0]))[: params["limit"]]


def interaction_patterns(books: Ledger, params: Params) -> Rows:
    oldest = books.as_of - params["days"] * DAY
    acts = [act for act in books.world.interactions if oldest < act.ts <= books.as_of]
    rows: Rows = []
    for kind, count in Counter(act.type for act in acts).items():
        own = [act for act in acts if act.type == kind]
        people = len({act.customer_id for act in own})
        mean = sum(act.duration_seconds for act in own) / count
        goods = len({act.product_id for act in own})
        rows.append((kind, count, percent(count, len(acts)), people, goods, mean, count / people))
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def engagement_score(books: Ledger, params: Params) -> Rows:
    today = month(books.as_of)
    kinds = ("view", "cart", "wishlist", "review", "share")
    rows: Rows = []
    for number, customer in books.world.customers.items():
        acts = [a for a in books.world.interactions if a.customer_id == number and a.ts <= books.as_of]
        acts = [act for act in acts if months_apart(month(act.ts), today) < params["months"]]
        own = [row for row in books.of(number) if months_apart(month(row.ts), today) < params["months"]]
        if not acts and not own:
            continue
        times = [act.ts for act in acts] + [row.ts for row in own]
        counts = [sum(act.type == kind for act in acts) for kind in kinds]
        points = sum(count * params[f"{kind}_weight"] for kind, count in zip(kinds, counts, strict=True))
        points += len(own) * params["purchase_weight"]
        days = len({moment.date() for moment in times})
        who = (number, customer.name, customer.segment)
        rows.append((*who, points, len(acts), *counts, len(own), days, max(times)))
    return sorted(rows, key=lambda row: (-row[3], row[0]))[: params["limit"]]


def _sales(books: Ledger, trait: Callable[[Product], str]) -> dict[tuple[str, str], tuple[int, int, Decimal]]:
    groups = defaultdict(list)
    for row in books.bought + books.refunded:
        customer, product = books.world.customers.get(row.customer_id), books.world.products.get(row.product_id)
        if customer is not None and product is not None:
            groups[customer.segment, trait(product)].append(row)
    answer = {}
    for key, sales in groups.items():
        bought = [row for row in sales if row.status == "completed"]
        answer[key] = (len(bought), len({row.customer_id for row in bought}), money(sales))
    return answer


def category_by_segment(books: Ledger, _: Params) -> Rows:
    sales = _sales(books, lambda product: product.category)
    rows: Rows = []
    for (segment, category), (count, buyers, revenue) in sales.items():
        in_segment = sum(value for (other, _), (_, _, value) in sales.items() if other == segment)
        in_category = sum(value for (_, other), (_, _, value) in sales.items() if other == category)
        shares = percent(revenue, in_segment), percent(revenue, in_category)
        rows.append((segment, category, count, buyers, revenue, *shares))
    return sorted(rows, key=lambda row: (row[0], -row[4], row[1]))


def brand_by_segment(books: Ledger, params: Params) -> Rows:
    sales = _sales(books, lambda product: product.brand)
    rows: Rows = []
    for segment in sorted(SEGMENTS):
        own = [(brand, *sale) for (other, brand), sale in sales.items() if other == segment]
        total = sum(sale[3] for sale in own)
        for rank, sale in enumerate(sorted(own, key=lambda sale: (-sale[3], sale[0]))[: params["top"]], 1):
            rows.append((segment, rank, *sale, percent(sale[3], total)))
    return rows


def cohort_retention(books: Ledger, params: Params) -> Rows:
    cohorts: dict[int, dt.date] = {}
    for row in sorted(books.bought, key=lambda row: row.ts):
        cohorts.setdefault(row.customer_id, month(row.ts))
    sizes = Counter(cohorts.values())
    cells: dict[tuple[dt.date, int], list[Transaction]] = defaultdict(list)
    for row in books.bought + books.refunded:
        if row.customer_id in cohorts:
            apart = months_apart(cohorts[row.customer_id], month(row.ts))
            if 0 <= apart <= params["months"]:
                cells[cohorts[row.customer_id], apart].append(row)
    rows: Rows = []
    for (cohort, apart), cell in sorted(cells.items(), key=lambda item: item[0]):
        active = len({row.customer_id for row in cell if row.status == "completed"})
        rows.append((cohort, apart, sizes[cohort], active, percent(active, sizes[cohort]), money(cell)))
    return rows


def ltv_quartiles(books: Ledger, _: Params) -> Rows:
    rows: Rows = []
    for segment in sorted(SEGMENTS):
        own = [number for number, customer in books.world.customers.items() if customer.segment == segment]
        own.sort(key=lambda number: (-books.value(number), number))
        total = sum(map(books.value, own), ZERO)
        base, rest = divmod(len(own), 4)
        start = 0
        for quartile in (1, 2, 3, 4):
            values = [books.value(number) for number in own[start : start + base + (quartile <= rest)]]
            start += len(values)
            if values:
                part = sum(values, ZERO)
                spread = (min(values), cents(part, len(values)), max(values))
                rows.append((segment, quartile, len(values), *spread, part, percent(part, total)))
    return rows


def category_gaps(books: Ledger, params: Params) -> Rows:
    spent: dict[tuple[int, str], list[Transaction]] = defaultdict(list)
    for row in books.bought + books.refunded:
        if row.product_id in books.world.products:
            spent[row.customer_id, books.world.products[row.product_id].category].append(row)
    buys = {key: money(rows) for key, rows in spent.items() if any(row.status == "completed" for row in rows)}
    rows: Rows = []
    for category in set(params["categories"]):
        for segment in params["segments"]:
            members = [number for number, who in books.world.customers.items() if who.segment == segment]
            with_it = [buys[number, category] for number in members if (number, category) in buys]
            without = [number for number in members if (number, category) not in buys]
            mean = cents(sum(with_it, ZERO), len(with_it))
            for number in without:
                who = (segment, category, number, books.world.customers[number].name, books.value(number))
                rows.append((*who, mean, len(without), mean * len(without)))
    return sorted(rows, key=lambda row: (-row[4], row[2], row[1]))[: params["limit"]]


def basket_analysis(books: Ledger, params: Params) -> Rows:
    def inside(row: Transaction) -> bool:
        return bool(months_apart(month(row.ts), month(books.as_of)) < params["months"])

    pairs: Counter[tuple[int, int]] = Counter()
    for customer in {row.customer_id for row in books.bought}:
        own = sorted(
            (row for row in books.bought if row.customer_id == customer), key=lambda r: (r.ts, r.transaction_id)
        )
        found = set()
        for place, later in enumerate(own):
            for earlier in own[max(0, place - params["max_before"]) : place] if inside(later) else []:
                a, b = sorted((earlier.product_id, later.product_id))
                if a != b and later.ts - earlier.ts <= params["window_days"] * DAY:
                    found.add((a, b))
        pairs.update(found)
    recent = [row for row in books.bought if inside(row)]
    everyone = len({row.customer_id for row in recent})
    goods, rows = books.world.products, Rows()
    for (a, b), count in pairs.items():
        if count >= params["min_customers"] and a in goods and b in goods:
            buyers = [len({row.customer_id for row in recent if row.product_id == number}) for number in (a, b)]
            lift = count * everyone / (buyers[0] * buyers[1])
            rows.append((a, goods[a].name, b, goods[b].name, count, percent(count, min(buyers)), lift))
    return sorted(rows, key=lambda row: (-row[4], row[0], row[2]))[: params["limit"]]


def churn_risk(books: Ledger, params: Params) -> Rows:
    rows: Rows = []
    for number, customer in books.world.customers.items():
        own = books.of(number)
        if not own or (params["segments"] and customer.segment not in params["segments"]):
            continue
        latest = max(row.ts for row in own)
        if latest > books.as_of - params["days"] * DAY:
            continue
        acts = [a.ts for a in books.world.interactions if a.customer_id == number and a.ts <= books.as_of]
        seen = max(acts) if acts else None
        who = (customer.segment, number, customer.name, books.value(number), len(own))
        rows.append((*who, latest, (books.as_of - latest).days, seen))
    whole: Rows = []
    for row in rows:
        group = [other for other in rows if other[0] == row[0]]
        whole.append((*row, len(group), sum((other[3] for other in group), ZERO)))
    return sorted(whole, key=lambda row: (-row[3], row[1]))[: params["limit"]]


REPORTS: dict[str, Callable[[Ledger, Params], Rows]] = {
    "customer_segmentation": segmentation,
    "top_customers": top_customers,
    "registration_trends": registration_trends,
    "monthly_revenue": monthly_revenue,
    "purchase_behavior": purchase_behavior,
    "product_performance": product_performance,
    "interaction_patterns": interaction_patterns,
    "engagement_score": engagement_score,
    "category_by_segment": category_by_segment,
    "brand_by_segment": brand_by_segment,
    "cohort_retention": cohort_retention,
    "ltv_quartiles": ltv_quartiles,
    "category_gaps": category_gaps,
    "basket_analysis": basket_analysis,
    "churn_risk": churn_risk,
}
