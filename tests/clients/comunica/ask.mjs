// Asks Comunica one query of some sources and prints what it found, as JSON: bindings, a boolean, or triples.
// Standard input: {"query": "...", "sources": [{"type": "sparql", "value": "http://..."}, ...]}

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

// The packages are installed beside package.json in another folder, which is named as the first argument.
const require = createRequire(`${process.argv[2]}/`);
const { QueryEngine } = require("@comunica/query-sparql");

function termToString(term) {
  return { type: term.termType, value: term.value, language: term.language, datatype: term.datatype?.value };
}

const { query, sources } = JSON.parse(readFileSync(0, "utf-8"));
const result = await new QueryEngine().query(query, { sources });
switch (result.resultType) {
  case "bindings": {
    const bindings = await (await result.execute()).toArray();
    const rows = bindings.map((row) => Object.fromEntries([...row].map(([key, term]) => [key.value, termToString(term)])));
    console.log(JSON.stringify({ rows }));
    break;
  }
  case "boolean":
    console.log(JSON.stringify({ boolean: await result.execute() }));
    break;
  case "quads": {
    const quads = await (await result.execute()).toArray();
    const triples = quads.map((quad) => [quad.subject, quad.predicate, quad.object].map(termToString));
    console.log(JSON.stringify({ triples }));
    break;
  }
}
