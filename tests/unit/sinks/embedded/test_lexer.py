"""Tokens: what is code, what is quoted, what is a comment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.embedded.lexer import tokenize, unquote


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", ["SELECT", "1"]),
        ("a/* b /* nested */ c */d", ["a", "d"]),
        ("a -- b\nc", ["a", "c"]),
        ("a # b\nc #! d\n", ["a", "c"]),
        ("a #b", ["a", "#", "b"]),
        ("'it''s' 'a\\'b' \"q\" `w`", ["'it''s'", "'a\\'b'", '"q"', "`w`"]),
        ("$$ it's -- $$ $x$ $$ $x$", ["$$ it's -- $$", "$x$ $$ $x$"]),
        ("1e-5 0x1F 1.5 a.b", ["1e-5", "0x1F", "1.5", "a", ".", "b"]),
        ("'open -- it", ["'open -- it"]),
        ("/* never closed", []),
        ("\u2018text\u2019 \u201cname\u201d", ["\u2018text\u2019", "\u201cname\u201d"]),
        ("f\u00a0(1)", ["f", "(", "1", ")"]),
    ],
)
def test_tokens(sql: str, expected: list[str]) -> None:
    assert [token.text for token in tokenize(sql)] == expected


@given(st.text())
def test_places_are_those_in_the_text_and_never_overlap(sql: str) -> None:
    end = 0
    for token in tokenize(sql):
        assert sql[token.start : token.end] == token.text
        assert end <= token.start < token.end <= len(sql)
        end = token.end


@given(st.text(), st.sampled_from("'`\""))
def test_whatever_is_quoted_is_one_token(text: str, quote: str) -> None:
    quoted = quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote
    (token,) = tokenize(quoted)
    assert unquote(token.text) == text
