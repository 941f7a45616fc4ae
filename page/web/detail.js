// The detail of one event: all that the recording holds of it.

const SHOWN_TEXT = 4000;
const HEAD_FIELDS = new Set(['run', 'event', 'kind', 'phase', 'entered_ns', 'left_ns', 'tracer', 'tracee']);

function showDetail(run, row, act) {
  const detail = byId('detail');
  byId('detail-title').textContent = `#${row.number} ${row.kind}`;
  const body = byId('detail-body');
  body.replaceChildren(element('p', { className: 'said' }, eventWords(row.event)), ...proofParts(row));
  body.append(headFacts(run, row), payloadFacts(row.event), detailActions(run, row, act));
  body.scrollTop = 0;
  detail.hidden = false;
  document.body.classList.add('has-detail');
}

function hideDetail() {
  byId('detail').hidden = true;
  document.body.classList.remove('has-detail');
}

function proofParts(row) {
  if (row.proves.length === 0) {
    return row.against ? [element('p', { className: 'wrong' }, '! speaks against a clean end')] : [];
  }
  const sign = row.against ? '!' : '★';
  return row.proves.map((reason) => element('p', { className: 'proof' }, `${sign} ${safeText(reason, 600)}`));
}

function headFacts(run, row) {
  const list = element('dl', { className: 'fields' });
  fact(list, 'at', row.timed ? `${timeWords(row)} ms` : 'no time of its own');
  fact(list, 'took', tookWords(row));
  fact(list, 'phase', row.phase || 'before the first');
  fact(list, 'tracer', nameOfTask(run, row.tracer));
  fact(list, 'tracee', isOfTracer(row) ? 'none: it is of the tracer' : nameOfTask(run, row.tracee));
  fact(list, 'clock', row.timed ? `${row.event.entered_ns} ns` : '');
  return list;
}

function payloadFacts(event) {
  const list = element('dl', { className: 'fields' });
  for (const [name, value] of Object.entries(event)) {
    if (!HEAD_FIELDS.has(name)) addField(list, name, value);
  }
  return list;
}

function addField(list, name, value) {
  const term = safeText(name, 60).replace(/_/g, ' ');
  if (value !== null && typeof value === 'object') fact(list, term, innerFields(value));
  else fact(list, term, fieldText(name, value));
}

function innerFields(value) {
  const list = element('dl', { className: 'inner' });
  for (const [name, inner] of Object.entries(value)) addField(list, name, inner);
  return list.children.length > 0 ? list : '';
}

// A long text is shown in part; all of it when asked for.
function fieldText(name, value) {
  const text = String(value);
  const extra = name === 'status' ? ` (${statusWords(value)})` : '';
  if (text.length <= SHOWN_TEXT) return element('span', { className: 'value' }, visible(text) + extra);
  const shown = element('span', { className: 'value' }, visible(cut(text, SHOWN_TEXT)));
  const more = element('button', { type: 'button' }, `show all ${text.length.toLocaleString('en')} characters`);
  more.addEventListener('click', () => {
    shown.textContent = visible(text);
    more.remove();
  });
  return element('span', {}, shown, ' ', more);
}

function detailActions(run, row, act) {
  const actions = element('p', { className: 'actions' },
    element('a', { href: `#e${row.number}` }, 'link to this event'));
  const add = (words, what) => actions.append(element('button', { type: 'button', onclick: what }, words));
  add('show in timeline', () => act.showInTimeline(row));
  if (!isOfTracer(row)) add(`only task ${row.tracee}`, () => act.search(`task:${row.tracee}`));
  if (row.phase) add(`only phase ${row.phase}`, () => act.search(`phase:${row.phase}`));
  return actions;
}
