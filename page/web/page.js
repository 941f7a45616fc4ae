// The page: reads the three texts, shows them, and keeps timeline, table and detail on one event.

function openPage() {
  const text = (id) => byId(id).textContent;
  const run = readRun(text('run-events'), text('run-check'), text('run-explanation'));
  document.body.classList.toggle('is-tree', run.isTree);
  showReport(run);
  const page = makePage(run);
  fillFilters(page);
  listen(page);
  showFromAddress(page, true);
  document.body.classList.add('ready');
  performance.mark('fini-trace-ready');
}

function makePage(run) {
  const page = {
    run, lanes: lanesOf(run), scale: makeScale(run), canvas: byId('timeline'),
    chosen: null, isUnfolded: false, isAsked: false, isDetailOpen: false,
  };
  page.table = makeTable(run, (number) => choose(page, number, { isOpening: true }));
  page.colours = readColours();
  setLayout(page);
  return page;
}

function setLayout(page) {
  page.layout = layOut(page.run, page.lanes, page.isUnfolded);
  const more = page.lanes.tracees.length - SHOWN_TASKS;
  const unfold = byId('unfold');
  unfold.hidden = more <= 0;
  unfold.textContent = page.isUnfolded ? 'fold tasks' : `show ${countWords(more, 'more task', 'more tasks')}`;
  unfold.setAttribute('aria-expanded', String(page.isUnfolded));
  byId('fini-only').disabled = finiWindow(page.run) === null;
  byId('by-order').setAttribute('aria-pressed', String(!page.scale.byTime));
  page.canvas.setAttribute('aria-label', canvasWords(page));
  redraw(page);
}

function canvasWords(page) {
  const { run } = page;
  return `Timeline of ${countWords(run.rows.length, 'event', 'events')} and `
    + `${countWords(page.lanes.tracees.length, 'tracee', 'tracees')}. `
    + 'The table of events below says the same in text.';
}

// Drawn once a frame at most.
function redraw(page) {
  if (page.isAsked) return;
  page.isAsked = true;
  requestAnimationFrame(() => {
    page.isAsked = false;
    drawNow(page);
  });
}

function drawNow(page) {
  drawLanes(page.canvas, page.scale, page.layout, page.colours, page.chosen);
  byId('view-words').textContent = viewWords(page.scale);
}

function viewWords(scale) {
  if (!scale.byTime) return `by order, ${Math.round(scale.until - scale.from)} steps in view`;
  const seen = durationWords(scale.until - scale.from);
  if (isFitted(scale)) return `all of it: ${seen}`;
  const whole = wholeRun(scale);
  return `${seen} of ${durationWords(whole.until - whole.from)} in view`;
}

const PHASES = ['seize', 'prepare', 'infect', 'daemon', 'commands', 'fini', 'sigreturn', 'unmap', 'detach'];
const COLOURS = {
  text: '--text', muted: '--muted', grid: '--grid', accent: '--accent', wrong: '--wrong',
  evidence: '--evidence', running: '--running', stopped: '--stopped', onStopped: '--on-stopped',
  onPhase: '--on-phase', writes: '--writes', reads: '--reads', resumes: '--resumes',
  waits: '--waits', messages: '--messages', signals: '--signals',
};

function readColours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  const colours = { phases: {}, font: read('--font') };
  for (const [name, variable] of Object.entries(COLOURS)) colours[name] = read(variable);
  for (const phase of PHASES) colours.phases[phase] = read(`--phase-${phase}`);
  return colours;
}

// Chooses an event everywhere at once. `isOpening` opens its detail, `isJump` brings the table into
// view and moves the focus there.
function choose(page, number, { isOpening = false, isJump = false } = {}) {
  const row = page.run.rows[page.run.placeOf.get(number)];
  if (!row) return;
  if (!row.shown) clearSearch(page);
  page.chosen = row;
  chooseInTable(page.table, row);
  if (!isInView(page.scale, row)) panTo(page.scale, row);
  if (isOpening || page.isDetailOpen) openDetail(page);
  if (isJump) {
    byId('events').scrollIntoView({ block: 'start' });
    page.table.grid.focus({ preventScroll: true });
  }
  setAddress(row.number);
  byId('said').textContent = `event ${row.number}, ${eventWords(row.event)}`;
  redraw(page);
}

function openDetail(page) {
  page.isDetailOpen = true;
  showDetail(page.run, page.chosen, {
    showInTimeline() {
      page.canvas.scrollIntoView({ block: 'center' });
      page.canvas.focus({ preventScroll: true });
    },
    search(text) {
      byId('search').value = text;
      search(page);
    },
  });
}

function closeDetail(page) {
  page.isDetailOpen = false;
  hideDetail();
}

// The address names the chosen event. A page inside another has no address of its own to change.
function setAddress(number) {
  if (location.hash === `#e${number}`) return;
  try {
    history.replaceState(null, '', `#e${number}`);
  } catch (refused) {
    if (refused.name !== 'SecurityError') throw refused;
  }
}

function showFromAddress(page, isJump) {
  const found = /^#e([0-9]+)$/.exec(location.hash);
  if (found) choose(page, Number(found[1]), { isOpening: true, isJump });
}

function search(page) {
  const pieces = readQuery(byId('search').value);
  const only = (field, value) => { if (value) pieces.push({ unwanted: false, field, value }); };
  only('phase', byId('only-phase').value);
  only('kind', byId('only-kind').value);
  if (byId('only-evidence').checked) only('is', 'evidence');
  for (const row of page.run.rows) row.shown = matches(row, pieces);
  const rows = pieces.length > 0 ? page.run.rows.filter((row) => row.shown) : page.run.rows;
  showRows(page.table, rows);
  if (page.chosen) chooseInTable(page.table, page.chosen);
  byId('found').textContent = foundWords(rows.length, page.run.rows.length);
  byId('nothing').hidden = rows.length > 0;
  redraw(page);
}

function foundWords(found, all) {
  const words = countWords(all, 'event', 'events');
  return found === all ? words : `${found.toLocaleString('en')} of ${words}`;
}

function clearSearch(page) {
  byId('search').value = '';
  byId('only-phase').value = '';
  byId('only-kind').value = '';
  byId('only-evidence').checked = false;
  search(page);
}

function fillFilters(page) {
  fillFilter(byId('only-phase'), countBy(page.run.rows, (row) => row.phase || 'none'));
  fillFilter(byId('only-kind'), countBy(page.run.rows, (row) => row.kind));
  byId('found').textContent = foundWords(page.run.rows.length, page.run.rows.length);
  byId('nothing').hidden = page.run.rows.length > 0;
}

function fillFilter(select, counts) {
  for (const [name, count] of counts) {
    select.append(element('option', { value: name }, `${safeText(name, 40)} (${count})`));
  }
}

function countBy(rows, key) {
  const counts = new Map();
  for (const row of rows) counts.set(key(row), (counts.get(key(row)) || 0) + 1);
  return counts;
}

openPage();
