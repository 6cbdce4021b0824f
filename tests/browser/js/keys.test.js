import { interpretKey, isHoldKey, KEY_HELP } from "../../../dashboard/components/viewer/keys.js";
import { assertEqual, test } from "./harness.js";

const VERDICTS = { f: "fractured", n: "not_fractured" };

function meaning(key, modifiers = {}, markup = "<p></p>") {
  const holder = document.createElement("div");
  holder.innerHTML = markup;
  return interpretKey(new KeyboardEvent("keydown", { key, ...modifiers }), holder.firstElementChild, VERDICTS);
}

test("a verdict's key gives the verdict", () => {
  assertEqual([meaning("f"), meaning("N")], [{ command: "fractured" }, { command: "not_fractured" }]);
});

test("letters mean the same with caps lock and shift", () => {
  assertEqual([meaning("o"), meaning("O"), meaning("Z", { shiftKey: true })], [
    { command: "overlay" },
    { command: "overlay" },
    { command: "undo" },
  ]);
});

test("keys without a meaning are left to the page", () => {
  for (const key of ["x", "Enter", "Tab", " ", "F5", "ArrowUp", "ArrowDown", "Shift"]) assertEqual(meaning(key), null);
});

test("keys with Ctrl, Alt or Meta are the browser's", () => {
  for (const name of ["ctrlKey", "altKey", "metaKey"]) {
    for (const key of ["r", "f", "ArrowRight", "+"]) assertEqual(meaning(key, { [name]: true }), null);
  }
});

test("while a word is composed no key means anything", () => {
  assertEqual(meaning("f", { isComposing: true }), null);
});

test("no key means anything while one types", () => {
  for (const markup of ["<input>", "<input type=text>", "<textarea></textarea>", "<select></select>", "<p contenteditable></p>"]) {
    for (const key of ["f", "ArrowRight", "h", "?"]) assertEqual(meaning(key, {}, markup), null);
  }
});

test("keys work on a slider, a switch and a button", () => {
  for (const markup of ["<input type=range>", "<input type=checkbox>", "<input type=radio>", "<input type=button>", "<button></button>"]) {
    assertEqual(meaning("f", {}, markup), { command: "fractured" });
  }
});

test("arrows belong to the controls that use them", () => {
  for (const markup of ["<input type=range>", "<input type=radio>", "<p role=tab></p>", "<p role=slider></p>", "<p role=option></p>"]) {
    assertEqual(meaning("ArrowRight", {}, markup), null);
    assertEqual(meaning("ArrowLeft", { shiftKey: true }, markup), null);
  }
  assertEqual(meaning("ArrowRight", {}, "<input type=checkbox>"), { command: "next" });
});

test("arrows step, and pan with Shift", () => {
  assertEqual([meaning("ArrowRight"), meaning("ArrowLeft")], [{ command: "next" }, { command: "previous" }]);
  const pans = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].map((key) => meaning(key, { shiftKey: true }).pan);
  assertEqual(pans, [[60, 0], [-60, 0], [0, 60], [0, -60]]);
});

test("a key held down zooms on, and repeats nothing else", () => {
  assertEqual([meaning("+", { repeat: true }), meaning("-", { repeat: true })], [{ command: "zoomIn" }, { command: "zoomOut" }]);
  for (const key of ["f", "ArrowRight", "o", "Delete"]) assertEqual(meaning(key, { repeat: true }), { command: null });
});

test("H holds the overlay and Escape leaves, also while one types", () => {
  assertEqual([meaning("h"), meaning("H", { repeat: true })], [{ hold: true }, { hold: true }]);
  assertEqual([isHoldKey({ key: "H" }), isHoldKey({ key: "g" })], [true, false]);
  assertEqual([meaning("Escape"), meaning("Escape", {}, "<textarea></textarea>")], [{ escape: true }, { escape: true }]);
});

test("every key of the help has a meaning", () => {
  const written = { "→": "ArrowRight", "←": "ArrowLeft", "−": "-", Del: "Delete" };
  const keys = KEY_HELP.slice(0, -3).flatMap(([names]) => names.replace("hold ", "").replace("Shift + arrows", "").split(" "));
  for (const key of keys.filter(Boolean)) {
    if (meaning(written[key] ?? key) === null) throw new Error(`${key} means nothing`);
  }
});
