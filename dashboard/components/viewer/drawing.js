// Draw the stage of a viewer: the radiograph, its overlay and its marks, the picture beside it, and the controls.

import { updateControls } from "./controls.js";
import { drawMarks } from "./marks.js";
import { showInsteadOfImage } from "./notices.js";
import { isOverlayOn, overlayOf } from "./overlay.js";
import { greyTable, render } from "./pixels.js";
import { drawCompanion } from "./side_by_side.js";
import { imageOnStage } from "./stage.js";
import { fitted } from "./view.js";

export function draw(viewer) {
  const { current, radiograph, stage, aheadEntry } = viewer;
  const image = imageOnStage(viewer);
  showInsteadOfImage(viewer.message, image);
  if (!image?.levels || !viewer.frame) {
    radiograph.hidden = true;
    viewer.markLayer.replaceChildren();
    delete stage.dataset.case;
    return;
  }
  const [{ width, height }] = image.levels;
  viewer.view ??= fitted({ width, height }, { width: radiograph.width, height: radiograph.height });
  viewer.window ??= image.window;
  const overlay = isOverlayOn(viewer) && current.heatmap ? overlayOf(viewer) : null;
  render(viewer.frame, viewer.view, image.levels, greyTable(viewer.window, viewer.inverted), overlay);
  viewer.context.putImageData(viewer.frame, 0, 0);
  radiograph.hidden = false;
  viewer.shownSince ??= performance.now();
  stage.dataset.entry = aheadEntry ?? current.entry;
  if (aheadEntry) delete stage.dataset.case;
  else stage.dataset.case = current.case;
  drawMarks(viewer);
  drawCompanion(viewer);
  updateControls(viewer, image);
}
