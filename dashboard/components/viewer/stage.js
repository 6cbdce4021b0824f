// What is on the stage of one mounted viewer, and what the stage needs.
//
// `viewer` is the state of a mounted viewer, made in viewer.js: its elements, and
//   current          the case that the server sent last
//   aheadEntry       the entry on the stage where the browser is a step ahead of the server, else null
//   companion        what lies beside the radiograph: an entry (as text), "overlay" or null
//   view, window     how the radiograph lies on the stage, and which values it shows; null until it is drawn
//   tool             the drawing tool in hand, or null
//   selected         the index of the selected mark, or null
//   markDrag         the mark that is being drawn or moved, or null
//   leavingAction    the number of the pending action that leaves the case, or 0

import { cachedImage, requestImages } from "./image_cache.js";

// Draw at the screen's next frame; at most once a frame, however many changes there are.
export function requestRedraw(viewer) {
  viewer.frameRequest ??= requestAnimationFrame(() => {
    viewer.frameRequest = null;
    viewer.draw();
  });
}

// A canvas as large as its place, screen pixel for screen pixel. Returns whether its size has changed.
export function fitCanvas(canvas, place) {
  const ratio = window.devicePixelRatio;
  const [width, height] = [place.clientWidth, place.clientHeight].map((side) => Math.round(side * ratio));
  if (!width || !height || (canvas.width === width && canvas.height === height)) return false;
  Object.assign(canvas, { width, height });
  Object.assign(canvas.style, { width: `${width / ratio}px`, height: `${height / ratio}px` });
  return true;
}

export function setView(viewer, view) {
  viewer.view = view;
  requestRedraw(viewer);
}

export function imageOnStage(viewer) {
  return viewer.current && cachedImage(viewer.aheadEntry ?? viewer.current.entry);
}

// The entry of the companion picture; null where there is none.
export function companionEntry({ companion, current }) {
  if (!companion) return null;
  return companion === "overlay" ? current.entry : Number(companion);
}

// Request the radiographs that are shown, and those that will be; none while a case is being left.
export function requestNeededImages(viewer) {
  const { current, leavingAction } = viewer;
  if (leavingAction) return;
  requestImages([current.entry, companionEntry(viewer), ...current.prefetch].filter((entry) => entry !== null));
}

// Another radiograph comes on the stage, with its own window and in full. `aheadEntry` is one that the server does not
// know of yet, on which no action is possible so far; null for the server's case.
export function resetStage(viewer, aheadEntry) {
  Object.assign(viewer, { aheadEntry, view: null, window: null, inverted: false, shownSince: null });
  Object.assign(viewer, { overlayOn: false, overlayHeld: false });
  clearSelection(viewer);
}

// No tool is in hand, no mark is selected, and all marks are visible.
export function clearSelection(viewer) {
  Object.assign(viewer, { tool: null, selected: null, markDrag: null, marksHidden: false });
  viewer.noteField.hidden = true;
}
