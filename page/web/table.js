// The table of events. Only the rows in view are elements; they are used again for others when the
// table is scrolled, so that its size does not matter.

const SPARE_ROWS = 6;
const MOST_PRINTED = 3000;
const COLUMNS = ['mark', 'number', 'time', 'took', 'phase', 'kind', 'task', 'words'];

function makeTable(run, onChoose) {
  const table = {
    run, onChoose,
    grid: byId('table'), body: byId('table-body'), spacer: byId('table-spacer'),
    rows: run.rows, places: new Map(), pool: [], used: new Map(), chosen: null, height: 26,
  };
  table.body.addEventListener('scroll', () => renderSoon(table), { passive: true });
  table.spacer.addEventListener('click', (click) => chooseClicked(table, click));
  new ResizeObserver(() => measureTable(table)).observe(table.body);
  showRows(table, run.rows);
  return table;
}

function measureTable(table) {
  const height = parseFloat(getComputedStyle(table.grid).getPropertyValue('--row-height')) || 26;
  if (height !== table.height) {
    table.height = height;
    showRows(table, table.rows);
  }
  chooseInTable(table, table.chosen);
}

function showRows(table, rows) {
  table.rows = rows;
  table.places = new Map(rows.map((row, place) => [row.number, place]));
  table.grid.setAttribute('aria-rowcount', String(rows.length + 1));
  table.spacer.style.height = `${rows.length * table.height}px`;
  for (const made of table.used.values()) release(table, made);
  table.used.clear();
  renderTable(table);
}

function renderSoon(table) {
  if (table.isAsked) return;
  table.isAsked = true;
  requestAnimationFrame(() => {
    table.isAsked = false;
    renderTable(table);
  });
}

function renderTable(table) {
  const first = Math.max(0, Math.floor(table.body.scrollTop / table.height) - SPARE_ROWS);
  const count = Math.ceil(table.body.clientHeight / table.height) + 2 * SPARE_ROWS;
  const last = Math.min(table.rows.length, first + count);
  for (const [place, made] of table.used) {
    if (place < first || place >= last) {
      release(table, made);
      table.used.delete(place);
    }
  }
  for (let place = first; place < last; place += 1) {
    if (!table.used.has(place)) table.used.set(place, fill(table, place));
  }
  markChosen(table);
}

function release(table, made) {
  made.hidden = true;
  made.removeAttribute('id');
  table.pool.push(made);
}

function fill(table, place) {
  const made = table.pool.pop() || newRow(table);
  const row = table.rows[place];
  made.hidden = false;
  made.id = `row-${row.number}`;
  made.dataset.number = String(row.number);
  made.setAttribute('aria-rowindex', String(place + 2));
  made.style.transform = `translateY(${place * table.height}px)`;
  made.classList.toggle('odd', place % 2 === 1);
  made.classList.toggle('wrong', row.error || row.against);
  made.children[1].setAttribute('href', `#e${row.number}`);
  cellsOf(table.run, row).forEach((text, index) => setCell(made.children[index], text));
  return made;
}

function setCell(cell, text) {
  if (cell.firstChild.data !== text) cell.firstChild.data = text;
}

function newRow(table) {
  const cells = COLUMNS.map((name) => element(name === 'number' ? 'a' : 'span',
    { className: `cell ${name}`, role: 'gridcell', tabindex: '-1' }, ''));
  const made = element('div', { className: 'row', role: 'row' }, ...cells);
  table.spacer.append(made);
  return made;
}

// Made once for a row: the same rows are shown again and again while the table is scrolled.
function cellsOf(run, row) {
  if (row.cells === null) {
    row.cells = [signOf(row), `#${row.number}`, timeWords(row), tookWords(row), safeText(row.phase, 40),
      safeText(row.kind, 60), taskWords(run, row), eventWords(row.event)];
  }
  return row.cells;
}

function signOf(row) {
  if (row.against || row.error) return '!';
  return row.proves.length > 0 ? '★' : '';
}

function tookWords(row) {
  return row.timed && row.left > row.entered ? durationWords(row.left - row.entered) : '';
}

function taskWords(run, row) {
  if (isOfTracer(row)) return row.group === 'log' ? '' : 'tracer';
  return nameOfTask(run, row.tracee);
}

function chooseClicked(table, click) {
  const made = click.target.closest('.row');
  if (!made) return;
  click.preventDefault();
  table.onChoose(Number(made.dataset.number));
}

function chooseInTable(table, row) {
  table.chosen = row;
  if (row) scrollToRow(table, table.places.get(row.number));
  renderTable(table);
}

function scrollToRow(table, place) {
  if (place === undefined) return;
  const top = place * table.height;
  const { scrollTop, clientHeight } = table.body;
  if (top < scrollTop + table.height || top > scrollTop + clientHeight - 2 * table.height) {
    table.body.scrollTop = top - clientHeight / 3;
  }
}

function markChosen(table) {
  const place = table.chosen ? table.places.get(table.chosen.number) : undefined;
  for (const [at, made] of table.used) {
    made.classList.toggle('chosen', at === place);
    made.setAttribute('aria-selected', String(at === place));
  }
  if (place !== undefined && table.used.has(place)) {
    table.grid.setAttribute('aria-activedescendant', `row-${table.chosen.number}`);
  } else {
    table.grid.removeAttribute('aria-activedescendant');
  }
}

// The row that is so many steps away from the chosen one, among those that are shown.
function rowNear(table, steps) {
  if (table.rows.length === 0) return null;
  const place = table.chosen ? table.places.get(table.chosen.number) : undefined;
  if (place === undefined) return table.rows[steps > 0 ? 0 : table.rows.length - 1];
  return table.rows[Math.max(0, Math.min(table.rows.length - 1, place + steps))];
}

function pageOf(table) {
  return Math.max(1, Math.floor(table.body.clientHeight / table.height) - 1);
}

// On paper every row is an element, up to a number that is told.
function printRows(table) {
  const printed = byId('table-print');
  const rows = table.rows.slice(0, MOST_PRINTED);
  printed.replaceChildren(...rows.map((row) => printedRow(table.run, row)));
  const left = table.rows.length - rows.length;
  if (left > 0) {
    const words = countWords(left, 'more event is', 'more events are');
    printed.append(element('p', {}, `${words} not printed.`));
  }
}

function printedRow(run, row) {
  const cells = cellsOf(run, row).map((text, index) =>
    element('span', { className: `cell ${COLUMNS[index]}` }, text));
  return element('div', { className: 'row' }, ...cells);
}
