// Pointer, wheel and keys on the timeline.

const PAGE_SCROLL_PAUSE = 300;

// `change` is called after the scale was changed, `act` says what a point means.
function listenToCanvas(canvas, scale, change, act) {
  listenToWheel(canvas, scale, change);
  listenToPointer(canvas, scale, change, act);
  canvas.addEventListener('keydown', (key) => canvasKey(key, scale, change, act));
}

// A wheel that scrolls the page goes on to scroll it when the canvas comes under the pointer, and
// one that can zoom out no further scrolls the page as well.
function listenToWheel(canvas, scale, change) {
  let pageScrolled = -Infinity;
  document.addEventListener('scroll', () => { pageScrolled = performance.now(); }, { passive: true });
  canvas.addEventListener('wheel', (wheel) => {
    const across = wheel.shiftKey ? wheel.deltaY : wheel.deltaX;
    const isPan = wheel.shiftKey || Math.abs(wheel.deltaX) > Math.abs(wheel.deltaY);
    if (!wheel.ctrlKey && performance.now() - pageScrolled < PAGE_SCROLL_PAUSE) return;
    if (!isPan && wheel.deltaY > 0 && isFitted(scale) && !wheel.ctrlKey) return;
    wheel.preventDefault();
    const lines = wheel.deltaMode === 1 ? 16 : 1;
    if (isPan) panBy(scale, across * lines);
    else zoomAt(scale, wheel.offsetX, Math.exp(Math.max(-120, Math.min(120, wheel.deltaY * lines)) / 300));
    change();
  }, { passive: false });
}

function listenToPointer(canvas, scale, change, act) {
  let drag = null;
  canvas.addEventListener('pointerdown', (pointer) => {
    if (pointer.button !== 0) return;
    drag = { at: pointer.clientX, moved: 0 };
    canvas.setPointerCapture(pointer.pointerId);
  });
  canvas.addEventListener('pointermove', (pointer) => {
    if (!drag) {
      act.hover(pointer.offsetX, pointer.offsetY);
      return;
    }
    const moved = pointer.clientX - drag.at;
    drag = { at: pointer.clientX, moved: drag.moved + Math.abs(moved) };
    if (drag.moved > 3) panBy(scale, -moved);
    change();
  });
  const end = (pointer) => {
    if (drag && drag.moved <= 3 && pointer.type === 'pointerup') act.choose(pointer.offsetX, pointer.offsetY);
    drag = null;
  };
  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);
  canvas.addEventListener('pointerleave', () => act.hover(-1, -1));
  canvas.addEventListener('dblclick', (click) => act.zoomTo(click.offsetX, click.offsetY));
}

function canvasKey(key, scale, change, act) {
  const steps = { ArrowLeft: -0.15, ArrowRight: 0.15, PageUp: -0.9, PageDown: 0.9 };
  if (key.ctrlKey || key.metaKey || key.altKey) return;
  if (key.key in steps) panBy(scale, steps[key.key] * scale.width);
  else if (key.key === 'ArrowUp') act.step(-1);
  else if (key.key === 'ArrowDown') act.step(1);
  else if (key.key === 'Home') panBy(scale, -1e9);
  else if (key.key === 'End') panBy(scale, 1e9);
  else return;
  key.preventDefault();
  key.stopPropagation();
  change();
}

function zoomInMiddle(scale, factor) {
  zoomAt(scale, scale.left + scale.width / 2, factor);
}

// The words beside the pointer.
function showTip(tip, run, row, x, y, width) {
  if (!row) {
    tip.hidden = true;
    return;
  }
  const took = tookWords(row);
  tip.replaceChildren(
    element('strong', {}, `#${row.number} ${row.kind}`),
    ` ${timeWords(row)}${row.timed ? ' ms' : ''}${took ? `, took ${took}` : ''}`,
    element('br'), cut(eventWords(row.event), 160),
    ...row.proves.slice(0, 2).flatMap((reason) => [element('br'), `★ ${safeText(reason, 120)}`]));
  tip.hidden = false;
  const left = Math.max(0, Math.min(x + 14, width - tip.offsetWidth - 4));
  tip.style.transform = `translate(${left}px, ${y + 16}px)`;
}
