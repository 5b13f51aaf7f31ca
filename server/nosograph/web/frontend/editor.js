// The query editor: completion, prefixes that declare themselves, and checks while typing. It is fetched when somebody
// turns to the text area, takes its place, and keeps its value, so that the form stays what is sent.

import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, bracketMatching, syntaxHighlighting, syntaxTree } from "@codemirror/language";
import { lintGutter, lintKeymap, linter } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { sparql } from "codemirror-lang-sparql";

import { REST, checkSparql, offsetOf } from "./checks.js";
import { completeFound, completeKnown, declaration } from "./completion.js";

// Colours come from the page's custom properties, which reach into the shadow root; so light and dark need no care here.
const theme = EditorView.theme({
  "&": { backgroundColor: "var(--raised)", color: "var(--ink)", fontSize: "0.88rem", resize: "vertical", overflow: "hidden" },
  "&.cm-focused": { outline: "3px solid var(--focus)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--wash)", color: "var(--soft)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "rgb(128 128 128 / 0.08)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "rgb(120 160 200 / 0.35)",
  },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--ink)", border: "1px solid var(--soft)" },
  ".cm-tooltip.cm-completionInfo": { maxWidth: "24rem", fontFamily: "var(--sans)" },
  ".cm-tooltip-autocomplete > ul": { maxWidth: "min(40rem, 90vw)" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--accent-ink)" },
  ".cm-completionDetail": { fontFamily: "var(--sans)" },
  ".cm-panels": { backgroundColor: "var(--wash)", color: "var(--ink)" },
  ".cm-diagnostic": { fontFamily: "var(--sans)", maxWidth: "min(34rem, 85vw)", whiteSpace: "normal" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--denied)" },
  ".cm-diagnostic-warning": { borderLeft: "4px solid var(--contested)" },
  ".cm-diagnosticAction": { backgroundColor: "var(--accent)", color: "var(--accent-ink)", fontSize: "inherit" },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.literal, tags.number, tags.bool], color: "var(--affirmed)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  { tag: tags.variableName, color: "var(--hypothesised)" },
  { tag: [tags.namespace, tags.typeName, tags.atom, tags.url, tags.propertyName], color: "var(--contested)" },
]);

const WITHOUT_NAMES = /^(?:Comment|String|IriRef)/;

// A known prefix declares itself when its colon is typed.
function declareWhileTyping(prefixes) {
  return EditorView.inputHandler.of((view, from, to, text) => {
    if (text !== ":" || WITHOUT_NAMES.test(syntaxTree(view.state).resolveInner(from, -1).name)) return false;
    const line = view.state.doc.lineAt(from);
    const word = /(?:^|[\s{(;,.^|/!])([A-Za-z][\w.-]*)$/.exec(line.text.slice(0, from - line.from));
    if (!word || /\bPREFIX\s+\S*$/i.test(line.text.slice(0, from - line.from))) return false;
    const changes = declaration(view.state.doc.toString(), word[1], prefixes);
    if (!changes.length) return false;
    const end = from + changes[0].insert.length + 1;
    view.dispatch({ changes: [...changes, { from, to, insert: ":" }], selection: { anchor: end }, userEvent: "input.type" });
    return true;
  });
}

async function loadVocabulary(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return answer.json();
}

// The editor lives in a shadow root: there its styles are constructed style sheets, which the Content-Security-Policy
// of the site allows, and not style elements, which it does not.
function makeView({ form, area, run, root, vocabulary }) {
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
        EditorView.theme({ "&": { height: `${area.getBoundingClientRect().height - 2}px` } }), // nothing below it moves
        syntaxHighlighting(colours),
        autocompletion({ override: [completeKnown(vocabulary), completeFound(vocabulary, form.dataset.search)] }),
        linter(checkSparql(form.dataset.check, vocabulary.prefixes), { delay: REST }),
        declareWhileTyping(vocabulary.prefixes),
        Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => { run(); return true; } }])),
        keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap, ...lintKeymap]),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": "Query in SPARQL", spellcheck: "false", tabindex: "0" }),
        EditorView.updateListener.of((update) => { if (update.docChanged) area.value = update.state.doc.toString(); }),
      ],
    }),
  });
}

// Puts the editor where a text area is, with its text, selection and focus.
export async function makeEditor({ form, area, run }) {
  const vocabulary = await loadVocabulary(form.dataset.vocabulary);
  const holder = document.createElement("div");
  holder.className = "editor";
  const root = holder.attachShadow({ mode: "open" });
  const hasFocus = document.activeElement === area;
  const selection = { anchor: area.selectionStart, head: area.selectionEnd };
  const view = makeView({ form, area, run, root, vocabulary });
  root.append(view.dom);
  area.after(holder);
  area.hidden = true;
  area.required = false;
  form.querySelector("label").addEventListener("click", () => view.focus());
  view.dispatch({ selection: { anchor: Math.min(selection.anchor, view.state.doc.length), head: Math.min(selection.head, view.state.doc.length) } });
  if (hasFocus) view.focus();
  return {
    get text() { return view.state.doc.toString(); },
    get hasFocus() { return view.hasFocus; },
    setText(text) {
      if (text !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    focus() { view.focus(); },
    lead(line, column) {
      view.dispatch({ selection: { anchor: offsetOf(view.state.doc, line, column) }, scrollIntoView: true });
      view.focus();
    },
  };
}
