"""What the stage shows: at full depth, where the hands put it, with the heatmap where the network looked."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.card import InputSpec
from core.domain import Heatmap, Mark, Prediction
from core.imaging.overlay import COLOUR_MAPS, colour_table, place
from core.imaging.preprocess import fit
from core.processes import now
from core.reading.worker import worker
from core.reading.worklist import WorklistFilter
from core.store import workers
from tests import phantoms
from tests.browser import actions
from tests.browser.conftest import PATIENCE_MS, SIZE, Server, start, stop, wait_until_up
from tests.fakes import SIZE as INPUT
from tests.fakes import VERSION, FakeClassifier, add_fake_version

WIDTH, HEIGHT = 384, 512
CELLS = 16
COLUMN, ROW = 6, 9  # the cell that the network looked at
REACH = 3.0  # cells from the peak to no evidence
PLACE = place((CELLS, CELLS), fit(WIDTH, HEIGHT, InputSpec(INPUT, True, 1)))
X, Y = (COLUMN - PLACE.x_offset) / PLACE.x_scale, (ROW - PLACE.y_offset) / PLACE.y_scale
HALF = 20  # of the bright square that stands there
FAINT, STEP = 1000, 6  # of 4095: one grey of 8 bits


class SpotClassifier(FakeClassifier):
    """Looks at one cell, and less and less at those around it."""

    def _predict(self, pixels: np.ndarray) -> Prediction:
        row, column = np.mgrid[0:CELLS, 0:CELLS]
        values = np.clip(1 - np.hypot(row - ROW, column - COLUMN) / REACH, 0, None).astype(np.float32)
        return replace(super()._predict(pixels), heatmap=Heatmap(values, True, self.version))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard with a square where the heatmap's peak is, and a 12-bit film with one faint square."""
    home = tmp_path_factory.mktemp("viewer")
    services = Server("", home, None).services()  # type: ignore[arg-type]
    add_fake_version(services.settings.models)
    with services.database.writing() as connection:
        workers.appoint(connection, VERSION, "test", "for the test", now())
    batch = services.ingest.create_batch("phantoms", "test")
    spot = np.full((HEIGHT, WIDTH), 90, np.uint8)
    spot[int(Y) - HALF : int(Y) + HALF, int(X) - HALF : int(X) + HALF] = 255
    faint = np.full((HEIGHT, WIDTH), FAINT, np.uint16)
    faint[100:400, 100:300] += STEP
    faint[0, 0], faint[0, 1] = 0, 4095
    film = phantoms.dicom(faint, BitsStored=12, WindowCenter=2047.5, WindowWidth=4095)
    other = np.full((300, 600), FAINT, np.uint16)
    lateral = phantoms.dicom(other, BitsStored=12, ViewPosition="LL", SOPInstanceUID="1.2.3.4")
    pictures = (("spot.png", phantoms.encode(spot, "PNG")), ("faint.dcm", film), ("lateral.dcm", lateral))
    for name, data in pictures:
        list(services.ingest.take_in(batch.id, name, data))
    worker.run(services, idle_seconds=0.0, load=SpotClassifier)
    services.close()
    running = wait_until_up(start(home))
    yield running
    stop(running)


def open_case(page: Page, server: Server, name: str, **parameters: str) -> None:
    services = server.services()
    (entry,) = services.worklist.freeze(WorklistFilter(text=name)).entry_ids
    services.close()
    actions.open_screen(page, server.url, "review", entry=entry, **parameters)
    actions.wait_for_case(page)


CENTRES = """canvas => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const of = (chosen) => {
    let [count, x, y] = [0, 0, 0];
    for (let at = 0, place = 0; at < data.length; at += 4, place++) {
      if (!chosen(data[at], data[at + 1], data[at + 2])) continue;
      count++;
      x += (place % width) + 0.5;
      y += Math.floor(place / width) + 0.5;
    }
    return count ? [x / count, y / count, count] : null;
  };
  return { bright: of((r, g, b) => r === g && g === b && r > 200), coloured: of((r, g, b) => r !== g || g !== b) };
}"""


def centres(page: Page) -> dict[str, list[float] | None]:
    """Centre (x, y) and number of the stage's bright grey and of its coloured pixels."""
    actions.next_frame(page)
    return page.locator(".radiograph").evaluate(CENTRES)


def stage_point(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where an image point of an unturned view stands in the page."""
    box = page.locator(".radiograph").bounding_box()
    scale, centre_x, centre_y, *_ = actions.view_of(page)
    return box["x"] + box["width"] / 2 + (x - centre_x) * scale, box["y"] + box["height"] / 2 + (y - centre_y) * scale


def image_point(page: Page, x: float, y: float) -> tuple[float, float]:
    """The image point of an unturned view at a place in the page."""
    box = page.locator(".radiograph").bounding_box()
    scale, centre_x, centre_y, *_ = actions.view_of(page)
    return centre_x + (x - box["x"] - box["width"] / 2) / scale, centre_y + (y - box["y"] - box["height"] / 2) / scale


@pytest.mark.parametrize("keys", ["", "1", "1+++", "t", "m", "tm", "1++tt", "-", "1mt+"])
@pytest.mark.parametrize("contour", [False, True])
def test_the_overlay_lies_where_the_network_looked_at_every_zoom(
    page: Page, server: Server, keys: str, contour: bool
) -> None:
    open_case(page, server, "spot")
    if "1" in keys:  # bring the spot to the middle, so that zooming keeps it on the stage
        start_x, start_y = stage_point(page, X, Y)
        end_x, end_y = stage_point(page, WIDTH / 2, HEIGHT / 2)
        page.mouse.move(start_x, start_y)
        page.mouse.down()
        page.mouse.move(end_x, end_y, steps=3)
        page.mouse.up()
    for key in keys:
        page.keyboard.press(key)
    bright = centres(page)["bright"]
    assert centres(page)["coloured"] is None
    page.keyboard.press("o")
    page.locator(".threshold").fill("30")
    page.locator(".opacity").fill("100")
    if contour != (page.get_by_role("button", name="Contour").get_attribute("aria-pressed") == "true"):
        page.get_by_role("button", name="Contour").click()
    coloured = centres(page)["coloured"]
    assert coloured[2] > 200
    assert np.hypot(coloured[0] - bright[0], coloured[1] - bright[1]) < 1.0
    scale = actions.view_of(page)[0]
    if not contour:  # the cone's section at the threshold
        radius = 0.7 * REACH / PLACE.x_scale * scale
        assert coloured[2] == pytest.approx(np.pi * radius**2, rel=0.08)


def test_below_the_threshold_the_radiograph_is_untouched(page: Page, server: Server) -> None:
    open_case(page, server, "spot")
    page.locator(".radiograph").evaluate(
        "canvas => { window.before = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data }"
    )
    page.keyboard.press("o")
    counts = []
    for threshold in ("30", "60", "95"):
        page.locator(".threshold").fill(threshold)
        actions.next_frame(page)
        changed, coloured = page.locator(".radiograph").evaluate(
            """canvas => {
              const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
              let [changed, coloured] = [0, 0];
              for (let at = 0; at < data.length; at += 4) {
                const same = [0, 1, 2].every((part) => data[at + part] === window.before[at + part]);
                if (!same) changed++;
                if (data[at] !== data[at + 1] || data[at + 1] !== data[at + 2]) coloured++;
              }
              return [changed, coloured];
            }"""
        )
        assert changed == coloured
        counts.append(changed)
    assert counts[0] > counts[1] > counts[2] > 0


def test_windowing_shows_what_eight_bits_lose(page: Page, server: Server) -> None:
    """Two levels of a 12-bit film that fall into one grey of 8 bits stand far apart in a narrow window."""
    open_case(page, server, "faint")
    greys = """canvas => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const found = {};
      for (let at = 0; at < data.length; at += 4) found[data[at]] = (found[data[at]] ?? 0) + 1;
      return found;
    }"""

    def common() -> list[int]:
        """The greys that fill the film, without the stage's black and what lies between two greys."""
        actions.next_frame(page)
        found = page.locator(".radiograph").evaluate(greys)
        return sorted(int(grey) for grey, number in found.items() if number > 20_000 and grey != "0")

    wide = common()
    assert max(wide) - min(wide) <= 1
    page.locator(".level").fill(str(FAINT + STEP // 2))
    page.locator(".width").fill("18")
    narrow = common()
    assert len(narrow) == 2
    assert narrow[1] - narrow[0] == pytest.approx(255 * STEP / 18, abs=2)
    page.keyboard.press("i")
    assert common() == pytest.approx([255 - grey for grey in reversed(narrow)], abs=1)
    page.keyboard.press("i")
    page.keyboard.press("d")
    assert common() == wide


def test_wheel_zooms_at_the_pointer_and_drag_pans(page: Page, server: Server) -> None:
    open_case(page, server, "spot")
    fit_scale, x, y, *_ = actions.view_of(page)
    at = tuple(round(part) for part in stage_point(page, 100, 120))  # a wheel's event has whole pixels
    page.mouse.move(*at)
    under = image_point(page, *at)
    page.mouse.wheel(0, -600)
    actions.next_frame(page)
    assert actions.view_of(page)[0] == pytest.approx(fit_scale * np.exp(0.9), rel=1e-3)
    assert stage_point(page, *under) == pytest.approx(at, abs=0.01)
    page.mouse.down()
    page.mouse.move(at[0] + 30, at[1] - 20, steps=4)
    page.mouse.up()
    actions.next_frame(page)
    assert stage_point(page, *under) == pytest.approx((at[0] + 30, at[1] - 20), abs=0.01)
    page.keyboard.press("1")
    actions.next_frame(page)
    assert actions.view_of(page)[0] == 1
    page.keyboard.press("r")
    actions.next_frame(page)
    assert actions.view_of(page) == (fit_scale, x, y, 0, 0)


def test_right_drag_windows(page: Page, server: Server) -> None:
    open_case(page, server, "faint")
    low, high = actions.window_of(page)
    page.mouse.move(500, 300)
    page.mouse.down(button="right")
    page.mouse.move(400, 340, steps=4)
    page.mouse.up(button="right")
    actions.next_frame(page)
    now_low, now_high = actions.window_of(page)
    assert now_high - now_low < high - low
    assert now_high + now_low > high + low
    page.keyboard.press("a")
    actions.next_frame(page)
    low, high = actions.window_of(page)
    assert FAINT - 1 <= low < high <= FAINT + STEP + 1


def test_two_fingers_zoom(page: Page, server: Server) -> None:
    open_case(page, server, "spot")
    scale = actions.view_of(page)[0]
    x, y = stage_point(page, WIDTH / 2, HEIGHT / 2)
    session = page.context.new_cdp_session(page)

    def touch(kind: str, apart: float | None = None) -> None:
        points = [] if apart is None else [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 50)
    for apart in (70, 90, 100):
        touch("touchMove", apart)
    touch("touchEnd")
    actions.next_frame(page)
    assert actions.view_of(page)[0] == pytest.approx(2 * scale, rel=0.02)
    assert stage_point(page, WIDTH / 2, HEIGHT / 2) == pytest.approx((x, y), abs=1)


def test_keys_zoom_and_pan_and_a_trackpad_pinches(page: Page, server: Server) -> None:
    open_case(page, server, "spot")
    fit = actions.view_of(page)[0]
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.keyboard.press("-")
    actions.next_frame(page)
    assert actions.view_of(page)[0] == pytest.approx(1.25 * fit)
    _, x, y, *_ = actions.view_of(page)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    actions.next_frame(page)
    scale, right, down, *_ = actions.view_of(page)
    assert (right - x, down - y) == pytest.approx((60 / scale, 60 / scale))
    page.mouse.move(*stage_point(page, 150, 200))
    page.keyboard.down("Control")
    page.mouse.wheel(0, -20)
    page.keyboard.up("Control")
    actions.next_frame(page)
    assert actions.view_of(page)[0] == pytest.approx(scale * np.exp(0.2), rel=1e-3)
    page.mouse.dblclick(*stage_point(page, 150, 200))
    actions.next_frame(page)
    assert actions.view_of(page)[0] == pytest.approx(fit)
    page.keyboard.press("0")
    actions.next_frame(page)
    assert actions.view_of(page)[:3] == pytest.approx((fit, WIDTH / 2, HEIGHT / 2))


def test_one_finger_pans_and_touches_the_buttons(page: Page, server: Server) -> None:
    open_case(page, server, "spot")
    page.keyboard.press("1")
    actions.next_frame(page)
    _, x, y, *_ = actions.view_of(page)
    start = stage_point(page, WIDTH / 2, HEIGHT / 2)
    session = page.context.new_cdp_session(page)
    for kind, moved in (("touchStart", 0), ("touchMove", 15), ("touchMove", 40), ("touchEnd", None)):
        points = [] if moved is None else [{"x": start[0] + moved, "y": start[1] - moved, "id": 0}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    actions.next_frame(page)
    assert actions.view_of(page)[1:3] == pytest.approx((x - 40, y + 40), abs=1)


def test_presets_set_the_window_from_what_is_seen(page: Page, server: Server) -> None:
    open_case(page, server, "faint")
    given = actions.window_of(page)
    for name, low, high in (("Auto", FAINT, FAINT + STEP), ("Full", 0, 4095), ("Soft", FAINT, FAINT + 1)):
        page.get_by_role("button", name=name).click()
        actions.next_frame(page)
        assert actions.window_of(page) == pytest.approx((low, high), abs=STEP)
    page.get_by_role("button", name="As given").click()
    actions.next_frame(page)
    assert actions.window_of(page) == given


def test_opacity_and_colours_change_the_overlay_alone(page: Page, server: Server) -> None:
    """Each colour map is one of core's, and the more opaque, the farther from the radiograph's grey."""
    open_case(page, server, "spot")
    page.keyboard.press("o")
    at = "canvas => [...canvas.getContext('2d').getImageData(...window.at, 1, 1).data].slice(0, 3)"
    box = page.locator(".radiograph").bounding_box()
    x, y = stage_point(page, X, Y)
    page.evaluate("at => { window.at = at; }", [round(x - box["x"]), round(y - box["y"])])
    page.locator(".threshold").fill("30")
    for name in COLOUR_MAPS:
        page.get_by_role("button", name=name, exact=True).click()
        seen = []
        for opacity in ("5", "50", "100"):
            page.locator(".opacity").fill(opacity)
            actions.next_frame(page)
            seen.append(page.locator(".radiograph").evaluate(at))
        top = colour_table(name)[255]
        assert np.abs(np.array(seen[2]) - top).max() <= 12  # a peak between two pixels
        apart = [np.abs(np.array(colour) - 255.0).sum() for colour in seen]  # the spot is white
        assert apart[0] < apart[1] < apart[2]


def test_controls_stay_within_the_window_at_any_size(page: Page, server: Server) -> None:
    open_case(page, server, "spot")
    try:
        for size in ({"width": 1280, "height": 800}, {"width": 1920, "height": 1080}, {"width": 640, "height": 400}):
            page.set_viewport_size(size)
            for key in ("", "o"):
                if key:
                    page.keyboard.press(key)
                actions.next_frame(page)
                box = page.locator(".viewer").bounding_box()
                for button in page.locator(".viewer button:visible").all():
                    inner = button.bounding_box()
                    assert inner["x"] >= box["x"] - 1
                    assert inner["x"] + inner["width"] <= box["x"] + box["width"] + 1
            page.keyboard.press("o")
    finally:
        page.set_viewport_size(SIZE)
    expect(page.locator(".radiograph")).to_be_visible()


def draw_mark(page: Page, key: str, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw with a tool from one image point of an unturned view to another."""
    page.keyboard.press(key)
    page.mouse.move(*stage_point(page, *start))
    page.mouse.down()
    page.mouse.move(*stage_point(page, *end), steps=4)
    page.mouse.up()
    actions.next_frame(page)


def standing(server: Server, entry: int) -> tuple[Mark, ...]:
    services = server.services()
    said = services.reviews.history(entry)
    services.close()
    return said[-1].marks


@pytest.mark.parametrize("keys", ["", "1", "++", "t", "m", "tm", "tt+", "-", "ttt"])
def test_a_box_lies_on_what_it_was_drawn_around_at_every_zoom_and_turn(page: Page, server: Server, keys: str) -> None:
    open_case(page, server, "spot")
    draw_mark(page, "b", (X - HALF, Y - HALF), (X + HALF, Y + HALF))
    page.keyboard.press("Escape")
    for key in keys:
        page.keyboard.press(key)
    page.keyboard.press("v")  # without the marks the spot is found by its brightness
    bright = centres(page)["bright"]
    page.keyboard.press("v")
    actions.next_frame(page)
    x, y, width, height = page.locator(".mark path").last.evaluate(
        "path => { const { x, y, width, height } = path.getBBox(); return [x, y, width, height] }"
    )
    assert (x + width / 2, y + height / 2) == pytest.approx(bright[:2], abs=1.5)
    side = 2 * HALF * actions.view_of(page)[0]
    assert (width, height) == pytest.approx((side, side), abs=1.5)


def test_marks_are_stored_with_the_verdict_and_shown_again(page: Page, server: Server) -> None:
    open_case(page, server, "faint")
    entry = actions.entry_of(actions.wait_for_case(page))
    draw_mark(page, "b", (250, 300), (120, 150))
    draw_mark(page, "q", (300, 100), (200, 160))
    page.keyboard.press("p")
    page.mouse.click(*stage_point(page, 60, 400))
    page.keyboard.type("faint step")
    page.keyboard.press("Enter")
    page.get_by_role(
        "button", name="Fractured F", exact=True
    ).click()  # a button takes the marks along, as its key does
    expect(page.get_by_text(re.compile("^Saved"))).to_be_visible()
    box, arrow, point = standing(server, entry)
    assert (box.kind, box.x, box.y, box.x2, box.y2) == ("box", *map(near, (120, 150, 250, 300)))
    assert (arrow.kind, arrow.x, arrow.y, arrow.x2, arrow.y2) == ("arrow", *map(near, (300, 100, 200, 160)))
    assert (point.kind, point.x, point.y, point.note) == ("point", near(60), near(400), "faint step")
    services = server.services()
    review = services.reviews.history(entry)[-1]
    assert 0 < (review.created - review.shown_at).total_seconds() < 120
    rows = list(
        csv.DictReader(b"".join(services.reviews_csv.boxes_csv(WorklistFilter(text="faint"))).decode().splitlines())
    )
    services.close()
    assert [float(row["left"]) * WIDTH for row in rows] == [near(120)]
    open_case(page, server, "faint")
    expect(page.locator(".stage")).to_have_attribute("data-marks", "3")
    expect(page.locator(".layer text")).to_have_text("faint step")


def test_drafts_are_their_readers_alone_and_outlive_a_reload(page: Page, server: Server) -> None:
    """What one reader has drawn is not signed by the next one in the same tab."""
    stage = page.locator(".stage")
    open_case(page, server, "faint", reader="ann")
    entry = actions.entry_of(actions.wait_for_case(page))
    draw_mark(page, "b", (250, 300), (120, 150))
    expect(stage).to_have_attribute("data-marks", "1")
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Name or initials").fill("bob")
    page.keyboard.press("Enter")
    expect(stage).to_have_attribute("data-marks", "0")
    page.keyboard.press("Escape")
    actions.press_verdict(page, "n")
    assert standing(server, entry) == ()
    open_case(page, server, "faint", reader="ann")
    expect(stage).to_have_attribute("data-marks", "1")
    actions.press_verdict(page, "f")
    assert corners(standing(server, entry)) == [tuple(map(near, (120, 150, 250, 300)))]


def near(value: float) -> object:
    return pytest.approx(value, abs=1.0)


def test_marks_are_moved_noted_and_taken_away_after_the_verdict_too(page: Page, server: Server) -> None:
    open_case(page, server, "spot")
    entry = actions.entry_of(actions.wait_for_case(page))
    actions.press_verdict(page, "f")
    draw_mark(page, "b", (100, 200), (200, 300))
    saved(page, server, entry, lambda marks: [(near(100), near(200), near(200), near(300))] == corners(marks))
    drag(page, (150, 200), (170, 230))  # by its upper side
    saved(page, server, entry, lambda marks: [(near(120), near(230), near(220), near(330))] == corners(marks))
    drag(page, (220, 330), (240, 340))  # by a corner
    saved(page, server, entry, lambda marks: [(near(120), near(230), near(240), near(340))] == corners(marks))
    page.keyboard.press("e")
    page.keyboard.type("old")
    page.locator(".radiograph").click(position={"x": 5, "y": 5}, force=True)  # elsewhere: the note is kept
    saved(page, server, entry, lambda marks: [mark.note for mark in marks] == ["old"])
    page.mouse.click(*stage_point(page, 180, 230))
    page.get_by_role("button", name="Erase").click()
    saved(page, server, entry, lambda marks: marks == ())
    page.keyboard.press("z")
    expect(page.get_by_text("No verdict of yours yet.")).to_be_visible()


def corners(marks: tuple[Mark, ...]) -> list[tuple[float, ...]]:
    return [(mark.x, mark.y, mark.x2, mark.y2) for mark in marks]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*stage_point(page, *start))
    page.mouse.down()
    page.mouse.move(*stage_point(page, *end), steps=4)
    page.mouse.up()


def saved(page: Page, server: Server, entry: int, holds: Callable[[tuple[Mark, ...]], bool]) -> None:
    """Wait until the standing review has such marks."""
    for _ in range(PATIENCE_MS // 100):
        if holds(standing(server, entry)):
            return
        page.wait_for_timeout(100)
    raise AssertionError(standing(server, entry))


def test_escape_leaves_the_tool_and_a_slip_of_the_hand_draws_nothing(page: Page, server: Server) -> None:
    open_case(page, server, "spot")
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="Box")).to_have_attribute("aria-pressed", "true")
    page.mouse.click(*stage_point(page, 100, 100))
    expect(page.locator(".stage")).to_have_attribute("data-marks", "0")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Box")).to_have_attribute("aria-pressed", "false")
    x = actions.view_of(page)[1]
    page.keyboard.press("1")
    drag(page, (150, 250), (120, 250))  # pans again
    actions.next_frame(page)
    assert actions.view_of(page)[1] != x
    expect(page.locator(".stage")).to_have_attribute("data-marks", "0")


def second_of(page: Page) -> tuple[float, ...]:
    """As `actions.view_of`, of the picture beside."""
    actions.next_frame(page)
    return tuple(float(part) for part in page.locator(".second").get_attribute("data-view").split())


def test_another_of_the_study_lies_beside_and_zooms_along(page: Page, server: Server) -> None:
    open_case(page, server, "faint")
    case = actions.wait_for_case(page)
    expect(page.get_by_text("The verdict is for this one")).to_be_hidden()
    page.keyboard.press("s")
    expect(page.locator(".companion")).to_be_visible()
    expect(page.get_by_text("The verdict is for this one")).to_be_visible()
    chosen = page.get_by_label("Beside it").locator("option:checked")
    expect(chosen).to_have_text(re.compile(r"^Same study: HAND LL, [0-9a-f]{8}$"))
    fit, fit_beside = actions.view_of(page)[0], second_of(page)[0]
    box = page.locator(".second").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.6)
    page.mouse.wheel(0, -500)
    page.keyboard.press("m")
    beside, first = second_of(page), actions.view_of(page)
    assert first[0] / fit == pytest.approx(np.exp(0.75), rel=1e-3)
    assert beside[0] / fit_beside == pytest.approx(first[0] / fit, rel=1e-6)
    assert (beside[1] / 600, beside[2] / 300) == pytest.approx((first[1] / WIDTH, first[2] / HEIGHT))
    assert beside[3:] == first[3:] == (0, 1)
    given = actions.window_of(page)
    page.mouse.down(button="right")
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6, steps=3)
    page.mouse.up(button="right")
    actions.next_frame(page)
    assert actions.window_of(page) == given  # the other one was windowed
    page.keyboard.press("f")
    expect(page.get_by_text(re.compile("^Saved"))).to_be_visible()
    services = server.services()
    said = services.reviews.history(actions.entry_of(case))
    services.close()
    assert said[-1].verdict == "fractured"
    page.keyboard.press("s")
    expect(page.locator(".second")).to_be_hidden()


def test_the_overlay_lies_beside_the_untouched_radiograph(page: Page, server: Server) -> None:
    open_case(page, server, "spot")
    page.get_by_role("button", name="Side by side").click()
    assert page.get_by_label("Beside it").locator("option:checked").inner_text() == "Overlay"
    page.keyboard.press("+")
    page.keyboard.press("t")
    assert second_of(page) == actions.view_of(page)
    assert centres(page)["coloured"] is None
    x, y, _ = centres(page)["bright"]
    beside_x, beside_y, _ = page.locator(".companion").evaluate(CENTRES)["coloured"]
    assert np.hypot(beside_x - x, beside_y - y) < 1
    page.get_by_label("Beside it").select_option(label="The one after")
    expect(page.locator(".companion")).to_be_visible()
    actions.next_frame(page)
    assert page.locator(".companion").evaluate(CENTRES)["coloured"] is None
    page.keyboard.press("i")  # keys work again after the choice
    expect(page.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", "true")
