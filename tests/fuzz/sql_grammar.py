"""Random SQL of the engine's dialect: mostly something that parses, of any of its functions, types and clauses."""

import random
from collections.abc import Callable, Sequence

COLUMNS = {
    "customers": ("customer_id", "name", "email", "segment", "registration_date"),
    "products": ("product_id", "name", "category", "brand", "price"),
    "transactions": ("customer_id", "product_id", "amount", "ts", "channel"),
    "interactions": ("customer_id", "product_id", "type", "ts"),
    "numbers(5)": ("number",),
    "dead_letters": ("topic", "partition", "reason"),
}
LITERALS = (
    "0", "1", "-1", "255", "256", "4294967296", "9223372036854775807", "-9223372036854775808", "18446744073709551615",
    "0.1", "1e308", "nan", "-inf", "NULL", "''", "'a'", "'2025-01-01'", "'2299-12-31 23:59:59.999'", "'\\\\0'", "'é'",
    "[]", "[1, 2]", "['a', NULL]", "[[1], []]", "(1, 'a')", "tuple()", "map('a', 1)", "map()", "true",
    "toDate('2025-01-01')", "toDateTime64('1900-01-01', 9)", "toDecimal128('1.25', 2)", "toUUID('x')",
    "toIPv4('1.1.1.1')", "INTERVAL 1 MONTH", "toFixedString('ab', 3)", "CAST('a', 'LowCardinality(String)')",
    "materialize(1)",
    "x -> x", "(x, y) -> x + y", "{a:String}", "{b:Int64}", "{c:Array(String)}",
    "{d:Nullable(DateTime)}", "{t:Identifier}",
)  # fmt: skip
TYPES = (
    "UInt8", "Int256", "Float32", "String", "FixedString(2)", "Date", "Date32", "DateTime('Europe/Berlin')",
    "DateTime64(9)", "Decimal(38, 10)", "UUID", "IPv6", "Bool", "Nullable(Nothing)", "Array(Nullable(String))",
    "Tuple(a UInt8, b String)", "Map(String, Array(UInt8))", "LowCardinality(String)", "Enum8('a' = 1, 'b' = -1)",
    "Variant(UInt8, String)", "Dynamic", "JSON", "Time64(3)", "Nested(a UInt8)", "AggregateFunction(uniq, UInt8)",
    "Point",
)  # fmt: skip
OPERATORS = (
    "+",
    "-",
    "*",
    "/",
    "%",
    "=",
    "<",
    "<=",
    "!=",
    "AND",
    "OR",
    "||",
    "LIKE",
    "IN",
    "NOT IN",
    "IS DISTINCT FROM",
)
LIMITS = ("1", "10", "1, 2", "1 BY 1", "-1", "0.1", "3 WITH TIES")
SUFFIXES = ("If", "Array", "State", "OrNull", "Map", "Distinct", "Merge")
ORDERS = ("", " DESC NULLS FIRST", " WITH FILL STEP 1")
JOINS = ("JOIN", "LEFT ANY JOIN", "FULL JOIN", "ASOF LEFT JOIN", "SEMI JOIN", "ANTI LEFT JOIN", "PASTE JOIN")
FORMATS = ("JSON", "JSONEachRow", "CSVWithNames", "Native", "Parquet", "Arrow", "Pretty", "Vertical", "XML", "Null",
           "ORC", "Avro", "MsgPack", "RowBinaryWithNamesAndTypes", "BSONEachRow", "Values", "Prometheus",
           "SQLInsert")  # fmt: skip
SETTINGS = ("max_threads = 1", "final = 0", "join_use_nulls = 1", "max_rows_to_read = 1", "extremes = 1",
            "limit = 1", "group_by_use_nulls = 1", "output_format_json_quote_64bit_integers = 2",
            "optimize_read_in_order = 0", "join_algorithm = 'partial_merge'", "max_execution_time = 0",
            "readonly = 0", "nonesuch = 1")  # fmt: skip


class Grammar:
    """Draws queries; `functions` are all that the engine knows."""

    def __init__(self, draw: random.Random, functions: Sequence[str]) -> None:
        self._draw = draw
        self._functions = functions

    def query(self, depth: int = 3) -> str:
        """A SELECT, or two of them put together."""
        draw = self._draw
        table = draw.choice(tuple(COLUMNS))
        columns = COLUMNS[table]
        source = table if depth < 2 or draw.random() < 0.8 else f"({self.query(depth - 2)})"
        shallow, clause = min(depth, 1), self._one_in
        clauses = [
            f"SELECT {draw.choice(('', '', '', 'DISTINCT '))}{self._list(columns, depth, draw.randrange(1, 4))}",
            f"FROM {source}{draw.choice(('', '', ' FINAL', ' AS s'))}" if draw.random() < 0.9 else "",
            clause(
                6, lambda: f"{draw.choice(JOINS)} {draw.choice(tuple(COLUMNS))} AS o USING ({draw.choice(columns)})"
            ),
            clause(12, lambda: f"ARRAY JOIN {self._expression(columns, shallow)} AS j"),
            clause(3, lambda: f"{draw.choice(('WHERE', 'WHERE', 'PREWHERE'))} {self._expression(columns, depth)}"),
            clause(4, lambda: f"GROUP BY {self._grouped(columns, shallow)}"),
            clause(10, lambda: f"HAVING {self._expression(columns, shallow)}"),
            clause(4, lambda: f"ORDER BY {self._list(columns, shallow, 2)}{draw.choice(ORDERS)}"),
            clause(3, lambda: f"LIMIT {draw.choice(LIMITS)}"),
            clause(12, lambda: f"UNION ALL {self.query(1)}") if depth > 1 else "",
            clause(8, lambda: f"SETTINGS {draw.choice(SETTINGS)}"),
            clause(6, lambda: f"FORMAT {draw.choice(FORMATS)}"),
        ]
        return " ".join(one for one in clauses if one)

    def _one_in(self, times: int, clause: Callable[[], str]) -> str:
        """The clause, once in so many times."""
        return clause() if self._draw.randrange(times) == 0 else ""

    def _list(self, columns: Sequence[str], depth: int, count: int) -> str:
        return ", ".join(self._expression(columns, depth) for _ in range(count))

    def _grouped(self, columns: Sequence[str], depth: int) -> str:
        keys = self._list(columns, depth - 1, 2)
        return self._draw.choice(
            (keys, "ALL", f"GROUPING SETS (({keys}), ())", f"{keys} WITH TOTALS", f"ROLLUP({keys})")
        )

    def _expression(self, columns: Sequence[str], depth: int) -> str:
        draw = self._draw
        way = draw.random()
        if depth <= 0 or way < 0.15:
            return draw.choice(columns)
        if way < 0.35:
            return draw.choice(LITERALS)
        if way < 0.65:
            return self._call(columns, depth)
        one, other = (self._expression(columns, depth - 1) for _ in range(2))
        return draw.choice(
            (
                f"({one} {draw.choice(OPERATORS)} {other})",
                f"CAST({one}, '{draw.choice(TYPES).replace(chr(39), chr(92) + chr(39))}')",
                f"({one})::{draw.choice(TYPES)}",
                f"if({one}, {other}, {one})",
                f"CASE WHEN {one} THEN {other} ELSE NULL END",
                f"[{one}, {other}]",
                f"({one}, {other})",
                f"({one}) IN ({self.query(0)})",
                f"({self.query(0)})",
                f"NOT {one}",
                f"{one} AS {draw.choice(('x', 'y', 'number'))}",
            )
        )

    def _call(self, columns: Sequence[str], depth: int) -> str:
        draw = self._draw
        arguments = self._list(columns, depth - 1, draw.choice((0, 1, 1, 1, 2, 2, 3, 4)))
        of = self._one_in(15, lambda: f"({self._list(columns, 0, 1)})")
        over = self._one_in(15, lambda: " OVER (PARTITION BY 1 ORDER BY 1)")
        suffix = self._one_in(12, lambda: draw.choice(SUFFIXES))
        return f"{draw.choice(self._functions)}{suffix}{of}({arguments}){over}"
