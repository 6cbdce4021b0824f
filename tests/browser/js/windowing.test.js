import { draggedWindow, windowAt } from "../../../dashboard/components/viewer/windowing.js";
import { assertEqual, test } from "./harness.js";

const image = { maxValue: 4095, window: { low: 1000, high: 2000 } };

test("level and width give the window around the level", () => {
  assertEqual(windowAt(4095, 1500, 1000), { low: 1000, high: 2000 });
});

test("the level stays among the values, the width between one and twice their range", () => {
  assertEqual(windowAt(4095, 9000, 0), { low: 4094.5, high: 4095.5 });
  assertEqual(windowAt(4095, -5, 99999), { low: -4095, high: 4095 });
});

test("a drag over the whole stage changes the level by the radiograph's own window", () => {
  assertEqual(draggedWindow(image, { low: 1000, high: 1400 }, 500, 0, 500), { low: 2000, high: 2400 });
});

test("a drag to the right widens the window around its level", () => {
  assertEqual(draggedWindow(image, { low: 1000, high: 2000 }, 500, 50, 0), { low: 900, high: 2100 });
});
