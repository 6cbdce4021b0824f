// The controls below the stage: they say what is on it, and what was asked for in vain.

const NOTICE_MS = 2500;

function tellState(room, item) {
  const { shown, view } = room;
  const asked = Boolean((room.overlaid || room.held) && !room.ahead);
  const { low, high } = room.window;
  room.radiograph.ariaLabel = room.ahead ? "The radiograph that comes next" : shown.alt;
  room.stage.dataset.overlay = String(Boolean(asked && shown.heat));
  room.stage.dataset.view = [view.scale, view.x, view.y, view.turn, Number(view.mirrored)].join(" ");
  room.stage.dataset.window = `${low} ${high}`;
  const tints = asked || room.beside === "overlay";
  if (!room.notice) room.note.textContent = tints ? shown.overlayNote : "";
  room.windowing.hidden = tints;
  room.overlaying.hidden = !tints;
  room.buttons.overlay.ariaPressed = String(asked);
  room.buttons.invert.ariaPressed = String(room.inverted);
  room.buttons.contour.ariaPressed = String(taste.contour);
  room.size.textContent = `${Math.round(view.scale * 100)} % of ${view.picture.width} × ${view.picture.height}`;
  const steps = { min: 0, max: item.most, step: 1 };
  Object.assign(room.level, steps, { value: (low + high) / 2 });
  Object.assign(room.width, steps, { min: 1, value: high - low });
  room.values.value = `L ${Math.round((low + high) / 2)} W ${Math.round(high - low)}`;
  for (const name of ["opacity", "threshold"]) {
    room[name].value = taste[name];
    room[name].nextElementSibling.value = `${taste[name]} %`;
  }
  room.ramp.style.background = gradient(taste.colours);
  room.tick.style.left = `${taste.threshold}%`;
  for (const each of room.shade.children) each.ariaPressed = String(each.title === taste.colours);
}

// Where a picture would be: why there is none; or, once that has taken a while, that it is on its way.
function sayInstead(place, item) {
  place.textContent = item ? (item.message ?? "") : "Loading";
  place.hidden = !place.textContent;
  place.classList.toggle("awaited", !item);
}

function gradient(name) {
  const stops = [0, 32, 64, 96, 128, 160, 192, 224, 255].map((at) => `rgb(${MAPS[name].slice(3 * at, 3 * at + 3)})`);
  return `linear-gradient(to right, ${stops.join(",")})`;
}

function swatch(room, name) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", title: name, ariaLabel: name, onclick: () => prefer(room, { colours: name }) });
  button.style.background = gradient(name);
  return button;
}

function notice(room, words) {
  room.note.textContent = words;
  clearTimeout(room.notice);
  room.notice = setTimeout(() => {
    room.notice = null;
    draw(room);
  }, NOTICE_MS);
}

function help(room) {
  const list = room.help.querySelector("dl");
  const verdicts = Object.entries(room.shown.verdicts).map(([key, name]) => [key.toUpperCase(), name.replace("_", " ")]);
  list.replaceChildren(
    ...[...verdicts, ...HELP].flatMap((pair) =>
      pair.map((words, at) => Object.assign(document.createElement(at ? "dd" : "dt"), { textContent: words })),
    ),
  );
  room.help.hidden = !room.help.hidden;
}
