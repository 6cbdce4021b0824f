// One slider for each strength. While one moves its value is sent at most every SEND_MS milliseconds, the last one always.

const SEND_MS = 80;

const format = (input) => Number(input.value).toFixed(Number(input.max) > 10 ? 0 : 2);

function createSlider({ name, label, value, high, step }, onMove) {
  const row = document.createElement("label");
  const text = document.createElement("span");
  const output = document.createElement("output");
  const input = document.createElement("input");
  text.textContent = label;
  Object.assign(input, { type: "range", min: 0, max: high, step, name });
  input.value = value;
  input.setAttribute("aria-label", label);
  output.textContent = format(input);
  input.addEventListener("input", () => {
    output.textContent = format(input);
    onMove();
  });
  row.append(text, output, input);
  return row;
}

function showSliders(parent, sliders, onMove) {
  const box = document.createElement("div");
  box.className = "strengths";
  box.append(...sliders.map((slider) => createSlider(slider, onMove)));
  parent.querySelector(".strengths")?.remove();
  parent.append(box);
  return box;
}

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const state = (parentElement.strengths ??= { round: null, timer: null, sentAt: 0 });
  state.send = () => {
    const inputs = [...state.box.querySelectorAll("input")];
    const strengths = Object.fromEntries(inputs.map(({ name, value }) => [name, Number(value)]));
    state.sentAt = Date.now();
    setStateValue("values", { round: state.round, strengths });
  };
  if (state.round === data.round) return; // the reader is ahead of the server: what they set stays
  state.round = data.round;
  state.box = showSliders(parentElement, data.sliders, () => {
    clearTimeout(state.timer);
    const wait = SEND_MS - (Date.now() - state.sentAt);
    if (wait <= 0) state.send();
    else state.timer = setTimeout(() => state.send(), wait);
  });
}
