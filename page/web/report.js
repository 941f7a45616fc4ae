// The upper part of the page: what happened, whether the stop landed, what proves it, what to do.

const ANSWERS = {
  'nothing-wrong': ['✓', 'nothing wrong', 'good'],
  'something-wrong': ['✗', 'something is wrong', 'wrong'],
  unknown: ['?', 'it can’t be told', 'open'],
};

function showReport(run) {
  const { explanation, check, header } = run;
  const headline = explanation.headline || check.summary || 'No account of this run.';
  document.title = `${safeText(headline, 120)} - fini-trace`;
  byId('run-name').textContent = runName(run);
  byId('headline').textContent = sentence(safeText(headline, 600));
  byId('badges').append(answerBadge(explanation), verdictBadge(check), cleanBadge(run));
  showWarnings(run);
  showFacts(run, byId('facts'));
  showDiagnoses(run, byId('explanation'));
  if (run.isTree) showTasks(run, byId('proof')); else showProof(run, byId('proof'));
  if (header.pid === undefined && check.pid === undefined) byId('run-name').textContent = 'a run';
}

function runName(run) {
  const pid = run.header.pid === undefined ? run.check.pid : run.header.pid;
  const whole = run.isTree ? 'tree of ' : '';
  return `run ${run.check.run || run.header.run || ''} · ${whole}process ${nameOfTask(run, pid)}`;
}

function sentence(text) {
  const first = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}

function badge(symbol, words, mood, title) {
  return element('li', { className: `badge ${mood}`, title },
    element('span', { className: 'symbol', 'aria-hidden': 'true' }, symbol), words);
}

function answerBadge(explanation) {
  const [symbol, words, mood] = ANSWERS[explanation.answer] || ANSWERS.unknown;
  return badge(symbol, words, mood, 'the answer of explain');
}

function verdictBadge(check) {
  const verdict = safeText(check.verdict || 'not judged', 40);
  const [symbol, mood] = landedSign(check.landed);
  const title = 'the verdict of check: did the stop land before rt_sigreturn?';
  return badge(symbol, `stop: ${verdict}`, mood, title);
}

function landedSign(landed) {
  if (landed === true) return ['✓', 'good'];
  return landed === false ? ['✗', 'wrong'] : ['?', 'open'];
}

// Clean is only said of an end that was seen.
function cleanBadge(run) {
  const failures = [run.check, ...run.tasks].flatMap((check) => check.findings || [])
    .filter((found) => found.failure);
  if (failures.length > 0) {
    const kinds = [...new Set(failures.map((found) => safeText(found.kind, 40)))].join(', ');
    return badge('✗', `not clean: ${kinds}`, 'wrong', 'what was left behind or not put back');
  }
  if (run.check.landed === true) return badge('✓', 'clean', 'good', 'nothing was found left behind');
  return badge('?', 'clean: can’t be told', 'open', 'no end of the cure was seen');
}

// What a reader must know before believing anything else here.
function showWarnings(run) {
  const { header, check, explanation } = run;
  const unseen = explanation.unseen || check.unseen || header.unseen;
  const warnings = [];
  if (unseen) warnings.push(`Not seen: ${safeText(unseen)}`);
  const lost = header.lost || explanation.lost;
  if (lost) warnings.push(`${countWords(lost, 'event was', 'events were')} lost.`);
  if (header.finished === false) warnings.push('The recording has no end: it was cut off.');
  const strange = explanation.not_understood;
  if (strange) {
    const words = countWords(strange, 'line of the log was', 'lines of the log were');
    warnings.push(`${words} not understood.`);
  }
  const list = byId('warnings');
  list.hidden = warnings.length === 0;
  list.append(...warnings.map((words) => element('li', {}, words)));
}

function showFacts(run, list) {
  const { header, check, explanation } = run;
  const costs = check.costs || {};
  const frozen = header.frozen_ns === undefined ? costs.frozen_ns : header.frozen_ns;
  fact(list, run.isTree ? 'tree of' : 'tracee', nameOfTask(run, header.pid || check.pid));
  fact(list, 'tracer', tracerWords(run));
  fact(list, 'strategy', strategyWords(header));
  const froze = frozen === undefined ? '' : durationWords(Number(frozen));
  fact(list, run.isTree ? 'frozen at most' : 'frozen', froze);
  fact(list, 'fini window', finiWords(costs.fini));
  fact(list, 'counted', countedWords(costs));
  fact(list, 'source', safeText(header.source || (run.rows[0] && run.rows[0].event.source) || '', 60));
  fact(list, 'started', startWords(header.started_realtime_ns));
  fact(list, 'events', run.rows.length.toLocaleString('en'));
  fact(list, 'command', safeText(header.command || '', 300));
  fact(list, 'about ptrace', safeText(explanation.ptrace_part || '', 600));
}

function tracerWords(run) {
  const tracers = tracersOf(run);
  const names = tracers.slice(0, 4).map((task) => (task ? nameOfTask(run, task) : 'not named in the log'));
  return names.join(', ') + (tracers.length > 4 ? `, ${tracers.length - 4} more` : '');
}

function strategyWords(header) {
  const taken = header.strategy_taken || header.strategy_asked;
  if (!taken) return 'not known';
  const asked = header.strategy_asked;
  return asked && asked !== taken ? `${taken} (asked for ${asked})` : taken;
}

function finiWords(fini) {
  if (!fini) return '';
  const counts = `${countWords(fini.calls, 'call', 'calls')}, ${countWords(fini.stops, 'stop', 'stops')}`;
  return `${durationWords(Number(fini.duration_ns))}, ${counts}`;
}

function countedWords(costs) {
  if (costs.calls === undefined) return '';
  return [countWords(costs.calls, 'call', 'calls'), countWords(costs.stops, 'stop', 'stops'),
    countWords(costs.signals, 'signal', 'signals')].join(', ');
}

function startWords(ns) {
  if (ns === undefined) return '';
  const date = new Date(Number(BigInt(ns) / 1000000n));
  if (Number.isNaN(date.getTime())) return '';
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function showDiagnoses(run, place) {
  const { explanation } = run;
  const diagnoses = explanation.diagnoses || [];
  for (const diagnosis of diagnoses) place.append(diagnosisCard(run, diagnosis, explanation.headline));
  for (const task of explanation.tasks || []) {
    const words = ` ${safeText(task.outcome, 40)}: ${safeText(task.sentence)}`;
    place.append(element('h3', {}, taskLink(run, task.task), words));
    for (const diagnosis of task.diagnoses || []) {
      place.append(diagnosisCard(run, diagnosis, task.sentence));
    }
  }
  if (place.children.length === 1) {
    const words = 'Nothing was found that needs an explanation.';
    place.append(element('p', { className: 'muted' }, words));
  }
}

function diagnosisCard(run, diagnosis, said) {
  const isSaid = diagnosis.sentence === said;
  const card = element('article', { className: `card ${diagnosisMood(diagnosis)}` },
    isSaid ? null : element('h3', {}, sentence(safeText(diagnosis.sentence, 600))),
    element('p', { className: 'tags' }, element('span', { className: 'tag' }, certaintyWords(diagnosis)),
      element('span', { className: 'tag' }, `cause: ${safeText(diagnosis.cause, 80)}`)));
  const proves = diagnosis.certainty === 'yes' ? 'What proves it' : 'What points to it';
  addEvidence(run, card, proves, diagnosis.evidence);
  addEvidence(run, card, 'What follows from it', diagnosis.consequences);
  addEvidence(run, card, 'Errors that came later', diagnosis.later);
  addTexts(card, 'What to do', diagnosis.advice);
  addTexts(card, 'What would tell more', diagnosis.collect);
  return card;
}

function diagnosisMood(diagnosis) {
  if (diagnosis.note) return 'note';
  return diagnosis.certainty === 'yes' ? 'wrong' : 'open';
}

function certaintyWords(diagnosis) {
  if (diagnosis.note) return 'note: the tracer survived it';
  return diagnosis.certainty === 'yes' ? '✗ certain' : '? possible, not proved';
}

function addEvidence(run, card, title, pieces) {
  if (!pieces || pieces.length === 0) return;
  card.append(element('h4', {}, title), evidenceList(run, pieces));
}

function evidenceList(run, pieces) {
  const list = element('ol', { className: 'evidence' });
  for (const piece of pieces) list.append(evidenceItem(run, piece));
  return list;
}

function evidenceItem(run, { event, reason }) {
  const row = run.rows[run.placeOf.get(event)];
  const words = row && row.timed ? `${timeWords(row)} ms` : 'no time';
  const when = row ? element('span', { className: 'when' }, words) : null;
  return element('li', {}, numberedLink(event, safeText(reason, 600)), when);
}

function numberedLink(event, words) {
  const number = element('span', { className: 'number' }, `#${Number(event)}`);
  return element('a', { href: `#e${Number(event)}` }, number, ` ${words}`);
}

function addTexts(card, title, texts) {
  if (!texts || texts.length === 0) return;
  const list = element('ul', { className: 'texts' }, ...texts.map((text) => element('li', {}, safeText(text))));
  card.append(element('h4', {}, title), list);
}

function showProof(run, place) {
  const { check } = run;
  place.append(element('h2', {}, 'Did the stop land?'));
  place.append(element('p', {}, sentence(withoutNumbers(safeText(check.summary || 'not judged')))));
  if ((check.evidence || []).length > 0) place.append(evidenceList(run, check.evidence));
  if (check.intervention) place.append(interventionWords(check.intervention));
  showFindings(run, place, check.findings || []);
  showOthers(run, place, check.others || []);
}

// The numbers at the end of a summary are those of the list below it.
function withoutNumbers(summary) {
  return summary.replace(/ \([0-9]+(, [0-9]+)*\)$/, '');
}

function interventionWords(intervention) {
  const signal = safeText(siginfoWords(intervention.siginfo), 200);
  const words = element('p', {}, `Intervened: ${signal} at `, eventLink(intervention.event));
  const since = intervention.pending_since;
  if (since !== undefined) words.append(', pending since ', eventLink(since));
  words.append('.');
  return words;
}

function showFindings(run, place, findings) {
  if (findings.length === 0) return;
  const items = findings.map((found) => element('li', { className: found.failure ? 'wrong' : '' },
    numberedLink(found.event, `${found.failure ? '! ' : ''}${safeText(found.sentence, 600)}`)));
  place.append(element('h4', {}, 'Findings'), element('ol', { className: 'evidence' }, ...items));
}

function showOthers(run, place, others) {
  if (others.length === 0) return;
  const items = others.map((other) => element('li', {},
    taskLink(run, other.pid), ` ${safeText(other.verdict, 40)}`));
  place.append(element('h4', {}, 'Other tasks that reached fini'),
    element('ul', { className: 'texts' }, ...items));
}

function taskLink(run, task) {
  const properties = { className: 'link', type: 'button', 'data-task': String(task) };
  return element('button', properties, nameOfTask(run, task));
}

const TASK_COLUMNS = ['task', 'outcome', 'verdict', 'frozen', 'what'];

// Of a tree: a line for each task, in the order of their turns.
function showTasks(run, place) {
  const { check } = run;
  place.append(element('h2', {}, 'The tasks'));
  place.append(element('p', {}, `${countWords(run.tasks.length, 'task', 'tasks')}, ${check.cured || 0} cured, `
    + `${check.refused || 0} refused, ${check.vanished || 0} vanished, ${check.failed || 0} failed.`));
  const head = element('tr', {}, ...TASK_COLUMNS.map((name) => element('th', { scope: 'col' }, name)));
  const body = element('tbody', {}, ...run.tasks.map((task) => taskLine(run, task)));
  place.append(element('div', { className: 'wide', tabindex: '0', role: 'region', 'aria-label': 'tasks' },
    element('table', { className: 'tasks' }, element('thead', {}, head), body)));
}

function taskLine(run, task) {
  const frozen = task.costs && task.costs.frozen_ns;
  const [symbol] = landedSign(task.landed);
  const cells = [taskLink(run, task.task), safeText(task.outcome, 40),
    `${symbol} ${safeText(task.verdict || '', 40)}`, frozen === undefined ? '' : durationWords(Number(frozen)),
    withoutNumbers(safeText(task.reason || task.summary || '', 300))];
  return element('tr', {}, ...cells.map((cell) => element('td', {}, cell)));
}
