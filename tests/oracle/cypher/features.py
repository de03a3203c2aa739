"""What a query is made of, for the table: clauses, parts of patterns, predicates, kinds of values, functions."""

import re

FUNCTIONS = (
    "abs", "ceil", "coalesce", "date", "datetime", "floor", "head", "keys", "labels", "last", "left", "length", "lTrim",
    "nodes", "properties", "range", "relationships", "replace", "reverse", "right", "round", "rTrim", "sign", "size",
    "split", "sqrt", "startNode", "endNode", "substring", "tail", "toBoolean", "toFloat", "toInteger", "toLower",
    "toString", "toUpper", "trim", "type",
)  # fmt: skip
FEATURES = {
    "MATCH": r"(?<!OPTIONAL )\bMATCH\b",
    "OPTIONAL MATCH": r"\bOPTIONAL MATCH\b",
    "WHERE": r"\bWHERE\b",
    "WITH": r"(?<!STARTS )(?<!ENDS )\bWITH\b",
    "UNWIND": r"\bUNWIND\b",
    "UNION": r"\bUNION\b(?! ALL)",
    "UNION ALL": r"\bUNION ALL\b",
    "DISTINCT": r"\b(WITH|RETURN) DISTINCT\b",
    "ORDER BY": r"\bORDER BY\b",
    "SKIP or LIMIT": r"\b(SKIP|LIMIT)\b",
    "EXISTS { }": r"\bEXISTS \{",
    "COUNT { }": r"\bCOUNT \{",
    "pattern as predicate": r"(NOT|AND|OR|WHERE) \(\w+\)(<-|-)",
    "pattern comprehension": r"\[\(",
    "hop forwards": r"->\(",
    "hop backwards": r"<-\[",
    "hop either way": r"\)-\[[^\]]*\]-\(",
    "walk (*m..n)": r"\*\d",
    "three hops and more": r"(<?-\[[^\]]*\]->?\([^()]*\)){3}",
    "named path": r"\w+ = \(",
    "map": r"\{\w+:",
    "CASE": r"\bCASE\b",
    "IN": r"(?<!\(x)(?<!\[x) IN\b",
    "null": r"\bnull\b",
    "IS NULL": r"\bIS (NOT )?NULL\b",
    "NOT": r"\bNOT\b",
    "XOR": r"\bXOR\b",
    "text predicates": r"\b(STARTS WITH|ENDS WITH|CONTAINS)\b|=~",
    "list comprehension": r"\[x IN\b",
    "quantifier": r"\b(any|all|none|single)\(x IN\b",
    "slice or index": r"\]?\[-?\d*(\.\.-?\d*)?\]",
    "division or modulo": r" [/%] ",
    "power": r" \^ ",
}
AGGREGATES = r"\b(count|sum|avg|min|max|collect)\((DISTINCT )?"


def features(text: str) -> set[str]:
    """The features that a query has."""
    found = {name for name, pattern in FEATURES.items() if re.search(pattern, text)}
    found |= {f"{name}({distinct.strip()})" for name, distinct in re.findall(AGGREGATES, text)}
    return found | {f"{name}()" for name in FUNCTIONS if re.search(rf"\b{name}\(", text)}
