// A run as the page needs it: rows in the order of time, from the texts that the program wrote.
// Nothing here knows the document.

// Every integer of 16 or more digits is kept as text: a number of JavaScript would round it. A key
// is met only between two quotes without a backslash, so the text of a string is never changed.
const LONG_INTEGER = /("[a-z_0-9]+"):(-?[0-9]{16,})(?=[,}])/g;

function readLine(line) {
  return JSON.parse(line.replace(LONG_INTEGER, '$1:"$2"'));
}

function readLines(text) {
  return text.split('\n').filter((line) => line.trim() !== '').map(readLine);
}

// The three texts: the line of `list` and the lines of `show`; `check`; `explain`.
function readRun(eventsText, checkText, explainText) {
  const lines = readLines(eventsText);
  const events = lines.filter(isEvent);
  const header = lines.find((line) => !isEvent(line)) || {};
  const checks = readLines(checkText);
  const run = {
    header,
    check: checks[0] || {},
    tasks: checks.filter((line) => line.outcome !== undefined),
    explanation: readLines(explainText)[0] || {},
  };
  return withRows(run, events);
}

function isEvent(line) {
  return typeof line.event === 'number' && typeof line.kind === 'string';
}

function withRows(run, events) {
  run.isTree = run.tasks.length > 0 || typeof run.check.tasks === 'number';
  run.zero = zeroOfTime(events);
  run.rows = inOrderOfTime(events.map((event) => rowOf(event, run.zero)));
  run.rows.forEach((row, place) => { row.place = place; });
  run.placeOf = new Map(run.rows.map((row) => [row.number, row.place]));
  run.names = namesOfTasks(run);
  markRows(run);
  return run;
}

// Times count from the first event that has one, as in the text of `show`.
function zeroOfTime(events) {
  const first = events.find((event) => event.entered_ns !== undefined);
  return first ? BigInt(first.entered_ns) : 0n;
}

function rowOf(event, zero) {
  const timed = event.entered_ns !== undefined;
  const since = (ns) => Number(BigInt(ns) - zero);
  const entered = timed ? since(event.entered_ns) : NaN;
  const left = timed && event.left_ns !== undefined ? since(event.left_ns) : entered;
  return {
    number: event.event,
    kind: event.kind,
    phase: event.phase || '',
    group: groupOf(event.kind),
    tracer: event.tracer || 0,
    tracee: event.tracee || 0,
    timed,
    entered,
    left: Math.max(entered, left),
    proves: [],
    against: false,
    error: isError(event),
    event,
    place: 0,
    shown: true,
    searched: null,
    cells: null,
  };
}

// An event without a time of its own stays next to the one that it follows.
function inOrderOfTime(rows) {
  let last = 0;
  for (const row of rows) {
    if (!row.timed) row.entered = row.left = last;
    last = row.entered;
  }
  return rows.sort((a, b) => a.entered - b.entered || a.number - b.number);
}

const GROUPS = {
  wait: 'waits',
  cont: 'resumes', syscall: 'resumes', step: 'resumes', listen: 'resumes', detach: 'resumes',
  seize: 'writes', attach: 'writes', traceme: 'writes', interrupt: 'writes', kill: 'writes',
  poke: 'writes', 'registers-written': 'writes', 'sigmask-set': 'writes', options: 'writes',
  'siginfo-written': 'writes', request: 'writes',
  peek: 'reads', 'registers-read': 'reads', 'sigmask-read': 'reads', 'siginfo-read': 'reads',
  'sigqueue-read': 'reads', 'event-message': 'reads', 'syscall-info': 'reads',
  stop: 'stops', signal: 'signals', exit: 'ends', killed: 'ends', rpc: 'messages',
  log: 'log', unparsed: 'log', phase: 'phases',
};

function groupOf(kind) {
  return Object.prototype.hasOwnProperty.call(GROUPS, kind) ? GROUPS[kind] : 'facts';
}

const ALWAYS_WRONG = new Set(['missed', 'gap']);

// What counts alone, without the proof: a reader should not overlook it.
function isError(event) {
  if (ALWAYS_WRONG.has(event.kind)) return true;
  if (event.kind === 'log') return event.severity === 'error';
  if (event.kind === 'put-back') return event.error !== undefined || event.differing > 0;
  return false;
}

// Stars for evidence, exclamation marks for what speaks against a clean end.
function markRows(run) {
  for (const { event, reason } of allEvidence(run)) mark(run, event, (row) => addProof(row, reason));
  for (const number of againstNumbers(run)) mark(run, number, (row) => { row.against = true; });
}

function mark(run, number, change) {
  const place = run.placeOf.get(number);
  if (place !== undefined) change(run.rows[place]);
}

function addProof(row, reason) {
  if (!row.proves.includes(reason)) row.proves.push(reason);
}

function allEvidence(run) {
  const ofChecks = [run.check, ...run.tasks].flatMap((check) => check.evidence || []);
  const causes = allDiagnoses(run);
  return ofChecks.concat(causes.flatMap((diagnosis) => diagnosis.evidence || []));
}

function allDiagnoses(run) {
  const ofTasks = (run.explanation.tasks || []).flatMap((task) => task.diagnoses || []);
  return (run.explanation.diagnoses || []).concat(ofTasks);
}

function againstNumbers(run) {
  const checks = [run.check, ...run.tasks];
  const failures = checks.flatMap((check) => check.findings || []).filter((found) => found.failure);
  const interventions = checks.map((check) => check.intervention).filter(Boolean);
  return failures.concat(interventions).map((found) => found.event);
}

// The names that the run knows: its process, the tasks of a tree, the tracer.
function namesOfTasks(run) {
  const names = new Map();
  const add = (task, name) => { if (task && name) names.set(task, name); };
  add(run.header.tracer, run.header.tracer_comm);
  add(run.check.pid, run.check.comm);
  add(run.header.pid, run.header.comm);
  for (const task of run.tasks) add(task.task, task.comm);
  for (const row of run.rows) if (row.event.source === 'engine') add(row.tracer, 'fini-trace');
  return names;
}

// "4711 cat"; task 0 is a task that the log does not name.
function nameOfTask(run, task) {
  if (!task) return 'not named';
  const name = run.names.get(task);
  return name ? `${task} ${visible(cut(name, 64))}` : String(task);
}

// The events of a tracer alone (its own signals, its end) name no tracee.
function isOfTracer(row) {
  return row.tracee === 0 || row.tracee === row.tracer;
}

function firstWhere(rows, holds) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(rows[middle])) high = middle; else low = middle + 1;
  }
  return low;
}
