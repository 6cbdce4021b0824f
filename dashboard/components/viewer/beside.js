// A second picture beside the radiograph: another of its study, one before or after it, or its own with the overlay.
// Zoom, pan, turn and mirror are linked; a verdict is always of the first, which says so.

function besides(room) {
  const overlay = room.shown.heat ? [{ entry: "overlay", label: "Overlay" }] : [];
  const found = room.shown.beside.map(({ entry, label }) => ({ entry: String(entry), label }));
  return room.shown.studied ? [...found, ...overlay] : [...overlay, ...found];
}

function toggleBeside(room) {
  if (room.ahead) return;
  const [first] = besides(room);
  if (!room.beside && !first) return notice(room, "There is nothing to lay beside it.");
  layBeside(room, room.beside ? null : first.entry);
}

function layBeside(room, entry) {
  Object.assign(room, { beside: entry, besideWindow: null });
  room.second.hidden = room.tag.hidden = !entry;
  room.buttons.beside.ariaPressed = String(Boolean(entry));
  room.choice.replaceChildren(...besides(room).map(({ entry: value, label }) => new Option(label, value)));
  if (entry) room.choice.value = entry;
  supplied(room);
  redraw(room);
}

function besideEntry(room) {
  if (!room.beside) return null;
  return room.beside === "overlay" ? room.shown.entry : Number(room.beside);
}

// The same part of the other picture, as large beside its fit as the first is beside its own.
function linked(view, picture, stage) {
  const other = { ...view, picture, stage };
  other.x = (view.x / view.picture.width) * picture.width;
  other.y = (view.y / view.picture.height) * picture.height;
  return { ...other, scale: (view.scale / fitScale(view)) * fitScale(other) };
}

function drawBeside(room) {
  if (!room.beside) return;
  const { companion, second } = room;
  const item = stock.get(besideEntry(room));
  const dense = window.devicePixelRatio;
  const [width, height] = [second.clientWidth, second.clientHeight].map((side) => Math.round(side * dense));
  companion.hidden = !item?.levels;
  sayInstead(room.absence, item);
  if (!item?.levels || !width || !height) return;
  if (companion.width !== width || companion.height !== height || !room.besideFrame) {
    Object.assign(companion, { width, height });
    Object.assign(companion.style, { width: `${width / dense}px`, height: `${height / dense}px` });
    room.besideFrame = companion.getContext("2d", { alpha: false }).createImageData(width, height);
  }
  const isOwn = room.beside === "overlay";
  const [{ width: across, height: down }] = item.levels;
  const view = linked(room.view, { width: across, height: down }, { width, height });
  const range = isOwn ? room.window : (room.besideWindow ??= item.window);
  render(room.besideFrame, view, item.levels, greys(range, room.inverted), isOwn && room.shown.heat ? tinted(room) : null);
  companion.getContext("2d").putImageData(room.besideFrame, 0, 0);
  second.dataset.view = [view.scale, view.x, view.y, view.turn, Number(view.mirrored)].join(" ");
  second.dataset.entry = room.beside;
}

// A drag over the second picture windows that one, where it is another radiograph.
function dragBeside(room, right, down) {
  const item = stock.get(besideEntry(room));
  if (room.beside === "overlay") return dragWindow(room, right, down);
  if (!item?.levels) return;
  room.besideWindow = shifted(room, item, room.besideWindow ?? item.window, right, down);
  redraw(room);
}
