"""From Cypher text to queries.graph.syntax: graphglot parses, this module corrects its tree and takes it over."""

import functools
import itertools
from typing import TYPE_CHECKING, Any

from queries.graph import syntax
from queries.graph.errors import ReadOnlyError, placed, refusal
from queries.graph.reader_expressions import ExpressionReader, kind, words
from queries.graph.reader_kinds import KNOWN
from schemas.errors import QueryError

if TYPE_CHECKING:
    from graphglot.dialect.neo4j import Neo4j  # type: ignore[import-untyped]  # it ships without types

WRITES = ("Create", "Merge", "Set", "Delete", "Remove", "Insert", "Drop", "Foreach", "LoadCsv", "Detach")
EDGES = {
    "FullEdgePointingRight": "out",
    "FullEdgePointingLeft": "in",
    "FullEdgeAnyDirection": "both",
    "FullEdgeLeftOrRight": "both",
}
ABBREVIATED = {"RIGHT_ARROW": "out", "LEFT_ARROW": "in", "MINUS_SIGN": "both", "LEFT_MINUS_RIGHT": "both"}


def read(text: str) -> syntax.Query:
    """The query of a text.

    Raises:
        QueryError: the text is broken, writes, or says what is not supported; the message has line and column.
    """
    if not text.strip():
        raise QueryError("There is no query in the text.")
    statements = _parse(text)
    if len(statements) != 1:
        raise QueryError(f"One Cypher statement at a time is answered, not {len(statements)}.")
    return _Reader(text).query(statements[0])


@functools.cache
def _dialect() -> "Neo4j":
    from graphglot.dialect.neo4j import Neo4j

    return Neo4j()


def _parse(text: str) -> list[Any]:
    from graphglot.error import (  # type: ignore[import-untyped]  # it ships without types
        GraphGlotError,
        ParseError,
        TokenError,
    )
    from graphglot.lexer.token import TokenType  # type: ignore[import-untyped]  # it ships without types

    dialect = _dialect()
    try:
        tokens = dialect.tokenize(text)
        # A parameter may bear a keyword's name ($limit), which the parser would refuse.
        for before, token in itertools.pairwise(tokens):
            if before.token_type is TokenType.DOLLAR_SIGN and token.text.isidentifier():
                token.token_type = TokenType.VAR
        return [found for found in dialect.parser().parse(tokens, text) if found is not None]
    except TokenError as error:
        place = syntax.At(error.line or 1, error.col or 1)
        raise refusal(f"Broken Cypher: {str(error).partition(' (line')[0]}", place) from None
    except ParseError as error:
        raise _broken(text, error.errors[0] if error.errors else {}) from None
    except GraphGlotError as error:
        raise QueryError(f"Broken Cypher: {' '.join(str(error).split())[:300]}") from None


def _broken(text: str, error: dict[str, Any]) -> QueryError:
    offset = error.get("start_offset") or 0
    found = error.get("highlight") or "the end"
    expected = str(error.get("description", ""))
    hint = f": {expected}" if 0 < len(expected) < 80 else ""
    return refusal(f"Broken Cypher: unexpected '{found}'{hint}", place(text, offset))


def place(text: str, offset: int) -> syntax.At:
    """Line and column of an offset."""
    before = text[:offset]
    return syntax.At(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


class _Reader(ExpressionReader):
    def __init__(self, text: str) -> None:
        self._text = text

    def query(self, program: Any) -> syntax.Query:
        body = self._statement(program)
        if kind(body) != "AmbientLinearQueryStatement":
            raise self.unsupported(body)
        linear = body.ambient_linear_query_statement
        simple = linear.simple_linear_query_statement
        statements = simple.list_simple_query_statement if simple is not None else []
        clauses = [self._clause(statement) for statement in statements]
        result = linear.primitive_result_statement.primitive_result_statement
        if kind(result) != "_ReturnStatementOrderByAndPageStatement":
            raise self.unsupported(result)
        last = self._project(
            result.return_statement.return_statement_body, result.order_by_and_page_statement, None, result
        )
        self._expect_known(body)
        return syntax.Query((*clauses, last))

    def _statement(self, program: Any) -> Any:
        """The only part of a program this compiler takes: one query, without UNION, writing or procedures."""
        node = program
        for name in ("gql_program", "program_activity", "transaction_activity", "procedure_specification"):
            if not hasattr(node, name):
                break
            node = getattr(node, name)
        self._expect_reading(node)
        for name in ("statement_block", "statement"):
            if getattr(node, name, None) is None:
                raise self.unsupported(node)
            node = getattr(node, name)
        if kind(node) != "CompositeQueryExpression":
            raise self.unsupported(node)
        if node.query_conjunction_elements:
            raise refusal("UNION is not supported", self.at(node.query_conjunction_elements[0]))
        return node.left_composite_query_primary

    def _expect_reading(self, node: Any) -> None:
        for part in node.dfs() if hasattr(node, "dfs") else ():
            if kind(part).startswith(WRITES) and not kind(part).startswith(("SetQuantifier", "SetOperator")):
                raise ReadOnlyError(placed(f"This graph is read-only: {words(kind(part))} would write", self.at(part)))

    def _expect_known(self, node: Any) -> None:
        for part in node.dfs():
            if kind(part) not in KNOWN:
                raise self.unsupported(part)

    def _clause(self, statement: Any) -> syntax.Match | syntax.Project:
        if kind(statement) == "SimpleMatchStatement":
            return self._match(statement)
        if kind(statement) == "CypherWithStatement":
            where = getattr(statement, "where_clause", None)
            condition = self.expression(where.search_condition) if where is not None else None
            page = getattr(statement, "order_by_and_page_statement", None)
            return self._project(statement.return_statement_body, page, condition, statement)
        raise self.unsupported(statement)

    def _match(self, statement: Any) -> syntax.Match:
        graph = statement.graph_pattern_binding_table.graph_pattern
        if getattr(graph, "match_mode", None) is not None:
            raise self.unsupported(graph.match_mode)
        where = graph.graph_pattern_where_clause
        paths = tuple(self.path(path) for path in graph.path_pattern_list.list_path_pattern)
        condition = self.expression(where.search_condition) if where is not None else None
        return syntax.Match(paths, condition, at=self.at(statement))

    def path(self, pattern: Any) -> syntax.Path:
        if getattr(pattern, "path_variable_declaration", None) is not None:
            raise refusal("A path variable is not supported", self.at(pattern))
        if getattr(pattern, "path_pattern_prefix", None) is not None:
            raise self.unsupported(pattern.path_pattern_prefix)
        term = pattern.path_pattern_expression
        factors = term.factors if kind(term) == "PathTerm" else [term]
        nodes, edges = [], []
        for factor in factors:
            if kind(factor) == "NodePattern":
                nodes.append(self._node(factor))
            else:
                edges.append(self._edge(factor))
        if len(nodes) != len(edges) + 1:
            raise self.unsupported(pattern)
        return syntax.Path(tuple(nodes), tuple(edges), at=self.at(pattern))

    def _node(self, factor: Any) -> syntax.NodePattern:
        variable, labels, properties = self._filler(factor.element_pattern_filler, "&")
        return syntax.NodePattern(variable, labels, properties, at=self.at(factor))

    def _edge(self, factor: Any) -> syntax.EdgePattern:
        if kind(factor) == "AbbreviatedEdgePattern":
            direction = ABBREVIATED.get(factor.pattern.name)
            if direction is None:
                raise self.unsupported(factor)
            return syntax.EdgePattern(None, (), direction, at=self.at(factor))  # type: ignore[arg-type]  # from the table
        if kind(factor) == "QuantifiedPathPrimary":
            raise refusal("A relationship of variable length is not supported", self.at(factor))
        if kind(factor) not in EDGES:
            raise self.unsupported(factor)
        variable, types, properties = self._filler(factor.element_pattern_filler, "|")
        direction = EDGES[kind(factor)]
        return syntax.EdgePattern(variable, types, direction, properties, at=self.at(factor))  # type: ignore[arg-type]  # from the table

    def _filler(self, filler: Any, joiner: str) -> tuple[str | None, tuple[str, ...], Any]:
        if filler is None:
            return None, (), ()
        declared = filler.element_variable_declaration
        variable = declared.element_variable.name if declared is not None else None
        labelled = filler.is_label_expression
        labels = self._labels(labelled.label_expression, joiner) if labelled is not None else ()
        return variable, labels, self._properties(filler.element_pattern_predicate)

    def _labels(self, expression: Any, joiner: str) -> tuple[str, ...]:
        names = []
        for term in expression.label_terms:
            for factor in term.label_factors:
                if kind(factor) != "LabelName":
                    raise self.unsupported(factor)
                names.append(factor.identifier.name)
            if joiner == "|" and len(term.label_factors) > 1:
                raise refusal("A relationship of two types at once is not supported", self.at(term))
        if joiner == "&" and len(expression.label_terms) > 1:
            raise refusal("A choice of labels (A|B) is not supported", self.at(expression))
        return tuple(names)

    def _properties(self, predicate: Any) -> tuple[tuple[str, syntax.Expression], ...]:
        if predicate is None:
            return ()
        if kind(predicate) != "ElementPropertySpecification":
            raise self.unsupported(predicate)
        pairs = predicate.property_key_value_pair_list.list_property_key_value_pair
        return tuple((pair.property_name.identifier.name, self.expression(pair.value_expression)) for pair in pairs)

    def _project(self, body: Any, page: Any, where: syntax.Expression | None, whole: Any) -> syntax.Project:
        inner = body.return_statement_body
        star = kind(inner) == "_SetQuantifierAsteriskGroupByClause"
        if not star and kind(inner) != "_SetQuantifierReturnItemListGroupByClause":
            raise self.unsupported(inner)
        quantifier = inner.set_quantifier
        items = () if star else tuple(map(self._item, inner.return_item_list.list_return_item))
        order, skip, limit = self._page(page)
        return syntax.Project(
            items=items,
            star=star,
            distinct=quantifier is not None and quantifier.set_quantifier.name == "DISTINCT",
            order=order,
            skip=skip,
            limit=limit,
            where=where,
            at=self.at(whole),
        )

    def _item(self, item: Any) -> syntax.Item:
        expression = self.expression(item.aggregating_value_expression)
        alias = item.return_item_alias
        if alias is not None:
            return syntax.Item(expression, alias.identifier.name, at=self.at(item))
        span = item.aggregating_value_expression.source_span or item.source_span
        name = self._text[span[0] : span[1]].strip() if span else words(kind(item))
        if isinstance(expression, syntax.Variable):
            name = expression.name
        if isinstance(expression, syntax.Property):
            name = f"{expression.variable}.{expression.key}"
        return syntax.Item(expression, name, at=self.at(item))

    def _page(self, page: Any) -> tuple[tuple[syntax.Sort, ...], syntax.Expression | None, syntax.Expression | None]:
        if page is None:
            return (), None, None
        inner = page.order_by_and_page_statement
        order = getattr(inner, "order_by_clause", None)
        keys = order.sort_specification_list.list_sort_specification if order is not None else []
        skip = getattr(inner, "offset_clause", None)
        limit = inner if kind(inner) == "LimitClause" else getattr(inner, "limit_clause", None)
        return (
            tuple(map(self._sort, keys)),
            self.expression(skip.non_negative_integer_specification) if skip is not None else None,
            self.expression(limit.non_negative_integer_specification) if limit is not None else None,
        )

    def _sort(self, key: Any) -> syntax.Sort:
        ordering = key.ordering_specification
        descending = ordering is not None and ordering.ordering_specification.name.startswith("DESC")
        return syntax.Sort(self.expression(key.sort_key), descending, at=self.at(key))

    def at(self, node: Any) -> syntax.At | None:
        while node is not None:
            span = getattr(node, "source_span", None)
            if span is not None:
                return place(self._text, span[0])
            node = getattr(node, "_parent", None)
        return None
