// The controls below the stage: they show what is on it and with which settings.

import { COLOUR_MAPS } from "./colour_maps.js";
import { displayOptions, setDisplayOptions } from "./display_options.js";
import { KEY_HELP } from "./keys.js";
import { isOverlayOn } from "./overlay.js";
import { isOwnOverlay } from "./side_by_side.js";

// `image` is the radiograph on the stage, as the image cache has it.
export function updateControls(viewer, image) {
  const { current, stage, view, buttons } = viewer;
  const { low, high } = viewer.window;
  const isOn = isOverlayOn(viewer);
  const isOverlayVisible = isOn || isOwnOverlay(viewer);
  viewer.radiograph.ariaLabel = viewer.aheadEntry ? "The radiograph that comes next" : current.alt;
  stage.dataset.overlay = String(Boolean(isOn && current.heatmap));
  stage.dataset.view = [view.scale, view.x, view.y, view.turn, Number(view.mirrored)].join(" ");
  stage.dataset.window = `${low} ${high}`;
  if (!viewer.noticeTimer) viewer.noticeLine.textContent = isOverlayVisible ? current.overlayNote : "";
  viewer.windowControls.hidden = isOverlayVisible;
  viewer.overlayControls.hidden = !isOverlayVisible;
  buttons.overlay.ariaPressed = String(isOn);
  buttons.invert.ariaPressed = String(viewer.inverted);
  buttons.contour.ariaPressed = String(displayOptions.contour);
  viewer.zoomLine.textContent = `${Math.round(view.scale * 100)} % of ${view.picture.width} × ${view.picture.height}`;
  updateWindowSliders(viewer, image.maxValue);
  updateOverlayControls(viewer);
}

function updateWindowSliders({ level, width, windowOutput, window: { low, high } }, maxValue) {
  const range = { min: 0, max: maxValue, step: 1 };
  Object.assign(level, range, { value: (low + high) / 2 });
  Object.assign(width, range, { min: 1, value: high - low });
  windowOutput.value = `L ${Math.round((low + high) / 2)} W ${Math.round(high - low)}`;
}

function updateOverlayControls(viewer) {
  for (const name of ["opacity", "threshold"]) {
    viewer[name].value = displayOptions[name];
    viewer[name].nextElementSibling.value = `${displayOptions[name]} %`;
  }
  viewer.colourRamp.style.background = gradient(displayOptions.colours);
  viewer.thresholdTick.style.left = `${displayOptions.threshold}%`;
  for (const button of viewer.colourButtons.children) button.ariaPressed = String(button.title === displayOptions.colours);
}

function gradient(name) {
  const colours = [0, 32, 64, 96, 128, 160, 192, 224, 255].map((at) => `rgb(${COLOUR_MAPS[name].slice(3 * at, 3 * at + 3)})`);
  return `linear-gradient(to right, ${colours.join(",")})`;
}

// One button for each colour map.
export function addColourButtons(viewer) {
  for (const name of Object.keys(COLOUR_MAPS)) {
    const button = document.createElement("button");
    const onclick = () => setDisplayOptions(viewer, { colours: name });
    Object.assign(button, { type: "button", title: name, ariaLabel: name, onclick });
    button.style.background = gradient(name);
    viewer.colourButtons.append(button);
  }
}

export function toggleHelp({ helpPanel, current }) {
  const verdicts = Object.entries(current.verdicts).map(([key, name]) => [key.toUpperCase(), name.replace("_", " ")]);
  helpPanel.querySelector("dl").replaceChildren(
    ...[...verdicts, ...KEY_HELP].flatMap((pair) =>
      pair.map((text, column) => Object.assign(document.createElement(column ? "dd" : "dt"), { textContent: text })),
    ),
  );
  helpPanel.hidden = !helpPanel.hidden;
}
