// How the radiograph lies on the stage: the image point (x, y) at the stage's centre, a scale in screen pixels for one
// of the radiograph's, quarter turns clockwise, and a mirror. Image coordinates count from the radiograph's corner, so
// pixel 0 covers 0 to 1; whatever is to be drawn on the radiograph is kept in them.

const MAX_ZOOM = 32;
// The rotation matrix (row by row) of each number of quarter turns.
const ROTATIONS = [
  [1, 0, 0, 1],
  [0, -1, 1, 0],
  [-1, 0, 0, -1],
  [0, 1, -1, 0],
];

// The whole picture, centred, as large as the stage holds.
export function fitted(picture, stage, turn = 0, isMirrored = false) {
  const view = { picture, stage, turn, mirrored: isMirrored, x: picture.width / 2, y: picture.height / 2, scale: 1 };
  return { ...view, scale: fitScale(view) };
}

// Screen pixels for one of the radiograph's where the picture fits the stage.
export function fitScale({ picture, stage, turn }) {
  const [width, height] = turn % 2 ? [picture.height, picture.width] : [picture.width, picture.height];
  return Math.min(stage.width / width, stage.height / height) || 1;
}

// The stage point, in screen pixels, of an image point.
export function toStage(view, x, y) {
  const [a, b, c, d] = ROTATIONS[view.turn];
  const right = (view.mirrored ? view.x - x : x - view.x) * view.scale;
  const down = (y - view.y) * view.scale;
  return { x: a * right + b * down + view.stage.width / 2, y: c * right + d * down + view.stage.height / 2 };
}

// The image point of a stage point.
export function toImage(view, x, y) {
  const [a, b, c, d] = ROTATIONS[view.turn];
  const right = (x - view.stage.width / 2) / view.scale;
  const down = (y - view.stage.height / 2) / view.scale;
  const across = a * right + c * down;
  return { x: view.x + (view.mirrored ? -across : across), y: view.y + b * right + d * down };
}

// The screen pixels whose centres lie on the radiograph, as { left, top, width, height }.
export function coveredPixels(view, width, height) {
  const ends = [toStage(view, 0, 0), toStage(view, view.picture.width, view.picture.height)];
  const side = (name, size) => {
    const values = ends.map((end) => end[name]).sort((one, other) => one - other);
    const first = Math.max(0, Math.ceil(values[0] - 0.5 - 1e-6));
    return [first, Math.max(0, Math.min(size, Math.ceil(values[1] - 0.5 - 1e-6)) - first)];
  };
  const [left, across] = side("x", width);
  const [top, down] = side("y", height);
  return { left, top, width: across, height: down };
}

// The part of the radiograph that the stage shows, in image coordinates; it may reach beyond the radiograph.
export function visiblePart(view) {
  const ends = [toImage(view, 0, 0), toImage(view, view.stage.width, view.stage.height)];
  const [left, right] = ends.map((end) => end.x).sort((one, other) => one - other);
  const [top, bottom] = ends.map((end) => end.y).sort((one, other) => one - other);
  return { left, right, top, bottom };
}

// Zoom to a scale so that the image point under the stage point (x, y) stays there; the default is the stage's centre.
export function zoomed(view, scale, x = view.stage.width / 2, y = view.stage.height / 2) {
  const minScale = Math.min(1, fitScale(view)) / 4;
  const bounded = { ...view, scale: Math.min(MAX_ZOOM, Math.max(minScale, scale)) };
  const [before, after] = [toImage(view, x, y), toImage(bounded, x, y)];
  return centreClamped({ ...bounded, x: view.x + before.x - after.x, y: view.y + before.y - after.y });
}

// Move the picture by (right, down) screen pixels.
export function panned(view, right, down) {
  const centre = toImage(view, view.stage.width / 2 - right, view.stage.height / 2 - down);
  return centreClamped({ ...view, x: centre.x, y: centre.y });
}

// The view with the stage's centre on the radiograph, so that the radiograph is never panned out of sight.
function centreClamped(view) {
  const clamp = (value, high) => Math.min(high, Math.max(0, value));
  return { ...view, x: clamp(view.x, view.picture.width), y: clamp(view.y, view.picture.height) };
}

// The view after a change; where it was scaled to fit the stage before, it is scaled to fit again.
function fitKept(before, after) {
  const wasFitted = Math.abs(before.scale / fitScale(before) - 1) < 1e-6;
  return wasFitted ? { ...after, scale: fitScale(after) } : after;
}

// The view on a stage of another size.
export function restaged(view, stage) {
  return fitKept(view, { ...view, stage });
}

// Turn by a quarter clockwise.
export function turned(view) {
  return fitKept(view, { ...view, turn: (view.turn + 1) % 4 });
}

// Mirror what is seen left to right, however it is turned.
export function mirrored(view) {
  const turn = view.turn % 2 ? (view.turn + 2) % 4 : view.turn;
  return { ...view, mirrored: !view.mirrored, turn };
}
