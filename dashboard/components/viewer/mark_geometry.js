// The geometry of marks. A mark is { kind, x, y, x2, y2, note } in the radiograph's own coordinates, so that it lies where
// it was drawn however the view is zoomed, turned or mirrored.

import { markEnds } from "./shapes.js";
import { toImage, toStage } from "./view.js";

const REACH = 7; // CSS pixels around a line within which the pointer takes hold of it
const MIN_LENGTH = 5; // CSS pixels; what is drawn shorter was a slip of the hand

const toTenth = (value) => Math.round(10 * value) / 10;

// A stage point as an image point on the radiograph, to a tenth of a pixel.
export function imagePoint(view, { x, y }) {
  const point = toImage(view, x, y);
  const clamp = (value, high) => toTenth(Math.min(high, Math.max(0, value)));
  return { x: clamp(point.x, view.picture.width), y: clamp(point.y, view.picture.height) };
}

export function newMark(kind, { x, y }) {
  return { kind, x, y, x2: x, y2: y, note: "" };
}

// Which mark the pointer takes hold of, as { index, part }: `part` is an end ("start", "end"), another corner of a box
// ("topRight", "bottomLeft" of one drawn from the top left), or "whole". The last drawn lies on top. Null: none.
export function markUnder(view, marks, pointer) {
  const reach = REACH * window.devicePixelRatio;
  for (let index = marks.length - 1; index >= 0; index--) {
    const corners = markCorners(view, marks[index]);
    for (const [part, corner] of Object.entries(corners)) {
      if (Math.hypot(corner.x - pointer.x, corner.y - pointer.y) <= reach) return { index, part };
    }
    if (markLines(corners).some(([start, end]) => distanceToLine(pointer, start, end) <= reach)) return { index, part: "whole" };
  }
  return null;
}

function markCorners(view, mark) {
  const [start, end] = markEnds(view, mark);
  if (mark.kind !== "box") return { start, end };
  return { start, end, topRight: toStage(view, mark.x2, mark.y), bottomLeft: toStage(view, mark.x, mark.y2) };
}

function markLines({ start, end, topRight, bottomLeft }) {
  if (!topRight) return [[start, end]];
  return [[start, topRight], [topRight, end], [end, bottomLeft], [bottomLeft, start]];
}

// How far a point is from the line between two others.
export function distanceToLine(point, start, end) {
  const [x, y] = [end.x - start.x, end.y - start.y];
  const along = ((point.x - start.x) * x + (point.y - start.y) * y) / (x * x + y * y || 1);
  const share = Math.min(1, Math.max(0, along));
  return Math.hypot(point.x - start.x - share * x, point.y - start.y - share * y);
}

// The mark after its part was dragged to a stage point; a whole mark moves by the way from `from`, and stays on the
// radiograph.
export function draggedMark(view, { mark, part, from }, pointer) {
  const point = imagePoint(view, pointer);
  if (mark.kind === "point") return { ...newMark("point", point), note: mark.note };
  if (part === "end") return { ...mark, x2: point.x, y2: point.y };
  if (part === "start") return { ...mark, x: point.x, y: point.y };
  if (part === "topRight") return { ...mark, x2: point.x, y: point.y };
  if (part === "bottomLeft") return { ...mark, x: point.x, y2: point.y };
  const start = toImage(view, from.x, from.y);
  const bounded = (by, one, other, high) => Math.min(high - Math.max(one, other), Math.max(-Math.min(one, other), by));
  const right = bounded(point.x - start.x, mark.x, mark.x2, view.picture.width);
  const down = bounded(point.y - start.y, mark.y, mark.y2, view.picture.height);
  return { ...mark, x: mark.x + right, x2: mark.x2 + right, y: mark.y + down, y2: mark.y2 + down };
}

// Whether a mark is too small to have been meant: a box by its shorter side. A point has no size.
export function isSlip({ scale }, { kind, x, y, x2, y2 }) {
  if (kind === "point") return false;
  const sides = [Math.abs(x2 - x), Math.abs(y2 - y)].map((side) => (side * scale) / window.devicePixelRatio);
  return (kind === "box" ? Math.min(...sides) : Math.hypot(...sides)) < MIN_LENGTH;
}

// The mark as it is kept: to a tenth of a pixel, and a box from its top left to its bottom right.
export function finishedMark(mark) {
  const [x, y, x2, y2] = [mark.x, mark.y, mark.x2, mark.y2].map(toTenth);
  if (mark.kind !== "box") return { ...mark, x, y, x2, y2 };
  return { ...mark, x: Math.min(x, x2), x2: Math.max(x, x2), y: Math.min(y, y2), y2: Math.max(y, y2) };
}
