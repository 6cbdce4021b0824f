// What the reader draws: boxes, arrows, points, each with a note if they want one.

import { submitAction } from "./actions.js";
import { marksOf, saveDraft } from "./drafts.js";
import { draggedMark, finishedMark, imagePoint, isSlip, markUnder, newMark } from "./mark_geometry.js";
import { notice } from "./notices.js";
import { markEnds, markShape } from "./shapes.js";
import { requestRedraw } from "./stage.js";

export const TOOLS = ["box", "arrow", "point"];
const MAX_MARKS = 50;

// Keep what is drawn: as a draft, and at the server at once where it has a verdict.
function saveMarks(viewer, marks) {
  saveDraft(viewer, marks);
  if (viewer.current.hasVerdict) submitAction(viewer, "marks");
  requestRedraw(viewer);
}

export function toggleTool(viewer, tool) {
  if (!viewer.current.mayDraw || !viewer.view || viewer.aheadEntry) return;
  if (marksOf(viewer).length >= MAX_MARKS) {
    notice(viewer, `At most ${MAX_MARKS} marks. Take some away.`);
    return;
  }
  Object.assign(viewer, { tool: viewer.tool === tool ? null : tool, selected: null, marksHidden: false });
  requestRedraw(viewer);
}

// Step by step back to no tool and nothing selected.
export function cancelMark(viewer) {
  if (viewer.markDrag) viewer.markDrag = null;
  else if (viewer.tool) viewer.tool = null;
  else viewer.selected = null;
  requestRedraw(viewer);
}

// The pointer comes down on the stage: true where it draws a mark, or takes hold of one.
export function startMarkDrag(viewer, pointer) {
  if (viewer.tool) {
    const mark = newMark(viewer.tool, imagePoint(viewer.view, pointer));
    viewer.markDrag = { index: marksOf(viewer).length, part: "end", from: pointer, mark };
    requestRedraw(viewer);
    return true;
  }
  const isTouchable = !viewer.marksHidden && !viewer.aheadEntry && viewer.current.mayDraw;
  const found = isTouchable ? markUnder(viewer.view, marksOf(viewer), pointer) : null;
  if (found || viewer.selected !== null) requestRedraw(viewer);
  viewer.selected = found?.index ?? null;
  if (found) viewer.markDrag = { ...found, from: pointer, mark: marksOf(viewer)[found.index], hasMoved: false };
  return Boolean(found);
}

export function continueMarkDrag(viewer, pointer) {
  const { markDrag, view } = viewer;
  if (!markDrag) return;
  markDrag.mark = draggedMark(view, markDrag, pointer);
  Object.assign(markDrag, { from: pointer, hasMoved: true });
  requestRedraw(viewer);
}

// The pointer goes up: what it drew or moved is kept, unless it is too small to have been meant.
export function finishMarkDrag(viewer) {
  const { markDrag } = viewer;
  viewer.markDrag = null;
  if (!markDrag) return;
  const { index, mark, hasMoved } = markDrag;
  const isNew = index === marksOf(viewer).length;
  if (isSlip(viewer.view, mark) || (!isNew && !hasMoved)) {
    requestRedraw(viewer);
    return;
  }
  saveMarks(viewer, Object.assign([...marksOf(viewer)], { [index]: finishedMark(mark) }));
  Object.assign(viewer, { selected: index, tool: null });
  if (isNew && mark.kind === "point") editNote(viewer);
}

export function abortMarkDrag(viewer) {
  viewer.markDrag = null;
  requestRedraw(viewer);
}

export function eraseMark(viewer) {
  const { selected } = viewer;
  if (selected === null || !viewer.current.mayDraw) return;
  viewer.selected = null;
  saveMarks(viewer, marksOf(viewer).filter((_, index) => index !== selected));
}

export function drawMarks(viewer) {
  const { current, markLayer, view, markDrag } = viewer;
  const isHidden = viewer.marksHidden || viewer.aheadEntry;
  const [marks, otherMarks] = isHidden ? [[], []] : [[...marksOf(viewer)], current.otherMarks];
  if (markDrag) marks[markDrag.index] = markDrag.mark;
  const selected = markDrag?.index ?? viewer.selected;
  markLayer.replaceChildren(
    ...otherMarks.map((mark) => markShape(view, mark, "other")),
    ...marks.map((mark, index) => markShape(view, mark, index === selected ? "selected" : "")),
  );
  viewer.stage.classList.toggle("drawing", Boolean(viewer.tool));
  viewer.stage.dataset.marks = marks.length;
  for (const tool of TOOLS) {
    viewer.buttons[tool].ariaPressed = String(viewer.tool === tool);
    viewer.buttons[tool].disabled = !current.mayDraw;
  }
  viewer.markButtons.hidden = viewer.selected === null || !current.mayDraw;
  if (!viewer.noteField.hidden) placeNoteField(viewer);
}

// Edit the note of the selected mark, where the mark is; Enter and Escape leave the field, and the note is kept.
export function editNote(viewer) {
  const mark = marksOf(viewer)[viewer.selected];
  if (!mark || !viewer.current.mayDraw) return;
  viewer.noteField.value = mark.note;
  viewer.noteField.hidden = false;
  placeNoteField(viewer);
  viewer.noteField.focus();
}

function placeNoteField(viewer) {
  const { noteField, stage, view } = viewer;
  const mark = marksOf(viewer)[viewer.selected];
  if (!mark) return;
  const ratio = window.devicePixelRatio;
  const [start, end] = markEnds(view, mark);
  const place = (value, high) => `${Math.max(4, Math.min(high, value))}px`;
  noteField.style.left = place(Math.max(start.x, end.x) / ratio + 8, stage.clientWidth - 220);
  noteField.style.top = place(Math.min(start.y, end.y) / ratio - 12, stage.clientHeight - 34);
}

export function saveNote(viewer) {
  const { selected, noteField } = viewer;
  const mark = marksOf(viewer)[selected];
  noteField.hidden = true;
  const note = noteField.value.trim();
  if (mark && note !== mark.note) saveMarks(viewer, Object.assign([...marksOf(viewer)], { [selected]: { ...mark, note } }));
  viewer.stage.focus({ preventScroll: true });
}
