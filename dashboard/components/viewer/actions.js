// The reader's actions that the server performs: a verdict, taking it back, marks, a step to another case. Each names the
// case that was on the screen, and stays pending until the server says that it is done, so that none gets lost or lands
// on another case however quick the reader is. Where one is lost all the same, the reader is told, and takes no step before.

import { deleteDraft, draftOf, marksOf, saveDraft, takeMarks } from "./drafts.js";
import { cachedImage } from "./image_cache.js";
import { notice } from "./notices.js";
import { sendInTurn } from "./send_queue.js";
import { showCompanion } from "./side_by_side.js";
import { resetStage } from "./stage.js";

const STEPS = ["next", "previous", "worklist"]; // the actions that leave the case
const READING_MS = 700; // a step's key that comes sooner after a warning was pressed before the warning was read
const RESEND_MS = 4000; // what is not done by then is sent again, and then after twice as long
let pending = []; // { number, case, kind, acknowledged, shownForMs, marks } that the server has not done yet
let lastNumber = 0;
let acknowledged = 0; // the number of the last unsaved verdict that the reader was told of

export function hasPendingActions() {
  return pending.length > 0;
}

// Whether the current case is on the stage, so that a verdict would be of the radiograph that the reader sees.
function isOnStage({ current, stage, leavingAction }) {
  return Boolean(current && stage.dataset.case === current.case && !leavingAction);
}

// Take an action of this kind for the case on the screen and send it, or say why it is not taken.
export function submitAction(viewer, kind) {
  const { current } = viewer;
  const isVerdict = Object.values(current.verdicts).includes(kind);
  const isStep = STEPS.includes(kind);
  if (isStep && !isStepPossible(viewer, kind)) return;
  if ((isVerdict || kind === "undo") && !isOnStage(viewer)) {
    refuse(viewer);
    return;
  }
  lastNumber = Math.max(lastNumber + 1, Date.now()); // so that it grows also where this module is loaded anew
  if (isStep || (isVerdict && current.advancesOnVerdict)) viewer.leavingAction = lastNumber;
  const shownForMs = Math.round(performance.now() - (viewer.shownSince ?? performance.now()));
  const marks = takeMarks(viewer, lastNumber);
  pending.push({ number: lastNumber, case: current.case, kind, acknowledged, shownForMs, marks });
  if (kind === "undo") saveDraft(viewer, marksOf(viewer)); // what was drawn for the verdict stays until there is another
  showSaving(viewer);
  sendActions(viewer);
  if (isStepToCase(kind)) showAhead(viewer, current[kind]);
}

const isStepToCase = (kind) => kind === "next" || kind === "previous";

// Not while the case is being left already, nor where there is no such case, nor before a warning can have been read.
function isStepPossible(viewer, kind) {
  if (isStepToCase(kind) && (viewer.leavingAction || !viewer.current[kind])) return false;
  return performance.now() >= viewer.ignoreStepsUntil;
}

// Send all that is pending, and again after a while until the server says that it is done.
export function sendActions(viewer, resendMs = RESEND_MS) {
  sendInTurn(() => viewer.isMounted && viewer.setStateValue("actions", [...pending]));
  clearTimeout(viewer.resendTimer);
  viewer.resendTimer = setTimeout(() => {
    if (pending.length && viewer.isMounted) sendActions(viewer, 2 * resendMs);
  }, resendMs);
}

// Take in what the server has done, and tell the reader of a verdict that was not saved.
export function acknowledgeActions(viewer, { lastDone, unsaved }) {
  pending = pending.filter(({ number }) => number > lastDone);
  if (!pending.length) clearTimeout(viewer.resendTimer);
  if (viewer.leavingAction <= lastDone) viewer.leavingAction = 0;
  showSaving(viewer);
  settleDraft(viewer);
  if (!unsaved || unsaved.number === acknowledged) return;
  acknowledged = unsaved.number;
  warn(viewer, unsaved.reason);
}

// A draft that has reached the server is deleted; what was drawn while a verdict was on its way is sent after it.
function settleDraft(viewer) {
  const { hasVerdict, lastDone, unsaved } = viewer.current;
  const draft = draftOf(viewer);
  if (!draft || !hasVerdict || unsaved) return;
  if (!draft.sentWith && !pending.length) submitAction(viewer, "marks");
  else if (draft.sentWith && draft.sentWith <= lastDone) deleteDraft(viewer);
}

// Show the radiograph of a step before the server has made it, where nothing else is pending and it is cached.
function showAhead(viewer, entry) {
  if (pending.length > 1 || !cachedImage(entry)?.levels) return;
  if (viewer.companion) showCompanion(viewer, null);
  resetStage(viewer, entry);
  viewer.draw();
}

// Say beside the verdicts that one is being saved. That it is saved only the server says.
function showSaving({ current }) {
  const verdicts = Object.values(current.verdicts);
  const isSaving = pending.some(({ kind }) => verdicts.includes(kind));
  document.querySelector(".st-key-saved")?.toggleAttribute("data-saving", isSaving);
}

function refuse(viewer) {
  const text = viewer.leavingAction
    ? "Not taken: the key before it is still being seen to."
    : "Not taken: no radiograph was on the screen.";
  const willNeverShow = cachedImage(viewer.current.entry)?.message; // so there is nothing to wait for
  if (willNeverShow) notice(viewer, text);
  else warn(viewer, text);
}

function warn(viewer, text) {
  viewer.ignoreStepsUntil = performance.now() + READING_MS;
  notice(viewer, text);
}

// The buttons beside the radiograph do what their keys do: for the radiograph on the screen, with its marks.
export function onClick(viewer, event) {
  const path = event.composedPath();
  const classes = path.flatMap((element) => [...(element.classList ?? [])]);
  const match = (pattern) => classes.map((name) => name.match(pattern)).find(Boolean);
  const [, verdict, buttonCase] = match(/^st-key-verdict-([a-z_]+)-(\d+-\w+)$/) ?? [];
  const undo = match(/^st-key-undo-(\d+)$/);
  const step = match(/^st-key-way-(\w+)$/);
  if (!(verdict || undo || step) || !path.some((element) => element.matches?.("button:enabled"))) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { current } = viewer;
  const isOfCurrent = verdict ? buttonCase === current.case.replace(".", "-") : !undo || Number(undo[1]) === current.entry;
  if (!isOfCurrent) refuse(viewer);
  else submitAction(viewer, verdict ?? (undo ? "undo" : step[1]));
}
