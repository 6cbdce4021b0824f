import { distanceToLine, draggedMark, finishedMark, imagePoint, isSlip, markUnder, newMark } from "../../../dashboard/components/viewer/mark_geometry.js";
import { fitted, toStage } from "../../../dashboard/components/viewer/view.js";
import { assertEqual, assertNear, test } from "./harness.js";

const view = fitted({ width: 200, height: 100 }, { width: 400, height: 200 }); // two screen pixels for one
const box = { kind: "box", x: 20, y: 20, x2: 80, y2: 60, note: "a" };
const arrow = { kind: "arrow", x: 20, y: 20, x2: 80, y2: 60, note: "" };

test("an image point stays on the radiograph, to a tenth of a pixel", () => {
  assertEqual(imagePoint(view, { x: 100.5, y: 33.3 }), { x: 50.3, y: 16.7 });
  assertEqual(imagePoint(view, { x: -50, y: 900 }), { x: 0, y: 100 });
});

test("the pointer takes hold of corners, lines and nothing else", () => {
  const under = (x, y) => markUnder(view, [box], toStage(view, x, y));
  assertEqual([under(20, 20), under(80, 60)], [{ index: 0, part: "start" }, { index: 0, part: "end" }]);
  assertEqual([under(80, 20), under(20, 60)], [{ index: 0, part: "topRight" }, { index: 0, part: "bottomLeft" }]);
  assertEqual([under(50, 20), under(80, 40), under(20, 43)], Array(3).fill({ index: 0, part: "whole" }));
  assertEqual([under(50, 40), under(100, 20)], [null, null]);
});

test("the reach is seven CSS pixels, and the last drawn mark lies on top", () => {
  const above = toStage(view, 50, 20);
  assertEqual(markUnder(view, [box], { ...above, y: above.y - 7 })?.part, "whole");
  assertEqual(markUnder(view, [box], { ...above, y: above.y - 7.5 }), null);
  const corner = toStage(view, 20, 20);
  assertEqual(markUnder(view, [box], { ...corner, x: corner.x - 7 })?.part, "start");
  assertEqual(markUnder(view, [box, box], above).index, 1);
});

test("an arrow is held by its line, not by its rectangle", () => {
  assertEqual(markUnder(view, [arrow], toStage(view, 50, 40))?.part, "whole");
  assertEqual(markUnder(view, [arrow], toStage(view, 80, 20)), null);
});

test("the distance to a line counts from its ends where the point is beyond them", () => {
  const [start, end] = [{ x: 0, y: 0 }, { x: 10, y: 0 }];
  assertEqual([distanceToLine({ x: 5, y: 3 }, start, end), distanceToLine({ x: 13, y: 4 }, start, end)], [3, 5]);
  assertNear(distanceToLine({ x: 3, y: 4 }, start, start), 5);
});

test("each part of a box drags its own corner", () => {
  const dragged = (part) => draggedMark(view, { mark: box, part, from: null }, toStage(view, 30, 40));
  const corners = ({ x, y, x2, y2 }) => [x, y, x2, y2];
  assertEqual(corners(dragged("start")), [30, 40, 80, 60]);
  assertEqual(corners(dragged("end")), [20, 20, 30, 40]);
  assertEqual(corners(dragged("topRight")), [20, 40, 30, 60]);
  assertEqual(corners(dragged("bottomLeft")), [30, 20, 80, 40]);
});

test("a whole mark keeps its size, and stops at the radiograph's side", () => {
  const from = toStage(view, 50, 20);
  const moved = (x, y) => draggedMark(view, { mark: box, part: "whole", from }, toStage(view, x, y));
  assertEqual(moved(60, 25), { ...box, x: 30, y: 25, x2: 90, y2: 65 });
  assertEqual(moved(-500, 20), { ...box, x: 0, x2: 60 });
});

test("a point goes where it is dragged and keeps its note", () => {
  const point = { ...newMark("point", { x: 5, y: 5 }), note: "here" };
  assertEqual(draggedMark(view, { mark: point, part: "start", from: null }, toStage(view, 70, 80)), {
    ...point,
    x: 70,
    y: 80,
    x2: 70,
    y2: 80,
  });
});

test("what is smaller than five CSS pixels is a slip; a point never is", () => {
  const sized = (kind, x2, y2) => isSlip(view, { kind, x: 0, y: 0, x2, y2 });
  assertEqual([sized("box", 50, 2.4), sized("box", 50, 2.5)], [true, false]);
  assertEqual([sized("arrow", 50, 0), sized("arrow", 1, 1), sized("point", 0, 0)], [false, true, false]);
});

test("a box is kept from its top left to its bottom right, an arrow as it was drawn", () => {
  const backwards = { x: 80.04, y: 60, x2: 20, y2: 20.26, note: "" };
  assertEqual(finishedMark({ kind: "box", ...backwards }), { kind: "box", x: 20, y: 20.3, x2: 80, y2: 60, note: "" });
  assertEqual(finishedMark({ kind: "arrow", ...backwards }), { kind: "arrow", x: 80, y: 60, x2: 20, y2: 20.3, note: "" });
});
