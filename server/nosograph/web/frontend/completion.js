// What the editor offers while a query is typed: keywords, variables of the query, prefixes, the classes and properties
// that the release uses, and whatever the search finds by its name.

const KEYWORDS = ("SELECT CONSTRUCT DESCRIBE ASK WHERE FROM NAMED PREFIX BASE DISTINCT REDUCED OPTIONAL UNION MINUS FILTER "
  + "BIND VALUES GRAPH GROUP BY HAVING ORDER ASC DESC LIMIT OFFSET EXISTS NOT IN AS COUNT SUM MIN MAX AVG SAMPLE "
  + "GROUP_CONCAT STR LANG LANGMATCHES DATATYPE BOUND IRI COALESCE IF STRSTARTS STRENDS CONTAINS REGEX REPLACE LCASE "
  + "UCASE STRLEN SUBSTR YEAR isIRI isLiteral").split(" ");
const MOST = 12; // options of each sort
const WORD = /[A-Za-z][\w.-]*:?[\w.-]*$/;

export function declared(text) {
  return new Set([...text.matchAll(/\bPREFIX\s+([\w.-]*):/gi)].map((match) => match[1]));
}

// The change that declares a prefix at the top of a query, or none where it is declared or not known.
export function declaration(text, prefix, prefixes) {
  const missing = Object.hasOwn(prefixes, prefix) && !declared(text).has(prefix);
  return missing ? [{ from: 0, insert: `PREFIX ${prefix}: <${prefixes[prefix]}>\n` }] : [];
}

export function compact(iri, prefixes) {
  let best = "";
  let short = `<${iri}>`;
  for (const [prefix, start] of Object.entries(prefixes)) {
    const local = iri.slice(start.length);
    if (iri.startsWith(start) && start.length > best.length && /^\w[\w-]*$/.test(local)) {
      [best, short] = [start, `${prefix}:${local}`];
    }
  }
  return short;
}

// Puts a name in, and its prefix at the top of the query where it is not declared yet.
function insertName(name, prefixes) {
  return (view, completion, from, to) => {
    const text = view.state.doc.toString();
    const changes = name.startsWith("<") ? [] : declaration(text, name.split(":", 1)[0], prefixes);
    const shift = changes.length ? changes[0].insert.length : 0;
    view.dispatch({
      changes: [...changes, { from, to, insert: name }],
      selection: { anchor: from + shift + name.length },
      userEvent: "input.complete",
    });
  };
}

// How well a term fits what was typed: its name before words of its label; 0 where it does not.
function fit(term, typed) {
  const name = term.name.toLowerCase();
  const label = term.label.toLowerCase();
  if (name.startsWith(typed)) return 4;
  if (!typed.includes(":") && name.slice(name.indexOf(":") + 1).startsWith(typed)) return 3;
  if (label.split(/\s+/).some((word) => word.startsWith(typed))) return 2;
  return name.includes(typed) ? 1 : 0;
}

const isClassPosition = (before) => /(?:^|[\s;])(?:a|rdf:type)\s+\S*$/.test(before);

function offerTerms(terms, typed, before, prefixes) {
  const wanted = isClassPosition(before) ? "class" : "property";
  return terms.map((term) => ({ term, score: fit(term, typed) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => (other.term.kind === wanted) - (one.term.kind === wanted) || other.score - one.score
      || other.term.count - one.term.count)
    .slice(0, MOST)
    .map(({ term }) => ({
      label: term.name,
      detail: term.count ? `${term.label} · ${term.count.toLocaleString("en")}` : term.label,
      info: term.definition || undefined,
      type: term.kind,
      apply: insertName(term.name, prefixes),
    }));
}

function offerVariables(context) {
  const variable = context.matchBefore(/[?$]\w*$/);
  if (!variable) return null;
  const names = new Set([...context.state.doc.toString().matchAll(/[?$]\w+/g)].map((match) => match[0]));
  names.delete(variable.text);
  return { from: variable.from, options: [...names].map((label) => ({ label, type: "variable" })) };
}

function offerDeclarations(context, prefixes) {
  if (!context.matchBefore(/\bPREFIX\s+[\w.-]*$/i)) return null;
  const options = Object.entries(prefixes).map(([prefix, iri]) => ({ label: `${prefix}: <${iri}>`, type: "namespace" }));
  return { from: context.matchBefore(/[\w.-]*$/).from, options };
}

// What is known without asking.
export function completeKnown(vocabulary) {
  const { prefixes } = vocabulary;
  const terms = vocabulary.terms.map((term) => ({ ...term, name: compact(term.iri, prefixes) }));
  return (context) => {
    const other = offerDeclarations(context, prefixes) ?? offerVariables(context);
    if (other) return other;
    const word = context.matchBefore(WORD);
    if (!word && !context.explicit) return null;
    const from = word ? word.from : context.pos;
    const typed = (word?.text ?? "").toLowerCase();
    const line = context.state.doc.lineAt(context.pos);
    const begins = ({ label }) => label.toLowerCase().startsWith(typed);
    return {
      from,
      filter: false,
      options: [
        ...offerTerms(terms, typed, line.text.slice(0, context.pos - line.from), prefixes),
        ...Object.keys(prefixes).map((prefix) => ({
          label: `${prefix}:`, detail: prefixes[prefix], type: "namespace", apply: insertName(`${prefix}:`, prefixes),
        })).filter(begins).slice(0, MOST),
        ...KEYWORDS.map((label) => ({ label, type: "keyword" })).filter(begins),
      ],
    };
  };
}

// What the search of the site finds by name, each with its kind.
export function completeFound(vocabulary, address) {
  const known = new Set(vocabulary.terms.map((term) => term.iri));
  return async (context) => {
    const word = context.matchBefore(WORD);
    if (!word || context.matchBefore(/\bPREFIX\s+[\w.-]*$/i)) return null;
    const [prefix, local] = word.text.includes(":") ? word.text.split(":", 2) : ["", word.text];
    if (local.length < 3) return null;
    const asked = new AbortController();
    context.addEventListener("abort", () => asked.abort());
    const parameters = new URLSearchParams({ q: local.replaceAll(/[-_.]/g, " "), limit: MOST });
    if (vocabulary.kinds.includes(prefix)) parameters.set("kind", prefix);
    try {
      const answer = await fetch(`${address}?${parameters}`, { signal: asked.signal });
      if (!answer.ok) return null;
      const { results } = await answer.json();
      const options = results.filter((hit) => !known.has(hit.iri)).map((hit) => {
        const name = compact(hit.iri, vocabulary.prefixes);
        return {
          label: name,
          displayLabel: hit.label,
          detail: name,
          info: hit.definition || undefined,
          type: "constant",
          apply: insertName(name, vocabulary.prefixes),
        };
      });
      return options.length ? { from: word.from, filter: false, options } : null;
    } catch {
      return null; // typed on, or the server is away: what is known is still offered
    }
  };
}
