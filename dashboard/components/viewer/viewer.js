// The component that Streamlit mounts: the viewer with its stage and controls, or the loader that brings radiographs.

import { acknowledgeActions, hasPendingActions, onClick, sendActions } from "./actions.js";
import { holdOverlay, onKeyDown, onKeyUp, perform, slideWindow } from "./commands.js";
import { addColourButtons } from "./controls.js";
import { displayOptions, setDisplayOptions } from "./display_options.js";
import { draw } from "./drawing.js";
import { listenToGestures } from "./gestures.js";
import { cachedImage, receiveImages } from "./image_cache.js";
import { saveNote } from "./marks.js";
import { unpack } from "./messages.js";
import { showCompanion } from "./side_by_side.js";
import { clearSelection, fitCanvas, requestNeededImages, requestRedraw, resetStage } from "./stage.js";
import { restaged } from "./view.js";

const viewers = new Map(); // of each mounted viewer's parent element

function mount(parent) {
  const find = (name) => parent.querySelector(`.${name}`);
  const sliders = { level: find("level"), width: find("width"), opacity: find("opacity"), threshold: find("threshold") };
  const buttons = Object.fromEntries([...parent.querySelectorAll("button")].map((each) => [each.dataset.command, each]));
  const viewer = {
    ...sliders,
    buttons,
    figure: find("viewer"),
    stage: find("stage"),
    radiograph: find("radiograph"),
    context: find("radiograph").getContext("2d", { alpha: false }),
    markLayer: find("layer"),
    markButtons: find("mark-buttons"),
    noteField: find("note-field"),
    message: find("message"),
    noticeLine: find("note"),
    helpPanel: find("help"),
    zoomLine: find("size"),
    verdictTag: find("verdict-tag"),
    companionStage: find("second"),
    companionCanvas: find("companion"),
    companionMessage: find("companion-message"),
    companionChoice: find("companion-choice").querySelector("select"),
    windowControls: find("windowing"),
    windowOutput: find("window"),
    overlayControls: find("overlaying"),
    colourButtons: find("colours"),
    colourRamp: find("ramp"),
    thresholdTick: find("tick"),
    isMounted: true,
    renders: 0,
    current: null,
    aheadEntry: null,
    companion: null,
    view: null,
    window: null,
    tool: null,
    selected: null,
    markDrag: null,
    marksHidden: false,
    leavingAction: 0,
    ignoreStepsUntil: 0,
  };
  viewer.draw = () => draw(viewer);
  listenToControls(viewer, sliders);
  listenToGestures(viewer, viewer.stage);
  listenToGestures(viewer, viewer.companionStage);
  const stopListening = listenToWindow(viewer);
  const resizeObserver = new ResizeObserver(() => resize(viewer));
  resizeObserver.observe(viewer.stage);
  viewer.unmount = () => {
    stopListening();
    resizeObserver.disconnect();
    viewer.isMounted = false;
    viewers.delete(parent);
  };
  viewers.set(parent, viewer);
  return viewer;
}

function listenToControls(viewer, sliders) {
  const { buttons, level, width, opacity, threshold, noteField, companionChoice } = viewer;
  for (const [command, button] of Object.entries(buttons)) button.onclick = () => perform(viewer, command);
  level.oninput = width.oninput = () => slideWindow(viewer);
  opacity.oninput = () => setDisplayOptions(viewer, { opacity: Number(opacity.value) });
  threshold.oninput = () => setDisplayOptions(viewer, { threshold: Number(threshold.value) });
  for (const slider of Object.values(sliders)) slider.onpointerup = () => slider.blur(); // so that the arrows step again
  addColourButtons(viewer);
  noteField.onblur = () => saveNote(viewer);
  noteField.onkeydown = ({ key }) => {
    if (key === "Enter") noteField.blur();
  };
  companionChoice.onchange = () => {
    showCompanion(viewer, companionChoice.value);
    companionChoice.blur();
  };
}

function listenToWindow(viewer) {
  const listeners = {
    keydown: (event) => onKeyDown(viewer, event),
    keyup: (event) => onKeyUp(viewer, event),
    blur: () => holdOverlay(viewer, false),
    click: (event) => onClick(viewer, event),
    resize: () => resize(viewer),
  };
  for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name, listener, true);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) window.removeEventListener(name, listener, true);
  };
}

// The viewer reaches from where it stands to the window's end, so that radiograph and controls are seen without scrolling.
function resize(viewer) {
  const { figure, stage, radiograph } = viewer;
  const scrolled = document.querySelector('[data-testid="stMain"]')?.scrollTop ?? 0;
  const above = Math.max(0, figure.getBoundingClientRect().top + scrolled);
  figure.style.setProperty("--above", `${above}px`);
  if (!fitCanvas(radiograph, stage)) return;
  const { width, height } = radiograph;
  viewer.frame = viewer.context.createImageData(width, height);
  if (viewer.view) viewer.view = restaged(viewer.view, { width, height });
  draw(viewer);
}

// Show the case that the server sent; the one before may still be on the stage.
function showCase(viewer, current, setStateValue) {
  const before = viewer.current;
  Object.assign(viewer, { current, setStateValue });
  viewer.stage.dataset.advances = current.advancesOnVerdict;
  if (before?.entry !== current.entry) {
    viewer.leavingAction = 0;
    if (viewer.aheadEntry !== current.entry) resetStage(viewer, null);
  }
  if (before?.case !== current.case) changeCase(viewer);
  if (before?.draftKey !== current.draftKey) {
    clearSelection(viewer); // also where another reader has taken over
    requestRedraw(viewer);
  }
  acknowledgeActions(viewer, current);
  if (viewer.aheadEntry && !viewer.leavingAction) endStepAhead(viewer);
  resize(viewer);
  updateImages(viewer);
  if (!before && hasPendingActions()) sendActions(viewer); // those of a viewer that was unmounted
}

// The server has caught up with the browser, or has gone elsewhere.
function endStepAhead(viewer) {
  if (viewer.aheadEntry === viewer.current.entry) viewer.aheadEntry = null;
  else resetStage(viewer, null);
}

function changeCase(viewer) {
  const { current } = viewer;
  const hasOverlay = Boolean(current.heatmap || current.overlayNote);
  // The untouched radiograph is what opens first, unless the overlay was asked for while the step to it was on its way.
  if (viewer.aheadEntry !== current.entry || !hasOverlay) Object.assign(viewer, { overlayOn: false, overlayHeld: false });
  if (viewer.companion) showCompanion(viewer, null);
  viewer.buttons.overlay.disabled = !hasOverlay;
  displayOptions.threshold ??= Math.round(current.threshold * 100);
}

// Radiographs came in, or others are needed: show the one that was waited for, and request those that are missing.
function updateImages(viewer) {
  const { current, stage } = viewer;
  if (!current) return;
  if (stage.dataset.case !== current.case) draw(viewer);
  stage.dataset.fetched = current.prefetch.filter(cachedImage).length;
  requestNeededImages(viewer);
  if (viewer.companion) requestRedraw(viewer);
}

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const message = unpack(data);
  if (message.role === "loader") {
    receiveImages(component, message);
    for (const viewer of viewers.values()) updateImages(viewer);
    return undefined;
  }
  const viewer = viewers.get(parentElement) ?? mount(parentElement);
  const render = ++viewer.renders;
  if (message.heatmap) message.heatmap.values = new Float32Array(message.body);
  showCase(viewer, message, setStateValue);
  return () => {
    if (render === viewer.renders) viewer.unmount(); // Streamlit also cleans up renders that a newer one has overtaken
  };
}
