// Hands on the stage: drag pans, or draws with a tool in hand; right drag windows, wheel and pinch zoom at the pointer.

const WHEEL = 0.0015; // share of a doubling, about, for each pixel scrolled
const PINCH = 0.01; // a trackpad's pinch comes as a wheel with Ctrl, in small steps
const LINE_PIXELS = 16;

function listenToHands(room, stage) {
  const isFirst = stage === room.stage;
  const pointers = new Map();
  const at = (event) => {
    const box = stage.getBoundingClientRect();
    const dense = window.devicePixelRatio;
    return { x: (event.clientX - box.left) * dense, y: (event.clientY - box.top) * dense };
  };
  const middle = () => {
    const [one, other] = [...pointers.values()];
    return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, apart: Math.hypot(one.x - other.x, one.y - other.y) };
  };
  stage.addEventListener("contextmenu", (event) => event.preventDefault());
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (!room.view) return;
    const pixels = event.deltaY * (event.deltaMode ? LINE_PIXELS : 1);
    const { x, y } = at(event);
    look(room, zoomed(room.view, room.view.scale * Math.exp(-pixels * (event.ctrlKey ? PINCH : WHEEL)), x, y));
  });
  stage.addEventListener("pointerdown", (event) => {
    if (!room.view || event.target.closest(".help, .hand, .strip") || event.button === 1) return;
    if (event.target === room.field) return;
    room.field.blur();
    stage.setPointerCapture(event.pointerId);
    if (pointers.size) letGo(room); // a second finger: this is no drawing
    const marks = isFirst && event.button === 0 && !pointers.size && grasp(room, at(event));
    pointers.set(event.pointerId, { ...at(event), windows: event.button === 2, marks });
  });
  stage.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before || !room.view) return;
    const now = at(event);
    const pinched = pointers.size === 2 ? middle() : null;
    pointers.set(event.pointerId, { ...before, ...now });
    if (pinched) {
      const { x, y, apart } = middle();
      const moved = panned(room.view, x - pinched.x, y - pinched.y);
      look(room, zoomed(moved, (moved.scale * apart) / Math.max(1, pinched.apart), x, y));
    } else if (before.marks) {
      drag(room, now);
    } else if (before.windows) {
      (isFirst ? dragWindow : dragBeside)(room, now.x - before.x, now.y - before.y);
    } else {
      look(room, panned(room.view, now.x - before.x, now.y - before.y));
    }
  });
  stage.addEventListener("pointerup", (event) => {
    if (pointers.get(event.pointerId)?.marks) drop(room);
    pointers.delete(event.pointerId);
  });
  stage.addEventListener("pointercancel", (event) => {
    letGo(room);
    pointers.delete(event.pointerId);
  });
  stage.addEventListener("dblclick", (event) => {
    if (!room.view || room.tool || room.picked !== null || event.target === room.field) return;
    const { x, y } = at(event);
    const fit = fitScale(room.view);
    look(room, zoomed(room.view, Math.abs(room.view.scale / fit - 1) < 0.01 ? 1 : fit, x, y));
  });
}
