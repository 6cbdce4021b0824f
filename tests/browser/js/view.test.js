import {
  coveredPixels,
  fitScale,
  fitted,
  mirrored,
  panned,
  restaged,
  toImage,
  toStage,
  turned,
  visiblePart,
  zoomed,
} from "../../../dashboard/components/viewer/view.js";
import { assertEqual, assertNear, test } from "./harness.js";

const PICTURE = { width: 400, height: 200 };
const STAGE = { width: 800, height: 600 };
const whole = fitted(PICTURE, STAGE);
const VIEWS = [0, 1, 2, 3].flatMap((turn) => [false, true].map((isMirrored) => ({ ...whole, turn, mirrored: isMirrored, scale: 1.7 })));

function assertPoint(actual, x, y) {
  assertNear(actual.x, x, 1e-9);
  assertNear(actual.y, y, 1e-9);
}

test("a fitted picture touches the nearer sides and is centred", () => {
  assertEqual([whole.scale, whole.x, whole.y, whole.turn, whole.mirrored], [2, 200, 100, 0, false]);
  assertEqual(fitted(PICTURE, STAGE, 1).scale, 1.5);
});

test("a stage without size fits at one to one", () => {
  assertEqual(fitScale({ picture: PICTURE, stage: { width: 0, height: 0 }, turn: 0 }), 1);
});

test("stage and image points are each other's inverse, however turned and mirrored", () => {
  for (const view of VIEWS) {
    const point = toStage(view, 37, 151);
    assertPoint(toImage(view, point.x, point.y), 37, 151);
  }
});

test("a quarter turn is clockwise", () => {
  assertPoint(toStage({ ...whole, turn: 1, scale: 1 }, 0, 100), 400, 100); // the left side comes up
  assertPoint(toStage({ ...whole, turn: 3, scale: 1 }, 0, 100), 400, 500);
});

test("a mirror changes left and right as they are seen, also in a turned view", () => {
  for (const view of VIEWS) {
    const before = toStage(view, 37, 151);
    assertPoint(toStage(mirrored(view), 37, 151), STAGE.width - before.x, before.y);
    assertPoint(toStage(mirrored(mirrored(view)), 37, 151), before.x, before.y);
  }
});

test("four quarter turns end where they began", () => {
  const view = zoomed(whole, 3, 100, 100);
  assertEqual(turned(turned(turned(turned(view)))), view);
});

test("a fitted view stays fitted when it is turned and when the stage changes", () => {
  assertEqual(turned(whole).scale, 1.5);
  assertEqual(restaged(whole, { width: 400, height: 600 }).scale, 1);
});

test("a zoomed view keeps its scale when it is turned and when the stage changes", () => {
  const view = zoomed(whole, 3);
  assertEqual([turned(view).scale, restaged(view, { width: 400, height: 600 }).scale], [3, 3]);
});

test("the image point under the pointer stays there while zooming", () => {
  const under = toImage(whole, 500, 250);
  const view = zoomed(whole, 5, 500, 250);
  assertEqual(view.scale, 5);
  assertPoint(toStage(view, under.x, under.y), 500, 250);
});

test("zoom has its limits", () => {
  assertEqual([zoomed(whole, 1000).scale, zoomed(whole, 0).scale], [32, 0.25]);
  const large = fitted({ width: 8000, height: 200 }, STAGE);
  assertNear(zoomed(large, 0).scale, 0.025, 1e-12);
});

test("a pan moves the picture with the hand", () => {
  for (const view of VIEWS) {
    const before = toStage(view, 190, 105);
    const after = toStage(panned(view, 30, -20), 190, 105);
    assertPoint(after, before.x + 30, before.y - 20);
  }
});

test("the stage's centre never leaves the radiograph", () => {
  const left = panned(whole, 5000, 0);
  assertEqual([left.x, left.y], [0, 100]);
  const below = panned(whole, 0, -5000);
  assertEqual([below.x, below.y], [200, 200]);
});

test("covered pixels are those whose centres lie on the radiograph", () => {
  assertEqual(coveredPixels(whole, 800, 600), { left: 0, top: 100, width: 800, height: 400 });
  const half = { ...whole, scale: 1, x: 200.5 };
  assertEqual(coveredPixels(half, 800, 600), { left: 199, top: 200, width: 400, height: 200 });
  assertEqual(coveredPixels({ ...whole, x: 5000 }, 800, 600).width, 0);
});

test("the visible part is what the stage spans", () => {
  assertEqual(visiblePart({ ...whole, scale: 4 }), { left: 100, right: 300, top: 25, bottom: 175 });
  assertEqual(visiblePart({ ...whole, scale: 4, turn: 1 }), { left: 125, right: 275, top: 0, bottom: 200 });
});
