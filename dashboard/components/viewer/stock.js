// The radiographs that this tab holds: the one on the screen and those around it, fetched ahead of the reader. They
// come over the session's own connection, one at a time, each asked for by a place in the worklist. Oldest go first.

const STOCK_BYTES = 192 * 1024 * 1024;
const stock = new Map(); // entry -> { bytes, levels, window, most } or { bytes, message }
let supplier = null; // how to ask the server
let asked; // null says that nothing is wanted, undefined that nothing was said yet
let counter = null;

function unpack(data) {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { ...header, body: bytes.slice(4 + length).buffer };
}

function put({ entry, width, height, bytes, window, most, message, body }) {
  const data = bytes === 2 ? new Uint16Array(body) : new Uint8Array(body);
  const levels = message ? null : pyramid(width, height, data);
  stock.delete(entry);
  stock.set(entry, { bytes: 1.4 * body.byteLength, levels, window, most, message });
  let held = 0;
  for (const item of stock.values()) held += item.bytes;
  for (const [oldest, item] of stock) {
    if (held <= STOCK_BYTES || oldest === entry) break;
    stock.delete(oldest);
    held -= item.bytes;
  }
}

// Ask for the first of these entries that is not here; for none once all are, so that nothing is sent twice.
function want(entries) {
  const missing = entries.find((entry) => !stock.has(entry)) ?? null;
  if (!supplier || missing === asked) return;
  asked = missing;
  inTurn(() => supplier(missing));
}

function supply(component, sent) {
  if (counter !== component.parentElement) asked = undefined; // a new counter has not heard what the old one was asked
  counter = component.parentElement;
  supplier = (entry) => component.setStateValue("ask", entry);
  if (sent.entry !== null && !stock.has(sent.entry)) put(sent);
  for (const room of open) supplied(room);
}
