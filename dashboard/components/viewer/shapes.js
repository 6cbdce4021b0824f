// How a mark looks, as SVG in CSS pixels over the stage.

import { toStage } from "./view.js";

const SVG = "http://www.w3.org/2000/svg";
const HEAD_LENGTH = 11; // CSS pixels of an arrow's head
const HEAD_ANGLE = 0.45; // radians between an arrow's shaft and each side of its head

// The stage points of a mark's two ends, in screen pixels.
export function markEnds(view, mark) {
  return [toStage(view, mark.x, mark.y), toStage(view, mark.x2, mark.y2)];
}

// One mark as SVG: its lines once dark and wide, once in its colour, so that it shows on bone and on black. `state` is a
// CSS class: `selected`, `other` or none.
export function markShape(view, mark, state = "") {
  const group = svgElement("g", { class: `mark ${state}`.trim(), "data-kind": mark.kind });
  const ratio = window.devicePixelRatio;
  const [start, end] = markEnds(view, mark).map(({ x, y }) => ({ x: x / ratio, y: y / ratio }));
  const path = { box: boxPath, arrow: arrowPath, point: pointPath }[mark.kind](start, end);
  group.append(svgElement("path", { d: path, class: "casing" }), svgElement("path", { d: path }));
  if (mark.note) {
    const place = { x: Math.max(start.x, end.x) + 7, y: Math.min(start.y, end.y) + 4 };
    group.append(Object.assign(svgElement("text", place), { textContent: mark.note }));
  }
  return group;
}

const boxPath = (start, end) => `M${start.x} ${start.y}H${end.x}V${end.y}H${start.x}Z`;
const pointPath = ({ x, y }) => `M${x - 6} ${y}a6 6 0 1 0 12 0a6 6 0 1 0-12 0M${x} ${y - 10}v7M${x} ${y + 3}v7M${x - 10} ${y}h7M${x + 3} ${y}h7`;

function arrowPath(tail, tip) {
  const angle = Math.atan2(tip.y - tail.y, tip.x - tail.x);
  const side = (turn) => `M${tip.x} ${tip.y}L${tip.x - HEAD_LENGTH * Math.cos(angle + turn)} ${tip.y - HEAD_LENGTH * Math.sin(angle + turn)}`;
  return `M${tail.x} ${tail.y}L${tip.x} ${tip.y}${side(HEAD_ANGLE)}${side(-HEAD_ANGLE)}`;
}

function svgElement(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}
