// Keys, caught before anything else on the page sees them, wherever the focus is; dead while one types.

const HELD = "h";
const KEYS = {
  ArrowRight: "next",
  ArrowLeft: "previous",
  z: "undo",
  c: "comment",
  w: "worklist",
  o: "overlay",
  i: "invert",
  a: "auto",
  d: "given",
  "+": "closer",
  "=": "closer",
  "-": "farther",
  0: "fit",
  1: "one",
  t: "turn",
  m: "mirror",
  r: "reset",
  b: "box",
  q: "arrow",
  p: "point",
  e: "edit",
  Delete: "erase",
  Backspace: "erase",
  v: "marks",
  s: "beside",
  "?": "help",
};
const HELP = [
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
const PAN_STEP = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
const TYPING = "textarea, select, input:not([type=range], [type=checkbox], [type=radio], [type=button]), [contenteditable]";
const OWN_ARROWS = "input[type=range], input[type=radio], [role=slider], [role=radio], [role=tab], [role=option], [role=menuitem]";

function onKey(room, event) {
  const target = event.composedPath()[0];
  const on = (selector) => Boolean(target.closest?.(selector));
  if (event.key === "Escape") return escape(room, target);
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || on(TYPING)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const arrow = key.startsWith("Arrow");
  if (arrow && on(OWN_ARROWS)) return;
  const does = room.shown.verdicts[key] ?? KEYS[key];
  if (arrow && event.shiftKey) pan(room, ...PAN_STEP[key]);
  else if (key === HELD) hold(room, true);
  else if (!does) return;
  else if (!event.repeat || ["closer", "farther"].includes(does)) perform(room, does);
  event.preventDefault();
  event.stopImmediatePropagation();
}

function onKeyUp(room, event) {
  if (event.key.toLowerCase() === HELD) hold(room, false);
}

function escape(room, target) {
  if (target.closest?.(".st-key-comment")) target.blur();
  else if (target === room.field) room.field.blur();
  else if (!room.help.hidden) room.help.hidden = true;
  else dropTool(room);
}
