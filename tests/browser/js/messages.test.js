import { linkedView } from "../../../dashboard/components/viewer/side_by_side.js";
import { unpack } from "../../../dashboard/components/viewer/messages.js";
import { fitted, zoomed } from "../../../dashboard/components/viewer/view.js";
import { assertEqual, assertNear, test } from "./harness.js";

test("header and body of a message are found again", () => {
  const header = new TextEncoder().encode(JSON.stringify({ role: "loader", name: "Müller" }));
  const bytes = new Uint8Array(4 + header.length + 3);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 4);
  bytes.set([7, 8, 9], 4 + header.length);
  const { role, name, body } = unpack(bytes);
  assertEqual([role, name, new Uint8Array(body)], ["loader", "Müller", [7, 8, 9]]);
});

test("a message may be a part of a larger buffer", () => {
  const whole = new Uint8Array([99, 99, 2, 0, 0, 0, 123, 125, 5]);
  assertEqual(new Uint8Array(unpack(whole.subarray(2)).body), [5]);
});

test("a companion shows the same part as large beside its own fit", () => {
  const view = zoomed(fitted({ width: 400, height: 200 }, { width: 400, height: 400 }), 3, 100, 150);
  const other = linkedView(view, { width: 100, height: 100 }, { width: 200, height: 200 });
  assertNear(other.scale, 6);
  assertNear(other.x / 100, view.x / 400);
  assertNear(other.y / 100, view.y / 200);
});
