import { cachedImage, cacheImage, receiveImages, requestImages } from "../../../dashboard/components/viewer/image_cache.js";
import { sendInTurn } from "../../../dashboard/components/viewer/send_queue.js";
import { assert, assertEqual, test } from "./harness.js";

const item = (entry, changes = {}) => ({
  entry,
  width: 2,
  height: 1,
  bytesPerPixel: 1,
  window: { low: 0, high: 255 },
  maxValue: 255,
  length: 2,
  ...changes,
});

// A loader component whose requests are kept.
function loader() {
  const requests = [];
  const setStateValue = (name, value) => requests.push([name, ...value]);
  return { component: { parentElement: {}, setStateValue }, requests };
}

const allSent = () => sendInTurn(() => {});

test("a radiograph is cached with its pyramid, window and values", () => {
  cacheImage(item(7, { bytesPerPixel: 2, length: 4, maxValue: 4095 }), new Uint16Array([300, 4000]).buffer);
  const { levels, window, maxValue } = cachedImage(7);
  assertEqual([levels[0], window, maxValue], [{ width: 2, height: 1, data: [300, 4000] }, { low: 0, high: 255 }, 4095]);
});

test("a message is cached in a radiograph's place", () => {
  cacheImage({ entry: 7, message: "gone", length: 0 }, new ArrayBuffer(0));
  assertEqual([cachedImage(7).message, cachedImage(7).levels], ["gone", null]);
});

test("the oldest are evicted beyond the limit, the newest never", () => {
  const body = new Uint8Array([1, 2]).buffer;
  for (const entry of [1, 2, 3]) cacheImage(item(entry), body, 6); // 2.8 bytes each with its pyramid
  assertEqual([1, 2, 3].map((entry) => Boolean(cachedImage(entry))), [false, true, true]);
  cacheImage(item(4), body, 1);
  assertEqual([2, 3, 4].map((entry) => Boolean(cachedImage(entry))), [false, false, true]);
});

test("what comes in one message is cut apart, and what is cached stays", () => {
  cacheImage(item(1), new Uint8Array([9, 9]).buffer);
  const { component } = loader();
  receiveImages(component, { items: [item(1), item(2)], body: new Uint8Array([1, 2, 3, 4]).buffer });
  assertEqual([cachedImage(1).levels[0].data, cachedImage(2).levels[0].data], [[9, 9], [3, 4]]);
});

test("only what is missing is requested, and not again while it is on its way", async () => {
  const { component, requests } = loader();
  receiveImages(component, { items: [item(1)], body: new Uint8Array([1, 2]).buffer });
  requestImages([1, 2, 3]);
  requestImages([2, 3, 4]);
  await allSent();
  assertEqual(requests, [["request", 2, 3]]);
  requestImages([3, 4]);
  await allSent();
  assertEqual(requests.at(-1), ["request", 3, 4]);
});

test("once all are cached an empty list is requested, once", async () => {
  const { component, requests } = loader();
  receiveImages(component, { items: [item(1)], body: new Uint8Array([1, 2]).buffer });
  requestImages([1]);
  requestImages([1]);
  await allSent();
  assertEqual(requests, [["request"]]);
});

test("a new loader is asked again", async () => {
  const [old, fresh] = [loader(), loader()];
  receiveImages(old.component, { items: [], body: new ArrayBuffer(0) });
  requestImages([5]);
  await allSent();
  receiveImages(fresh.component, { items: [], body: new ArrayBuffer(0) });
  requestImages([5]);
  await allSent();
  assertEqual([old.requests, fresh.requests], [[["request", 5]], [["request", 5]]]);
});

test("before there is a loader nothing is requested", async () => {
  requestImages([5]);
  const { component, requests } = loader();
  receiveImages(component, { items: [], body: new ArrayBuffer(0) });
  await allSent();
  assert(!requests.length);
  requestImages([5]);
  await allSent();
  assertEqual(requests, [["request", 5]]);
});
