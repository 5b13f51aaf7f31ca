// Replicates an event stream and prints each quad of its members as a line of N-Quads, in the order of their arrival.
//
// node replicate.mjs FOLDER ADDRESS [AFTER]: FOLDER is where the packages are installed, AFTER a time. The program that comes
// with the client writes booleans without quotation marks, which no reader of N-Quads takes.

import { pathToFileURL } from "node:url";

const [folder, address, after] = process.argv.slice(2);
const { intoConfig, replicateLDES } = await import(pathToFileURL(`${folder}/node_modules/ldes-client/dist/lib/client.js`));

const written = (term) => {
  if (term.termType !== "Literal") return term.termType === "DefaultGraph" ? "" : `<${term.value}>`;
  const text = JSON.stringify(term.value);
  return term.language ? `${text}@${term.language}` : `${text}^^<${term.datatype.value}>`;
};

const config = intoConfig({ url: address, ...(after ? { after: new Date(after) } : {}) });
const reader = replicateLDES(config, "ascending").stream().getReader();
for (let next = await reader.read(); !next.done; next = await reader.read()) {
  for (const quad of next.value.quads) {
    const terms = [quad.subject, quad.predicate, quad.object, quad.graph].map(written);
    console.log(`${terms.filter(Boolean).join(" ")} .`);
  }
}
