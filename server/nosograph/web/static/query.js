// What scripts add to the query page: queries are run without leaving it and can be stopped, the address follows, and
// the editor, which is large, is fetched when somebody turns to the query. Without any of it the form works.

import { enhanceAnswer, showAnswer } from "./answer.js";
import { Queries } from "./queries.js";

const LONGEST_ADDRESS = 3500; // characters; a longer query is sent as a form and has no address to share

const form = document.getElementById("query-form");
const area = form.querySelector("textarea");
const ADDRESS = new URL(form.action).pathname;

// The query as it is edited: in the text area until the editor is there.
class Query {
  get text() {
    return this.editor ? this.editor.text : area.value;
  }

  setText(text) {
    if (this.editor) this.editor.setText(text);
    else area.value = text;
  }

  focus() {
    (this.editor ?? area).focus();
  }

  get hasFocus() {
    return this.editor ? this.editor.hasFocus : document.activeElement === area;
  }

  // Leads to a position; lines and columns count from 1, columns in Unicode characters.
  lead(line, column) {
    if (this.editor) {
      this.editor.lead(line, column);
      return;
    }
    const lines = area.value.split(/\r\n|\r|\n/);
    const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    const at = before + [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length;
    area.focus();
    area.setSelectionRange(at, at);
  }

  // Fetches the editor once, and puts it where the text area is, with what was typed meanwhile.
  upgrade() {
    if (!form.dataset.editor) return;
    this.fetching ??= import(new URL(form.dataset.editor, document.baseURI).href).then(async ({ makeEditor }) => {
      this.editor = await makeEditor({ form, area, run: runQuery });
    }).catch((error) => console.warn("The plain form stays:", error.message));
  }
}

const query = new Query();
const queries = new Queries(form, query);
let running = null;

const status = document.createElement("span");
status.className = "hint";
status.setAttribute("role", "status");
const stop = document.createElement("button");
stop.type = "button";
stop.textContent = "Stop";
stop.hidden = true;
stop.addEventListener("click", () => running?.abort());
form.querySelector(".actions").append(" ", stop, status);
status.textContent = `Ctrl+Enter runs it${form.dataset.editor ? ", Ctrl+Space completes, F8 goes to the next mark" : ""}.`;

// The dataset of the query is in the form, where the page was asked for one.
function parametersOf(text, offset) {
  const parameters = new URLSearchParams(new FormData(form));
  parameters.set("query", text);
  if (offset) parameters.set("offset", offset);
  return parameters;
}

function answerSection() {
  let section = document.getElementById("answer");
  if (!section) {
    section = document.createElement("section");
    section.id = "answer";
    queries.panel.after(section);
  }
  return section;
}

function showProblem(detail, hint) {
  const section = answerSection();
  const heading = document.createElement("h2");
  const box = document.createElement("div");
  heading.textContent = "Answer";
  box.className = "problem";
  box.setAttribute("role", "alert");
  box.append(...[detail, hint].filter(Boolean).map((words) => {
    const line = document.createElement("p");
    line.textContent = words;
    return line;
  }));
  section.replaceChildren(heading, box);
}

// Links in the answer that ask again are run here; an error leads to its position.
function connect(section) {
  for (const link of section.querySelectorAll("a.ask")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const parameters = new URL(link.href).searchParams;
      query.setText(parameters.get("query"));
      runQuery({ offset: parameters.get("offset") ?? "" });
    });
  }
  if (!section.dataset.line) return;
  const lead = document.createElement("button");
  lead.type = "button";
  lead.textContent = "Go to the error";
  const go = () => query.lead(Number(section.dataset.line), Number(section.dataset.column));
  lead.addEventListener("click", go);
  section.querySelector(".problem").append(lead);
  if (query.hasFocus) go();
}

function show(text) {
  const found = new DOMParser().parseFromString(text, "text/html").getElementById("answer");
  if (!found) return false;
  const section = document.adoptNode(found);
  answerSection().replaceWith(section);
  showAnswer(section);
  connect(section);
  return true;
}

async function runQuery({ offset = "", remember = true } = {}) {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  const text = query.text;
  const parameters = parametersOf(text, offset);
  const address = `${ADDRESS}?${parameters}`;
  const long = address.length > LONGEST_ADDRESS;
  stop.hidden = false;
  status.textContent = "Running …";
  const begun = performance.now();
  try {
    const options = { signal: mine.signal, headers: { Accept: "text/html" } };
    const answer = long
      ? await fetch(ADDRESS, { ...options, method: "POST", body: parameters })
      : await fetch(address, options);
    const content = await answer.text();
    const seconds = ((performance.now() - begun) / 1000).toFixed(2);
    if (mine !== running) return;
    if (!show(content)) showProblem(`The server answered ${answer.status}.`, "Try again, or ask for less.");
    status.textContent = answer.ok ? `Answered in ${seconds} s.` : "The query was not answered.";
    if (remember && !long && address !== location.pathname + location.search) history.pushState(null, "", address);
    if (answer.ok) queries.remember(text);
  } catch (error) {
    if (mine.signal.aborted) {
      if (running === mine) status.textContent = "Stopped.";
    } else {
      showProblem(`The server could not be reached: ${error.message}`, "Try again.");
      status.textContent = "The query was not answered.";
    }
  } finally {
    if (running === mine) {
      running = null;
      stop.hidden = true;
    }
  }
}

form.addEventListener("submit", (event) => { event.preventDefault(); runQuery(); });
area.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    runQuery();
  }
});
for (const turn of ["focus", "pointerenter"]) area.addEventListener(turn, () => query.upgrade(), { once: true });

const initial = query.text;
window.addEventListener("popstate", () => {
  const parameters = new URLSearchParams(location.search);
  if (parameters.get("query")) {
    query.setText(parameters.get("query"));
    runQuery({ offset: parameters.get("offset") ?? "", remember: false });
  } else {
    running?.abort();
    query.setText(initial);
    document.getElementById("answer")?.remove();
    status.textContent = "";
  }
});

const first = document.getElementById("answer");
if (first) {
  enhanceAnswer(first);
  connect(first);
}
