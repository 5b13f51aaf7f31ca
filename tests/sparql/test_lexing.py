"""Tokens, forms and SERVICE calls are told without parsing, on friendly and on hostile text."""

import re
import time

import pytest

from nosograph.errors import QueryRefused, QuerySyntaxError
from nosograph.sparql.form import QueryForm, calls_service, query_form, refuse_services
from nosograph.sparql.lexing import Kind, line_and_column, tokens

ALLOWED = "http://127.0.0.1:1/sparql"


def spelled(text: str) -> list[tuple[Kind, str]]:
    """Return the tokens of a text with their spelling."""
    return [(token.kind, text[token.start : token.end]) for token in tokens(text)]


def test_tokens_follow_the_grammar() -> None:
    """Every kind of token is told from its neighbours without space between them."""
    text = 'SELECT(1.5e3as?a){_:b.c a:b.c.d:e\\#f%41 \'it\\\'s\'@en-GB,"""a"b"""^^<x>;a.b:c .# no\n?x<2}'

    assert spelled(text) == [
        (Kind.WORD, "SELECT"), (Kind.MARK, "("), (Kind.NUMBER, "1.5e3"), (Kind.WORD, "as"), (Kind.VARIABLE, "?a"),
        (Kind.MARK, ")"), (Kind.MARK, "{"), (Kind.BLANK, "_:b.c"), (Kind.NAME, "a:b.c.d:e\\#f%41"),
        (Kind.STRING, "'it\\'s'"), (Kind.LANGUAGE, "@en-GB"), (Kind.MARK, ","), (Kind.STRING, '"""a"b"""'),
        (Kind.MARK, "^^"), (Kind.IRI, "<x>"), (Kind.MARK, ";"), (Kind.NAME, "a.b:c"), (Kind.MARK, "."),
        (Kind.VARIABLE, "?x"), (Kind.MARK, "<"), (Kind.NUMBER, "2"), (Kind.MARK, "}"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SELECT * {}", QueryForm.SELECT),
        ("\ufeff ask{}", QueryForm.ASK),
        ("# SELECT\nPREFIX a.b: <http://x/#ASK> BASE <y> cOnStRuCt {} {}", QueryForm.CONSTRUCT),
        ("PREFIX : <x>#c\rPREFIX insert: <x> DESCRIBE insert:a", QueryForm.DESCRIBE),
        ("VERSION '1.2' SELECT(1 AS ?a){}", QueryForm.SELECT),
    ],
)
def test_the_form_is_the_first_word_after_the_prologue(text: str, form: QueryForm) -> None:
    """A mark of byte order, comments, prefixes and bases are passed over."""
    assert query_form(text) is form


@pytest.mark.parametrize("word", ["INSERT", "delete", "Load", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"])
def test_an_update_is_refused(word: str) -> None:
    """Each word that begins an update is refused, behind a prologue too."""
    with pytest.raises(QuerySyntaxError, match=word.upper()):
        query_form(f"PREFIX a: <b> {word} <http://example.org/>")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1),
        ("# only a comment", 1, 17),
        ("\n  SELEKT * {}", 2, 3),
        ("PREFIX a <http://x/> SELECT * {}", 1, 8),
        ("PREFIX a:\r\n'x' SELECT * {}", 2, 1),
        ("BASE\r\r<x y> SELECT * {}", 3, 1),
        ('"never closed', 1, 1),
        ("\U0001f600 SELECT", 1, 1),
    ],
)
def test_a_text_that_begins_like_no_query_is_an_error_with_its_location(text: str, line: int, column: int) -> None:
    """Line and column point at the first token that cannot stand there."""
    with pytest.raises(QuerySyntaxError) as caught:
        query_form(text)

    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?service ?p $SERVICE }",
        "SELECT * { ?s ?p 'SERVICE <http://x/> {}', \"a SERVICE b\"@service }",
        "SELECT * { ?s ?p '''it's a SERVICE''', \"\"\"SERVICE\"\"\" }",
        "SELECT * { ?s <http://www.w3.org/ns/sparql-service-description#Service> ?o } # SERVICE <x> {}",
        "PREFIX service: <http://x/> SELECT * { ?s service:a a:SERVICE ; b:x.service _:SERVICE }",
        "PREFIX service: <http://x/> SELECT * FROM service:a { GRAPH service:a { ?s ?p ?o } }",
        "SELECT * { ?s ?p a:b\\#SERVICE }",
    ],
)
def test_the_word_service_inside_other_tokens_is_no_call(text: str) -> None:
    """Strings, comments, IRIs, variables, language tags and prefixed names may hold the word."""
    assert not calls_service(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://x/> {} }",
        "SELECT * { service silent ?x {} }",
        "SELECT*{?s ?p ?o.SERVICE<http://x/>{}}",
        "SELECT*{SERVICESILENT<http://x/>{}}",
        "SELECT*{?s ?p trueSERVICE<http://x/>{}}",
        "SELECT*{?s ?p 1SERVICE<http://x/>{}}",
        "PREFIX a:<http://x/> SELECT*{SERVICEa:b{}}",
        "PREFIX SERVICEa:<http://x/> PREFIX a:<http://x/> SELECT*{SERVICEa:b{}}",
        "PREFIX :<http://x/> SELECT*{SERVICE:b{}}",
        "SELECT*{FILTER(?a<1)SERVICE#>\n<http://x/>{}}",
        "SELECT*{FILTER(?a<'b&&?c>d')SERVICE <http://x/>{}}",
        "SELECT*{?s ?p '\\'' SERVICE <http://x/> {}}",
        "SELECT*{?s ?p 'a' # '\n SERVICE <http://x/> {}}",
    ],
)
def test_every_spelling_of_a_service_call_is_seen(text: str) -> None:
    """Calls glued to their neighbours, and calls that a careless lexer takes for an IRI or a string, are seen."""
    assert calls_service(text)

    with pytest.raises(QueryRefused, match="SERVICE"):
        refuse_services(text, ())


def test_an_allowed_service_may_be_called_plainly() -> None:
    """The constant IRI of the list, with or without SILENT, is let through."""
    assert refuse_services(f"SELECT * {{ SERVICE <{ALLOWED}> {{}} SERVICE SILENT <{ALLOWED}> {{}} }}", (ALLOWED,))
    assert not refuse_services("SELECT * { ?service ?p ?o }", (ALLOWED,))


@pytest.mark.parametrize(
    "clause",
    [
        "SERVICE <http://127.0.0.1:1/other> {}",
        "SERVICE ?x {} VALUES ?x { <http://127.0.0.1:1/sparql> }",
        "SERVICE <http://127.0.0.1:1/\\u0073parql> {}",
        "SERVICE a:sparql {}",
        "SERVICE <http://127.0.0.1:1/sparql> {} SERVICE <http://127.0.0.1:2/> {}",
        "SERVICE <http://127.0.0.1:1/sparql> {} # service",
        "SERVICE <http://127.0.0.1:1/sparql> {} FILTER(?a<1)SERVICE#>\n<http://127.0.0.1:2/>{}",
        "SERVICE <http://127.0.0.1:1/sparql> {} SERVICESILENT<http://127.0.0.1:2/>{}",
        "SERVICE",
    ],
)
def test_any_other_service_is_refused_where_some_are_allowed(clause: str) -> None:
    """Variables, prefixed names, escapes, other addresses and doubtful spellings are refused."""
    with pytest.raises(QueryRefused):
        refuse_services(f"SELECT * {{ {clause} }}", (ALLOWED,))


@pytest.mark.parametrize(
    "text",
    [
        "a." * 100_000,
        "SELECT " + '"\\' * 100_000,
        "SELECT " + "'''a'" * 200_000,
        "SELECT " + "<a" * 100_000,
        "SELECT a:" + "." * 200_000,
        "PREFIX " * 100_000,
        "(" * 200_000,
        "SELECT " + "_:a" * 200_000 + "_:" * 200_000,
        "SELECT " + "1e" * 100_000,
        "SELECT " + "-" * 100_000 + "é·-." * 100_000,
        "SELECT service" + "serviceservice:" * 50_000,
    ],
)
def test_hostile_text_is_read_in_linear_time(text: str) -> None:
    """Doubling a hostile text does no more than double the work, so no short text can hold up the server."""

    def work(content: str) -> float:
        began = time.process_time()
        for _ in tokens(content):
            pass
        return time.process_time() - began

    single, double = min(work(text) for _ in range(2)), min(work(text * 2) for _ in range(2))

    assert double < 3.5 * single + 0.1
    with pytest.raises((QuerySyntaxError, QueryRefused)):
        refuse_services(text + " SERVICE", ())
        query_form(text)


def test_lines_end_as_in_the_grammar() -> None:
    """Line feed, carriage return and both together each end one line; columns count characters."""
    text = "a\r\nb\rc\né😀d"

    assert [line_and_column(text, match.start()) for match in re.finditer("[a-d]", text)] == [
        (1, 1), (2, 1), (3, 1), (4, 3),
    ]  # fmt: skip
