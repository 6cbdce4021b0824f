// The room that a radiograph is read in: what is on the stage, and what the reader does to it.

const open = new Set();
const taste = { colours: "inferno", opacity: 55, threshold: null, contour: false }; // stays from case to case
const PRESETS = { auto: [0.01, 0.99], bone: [0.5, 0.999], soft: [0.01, 0.75], full: null }; // shares of the pixels seen
const ZOOM_STEP = 1.25;

function enter(root) {
  const find = (name) => root.querySelector(name);
  const names = ["viewer", "stage", "radiograph", "message", "note", "help", "size", "windowing", "overlaying", "layer", "field", "hand"];
  names.push("second", "companion", "absence", "choice", "tag");
  const parts = Object.fromEntries(names.map((name) => [name, find(`.${name}`)]));
  const sliders = Object.fromEntries(["level", "width", "opacity", "threshold"].map((name) => [name, find(`.${name}`)]));
  const buttons = Object.fromEntries([...root.querySelectorAll("button")].map((each) => [each.dataset.does, each]));
  const room = { ...parts, ...sliders, buttons, root, shown: null, view: null, window: null, leaving: 0, deaf: 0, calls: 0 };
  Object.assign(room, { tool: null, picked: null, drawing: null, markless: false, beside: null, ahead: null });
  room.ramp = find(".ramp");
  room.tick = find(".tick");
  room.values = find(".window");
  room.shade = find(".colours");
  room.pen = room.radiograph.getContext("2d", { alpha: false });
  for (const [does, button] of Object.entries(buttons)) button.onclick = () => perform(room, does);
  room.level.oninput = room.width.oninput = () => slideWindow(room);
  room.opacity.oninput = () => prefer(room, { opacity: Number(room.opacity.value) });
  room.threshold.oninput = () => prefer(room, { threshold: Number(room.threshold.value) });
  for (const slider of Object.values(sliders)) slider.onpointerup = () => slider.blur(); // the arrows walk again
  for (const name of Object.keys(MAPS)) room.shade.append(swatch(room, name));
  room.field.onblur = () => keepNote(room);
  room.field.onkeydown = ({ key }) => void (key === "Enter" && room.field.blur()); // false would swallow the letter
  room.choice.onchange = () => (layBeside(room, room.choice.value), room.choice.blur());
  listenToHands(room, room.stage);
  listenToHands(room, room.second);
  const listeners = {
    keydown: (event) => onKey(room, event),
    keyup: (event) => onKeyUp(room, event),
    blur: () => hold(room, false),
    click: (event) => onClick(room, event),
    resize: () => refit(room),
  };
  for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name, listener, true);
  room.leave = () => {
    for (const [name, listener] of Object.entries(listeners)) window.removeEventListener(name, listener, true);
    room.watch.disconnect();
    open.delete(room);
  };
  room.watch = new ResizeObserver(() => refit(room));
  room.watch.observe(room.stage);
  open.add(room);
  return room;
}

// From where the viewer stands down to the window's end, so that radiograph and controls are seen without scrolling.
function refit(room) {
  const scrolled = document.querySelector('[data-testid="stMain"]')?.scrollTop ?? 0;
  const above = Math.max(0, room.viewer.getBoundingClientRect().top + scrolled);
  room.viewer.style.setProperty("--above", `${above}px`);
  const dense = window.devicePixelRatio;
  const [width, height] = [room.stage.clientWidth, room.stage.clientHeight].map((side) => Math.round(side * dense));
  if (!width || !height || (room.radiograph.width === width && room.radiograph.height === height)) return;
  room.radiograph.width = width;
  room.radiograph.height = height;
  Object.assign(room.radiograph.style, { width: `${width / dense}px`, height: `${height / dense}px` }); // pixel for pixel
  room.frame = room.pen.createImageData(width, height);
  if (room.view) room.view = restaged(room.view, { width, height });
  draw(room);
}

function show(room, shown, tell) {
  const before = room.shown;
  room.shown = shown;
  room.stage.dataset.advances = shown.advances;
  room.tell = tell;
  if (before?.entry !== shown.entry) {
    room.leaving = 0;
    if (room.ahead !== shown.entry) enterCase(room, null);
  }
  if (before?.case !== shown.case) {
    const asked = room.ahead === shown.entry && (shown.heat || shown.overlayNote); // by a key, on the step to it
    if (!asked) Object.assign(room, { overlaid: false, held: false }); // the untouched radiograph is what opens first
    if (room.beside) layBeside(room, null);
    room.buttons.overlay.disabled = !shown.heat && !shown.overlayNote;
    taste.threshold ??= Math.round(shown.threshold * 100);
  }
  if (before?.draft !== shown.draft) (layDown(room), redraw(room)); // also where another reader has sat down
  told(room, shown);
  if (room.ahead && !room.leaving) room.ahead === shown.entry ? (room.ahead = null) : enterCase(room, null);
  refit(room);
  supplied(room);
  if (!before && deeds.length) tell(room); // asked for in a room that is gone
}

// Another radiograph comes on the stage, as it is given: `ahead` is one that the server does not know of yet, on which
// nothing can be said so far.
function enterCase(room, ahead) {
  Object.assign(room, { ahead, view: null, window: null, inverted: false, overlaid: false, held: false, since: null });
  layDown(room);
}

// A step is shown before the server has made it, where nothing else is waiting to be done and the radiograph is here.
function lookAhead(room, entry) {
  if (deeds.length > 1 || !stock.get(entry)?.levels) return;
  if (room.beside) layBeside(room, null);
  enterCase(room, entry);
  draw(room);
}

function onStage(room) {
  return room.shown && stock.get(room.ahead ?? room.shown.entry);
}

// Something came in: show it if it was waited for, and ask for what is still missing.
function supplied(room) {
  if (!room.shown) return;
  if (room.stage.dataset.case !== room.shown.case) draw(room);
  room.stage.dataset.fetched = room.shown.ahead.filter((entry) => stock.has(entry)).length;
  if (!room.leaving) want([room.shown.entry, besideEntry(room), ...room.shown.ahead].filter((entry) => entry !== null));
  if (room.beside) redraw(room);
}

function draw(room) {
  const { shown, radiograph, stage } = room;
  const item = onStage(room);
  sayInstead(room.message, item);
  if (!item?.levels || !room.frame) {
    radiograph.hidden = true;
    room.layer.replaceChildren();
    delete stage.dataset.case;
    return;
  }
  const size = { width: radiograph.width, height: radiograph.height };
  room.view ??= fitted({ width: item.levels[0].width, height: item.levels[0].height }, size);
  room.window ??= item.window;
  const lit = (room.overlaid || room.held) && shown.heat && !room.ahead;
  render(room.frame, room.view, item.levels, greys(room.window, room.inverted), lit ? tinted(room) : null);
  room.pen.putImageData(room.frame, 0, 0);
  radiograph.hidden = false;
  room.since ??= performance.now();
  stage.dataset.entry = room.ahead ?? shown.entry;
  if (room.ahead) delete stage.dataset.case;
  else stage.dataset.case = shown.case;
  drawMarks(room);
  drawBeside(room);
  tellState(room, item);
}

function tinted({ shown }) {
  const { opacity, threshold, contour, colours } = taste;
  return { heat: shown.heat, colours: MAPS[colours], opacity: opacity / 100, threshold: threshold / 100, contour };
}

// At most one frame for each of the screen's, whatever the hands do.
function redraw(room) {
  room.waiting ??= requestAnimationFrame(() => {
    room.waiting = null;
    draw(room);
  });
}

function look(room, view) {
  room.view = view;
  redraw(room);
}

function prefer(room, changes) {
  Object.assign(taste, changes);
  redraw(room);
}

function hold(room, held) {
  if (Boolean(room.held) === held) return;
  room.held = held;
  redraw(room);
}

function pan(room, right, down) {
  if (room.view) look(room, panned(room.view, right, down));
}

function slideWindow(room) {
  if (!room.view) return;
  room.window = ranged(onStage(room).most, Number(room.level.value), Number(room.width.value));
  redraw(room);
}

function dragWindow(room, right, down) {
  room.window = shifted(room, onStage(room), room.window, right, down);
  redraw(room);
}

// The whole stage's side is worth the window as it is given: fine for a narrow one, quick for a wide one.
function shifted(room, { window: given, most }, { low, high }, right, down) {
  const worth = (given.high - given.low) / room.view.stage.height;
  return ranged(most, (low + high) / 2 + down * worth, high - low + 2 * right * worth);
}

function ranged(most, level, width) {
  const half = Math.min(2 * most, Math.max(1, width)) / 2;
  const centre = Math.min(most, Math.max(0, level));
  return { low: centre - half, high: centre + half };
}

function preset(room, name) {
  const item = onStage(room);
  if (name === "given") room.window = item.window;
  else if (name === "full") room.window = { low: 0, high: item.most };
  else room.window = spread(item.levels, PRESETS[name], seen(room.view)) ?? room.window;
  redraw(room);
}

function perform(room, does) {
  const { view, shown } = room;
  const local = {
    overlay: () => (room.ahead || !room.buttons.overlay.disabled) && (room.overlaid = !room.overlaid),
    contour: () => (taste.contour = !taste.contour),
    invert: () => (room.inverted = !room.inverted),
    fit: () => (room.view = fitted(view.picture, view.stage, view.turn, view.mirrored)),
    one: () => (room.view = zoomed(view, 1)),
    closer: () => (room.view = zoomed(view, view.scale * ZOOM_STEP)),
    farther: () => (room.view = zoomed(view, view.scale / ZOOM_STEP)),
    turn: () => (room.view = turned(view)),
    mirror: () => (room.view = mirrored(view)),
    marks: () => (room.markless = !room.markless),
    reset: () => Object.assign(room, { view: null, window: null, inverted: false }),
  };
  if (does === "help") help(room);
  else if (TOOLS.includes(does)) takeTool(room, does);
  else if (does === "beside") view && toggleBeside(room);
  else if (does === "edit") writeNote(room);
  else if (does === "erase") erase(room);
  else if (does === "comment") document.querySelector(".st-key-comment textarea")?.focus();
  else if (does in local) {
    if (view) local[does]();
    redraw(room);
  } else if (does in PRESETS || does === "given") {
    if (view) preset(room, does);
  } else tellServer(room, does);
}

const rooms = new WeakMap();

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const sent = unpack(data);
  if (sent.role === "supply") return supply(component, sent);
  const room = rooms.get(parentElement) ?? enter(parentElement);
  rooms.set(parentElement, room);
  const call = ++room.calls;
  if (sent.heat) sent.heat.values = new Float32Array(sent.body);
  show(room, sent, setStateValue);
  return () => {
    if (call !== room.calls) return; // Streamlit also calls the cleanup of a run that a newer one has overtaken
    room.leave();
    rooms.delete(parentElement);
  };
}
