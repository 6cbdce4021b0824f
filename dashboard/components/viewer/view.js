// How the radiograph lies on the stage: the image point (x, y) at the stage's centre, a scale in screen pixels for one
// of the radiograph's, quarter turns clockwise, and a mirror. Image coordinates count from the radiograph's corner, so
// pixel 0 covers 0 to 1; whatever is to be drawn on the radiograph is kept in them.

const MOST_ZOOM = 32;
const TURNS = [
  [1, 0, 0, 1],
  [0, -1, 1, 0],
  [-1, 0, 0, -1],
  [0, 1, -1, 0],
];

function fitted(picture, stage, turn = 0, mirrored = false) {
  const view = { picture, stage, turn, mirrored, x: picture.width / 2, y: picture.height / 2, scale: 1 };
  return { ...view, scale: fitScale(view) };
}

function fitScale({ picture, stage, turn }) {
  const [width, height] = turn % 2 ? [picture.height, picture.width] : [picture.width, picture.height];
  return Math.min(stage.width / width, stage.height / height) || 1;
}

function toStage(view, x, y) {
  const [a, b, c, d] = TURNS[view.turn];
  const right = (view.mirrored ? view.x - x : x - view.x) * view.scale;
  const down = (y - view.y) * view.scale;
  return { x: a * right + b * down + view.stage.width / 2, y: c * right + d * down + view.stage.height / 2 };
}

function toImage(view, x, y) {
  const [a, b, c, d] = TURNS[view.turn];
  const right = (x - view.stage.width / 2) / view.scale;
  const down = (y - view.stage.height / 2) / view.scale;
  const across = a * right + c * down;
  return { x: view.x + (view.mirrored ? -across : across), y: view.y + b * right + d * down };
}

// The screen pixels whose centres lie on the radiograph, as { left, top, width, height }.
function covered(view, width, height) {
  const ends = [toStage(view, 0, 0), toStage(view, view.picture.width, view.picture.height)];
  const side = (name, most) => {
    const values = ends.map((end) => end[name]).sort((one, other) => one - other);
    const first = Math.max(0, Math.ceil(values[0] - 0.5 - 1e-6));
    return [first, Math.max(0, Math.min(most, Math.ceil(values[1] - 0.5 - 1e-6)) - first)];
  };
  const [left, across] = side("x", width);
  const [top, down] = side("y", height);
  return { left, top, width: across, height: down };
}

// The part of the radiograph that is seen.
function seen(view) {
  const ends = [toImage(view, 0, 0), toImage(view, view.stage.width, view.stage.height)];
  const [left, right] = ends.map((end) => end.x).sort((one, other) => one - other);
  const [top, bottom] = ends.map((end) => end.y).sort((one, other) => one - other);
  return { left, right, top, bottom };
}

// Zoom so that the image point under (x, y) of the stage stays there; from the centre where none is given.
function zoomed(view, scale, x = view.stage.width / 2, y = view.stage.height / 2) {
  const least = Math.min(1, fitScale(view)) / 4;
  const bounded = { ...view, scale: Math.min(MOST_ZOOM, Math.max(least, scale)) };
  const [before, after] = [toImage(view, x, y), toImage(bounded, x, y)];
  return kept({ ...bounded, x: view.x + before.x - after.x, y: view.y + before.y - after.y });
}

function panned(view, right, down) {
  const centre = toImage(view, view.stage.width / 2 - right, view.stage.height / 2 - down);
  return kept({ ...view, x: centre.x, y: centre.y });
}

// The stage's centre never leaves the radiograph, so that it cannot get lost.
function kept(view) {
  const within = (value, most) => Math.min(most, Math.max(0, value));
  return { ...view, x: within(view.x, view.picture.width), y: within(view.y, view.picture.height) };
}

// What filled the stage before a change still does after it; any other scale stays.
function refilled(before, after) {
  const filled = Math.abs(before.scale / fitScale(before) - 1) < 1e-6;
  return filled ? { ...after, scale: fitScale(after) } : after;
}

function restaged(view, stage) {
  return refilled(view, { ...view, stage });
}

function turned(view) {
  return refilled(view, { ...view, turn: (view.turn + 1) % 4 });
}

// Mirror what is seen left to right, however it is turned.
function mirrored(view) {
  const turn = view.turn % 2 ? (view.turn + 2) % 4 : view.turn;
  return { ...view, mirrored: !view.mirrored, turn };
}
