import { buildPyramid, greyTable, render, windowOfShares } from "../../../dashboard/components/viewer/pixels.js";
import { fitted, turned, zoomed } from "../../../dashboard/components/viewer/view.js";
import { assert, assertEqual, assertNear, test } from "./harness.js";

const COLOURS = Array.from({ length: 256 }, (_, tone) => [tone, 0, 255]).flat();
const FULL = greyTable({ low: 0, high: 255 }, false);

function drawn(view, levels, overlay = null) {
  const frame = new ImageData(view.stage.width, view.stage.height);
  render(frame, view, levels, FULL, overlay);
  return frame;
}

// The red, green and blue of one pixel of a frame.
function pixel({ data, width }, x, y) {
  const at = 4 * (y * width + x);
  return data.slice(at, at + 3);
}

function overlayWith(values, changes = {}) {
  const place = { x_scale: 1, x_offset: -0.5, y_scale: 1, y_offset: -0.5 };
  const heatmap = { width: 2, height: 2, values: new Float32Array(values), place };
  return { heatmap, colours: COLOURS, opacity: 1, threshold: 0.5, contour: false, ...changes };
}

const two = buildPyramid(2, 2, new Uint8Array([10, 20, 30, 40]));
const atOneToOne = fitted({ width: 2, height: 2 }, { width: 2, height: 2 });

test("a pyramid halves until its longer side is at most 256 pixels", () => {
  const levels = buildPyramid(1000, 3, new Uint16Array(3000).fill(4095));
  assertEqual(levels.map(({ width, height }) => [width, height]), [[1000, 3], [500, 2], [250, 1]]);
  assert(levels.every(({ data }) => data instanceof Uint16Array && data.every((value) => value === 4095)));
});

test("a pixel of the next level is the mean of four, rounded half up", () => {
  const data = new Uint8Array(512 * 2);
  data.set([1, 2, 100, 100], 0);
  data.set([3, 4, 101, 101], 512);
  const [, half] = buildPyramid(512, 2, data);
  assertEqual([half.width, half.height, half.data[0], half.data[1], half.data[2]], [256, 1, 3, 101, 0]);
});

test("an odd last column is its own neighbour", () => {
  const data = new Uint8Array(257).fill(0);
  data[256] = 200;
  const [, half] = buildPyramid(257, 1, data);
  assertEqual([half.width, half.data[127], half.data[128]], [129, 0, 200]);
});

test("values outside the window are black and white, between them grey in proportion", () => {
  const table = greyTable({ low: 1000, high: 1510 }, false);
  assertEqual([table.length, table[0], table[1000], table[1200], table[1510], table[65535]], [65536, 0, 0, 100, 255, 255]);
});

test("an inverted window is the grey's complement", () => {
  const table = greyTable({ low: 1000, high: 1510 }, true);
  assertEqual([table[0], table[1200], table[1510]], [255, 155, 0]);
});

test("a window without width shows no value between black and white", () => {
  const table = greyTable({ low: 100, high: 100 }, false);
  assertEqual([table[99], table[100], table[101]], [0, 0, 255]);
});

test("a window of shares lies between the values that these shares of the pixels reach", () => {
  const levels = buildPyramid(100, 1, Uint8Array.from({ length: 100 }, (_, index) => index));
  assertEqual(windowOfShares(levels, [0.1, 0.9]), { low: 9, high: 89 });
});

test("a window of shares counts the given part alone, and none is null", () => {
  const levels = buildPyramid(4, 2, new Uint16Array([0, 0, 500, 900, 0, 0, 500, 900]));
  assertEqual(windowOfShares(levels, [0.01, 0.99], { left: 2, right: 4, top: 0, bottom: 2 }), { low: 500, high: 900 });
  assertEqual(windowOfShares(levels, [0.01, 0.99], { left: 9, right: 12, top: 0, bottom: 2 }), null);
});

test("a window of one value is one wide", () => {
  const levels = buildPyramid(4, 4, new Uint8Array(16).fill(7));
  assertEqual(windowOfShares(levels, [0.01, 0.99]), { low: 7, high: 8 });
});

test("at one to one each screen pixel is one of the radiograph", () => {
  const frame = drawn(atOneToOne, two);
  assertEqual([0, 1].flatMap((y) => [0, 1].map((x) => pixel(frame, x, y)[0])), [10, 20, 30, 40]);
});

test("a quarter turn brings the lower left corner to the upper left", () => {
  const frame = drawn(turned(atOneToOne), two);
  assertEqual([0, 1].flatMap((y) => [0, 1].map((x) => pixel(frame, x, y)[0])), [30, 10, 40, 20]);
});

test("a zoomed picture is interpolated between the pixels' centres", () => {
  const frame = drawn(fitted({ width: 2, height: 2 }, { width: 4, height: 4 }), two);
  assertEqual([0, 1, 2, 3].map((x) => pixel(frame, x, 0)[0]), [10, 13, 18, 20]);
});

test("a small picture is drawn from the level of its size", () => {
  const data = Uint8Array.from({ length: 512 * 512 }, (_, index) => 255 * (index % 2));
  const view = fitted({ width: 512, height: 512 }, { width: 256, height: 256 });
  assertEqual(pixel(drawn(view, buildPyramid(512, 512, data)), 100, 100), [128, 128, 128]);
});

test("the stage beside the radiograph is black and opaque", () => {
  const view = fitted({ width: 2, height: 2 }, { width: 4, height: 2 });
  const frame = drawn(view, two);
  assertEqual([pixel(frame, 0, 0), pixel(frame, 3, 1)], [[0, 0, 0], [0, 0, 0]]);
  assertEqual(pixel(frame, 1, 0)[0], 10);
  assert(frame.data.every((value, at) => at % 4 < 3 || value === 255));
});

test("below the threshold the overlay leaves the radiograph untouched", () => {
  const frame = drawn(atOneToOne, two, overlayWith([0.49, 0.5, 0, 1]));
  assertEqual([0, 1].flatMap((y) => [0, 1].map((x) => [...pixel(frame, x, y)])), [[10, 10, 10], [128, 0, 255], [30, 30, 30], [255, 0, 255]]);
});

test("the overlay is mixed by its opacity", () => {
  const frame = drawn(atOneToOne, two, overlayWith([1, 0, 0, 0], { opacity: 0.25 }));
  assertNear(pixel(frame, 0, 0)[0], 0.75 * 10 + 0.25 * 255, 1);
  assertNear(pixel(frame, 0, 0)[1], 0.75 * 10, 1);
});

test("no evidence is never coloured, not even with a threshold of zero", () => {
  const frame = drawn(atOneToOne, two, overlayWith([0, 0, 0, 0], { threshold: 0 }));
  assertEqual(pixel(frame, 1, 1), [40, 40, 40]);
});

test("a contour colours the border of the region alone, in the strongest colour", () => {
  const levels = buildPyramid(8, 8, new Uint8Array(64).fill(50));
  const view = fitted({ width: 8, height: 8 }, { width: 8, height: 8 });
  const place = { x_scale: 1, x_offset: -0.5, y_scale: 1, y_offset: -0.5 };
  const values = Float32Array.from({ length: 64 }, (_, at) => Number(at % 8 >= 2 && at % 8 < 6 && at >= 16 && at < 48));
  const heatmap = { width: 8, height: 8, values, place };
  const frame = drawn(view, levels, { heatmap, colours: COLOURS, opacity: 1, threshold: 0.5, contour: true });
  assertEqual([pixel(frame, 2, 3), pixel(frame, 3, 3), pixel(frame, 6, 3), pixel(frame, 3, 2)], [
    [255, 0, 255],
    [50, 50, 50],
    [255, 0, 255],
    [255, 0, 255],
  ]);
});

test("a view that shows no part of the radiograph draws a black stage", () => {
  const away = { ...zoomed(atOneToOne, 1), x: 100 };
  assert(drawn(away, two).data.every((value, at) => value === (at % 4 === 3 ? 255 : 0)));
});
