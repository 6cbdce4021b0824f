// A second picture beside the radiograph: another of its study, one before or after it, or its own with the overlay.
// Zoom, pan, turn and mirror are linked; a verdict is always of the first, which says so.

import { cachedImage } from "./image_cache.js";
import { notice, showInsteadOfImage } from "./notices.js";
import { overlayOf } from "./overlay.js";
import { greyTable, render } from "./pixels.js";
import { companionEntry, fitCanvas, requestNeededImages, requestRedraw } from "./stage.js";
import { fitScale } from "./view.js";
import { draggedWindow } from "./windowing.js";

// Another of the study comes first where there is one, else the overlay.
function choices({ heatmap, comparable, hasStudy }) {
  const overlay = heatmap ? [{ entry: "overlay", label: "Overlay" }] : [];
  const radiographs = comparable.map(({ entry, label }) => ({ entry: String(entry), label }));
  return hasStudy ? [...radiographs, ...overlay] : [...overlay, ...radiographs];
}

export function toggleCompanion(viewer) {
  if (viewer.aheadEntry) return;
  const [first] = choices(viewer.current);
  if (!viewer.companion && !first) notice(viewer, "There is nothing to lay beside it.");
  else showCompanion(viewer, viewer.companion ? null : first.entry);
}

// Lay an entry (as text) or the "overlay" beside the radiograph; null takes the second picture away.
export function showCompanion(viewer, companion) {
  Object.assign(viewer, { companion, companionWindow: null });
  viewer.companionStage.hidden = viewer.verdictTag.hidden = !companion;
  viewer.buttons.sideBySide.ariaPressed = String(Boolean(companion));
  viewer.companionChoice.replaceChildren(...choices(viewer.current).map(({ entry, label }) => new Option(label, entry)));
  if (companion) viewer.companionChoice.value = companion;
  requestNeededImages(viewer);
  requestRedraw(viewer);
}

// The view of another picture that shows the same part of it, as large beside its fit as the first is beside its own.
export function linkedView(view, picture, stage) {
  const other = { ...view, picture, stage };
  other.x = (view.x / view.picture.width) * picture.width;
  other.y = (view.y / view.picture.height) * picture.height;
  return { ...other, scale: (view.scale / fitScale(view)) * fitScale(other) };
}

export function isOwnOverlay({ companion }) {
  return companion === "overlay";
}

export function drawCompanion(viewer) {
  if (!viewer.companion) return;
  const { companionCanvas, companionStage } = viewer;
  const image = cachedImage(companionEntry(viewer));
  companionCanvas.hidden = !image?.levels;
  showInsteadOfImage(viewer.companionMessage, image);
  if (!image?.levels || !companionStage.clientWidth || !companionStage.clientHeight) return;
  const context = companionCanvas.getContext("2d", { alpha: false });
  if (fitCanvas(companionCanvas, companionStage) || !viewer.companionFrame) {
    viewer.companionFrame = context.createImageData(companionCanvas.width, companionCanvas.height);
  }
  const { width, height } = companionCanvas;
  const [{ width: pictureWidth, height: pictureHeight }] = image.levels;
  const view = linkedView(viewer.view, { width: pictureWidth, height: pictureHeight }, { width, height });
  const overlay = isOwnOverlay(viewer) && viewer.current.heatmap ? overlayOf(viewer) : null;
  render(viewer.companionFrame, view, image.levels, greyTable(windowOf(viewer, image), viewer.inverted), overlay);
  context.putImageData(viewer.companionFrame, 0, 0);
  companionStage.dataset.view = [view.scale, view.x, view.y, view.turn, Number(view.mirrored)].join(" ");
  companionStage.dataset.entry = viewer.companion;
}

// The radiograph beside its own overlay has one window.
function windowOf(viewer, image) {
  return isOwnOverlay(viewer) ? viewer.window : (viewer.companionWindow ??= image.window);
}

// Change the window of the companion, where it is another radiograph.
export function dragCompanionWindow(viewer, right, down) {
  const image = cachedImage(companionEntry(viewer));
  if (!image?.levels) return;
  const window = viewer.companionWindow ?? image.window;
  viewer.companionWindow = draggedWindow(image, window, viewer.view.stage.height, right, down);
  requestRedraw(viewer);
}
