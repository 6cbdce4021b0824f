// The tests of a file, and what they are written with.

const tests = new Map();

// Register a test. Write `test("name", ...` at the start of a line: pytest reads the names from there.
export function test(name, body) {
  if (tests.has(name)) throw new Error(`Two tests are named ${name}`);
  tests.set(name, body);
}

export function names() {
  return [...tests.keys()];
}

export async function run(name) {
  await tests.get(name)();
}

// Whether two values are the same when written as JSON; typed arrays are compared as lists.
export function assertEqual(actual, expected) {
  const [found, wanted] = [actual, expected].map((value) => JSON.stringify(value, plain));
  if (found !== wanted) throw new Error(`expected ${wanted}, got ${found}`);
}

export function assertNear(actual, expected, tolerance = 1e-9) {
  if (Math.abs(actual - expected) <= tolerance) return;
  throw new Error(`expected ${expected} within ${tolerance}, got ${actual}`);
}

export function assert(condition, message = "expected the condition to hold") {
  if (!condition) throw new Error(message);
}

function plain(_, value) {
  if (value === undefined) return "undefined";
  return ArrayBuffer.isView(value) ? [...value] : value;
}
