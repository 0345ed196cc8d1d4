// A GAN that learns the ring of eight modes while one watches.

import {
  BLUE, ORANGE, Plot, add, button, choice, format, lessMotion, numbers, sigmoid, slider,
} from "./common.js";
import {
  CENTRES, GAMES, REACH, discriminatorGradient, forward, generatorGradient, modesCovered, network,
  normals, random, ring,
} from "./gan.js";

const WIDTH = 32; // neurons in each of the two hidden layers, of D and of G
const BATCH = 64;
const RATE = 1e-3; // step size of D
const [BETA_1, BETA_2] = [0.5, 0.99]; // of Adam, as in chapters 22 and 60
const [SHOWN, JUDGED] = [256, 1000]; // generated points in the picture; for the counts
const [EDGE, CELLS] = [1.6, 30]; // of the picture: from −EDGE to EDGE, CELLS × CELLS cells
const FRAME = 15; // milliseconds of work before the browser may draw
const PALE = 0.5; // share of white in the strongest colour of the field

/** Adam for one network: a function of gradients and step size that moves the weights. */
export function adam(net) {
  const memory = net.map(({ kernel, bias }) =>
    [kernel, bias].map(({ length }) => [new Float64Array(length), new Float64Array(length)]),
  );
  let steps = 0;
  return (gradients, rate) => {
    steps += 1;
    const pace = (rate * Math.sqrt(1 - BETA_2 ** steps)) / (1 - BETA_1 ** steps);
    net.forEach((layer, l) =>
      ["kernel", "bias"].forEach((part, p) => {
        const [weights, gradient, [m, v]] = [layer[part], gradients[l][part], memory[l][p]];
        for (let k = 0; k < weights.length; k += 1) {
          m[k] += (1 - BETA_1) * (gradient[k] - m[k]);
          v[k] += (1 - BETA_2) * (gradient[k] ** 2 - v[k]);
          weights[k] -= (pace * m[k]) / (Math.sqrt(v[k]) + 1e-7);
        }
      }),
    );
  };
}

/** Two new networks, and all that belongs to their training. */
export function newGame(name, seed) {
  const uniform = random(seed);
  const generator = network([2, WIDTH, WIDTH, 2], uniform);
  const discriminator = network([2, WIDTH, WIDTH, 1], uniform);
  const moves = { generator: adam(generator), discriminator: adam(discriminator) };
  return { name, uniform, generator, discriminator, moves, steps: 0, dLoss: NaN, gLoss: NaN };
}

/** One step of D, then one of G, on fresh noise each, as aigc_lib/gan.py does; `rate`: of G. */
export function play(game, rate = RATE) {
  const { name, uniform, generator, discriminator, moves } = game;
  const real = ring(BATCH, uniform);
  const fake = forward(generator, normals(2 * BATCH, uniform)).output;
  const between = new Float64Array(BATCH).map(uniform);
  const d = discriminatorGradient(discriminator, real, fake, name, between);
  moves.discriminator(d.gradients, RATE);
  const noise = normals(2 * BATCH, uniform);
  const g = generatorGradient(generator, discriminator, noise, real, name);
  moves.generator(g.gradients, rate);
  game.dLoss = d.loss - d.penalty;
  game.gLoss = g.loss;
  game.steps += 1;
}

const JUDGING_NOISE = normals(2 * JUDGED, random(12345)); // always the same: only G changes

/** Centre of a cell along one axis. */
const centre = (cell) => ((cell + 0.5) * 2 * EDGE) / CELLS - EDGE;

/** The centres of all cells, row by row from the top. */
const GRID = Float64Array.from({ length: 2 * CELLS * CELLS }, (_, k) => {
  const [row, column] = [Math.floor((k >> 1) / CELLS), (k >> 1) % CELLS];
  return k % 2 ? -centre(row) : centre(column);
});

/** What D says of each cell, from 0, generated, to 1, real. */
export function field({ name, discriminator }) {
  const logits = forward(discriminator, GRID).output;
  if (!GAMES[name].onlyDifferences) return logits.map(sigmoid);
  const [least, most] = [Math.min(...logits), Math.max(...logits)];
  return logits.map((a) => (a - least) / (most - least || 1));
}

/** "#rrggbb" → [r, g, b], each 0 … 255. */
const parts = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
const [COLD, WARM] = [parts(BLUE), parts(ORANGE)];

/** The field as a small picture: blue 0, white ½, orange 1, all pale. */
function paintField(values, canvas) {
  const image = new ImageData(CELLS, CELLS);
  values.forEach((value, cell) => {
    const strength = (1 - PALE) * Math.abs(2 * value - 1);
    const color = (value < 0.5 ? COLD : WARM).map((c) => 255 + strength * (c - 255));
    image.data.set([...color, 255], 4 * cell);
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Sign at the centre of the cell, but not over the edge. */
function mark(plot, sign, cell) {
  const inside = (value) => Math.max(0.08 - EDGE, Math.min(EDGE - 0.08, value));
  plot.pen.fillText(sign, plot.toX(inside(GRID[2 * cell])), plot.toY(inside(GRID[2 * cell + 1])));
}

/** The field, the modes and the generated points (n, 2). */
function paint(plot, values, points, small) {
  const { pen } = plot;
  plot.clear();
  paintField(values, small);
  pen.drawImage(small, plot.left, plot.top, ...plot.inner()); // the browser smooths it
  const named = plot.left > 20; // there is room for ticks and names
  plot.axes(named ? { xTicks: [-1, 0, 1], yTicks: [-1, 0, 1], xName: "x₁", yName: "x₂" } : {});
  pen.lineWidth = 1.5;
  const radius = plot.toX(REACH) - plot.toX(0);
  for (const [x, y] of CENTRES) {
    pen.beginPath();
    pen.arc(plot.toX(x), plot.toY(y), radius, 0, 2 * Math.PI);
    pen.stroke();
  }
  pen.font = "bold 20px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  mark(plot, "+", values.indexOf(Math.max(...values)));
  mark(plot, "−", values.indexOf(Math.min(...values)));
  pen.textBaseline = "alphabetic";
  const pairs = Array.from({ length: points.length / 2 }, (_, i) => points.slice(2 * i, 2 * i + 2));
  plot.dots(pairs, { color: "#1a1a1a", size: 1.8 });
}

const LEGEND =
  "Circles: the eight modes, radius three standard deviations, 0.15. Dots: 256 generated points. " +
  "Colour: the discriminator's answer, from blue, generated (− where it is surest), to orange, " +
  "real (+); where a loss sees only differences, from the least logit to the greatest. " +
  "D's step size stays 0.001.";

const COMPACT = `
  .panel { padding: 0.5rem; }
  .views { flex-wrap: nowrap; gap: 0.5rem; margin: 0; }
  .views > canvas { flex: 0 1 auto; min-width: 0; align-self: flex-start; }
  .beside { flex: 0 0 6.5rem; }
  .beside button { width: 100%; min-height: 3rem; font-weight: 700; color: white;
    background: ${BLUE}; border-color: ${BLUE}; }
  .beside tr { display: block; margin-top: 0.25rem; }
  .beside th, .beside td { display: block; padding: 0; text-align: left; }
  .beside th, .beside p { font-size: 0.85rem; margin: 0; }
  .beside td { font-size: 1.2rem; font-weight: 600; }
  summary { cursor: pointer; padding: 0.25rem 0; }
`;
const NUMBERS = {
  steps: "steps",
  modes: "modes covered",
  quality: "quality: share in circles",
  "d-loss": "loss of D, without penalty",
  "g-loss": "loss of G",
};

/** Show the training, its controls and its numbers in `panel`, a <div>.
 *  `compact`: one large button beside a small picture, and the rest folded. */
export function mount(panel, { compact = false } = {}) {
  let game, request, drawn, counted;
  if (compact) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(COMPACT);
    panel.getRootNode().adoptedStyleSheets.push(sheet);
  } else add(panel, "p", { textContent: "Watch a GAN learn" });
  const views = document.createElement("div");
  views.className = "row views";
  const more = compact ? document.createElement("details") : panel;
  if (compact) {
    panel.append(views, more);
    add(more, "summary", { textContent: "Change the loss, the steps, the start" });
  }
  const names = Object.entries(GAMES).map(([name, { text }]) => [name, text]);
  const loss = choice(add(more, "div", { className: "row" }), "loss", names, restart);
  const settings = add(more, "div", { className: "row" });
  const seed = slider(settings, "seed", { min: 0, max: 9, step: 1, value: 0, digits: 0 }, restart);
  const sizes = { min: RATE, max: 10 * RATE, step: RATE, value: RATE, digits: 3 };
  const rate = slider(settings, "step size of G", sizes, () => {});
  const buttons = add(more, "div", { className: "row" });
  const side = document.createElement("div");
  const idle = compact ? "Train it" : "Start";
  const run = button(compact ? side : buttons, idle, () => (request ? pause() : go()));
  button(buttons, "10 steps", () => (advance(10), show()));
  button(buttons, "Restart", restart);

  if (!compact) panel.append(views);
  const alt = "Generated points, eight circles on a ring, the discriminator's answer as colour.";
  const range = [-EDGE, EDGE];
  const [width, height, left, bottom] = compact ? [250, 250, 10, 10] : [400, 394, 40, 34];
  const plot = new Plot(views, { width, height, x: range, y: range, alt, left, bottom });
  const small = Object.assign(document.createElement("canvas"), { width: CELLS, height: CELLS });
  views.append(side);
  if (compact) side.className = "beside";
  else side.style.flex = "1 1 12rem";
  const shown = compact ? { steps: "steps", share: "dots in a circle" } : NUMBERS;
  const count = numbers(side, shown);
  if (compact) add(side, "p", { textContent: "A small network learns to put its dots into the circles, where the data lie." });
  add(more, "p", { textContent: LEGEND, attributes: { style: "margin: 0" } });

  function restart() {
    game = newGame(loss.value, seed.value);
    show();
  }
  function advance(steps) {
    for (let step = 0; step < steps; step += 1) play(game, rate.value);
  }
  function draw() {
    drawn = performance.now();
    const points = forward(game.generator, JUDGING_NOISE.subarray(0, 2 * SHOWN)).output;
    paint(plot, field(game), points, small);
  }
  function score() {
    counted = performance.now();
    const { modes, quality } = modesCovered(forward(game.generator, JUDGING_NOISE).output);
    const number = (value) => (game.steps ? format(value, 3) : "–");
    const texts = {
      steps: String(game.steps),
      modes: `${modes} of ${CENTRES.length}`,
      quality: format(quality, 3),
      share: `${format(100 * quality, 0)} %`,
      "d-loss": number(game.dLoss),
      "g-loss": number(game.gLoss),
    };
    count(Object.fromEntries(Object.keys(shown).map((name) => [name, texts[name]])));
  }
  function show() {
    draw();
    score();
  }
  function go() {
    run.textContent = "Pause";
    request = requestAnimationFrame(live);
  }
  function pause() {
    cancelAnimationFrame(request);
    request = null;
    run.textContent = idle;
    show();
  }
  /** One frame: a picture, then as many steps as there is time for. */
  function live() {
    if (!panel.isConnected) return pause(); // the page has thrown this panel away
    const begun = performance.now();
    const rest = lessMotion() ? 1000 : 0;
    if (begun - drawn >= rest) draw();
    if (begun - counted >= Math.max(rest, 250)) score(); // four times a second one can still read
    do advance(1); while (performance.now() - begun < FRAME);
    request = requestAnimationFrame(live);
  }
  restart();
}
