// The overlay as it is drawn: the case's heatmap with the reader's display options.

import { COLOUR_MAPS } from "./colour_maps.js";
import { displayOptions } from "./display_options.js";

// Whether the overlay is asked for, for the server's own case.
export function isOverlayOn({ overlayOn, overlayHeld, aheadEntry }) {
  return Boolean((overlayOn || overlayHeld) && !aheadEntry);
}

export function overlayOf({ current }) {
  const { opacity, threshold, contour, colours } = displayOptions;
  return {
    heatmap: current.heatmap,
    colours: COLOUR_MAPS[colours],
    opacity: opacity / 100,
    threshold: threshold / 100,
    contour,
  };
}
