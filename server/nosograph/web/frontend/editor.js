// The query editor: turns the plain form of the query page into an editor with completion, runs queries without
// leaving the page, and shows answers as table, raw text and, where it is apt, as bars. Without it the form works.

import { autocompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { sparql } from "codemirror-lang-sparql";

import { completeSparql } from "./completion.js";
import { showAnswer, showProblem } from "./results.js";

const ACCEPT = "application/sparql-results+json, text/turtle;q=0.9";

const form = document.getElementById("query-form");
const area = form?.querySelector("textarea");

// Colours come from the page's custom properties, which reach into the shadow root; so light and dark need no care here.
const theme = EditorView.theme({
  "&": { backgroundColor: "var(--raised)", color: "var(--ink)", fontSize: "0.88rem", maxHeight: "34rem" },
  "&.cm-focused": { outline: "3px solid var(--focus)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { minHeight: "16rem", caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--wash)", color: "var(--soft)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "rgb(128 128 128 / 0.08)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "rgb(120 160 200 / 0.35)",
  },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--ink)", border: "1px solid var(--soft)" },
  ".cm-tooltip.cm-completionInfo": { maxWidth: "24rem", fontFamily: "var(--sans)" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--accent-ink)" },
  ".cm-completionDetail": { fontFamily: "var(--sans)" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--denied)" },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.literal, tags.number, tags.bool], color: "var(--affirmed)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  { tag: tags.variableName, color: "var(--hypothesised)" },
  { tag: [tags.namespace, tags.typeName, tags.atom, tags.url, tags.propertyName], color: "var(--contested)" },
]);

async function loadVocabulary(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return answer.json();
}

// The editor lives in a shadow root: there its styles are constructed style sheets, which the Content-Security-Policy
// of the site allows, and not style elements, which it does not.
function makeEditor(vocabulary, root) {
  const run = () => { runQuery(); return true; };
  return new EditorView({
    root,
    state: EditorState.create({
      doc: area.value,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        bracketMatching(),
        highlightActiveLine(),
        lintGutter(),
        sparql(),
        theme,
        syntaxHighlighting(colours),
        autocompletion({ override: [completeSparql(vocabulary)] }),
        Prec.highest(keymap.of([{ key: "Mod-Enter", run }])),
        keymap.of([...defaultKeymap, ...historyKeymap]),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": "Query in SPARQL", spellcheck: "false", tabindex: "0" }),
        EditorView.updateListener.of((update) => { if (update.docChanged) area.value = update.state.doc.toString(); }),
      ],
    }),
  });
}

function mark(problem) {
  const line = Number(problem.line);
  if (!line || line > view.state.doc.lines) return;
  const row = view.state.doc.line(line);
  const from = Math.min(row.from + Math.max(Number(problem.column || 1) - 1, 0), row.to);
  const found = { from, to: Math.max(row.to, from), severity: "error", message: problem.detail };
  view.dispatch(setDiagnostics(view.state, [found]), { selection: { anchor: from }, scrollIntoView: true });
}

let turn = 0;

async function runQuery() {
  const query = view.state.doc.toString();
  const mine = ++turn;
  const button = form.querySelector("button");
  button.disabled = true;
  status.textContent = "Running …";
  view.dispatch(setDiagnostics(view.state, []));
  const begun = performance.now();
  try {
    const answer = await fetch(form.dataset.endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/sparql-query", Accept: ACCEPT },
      body: query,
    });
    const content = await answer.text();
    if (mine !== turn) return;
    if (answer.ok) {
      const seconds = ((performance.now() - begun) / 1000).toFixed(2);
      status.textContent = showAnswer(place, { content, type: answer.headers.get("Content-Type") ?? "", query, seconds, vocabulary });
    } else {
      const problem = readProblem(answer, content);
      mark(problem);
      showProblem(place, problem);
      status.textContent = "The query was not answered.";
    }
  } catch (error) {
    showProblem(place, { detail: `The endpoint could not be reached: ${error.message}`, hint: "Try again." });
    status.textContent = "The query was not answered.";
  } finally {
    button.disabled = false;
  }
}

function readProblem(answer, content) {
  try {
    return JSON.parse(content);
  } catch {
    return { detail: `The endpoint answered ${answer.status}.`, hint: content.slice(0, 300) };
  }
}

let view;
let vocabulary;
let place;
let status;

async function start() {
  vocabulary = await loadVocabulary(form.dataset.vocabulary);
  const holder = document.createElement("div");
  holder.className = "editor";
  const root = holder.attachShadow({ mode: "open" });
  view = makeEditor(vocabulary, root);
  root.append(view.dom);
  area.hidden = true;
  area.required = false;
  area.after(holder);
  form.querySelector("label").addEventListener("click", () => view.focus());
  status = document.createElement("span");
  status.className = "hint";
  status.setAttribute("role", "status");
  status.textContent = "Ctrl+Enter (⌘+Enter) runs it; Ctrl+Space completes.";
  form.querySelector(".actions").append(status);
  place = document.getElementById("answer") ?? document.createElement("section");
  place.id = "answer";
  form.after(place);
  form.addEventListener("submit", (event) => { event.preventDefault(); runQuery(); });
}

if (area) start().catch((error) => console.warn("The plain form stays:", error.message));
