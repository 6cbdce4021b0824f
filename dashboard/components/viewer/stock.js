// The radiographs that this tab holds: the one on the screen and those around it, fetched ahead of the reader. They
// come over the session's own connection, asked for by their places in the worklist. Oldest go first.

const STOCK_BYTES = 192 * 1024 * 1024;
const stock = new Map(); // entry -> { bytes, levels, window, most } or { bytes, message }
let supplier = null; // how to ask the server
let asked; // the first that is on its way; null says that nothing is wanted, undefined that nothing was said yet
let counter = null;

function unpack(data) {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { ...header, body: bytes.slice(4 + length).buffer };
}

function put({ entry, width, height, bytes, window, most, message, length }, body) {
  const data = bytes === 2 ? new Uint16Array(body) : new Uint8Array(body);
  const levels = message ? null : pyramid(width, height, data);
  stock.set(entry, { bytes: 1.4 * length, levels, window, most, message });
  let held = 0;
  for (const item of stock.values()) held += item.bytes;
  for (const [oldest, item] of stock) {
    if (held <= STOCK_BYTES || oldest === entry) break;
    stock.delete(oldest);
    held -= item.bytes;
  }
}

// Ask for what of these is not here, but not while its first is on its way; for none once all are here. So nothing is
// sent twice.
function want(entries) {
  const missing = entries.filter((entry) => !stock.has(entry));
  const first = missing[0] ?? null;
  if (!supplier || first === asked) return;
  asked = first;
  inTurn(() => supplier(missing));
}

function supply(component, sent) {
  if (counter !== component.parentElement) asked = undefined; // a new counter has not heard what the old one was asked
  counter = component.parentElement;
  supplier = (entries) => component.setStateValue("ask", entries);
  let at = 0;
  for (const item of sent.items) {
    const body = sent.body.slice(at, (at += item.length));
    if (!stock.has(item.entry)) put(item, body);
  }
  for (const room of open) supplied(room);
}
