// How overlays are drawn: chosen by the reader, and kept from case to case.

import { requestRedraw } from "./stage.js";

// `opacity` and `threshold` in percent; the threshold is the server's until the reader moves it.
export const displayOptions = { colours: "inferno", opacity: 55, threshold: null, contour: false };

export function setDisplayOptions(viewer, changes) {
  Object.assign(displayOptions, changes);
  requestRedraw(viewer);
}
