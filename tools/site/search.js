// Part of language_data.js on the page of the search, after searchtools.js; tools/site/search.py
// puts it there, and the characters of `HAN` before it.

// What a reader types, split as the index is: Chinese characters stand apart from other words.
var splitQuery = (query) =>
  (query.match(/[\p{Letter}\p{Number}_\p{Emoji_Presentation}]+/gu) ?? []).flatMap((run) =>
    run.match(new RegExp(`[${HAN}]+|[^${HAN}]+`, "gu")));

// The pieces of a page of which one is shown: the innermost of these.
const PIECES = "p, li, dt, dd, tr, pre, div, h1, h2, h3, h4, h5, h6, figcaption, caption, summary";
const NOT_TEXT = ".headerlink, script, style, template, button";
const AROUND = 250; // characters of a page that are shown

// Where the text has one of the stems that Sphinx looks for: those of English words begin a word,
// and end in "i" where the word may end in "y".
const places = (text, stems) =>
  [...stems].map((stem) => {
    const escaped = _escapeRegExp(stem).replace(/(?<=\w)i$/, "[iy]");
    const start = new RegExp(`[${HAN}]`, "u").test(stem) ? "" : "(?<![\\p{L}\\p{N}])";
    return text.search(new RegExp(start + escaped, "iu"));
  }).filter((place) => place >= 0);

// A piece's text in one line, the cells of a table's row apart.
const said = (piece) => {
  const parts = piece.matches("tr") ? [...piece.cells] : [piece];
  return parts.map((each) => each.textContent.replace(/\s+/g, " ").trim()).join(" · ");
};

// The sentence of a text with the character at `place` in it, and what fits behind it.
const passage = (text, place) => {
  const sentence = Math.max(0, ...[...text.slice(0, place).matchAll(/[.!?。！？]["”’)]* ?/g)]
    .map((end) => end.index + end[0].length));
  const word = text.lastIndexOf(" ", place - 60) + 1; // in a sentence that is too long
  const start = place - sentence < AROUND / 2 ? sentence : word;
  const end = start + AROUND < text.length ? text.lastIndexOf(" ", start + AROUND) : text.length;
  const cut = end > place ? text.slice(start, end) : text.slice(start, start + AROUND);
  return (start ? "… " : "") + cut + (start + cut.length < text.length ? " …" : "");
};

// The best piece of a page: most of the words; prose before headings, these before code.
const best = (root, stems) => {
  let found = { score: 0 };
  for (const piece of root.querySelectorAll(PIECES)) {
    if (piece.querySelector(PIECES)) continue;
    const text = said(piece);
    const at = places(text, stems);
    const kind = piece.matches("pre, pre *") ? 0 : piece.matches("h1, h2, h3, h4, h5, h6") ? 1 : 2;
    const score = at.length && 3 * at.length + kind;
    if (score > found.score) found = { score, piece, text: passage(text, Math.min(...at)) };
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
  ask(query);
  Search.status.setAttribute("role", "status");
  if (Search.output.childElementCount) return;
  Search.status.textContent = `Nothing found for “${query.trim()}”. A page is found when it has all ` +
    "words of a search; numbers alone and words such as “the” are not looked for. " +
    "Try fewer words, or the beginning of one.";
};
