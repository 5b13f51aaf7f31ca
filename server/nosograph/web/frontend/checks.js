// Marks what is wrong while a query is typed. The server looks at it, with the engine that would run it; it is asked
// when typing rests, one request at a time, and never about a long text.

import { declaration } from "./completion.js";

const LONGEST = 20_000; // characters
export const REST = 600; // milliseconds without a keystroke before the server is asked

// The offset of a line and column, which count from 1 and, columns, in Unicode characters.
export function offsetOf(document, line, column) {
  const found = document.line(Math.min(Math.max(line, 1), document.lines));
  return found.from + [...found.text].slice(0, column - 1).join("").length;
}

function declare(view, prefix, prefixes) {
  view.dispatch({ changes: declaration(view.state.doc.toString(), prefix, prefixes), userEvent: "input.complete" });
}

function markName(document, { text, line, column, detail, declaration: missing, nearest }, prefixes) {
  const from = offsetOf(document, line, column);
  const actions = nearest.map((near) => ({
    name: near.text,
    apply: (view, start, end) => view.dispatch({ changes: { from: start, to: end, insert: near.text } }),
  }));
  if (missing) actions.push({ name: "Declare it", apply: (view) => declare(view, text.split(":", 1)[0], prefixes) });
  const meant = nearest.length ? ` Nearest: ${nearest.map((near) => `${near.text} (${near.label})`).join(", ")}.` : "";
  return { from, to: from + text.length, severity: missing ? "info" : "warning", message: detail + meant, actions };
}

// A syntax error is marked from where it was found to the end of the word there.
function markProblem(document, { detail, hint, line, column }) {
  const from = line ? offsetOf(document, line, column ?? 1) : 0;
  const rest = document.lineAt(from).text.slice(from - document.lineAt(from).from);
  const length = /^\S+/.exec(rest)?.[0].length ?? 0;
  return { from, to: from + length, severity: "error", message: [detail, hint].filter(Boolean).join(" ") };
}

export function checkSparql(address, prefixes) {
  let asked = null;
  return async (view) => {
    asked?.abort();
    const document = view.state.doc;
    if (!document.length || document.length > LONGEST) return [];
    asked = new AbortController();
    try {
      const answer = await fetch(address, {
        method: "POST",
        headers: { "Content-Type": "application/sparql-query" },
        body: document.toString(),
        signal: asked.signal,
      });
      if (!answer.ok) return [];
      const found = await answer.json();
      const names = found.names.map((name) => markName(document, name, prefixes));
      return found.problem ? [...names, markProblem(document, found.problem)] : names;
    } catch {
      return []; // typed on, or the server is away
    }
  };
}
