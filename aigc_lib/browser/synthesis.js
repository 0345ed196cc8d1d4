// The mathematics of style.js: the style-based generator of aigc_lib/style.py, forwards, and a small
// network that reads digits. tests/site/test_style_widget.py compares both with those of Keras.
//
// A picture is { side, channels, values } with values[(row * side + column) * channels + channel].

const LEAK = 0.2; // slope of the leaky ReLU below 0

const leaky = (values) => values.map((a) => Math.max(a, LEAK * a));

/** x W + b, for one row x. */
function affine({ kernel: { columns, values }, bias }, x) {
  const out = Float64Array.from(bias);
  x.forEach((factor, i) => {
    for (let j = 0; j < columns; j += 1) out[j] += factor * values[i * columns + j];
  });
  return out;
}

/** z → w: onto the sphere |z|² = d, then through the dense layers. Without any: w = z. */
export function styleOf(dense, z) {
  if (!dense.length) return Float64Array.from(z);
  const length = Math.hypot(...z);
  const onSphere = Float64Array.from(z, (value) => (value / length) * Math.sqrt(z.length));
  return dense.reduce((x, layer) => leaky(affine(layer, x)), onSphere);
}

/** mean + ψ (w − mean). */
export const truncated = (w, mean, psi) => w.map((value, i) => mean[i] + psi * (value - mean[i]));

/**
 * The sums of a convolution, without bias; with strides 2 of a transposed one, twice as wide.
 * Weights as in Keras: (tap, read, written), of a transposed one (tap, written, read).
 */
function summed({ size, strides, kernel: { values: weights } }, picture, filters) {
  const { side, channels, values } = picture;
  const [before, wide] = [(size - strides) / 2, strides * side];
  const place = strides === 1 ? (i, tap) => i - tap + before : (i, tap) => 2 * i + tap - before;
  const [next, other] = strides === 1 ? [filters, 1] : [1, channels]; // from a weight to the next
  const out = new Float64Array(wide * wide * filters);
  for (let row = 0; row < side; row += 1)
    for (let column = 0; column < side; column += 1)
      for (let tap = 0; tap < size * size; tap += 1) {
        const y = place(row, Math.floor(tap / size));
        const x = place(column, tap % size);
        if (y < 0 || y >= wide || x < 0 || x >= wide) continue;
        const [from, to] = [(row * side + column) * channels, (y * wide + x) * filters];
        for (let i = 0; i < channels; i += 1) {
          let weight = tap * channels * filters + i * next;
          for (let j = 0; j < filters; j += 1, weight += other)
            out[to + j] += values[from + i] * weights[weight];
        }
      }
  return { side: wide, channels: filters, values: out };
}

/** √(Σ (s w)² + 1e-8) over taps and channels that are read, for each channel that is written. */
function lengths({ size, strides, kernel: { values: weights } }, style, filters) {
  const [next, other] = strides === 1 ? [filters, 1] : [1, style.length];
  return Float64Array.from({ length: filters }, (_, j) => {
    let power = 1e-8;
    for (let tap = 0; tap < size * size; tap += 1)
      style.forEach((scale, i) => {
        const weight = weights[tap * style.length * filters + i * next + j * other];
        power += (scale * weight) ** 2;
      });
    return Math.sqrt(power);
  });
}

/** A convolution whose weights the style of a code scales; equations 1 and 3 of StyleGAN2. */
function convolution(layer, picture, code) {
  const { strides, demodulate, bias } = layer;
  const style = affine(layer.style, code);
  const scaled = picture.values.map((value, k) => value * style[k % picture.channels]);
  const out = summed(layer, { ...picture, values: scaled }, bias.length);
  const factors = demodulate
    ? lengths(layer, style, bias.length).map((length) => (Math.SQRT2 * strides) / length)
    : bias.map(() => 1);
  const values = out.values.map((sum, k) => sum * factors[k % bias.length] + bias[k % bias.length]);
  return { ...out, values };
}

/** Codes w, one for each layer → a picture of one channel, from −1 to 1. */
export function drawn({ side, constant, layers }, codes) {
  let picture = { side, channels: constant.columns, values: constant.values };
  layers.forEach((layer, l) => {
    picture = convolution(layer, picture, codes[l]);
    const { channels, values } = picture;
    const { strength, kept } = layer.noise ?? {};
    const noisy = kept
      ? values.map((value, k) => value + kept[Math.floor(k / channels)] * strength[k % channels])
      : values;
    picture.values = l < layers.length - 1 ? leaky(noisy) : noisy.map(Math.tanh);
  });
  return picture;
}

/** The logits of the ten digits for a picture of 28 × 28. */
export const logitsOf = (dense, { values }) =>
  dense.reduce((x, layer, l) => affine(layer, l ? leaky(x) : x), values);
