"""A published question as a reader asks it: about other resources than those that the published query names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from nosograph.sparql.questions import Parameter, Question, parameters, put
from nosograph.web.views.choices import ResourceChoice, choose, identifier_of
from nosograph.web.views.facts import Reader
from nosograph.web.views.site import Site


@dataclass(frozen=True)
class AskedQuestion:
    """A question with what was chosen for it.

    Attributes:
        question: the question as it is published.
        choices: what can be chosen, each with what was.
        query: the query with what was chosen in it.
    """

    question: Question
    choices: tuple[ResourceChoice, ...]
    query: str

    @property
    def is_open(self) -> bool:
        """Whether something was typed that names no resource, or several, so that there is nothing to ask yet."""
        return any(choice.text and choice.value is None for choice in self.choices)

    @property
    def is_as_published(self) -> bool:
        """Whether it is the published query."""
        return self.query == self.question.query


def ask_about(site: Site, reader: Reader, question: Question, texts: Mapping[str, str]) -> AskedQuestion:
    """Return a question with resources chosen for its parameters.

    Args:
        site: the site.
        reader: reads the release.
        question: the question.
        texts: what a reader typed, by the name of the parameter; for what is left out, the published query decides.
    """
    found = parameters_of(site, question)
    kinds = Counter(parameter.kind for parameter in found)
    choices, chosen = [], []
    for parameter in found:
        entry = site.release.vocabulary.by_kind[parameter.kind]
        label = entry.name if kinds[parameter.kind] == 1 else f"{entry.name} ({parameter.name})"
        published = identifier_of(reader.value(parameter.iri)) if parameter.iri else ""
        text = texts.get(parameter.name, "") or published
        choice = choose(site, reader, entry, parameter.name, label, text)
        choices.append(choice)
        if choice.value and choice.value.iri != parameter.iri:
            chosen.append((parameter, choice.value.iri))
    return AskedQuestion(question, tuple(choices), put(question.query, chosen))


def parameters_of(site: Site, question: Question) -> tuple[Parameter, ...]:
    """Return what can be chosen in a question of a site's release."""
    focus = site.release.vocabulary.focus
    return parameters(question.query, site.release.base, focus.kind if focus else "")


def parameter_of_focus(site: Site, question: Question) -> str:
    """Return the name of the first parameter of a question that stands for a resource of the focus, or nothing."""
    focus = site.release.vocabulary.focus
    kinds = {parameter.kind: parameter.name for parameter in reversed(parameters_of(site, question))}
    return kinds.get(focus.kind, "") if focus else ""
