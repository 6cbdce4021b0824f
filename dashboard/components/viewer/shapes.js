// How a mark looks, as SVG in CSS pixels over the stage.

const SVG = "http://www.w3.org/2000/svg";
const HEAD = 11; // of an arrow

function ends(view, mark) {
  return [toStage(view, mark.x, mark.y), toStage(view, mark.x2, mark.y2)];
}

// One mark as SVG: its lines once dark and wide, once in its colour, so that it shows on bone and on black.
function shape(view, mark, kind = "") {
  const group = element("g", { class: `mark ${kind}`.trim(), "data-kind": mark.kind });
  const dense = window.devicePixelRatio;
  const [start, end] = ends(view, mark).map(({ x, y }) => ({ x: x / dense, y: y / dense }));
  const path = { box: boxPath, arrow: arrowPath, point: pointPath }[mark.kind](start, end);
  group.append(element("path", { d: path, class: "casing" }), element("path", { d: path }));
  if (mark.note) {
    const beside = { x: Math.max(start.x, end.x) + 7, y: Math.min(start.y, end.y) + 4 };
    group.append(Object.assign(element("text", beside), { textContent: mark.note }));
  }
  return group;
}

const boxPath = (one, other) => `M${one.x} ${one.y}H${other.x}V${other.y}H${one.x}Z`;
const pointPath = ({ x, y }) => `M${x - 6} ${y}a6 6 0 1 0 12 0a6 6 0 1 0-12 0M${x} ${y - 10}v7M${x} ${y + 3}v7M${x - 10} ${y}h7M${x + 3} ${y}h7`;

function arrowPath(tail, tip) {
  const angle = Math.atan2(tip.y - tail.y, tip.x - tail.x);
  const barb = (turn) => `M${tip.x} ${tip.y}L${tip.x - HEAD * Math.cos(angle + turn)} ${tip.y - HEAD * Math.sin(angle + turn)}`;
  return `M${tail.x} ${tail.y}L${tip.x} ${tip.y}${barb(0.45)}${barb(-0.45)}`;
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
