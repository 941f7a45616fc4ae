// Lanes and spans: which event is drawn where, before anything is drawn.

const TRACER_ROWS = ['writes', 'reads', 'resumes', 'waits'];
const SHOWN_TASKS = 12;

// Lanes from top to bottom: the tracers with their calls, messages and log lines, the tracees.
function lanesOf(run) {
  const tracers = tracersOf(run).map((tracer) => tracerLane(run, tracer));
  const messages = messageLane(run);
  const tracees = traceesOf(run).map((tracee) => traceeLane(run, tracee));
  return { above: messages ? tracers.concat(messages) : tracers, tracees };
}

function isCall(row) {
  return TRACER_ROWS.includes(row.group);
}

function tracersOf(run) {
  const found = new Set();
  for (const row of run.rows) if (isCall(row)) found.add(row.tracer);
  return [...found];
}

function tracerLane(run, tracer) {
  const ofTracer = run.rows.filter((row) => row.tracer === tracer);
  const lines = TRACER_ROWS.map((group) => lineOf(group, ofTracer.filter((row) => row.group === group)));
  const own = ofTracer.filter((row) => isOfTracer(row) && (row.group === 'signals' || row.group === 'ends'));
  if (own.length > 0) lines.unshift(lineOf('signals', own));
  return { kind: 'tracer', task: tracer, lines };
}

function messageLane(run) {
  const rows = run.rows.filter((row) => row.group === 'messages' || row.group === 'log');
  return rows.length > 0 ? { kind: 'messages', task: 0, lines: [lineOf('messages', rows)] } : null;
}

// The process of the run first, then the others as they come.
function traceesOf(run) {
  const found = new Set();
  for (const row of run.rows) if (!isOfTracer(row) && row.group !== 'log') found.add(row.tracee);
  const subject = run.header.pid || run.check.pid;
  const others = [...found].filter((task) => task !== subject);
  return found.has(subject) ? [subject, ...others] : others;
}

const TRACEE_MARKS = new Set(['stops', 'signals', 'ends', 'facts']);

function traceeLane(run, tracee) {
  const rows = run.rows.filter((row) => row.tracee === tracee && !isOfTracer(row));
  const marks = rows.filter((row) => TRACEE_MARKS.has(row.group));
  return {
    kind: 'tracee', task: tracee, lines: [lineOf('marks', marks)], spans: statesOf(rows, run),
  };
}

// A line of a lane. `reach` is the latest end up to each event, so that what is in view is found
// by halving, although one event may last longer than the next.
function lineOf(name, rows) {
  let latest = -Infinity;
  const reach = rows.map((row) => (latest = Math.max(latest, row.left)));
  return { name, rows, reach };
}

// What state a tracee is in from when to when, as far as its events tell.
function statesOf(rows, run) {
  const spans = [];
  let open = null;
  for (const row of rows) {
    const change = stateAfter(row, open);
    if (change === null) continue;
    if (open) spans.push(closed(open, change.from, row.place));
    open = { ...change, fromPlace: row.place };
  }
  if (open) spans.push(closed(open, lastTime(run), run.rows.length));
  return spans;
}

function closed(span, until, untilPlace) {
  return { ...span, until: Math.max(span.from, until), untilPlace };
}

function lastTime(run) {
  return run.rows.reduce((latest, row) => Math.max(latest, row.left), 0);
}

// A stop begins when a wait returns it or its record says so; a task runs again when the tracer
// resumes it. After detach nothing is seen but its end.
function stateAfter(row, open) {
  const state = open ? open.state : 'unknown';
  if (state === 'ended') return null;
  if (row.group === 'ends') return { state: 'ended', from: row.entered, words: eventWords(row.event) };
  if (row.kind === 'stop') return atStop(row, open);
  if (row.kind === 'wait' && row.event.result > 0 && row.event.status !== undefined) return atWait(row, state);
  return row.event.error === undefined ? afterRequest(row, state) : null;
}

// The record of a stop names the one that its wait began.
function atStop(row, open) {
  const words = String(row.event.class);
  if (!open || open.state !== 'stopped') return { state: 'stopped', from: row.entered, words };
  if (!open.isNamed) Object.assign(open, { words, isNamed: true });
  return null;
}

function atWait(row, state) {
  const status = Number(row.event.status);
  if (status === 0xffff) return null;
  if ((status & 0xff) !== 0x7f) return { state: 'ended', from: row.left, words: statusWords(status) };
  return state === 'stopped' ? null : { state: 'stopped', from: row.left, words: 'stopped' };
}

function afterRequest(row, state) {
  if (row.kind === 'detach') return { state: 'let-go', from: row.left, words: 'let go' };
  const runs = row.kind === 'seize' || (row.group === 'resumes' && row.kind !== 'listen');
  if (!runs || state === 'running') return null;
  return { state: 'running', from: row.kind === 'seize' ? row.left : row.entered, words: 'runs' };
}

// The band of phases of the process that the run is about; of a tree, of all in their turns. A
// phase lasts until the next of the same task begins.
function phaseSpans(run) {
  const spans = [];
  for (const row of run.rows) {
    if (row.phase === '') continue;
    const last = spans[spans.length - 1];
    if (!last || last.phase !== row.phase) {
      if (last && last.task === row.tracee) Object.assign(last, { until: row.entered, untilPlace: row.place });
      spans.push({ phase: row.phase, task: row.tracee, from: row.entered, fromPlace: row.place });
    }
    Object.assign(spans[spans.length - 1], { until: row.left, untilPlace: row.place + 1 });
  }
  return spans;
}

// From the first event of a phase to the last one.
function curedSpan(run) {
  const spans = phaseSpans(run);
  if (spans.length === 0) return null;
  const last = spans[spans.length - 1];
  const until = spans.reduce((latest, span) => Math.max(latest, span.until), last.until);
  return { from: spans[0].from, until, fromPlace: spans[0].fromPlace, untilPlace: last.untilPlace };
}

// From the interrupt of fini to the end of sigreturn, or as far as fini came.
function finiWindow(run) {
  const rows = run.rows.filter((row) => row.phase === 'fini' || row.phase === 'sigreturn');
  if (rows.length === 0) return null;
  const until = rows.reduce((latest, row) => Math.max(latest, row.left), rows[0].left);
  return {
    from: rows[0].entered, until,
    fromPlace: rows[0].place, untilPlace: rows[rows.length - 1].place + 1,
  };
}
