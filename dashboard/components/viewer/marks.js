// What the reader draws: boxes, arrows, points, each with a note if they want one. Marks are kept in the radiograph's own
// coordinates, so that they lie where they were drawn however it is zoomed, turned or mirrored. Until a verdict carries
// them to the server they are this reader's drafts, kept by this tab, also where the page is loaded again.

const TOOLS = ["box", "arrow", "point"];
const MOST_MARKS = 50;
const REACH = 7; // CSS pixels around a line that take hold of it
const LEAST = 5; // CSS pixels; what is drawn smaller was a slip of the hand
const DRAFTS = "fracture-review-drafts";
const drafts = new Map(JSON.parse(sessionStorage.getItem(DRAFTS) ?? "[]").map(([of, marks]) => [of, { marks, carried: 0 }]));

function marksOn({ shown }) {
  return drafts.get(shown.draft)?.marks ?? shown.marks;
}

// `carried`: the number of the deed that took them to the server, or 0.
function keepDraft({ shown }, marks, carried = 0) {
  if (marks) drafts.set(shown.draft, { marks, carried });
  else drafts.delete(shown.draft);
  sessionStorage.setItem(DRAFTS, JSON.stringify([...drafts].map(([of, draft]) => [of, draft.marks])));
}

// For a deed of this number: what is drawn, which it takes along.
function carried(room, number) {
  if (drafts.has(room.shown.draft)) keepDraft(room, marksOn(room), number);
  return marksOn(room);
}

// A verdict is taken back: what was drawn for it stays until there is another.
function keepMarks(room) {
  keepDraft(room, marksOn(room));
}

// What has come to the server is the server's from now on; what was drawn while a verdict was on its way follows it.
function settleMarks(room) {
  const { draft: of, done, missed, stands } = room.shown;
  const draft = drafts.get(of);
  if (!draft || !stands || missed) return;
  if (!draft.carried && !deeds.length) tellServer(room, "marks");
  else if (draft.carried && draft.carried <= done) keepDraft(room, null);
}

function change(room, marks) {
  keepDraft(room, marks);
  if (room.shown.stands) tellServer(room, "marks");
  redraw(room);
}

function takeTool(room, tool) {
  if (!room.shown.draws || !room.view || room.ahead) return;
  if (marksOn(room).length >= MOST_MARKS) return notice(room, `At most ${MOST_MARKS} marks. Take some away.`);
  room.tool = room.tool === tool ? null : tool;
  room.picked = null;
  room.markless = false;
  redraw(room);
}

// Nothing is in hand any more, and all marks are in sight.
function layDown(room) {
  Object.assign(room, { tool: null, picked: null, drawing: null, markless: false });
  room.field.hidden = true;
}

// Step by step back to nothing in hand.
function dropTool(room) {
  if (room.drawing) room.drawing = null;
  else if (room.tool) room.tool = null;
  else room.picked = null;
  redraw(room);
}

function within(view, point) {
  const keep = (value, most) => Math.round(10 * Math.min(most, Math.max(0, value))) / 10;
  return { x: keep(point.x, view.picture.width), y: keep(point.y, view.picture.height) };
}

// A hand comes down on the stage: true where it is there to draw, or takes hold of a mark.
function grasp(room, at) {
  const point = within(room.view, toImage(room.view, at.x, at.y));
  if (room.tool) {
    room.drawing = { index: marksOn(room).length, part: "end", from: at, mark: markAt(room.tool, point) };
    redraw(room);
    return true;
  }
  const found = room.markless || room.ahead || !room.shown.draws ? null : hit(room, at);
  const before = room.picked;
  room.picked = found?.index ?? null;
  if (found) room.drawing = { ...found, from: at, mark: marksOn(room)[found.index], moved: false };
  if (found || before !== null) redraw(room);
  return Boolean(found);
}

function markAt(kind, { x, y }) {
  return { kind, x, y, x2: x, y2: y, note: "" };
}

function drag(room, at) {
  const { drawing, view } = room;
  if (!drawing) return;
  const { mark, part } = drawing;
  const point = within(view, toImage(view, at.x, at.y));
  if (mark.kind === "point") drawing.mark = { ...markAt("point", point), note: mark.note };
  else if (part === "end") drawing.mark = { ...mark, x2: point.x, y2: point.y };
  else if (part === "start") drawing.mark = { ...mark, x: point.x, y: point.y };
  else if (part === "across") drawing.mark = { ...mark, x2: point.x, y: point.y };
  else if (part === "down") drawing.mark = { ...mark, x: point.x, y2: point.y };
  else {
    const start = toImage(view, drawing.from.x, drawing.from.y);
    const bounded = (by, one, other, most) => Math.min(most - Math.max(one, other), Math.max(-Math.min(one, other), by));
    const right = bounded(point.x - start.x, mark.x, mark.x2, view.picture.width);
    const down = bounded(point.y - start.y, mark.y, mark.y2, view.picture.height);
    drawing.mark = { ...mark, x: mark.x + right, x2: mark.x2 + right, y: mark.y + down, y2: mark.y2 + down };
    drawing.from = at;
  }
  drawing.moved = true;
  redraw(room);
}

// The hand goes up: what it drew or moved stays, unless it is too small to have been meant.
function drop(room) {
  const { drawing, view } = room;
  room.drawing = null;
  if (!drawing) return;
  const { index, mark, moved } = drawing;
  const isNew = index === marksOn(room).length;
  const dense = window.devicePixelRatio;
  const sides = [Math.abs(mark.x2 - mark.x), Math.abs(mark.y2 - mark.y)].map((side) => (side * view.scale) / dense);
  const isSmall = mark.kind === "box" ? Math.min(...sides) < LEAST : Math.hypot(...sides) < LEAST;
  if (mark.kind !== "point" && isSmall) return redraw(room);
  if (!isNew && !moved) return redraw(room);
  const rounded = { ...mark };
  for (const name of ["x", "y", "x2", "y2"]) rounded[name] = Math.round(10 * mark[name]) / 10;
  change(room, Object.assign([...marksOn(room)], { [index]: straightened(rounded) }));
  Object.assign(room, { picked: index, tool: null });
  if (isNew && mark.kind === "point") writeNote(room);
}

function straightened(mark) {
  if (mark.kind !== "box") return mark;
  const [x, x2] = [mark.x, mark.x2].sort((one, other) => one - other);
  const [y, y2] = [mark.y, mark.y2].sort((one, other) => one - other);
  return { ...mark, x, y, x2, y2 };
}

function letGo(room) {
  room.drawing = null;
  redraw(room);
}

function erase(room) {
  if (room.picked === null || !room.shown.draws) return;
  const rest = marksOn(room).filter((_, index) => index !== room.picked);
  room.picked = null;
  change(room, rest);
}

// The mark under the hand: by an end or a corner, else by its line; the last drawn lies on top.
function hit(room, at) {
  const reach = REACH * window.devicePixelRatio;
  const marks = marksOn(room);
  for (let index = marks.length - 1; index >= 0; index--) {
    const mark = marks[index];
    const [start, end] = ends(room.view, mark);
    const corners = { start, end };
    if (mark.kind === "box") {
      corners.across = toStage(room.view, mark.x2, mark.y);
      corners.down = toStage(room.view, mark.x, mark.y2);
    }
    for (const [part, corner] of Object.entries(corners)) {
      if (Math.hypot(corner.x - at.x, corner.y - at.y) <= reach) return { index, part };
    }
    const { across, down } = corners;
    const lines = mark.kind === "box" ? [[start, across], [across, end], [end, down], [down, start]] : [[start, end]];
    if (lines.some(([one, other]) => apart(at, one, other) <= reach)) return { index, part: "whole" };
  }
  return null;
}

function apart(point, one, other) {
  const [x, y] = [other.x - one.x, other.y - one.y];
  const along = ((point.x - one.x) * x + (point.y - one.y) * y) / (x * x + y * y || 1);
  const share = Math.min(1, Math.max(0, along));
  return Math.hypot(point.x - one.x - share * x, point.y - one.y - share * y);
}

function drawMarks(room) {
  const { shown, layer, view, drawing } = room;
  const hidden = room.markless || room.ahead;
  const [marks, others] = hidden ? [[], []] : [[...marksOn(room)], shown.others];
  if (drawing) marks[drawing.index] = drawing.mark;
  const held = drawing?.index ?? room.picked;
  layer.replaceChildren(
    ...others.map((mark) => shape(view, mark, "other")),
    ...marks.map((mark, index) => shape(view, mark, index === held ? "picked" : "")),
  );
  room.stage.classList.toggle("drawing", Boolean(room.tool));
  room.stage.dataset.marks = marks.length;
  for (const tool of TOOLS) {
    room.buttons[tool].ariaPressed = String(room.tool === tool);
    room.buttons[tool].disabled = !shown.draws;
  }
  room.hand.hidden = room.picked === null || !shown.draws;
  if (!room.field.hidden) placeField(room);
}

// The note of the mark in hand, written where the mark is; Enter and Escape leave it, and it is kept.
function writeNote(room) {
  const mark = marksOn(room)[room.picked];
  if (!mark || !room.shown.draws) return;
  room.field.value = mark.note;
  room.field.hidden = false;
  placeField(room);
  room.field.focus();
}

function placeField(room) {
  const mark = marksOn(room)[room.picked];
  if (!mark) return;
  const dense = window.devicePixelRatio;
  const [start, end] = ends(room.view, mark);
  const place = (value, most) => `${Math.max(4, Math.min(most, value))}px`;
  room.field.style.left = place(Math.max(start.x, end.x) / dense + 8, room.stage.clientWidth - 220);
  room.field.style.top = place(Math.min(start.y, end.y) / dense - 12, room.stage.clientHeight - 34);
}

function keepNote(room) {
  const { picked, field } = room;
  const mark = marksOn(room)[picked];
  field.hidden = true;
  const note = field.value.trim();
  if (mark && note !== mark.note) change(room, Object.assign([...marksOn(room)], { [picked]: { ...mark, note } }));
  room.stage.focus({ preventScroll: true });
}
