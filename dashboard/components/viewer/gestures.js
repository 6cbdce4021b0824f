// Gestures on the stage: a drag pans, or draws with a tool in hand; a right drag changes the window; wheel and pinch zoom
// at the pointer.

import { dragWindow } from "./commands.js";
import { abortMarkDrag, continueMarkDrag, finishMarkDrag, startMarkDrag } from "./marks.js";
import { dragCompanionWindow, isOwnOverlay } from "./side_by_side.js";
import { setView } from "./stage.js";
import { fitScale, panned, zoomed } from "./view.js";

const WHEEL_ZOOM = 0.0015; // of the scale's logarithm for each pixel scrolled
const PINCH_ZOOM = 0.01; // a trackpad's pinch comes as a wheel with Ctrl, in small steps
const LINE_PIXELS = 16; // of a wheel that counts lines
const CONTROLS = ".help, .mark-buttons, .companion-choice"; // on a stage, but no part of the picture

export function listenToGestures(viewer, stage) {
  const isFirst = stage === viewer.stage;
  const pointers = new Map(); // pointer id -> { x, y, dragsWindow, dragsMark }
  const position = (event) => {
    const box = stage.getBoundingClientRect();
    const ratio = window.devicePixelRatio;
    return { x: (event.clientX - box.left) * ratio, y: (event.clientY - box.top) * ratio };
  };
  const changeWindow = isFirst ? dragWindow : changeCompanionWindow;
  stage.addEventListener("contextmenu", (event) => event.preventDefault());
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (!viewer.view) return;
    const pixels = event.deltaY * (event.deltaMode ? LINE_PIXELS : 1);
    const { x, y } = position(event);
    const factor = Math.exp(-pixels * (event.ctrlKey ? PINCH_ZOOM : WHEEL_ZOOM));
    setView(viewer, zoomed(viewer.view, viewer.view.scale * factor, x, y));
  });
  stage.addEventListener("pointerdown", (event) => {
    if (!viewer.view || event.target.closest(CONTROLS) || event.button === 1) return;
    if (event.target === viewer.noteField) return;
    viewer.noteField.blur();
    stage.setPointerCapture(event.pointerId);
    if (pointers.size) abortMarkDrag(viewer); // a second finger: this is no drawing
    const mayDragMark = isFirst && event.button === 0 && !pointers.size;
    const dragsMark = mayDragMark && startMarkDrag(viewer, position(event));
    pointers.set(event.pointerId, { ...position(event), dragsWindow: event.button === 2, dragsMark });
  });
  stage.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before || !viewer.view) return;
    const now = position(event);
    const pinchBefore = pointers.size === 2 ? pinchOf(pointers) : null;
    pointers.set(event.pointerId, { ...before, ...now });
    if (pinchBefore) setView(viewer, pinched(viewer.view, pinchBefore, pinchOf(pointers)));
    else if (before.dragsMark) continueMarkDrag(viewer, now);
    else if (before.dragsWindow) changeWindow(viewer, now.x - before.x, now.y - before.y);
    else setView(viewer, panned(viewer.view, now.x - before.x, now.y - before.y));
  });
  stage.addEventListener("pointerup", (event) => {
    if (pointers.get(event.pointerId)?.dragsMark) finishMarkDrag(viewer);
    pointers.delete(event.pointerId);
  });
  stage.addEventListener("pointercancel", (event) => {
    abortMarkDrag(viewer);
    pointers.delete(event.pointerId);
  });
  stage.addEventListener("dblclick", (event) => {
    if (!viewer.view || viewer.tool || viewer.selected !== null || event.target === viewer.noteField) return;
    const { x, y } = position(event);
    const fit = fitScale(viewer.view);
    const isFitted = Math.abs(viewer.view.scale / fit - 1) < 0.01;
    setView(viewer, zoomed(viewer.view, isFitted ? 1 : fit, x, y));
  });
}

function changeCompanionWindow(viewer, right, down) {
  (isOwnOverlay(viewer) ? dragWindow : dragCompanionWindow)(viewer, right, down);
}

// The point between two fingers, and how far they are apart.
function pinchOf(pointers) {
  const [first, second] = [...pointers.values()];
  const distance = Math.hypot(first.x - second.x, first.y - second.y);
  return { x: (first.x + second.x) / 2, y: (first.y + second.y) / 2, distance };
}

function pinched(view, before, now) {
  const moved = panned(view, now.x - before.x, now.y - before.y);
  return zoomed(moved, (moved.scale * now.distance) / Math.max(1, before.distance), now.x, now.y);
}
