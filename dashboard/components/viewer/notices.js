// Short messages on the stage that go away by themselves.

const NOTICE_MS = 2500;

export function notice(viewer, text) {
  viewer.noticeLine.textContent = text;
  clearTimeout(viewer.noticeTimer);
  viewer.noticeTimer = setTimeout(() => {
    viewer.noticeTimer = null;
    viewer.draw();
  }, NOTICE_MS);
}

// In the place of a picture: why there is none; or, once that has taken a while, that it is on its way.
export function showInsteadOfImage(element, image) {
  element.textContent = image ? (image.message ?? "") : "Loading";
  element.hidden = !element.textContent;
  element.classList.toggle("awaited", !image);
}
