"""Random read-only queries over the view: hops either way, conditions, aggregates, order."""

import random

NODE_LABEL = {"c": ":Customer", "p": ":Product", "k": ":Category", "b": ":Brand"}
#: From a node's kind: type, kind of the other end, whether it points away.
HOPS = {
    "c": [("PURCHASED", "p", True), ("INTERACTED", "p", True)],
    "p": [
        ("PURCHASED", "c", False),
        ("INTERACTED", "c", False),
        ("BELONGS_TO", "k", True),
        ("MANUFACTURED_BY", "b", True),
    ],
    "k": [("BELONGS_TO", "p", False)],
    "b": [("MANUFACTURED_BY", "p", False)],
}
KEYS = {"c": "customer_id", "p": "product_id", "k": "name", "b": "name"}
CONDITIONS = {
    "c": ["{v}.customer_id = 2", "{v}.customer_id > 4", "{v}.segment IN ['VIP', 'Basic']", "{v}.name <> 'Name 3'"],
    "p": ["{v}.product_id = 1", "{v}.price > 300.5", "{v}.category = 'Home'", "NOT {v}.brand STARTS WITH 'A'"],
    "k": ["{v}.name = 'Home'", "{v}.name <> 'Books'"],
    "b": ["{v}.name CONTAINS 'a'"],
}
MONEY = {"PURCHASED": "{v}.amount", "INTERACTED": "{v}.duration_seconds"}


def random_query(draw: random.Random) -> str:
    """One query; columns are ordered by all of them where they are cut, so that the answer is certain."""
    nodes, edges, pattern = _pattern(draw)
    where = _where(draw, nodes)
    match = f"MATCH {pattern}{f' WHERE {where}' if where else ''}"
    shown = draw.sample(nodes, min(len(nodes), draw.randint(1, 2)))
    keys = [f"{name}.{KEYS[kind]} AS k{number}" for number, (name, kind) in enumerate(shown)]
    shape = draw.choice(("plain", "distinct", "grouped", "grouped", "total"))
    if shape == "total":
        return f"{match} RETURN {', '.join(_aggregates(draw, nodes, edges))}"
    extra = _aggregates(draw, nodes, edges) if shape == "grouped" else []
    columns = keys + extra
    order = ", ".join(
        f"{column.split(' AS ')[1]}{draw.choice(('', ' DESC'))}" for column in columns if "collect" not in column
    )
    page = draw.choice(("", " LIMIT 5", " SKIP 1 LIMIT 3"))
    return f"{match} RETURN {'DISTINCT ' if shape == 'distinct' else ''}{', '.join(columns)} ORDER BY {order}{page}"


def _pattern(draw: random.Random) -> tuple[list[tuple[str, str]], list[tuple[str, str]], str]:
    kind = draw.choice(("c", "c", "p", "p", "k"))
    nodes, edges = [("n0", kind)], []
    text = f"(n0{draw.choice((NODE_LABEL[kind], NODE_LABEL[kind], ''))})" if kind != "k" else "(n0:Category)"
    for hop in range(draw.randint(1, 3)):
        type_name, other, away = draw.choice(HOPS[kind])
        name = f"n{hop + 1}"
        label = draw.choice((NODE_LABEL[other], ""))
        edge = draw.choice((f"[e{hop}:{type_name}]", f"[e{hop}:{type_name}]", f"[:{type_name}]"))
        if edge.startswith("[e"):
            edges.append((f"e{hop}", type_name))
        both = draw.random() < 0.2
        text += f"{'<' if not away and not both else ''}-{edge}-{'>' if away and not both else ''}({name}{label})"
        nodes.append((name, other))
        kind = other
    return nodes, edges, text


def _where(draw: random.Random, nodes: list[tuple[str, str]]) -> str:
    parts = [draw.choice(CONDITIONS[kind]).format(v=name) for name, kind in nodes if draw.random() < 0.4]
    same = [(a, b) for place, (a, kind) in enumerate(nodes) for b, other in nodes[place + 1 :] if kind == other]
    if same and draw.random() < 0.6:
        parts.append("{} <> {}".format(*draw.choice(same)))
    people = [name for name, kind in nodes if kind == "c"]
    goods = [name for name, kind in nodes if kind == "p"]
    if people and goods and draw.random() < 0.4:
        end = draw.choice((draw.choice(goods), "", ":Product {category: 'Home'}"))
        parts.append(f"NOT ({draw.choice(people)})-[:{draw.choice(('PURCHASED', 'INTERACTED'))}]->({end})")
    if len(parts) > 1 and draw.random() < 0.3:
        return f"{parts[0]} OR {' AND '.join(parts[1:])}"
    return " AND ".join(parts)


def _aggregates(draw: random.Random, nodes: list[tuple[str, str]], edges: list[tuple[str, str]]) -> list[str]:
    name, kind = draw.choice(nodes)
    options = ["count(*)", f"count(DISTINCT {name})", f"min({name}.{KEYS[kind]})", f"max({name}.{KEYS[kind]})"]
    options += [f"collect(DISTINCT {name}.{KEYS[kind]})"]
    options += [f"sum({MONEY[type_name].format(v=edge)})" for edge, type_name in edges if type_name in MONEY]
    chosen = draw.sample(options, min(len(options), draw.randint(1, 2)))
    return [f"{option} AS a{number}" for number, option in enumerate(chosen)]
