// The window: the pixel values that are shown as black and as white, { low, high }.

// Shares of the visible pixels that lie below the window's low and high value.
export const WINDOW_PRESETS = { auto: [0.01, 0.99], bone: [0.5, 0.999], soft: [0.01, 0.75] };

// Level and width as a window within what the radiograph's values allow.
export function windowAt(maxValue, level, width) {
  const half = Math.min(2 * maxValue, Math.max(1, width)) / 2;
  const centre = Math.min(maxValue, Math.max(0, level));
  return { low: centre - half, high: centre + half };
}

// The window after a drag by (right, down) stage pixels: across changes the width, up and down the level. A drag over
// the whole stage's height changes the level by the width of the radiograph's own window, so that a narrow window is
// set finely and a wide one quickly.
export function draggedWindow(image, { low, high }, stageHeight, right, down) {
  const perPixel = (image.window.high - image.window.low) / stageHeight;
  return windowAt(image.maxValue, (low + high) / 2 + down * perPixel, high - low + 2 * right * perPixel);
}
