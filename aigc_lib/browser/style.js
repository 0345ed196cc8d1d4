// Digits of a style-based generator: moved along two directions, truncated, and mixed layer by layer.

import { add, button, format, numbers, slider } from "./common.js";
import { softmax, unpack } from "./transformer.js";
import { drawn, logitsOf, styleOf, truncated } from "./synthesis.js";

const SHEET = `
  figure { margin: 0; }
  figcaption { color: #595959; }
  .picture { image-rendering: pixelated; outline: 1px solid #8a8a8a; aspect-ratio: 1; }
  .told { margin: 0.5rem 0; }
  th, td { white-space: normal; }
`;
const WIDE = { a: 140, b: 140, mix: 280 }; // CSS pixels: whole multiples of the 28 of a picture

/** Numbers drawn from N(0, 1), by Box and Muller. */
const normal = (count) =>
  Array.from({ length: count }, () =>
    Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()),
  );

/** w + Σ steps_k · direction_k. */
export const moved = (w, directions, steps) =>
  w.map((value, i) => value + directions.reduce((sum, way, k) => sum + steps[k] * way[i], 0));

/** A code for each of `layers` layers: the first `count` of them from A, the others from B. */
export const mixed = (a, b, count, layers) =>
  Array.from({ length: layers }, (_, l) => (l < count ? a : b));

/** The sides of the pictures that the layers write. */
const sides = ({ side, layers }) => {
  let wide = side;
  return layers.map(({ strides }) => (wide *= strides));
};

/** Draw a picture, −1 white and 1 black, a pixel for a pixel. */
function paint(canvas, { side, values }) {
  const image = new ImageData(side, side);
  values.forEach((ink, i) => {
    const grey = Math.round(127.5 * (1 - ink));
    image.data.set([grey, grey, grey, 255], 4 * i);
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** The digit that is read in a picture, and its probability. */
function reading(network, picture) {
  const shares = softmax(logitsOf(network.reader, picture));
  const share = Math.max(...shares);
  return { digit: shares.indexOf(share), share };
}

const like = (mix, a, b) =>
  mix === a && mix === b ? "as both are" : mix === a ? "as A is" : mix === b ? "as B is"
    : "as neither of them is";

const legend = (accuracy) =>
  "A and B begin as noise, of which the mapping network makes a style. The mix has the styles of its " +
  "first layers from A, those of the others from B. Directions 1 and 2 are those in which styles " +
  "differ most; they move A, by so many standard deviations. ψ moves both styles: to the mean at 0, " +
  "beyond themselves above 1, to the opposite side below 0. A small network reads the digits; of " +
  `real test images it reads ${Math.round(100 * accuracy)} in 100 right.`;

/** Show the controls, the two digits and their mix in `panel`, a <div>. */
export function mount(panel, { codes, accuracy, network: packed }) {
  const network = unpack(packed);
  const layers = network.layers.length;
  const noise = { a: codes[0], b: codes[1] };
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(SHEET);
  panel.getRootNode().adoptedStyleSheets.push(sheet);
  add(panel, "p", { textContent: "Styles of two digits, mixed" });

  const buttons = add(panel, "div", { className: "row" });
  for (const name of ["a", "b"])
    button(buttons, `New digit ${name.toUpperCase()}`, () => {
      noise[name] = normal(noise[name].length);
      show();
    });
  const first = add(panel, "div", { className: "row" });
  const many = { min: 0, max: layers, step: 1, value: layers / 2, digits: 0 };
  const count = slider(first, "layers from A", many, show);
  const psi = slider(first, "truncation ψ", { min: -1, max: 1.5, step: 0.05, value: 1 }, show);
  const second = add(panel, "div", { className: "row" });
  const far = { min: -2, max: 2, step: 0.1, value: 0, digits: 1 };
  const steps = network.directions.map((_, k) => slider(second, `A, direction ${k + 1}`, far, show));

  const views = add(panel, "div", { className: "row views" });
  const captions = { a: "A", b: "B", mix: "mix" };
  const canvases = {};
  for (const [name, textContent] of Object.entries(captions)) {
    const figure = add(views, "figure");
    add(figure, "figcaption", { textContent });
    const edge = sides(network).at(-1);
    canvases[name] = add(figure, "canvas", {
      className: "picture",
      width: edge,
      height: edge,
      attributes: { role: "img" },
    });
    canvases[name].style.width = `${WIDE[name]}px`;
  }
  const told = add(panel, "p", {
    className: "told",
    attributes: { role: "status", "data-name": "told" },
  });
  const write = numbers(panel, {
    a: "A",
    b: "B",
    mix: "mix",
    layers: "its layers",
  });
  add(panel, "p", { textContent: legend(accuracy) });

  /** "7 × 7, 7 × 7 from A; 14 × 14, 28 × 28 from B". */
  function shares() {
    const each = sides(network).map((side) => `${side}\u00a0×\u00a0${side}`);
    const parts = [[each.slice(0, count.value), "A"], [each.slice(count.value), "B"]];
    return parts
      .filter(([some]) => some.length)
      .map(([some, name]) => `${some.join(", ")} from ${name}`)
      .join("; ");
  }
  function show() {
    const move = steps.map(({ value }) => value);
    const a = moved(styleOf(network.mapping, noise.a), network.directions, move);
    const [codeA, codeB] = [a, styleOf(network.mapping, noise.b)].map((w) =>
      truncated(w, network.mean, psi.value),
    );
    const taken = { a: layers, b: 0, mix: count.value };
    const read = {};
    for (const [name, from] of Object.entries(taken)) {
      const picture = drawn(network, mixed(codeA, codeB, from, layers));
      read[name] = reading(network, picture);
      paint(canvases[name], picture);
      const label = `${captions[name]}: a picture that is read as ${read[name].digit}.`;
      canvases[name].setAttribute("aria-label", label);
    }
    const said = ({ digit, share }) => `read as ${digit}, probability ${format(share, 2)}`;
    write({ a: said(read.a), b: said(read.b), mix: said(read.mix), layers: shares() });
    const text = psi.value === 0
      ? `ψ is 0: all three are the mean digit, read as ${read.mix.digit}.`
      : `A is read as ${read.a.digit}, B as ${read.b.digit}. The mix is read as ${read.mix.digit}, ` +
        `${like(read.mix.digit, read.a.digit, read.b.digit)}.`;
    if (told.textContent !== text) told.textContent = text; // told once, not at each step
  }
  show();
}
