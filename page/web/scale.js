// The part of a run that the timeline shows, and where on the screen each moment is. A run is laid
// out by time, or by order: one step for each event, whatever time it took.

const CLOSEST_TIME = 200;
const CLOSEST_ORDER = 3;

function makeScale(run) {
  const timed = run.rows.some((row) => row.timed);
  const scale = { run, byTime: timed, from: 0, until: 1, left: 0, width: 1 };
  fitAll(scale);
  fitCure(scale);
  return scale;
}

// What a tracer did before the first phase may be long: then the cure alone is shown at first.
function fitCure(scale) {
  const span = curedSpan(scale.run);
  if (!span) return;
  const [from, until] = spanEnds(scale, span);
  if (until - from < (scale.until - scale.from) / 2) fitSpan(scale, span);
}

function wholeRun(scale) {
  const { rows } = scale.run;
  if (!scale.byTime) return { from: 0, until: Math.max(1, rows.length) };
  const from = rows.length > 0 ? rows[0].entered : 0;
  return { from, until: Math.max(from + 1, lastTime(scale.run)) };
}

function fitAll(scale) {
  const whole = wholeRun(scale);
  const margin = (whole.until - whole.from) * 0.01;
  setView(scale, whole.from - margin, whole.until + margin);
}

function fitSpan(scale, span) {
  const [from, until] = spanEnds(scale, span);
  const margin = Math.max((until - from) * 0.04, 1e-3);
  setView(scale, from - margin, until + margin);
}

// Never closer than can be told apart, never further than the run with a margin.
function setView(scale, from, until) {
  const whole = wholeRun(scale);
  const most = (whole.until - whole.from) * 1.02;
  const least = Math.min(most, scale.byTime ? CLOSEST_TIME : CLOSEST_ORDER);
  const size = Math.min(most, Math.max(least, until - from));
  const middle = (from + until) / 2;
  const margin = (whole.until - whole.from) * 0.01;
  const first = Math.min(whole.until + margin - size, Math.max(whole.from - margin, middle - size / 2));
  scale.from = first;
  scale.until = first + size;
}

function zoomAt(scale, x, factor) {
  const moment = momentAt(scale, x);
  const from = moment - (moment - scale.from) * factor;
  setView(scale, from, from + (scale.until - scale.from) * factor);
}

function panBy(scale, pixels) {
  const moved = (pixels / scale.width) * (scale.until - scale.from);
  setView(scale, scale.from + moved, scale.until + moved);
}

function panTo(scale, row) {
  const middle = (startOf(scale, row) + endOf(scale, row)) / 2;
  const half = (scale.until - scale.from) / 2;
  setView(scale, middle - half, middle + half);
}

function isInView(scale, row) {
  const margin = (scale.until - scale.from) * 0.03;
  return startOf(scale, row) >= scale.from + margin && startOf(scale, row) <= scale.until - margin;
}

function isFitted(scale) {
  const whole = wholeRun(scale);
  return scale.until - scale.from >= (whole.until - whole.from) * 1.019;
}

function startOf(scale, row) {
  return scale.byTime ? row.entered : row.place;
}

function endOf(scale, row) {
  return scale.byTime ? row.left : row.place + 1;
}

function spanEnds(scale, span) {
  return scale.byTime ? [span.from, span.until] : [span.fromPlace, span.untilPlace];
}

function xOf(scale, moment) {
  return scale.left + ((moment - scale.from) / (scale.until - scale.from)) * scale.width;
}

function momentAt(scale, x) {
  return scale.from + ((x - scale.left) / scale.width) * (scale.until - scale.from);
}

// Steps of the ruler: 1, 2 or 5 of a power of ten, at least `pixels` apart.
function rulerStep(scale, pixels) {
  const least = ((scale.until - scale.from) / scale.width) * pixels;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => size >= least) || 10 * power;
  return scale.byTime ? step : Math.max(1, Math.round(step));
}

function rulerWords(scale, moment, step) {
  if (!scale.byTime) {
    const row = scale.run.rows[Math.round(moment)];
    return row ? `#${row.number}` : '';
  }
  const digits = Math.max(0, Math.min(6, Math.ceil(-Math.log10(step / 1e6))));
  return `${(moment / 1e6).toFixed(digits)} ms`;
}

// The first and the last row of a line that may be in view.
function rowsInView(scale, line) {
  const begins = scale.byTime
    ? firstWhere(line.reach, (reach) => reach >= scale.from)
    : firstWhere(line.rows, (row) => row.place + 1 >= scale.from);
  const ends = firstWhere(line.rows, (row) => startOf(scale, row) > scale.until);
  return [begins, ends];
}
