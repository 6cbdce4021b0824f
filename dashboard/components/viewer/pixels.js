// From pixel values at full depth to screen pixels: a pyramid of halved pictures, a window, and a heatmap laid over them.
// Every frame is made from the radiograph's own values for the pixels of the screen alone, so that windowing acts on
// the full depth and the cost of a frame follows the screen, not the radiograph.

import { coveredPixels, toImage } from "./view.js";

const SMALLEST_LEVEL = 256; // pixels of the longer side below which halving stops
const VALUES = 65536; // of a pixel of 16 bits
const COUNTED_PIXELS = 400_000; // of the level that a distribution is counted on, at most

// The levels of one radiograph: first its own values, then each level half the size of the one before, by the mean of
// four. Values are unsigned, of 8 or 16 bits, row by row.
export function buildPyramid(width, height, data) {
  const levels = [{ width, height, data }];
  for (let last = levels[0]; Math.max(last.width, last.height) > SMALLEST_LEVEL; last = levels[levels.length - 1]) {
    levels.push(halve(last));
  }
  return levels;
}

function halve({ width, height, data }) {
  const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  half.data = new data.constructor(half.width * half.height);
  for (let y = 0, at = 0; y < half.height; y++) {
    const upper = 2 * y * width;
    const lower = Math.min(2 * y + 1, height - 1) * width;
    for (let x = 0; x < half.width; x++, at++) {
      const left = 2 * x;
      const right = Math.min(left + 1, width - 1);
      half.data[at] = (data[upper + left] + data[upper + right] + data[lower + left] + data[lower + right] + 2) >> 2;
    }
  }
  return half;
}

// (65536) uint8: the grey of every pixel value. Low is black and high is white, inverted the other way round.
export function greyTable({ low, high }, inverted) {
  const table = new Uint8ClampedArray(VALUES);
  const slope = 255 / Math.max(high - low, 1e-6);
  for (let value = 0; value < VALUES; value++) table[value] = (value - low) * slope;
  if (inverted) for (let value = 0; value < VALUES; value++) table[value] = 255 - table[value];
  return table;
}

// The window { low, high } whose ends have these shares of the pixels below them. `part` = { left, right, top, bottom } in
// image coordinates limits what is counted; null where it holds no pixel.
export function windowOfShares(levels, shares, part) {
  const level = levels.find(({ width, height }) => width * height <= COUNTED_PIXELS) ?? levels[levels.length - 1];
  const ratio = level.width / levels[0].width;
  const clip = (value, size) => Math.min(size, Math.max(0, Math.round(value * ratio)));
  const [left, right] = part ? [clip(part.left, level.width), clip(part.right, level.width)] : [0, level.width];
  const [top, bottom] = part ? [clip(part.top, level.height), clip(part.bottom, level.height)] : [0, level.height];
  const counts = new Uint32Array(VALUES);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) counts[level.data[y * level.width + x]]++;
  }
  const total = (right - left) * (bottom - top);
  if (total <= 0) return null;
  const [low, high] = shares.map((share) => {
    let value = 0;
    for (let below = counts[0]; below < share * total; below += counts[value]) value++;
    return value;
  });
  return { low, high: Math.max(high, low + 1) };
}

// Linear interpolation along one side of the screen: for each of its pixels the two samples that it lies between, and its
// distance from the first in samples.
function interpolation(count, start, step, samples, stride) {
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const share = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    const position = Math.min(samples - 1, Math.max(0, start + index * step));
    const lower = Math.min(Math.floor(position), Math.max(0, samples - 2));
    first[index] = lower * stride;
    second[index] = Math.min(lower + 1, samples - 1) * stride;
    share[index] = position - lower;
  }
  return { first, second, share };
}

// How the screen's columns and rows fall on a grid whose samples lie at image * scale + offset.
function interpolateGrid(view, box, grid) {
  const turned = view.turn % 2 === 1; // then a row of the screen runs along a column of the picture
  const corner = toImage(view, box.left + 0.5, box.top + 0.5);
  const across = toImage(view, box.left + 1.5, box.top + 0.5);
  const down = toImage(view, box.left + 0.5, box.top + 1.5);
  const along = (from, to, name, count) => {
    const { scale, offset, samples, stride } = grid[name];
    return interpolation(count, from[name] * scale + offset, (to[name] - from[name]) * scale, samples, stride);
  };
  return {
    columns: along(corner, across, turned ? "y" : "x", box.width),
    rows: along(corner, down, turned ? "x" : "y", box.height),
  };
}

// Draw what the view shows into `frame`, the stage's ImageData. `greys` is the grey of every pixel value; `overlay` is null
// or { heatmap: { width, height, values, place }, colours: (768) bytes, opacity, threshold, contour }.
export function render(frame, view, levels, greys, overlay) {
  const out = new Uint32Array(frame.data.buffer);
  out.fill(0xff000000);
  const box = coveredPixels(view, frame.width, frame.height);
  if (!box.width || !box.height) return;
  const halvings = Math.max(0, Math.round(Math.log2(1 / view.scale)));
  const level = levels[Math.min(halvings, levels.length - 1)];
  const ratio = 1 / 2 ** levels.indexOf(level);
  const { columns, rows } = interpolateGrid(view, box, {
    x: { scale: ratio, offset: -0.5, samples: level.width, stride: 1 },
    y: { scale: ratio, offset: -0.5, samples: level.height, stride: level.width },
  });
  const { data } = level;
  for (let y = 0; y < box.height; y++) {
    const upper = rows.first[y];
    const lower = rows.second[y];
    const down = rows.share[y];
    let at = (box.top + y) * frame.width + box.left;
    for (let x = 0; x < box.width; x++, at++) {
      const left = columns.first[x];
      const right = columns.second[x];
      const across = columns.share[x];
      const above = data[upper + left] + (data[upper + right] - data[upper + left]) * across;
      const below = data[lower + left] + (data[lower + right] - data[lower + left]) * across;
      const grey = greys[(above + (below - above) * down + 0.5) | 0];
      out[at] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
    }
  }
  if (overlay) drawOverlay(frame, view, box, overlay);
}

// Colour the frame where the evidence reaches the threshold; elsewhere it stays as it is.
function drawOverlay(frame, view, box, { heatmap, colours, opacity, threshold, contour }) {
  const { values, width, height, place } = heatmap;
  const { columns, rows } = interpolateGrid(view, box, {
    x: { scale: place.x_scale, offset: place.x_offset, samples: width, stride: 1 },
    y: { scale: place.y_scale, offset: place.y_offset, samples: height, stride: width },
  });
  const remainder = 1 - opacity;
  const row = new Float32Array(box.width);
  const rowBefore = new Float32Array(box.width);
  const colour = (at, evidence) => {
    const tone = 3 * Math.round(Math.min(1, evidence) * 255);
    for (let channel = 0; channel < 3; channel++) {
      frame.data[at + channel] = frame.data[at + channel] * remainder + colours[tone + channel] * opacity;
    }
  };
  const isInside = (evidence) => evidence >= threshold && evidence > 0;
  for (let y = 0; y < box.height; y++) {
    const upper = rows.first[y];
    const lower = rows.second[y];
    const down = rows.share[y];
    for (let x = 0; x < box.width; x++) {
      const left = columns.first[x];
      const right = columns.second[x];
      const across = columns.share[x];
      const above = values[upper + left] + (values[upper + right] - values[upper + left]) * across;
      const below = values[lower + left] + (values[lower + right] - values[lower + left]) * across;
      row[x] = above + (below - above) * down;
    }
    let at = 4 * ((box.top + y) * frame.width + box.left);
    for (let x = 0; x < box.width; x++, at += 4) {
      const evidence = row[x];
      const inside = isInside(evidence);
      if (!contour) {
        if (inside) colour(at, evidence);
        continue;
      }
      const isEdgeAcross = x > 0 && inside !== isInside(row[x - 1]);
      const isEdgeDown = y > 0 && inside !== isInside(rowBefore[x]);
      if (isEdgeAcross || isEdgeDown) colour(at, 1);
    }
    rowBefore.set(row);
  }
}
