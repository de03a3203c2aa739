"""The suite's grammar of queries, and more: ties, repeats between the same two, loops, null, numbers, texts, time."""

import random
from dataclasses import dataclass

from tests.integration.queries.cypher_grammar import KEYS, NODE_LABEL, Grammar, Names
from tests.oracle.cypher.expressions import Expressions, Kind, Scope

ATOMS: dict[str, dict[Kind, tuple[str, ...]]] = {
    "c": {
        "whole": ("customer_id", "customer_id", "registration_date.year", "registration_date.month"),
        "text": ("name", "name", "segment", "acquisition_channel", "country"),
        "float": ("lifetime_value",),
    },
    "p": {
        "whole": ("product_id", "stock_quantity", "stock_quantity"),
        "text": ("name", "category", "brand"),
        "float": ("price", "price"),
    },
    "k": {"text": ("name",)},
    "b": {"text": ("name",)},
    "PURCHASED": {"whole": ("quantity", "quantity", "ts.day", "ts.hour"), "text": ("channel",), "float": ("amount",)},
    "INTERACTED": {"whole": ("duration_seconds", "ts.month"), "text": ("type", "type")},
}
#: What many rows have in common: a good key to tie by.
TIES = {"c": "segment", "p": "category", "k": "name", "b": "name"}
UNWOUND = (
    "[1, 2, null, 2]", "[3, 1, 2, 2, null, 9]", "range(0, 3)", "[1, 2] + [null]", "[null, null, 1]", "[0, -1, 7, 7]",
)  # fmt: skip
MOMENTS = ("2025-01-15T00:00:00Z", "2025-03-01T12:30:00Z", "2025-06-01T00:00:00+02:00")
DAYS = ("2024-06-01", "2025-01-01", "2025-03-15")


@dataclass(frozen=True)
class Made:
    """A query, and whether the lists in it are collected from rows in a total order."""

    text: str
    exact: bool = False


class WideGrammar(Grammar):
    """Makes one query; each name is used once."""

    SHAPES = (
        "values", "values", "expressions", "expressions", "filtered", "filtered", "ties", "ties", "loop", "several",
        "chain", "ordered", "gathered", "inner", "time", "distinct", "unwound", "unions", "nulls", "path", "deep",
        "maps", "missing", "apart", "numbers", "numbers",
    )  # fmt: skip

    def made(self) -> Made:
        """One query."""
        if self._chance(0.4):
            return Made(self.query())
        shape = self._draw.choice(self.SHAPES)
        text: str = getattr(self, f"_{shape}")()
        return Made(text, exact=shape == "ordered")

    # What is in scope.

    def _scope(self, nodes: Names, edges: Names, more: Scope | None = None) -> Scope:
        scope: Scope = {kind: list(found) for kind, found in (more or {}).items()}
        for name, kind in (*nodes, *edges):
            for of, keys in ATOMS.get(kind, {}).items():
                scope.setdefault(of, []).extend(f"{name}.{key}" for key in keys)
        return scope

    def _of(self, scope: Scope) -> Expressions:
        return Expressions(self._draw, scope)

    def _kind(self) -> Kind:
        kinds: tuple[Kind, ...] = (
            "whole", "whole", "float", "float", "text", "text", "truth", "truth", "wholes", "texts",
            "number", "numbers",
        )  # fmt: skip
        return self._draw.choice(kinds)

    # Shapes.

    def _values(self) -> str:
        """Expressions over the items of a list."""
        scope: Scope = {"whole": ["y", "y"]}
        shown = [f"{self._of(scope).of(self._kind(), 3)} AS v{n}" for n in range(self._draw.randint(1, 3))]
        return f"UNWIND {self._draw.choice(UNWOUND)} AS y RETURN y, {', '.join(shown)}"

    def _expressions(self) -> str:
        nodes, edges, match = self._match(hops=self._draw.randint(0, 1))
        made = self._of(self._scope(nodes, edges))
        name, kind = nodes[0]
        shown = [f"{made.of(self._kind(), 2)} AS v{n}" for n in range(self._draw.randint(1, 3))]
        return f"{match} RETURN {name}.{KEYS[kind]} AS k, {', '.join(shown)}"

    def _filtered(self) -> str:
        nodes, edges, match = self._match(hops=self._draw.randint(0, 2), condition=False)
        made = self._of(self._scope(nodes, edges))
        test = made.of("truth", 2)
        wrapped = f"NOT ({test})" if self._chance(0.4) else test
        return f"{match} WHERE {wrapped} {self._returned(nodes, edges)}"

    def _ties(self) -> str:
        """An order that is not total, and often a page of it."""
        nodes, _, match = self._match(hops=self._draw.randint(0, 2))
        name, kind = self._draw.choice(nodes)
        down, page = self._draw.choice(("", " DESC")), self._draw.choice((" LIMIT 3", " SKIP 2 LIMIT 4", " SKIP 3", ""))
        other, its = self._draw.choice(nodes)
        if self._chance(0.3):
            count = f"count(*) AS n ORDER BY n{down}{page}"
            return f"{match} RETURN {name}.{KEYS[kind]} AS k, {count}"
        sorts = f"ORDER BY s{down}" + (", t DESC" if self._chance(0.3) else "")
        shown = f"{name}.{TIES[kind]} AS s, {other}.name AS t, {other}.{KEYS[its]} AS k"
        return f"{match} RETURN {shown} {sorts}{page}"

    def _loop(self) -> str:
        """Back to where it began: relationships between the same two, and those of one MATCH told apart."""
        c, p, q, r, s = (self._name(letter) for letter in "nnnee")
        one, two = (self._draw.choice(("PURCHASED", "INTERACTED", "PURCHASED|INTERACTED")) for _ in range(2))
        pattern = self._draw.choice((
            f"({c}:Customer)-[{r}:{one}]->({p})<-[{s}:{two}]-({c})",
            f"({c}:Customer)-[{r}:{one}]-({p}:Product)-[{s}:{two}]-({c})",
            f"({c}:Customer)-[{r}:{one}]->({p})<-[:{two}]-({q}:Customer)-[{s}:PURCHASED]->({p})",
            f"({c}:Customer)-[{r}:{one}]->({p})<-[:{two}]-({q})-[{s}:PURCHASED]->({p})<-[:INTERACTED]-({c})",
            f"({c}:Customer)-[{r}:{one}]->({p}), ({c})-[{s}:{two}]->({p})",
            f"({p}:Product)<-[{r}:{one}]-({c})-[:PURCHASED]->()<-[{s}:{two}]-({c})",
        ))  # fmt: skip
        where = self._draw.choice(("", "", f" WHERE {r}.ts < {s}.ts", f" WHERE {c}.customer_id < 5"))
        shown = self._draw.choice((
            "count(*) AS n", f"{c}.customer_id AS c, count(*) AS n, count(DISTINCT {p}) AS m",
            f"DISTINCT {c}.customer_id AS c, {p}.product_id AS p", f"count(DISTINCT {r}) AS n, count({s}) AS m",
            f"{c}.customer_id AS c, {p}.product_id AS p, type({r}) AS t",
            f"{r}.ts > {s}.ts AS b, count(*) AS n", f"{c}.segment AS s, min({r}.ts) AS a, max({s}.ts) AS b",
        ))  # fmt: skip
        return f"MATCH {pattern}{where} RETURN {shown}"

    def _several(self) -> str:
        """Several patterns, in one MATCH or in more, some optional."""
        nodes, edges, pattern = self._pattern((self._name("n"), "c"), 1, bound=False)
        more, more_edges, other = self._pattern(self._draw.choice(nodes), self._draw.randint(1, 2))
        glue = self._draw.choice((", ", " MATCH ", " OPTIONAL MATCH "))
        found, found_edges = [*nodes, *more[1:]], [*edges, *more_edges]
        where = self._where(found if glue != " OPTIONAL MATCH " else more, more_edges)
        text = f"MATCH {pattern}{glue}{other}{f' WHERE {where}' if where else ''}"
        if self._chance(0.3):
            last, last_edges, final = self._pattern(self._draw.choice(nodes), 1)
            text += f" OPTIONAL MATCH {final}"
            found, found_edges = [*found, *last[1:]], [*found_edges, *last_edges]
        return f"{text} {self._returned(found, found_edges)}"

    def _chain(self) -> str:
        """Stages: what is grouped is filtered, ordered in full, cut, and matched again."""
        nodes, edges, match = self._match(hops=1)
        (name, kind), number = self._draw.choice(nodes), self._name("a")
        aggregate = self._draw.choice(self._aggregates(nodes, edges)[:5])
        down = self._draw.choice(("", " DESC"))
        cut = (
            f"ORDER BY {number}{down}, {name}.{KEYS[kind]} {self._draw.choice(('LIMIT 4', 'SKIP 1 LIMIT 3', 'SKIP 2'))}"
        )
        stage = f"WITH {name}, {aggregate} AS {number} {cut}"
        more, more_edges, pattern = self._pattern((name, kind), self._draw.randint(1, 2))
        ask = f"{self._draw.choice(('MATCH', 'OPTIONAL MATCH'))} {pattern}"
        where = self._where(more[1:], more_edges)
        last = f"RETURN {name}.{KEYS[kind]} AS k, {number} AS x, count(*) AS n"
        if aggregate.startswith("count"):
            far = more[-1][0]
            filtered = f"WITH {name}, {number}, count(DISTINCT {far}) AS n WHERE n > 1"
            last = self._draw.choice((
                f"{last}, count({far}) AS m", f"{filtered} RETURN {name}.name AS k, {number} + 0 AS x, n",
                f"RETURN {number} AS x, {far}.name AS v",
            ))  # fmt: skip
        return f"{match} {stage} {ask}{f' WHERE {where}' if where else ''} {last}"

    def _ordered(self) -> str:
        """Lists collected from rows in a total order: their own order counts."""
        c, r, p = self._name("n"), self._name("e"), self._name("n")
        type_name, key = self._draw.choice((("PURCHASED", "transaction_id"), ("INTERACTED", "interaction_id")))
        down = self._draw.choice(("", " DESC"))
        first = self._draw.choice(("", f"{r}.ts, ", f"{p}.category, ", f"{c}.segment DESC, "))
        value = self._draw.choice((f"{p}.product_id", f"{p}.name", f"{r}.{key}"))
        by, shown = self._draw.choice(((c, f"{c}.customer_id"), (f"{c}.segment AS s", "s"), (p, f"{p}.product_id")))
        lists = (
            "l",
            "l[0] AS h",
            "last(l) AS h",
            "l[1..3] AS h",
            "reverse(l) AS h",
            "[x IN l WHERE x IS NOT NULL][..2] AS h",
        )
        return (
            f"MATCH ({c}:Customer)-[{r}:{type_name}]->({p}) WITH {c}, {r}, {p} ORDER BY {first}{r}.{key}{down} "
            f"WITH {by}, collect({value}) AS l RETURN {shown} AS k, {self._draw.choice(lists)}, size(l) AS n"
        )

    def _gathered(self) -> str:
        """Values collected, and what is asked of them."""
        nodes, _, match = self._match(hops=self._draw.randint(1, 2))
        (name, kind), (other, its) = nodes[0], nodes[-1]
        own, far = f"{name}.{KEYS[kind]}", f"{other}.{KEYS[its]}"
        shown = self._draw.choice((
            f"WITH {name}, collect(DISTINCT {far}) AS l RETURN {own} AS k, size(l), any(x IN l WHERE x IS NULL) AS b",
            f"WITH {own} AS k, collect({other}.name) AS l UNWIND l AS v RETURN k, v, count(*) AS n",
            f"WITH {own} AS k, collect({other}) AS l UNWIND l AS v RETURN DISTINCT k, v.name AS n",
            f"WITH collect({own}) AS l UNWIND l AS v WITH DISTINCT v RETURN v ORDER BY v DESC",
            f"WITH {name}, collect(DISTINCT {far}) AS l WHERE size(l) > 1 RETURN {own} AS k, l",
            f"WITH {name}, collect({far}) AS l RETURN {own} AS k, none(x IN l WHERE x = {far_value(its)}) AS b",
            f"WITH {name}, collect({far}) AS l RETURN {own} AS k, single(x IN l WHERE x = {far_value(its)}) AS b",
            f"RETURN {own} AS k, collect({{v: {far}, n: {other}.name}}) AS l",
            f"WITH {name}, count(*) AS n WITH n, collect({own}) AS l RETURN n, size(l) AS m, l",
        ))  # fmt: skip
        return f"{match} {shown}"

    def _inner(self) -> str:
        """Patterns inside expressions."""
        nodes, _, match = self._match(hops=self._draw.randint(0, 1))
        name, kind = self._draw.choice(nodes)
        more, more_edges, pattern = self._pattern((name, kind), self._draw.randint(1, 2))
        where = self._where(more[1:], more_edges)
        tail = f" WHERE {where}" if where else ""
        value = self._draw.choice((f"{more[-1][0]}.name", f"{more[-1][0]}.{KEYS[more[-1][1]]}", "1"))
        shown = self._draw.choice((
            f"[{pattern}{tail} | {value}] AS l", f"size([{pattern}{tail} | {value}]) AS n",
            f"COUNT {{ {pattern}{tail} }} AS n", f"EXISTS {{ {pattern}{tail} }} AS b",
            f"COUNT {{ {pattern}{tail} }} > 1 AS b, count(*) AS n",
            f"CASE WHEN EXISTS {{ {pattern}{tail} }} THEN 'yes' ELSE {name}.name END AS v",
        ))  # fmt: skip
        return f"{match} RETURN {name}.{KEYS[kind]} AS k, {shown}"

    def _time(self) -> str:
        c, r, p = self._name("n"), self._name("e"), self._name("n")
        type_name = self._draw.choice(("PURCHASED", "INTERACTED"))
        moment, day = self._draw.choice(MOMENTS), self._draw.choice(DAYS)
        where = self._draw.choice((
            f"{r}.ts {self._draw.choice(('<', '>=', '<>'))} datetime('{moment}')", f"date({r}.ts) <= date('{day}')",
            f"{c}.registration_date > date('{day}')", f"date({r}.ts) IN [date('{day}'), null]",
            f"{r}.ts.month IN [1, 3, 5]", f"{c}.registration_date < date({r}.ts)",
        ))  # fmt: skip
        shown = self._draw.choice((
            f"{r}.ts AS t", f"date({r}.ts) AS d, count(*) AS n", f"{r}.ts.year AS y, {r}.ts.month AS m, count(*) AS n",
            f"min({r}.ts) AS a, max({r}.ts) AS b", f"{c}.registration_date AS d, min({r}.ts) AS a ORDER BY d DESC",
            f"{r}.ts.hour AS h, {r}.ts.minute AS m, {r}.ts.second AS s", f"toString({c}.registration_date) AS s",
            f"{r}.ts.dayOfWeek AS w, {r}.ts.quarter AS q, {r}.ts.ordinalDay AS o",
            f"DISTINCT {c}.registration_date AS d ORDER BY d LIMIT 3",
            f"max({c}.registration_date) AS m, {p}.launch_date AS l",
        ))  # fmt: skip
        return f"MATCH ({c}:Customer)-[{r}:{type_name}]->({p}) WHERE {where} RETURN {shown}"

    def _distinct(self) -> str:
        """Aggregates of values, distinct or not, of expressions, by expressions."""
        nodes, edges, match = self._match(hops=self._draw.randint(1, 2))
        made = self._of(self._scope(nodes, edges))
        d = "DISTINCT " if self._chance(0.6) else ""
        aggregates = [
            f"{self._draw.choice(('sum', 'avg', 'min', 'max', 'count'))}({d}{made.of('whole', 0)})",
            f"{self._draw.choice(('min', 'max', 'count'))}({d}{made.of('text', 1)})",
            f"{self._draw.choice(('sum', 'avg', 'min', 'max'))}({d}{made.of('float', 0)})",
            f"collect({d}{made.of('text', 0)})",
            "count(*)",
            f"count({d}{made.of('truth', 1)})",
        ]
        shown = [f"{found} AS a{place}" for place, found in enumerate(self._draw.sample(aggregates, 2))]
        if self._chance(0.7):
            shown.insert(0, f"{made.of(self._draw.choice(('text', 'whole', 'truth')), 1)} AS k")
        return f"{match} RETURN {', '.join(shown)}"

    def _numbers(self) -> str:
        """Money, floats and whole numbers in one column: shown, reckoned with, added up, in order."""
        nodes, edges, match = self._match(hops=self._draw.randint(0, 1))
        made = self._of(self._scope(nodes, edges))
        kinds: tuple[Kind, Kind] = ("float", "number")
        name, of = nodes[0]
        key, one, other = f"{name}.{KEYS[of]} AS k", made.of(self._draw.choice(kinds), 2), made.of("number", 2)
        down = self._draw.choice(("", " DESC"))
        tail = self._draw.choice((
            f"RETURN {key}, {one} AS v, {other} AS w",
            f"RETURN {key}, sum({one}) AS a, avg({one}) AS b, count({other}) AS c",
            f"RETURN sum({other}) AS a, min({one}) + 0.0 AS b, max({other}) + 0.0 AS c",
            f"WITH {key}, {one} AS v, {other} AS w RETURN k, v + w AS a, v < w AS b, v = w AS c, [v, w] AS d",
            f"WITH {key}, {other} AS v WHERE v >= 1 RETURN k, v ORDER BY v{down}, toString(v)",
            f"UNWIND {made.of('numbers', 1)} AS v RETURN {key}, v, v + 1 AS w, toString(v) AS t",
            f"WITH {key}, collect({one}) AS l RETURN k, size(l) AS n, any(x IN l WHERE x > 2) AS b",
        ))  # fmt: skip
        return f"{match} {tail}"

    def _unwound(self) -> str:
        """Rows of a list, joined to the graph: some twice, some null, some to nothing."""
        kind = self._draw.choice("cp")
        name, ids = self._name("n"), self._draw.choice(UNWOUND)
        more, _, pattern = self._pattern((name, kind), 1)
        node = f"({name}{NODE_LABEL[kind]} {{{KEYS[kind]}: y}})"
        ask = self._draw.choice((
            f"MATCH {node}{pattern.removeprefix(f'({name})')}",
            f"OPTIONAL MATCH {node}{pattern.removeprefix(f'({name})')}",
            f"MATCH ({name}{NODE_LABEL[kind]}) WHERE {name}.{KEYS[kind]} = y MATCH {pattern}",
            f"MATCH {pattern.replace(f'({name})', f'({name}{NODE_LABEL[kind]})', 1)} WHERE {name}.{KEYS[kind]} >= y",
        ))  # fmt: skip
        shown = self._draw.choice(("y, count(*) AS n", f"y, {more[-1][0]}.name AS v", f"y, count({more[-1][0]}) AS n"))
        return f"UNWIND {ids} AS y {ask} RETURN {shown}"

    def _unions(self) -> str:
        kind, parts = self._kind(), []
        for _ in range(self._draw.randint(2, 3)):
            if self._chance(0.3):
                parts.append(
                    f"UNWIND {self._draw.choice(UNWOUND)} AS y RETURN {self._of({'whole': ['y']}).of(kind, 1)} AS x"
                )
            else:
                nodes, edges, match = self._match(hops=self._draw.randint(0, 1))
                parts.append(f"{match} RETURN {self._of(self._scope(nodes, edges)).of(kind, 1)} AS x")
        # 1 and 1.0 in one column are told apart only where nothing has to be.
        mixed = kind in {"number", "numbers"}
        return (" UNION ALL " if mixed else self._draw.choice((" UNION ", " UNION ALL "))).join(parts)

    def _nulls(self) -> str:
        """Null ordered, compared, in lists, under NOT, as a group of its own."""
        nodes, _, match = self._match(hops=0)
        start, kind = nodes[0]
        more, more_edges, pattern = self._pattern((start, kind), 1)
        where = self._where(more[1:], more_edges) or f"{more[-1][0]}.{KEYS[more[-1][1]]} IS NULL"
        far, its = more[-1]
        v = f"{far}.{TIES[its]}"
        down = self._draw.choice(("", " DESC"))
        shown = self._draw.choice((
            f"{v} AS v, {start}.{KEYS[kind]} AS k ORDER BY v{down}, k", f"{v} AS v, count(*) AS n ORDER BY v{down}",
            f"{start}.{KEYS[kind]} AS k, {v} IN ['Home', 'VIP', null] AS b, NOT {v} = 'Home' AS c",
            f"{start}.{KEYS[kind]} AS k, NOT ({v} IN ['Home', 'VIP']) AS b, {far} IS NULL AS c",
            f"DISTINCT {v} AS v, {v} > 'H' AS b, {v} = null AS c, {v} <> 'VIP' XOR true AS d",
            f"{start}.{KEYS[kind]} AS k, [{v}, {start}.name] AS l, coalesce({v}, {start}.name) AS d",
            f"{start}.{KEYS[kind]} AS k, {far}, CASE {v} WHEN null THEN 1 WHEN 'Home' THEN 2 ELSE 3 END AS d",
            f"count({v}) AS n, count(*) AS m, min({v}) AS a, collect({v}) AS l", f"{v} IS NULL AS b, count(*) AS n",
        ))  # fmt: skip
        return f"{match} OPTIONAL MATCH {pattern} WHERE {where} RETURN {shown}"

    def _missing(self) -> str:
        """Patterns of a node that may be null, as conditions, values and lists."""
        nodes, _, match = self._match(hops=self._draw.randint(0, 1))
        start, kind = nodes[0]
        more, more_edges, pattern = self._pattern((start, kind), 1)
        where = self._where(more[1:], more_edges) or f"{start}.{KEYS[kind]} IS NULL"
        far, its = more[-1]
        _, _, inner = self._pattern((far, its), 1)
        exists = self._draw.choice((f"EXISTS {{ {inner} }}", f"EXISTS {{ ({start})--({far}) }}"))
        holds = self._draw.choice((exists, f"({far})--()", f"({start})--({far})"))
        key = f"{start}.{KEYS[kind]} AS k, {far}.{KEYS[its]} AS m"
        ask = self._draw.choice((
            f"WITH {start}, {far} WHERE NOT {holds} RETURN {key}", f"RETURN {key}, {exists} AS a, NOT {exists} AS b",
            f"WITH {start}, {far} WHERE {holds} OR {far}.name IS NULL RETURN {key}",
            f"RETURN {exists} AS a, count(*) AS n",
            f"WITH * MATCH ({start})--(o) WHERE NOT {holds} RETURN {key}, count(o) AS n",
            f"RETURN {key}, size([{inner} | 1]) AS n", f"RETURN {key}, COUNT {{ {inner} }} AS n",
        ))  # fmt: skip
        return f"{match} OPTIONAL MATCH {pattern} WHERE {where} {ask}"

    def _apart(self) -> str:
        """Optional patterns that share no node with the rows before, and compare with their values."""
        nodes, _, match = self._match(hops=self._draw.randint(0, 1))
        kind = self._draw.choice("cp")
        more, more_edges, pattern = self._pattern((self._name("n"), kind), self._draw.randint(0, 1), bound=False)
        (start, its), (near, _), (far, last) = nodes[0], more[0], more[-1]
        where = self._draw.choice((
            f"{near}.{KEYS[kind]} {self._draw.choice(('<', '=', '>='))} {start}.{KEYS[its] if its in 'cp' else 'name'}",
            f"{far}.name {self._draw.choice(('<', '<>', '='))} {start}.name", f"NOT ({start})--({near})",
            f"{start}.name = 'Home' OR {near}.name IS NULL", f"{near}.{KEYS[kind]} > 3",
        ))  # fmt: skip
        if self._chance(0.5):
            truth = self._of(self._scope([*nodes[:1], *more], more_edges)).of("truth", 1)
            where = f"({where}) {self._draw.choice(('AND', 'OR', 'XOR'))} ({truth})"
        shown = self._draw.choice((
            f"{start}.{KEYS[its]} AS k, {far}.{KEYS[last]} AS m", f"{start}.{KEYS[its]} AS k, count({far}) AS n",
            f"count(*) AS n, count(DISTINCT {far}) AS m", f"DISTINCT {start}.{TIES[its]} AS k, {far} IS NULL AS b",
        ))  # fmt: skip
        return f"{match} OPTIONAL MATCH {pattern} WHERE {where} RETURN {shown}"

    def _path(self) -> str:
        _, _, pattern = self._pattern((self._name("n"), "c"), self._draw.randint(1, 2), bound=False)
        shown = self._draw.choice((
            "q", "length(q) AS l, count(*) AS n", "nodes(q) AS n", "relationships(q) AS r",
            "[x IN nodes(q) | labels(x)] AS l", "[x IN relationships(q) | type(x)] AS t",
            "size(nodes(q)) AS n, head(nodes(q)) AS h", "DISTINCT last(nodes(q)).name AS l",
            "all(x IN nodes(q) WHERE x.name IS NOT NULL) AS b, count(*) AS n",
        ))  # fmt: skip
        return f"MATCH q = {pattern} RETURN {shown}"

    def _deep(self) -> str:
        """Four hops, either way, little of each row shown: what the planner likes to take short cuts with."""
        nodes, edges, pattern = self._pattern((self._name("n"), self._draw.choice("cp")), 4, bound=False)
        (name, kind), (last, its) = nodes[0], nodes[-1]
        where = f" WHERE {name}.{KEYS[kind]} {self._draw.choice(('= 2', '< 4', 'IN [1, 3]'))}"
        if self._chance(0.4):
            where += f" AND {self._where(nodes, edges) or 'true'}"
        shown = self._draw.choice((
            "count(*) AS n", f"count(DISTINCT {last}) AS n", f"DISTINCT {last}.{KEYS[its]} AS k",
            f"{last}.name AS v, count(*) AS n, count(DISTINCT {nodes[2][0]}) AS m ORDER BY n DESC, v LIMIT 5",
        ))  # fmt: skip
        return f"MATCH {pattern}{where} RETURN {shown}"

    def _maps(self) -> str:
        nodes, edges, match = self._match(hops=self._draw.randint(0, 1))
        name, _ = self._draw.choice(nodes)
        made = self._of(self._scope(nodes, edges))
        of_several = made.of("number", 1)
        shown = self._draw.choice((
            f"{{a: {made.of('whole', 1)}, b: {made.of('text', 1)}}} AS m",
            f"{name} {{.name, k: {made.of('text', 1)}}} AS m", f"properties({name}) AS m", f"keys({name}) AS l",
            f"{{a: {made.of('text', 1)}}}.a AS v, {{a: 1}}.b AS w",
            f"CASE WHEN {made.of('truth', 0)} THEN {{a: {made.of('float', 1)}}} ELSE {{a: {of_several}}} END AS m",
        ))  # fmt: skip
        if self._chance(0.3):
            return f"{match} WITH {{a: {made.of('whole', 1)}, b: {name}.name}} AS m RETURN m.a AS a, m.b AS b, m.c AS c"
        return f"{match} RETURN {shown}"


def far_value(kind: str) -> str:
    """A value that keys of this kind have."""
    return "1" if kind in "cp" else "'Home'"


def random_query(draw: random.Random) -> Made:
    """One query."""
    return WideGrammar(draw).made()
