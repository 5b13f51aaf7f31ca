"""What a query asks of a resource: "treatment for gout" names a section of the page about gout.

The words are those of the vocabulary: headings of sections, labels of the roles that predicates have, headings of
predicates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nosograph.search.words import significant, stem_phrase, stems, words_of
from nosograph.vocabulary.terms import PageSection, Vocabulary


@dataclass(frozen=True)
class Topic:
    """A section of the pages of the focus.

    Attributes:
        section: the section.
        predicates: the predicates whose facts it shows.
    """

    section: PageSection
    predicates: frozenset[str]


@dataclass(frozen=True)
class TopicQuestion:
    """A query that asks for a topic of a resource.

    Attributes:
        topic: what is asked for.
        words: the other words of the query, which name the resource.
    """

    topic: Topic
    words: list[str]


@dataclass(frozen=True)
class Topics:
    """The topics that queries may ask for.

    Attributes:
        by_stems: stems of what a topic is called → the topic.
        words: the words that topics are called by.
    """

    by_stems: Mapping[str, Topic]
    words: frozenset[str]

    def question(self, words: list[str]) -> TopicQuestion | None:
        """Return the topic that a query asks for, and its other words; None where it names none, or nothing else.

        A topic stands at the beginning or at the end of a query, and the longest that fits is meant.
        """
        words = significant(words)
        for length in range(min(3, len(words) - 1), 0, -1):
            for named, others in ((words[:length], words[length:]), (words[-length:], words[:-length])):
                topic = self.by_stems.get(" ".join(stems(named)))
                if topic is not None:
                    return TopicQuestion(topic, others)
        return None


def read_topics(vocabulary: Vocabulary) -> Topics:
    """Return the topics of a vocabulary; what two are called means the first."""
    found: dict[str, Topic] = {}
    words: set[str] = set()
    for name, topic in _names(vocabulary):
        if phrase := stem_phrase(words_of(name)):
            found.setdefault(phrase, topic)
            words.update(significant(words_of(name)))
    return Topics(found, frozenset(words))


def _names(vocabulary: Vocabulary) -> Iterator[tuple[str, Topic]]:
    topics = {
        section.iri: Topic(
            section, frozenset(iri for iri, entry in vocabulary.predicates.items() if entry.section == section.iri)
        )
        for section in vocabulary.sections
    }
    order = {section.iri: position for position, section in enumerate(vocabulary.sections)}
    predicates = sorted(
        (entry for entry in vocabulary.predicates.values() if entry.section in topics),
        key=lambda entry: (order[entry.section], entry.order, entry.iri),
    )
    yield from ((topic.section.heading, topic) for topic in topics.values())
    for entry in predicates:
        for role in sorted(entry.roles):
            yield from ((name, topics[entry.section]) for name in vocabulary.role_names.get(role, ()))
    yield from ((entry.heading, topics[entry.section]) for entry in predicates)
