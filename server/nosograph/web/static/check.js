// Verifies the passages of a source against its text, which a reader chooses or drops; nothing leaves the browser.

const CONTEXT = 60; // characters shown before and after a passage
const BATCH = 500; // windows that are digested at once while a moved passage is sought
const MOST_SOUGHT = 200_000; // windows that are tried for one passage: seconds, not minutes
const WORDS = {
  verified: "Verified",
  moved: "Moved",
  changed: "Not in this text",
};

const encoder = new TextEncoder();

async function digest(bytes) {
  const found = await crypto.subtle.digest("SHA-256", bytes);
  return [...new Uint8Array(found)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function decode(bytes) {
  // The text is hashed as it stands, so a byte order mark stays a character of it.
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** A document's text as code points, in which passages are found by position and by digest. */
class Text {
  constructor(text) {
    this.points = Array.from(text);
    this.shifts = [];
  }

  slice(start, end) {
    return this.points.slice(Math.max(start, 0), end).join("");
  }

  holds(start, passage) {
    const end = start + passage.end - passage.start;
    if (start < 0 || end > this.points.length) return Promise.resolve(false);
    return digest(encoder.encode(this.slice(start, end))).then((found) => found === passage.digest);
  }

  /** Where a passage stands: where it was read, else shifted as those before it, else anywhere, the nearest first. */
  async find(passage) {
    if (await this.holds(passage.start, passage)) return passage.start;
    for (const shift of this.shifts) {
      if (await this.holds(passage.start + shift, passage)) return passage.start + shift;
    }
    const last = this.points.length - (passage.end - passage.start);
    if (last < 0) return null;
    const starts = Array.from({ length: last + 1 }, (_, start) => start);
    starts.sort((a, b) => Math.abs(a - passage.start) - Math.abs(b - passage.start));
    for (let at = 0; at < Math.min(starts.length, MOST_SOUGHT); at += BATCH) {
      const some = starts.slice(at, at + BATCH);
      const held = await Promise.all(some.map((start) => this.holds(start, passage)));
      const index = held.indexOf(true);
      if (index >= 0) {
        this.shifts.unshift(some[index] - passage.start);
        return some[index];
      }
    }
    return null;
  }
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

class Checker {
  constructor(section) {
    this.section = section;
    this.input = section.querySelector("input[type=file]");
    this.result = section.querySelector("[role=status]");
    this.rows = [...document.querySelectorAll("tr[data-digest]")];
    this.turn = 0;
    section.querySelector(".checker").hidden = false;
    this.input.addEventListener("change", () => this.take(this.input.files[0]));
    const zone = section.querySelector(".checker");
    for (const name of ["dragenter", "dragover"]) {
      zone.addEventListener(name, (event) => {
        event.preventDefault();
        zone.classList.add("over");
      });
    }
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      this.take(event.dataTransfer.files[0]);
    });
  }

  async take(file) {
    if (!file) return;
    const turn = ++this.turn;
    if (!globalThis.crypto?.subtle) {
      this.say("This browser computes digests only on pages that come over https. The command line does it everywhere.");
      return;
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    let content;
    try {
      content = decode(bytes);
    } catch {
      this.say(`${file.name} is not UTF-8 text. Save the document as plain text in UTF-8 and choose it again.`);
      return;
    }
    const same = (await digest(bytes)) === this.section.dataset.digest;
    const text = new Text(content);
    const found = [];
    for (const [index, row] of this.rows.entries()) {
      if (turn !== this.turn) return;
      if (index % 10 === 0) this.say(`Checking passage ${index + 1} of ${this.rows.length} …`);
      const passage = { start: Number(row.dataset.start), end: Number(row.dataset.end), digest: row.dataset.digest };
      const start = await text.find(passage);
      const verdict = start === null ? "changed" : start === passage.start ? "verified" : "moved";
      found.push({ row, passage, start, verdict });
    }
    if (turn !== this.turn) return;
    for (const one of found) this.mark(text, one);
    this.show(text, found);
    this.report(file, text, same, found);
  }

  say(words) {
    this.result.textContent = words;
  }

  report(file, text, same, found) {
    const count = (verdict) => found.filter((one) => one.verdict === verdict).length;
    const parts = [`${count("verified")} of ${found.length} passages are where they were read`];
    if (count("moved")) parts.push(`${count("moved")} stand elsewhere in this text`);
    if (count("changed")) parts.push(`${count("changed")} are not in this text`);
    const document = same
      ? `${file.name} is the document that was read, to the last character.`
      : `${file.name} is another version of the document: it has ${text.points.length} characters, ` +
        `${this.section.dataset.length} were read.`;
    this.say(`${document} ${parts.join("; ")}.`);
    this.section.dataset.outcome = same && count("verified") === found.length ? "verified" : "differs";
  }

  /** Show in the row of a passage what was found, with the words around it. */
  mark(text, { row, passage, start, verdict }) {
    row.querySelector(".checked")?.remove();
    const shown = element("p", { className: `checked ${verdict}` }, element("b", { textContent: WORDS[verdict] }));
    if (start !== null) {
      const end = start + passage.end - passage.start;
      if (verdict === "moved") shown.append(` to characters ${start}–${end}`);
      shown.append(
        ": ",
        element("q", {}, ...[
          start > CONTEXT ? "…" : "",
          text.slice(start - CONTEXT, start),
          element("mark", { textContent: text.slice(start, end) }),
          text.slice(end, end + CONTEXT),
          end + CONTEXT < text.points.length ? "…" : "",
        ]),
      );
    }
    row.querySelector("[data-facts]").prepend(shown);
  }

  /** Show the whole text with every passage that was found in it; each leads to its row, where its facts are. */
  show(text, found) {
    document.getElementById("checked-text")?.remove();
    const here = found.filter((one) => one.start !== null).map((one) => ({
      start: one.start,
      end: one.start + one.passage.end - one.passage.start,
      row: one.row,
    }));
    const edges = [...new Set([0, text.points.length, ...here.flatMap((one) => [one.start, one.end])])];
    edges.sort((a, b) => a - b);
    const pieces = edges.slice(0, -1).map((start, index) => {
      const words = text.slice(start, edges[index + 1]);
      const covering = here.filter((one) => one.start <= start && edges[index + 1] <= one.end);
      if (!covering.length) return words;
      const narrowest = covering.reduce((a, b) => (b.end - b.start < a.end - a.start ? b : a));
      const link = element("a", { href: `#${narrowest.row.id}` }, element("mark", { textContent: words }));
      link.title = narrowest.row.querySelector("[data-facts] a")?.textContent ?? "";
      return link;
    });
    const whole = element("details", { id: "checked-text", open: true }, element("summary", {
      textContent: "The document with its passages",
    }), element("div", { className: "document" }, ...pieces));
    this.section.append(whole);
  }
}

const section = document.querySelector("[data-check]");
if (section) new Checker(section);
