// What the page does when something is pressed, typed or clicked.

function listen(page) {
  listenToCanvas(page.canvas, page.scale, () => redraw(page), canvasActs(page));
  listenToTools(page);
  listenToSearch(page);
  listenToLinks(page);
  listenToWindow(page);
  document.addEventListener('keydown', (key) => pressed(page, key));
}

function canvasActs(page) {
  const rowUnder = (x, y) => rowAt(page.layout, page.scale, x, y);
  return {
    hover(x, y) {
      const row = x < 0 ? null : rowUnder(x, y);
      page.canvas.style.cursor = row ? 'pointer' : '';
      showTip(byId('tip'), page.run, row, x, y, page.canvas.clientWidth);
    },
    choose(x, y) {
      const row = rowUnder(x, y);
      if (row) choose(page, row.number, { isOpening: true });
    },
    zoomTo(x, y) {
      const box = page.layout.boxes.find((found) => y >= found.y && y < found.y + found.height);
      const moment = momentAt(page.scale, x);
      const span = box && box.spans && box.spans.find((found) => {
        const [from, until] = spanEnds(page.scale, found);
        return moment >= from && moment <= until;
      });
      if (span) fitSpan(page.scale, span); else zoomAt(page.scale, x, 0.5);
      redraw(page);
    },
    step: (steps) => stepBy(page, steps),
  };
}

const TOOLS = {
  'zoom-in': (page) => zoomInMiddle(page.scale, 0.6),
  'zoom-out': (page) => zoomInMiddle(page.scale, 1 / 0.6),
  fit: (page) => fitAll(page.scale),
  'fini-only': (page) => fitFini(page),
  'by-order': (page) => changeOrder(page),
  unfold: (page) => { page.isUnfolded = !page.isUnfolded; setLayout(page); },
};

function listenToTools(page) {
  for (const [id, act] of Object.entries(TOOLS)) {
    byId(id).addEventListener('click', () => { act(page); redraw(page); });
  }
  byId('detail-close').addEventListener('click', () => closeAndReturn(page));
  byId('detail-before').addEventListener('click', () => stepBy(page, -1));
  byId('detail-after').addEventListener('click', () => stepBy(page, 1));
  byId('theme').addEventListener('click', () => changeTheme(page));
  byId('keys-open').addEventListener('click', () => byId('keys').showModal());
  byId('keys-close').addEventListener('click', () => byId('keys').close());
}

function fitFini(page) {
  const span = finiWindow(page.run);
  if (span) fitSpan(page.scale, span);
}

// By time or by order; the chosen event stays in view.
function changeOrder(page) {
  if (!page.run.rows.some((row) => row.timed)) return;
  page.scale.byTime = !page.scale.byTime;
  fitAll(page.scale);
  setLayout(page);
}

const THEMES = ['system', 'light', 'dark'];

function changeTheme(page) {
  const root = document.documentElement;
  const now = root.dataset.theme || 'system';
  setTheme(page, THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
}

function setTheme(page, theme) {
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset.theme; else root.dataset.theme = theme;
  byId('theme').textContent = `theme: ${theme}`;
  page.colours = readColours();
  redraw(page);
}

function listenToSearch(page) {
  byId('search').addEventListener('input', () => search(page));
  byId('search').addEventListener('keydown', (key) => {
    if (key.key === 'Enter' || key.key === 'ArrowDown') {
      key.preventDefault();
      page.table.grid.focus();
      if (!page.chosen || !page.chosen.shown) stepBy(page, 1);
    }
  });
  for (const id of ['only-phase', 'only-kind', 'only-evidence']) {
    byId(id).addEventListener('change', () => search(page));
  }
  byId('clear').addEventListener('click', () => { clearSearch(page); byId('search').focus(); });
}

// A link to the event that is chosen already changes no address, so the click itself counts.
function listenToLinks(page) {
  document.addEventListener('click', (click) => {
    const link = click.target.closest('a[href^="#e"]');
    const isHere = link && link.getAttribute('href') === location.hash;
    if (isHere && !link.closest('.row')) showFromAddress(page, true);
    const task = click.target.closest('button[data-task]');
    if (task) showTask(page, task.dataset.task);
  });
  window.addEventListener('hashchange', () => showFromAddress(page, true));
}

function showTask(page, task) {
  byId('search').value = `task:${task}`;
  search(page);
  byId('events').scrollIntoView({ block: 'start' });
  byId('table').focus({ preventScroll: true });
}

function listenToWindow(page) {
  new ResizeObserver(() => redraw(page)).observe(page.canvas.parentElement);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    page.colours = readColours();
    redraw(page);
  });
  let before = 'system';
  window.addEventListener('beforeprint', () => {
    before = document.documentElement.dataset.theme || 'system';
    setTheme(page, 'light');
    drawNow(page);
    printRows(page.table);
  });
  window.addEventListener('afterprint', () => {
    setTheme(page, before);
    byId('table-print').replaceChildren();
  });
}

function stepBy(page, steps) {
  const row = rowNear(page.table, steps);
  if (row) choose(page, row.number);
}

// To the next or the last event before that is evidence, among those that are shown.
function stepToEvidence(page, direction) {
  const { rows, places } = page.table;
  let place = page.chosen ? places.get(page.chosen.number) : undefined;
  if (place === undefined) place = direction > 0 ? -1 : rows.length;
  for (place += direction; place >= 0 && place < rows.length; place += direction) {
    const row = rows[place];
    if (row.proves.length > 0 || row.against) {
      choose(page, row.number);
      return;
    }
  }
}

const KEYS = {
  j: (page) => stepBy(page, 1),
  k: (page) => stepBy(page, -1),
  n: (page) => stepToEvidence(page, 1),
  p: (page) => stepToEvidence(page, -1),
  '/': () => { byId('search').focus(); byId('search').select(); },
  '?': () => byId('keys').showModal(),
  '+': TOOLS['zoom-in'], '=': TOOLS['zoom-in'], '-': TOOLS['zoom-out'],
  0: TOOLS.fit, f: TOOLS['fini-only'], o: TOOLS['by-order'],
  t: changeTheme,
  Escape: (page) => closeAndReturn(page),
};

const GRID_KEYS = {
  ArrowDown: () => 1, ArrowUp: () => -1,
  PageDown: (page) => pageOf(page.table), PageUp: (page) => -pageOf(page.table),
  Home: () => -1e9, End: () => 1e9,
};

function pressed(page, key) {
  if (key.ctrlKey || key.metaKey || key.altKey || byId('keys').open) return;
  if (isTyping(key.target)) {
    if (key.key === 'Escape') page.table.grid.focus();
    return;
  }
  const inGrid = key.target === page.table.grid;
  if (inGrid && GRID_KEYS[key.key]) stepBy(page, GRID_KEYS[key.key](page));
  else if (key.key === 'Enter' && opensDetail(page, key.target)) openDetail(page);
  else if (Object.prototype.hasOwnProperty.call(KEYS, key.key)) KEYS[key.key](page);
  else if (key.key === 'ArrowLeft' && key.target === document.body) panBy(page.scale, -0.15 * page.scale.width);
  else if (key.key === 'ArrowRight' && key.target === document.body) panBy(page.scale, 0.15 * page.scale.width);
  else return;
  key.preventDefault();
  redraw(page);
}

function isTyping(target) {
  return target.matches('input[type="search"], select, textarea');
}

function opensDetail(page, target) {
  return page.chosen && (target === page.table.grid || target === page.canvas || target === document.body);
}

function closeAndReturn(page) {
  if (!page.isDetailOpen) return;
  closeDetail(page);
  page.table.grid.focus({ preventScroll: true });
}
