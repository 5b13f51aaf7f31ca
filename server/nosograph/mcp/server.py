"""The tools of the Model Context Protocol (https://modelcontextprotocol.io) that answer about one release.

They read and change nothing, reach no network, and are bounded as the query endpoint is: an answer is complete, or an
error that says which limit it broke and how to ask for less.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from nosograph import NosographError, Release, ReleaseConnection, __version__
from nosograph.mcp.answers import describe_answer, describe_codes, describe_hits, describe_release, describe_resource

_READS: Final = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)

_INSTRUCTIONS: Final = """\
{title} (release {version}): a knowledge graph in which every statement carries its evidence.

A fact is one proposition (subject, predicate, object). Its status follows from its evidence: affirmed, contested \
(sources disagree), denied, or hypothesised (no source states it outright). Tell the status whenever you tell a fact, \
and name the sources with their IRIs; a fact that is denied or contested must not be told as true.

Begin with search or resolve_code to find the IRI of a resource, then look_up for its facts with their evidence; use \
sparql for questions across resources. In SPARQL the prefixes {prefixes} are known; only affirmed facts are also plain \
triples, and all facts are noso:Fact with rdf:subject, rdf:predicate, rdf:object, noso:status and noso:evidence.

Kinds of resources: {kinds}.
Predicates of facts: {predicates}.
{disclaimer}"""


@dataclass(frozen=True)
class AnswerLimits:
    """How much one answer may hold.

    Attributes:
        rows: resources, facts or rows.
        kib: KiB of JSON.
    """

    rows: int = 1000
    kib: int = 256


def create_server(connection: ReleaseConnection, limits: AnswerLimits = AnswerLimits()) -> MCPServer[Any]:
    """Return the server with its tools; ``run("stdio")`` serves them over standard input and output.

    Args:
        connection: what answers; whoever opened it closes it.
        limits: the limits of an answer.
    """
    release = connection.release
    texts = release.vocabulary.texts
    server: MCPServer[Any] = MCPServer(
        release.manifest.profile.name,
        instructions=_INSTRUCTIONS.format(
            title=release.manifest.profile.title,
            version=release.version,
            prefixes=", ".join(f"{prefix}:" for prefix in release.base.prefixes()),
            kinds=", ".join(release.base.kinds),
            predicates=", ".join(_prefixed(release, iri) for iri in sorted(release.vocabulary.predicates)),
            disclaimer=texts.full_disclaimer,
        ),
        version=__version__,
        website_url=release.base.iri,
        log_level="WARNING",
    )
    tools = _Tools(connection, limits)
    for name, tool, title in (
        ("search", tools.search, "Search resources by words"),
        ("look_up", tools.look_up, "Look a resource up, with its facts and their evidence"),
        ("resolve_code", tools.resolve_code, "Find the resource of a code"),
        ("sparql", tools.sparql, "Ask a SPARQL query"),
    ):
        server.add_tool(tool, name=name, title=title, annotations=_READS, structured_output=True)
    return server


def _prefixed(release: Release, iri: str) -> str:
    """Return an IRI with the prefix that fits most of it, or as it is where none fits."""
    fitting = [(start, prefix) for prefix, start in release.base.prefixes().items() if iri.startswith(start)]
    start, prefix = max(fitting, key=lambda pair: len(pair[0]), default=("", ""))
    return f"{prefix}:{iri.removeprefix(start)}" if prefix else iri


class _Tools:
    """The tools as methods; their docstrings and annotations are what a client reads of them."""

    def __init__(self, connection: ReleaseConnection, limits: AnswerLimits) -> None:
        self._connection = connection
        self._limits = limits
        self._release = describe_release(connection.release)

    def search(
        self,
        text: Annotated[str, Field(description="Words of a name or definition, or a code", max_length=200)],
        kind: Annotated[
            str, Field(description="Only resources of this kind, the first part of the path of their IRIs; empty: all")
        ] = "",
        limit: Annotated[int, Field(description="Most resources to return", ge=1, le=100)] = 10,
        offset: Annotated[int, Field(description="Resources to leave out first", ge=0, le=1_000_000)] = 0,
    ) -> dict[str, Any]:
        """Search the names, definitions and codes of all resources; misspelt words are corrected.

        Each resource has its IRI, which look_up takes.
        """
        return self._answer(lambda: describe_hits(self._connection, text, kind, limit, offset))

    def look_up(
        self,
        name: Annotated[str, Field(description="IRI of the resource, or its prefixed name", max_length=2000)],
        predicate: Annotated[
            str,
            Field(description="Only facts with this predicate, its IRI or prefixed name; empty: all", max_length=2000),
        ] = "",
        limit: Annotated[int, Field(description="Most facts to return", ge=1, le=200)] = 25,
        offset: Annotated[int, Field(description="Facts to leave out first", ge=0, le=1_000_000)] = 0,
    ) -> dict[str, Any]:
        """Return a resource with the facts that speak of it: status, evidence, sources and passages of each.

        total_facts says how many there are; ask again with offset for more.
        """

        def describe() -> dict[str, Any]:
            found = self._connection.look_up(name, predicate=predicate, limit=limit, offset=offset)
            if found is None:
                raise ToolError(f"The release says nothing of {name[:200]!r}. Find the resource with search first.")
            return describe_resource(found, offset)

        return self._answer(describe)

    def resolve_code(
        self,
        code: Annotated[
            str,
            Field(description="A code in any usual spelling, with the name of its system, or its IRI", max_length=200),
        ],
    ) -> dict[str, Any]:
        """Return the resources that a code of another system leads to, exact matches first.

        status is exact for one exact match, choices for others, unknown where nothing has the code, malformed where it
        is none. relation says how each is mapped: exactMatch, closeMatch, broadMatch, narrowMatch, relatedMatch.
        """
        return self._answer(lambda: describe_codes(self._connection, code))

    def sparql(
        self,
        query: Annotated[str, Field(description="A SPARQL 1.1 query; known prefixes need no declaration")],
        timeout: Annotated[
            float | None, Field(description="Seconds that it may take, where fewer than the server allows", gt=0)
        ] = None,
    ) -> dict[str, Any]:
        """Return the complete answer to a SPARQL query: SELECT, ASK, CONSTRUCT or DESCRIBE.

        An answer over the limits is an error, never cut: add LIMIT, or ask for less.
        """

        def describe() -> dict[str, Any]:
            answer = describe_answer(self._connection.query(query, timeout=timeout))
            number = len(answer.get("rows", ()))
            if number > self._limits.rows:
                raise ToolError(
                    f"The answer has {number} rows, and {self._limits.rows} are allowed. Add LIMIT, or count them."
                )
            return answer

        return self._answer(describe)

    def _answer(self, describe: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return an answer with the release that it comes from.

        Raises:
            ToolError: there is none, or it is too large; the message says why and what to do.
        """
        try:
            answer = describe() | {"release": self._release}
        except NosographError as error:
            raise ToolError(str(error)) from error
        size = len(json.dumps(answer, ensure_ascii=False).encode())
        if size > self._limits.kib * 1024:
            raise ToolError(
                f"The answer has {size // 1024} KiB, and {self._limits.kib} are allowed. Ask for less with limit, "
                "predicate or LIMIT, and for the rest with offset."
            )
        return answer
