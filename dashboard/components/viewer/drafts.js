// Marks that this reader has drawn and that are not saved yet. This tab keeps them, also where the page is loaded again,
// until a verdict carries them to the server. A draft's key names the reader and the radiograph.

const STORAGE_KEY = "fracture-review-drafts";
const stored = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "[]");
const drafts = new Map(stored.map(([key, marks]) => [key, { marks, sentWith: 0 }]));

// { marks, sentWith } or undefined; `sentWith` is the number of the action that took the marks to the server, or 0.
export function draftOf({ current }) {
  return drafts.get(current.draftKey);
}

// What is drawn on the radiograph: the draft, else what the server has.
export function marksOf({ current }) {
  return drafts.get(current.draftKey)?.marks ?? current.marks;
}

export function saveDraft({ current }, marks, sentWith = 0) {
  drafts.set(current.draftKey, { marks, sentWith });
  store();
}

export function deleteDraft({ current }) {
  drafts.delete(current.draftKey);
  store();
}

// The marks that the action of this number takes to the server.
export function takeMarks(viewer, number) {
  const marks = marksOf(viewer);
  if (draftOf(viewer)) saveDraft(viewer, marks, number);
  return marks;
}

function store() {
  sessionStorage.setItem(STORAGE_KEY, JSON.stringify([...drafts].map(([key, { marks }]) => [key, marks])));
}
