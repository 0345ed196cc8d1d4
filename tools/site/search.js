// Part of language_data.js on the page of the search, after searchtools.js; tools/site/search.py
// puts it there, and the characters of `HAN` before it.

// What a reader types, split as the index is: Chinese characters stand apart from other words.
var splitQuery = (query) =>
  (query.match(/[\p{Letter}\p{Number}_\p{Emoji_Presentation}]+/gu) ?? []).flatMap((run) =>
    run.match(new RegExp(`[${HAN}]+|[^${HAN}]+`, "gu")));

// The pieces of a page of which one is shown: the innermost of these.
const HEADINGS = "h1, h2, h3, h4, h5, h6";
const PIECES = `p, li, dt, dd, tr, pre, div, figcaption, caption, summary, ${HEADINGS}`;
const LINKS = "p:has(> a[href$='.ipynb'], > a[href^='https://colab.'])"; // above a chapter
const NOT_TEXT = `.headerlink, script, style, template, button, ${LINKS}`;
const AROUND = 250; // characters of a page that are shown
let typed = "";

// What Sphinx looks for, as patterns: a stem of an English word begins a word, and ends in "i" where
// the word may end in "y".
const patterns = (stems) => [...stems].map((stem) => {
  const start = new RegExp(`[${HAN}]`, "u").test(stem) ? "" : "(?<![\\p{L}\\p{N}])";
  return new RegExp(start + _escapeRegExp(stem).replace(/(?<=\w)i$/, "[iy]"), "giu");
});

// A piece's text in one line: the cells of a table's row apart, a heading with what it is about.
const said = (piece) => {
  let parts = [piece];
  if (piece.matches("tr")) parts = [...piece.cells];
  if (piece.matches(HEADINGS)) parts.push(piece.parentElement.querySelector(":scope > p") ?? piece);
  return [...new Set(parts)].map((each) => each.textContent.replace(/\s+/g, " ").trim()).join(" · ");
};

// The part of a text that begins with the sentence of the character at `place`.
const passage = (text, place) => {
  const before = text.slice(0, place);
  const ends = [...before.matchAll(/[.!?]["”’)]* |[。！？]["”’)]*/g)];
  const sentence = ends.length ? ends.at(-1).index + ends.at(-1)[0].length : 0;
  const near = Math.max(before.lastIndexOf(" ", place - AROUND / 4) + 1, place - AROUND / 2);
  const start = place - sentence < AROUND / 2 ? sentence : near;
  const space = text.lastIndexOf(" ", start + AROUND);
  const end = text.length < start + AROUND ? text.length : Math.max(space, place + AROUND / 4);
  return (start ? "… " : "") + text.slice(start, end).trim() + (end < text.length ? " …" : "");
};

// The best passage of a page: it has the words as they were typed, or most of them; prose comes
// before headings, these before code.
const best = (root, stems) => {
  const wanted = patterns(stems);
  let found = { score: 0 };
  for (const piece of root.querySelectorAll(PIECES)) {
    if (piece.querySelector(PIECES)) continue;
    const text = said(piece);
    const kind = piece.matches("pre, pre *") ? 0 : piece.matches(HEADINGS) ? 1 : 2;
    for (const place of wanted.flatMap((each) => [...text.matchAll(each)].map((at) => at.index))) {
      const shown = passage(text, place);
      const score = 3 * wanted.filter((each) => shown.search(each) >= 0).length + kind
        + (shown.toLowerCase().includes(typed) ? 4 : 0);
      if (score > found.score) found = { score, piece, text: shown };
    }
  }
  return found;
};

Search.makeSearchSummary = (html, stems, anchor) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  const article = page.querySelector("article") ?? page.body;
  for (const each of article.querySelectorAll(NOT_TEXT)) each.remove();
  const part = anchor && page.getElementById(decodeURIComponent(anchor.slice(1)));
  const { piece, text } = best(part || article, stems);
  const summary = document.createElement("p");
  summary.classList.add("context");
  summary.textContent = text ?? page.querySelector("meta[name=description]")?.content ?? "";
  const section = piece?.closest("section[id]");
  if (section && !anchor && section.parentElement !== article)
    queueMicrotask(() => { // Sphinx puts the summary beside the link first
      const link = summary.parentElement?.querySelector("a");
      if (link) link.hash = section.id;
    });
  return summary;
};

const ask = Search.query;
Search.query = (query) => {
  typed = query.trim().toLowerCase();
  ask(query);
  Search.status.setAttribute("role", "status");
  if (Search.output.childElementCount) return;
  Search.status.textContent = `Nothing found for “${query.trim()}”. A page is found when it has all ` +
    "words of a search; numbers alone and words such as “the” are not looked for. " +
    "Try fewer words, or the beginning of one.";
};
