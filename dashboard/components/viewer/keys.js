// The keys of the review screen, and what a pressed key means.

const HOLD_KEY = "h";
const COMMANDS = {
  ArrowRight: "next",
  ArrowLeft: "previous",
  z: "undo",
  c: "comment",
  w: "worklist",
  o: "overlay",
  i: "invert",
  a: "auto",
  d: "given",
  "+": "zoomIn",
  "=": "zoomIn",
  "-": "zoomOut",
  0: "fit",
  1: "actualSize",
  t: "turn",
  m: "mirror",
  r: "reset",
  b: "box",
  q: "arrow",
  p: "point",
  e: "editNote",
  Delete: "eraseMark",
  Backspace: "eraseMark",
  v: "toggleMarks",
  s: "sideBySide",
  "?": "help",
};
export const KEY_HELP = [
  ["→ ←", "next, previous"],
  ["Z", "take the verdict back"],
  ["C", "comment; Esc leaves it"],
  ["W", "worklist"],
  ["O", "overlay on, off"],
  ["hold H", "overlay while held"],
  ["I", "invert"],
  ["A D", "window: auto, as given"],
  ["+ − 0 1", "zoom; fit; 1:1"],
  ["Shift + arrows", "pan"],
  ["B Q P", "draw a box, an arrow, a point; Esc leaves it"],
  ["E Del", "the mark in hand: its note, take it away"],
  ["V", "marks on, off"],
  ["S", "side by side: another of the study, or the overlay"],
  ["T M", "turn, mirror the view"],
  ["R", "reset the view"],
  ["?", "this list"],
  ["wheel, pinch", "zoom at the pointer"],
  ["drag", "pan"],
  ["right drag", "window: across width, up and down level"],
];
const PAN_STEPS = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
const REPEATED = ["zoomIn", "zoomOut"]; // commands that a key held down repeats
const TEXT_FIELDS = "textarea, select, input:not([type=range], [type=checkbox], [type=radio], [type=button]), [contenteditable]";
const USES_ARROWS = "input[type=range], input[type=radio], [role=slider], [role=radio], [role=tab], [role=option], [role=menuitem]";

// What a key means that is pressed while `target` has the focus: null where it is not the viewer's, else
// { pan: [right, down] }, { hold: true }, { escape: true } or { command }; the command is null where a key held down
// is not to repeat it. `verdicts` gives the verdict of each verdict key.
export function interpretKey(event, target, verdicts) {
  if (event.key === "Escape") return { escape: true };
  if (isForOthers(event, target)) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.shiftKey && key in PAN_STEPS) return { pan: PAN_STEPS[key] };
  if (key === HOLD_KEY) return { hold: true };
  const command = verdicts[key] ?? COMMANDS[key];
  if (!command) return null;
  return { command: event.repeat && !REPEATED.includes(command) ? null : command };
}

// Whether the browser or the control with the focus gets the key.
function isForOthers(event, target) {
  const isIn = (selector) => Boolean(target.closest?.(selector));
  const hasModifier = event.ctrlKey || event.metaKey || event.altKey;
  return hasModifier || event.isComposing || isIn(TEXT_FIELDS) || (event.key in PAN_STEPS && isIn(USES_ARROWS));
}

export function isHoldKey(event) {
  return event.key.toLowerCase() === HOLD_KEY;
}
