// Shows the answer to a query: a table with links, the raw text, bars where one column names and one counts; with
// downloads in every format and a link to share. Everything from the answer goes in as text, never as markup.

const SHOWN = 1000;
const MOST_BARS = 40;
const SVG = "http://www.w3.org/2000/svg";
const SELECT_FORMATS = [["json", "JSON"], ["csv", "CSV"], ["tsv", "TSV"], ["xml", "XML"]];
const GRAPH_FORMATS = [["ttl", "Turtle"], ["nt", "N-Triples"], ["jsonld", "JSON-LD"], ["rdf", "RDF/XML"]];

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function shorten(iri, prefixes) {
  let best = "";
  let short = iri;
  for (const [prefix, start] of Object.entries(prefixes)) {
    if (iri.startsWith(start) && start.length > best.length && iri.length > start.length) {
      [best, short] = [start, `${prefix}:${iri.slice(start.length)}`];
    }
  }
  return short;
}

// An address below the base is read here; any other link leaves, and only http and https are ever linked.
function link(iri, vocabulary) {
  const text = element("bdi", {}, shorten(iri, vocabulary.prefixes));
  if (iri.startsWith(vocabulary.ontology)) {
    return element("a", { href: `/ontology.html#${encodeURIComponent(iri.slice(vocabulary.ontology.length))}` }, text);
  }
  const local = iri.startsWith(vocabulary.base) ? iri.slice(vocabulary.base.length) : "";
  const kind = local.split("/", 1)[0];
  if (local && vocabulary.kinds.includes(kind) && /^[\w\-./~%]+$/.test(local) && local.split("/").length === 2) {
    return element("a", { href: `/${local}.html` }, text);
  }
  if (/^https?:\/\//i.test(iri)) return element("a", { href: iri, rel: "external noreferrer" }, text);
  return text;
}

function cell(term, vocabulary) {
  if (!term) return element("td", {}, element("span", { class: "unbound" }, "–"));
  if (term.type === "uri") return element("td", {}, link(term.value, vocabulary));
  const text = element("bdi", term["xml:lang"] ? { lang: term["xml:lang"] } : {}, term.value);
  return element("td", {}, text);
}

function table(results, vocabulary) {
  const columns = results.head.vars;
  const rows = results.results.bindings.slice(0, SHOWN);
  const head = element("thead", {}, element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name))));
  const body = element("tbody", {}, ...rows.map((row) =>
    element("tr", {}, ...columns.map((name) => cell(row[name], vocabulary)))));
  return element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Table of the answer" },
    element("table", {}, head, body));
}

const isNumber = (term) => term?.type === "literal" && term.datatype?.startsWith("http://www.w3.org/2001/XMLSchema#")
  && term.value.trim() !== "" && Number.isFinite(Number(term.value)) && Number(term.value) >= 0;

// Bars are apt where exactly one column holds numbers in every row and another one names the rows.
function bars(results, vocabulary) {
  const columns = results.head.vars;
  const rows = results.results.bindings;
  if (rows.length < 2 || rows.length > MOST_BARS) return null;
  const numeric = columns.filter((name) => rows.every((row) => isNumber(row[name])));
  const naming = columns.find((name) => !numeric.includes(name) && rows.every((row) => row[name]));
  if (numeric.length !== 1 || !naming) return null;
  const most = Math.max(...rows.map((row) => Number(row[numeric[0]].value))) || 1;
  const body = element("tbody", {}, ...rows.map((row) => {
    const number = Number(row[numeric[0]].value);
    const picture = document.createElementNS(SVG, "svg");
    for (const [key, value] of Object.entries({ viewBox: "0 0 340 14", width: 340, height: 14, "aria-hidden": "true",
      preserveAspectRatio: "xMinYMid meet" })) picture.setAttribute(key, value);
    const bar = document.createElementNS(SVG, "rect");
    for (const [key, value] of Object.entries({ class: "bar-plain", y: 1, height: 12, rx: 2, width: 330 * number / most })) {
      bar.setAttribute(key, value);
    }
    picture.append(bar);
    const name = row[naming];
    const words = name.type === "uri" ? shorten(name.value, vocabulary.prefixes) : name.value;
    return element("tr", {}, element("th", { scope: "row" }, element("bdi", {}, words)),
      element("td", {}, picture, " ", element("span", { class: "count" }, row[numeric[0]].value)));
  }));
  return element("figure", { class: "chart" }, element("figcaption", {}, `${numeric[0]} by ${naming}`),
    element("table", {}, body));
}

function panels(views) {
  const holder = document.createElement("div");
  const bar = element("div", { class: "switch", role: "tablist", "aria-label": "Ways to see the answer" });
  const parts = views.map(([name, content], index) => {
    const tab = element("button", { type: "button", role: "tab", id: `tab-${index}`, "aria-controls": `panel-${index}` }, name);
    const panel = element("div", { role: "tabpanel", id: `panel-${index}`, "aria-labelledby": `tab-${index}` }, content);
    bar.append(tab);
    return { tab, panel };
  });
  const choose = (chosen, focus = false) => parts.forEach(({ tab, panel }, index) => {
    tab.setAttribute("aria-selected", String(index === chosen));
    tab.tabIndex = index === chosen ? 0 : -1;
    panel.hidden = index !== chosen;
    if (index === chosen && focus) tab.focus();
  });
  parts.forEach(({ tab }, index) => {
    tab.addEventListener("click", () => choose(index));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) choose((index + step + parts.length) % parts.length, true);
    });
  });
  choose(0);
  holder.append(bar, ...parts.map(({ panel }) => panel));
  return holder;
}

function downloads(query, formats) {
  const line = element("p", { class: "actions" }, "Download: ");
  formats.forEach(([format, name], index) => {
    const parameters = new URLSearchParams({ query, format });
    line.append(index ? " · " : "", element("a", { href: `/sparql?${parameters}`, download: `answer.${format}`, rel: "nofollow" }, name));
  });
  const address = new URL(`/query?${new URLSearchParams({ query })}`, location.href);
  line.append(" · ", element("a", { href: address.href, rel: "nofollow" }, "Link to this query"));
  if (navigator.clipboard) {
    const button = element("button", { type: "button", class: "copy" }, "Copy the link");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(address.href);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Not allowed";
      }
    });
    line.append(button);
  }
  return line;
}

const heading = () => element("h2", { id: "answer-heading" }, "Answer");

function raw(content) {
  const shown = content.length > 200000 ? `${content.slice(0, 200000)}\n… (download it for the rest)` : content;
  return element("pre", { tabindex: "0", class: "result" }, shown);
}

// Gives one sentence about the answer, for the status line.
export function showAnswer(place, { content, type, query, seconds, vocabulary }) {
  place.setAttribute("aria-labelledby", "answer-heading");
  if (!type.includes("json")) {
    place.replaceChildren(heading(), raw(content), downloads(query, GRAPH_FORMATS));
    return `Answered in ${seconds} s.`;
  }
  const results = JSON.parse(content);
  if ("boolean" in results) {
    place.replaceChildren(heading(), element("p", { class: "definition" }, results.boolean ? "Yes" : "No"),
      downloads(query, SELECT_FORMATS));
    return `Answered in ${seconds} s.`;
  }
  const total = results.results.bindings.length;
  const words = `${total.toLocaleString("en")} ${total === 1 ? "row" : "rows"} in ${seconds} s`;
  const views = [["Table", table(results, vocabulary)], ["Raw", raw(JSON.stringify(results, null, 2))]];
  const chart = bars(results, vocabulary);
  if (chart) views.splice(1, 0, ["Chart", chart]);
  const cut = total > SHOWN ? element("p", { class: "hint" }, `The first ${SHOWN} of ${total} rows are shown; downloads have all.`) : "";
  place.replaceChildren(heading(), total ? panels(views) : element("p", { class: "hint" }, "The answer has no row."), cut,
    downloads(query, SELECT_FORMATS));
  return `${words}.`;
}

export function showProblem(place, problem) {
  place.setAttribute("aria-labelledby", "answer-heading");
  const where = problem.line ? ` At line ${problem.line}${problem.column ? `, column ${problem.column}` : ""}.` : "";
  const box = element("div", { class: "problem", role: "alert" },
    element("p", {}, element("strong", {}, problem.detail ?? "The query failed."), where),
    element("p", {}, problem.hint ?? ""));
  place.replaceChildren(heading(), box);
}
