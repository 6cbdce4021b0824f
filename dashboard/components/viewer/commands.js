// What keys, buttons and sliders do. A command is performed here, or sent to the server as an action.

import { submitAction } from "./actions.js";
import { toggleHelp } from "./controls.js";
import { displayOptions } from "./display_options.js";
import { interpretKey, isHoldKey } from "./keys.js";
import { cancelMark, editNote, eraseMark, toggleTool, TOOLS } from "./marks.js";
import { windowOfShares } from "./pixels.js";
import { toggleCompanion } from "./side_by_side.js";
import { imageOnStage, requestRedraw, setView } from "./stage.js";
import { fitted, mirrored, panned, turned, visiblePart, zoomed } from "./view.js";
import { draggedWindow, WINDOW_PRESETS, windowAt } from "./windowing.js";

const ZOOM_STEP = 1.25;

// Commands that change how the radiograph on the stage is shown; with none on the stage they do nothing.
const DISPLAY_COMMANDS = {
  overlay: (viewer) => {
    if (viewer.aheadEntry || !viewer.buttons.overlay.disabled) viewer.overlayOn = !viewer.overlayOn;
  },
  contour: () => (displayOptions.contour = !displayOptions.contour),
  invert: (viewer) => (viewer.inverted = !viewer.inverted),
  fit: (viewer) => {
    const { picture, stage, turn, mirrored: isMirrored } = viewer.view;
    viewer.view = fitted(picture, stage, turn, isMirrored);
  },
  actualSize: (viewer) => (viewer.view = zoomed(viewer.view, 1)),
  zoomIn: (viewer) => (viewer.view = zoomed(viewer.view, viewer.view.scale * ZOOM_STEP)),
  zoomOut: (viewer) => (viewer.view = zoomed(viewer.view, viewer.view.scale / ZOOM_STEP)),
  turn: (viewer) => (viewer.view = turned(viewer.view)),
  mirror: (viewer) => (viewer.view = mirrored(viewer.view)),
  toggleMarks: (viewer) => (viewer.marksHidden = !viewer.marksHidden),
  reset: (viewer) => Object.assign(viewer, { view: null, window: null, inverted: false }),
  sideBySide: toggleCompanion,
  given: (viewer) => (viewer.window = imageOnStage(viewer).window),
  full: (viewer) => (viewer.window = { low: 0, high: imageOnStage(viewer).maxValue }),
  ...Object.fromEntries(Object.keys(WINDOW_PRESETS).map((name) => [name, (viewer) => applyPreset(viewer, name)])),
};
const OTHER_COMMANDS = {
  help: toggleHelp,
  editNote,
  eraseMark,
  comment: () => document.querySelector(".st-key-comment textarea")?.focus(),
  ...Object.fromEntries(TOOLS.map((tool) => [tool, (viewer) => toggleTool(viewer, tool)])),
};

export function perform(viewer, command) {
  if (command in DISPLAY_COMMANDS) {
    if (viewer.view) DISPLAY_COMMANDS[command](viewer);
    requestRedraw(viewer);
  } else if (command in OTHER_COMMANDS) {
    OTHER_COMMANDS[command](viewer);
  } else {
    submitAction(viewer, command);
  }
}

function applyPreset(viewer, name) {
  const { levels } = imageOnStage(viewer);
  viewer.window = windowOfShares(levels, WINDOW_PRESETS[name], visiblePart(viewer.view)) ?? viewer.window;
}

export function dragWindow(viewer, right, down) {
  viewer.window = draggedWindow(imageOnStage(viewer), viewer.window, viewer.view.stage.height, right, down);
  requestRedraw(viewer);
}

// The window as its sliders stand.
export function slideWindow(viewer) {
  if (!viewer.view) return;
  viewer.window = windowAt(imageOnStage(viewer).maxValue, Number(viewer.level.value), Number(viewer.width.value));
  requestRedraw(viewer);
}

// Show the overlay while its key is held.
export function holdOverlay(viewer, isHeld) {
  if (Boolean(viewer.overlayHeld) === isHeld) return;
  viewer.overlayHeld = isHeld;
  requestRedraw(viewer);
}

// A key is caught before anything else on the page gets it, wherever the focus is, except while one types.
export function onKeyDown(viewer, event) {
  const [target] = event.composedPath();
  const meaning = interpretKey(event, target, viewer.current.verdicts);
  if (!meaning) return;
  if (meaning.escape) {
    leave(viewer, target);
    return;
  }
  if (meaning.hold) holdOverlay(viewer, true);
  else if (meaning.pan && viewer.view) setView(viewer, panned(viewer.view, ...meaning.pan));
  else if (meaning.command) perform(viewer, meaning.command);
  event.preventDefault();
  event.stopImmediatePropagation();
}

export function onKeyUp(viewer, event) {
  if (isHoldKey(event)) holdOverlay(viewer, false);
}

// Leave what was entered last: the comment, the note, the help, the mark.
function leave(viewer, target) {
  if (target.closest?.(".st-key-comment")) target.blur();
  else if (target === viewer.noteField) viewer.noteField.blur();
  else if (!viewer.helpPanel.hidden) viewer.helpPanel.hidden = true;
  else cancelMark(viewer);
}
