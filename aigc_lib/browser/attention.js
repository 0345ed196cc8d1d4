// What a small GPT looks at in a text that the reader types, and what it expects next.

import { BLUE, ORANGE, add, button, choice, format, numbers, slider } from "./common.js";
import { read, softmax, unpack } from "./transformer.js";

const SHOWN = 10; // next characters in the list
const BLACK = "#1a1a1a";

const SHEET = `
  textarea { flex: 1 1 14rem; min-width: 0; font: inherit; color: inherit; background: white;
    border: 1px solid #767676; border-radius: 0.25rem; padding: 0.25rem 0.5rem; resize: vertical; }
  .notice { margin: 0.25rem 0; min-height: 1.4em; color: #595959; }
  .letters { flex: 3 1 18rem; min-width: 0; }
  .cell { display: inline-block; width: 1.05rem; margin: 0 1px 8px 0; cursor: pointer;
    text-align: center; font: 1rem/1.5 ui-monospace, monospace; }
  .cell span { display: block; }
  .stripe { height: 5px; margin-top: 1px; background: #ececec; }
  .stripe > span { height: 100%; }
  .sign { border-radius: 2px; }
  .hidden { color: #6b6b6b; }
  .hidden .stripe { background: none; }
  .chosen .sign { box-shadow: inset 0 0 0 2px ${BLACK}; }
  .next { flex: 2 1 13rem; margin: 0; }
  .next caption { text-align: left; padding-bottom: 0.25rem; }
  .next th { min-width: 1.5rem; padding: 0; font-family: ui-monospace, monospace; }
  .next td { padding: 0; }
  .next .bar { width: 100%; min-width: 5rem; padding-right: 0.5rem; }
  .bar > span { display: block; height: 0.8rem; background: ${BLUE}; min-width: 1px; }
  .came .bar > span { background: ${ORANGE}; }
  th, td { white-space: normal; }
`;

/** A character as a sign that can be seen, and as a word for those who hear it. */
const sign = (letter) => ({ " ": "␣", "\n": "↵" })[letter] ?? letter;
const spoken = (letter) => ({ " ": "space", "\n": "end of line" })[letter] ?? letter;
const quoted = (letter) => `“${sign(letter)}”`;

/** The ids of a text's last `length` known characters; the unknown ones, each once; how many known ones
 *  stand before the last `length`. */
export function encode(characters, text, length) {
  const all = Array.from(text);
  const known = all.filter((letter) => characters.includes(letter));
  const unknown = [...new Set(all.filter((letter) => !characters.includes(letter)))];
  const ids = known.slice(-length).map((letter) => characters.indexOf(letter));
  return { ids, unknown, dropped: known.length - ids.length };
}

/** The probabilities softmax(logits / temperature). */
export const probabilities = (logits, temperature) =>
  softmax(Array.from(logits, (logit) => logit / temperature));

/** The place into which u, from 0 to 1, falls when the probabilities stand side by side. */
export function draw(shares, u) {
  let sum = 0;
  const place = shares.findIndex((share) => (sum += share) > u);
  return place < 0 ? shares.lastIndexOf(Math.max(...shares)) : place; // rounding: the sum is < 1
}

/** The places of the largest values, in falling order. */
export const largest = (values, count) =>
  Array.from(values.keys()).sort((a, b) => values[b] - values[a]).slice(0, count);

const LEGEND =
  "Choose a letter by a click or by the arrow keys Left and Right; Up and Down change the head. The " +
  "shade under a letter is the weight that the head gives it: the darker, the more. Grey letters " +
  "come later: the mask hides them. The thin stripes are all heads of the layer, from the first to " +
  "the last, the chosen one in orange. Bars: probabilities at the chosen temperature; in orange the " +
  "character that does come next.";

/** Show the text, the weights, the next characters and the controls in `panel`, a <div>. */
export function mount(panel, { characters: joined, length, text, network: packed }) {
  const characters = Array.from(joined);
  const network = unpack(packed);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(SHEET);
  panel.getRootNode().adoptedStyleSheets.push(sheet);
  add(panel, "p", { textContent: "What a small GPT looks at" });

  const field = add(add(panel, "div", { className: "row" }), "label");
  add(field, "span", { textContent: "your text" });
  const typed = add(field, "textarea", { rows: 2, value: text, spellcheck: false });
  typed.addEventListener("input", reread);
  const notice = add(panel, "p", {
    className: "notice",
    attributes: { role: "status", "data-name": "notice" },
  });

  const settings = add(panel, "div", { className: "row" });
  const heads = network.blocks.flatMap((_, layer) =>
    Array.from({ length: network.heads }, (_, head) => [layer, head]),
  );
  const named = ([layer, head]) => `layer ${layer + 1}, head ${head + 1}`;
  const which = choice(settings, "head", heads.map((each, k) => [k, named(each)]), show);
  const degrees = { min: 0.1, max: 2, step: 0.1, value: 1, digits: 1 };
  const temperature = slider(settings, "temperature", degrees, show);
  const buttons = add(panel, "div", { className: "row" });
  const likeliest = button(buttons, "Add the likeliest", () => append(largest(ahead(), 1)[0]));
  const drawn = button(buttons, "Draw one", () => append(draw(ahead(), Math.random())));

  const views = add(panel, "div", { className: "row views" });
  const letters = add(views, "div", {
    className: "letters",
    tabIndex: 0,
    attributes: { role: "listbox", "aria-label": "letters of the text, with their weights" },
  });
  letters.addEventListener("keydown", move);
  const next = add(views, "table", { className: "next" });
  const caption = add(next, "caption");
  const body = add(next, "tbody");
  const write = numbers(panel, {
    chosen: "chosen letter",
    looks: "it looks most at",
    nats: "your text: −log p, mean, in nats a character",
  });
  add(panel, "p", { textContent: LEGEND, attributes: { "data-name": "legend" } });

  let ids, answer, place;
  reread();

  /** Probabilities of what comes after the whole text. */
  function ahead() {
    return probabilities(answer.logits.at(-1), temperature.value);
  }
  function append(id) {
    typed.value += characters[id];
    reread();
    notice.textContent = `Added ${quoted(characters[id])}. ${notice.textContent}`;
  }
  /** The text has changed: run the network, choose the last letter. */
  function reread() {
    const { ids: found, unknown, dropped } = encode(characters, typed.value, length);
    ids = found;
    const told = [];
    if (unknown.length)
      told.push(`The model does not know ${unknown.map(quoted).join(", ")}: left out below.`);
    if (dropped)
      told.push(`It reads the last ${length} characters: ${dropped} before them are left out.`);
    if (!ids.length) told.push("Type a letter to begin.");
    notice.textContent = told.join(" ");
    likeliest.disabled = drawn.disabled = !ids.length;
    place = ids.length - 1;
    answer = read(network, ids);
    show();
  }
  function move(event) {
    const head = Number(which.value);
    const to = {
      ArrowLeft: [place - 1, head], ArrowRight: [place + 1, head],
      Home: [0, head], End: [ids.length - 1, head],
      ArrowUp: [place, head - 1], ArrowDown: [place, head + 1],
    }[event.key];
    if (!to || !ids.length) return;
    event.preventDefault(); // the page stays where it is
    place = Math.max(0, Math.min(ids.length - 1, to[0]));
    which.value = Math.max(0, Math.min(heads.length - 1, to[1]));
    show();
  }
  function show() {
    showLetters();
    showNext();
    showNumbers();
  }
  /** The weights of the chosen place: layer's heads, each a list over the characters up to it. */
  function looking() {
    const [layer, head] = heads[which.value];
    const all = ids.length ? answer.weights[layer].map((weights) => weights[place]) : [];
    return { all, head, own: all[head] ?? [] };
  }
  function showLetters() {
    const { all, head, own } = looking();
    const shade = (weights, i) => (weights[i] ?? 0) / Math.max(...weights);
    letters.replaceChildren();
    ids.forEach((id, i) => {
      const letter = characters[id];
      const told = i > place ? "hidden" : `weight ${format(own[i], 2)}`;
      const cell = add(letters, "span", {
        id: `letter-${i}`,
        className: `cell${i > place ? " hidden" : ""}${i === place ? " chosen" : ""}`,
        title: told,
        attributes: {
          role: "option",
          "aria-selected": i === place,
          "aria-label": `${spoken(letter)}, ${told}`,
        },
      });
      const face = add(cell, "span", { className: "sign", textContent: sign(letter) });
      if (i <= place) face.style.background = tint(ORANGE, 0.65 * shade(own, i));
      all.forEach((weights, h) => {
        const stripe = add(add(cell, "span", { className: "stripe" }), "span");
        if (i <= place) stripe.style.background = tint(h === head ? ORANGE : BLUE, shade(weights, i));
      });
      cell.addEventListener("click", () => {
        place = i;
        show();
      });
      if (letter === "\n") add(letters, "br");
    });
    if (place >= 0) letters.setAttribute("aria-activedescendant", `letter-${place}`);
    else letters.removeAttribute("aria-activedescendant");
  }
  function showNext() {
    body.replaceChildren();
    caption.textContent = "";
    if (!ids.length) return;
    const shares = probabilities(answer.logits[place], temperature.value);
    caption.textContent = `Next after ${quoted(characters[ids[place]])}`;
    const order = largest(shares, SHOWN);
    for (const id of order) {
      const row = add(body, "tr", { className: id === ids[place + 1] ? "came" : "" });
      const name = { scope: "row", "aria-label": spoken(characters[id]) };
      add(row, "th", { textContent: sign(characters[id]), attributes: name });
      const bar = add(add(row, "td", { className: "bar" }), "span");
      bar.style.width = `${(100 * shares[id]) / shares[order[0]]}%`;
      add(row, "td", { textContent: format(shares[id], 3), attributes: { "data-id": id } });
    }
  }
  function showNumbers() {
    const { own } = looking();
    const letter = (i) => quoted(characters[ids[i]]);
    const nats = ids.slice(1).map((id, i) => -Math.log(probabilities(answer.logits[i], 1)[id]));
    const looks = largest(own, 3).map((i) => `${letter(i)} ${format(own[i], 2)}`);
    write({
      chosen: ids.length ? `${letter(place)}, ${place + 1} of ${ids.length}` : "–",
      looks: looks.join(", ") || "–",
      nats: nats.length ? format(nats.reduce((a, b) => a + b) / nats.length, 2) : "–",
    });
  }
}

/** "#rrggbb" at a share of its strength, 0 to 1. */
const tint = (color, share) => color + Math.round(255 * share).toString(16).padStart(2, "0");
