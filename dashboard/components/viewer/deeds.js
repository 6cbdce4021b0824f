// What the reader does that is the server's: a verdict, taking it back, marks, the way on. Each carries the case that was
// on the screen, and is kept until the server says that it is done, so that none however quick gets lost or swapped.
// Where one is lost all the same, the reader is told, and goes nowhere before.

const WAYS = ["next", "previous", "worklist"];
const HEARING_MS = 700; // a key that comes sooner after a notice was meant before the notice was read
const AGAIN_MS = 4000; // what is not done by then is told again, and then after twice as long
let deeds = []; // { n, case, does, heard, seen, marks } not yet done by the server
let lastDeed = 0;
let heard = 0; // the number of the last loss that the reader was told of
let line = Promise.resolve();

// Streamlit sends as one what is told within a moment, and that draws only the supply anew where the supply told any
// of it: so one after the other.
function inTurn(send) {
  line = line.then(() => {
    send();
    return new Promise((done) => setTimeout(done));
  });
}

// Whether what a key says would be said of the radiograph on the screen.
function isReady(room) {
  return Boolean(room.shown && room.stage.dataset.case === room.shown.case && !room.leaving);
}

function tellServer(room, does) {
  const { shown } = room;
  const isVerdict = Object.values(shown.verdicts).includes(does);
  const walks = does === "next" || does === "previous";
  if (walks && (room.leaving || !shown[does])) return;
  if (WAYS.includes(does) && performance.now() < room.deaf) return;
  if ((isVerdict || does === "undo") && !isReady(room)) return refuse(room);
  lastDeed = Math.max(lastDeed + 1, Date.now());
  if (WAYS.includes(does) || (isVerdict && shown.advances)) room.leaving = lastDeed;
  const seen = Math.round(performance.now() - (room.since ?? performance.now()));
  deeds.push({ n: lastDeed, case: shown.case, does, heard, seen, marks: carried(room, lastDeed) });
  if (does === "undo") keepMarks(room);
  sayWhatIsOnItsWay(room);
  tell(room);
  if (walks) lookAhead(room, shown[does]);
}

function tell(room, again = AGAIN_MS) {
  inTurn(() => open.has(room) && room.tell("deeds", [...deeds]));
  clearTimeout(room.again);
  room.again = setTimeout(() => deeds.length && open.has(room) && tell(room, 2 * again), again);
}

// The server says what it has done, and what it could not.
function told(room, { done, missed }) {
  deeds = deeds.filter(({ n }) => n > done);
  if (!deeds.length) clearTimeout(room.again);
  if (room.leaving <= done) room.leaving = 0;
  sayWhatIsOnItsWay(room);
  settleMarks(room);
  if (!missed || missed.number === heard) return;
  heard = missed.number;
  warn(room, missed.why);
}

// Beside the verdicts: that one is being saved. That it is saved only the server says.
function sayWhatIsOnItsWay({ shown }) {
  const verdicts = Object.values(shown.verdicts);
  const saves = deeds.some(({ does }) => verdicts.includes(does));
  document.querySelector(".st-key-saved")?.toggleAttribute("data-saving", saves);
}

function refuse(room) {
  const words = room.leaving
    ? "Not taken: the key before it is still being seen to."
    : "Not taken: no radiograph was on the screen.";
  if (stock.get(room.shown.entry)?.message) notice(room, words); // nor will there be one, so there is nothing to wait for
  else warn(room, words);
}

function warn(room, words) {
  room.deaf = performance.now() + HEARING_MS;
  notice(room, words);
}

// The buttons beside the radiograph do what their keys do: they say it of the radiograph on the screen, with its marks.
function onClick(room, event) {
  const names = event.composedPath().flatMap((element) => [...(element.classList ?? [])]);
  const match = (pattern) => names.map((name) => name.match(pattern)).find(Boolean);
  const [, verdict, asked] = match(/^st-key-verdict-([a-z_]+)-(\d+-\w+)$/) ?? [];
  const undone = match(/^st-key-undo-(\d+)$/);
  const way = match(/^st-key-way-(\w+)$/);
  if (!(verdict || undone || way) || !event.composedPath().some((element) => element.matches?.("button:enabled"))) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const isThis = verdict ? asked === room.shown.case.replace(".", "-") : !undone || Number(undone[1]) === room.shown.entry;
  if (!isThis) refuse(room);
  else tellServer(room, verdict ?? (undone ? "undo" : way[1]));
}
