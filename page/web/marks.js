// Bars and marks of the events in a line of a lane. Each meaning has a place or a shape of its own,
// never a colour alone.

const STYLES = {
  writes: { draw: bar, colour: 'writes' },
  reads: { draw: bar, colour: 'reads' },
  resumes: { draw: bar, colour: 'resumes' },
  waits: { draw: hollowBar, colour: 'waits' },
  messages: { draw: messageMark },
  marks: { draw: traceeMark },
  evidence: { draw: evidenceMark },
};

// Draws the rows of a line that are in view. One that would fall on the same pixel as the one
// before of the same look is left out: it could not be seen, and ten thousand take time.
function drawLine(place, box) {
  const { pen, scale, colours } = place;
  const style = STYLES[box.style];
  const [begins, ends] = rowsInView(scale, box.line);
  const drawn = new Map();
  for (let index = begins; index < ends; index += 1) {
    const row = box.line.rows[index];
    const x = Math.max(scale.left - 20, xOf(scale, startOf(scale, row)));
    const end = Math.min(scale.left + scale.width + 20, xOf(scale, endOf(scale, row)));
    const width = Math.max(2, end - x - (scale.byTime ? 0 : 1));
    const look = `${row.group}${row.error || row.against ? '!' : ''}${row.shown ? '' : '-'}`;
    if (x + width < drawn.get(look) + 1) continue;
    drawn.set(look, x + width);
    pen.globalAlpha = row.shown ? 1 : 0.18;
    style.draw(pen, colours, box, { row, x, width, colour: colours[style.colour] });
  }
  pen.globalAlpha = 1;
}

function bar(pen, colours, box, { row, x, width, colour }) {
  pen.fillStyle = row.event.error === undefined ? colour : colours.wrong;
  pen.fillRect(x, box.y + 2, width, box.height - 4);
}

function hollowBar(pen, colours, box, { row, x, width, colour }) {
  if (width < 5) {
    bar(pen, colours, box, { row, x, width, colour });
    return;
  }
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5;
  pen.strokeRect(x + 0.75, box.y + 2.75, width - 1.5, box.height - 5.5);
}

function glyph(pen, colours, box, text, x, colour, weight = '') {
  pen.font = `${weight} 12px ${colours.font}`;
  pen.fillStyle = colour;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.fillText(text, x, box.y + box.height / 2 + 0.5);
}

// Log lines are dots, errors of a log exclamation marks, commands of the parasite diamonds.
function messageMark(pen, colours, box, { row, x }) {
  if (row.error) glyph(pen, colours, box, '!', x + 1, colours.wrong, '800');
  else if (row.kind === 'rpc') diamond(pen, colours.messages, x, box);
  else dot(pen, colours.muted, x, box, 1.8);
}

function dot(pen, colour, x, box, size) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.arc(x, box.y + box.height / 2, size, 0, 7);
  pen.fill();
}

function diamond(pen, colour, x, box) {
  const y = box.y + box.height / 2;
  pen.fillStyle = colour;
  pen.beginPath();
  pen.moveTo(x, y - 5);
  pen.lineTo(x + 4, y);
  pen.lineTo(x, y + 5);
  pen.lineTo(x - 4, y);
  pen.fill();
}

function triangle(pen, colour, x, box) {
  const y = box.y + box.height / 2;
  pen.fillStyle = colour;
  pen.beginPath();
  pen.moveTo(x - 5, y - 4.5);
  pen.lineTo(x + 5, y - 4.5);
  pen.lineTo(x, y + 5);
  pen.fill();
}

// Signals are triangles, stops upright strokes, the breakpoint a ring, an end a cross.
function traceeMark(pen, colours, box, { row, x }) {
  if (row.group === 'signals') triangle(pen, colours.signals, x, box);
  else if (row.group === 'ends' && !box.spans) glyph(pen, colours, box, '✕', x, colours.wrong, '700');
  else if (row.group === 'ends') return;
  else if (row.group === 'stops') stopMark(pen, colours, box, row, x);
  else if (row.error) glyph(pen, colours, box, '!', x, colours.wrong, '800');
  else dot(pen, colours.muted, x, box, 1.8);
}

function stopMark(pen, colours, box, row, x) {
  if (row.event.class !== 'breakpoint') {
    pen.fillStyle = colours.text;
    pen.fillRect(x - 0.75, box.y + 1.5, 1.5, box.height - 3);
    return;
  }
  pen.strokeStyle = colours.text;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.arc(x, box.y + box.height / 2, 4, 0, 7);
  pen.stroke();
}

function evidenceMark(pen, colours, box, { row, x }) {
  if (row.against || row.error) glyph(pen, colours, box, '!', x, colours.wrong, '800');
  else glyph(pen, colours, box, '★', x, colours.evidence);
}

// The row that a point of the canvas means: the nearest of its line, up to six pixels away.
function rowAt(layout, scale, x, y) {
  const box = layout.boxes.find((found) => y >= found.y && y < found.y + found.height);
  if (!box || x < scale.left) return null;
  const marked = box.line ? nearestRow(scale, box.line, x) : null;
  if (marked || !box.spans) return marked;
  return rowOfSpan(scale, box, momentAt(scale, x));
}

function rowOfSpan(scale, box, moment) {
  const span = box.spans.find((found) => {
    const [from, until] = spanEnds(scale, found);
    return moment >= from && moment <= until;
  });
  return span ? scale.run.rows[span.fromPlace] : null;
}

function nearestRow(scale, line, x) {
  const [begins, ends] = rowsInView(scale, line);
  let best = null;
  let least = 7;
  for (let index = begins; index < ends; index += 1) {
    const away = distance(scale, line.rows[index], x);
    if (away < least) {
      least = away;
      best = line.rows[index];
    }
  }
  return best;
}

function distance(scale, row, x) {
  const start = xOf(scale, startOf(scale, row));
  const end = Math.max(start + 2, xOf(scale, endOf(scale, row)));
  if (x < start) return start - x;
  return x > end ? x - end : 0;
}
