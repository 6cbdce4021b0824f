import { acknowledgeActions, hasPendingActions, submitAction } from "../../../dashboard/components/viewer/actions.js";
import { draftOf, marksOf, saveDraft } from "../../../dashboard/components/viewer/drafts.js";
import { sendInTurn } from "../../../dashboard/components/viewer/send_queue.js";
import { assert, assertEqual, test } from "./harness.js";

const MARK = { kind: "box", x: 1, y: 2, x2: 3, y2: 4, note: "" };

// A viewer with case 7.3 on its stage, between the entries 6 and 8; what it sends is kept in `sent`.
function viewerOf(changes = {}) {
  const current = {
    case: "7.3",
    entry: 7,
    draftKey: "ann 7",
    next: 8,
    previous: 6,
    verdicts: { f: "fractured", n: "not_fractured" },
    advancesOnVerdict: false,
    hasVerdict: false,
    marks: [],
    prefetch: [],
    comparable: [],
    lastDone: 0,
    unsaved: null,
    ...changes,
  };
  const sent = [];
  const stage = document.createElement("div");
  stage.dataset.case = "7.3";
  return {
    current,
    sent,
    stage,
    noticeLine: document.createElement("p"),
    leavingAction: 0,
    ignoreStepsUntil: 0,
    shownSince: performance.now() - 1500,
    isMounted: true,
    setStateValue: (name, actions) => sent.push(actions),
    draw() {},
  };
}

const allSent = () => sendInTurn(() => {});
const kinds = (actions) => actions.map(({ kind }) => kind);

test("an action names the case on the screen, how long it was shown, and its marks", async () => {
  const viewer = viewerOf({ marks: [MARK] });
  submitAction(viewer, "fractured");
  await allSent();
  const [[action]] = viewer.sent;
  assertEqual([action.case, action.kind, action.acknowledged, action.marks], ["7.3", "fractured", 0, [MARK]]);
  assert(action.shownForMs >= 1500 && action.shownForMs < 5000, String(action.shownForMs));
});

test("numbers start at the clock, so that they grow also where the modules are loaded anew", async () => {
  const viewer = viewerOf();
  const before = Date.now();
  submitAction(viewer, "fractured");
  submitAction(viewer, "undo");
  await allSent();
  const [first, second] = viewer.sent.at(-1).map(({ number }) => number);
  assert(Number.isInteger(first) && first >= before && second > first, `${before} ${first} ${second}`);
});

test("actions stay pending, in order, until the server has done them", async () => {
  const viewer = viewerOf();
  submitAction(viewer, "fractured");
  submitAction(viewer, "undo");
  submitAction(viewer, "next");
  await allSent();
  const all = viewer.sent.at(-1);
  assertEqual(kinds(all), ["fractured", "undo", "next"]);
  assert(all[0].number < all[1].number && all[1].number < all[2].number);
  acknowledgeActions(viewer, { lastDone: all[1].number, unsaved: null });
  assert(hasPendingActions() && viewer.leavingAction === all[2].number);
  acknowledgeActions(viewer, { lastDone: all[2].number, unsaved: null });
  assert(!hasPendingActions() && viewer.leavingAction === 0);
});

test("no verdict is taken while another radiograph is on the stage", () => {
  const viewer = viewerOf();
  viewer.stage.dataset.case = "6.2";
  submitAction(viewer, "fractured");
  submitAction(viewer, "undo");
  assert(!hasPendingActions());
  assert(viewer.noticeLine.textContent.startsWith("Not taken"));
});

test("no verdict is taken while the case is being left", () => {
  const viewer = viewerOf({ advancesOnVerdict: true });
  submitAction(viewer, "fractured");
  submitAction(viewer, "not_fractured");
  acknowledgeActions(viewer, { lastDone: viewer.leavingAction, unsaved: null });
  assert(!hasPendingActions());
  assertEqual(viewer.noticeLine.textContent, "Not taken: the key before it is still being seen to.");
});

test("a step that leads nowhere, or comes while another is made, is not sent", () => {
  const first = viewerOf({ previous: null });
  submitAction(first, "previous");
  assert(!hasPendingActions());
  submitAction(first, "next");
  submitAction(first, "next");
  acknowledgeActions(first, { lastDone: first.leavingAction, unsaved: null });
  assert(!hasPendingActions());
});

test("an unsaved verdict is told once, and a step right after it is not taken", async () => {
  const viewer = viewerOf();
  acknowledgeActions(viewer, { lastDone: 0, unsaved: { number: 1, reason: "the disk is full" } });
  assertEqual(viewer.noticeLine.textContent, "the disk is full");
  submitAction(viewer, "next");
  assert(!hasPendingActions());
  submitAction(viewer, "fractured");
  await allSent();
  assertEqual(viewer.sent.at(-1)[0].acknowledged, 1);
  viewer.noticeLine.textContent = "";
  acknowledgeActions(viewer, { lastDone: 0, unsaved: { number: 1, reason: "the disk is full" } });
  assertEqual(viewer.noticeLine.textContent, "");
});

test("drafts go with the verdict, and are deleted once it is done", async () => {
  const viewer = viewerOf();
  saveDraft(viewer, [MARK]);
  submitAction(viewer, "fractured");
  await allSent();
  const [{ number, marks }] = viewer.sent.at(-1);
  assertEqual(marks, [MARK]);
  Object.assign(viewer.current, { hasVerdict: true, lastDone: number, marks: [MARK] });
  acknowledgeActions(viewer, viewer.current);
  assertEqual([draftOf(viewer), marksOf(viewer)], [undefined, [MARK]]);
});

test("what is drawn while a verdict is on its way is sent after it", async () => {
  const viewer = viewerOf();
  submitAction(viewer, "fractured");
  await allSent();
  saveDraft(viewer, [MARK]);
  Object.assign(viewer.current, { hasVerdict: true, lastDone: viewer.sent.at(-1)[0].number });
  acknowledgeActions(viewer, viewer.current);
  await allSent();
  assertEqual(kinds(viewer.sent.at(-1)), ["marks"]);
  assertEqual(viewer.sent.at(-1)[0].marks, [MARK]);
});

test("what was drawn for a verdict that is taken back stays a draft", async () => {
  const viewer = viewerOf({ hasVerdict: true, marks: [MARK] });
  submitAction(viewer, "undo");
  Object.assign(viewer.current, { hasVerdict: false, marks: [], lastDone: Number.MAX_SAFE_INTEGER });
  acknowledgeActions(viewer, viewer.current);
  assertEqual(marksOf(viewer), [MARK]);
});

test("drafts are stored for this tab, under the name that older versions gave them", () => {
  saveDraft(viewerOf(), [MARK]);
  assertEqual(JSON.parse(sessionStorage.getItem("fracture-review-drafts")), [["ann 7", [MARK]]]);
});

test("an unmounted viewer sends nothing", async () => {
  const viewer = viewerOf();
  viewer.isMounted = false;
  submitAction(viewer, "fractured");
  await allSent();
  assertEqual(viewer.sent, []);
});
