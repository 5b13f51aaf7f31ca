// What the editor offers while a query is typed: keywords, variables of the query, prefixes, and our terms by label.

const KEYWORDS = ("SELECT CONSTRUCT DESCRIBE ASK WHERE FROM NAMED PREFIX BASE DISTINCT REDUCED OPTIONAL UNION MINUS FILTER "
  + "BIND VALUES GRAPH GROUP BY HAVING ORDER ASC DESC LIMIT OFFSET EXISTS NOT IN AS COUNT SUM MIN MAX AVG SAMPLE "
  + "GROUP_CONCAT STR LANG LANGMATCHES DATATYPE BOUND IRI COALESCE IF STRSTARTS STRENDS CONTAINS REGEX REPLACE LCASE "
  + "UCASE STRLEN SUBSTR YEAR isIRI isLiteral").split(" ");

function declared(text) {
  return new Set([...text.matchAll(/\bPREFIX\s+([\w.-]*):/gi)].map((match) => match[1]));
}

// Puts a term in, and its prefix at the top of the query where it is not declared yet.
function applyTerm(prefixes) {
  return (view, completion, from, to) => {
    const prefix = completion.label.split(":", 1)[0];
    const changes = [{ from, to, insert: completion.label }];
    const missing = !declared(view.state.doc.toString()).has(prefix) && prefixes[prefix];
    const line = missing ? `PREFIX ${prefix}: <${prefixes[prefix]}>\n` : "";
    if (line) changes.unshift({ from: 0, insert: line });
    view.dispatch({ changes, selection: { anchor: from + line.length + completion.label.length } });
  };
}

export function completeSparql(vocabulary) {
  const terms = vocabulary.terms.map((term) => ({
    label: term.curie,
    detail: term.label,
    info: term.definition || undefined,
    type: term.kind === "class" ? "class" : term.kind === "property" ? "property" : "constant",
    apply: applyTerm(vocabulary.prefixes),
  }));
  const prefixes = Object.entries(vocabulary.prefixes).map(([prefix, iri]) => ({
    label: `${prefix}:`,
    detail: iri,
    type: "namespace",
    boost: -1,
  }));
  const keywords = KEYWORDS.map((label) => ({ label, type: "keyword" }));
  return (context) => {
    const text = context.state.doc.toString();
    const declaration = context.matchBefore(/\bPREFIX\s+[\w.-]*$/i);
    if (declaration) {
      const word = context.matchBefore(/[\w.-]*$/);
      const options = Object.entries(vocabulary.prefixes).map(([prefix, iri]) => ({
        label: `${prefix}: <${iri}>`, type: "namespace",
      }));
      return { from: word.from, options };
    }
    const variable = context.matchBefore(/[?$]\w*$/);
    if (variable) {
      const names = new Set([...text.matchAll(/[?$](\w+)/g)].map((match) => match[0]));
      names.delete(variable.text);
      return { from: variable.from, options: [...names].map((label) => ({ label, type: "variable" })) };
    }
    const word = context.matchBefore(/[A-Za-z][\w.-]*:?[\w.-]*$/);
    if (!word && !context.explicit) return null;
    const from = word ? word.from : context.pos;
    return { from, options: [...terms, ...prefixes, ...keywords], validFor: /^[\w.-]*:?[\w.-]*$/ };
  };
}
