"""What the files of a data folder say, as they are written: with published names, without what the build derives."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nosograph.errors import InputErrors
from nosograph.facts.assembly import Assembly
from nosograph.facts.asset_files import find_files
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.facts.loading import DATASET_FILE
from nosograph.facts.turtle import read_turtle


def read_data_folder(data: Path, knowledge: KnowledgeGraph) -> Assembly:
    """Return the statements of every file of a data folder; arguments and errors are those of ``read_written``."""
    paths = (path for path in find_files(data, ".ttl") if path != data / DATASET_FILE)
    return read_written(((path, f"data/{path.relative_to(data).as_posix()}") for path in paths), knowledge)


def read_written(files: Iterable[tuple[Path, str]], knowledge: KnowledgeGraph) -> Assembly:
    """Return the statements of files.

    Args:
        files: each file with its name in messages.
        knowledge: the graph whose vocabulary they are read by.

    Raises:
        InputErrors: what is wrong in them.
    """
    assembly = Assembly(knowledge.graphs["ontology"], knowledge.vocabulary)
    for path, name in files:
        assembly.add_file(read_turtle(path, name).statements)
    if assembly.errors:
        raise InputErrors(tuple(assembly.errors))
    return assembly
