"""What ``ontology/`` says, as values: classes, predicates, roles, order, headings, columns, inheritance."""
