// The radiographs that this tab holds: the one on the screen and those around it, fetched before the reader asks for
// them. They come over the session's own connection, requested by their entries in the worklist. The oldest are evicted.

import { buildPyramid } from "./pixels.js";
import { sendInTurn } from "./send_queue.js";

export const CACHE_BYTES = 192 * 1024 * 1024;
const PYRAMID_FACTOR = 1.4; // a pyramid's size beside its first level's: 1 + 1/4 + 1/16 + ..., and some allowance
const images = new Map(); // entry -> { bytes, levels, window, maxValue } or { bytes, message }
let sendRequest = null; // sends the server a list of entries
let requestedEntry; // the first one that is on its way; null: nothing is wanted; undefined: nothing was requested yet
let loaderElement = null;

export function cachedImage(entry) {
  return images.get(entry);
}

// Keep a radiograph, or the message that is shown in its place; evict the oldest beyond the limit, never the new one.
export function cacheImage({ entry, width, height, bytesPerPixel, window, maxValue, message, length }, body, limit = CACHE_BYTES) {
  const data = bytesPerPixel === 2 ? new Uint16Array(body) : new Uint8Array(body);
  const levels = message ? null : buildPyramid(width, height, data);
  images.set(entry, { bytes: PYRAMID_FACTOR * length, levels, window, maxValue, message });
  let total = 0;
  for (const image of images.values()) total += image.bytes;
  for (const [oldest, image] of images) {
    if (total <= limit || oldest === entry) break;
    images.delete(oldest);
    total -= image.bytes;
  }
}

// Request those that are not cached, but not while the first of them is on its way; once all are cached, request an
// empty list. So nothing is sent twice.
export function requestImages(entries) {
  const missing = entries.filter((entry) => !images.has(entry));
  const first = missing[0] ?? null;
  if (!sendRequest || first === requestedEntry) return;
  requestedEntry = first;
  sendInTurn(() => sendRequest(missing));
}

// Take what the loader component was sent, and use its connection from now on.
export function receiveImages({ parentElement, setStateValue }, { items, body }) {
  if (loaderElement !== parentElement) requestedEntry = undefined; // a new loader knows nothing of the old one's request
  loaderElement = parentElement;
  sendRequest = (entries) => setStateValue("request", entries);
  let start = 0;
  for (const item of items) {
    const end = start + item.length;
    if (!images.has(item.entry)) cacheImage(item, body.slice(start, end));
    start = end;
  }
}
