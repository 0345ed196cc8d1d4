// The mathematics of attention.js: a small GPT read forwards, as aigc_lib/transformer.py computes it.
// tests/site/test_attention.py compares the probabilities and the weights with those of Keras.
//
// A matrix is { rows, columns, values } with values[i * columns + j]; one row is one character.

/** Base64 → its bytes. */
const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** Base64 of little-endian 32-bit floats → Float32Array. */
function floatsIn(base64) {
  const view = new DataView(bytesOf(base64).buffer);
  const length = view.byteLength / 4;
  return Float32Array.from({ length }, (_, i) => view.getFloat32(4 * i, true));
}

/** A matrix as it travels: whole numbers from −127 to 127, and a scale for each column. */
function unpackMatrix({ shape: [rows, columns], whole, scales }) {
  const [steps, sizes] = [new Int8Array(bytesOf(whole).buffer), floatsIn(scales)];
  return { rows, columns, values: Float32Array.from(steps, (step, k) => step * sizes[k % columns]) };
}

/** The network as it travels → with its weights: of texts vectors, of whole numbers matrices. */
export function unpack(packed) {
  if (typeof packed === "string") return floatsIn(packed);
  if (Array.isArray(packed)) return packed.map(unpack);
  if (packed === null || typeof packed !== "object") return packed;
  if ("whole" in packed) return unpackMatrix(packed);
  return Object.fromEntries(Object.entries(packed).map(([name, part]) => [name, unpack(part)]));
}

/** The matrix of f(row, column). */
function matrix(rows, columns, f) {
  const values = new Float64Array(rows * columns);
  for (let k = 0; k < values.length; k += 1) values[k] = f(Math.floor(k / columns), k % columns);
  return { rows, columns, values };
}

/** A + B. */
const plus = (a, b) => ({ ...a, values: a.values.map((value, k) => value + b.values[k]) });

/** X W + b. */
function dense({ kernel: { columns, values: weights }, bias }, x) {
  const out = matrix(x.rows, columns, (_, j) => bias?.[j] ?? 0);
  const { values } = out; // most of the time is spent in the loops below
  for (let i = 0; i < x.rows; i += 1)
    for (let k = 0; k < x.columns; k += 1) {
      const factor = x.values[i * x.columns + k];
      for (let j = 0; j < columns; j += 1) values[i * columns + j] += factor * weights[k * columns + j];
    }
  return out;
}

/** Each row less its mean, over its standard deviation, times a gain, plus an offset. */
function normalised({ gain, offset, epsilon }, x) {
  const out = matrix(x.rows, x.columns, () => 0);
  for (let i = 0; i < x.rows; i += 1) {
    const row = x.values.subarray(i * x.columns, (i + 1) * x.columns);
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
    const scale = 1 / Math.sqrt(variance + epsilon);
    row.forEach((value, j) => {
      out.values[i * x.columns + j] = (value - mean) * scale * gain[j] + (offset?.[j] ?? 0);
    });
  }
  return out;
}

/** x Φ(x), Φ of N(0, 1), in its form with tanh (Hendrycks and Gimpel 2016). */
const gelu = (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** Σ_j c_j ⊙ x_{i−j}, each channel by itself; before the first character stands nothing. */
function convolved(kernel, x) {
  const { rows: seen, columns, values } = kernel;
  return matrix(x.rows, columns, (i, channel) => {
    let sum = 0;
    for (let j = 0; j < Math.min(seen, i + 1); j += 1)
      sum += values[j * columns + channel] * x.values[(i - j) * columns + channel];
    return sum;
  });
}

/** exp(a) / Σ exp(a), for a list of logits. */
export function softmax(logits) {
  const most = Math.max(...logits);
  const parts = Array.from(logits, (logit) => Math.exp(logit - most));
  const total = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part) => part / total);
}

/** softmax(q kᵀ / √d) v of one head: weights[i] has an entry for each character up to i alone. */
function headOf(projected, width, first, size) {
  const at = (i, part, c) => projected.values[i * projected.columns + part * width + first + c];
  const weights = Array.from({ length: projected.rows }, (_, i) =>
    softmax(Array.from({ length: i + 1 }, (_, j) => {
      let score = 0;
      for (let c = 0; c < size; c += 1) score += at(i, 0, c) * at(j, 1, c);
      return score / Math.sqrt(size);
    })),
  );
  const sum = (i, c) => weights[i].reduce((total, weight, j) => total + weight * at(j, 2, c), 0);
  return { weights, result: matrix(projected.rows, size, sum) };
}

/** Attention of all heads, side by side through the last dense layer; and the weights of each. */
function attention({ project, merge }, heads, x) {
  const projected = dense(project, x);
  const size = x.columns / heads;
  const each = Array.from({ length: heads }, (_, h) => headOf(projected, x.columns, h * size, size));
  const side = matrix(x.rows, x.columns, (i, c) => {
    const { values } = each[Math.floor(c / size)].result;
    return values[i * size + (c % size)];
  });
  return { result: dense(merge, side), weights: each.map(({ weights }) => weights) };
}

/**
 * Read characters, as ids, at most `network.length` of them.
 * logits[i]: of the character after the i-th; weights[layer][head][i]: on characters 0 … i.
 */
export function read({ embedding, places, blocks, norm, head, heads }, ids) {
  const { columns } = embedding;
  let x = matrix(ids.length, columns, (i, c) =>
    embedding.values[ids[i] * columns + c] + places.values[i * columns + c],
  );
  const weights = blocks.map((block) => {
    if (block.mixing) x = plus(x, convolved(block.mixing, x));
    const looked = attention(block, heads, normalised(block.norm1, x));
    x = plus(x, looked.result);
    const wide = dense(block.widen, normalised(block.norm2, x));
    x = plus(x, dense(block.narrow, { ...wide, values: wide.values.map(gelu) }));
    return looked.weights;
  });
  const { columns: vocabulary, values } = dense(head, normalised(norm, x));
  const logits = ids.map((_, i) => values.subarray(i * vocabulary, (i + 1) * vocabulary));
  return { logits, weights };
}
