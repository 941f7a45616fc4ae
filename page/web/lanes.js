// The canvas: a ruler, the phases, the evidence, and a lane for each task.

const RULER_HEIGHT = 20;
const PHASE_HEIGHT = 18;
const LINE_HEIGHT = 13;
const STATE_HEIGHT = 16;
const LANE_GAP = 8;

// Everything that is drawn, with its place from the top. `isUnfolded` shows the tasks after the
// twelfth as well.
function layOut(run, lanes, isUnfolded) {
  const boxes = [];
  let y = 4;
  const put = (box, height) => { boxes.push({ ...box, y, height }); y += height; };
  put({ type: 'ruler', label: '' }, RULER_HEIGHT);
  put({ type: 'phases', label: 'phase', spans: phaseSpans(run) }, PHASE_HEIGHT);
  const marked = run.rows.filter((row) => row.proves.length > 0 || row.against || row.error);
  const evidence = lineOf('evidence', marked);
  put({ type: 'line', label: 'evidence', style: 'evidence', line: evidence }, LINE_HEIGHT + 3);
  const shown = isUnfolded ? lanes.tracees : lanes.tracees.slice(0, SHOWN_TASKS);
  for (const lane of lanes.above.concat(shown.slice(0, 1))) {
    y += LANE_GAP;
    putLane(put, run, lane);
  }
  y += LANE_GAP;
  for (const lane of shown.slice(1)) putShortLane(put, run, lane);
  return { boxes, height: y + 6 };
}

function putLane(put, run, lane) {
  if (lane.kind === 'messages') {
    put({
      type: 'line', label: 'log, messages', isHead: true, style: 'messages', line: lane.lines[0],
    }, LINE_HEIGHT + 2);
    return;
  }
  const name = lane.task ? nameOfTask(run, lane.task) : '';
  put({ type: 'head', label: `${lane.kind} ${name}`.trim(), isHead: true }, LINE_HEIGHT + 2);
  for (const line of lane.lines) putLine(put, lane, line);
  if (lane.spans) put({ type: 'states', label: 'state', spans: lane.spans }, STATE_HEIGHT);
}

// A task that the run is not about has one line: its states, and its marks on them.
function putShortLane(put, run, lane) {
  put({
    type: 'short', label: nameOfTask(run, lane.task), isHead: true,
    style: 'marks', line: lane.lines[0], spans: lane.spans,
  }, STATE_HEIGHT + 2);
}

function putLine(put, lane, line) {
  const isMarks = line.name === 'marks' || line.name === 'signals';
  put({
    type: 'line', label: line.name === 'marks' ? 'stops, signals' : line.name,
    style: isMarks ? 'marks' : line.name, line,
  }, LINE_HEIGHT);
}

function gutterOf(width) {
  return width < 560 ? 84 : 148;
}

// Draws a layout. `colours` are those of the theme, `chosen` the row that is selected.
function drawLanes(canvas, scale, layout, colours, chosen) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  fitCanvas(canvas, width, layout.height, ratio);
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, layout.height);
  scale.left = gutterOf(width);
  scale.width = Math.max(20, width - scale.left - 6);
  const place = { pen, scale, colours, width, height: layout.height };
  drawGrid(place, layout);
  pen.save();
  pen.beginPath();
  pen.rect(scale.left, 0, scale.width + 6, layout.height);
  pen.clip();
  if (chosen) drawChosen(place, layout, chosen);
  for (const box of layout.boxes) DRAWS[box.type](place, box);
  pen.restore();
  for (const box of layout.boxes) drawLabel(place, box);
}

function fitCanvas(canvas, width, height, ratio) {
  const across = Math.round(width * ratio);
  const down = Math.round(height * ratio);
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
  canvas.style.height = `${height}px`;
}

const DRAWS = {
  ruler: drawRuler,
  phases: drawPhases,
  head: drawHead,
  line: (place, box) => drawLine(place, box),
  states: drawStates,
  short: drawShort,
};

function drawLabel({ pen, scale, colours }, box) {
  pen.font = box.isHead ? `600 12px ${colours.font}` : `11px ${colours.font}`;
  pen.fillStyle = box.isHead ? colours.text : colours.muted;
  pen.textBaseline = 'middle';
  pen.textAlign = 'left';
  const inset = box.isHead ? 0 : 10;
  const room = box.type === 'head' ? scale.left + scale.width : scale.left - 6;
  pen.fillText(shortened(pen, box.label, room - inset), inset, box.y + box.height / 2);
}

function shortened(pen, text, room) {
  if (pen.measureText(text).width <= room) return text;
  let length = Math.min(text.length, 60);
  while (length > 1 && pen.measureText(`${text.slice(0, length)}…`).width > room) length -= 1;
  return `${text.slice(0, length)}…`;
}

function drawGrid({ pen, scale, colours }, layout) {
  pen.fillStyle = colours.grid;
  forRuler(scale, (moment) => {
    pen.fillRect(Math.round(xOf(scale, moment)), RULER_HEIGHT, 1, layout.height - RULER_HEIGHT);
  });
}

function forRuler(scale, act) {
  const step = rulerStep(scale, 90);
  const first = Math.ceil(scale.from / step);
  const last = Math.floor(scale.until / step);
  for (let tick = first; tick <= last; tick += 1) act(tick * step, step);
}

function drawRuler({ pen, scale, colours, width }, box) {
  pen.font = `11px ${colours.font}`;
  pen.fillStyle = colours.muted;
  pen.textBaseline = 'middle';
  pen.textAlign = 'left';
  forRuler(scale, (moment, step) => {
    const x = xOf(scale, moment);
    const words = rulerWords(scale, moment, step);
    if (x + 3 + pen.measureText(words).width <= width) pen.fillText(words, x + 3, box.y + 8);
    pen.fillRect(Math.round(x), box.y + 2, 1, RULER_HEIGHT - 4);
  });
}

// Phases have a colour each, and their name where it fits.
function drawPhases({ pen, scale, colours }, box) {
  pen.font = `600 11px ${colours.font}`;
  pen.textBaseline = 'middle';
  for (const span of box.spans) {
    const [x, width] = onScreen(scale, span);
    if (width === 0) continue;
    pen.fillStyle = colours.phases[span.phase] || colours.grid;
    pen.fillRect(x, box.y, Math.max(1, width - 1), box.height - 2);
    nameSpan(pen, span.phase, x, width, box, colours.onPhase);
  }
}

function onScreen(scale, span) {
  const [from, until] = spanEnds(scale, span);
  if (until < scale.from || from > scale.until) return [0, 0];
  const x = Math.max(scale.left, xOf(scale, from));
  const end = Math.min(scale.left + scale.width + 6, xOf(scale, until));
  return [x, Math.max(1, end - x)];
}

function nameSpan(pen, name, x, width, box, colour) {
  if (width < 16) return;
  const words = pen.measureText(name).width + 8 <= width ? name : '';
  pen.fillStyle = colour;
  pen.textAlign = 'left';
  if (words) pen.fillText(words, x + 4, box.y + box.height / 2 - 1);
}

function drawHead({ pen, scale, colours }, box) {
  pen.fillStyle = colours.grid;
  pen.fillRect(0, box.y - LANE_GAP / 2, scale.left + scale.width + 6, 1);
}

// A running task is a thin line, a stopped one a filled box, an ended one a cross and nothing.
function drawStates({ pen, scale, colours }, box) {
  pen.font = `11px ${colours.font}`;
  pen.textBaseline = 'middle';
  for (const span of box.spans) {
    const [x, width] = onScreen(scale, span);
    if (width > 0) STATES[span.state](pen, colours, box, x, width, span);
  }
}

function drawShort(place, box) {
  place.pen.fillStyle = place.colours.grid;
  place.pen.fillRect(place.scale.left, box.y + box.height - 1, place.scale.width + 6, 1);
  drawStates(place, box);
  drawLine(place, box);
}

const STATES = {
  running(pen, colours, box, x, width) {
    pen.fillStyle = colours.running;
    pen.fillRect(x, box.y + 5, width, 5);
  },
  stopped(pen, colours, box, x, width, span) {
    pen.fillStyle = colours.stopped;
    pen.fillRect(x, box.y, Math.max(1, width - 0.5), box.height - 1);
    if (width > 40) nameSpan(pen, span.words, x, width, box, colours.onStopped);
  },
  'let-go'(pen, colours, box, x, width) {
    pen.fillStyle = colours.running;
    for (let dash = x; dash < x + width; dash += 8) pen.fillRect(dash, box.y + 6, 4, 3);
  },
  ended(pen, colours, box, x, width, span) {
    pen.fillStyle = colours.wrong;
    pen.font = `700 13px ${colours.font}`;
    pen.textAlign = 'left';
    pen.fillText('✕', x, box.y + box.height / 2);
    pen.font = `11px ${colours.font}`;
    if (width > 110) nameSpan(pen, span.words, x + 12, width - 12, box, colours.muted);
  },
};

function drawChosen({ pen, scale, colours }, layout, row) {
  const x = Math.round(xOf(scale, startOf(scale, row)));
  pen.fillStyle = colours.accent;
  pen.fillRect(x, 2, 1.5, layout.height - 4);
  pen.beginPath();
  pen.moveTo(x - 5, 0);
  pen.lineTo(x + 6.5, 0);
  pen.lineTo(x + 0.75, 8);
  pen.fill();
}
