"""Random read-only queries over the view: hops either way, optional parts, conditions, lists, aggregates, order."""

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
    "c": [
        "{v}.customer_id = 2", "{v}.customer_id > 4", "{v}.segment IN ['VIP', 'Basic']", "{v}.name <> 'Name 3'",
        "{v}.name IS NOT NULL", "2 < {v}.customer_id <= 7", "{v}.name ENDS WITH '1'", "{v}.segment =~ 'V.*'",
        "NOT ({v}.segment = 'VIP' OR {v}.customer_id < 3)", "{v}.registration_date.month > 6",
        "CASE {v}.segment WHEN 'VIP' THEN true ELSE {v}.customer_id % 2 = 0 END", "size({v}.name) = 6",
        "NOT {v}.segment IN []", "NOT {v}.name IN $none", "({v}.segment IN ['VIP']) IS NULL",
    ],
    "p": [
        "{v}.product_id = 1", "{v}.price > 300.5", "{v}.category = 'Home'", "NOT {v}.brand STARTS WITH 'A'",
        "{v}.name IS NULL", "coalesce({v}.category, 'none') <> 'Home'", "{v}.price IN [1, 512.29, 716.77]",
        "toUpper({v}.brand) CONTAINS 'A'", "{v}.stock_quantity * 2 > 5 XOR {v}.price < 400",
        "any(x IN [{v}.category, 'Toys'] WHERE x = 'Home')", "{v}.category IN ['Home', null]",
        "NOT {v}.category IN []", "NOT {v}.brand IN $none", "({v}.price IN $none) = false",
        "NOT {v}.category IN [x IN ['Home', 'Toys'] WHERE x = {v}.brand]", "none(x IN [] WHERE x = {v}.name)",
    ],
    "k": ["{v}.name = 'Home'", "{v}.name <> 'Books'", "{v}.name IS NULL"],
    "b": ["{v}.name CONTAINS 'a'", "{v}.name > 'M'"],
}  # fmt: skip
MONEY = {"PURCHASED": "{v}.amount", "INTERACTED": "{v}.duration_seconds"}
SCALARS = {
    "c": [
        "{v}.name", "{v}.segment", "{v}.customer_id + 1", "left({v}.name, 6)", "{v}.registration_date.year",
        "labels({v})",
    ],
    "p": [
        "{v}.name", "{v}.price", "{v}.category = 'Home'", "[{v}.brand, {v}.category]", "{v}.price / 2",
        "{v}.name IS NULL",
    ],
    "k": ["{v}.name", "toLower({v}.name)"],
    "b": ["{v}.name", "size({v}.name)"],
}  # fmt: skip

#: Names with their kinds: those of nodes, and of relationships.
Names = list[tuple[str, str]]


class Grammar:
    """Makes one query; each name is used once."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._count = 0

    def query(self) -> str:
        """One query; columns are ordered by all of them where they are cut, so that the answer is certain."""
        shape = self._draw.choice(
            ("simple", "simple", "optional", "staged", "lists", "exists", "walk", "union", "unlabelled")
        )
        made: str = getattr(self, f"_{shape}")()
        return made

    def _name(self, letter: str) -> str:
        self._count += 1
        return f"{letter}{self._count}"

    def _chance(self, share: float) -> bool:
        return self._draw.random() < share

    # Clauses.

    def _simple(self) -> str:
        nodes, edges, match = self._match()
        return f"{match} {self._returned(nodes, edges)}"

    def _optional(self) -> str:
        nodes, edges, match = self._match(hops=1)
        start, kind = self._draw.choice(nodes)
        more, more_edges, pattern = self._pattern((start, kind), self._draw.randint(1, 2))
        where = self._where([*nodes[:1], *more[1:]], more_edges) if self._chance(0.5) else ""
        optional = f"OPTIONAL MATCH {pattern}{f' WHERE {where}' if where else ''}"
        return f"{match} {optional} {self._returned([*nodes, *more[1:]], [*edges, *more_edges])}"

    def _staged(self) -> str:
        nodes, edges, match = self._match(hops=self._draw.randint(1, 2))
        kept, kind = self._draw.choice(nodes)
        aggregate = self._draw.choice(self._aggregates(nodes, edges))
        number = self._name("a")
        stage = self._draw.choice(
            (
                f"WITH DISTINCT {kept}",
                f"WITH {kept}, {aggregate} AS {number}",
                f"WITH {kept}, count(*) AS {number} WHERE {number} > 1",
                f"WITH {kept} WHERE {self._draw.choice(CONDITIONS[kind]).format(v=kept)}",
            )
        )
        more, more_edges, pattern = self._pattern((kept, kind), 1)
        return f"{match} {stage} MATCH {pattern} {self._returned(more, more_edges)}"

    def _lists(self) -> str:
        nodes, _, match = self._match(hops=1)
        (first, kind), (second, other) = nodes[0], nodes[-1]
        value = f"{second}.{self._draw.choice((KEYS[other], 'name'))}"
        shown = self._draw.choice(
            (
                f"UNWIND l AS x RETURN {first}.{KEYS[kind]} AS k, x AS v",
                f"RETURN {first}.{KEYS[kind]} AS k, [x IN l WHERE x IS NOT NULL | x] AS v, size(l) AS n",
                f"RETURN {first}.{KEYS[kind]} AS k, all(x IN l WHERE x = l[0]) AS v",
                f"RETURN size(l) AS n, count(*) AS k, min({first}.{KEYS[kind]}) AS m ORDER BY n",
                f"UNWIND l + [null] AS x WITH x, count(DISTINCT {first}) AS n RETURN x, n",
            )
        )
        return f"{match} WITH {first}, collect({value}) AS l {shown}"

    def _exists(self) -> str:
        nodes, edges, match = self._match(hops=1, condition=False)
        start, kind = self._draw.choice(nodes)
        more, more_edges, pattern = self._pattern((start, kind), self._draw.randint(1, 2))
        where = self._where(more, more_edges)
        test = f"EXISTS {{ {pattern}{f' WHERE {where}' if where else ''} }}"
        if self._chance(0.5):
            return f"{match} WHERE {'NOT ' if self._chance(0.5) else ''}{test} {self._returned(nodes, edges)}"
        return f"{match} RETURN {start}.{KEYS[kind]} AS k, {test} AS v, COUNT {{ {pattern} }} AS n"

    def _walk(self) -> str:
        kind = self._draw.choice(("c", "p", "k"))
        start, end, edge, path = (self._name(letter) for letter in "neep")
        types = self._draw.choice((":PURCHASED", ":PURCHASED|BELONGS_TO", ":BELONGS_TO|MANUFACTURED_BY"))
        length = self._draw.choice(("*1..2", "*2", "*0..1", "*0..2"))
        arrow = self._draw.choice(("->", "<-", "-", "-"))
        left, right = ("<-", "-") if arrow == "<-" else ("-", arrow)
        named = f"{path} = " if self._chance(0.6) else ""
        where = f"WHERE {start}.{KEYS[kind]} {'= 2' if kind != 'k' else '<> 1'}"
        shown = [f"{start}.{KEYS[kind]} AS k", f"{end} AS e", f"size({edge}) AS s"]
        shown += [f"length({path}) AS l", f"[x IN nodes({path}) | x.name] AS ns"] if named else []
        returned = self._draw.choice((", ".join(shown), "count(*) AS n", f"DISTINCT {end} AS e", f"{edge} AS r"))
        match = f"MATCH {named}({start}{NODE_LABEL[kind]}){left}[{edge}{types}{length}]{right}({end})"
        return f"{match} {where} RETURN {returned}"

    def _union(self) -> str:
        parts = []
        for _ in range(2):
            nodes, _, match = self._match(hops=self._draw.randint(0, 1))
            name, kind = self._draw.choice(nodes)
            parts.append(f"{match} RETURN {name}.name AS x, '{kind}' AS y")
        return f" {self._draw.choice(('UNION', 'UNION ALL'))} ".join(parts)

    def _unlabelled(self) -> str:
        one, edge, other = self._name("n"), self._name("e"), self._name("m")
        where = self._draw.choice(
            (f" WHERE {one}.name < 'N'", f" WHERE {one}:Product", f" WHERE {edge}.amount > 200", "")
        )
        shown = self._draw.choice(
            (
                f"{one}.name AS n, type({edge}) AS t, count(*) AS c",
                f"DISTINCT {one} AS n",
                f"labels({other}) AS l, count(DISTINCT {one}) AS c, sum({edge}.amount) AS s",
                f"{edge} AS e, {other}:Category AS k",
            )
        )
        return f"MATCH ({one})-[{edge}]-({other}){where} RETURN {shown}"

    # Parts.

    def _match(self, hops: int | None = None, *, condition: bool = True) -> tuple[Names, Names, str]:
        kind = self._draw.choice(("c", "c", "p", "p", "k"))
        start = (self._name("n"), kind)
        nodes, edges, pattern = self._pattern(start, self._draw.randint(1, 3) if hops is None else hops, bound=False)
        where = self._where(nodes, edges) if condition else ""
        return nodes, edges, f"MATCH {pattern}{f' WHERE {where}' if where else ''}"

    def _pattern(self, start: tuple[str, str], hops: int, *, bound: bool = True) -> tuple[Names, Names, str]:
        name, kind = start
        nodes, edges = [start], []
        labelled = kind == "k" or hops == 0 or self._chance(0.7)
        text = f"({name}{NODE_LABEL[kind] if labelled and not bound else ''})"
        for _ in range(hops):
            type_name, other, away = self._draw.choice(HOPS[kind])
            step, end = self._name("e"), self._name("n")
            edge = f"[{step}:{type_name}]" if self._chance(0.7) else f"[:{type_name}]"
            if edge.startswith("[e"):
                edges.append((step, type_name))
            both = self._chance(0.2)
            label = NODE_LABEL[other] if self._chance(0.5) else ""
            text += f"{'<' if not away and not both else ''}-{edge}-{'>' if away and not both else ''}({end}{label})"
            nodes.append((end, other))
            kind = other
        return nodes, edges, text

    def _where(self, nodes: Names, edges: Names) -> str:
        parts = [self._draw.choice(CONDITIONS[kind]).format(v=name) for name, kind in nodes if self._chance(0.4)]
        same = [(a, b) for place, (a, kind) in enumerate(nodes) for b, other in nodes[place + 1 :] if kind == other]
        if same and self._chance(0.6):
            parts.append("{} <> {}".format(*self._draw.choice(same)))
        people = [name for name, kind in nodes if kind == "c"]
        goods = [name for name, kind in nodes if kind == "p"]
        if people and goods and self._chance(0.3):
            end = self._draw.choice((self._draw.choice(goods), "", ":Product {category: 'Home'}"))
            type_name = self._draw.choice(("PURCHASED", "INTERACTED"))
            parts.append(f"NOT ({self._draw.choice(people)})-[:{type_name}]->({end})")
        paid = [MONEY[kind].format(v=name) for name, kind in edges if kind in MONEY]
        if paid and self._chance(0.3):
            parts.append(f"{self._draw.choice(paid)} > {self._draw.choice((20, 300))}")
        if len(parts) > 1 and self._chance(0.3):
            return f"{parts[0]} OR {' AND '.join(parts[1:])}"
        return " AND ".join(parts)

    def _returned(self, nodes: Names, edges: Names) -> str:
        shown = self._draw.sample(nodes, min(len(nodes), self._draw.randint(1, 2)))
        keys = [f"{name}.{KEYS[kind]} AS k{number}" for number, (name, kind) in enumerate(shown)]
        shape = self._draw.choice(("plain", "distinct", "grouped", "grouped", "total", "scalars", "whole"))
        if shape == "total":
            return f"RETURN {', '.join(self._some(self._aggregates(nodes, edges)))}"
        if shape == "whole":
            distinct = "DISTINCT " if self._chance(0.5) else ""
            return f"RETURN {distinct}{', '.join(name for name, _ in [*shown, *edges[:1]])}"
        if shape == "scalars":
            name, kind = shown[0]
            return f"RETURN {self._draw.choice(SCALARS[kind]).format(v=name)} AS v, count(*) AS n"
        extra = self._some(self._aggregates(nodes, edges)) if shape == "grouped" else []
        columns = keys + extra
        order = ", ".join(
            f"{column.split(' AS ')[1]}{self._draw.choice(('', ' DESC'))}"
            for column in columns
            if "collect" not in column
        )
        page = self._draw.choice(("", " LIMIT 5", " SKIP 1 LIMIT 3"))
        return f"RETURN {'DISTINCT ' if shape == 'distinct' else ''}{', '.join(columns)} ORDER BY {order}{page}"

    def _aggregates(self, nodes: Names, edges: Names) -> list[str]:
        name, kind = self._draw.choice(nodes)
        key = f"{name}.{KEYS[kind]}"
        options = ["count(*)", f"count(DISTINCT {name})", f"min({key})", f"max({key})", f"count({name})"]
        options += [f"collect(DISTINCT {key})"]
        options += [f"sum({MONEY[kind].format(v=edge)})" for edge, kind in edges if kind in MONEY]
        options += [f"avg({MONEY[kind].format(v=edge)})" for edge, kind in edges if kind in MONEY]
        return options

    def _some(self, options: list[str]) -> list[str]:
        chosen = self._draw.sample(options, min(len(options), self._draw.randint(1, 2)))
        return [f"{option} AS a{number}" for number, option in enumerate(chosen)]


def random_query(draw: random.Random) -> str:
    """One query."""
    return Grammar(draw).query()
