// The radiograph, and on demand its overlay, drawn in one box with one fit, so that they cannot drift apart.
// The payload is one block of bytes: a little-endian uint32 length, that many bytes of JSON, then the pictures.

const rooms = new WeakMap();
const OWN_KEYS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown", "Enter", " "]);

function unpack(data) {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const rest = bytes.subarray(4 + length);
  const part = (place) => place && new Blob([rest.slice(place.start, place.end)], { type: place.type });
  return { ...header, radiograph: part(header.radiograph), overlay: part(header.overlay) };
}

function enter(root) {
  const find = (name) => root.querySelector(name);
  const room = {
    figure: find(".viewer"),
    stage: find(".stage"),
    radiograph: find(".radiograph"),
    overlay: find(".overlay"),
    message: find(".message"),
    toggle: find(".toggle"),
    note: find(".note"),
    controls: find(".controls"),
    opacity: find(".opacity"),
    percent: find(".percent"),
    colours: find(".colours"),
    ramp: find(".ramp"),
    tick: find(".tick"),
    size: find(".size"),
    urls: {},
    shown: null,
    wanted: false,
    calls: 0,
    ask: () => {},
  };
  room.toggle.onclick = () => want(room, !room.wanted);
  room.opacity.oninput = () => blend(room);
  room.colours.onchange = () => room.ask(room.colours.value);
  for (const control of [room.opacity, room.colours]) {
    control.addEventListener("keydown", (event) => OWN_KEYS.has(event.key) && event.stopPropagation());
  }
  room.onkey = (event) => {
    const inPage = event.composedPath()[0];
    const typing = inPage.isContentEditable || inPage.matches?.("textarea, input:not([type=range], [type=checkbox])");
    const combined = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
    if (event.key.toLowerCase() !== "o" || typing || combined || room.toggle.disabled) return;
    event.preventDefault();
    want(room, !room.wanted);
  };
  document.addEventListener("keydown", room.onkey);
  room.refit = () => fit(room);
  window.addEventListener("resize", room.refit);
  room.watch = new ResizeObserver(room.refit);
  room.watch.observe(room.figure);
  rooms.set(root, room);
  return room;
}

// From where the viewer stands down to the window's end, so that radiograph and controls are seen without scrolling.
function fit(room) {
  const scrolled = document.querySelector('[data-testid="stMain"]')?.scrollTop ?? 0;
  const above = Math.max(0, room.figure.getBoundingClientRect().top + scrolled);
  room.figure.style.setProperty("--above", `${above}px`);
}

// A picture of another case is taken off the screen at once; the new one appears when it is decoded.
function place(room, name, blob, identity) {
  const image = room[name];
  if (image.dataset.identity === identity) return;
  image.dataset.identity = identity;
  image.hidden = true;
  image.removeAttribute("src");
  if (room.urls[name]) URL.revokeObjectURL(room.urls[name]);
  delete room.urls[name];
  if (!blob) return;
  const url = URL.createObjectURL(blob);
  room.urls[name] = url;
  image.onload = () => {
    if (room.urls[name] === url) reveal(room);
  };
  image.src = url;
}

function reveal(room) {
  const ready = (name) => Boolean(room.urls[name]) && room[name].complete && room[name].naturalWidth > 0;
  room.radiograph.hidden = !ready("radiograph");
  room.overlay.hidden = !(room.wanted && ready("overlay") && ready("radiograph"));
  room.controls.hidden = room.overlay.hidden;
  room.toggle.setAttribute("aria-pressed", String(room.wanted));
  const { note, overlayNote } = room.shown;
  room.note.textContent = room.wanted ? overlayNote || (room.overlay.hidden ? "Drawing the overlay" : note) : "";
  room.stage.dataset.case = room.shown.case;
}

function blend(room) {
  room.overlay.style.opacity = String(room.opacity.value / 100);
  room.percent.value = `${room.opacity.value} %`;
}

function want(room, wanted) {
  room.wanted = wanted;
  if (wanted && !room.urls.overlay) room.ask(room.colours.value);
  reveal(room);
}

function show(room, shown, setStateValue) {
  fit(room);
  const changed = room.shown?.case !== shown.case;
  room.shown = shown;
  room.ask = (colours) => setStateValue("overlay", { case: shown.case, colours });
  if (changed) room.wanted = false; // the untouched radiograph is what opens first
  if (room.colours.options.length === 0) {
    for (const name of Object.keys(shown.ramps)) room.colours.add(new Option(name, name));
    room.opacity.value = shown.opacity;
    blend(room);
  }
  room.colours.value = shown.colours;
  room.ramp.style.background = `linear-gradient(to right, ${shown.ramps[shown.colours].join(",")})`;
  room.tick.style.left = `${shown.threshold * 100}%`;
  room.toggle.disabled = !shown.explained;
  room.radiograph.alt = shown.alt;
  room.overlay.alt = "Overlay of the evidence for a fracture";
  room.size.textContent = shown.size;
  room.message.textContent = shown.message;
  room.message.hidden = !shown.message;
  place(room, "radiograph", shown.radiograph, shown.radiograph ? `${shown.case}` : "none");
  place(room, "overlay", shown.overlay, shown.overlay ? `${shown.case} ${shown.colours}` : "none");
  reveal(room);
}

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const room = rooms.get(parentElement) ?? enter(parentElement);
  const call = ++room.calls;
  show(room, unpack(data), setStateValue);
  return () => {
    if (call !== room.calls) return; // Streamlit also calls the cleanup of a run that a newer one has overtaken
    document.removeEventListener("keydown", room.onkey);
    window.removeEventListener("resize", room.refit);
    room.watch.disconnect();
    for (const url of Object.values(room.urls)) URL.revokeObjectURL(url);
    rooms.delete(parentElement);
  };
}
