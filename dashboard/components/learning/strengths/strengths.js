// One slider a strength. While one moves its value is told at most every PAUSE milliseconds, the last one always.
const PAUSE = 80;

function draw(parent, sliders, tell) {
  const box = document.createElement("div");
  box.className = "strengths";
  for (const { name, label, value, high, step } of sliders) {
    const row = document.createElement("label");
    const text = document.createElement("span");
    const shown = document.createElement("output");
    const input = document.createElement("input");
    text.textContent = label;
    Object.assign(input, { type: "range", min: 0, max: high, step, name });
    input.value = value;
    input.setAttribute("aria-label", label);
    const show = () => { shown.textContent = high > 10 ? Number(input.value).toFixed(0) : Number(input.value).toFixed(2); };
    input.addEventListener("input", () => { show(); tell(); });
    show();
    row.append(text, shown, input);
    box.append(row);
  }
  parent.querySelector(".strengths")?.remove();
  parent.append(box);
  return box;
}

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const state = (parentElement.strengths ??= { round: null, timer: null, told: 0 });
  state.send = () => {
    const strengths = {};
    for (const input of state.box.querySelectorAll("input")) strengths[input.name] = Number(input.value);
    state.told = Date.now();
    setStateValue("values", { round: state.round, strengths });
  };
  if (state.round === data.round) return; // the hand is ahead of the server: what it set stays
  state.round = data.round;
  state.box = draw(parentElement, data.sliders, () => {
    clearTimeout(state.timer);
    const wait = PAUSE - (Date.now() - state.told);
    if (wait <= 0) state.send();
    else state.timer = setTimeout(() => state.send(), wait);
  });
}
