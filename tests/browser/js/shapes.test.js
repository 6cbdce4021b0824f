import { markEnds, markShape } from "../../../dashboard/components/viewer/shapes.js";
import { fitted, zoomed } from "../../../dashboard/components/viewer/view.js";
import { assert, assertEqual, assertNear, test } from "./harness.js";

const view = fitted({ width: 100, height: 100 }, { width: 200, height: 200 }); // two screen pixels for one
const mark = (kind, changes = {}) => ({ kind, x: 10, y: 20, x2: 40, y2: 60, note: "", ...changes });
const pathOf = (shape) => shape.querySelector("path:not(.casing)").getAttribute("d");

test("a mark's ends are stage points", () => {
  assertEqual(markEnds(view, mark("arrow")), [{ x: 20, y: 40 }, { x: 80, y: 120 }]);
});

test("a box is drawn through its four corners", () => {
  assertEqual(pathOf(markShape(view, mark("box"))), "M20 40H80V120H20Z");
});

test("a box follows the zoom", () => {
  assertEqual(pathOf(markShape(zoomed(view, 4, 0, 0), mark("box"))), "M40 80H160V240H40Z");
});

test("shapes are in CSS pixels on a dense screen", () => {
  Object.defineProperty(window, "devicePixelRatio", { value: 2, configurable: true });
  assertEqual(pathOf(markShape(view, mark("box"))), "M10 20H40V60H10Z");
});

test("an arrow ends in a head of two sides at its tip, each at the same angle to the shaft", () => {
  const [shaft, ...sides] = pathOf(markShape(view, mark("arrow"))).split("M").slice(1);
  assertEqual([shaft, sides.length], ["20 40L80 120", 2]);
  const angles = sides.map((side) => {
    const [start, end] = side.split("L").map((point) => point.split(" ").map(Number));
    assertEqual(start, [80, 120]);
    const [x, y] = [start[0] - end[0], start[1] - end[1]];
    assertNear(Math.hypot(x, y), 11);
    return Math.atan2(y, x) - Math.atan2(80, 60);
  });
  assertNear(angles[0], 0.45);
  assertNear(angles[1], -0.45);
});

test("a point is a circle around the place", () => {
  assert(pathOf(markShape(view, mark("point", { x2: 10, y2: 20 }))).startsWith("M14 40a6 6 0 1 0 12 0a6 6 0 1 0-12 0"));
});

test("every line has a dark casing below it", () => {
  for (const kind of ["box", "arrow", "point"]) {
    const [below, above] = markShape(view, mark(kind)).querySelectorAll("path");
    assertEqual([below.getAttribute("class"), above.getAttribute("class")], ["casing", null]);
    assertEqual(below.getAttribute("d"), above.getAttribute("d"));
  }
});

test("a note stands to the right of the mark, as text alone", () => {
  const shape = markShape(view, mark("box", { note: "<b>old</b>" }));
  const text = shape.querySelector("text");
  assertEqual([text.textContent, text.getAttribute("x"), text.getAttribute("y")], ["<b>old</b>", "87", "44"]);
  assertEqual(shape.querySelector("b"), null);
  assertEqual(markShape(view, mark("box")).querySelector("text"), null);
});

test("kind and state are in the markup", () => {
  const shape = markShape(view, mark("box"), "selected");
  assertEqual([shape.getAttribute("class"), shape.dataset.kind], ["mark selected", "box"]);
  assertEqual(markShape(view, mark("box")).getAttribute("class"), "mark");
});
