// The search: words that must all be there, in any field, and `field:value` for one field.

const FIELDS = new Map([
  ['kind', (row, value) => row.kind === value || row.group === value],
  ['phase', (row, value) => (row.phase || 'none') === value],
  ['task', (row, value) => String(row.tracee) === value || String(row.tracer) === value],
  ['tracee', (row, value) => String(row.tracee) === value],
  ['tracer', (row, value) => String(row.tracer) === value],
  ['event', (row, value) => String(row.number) === value],
  ['source', (row, value) => String(row.event.source).toLowerCase() === value],
  ['is', (row, value) => isWhat(row, value)],
]);

function isWhat(row, value) {
  if (value === 'evidence') return row.proves.length > 0;
  if (value === 'wrong') return row.error || row.against;
  return false;
}

// `kind:signal -phase:fini "no child"` in pieces: what, of which field, wanted or not.
function readQuery(text) {
  const pieces = text.toLowerCase().match(/-?(?:[a-z]+:)?(?:"[^"]*"?|[^\s"]+)/g) || [];
  return pieces.map(readPiece).filter((piece) => piece.value !== '');
}

function readPiece(piece) {
  const unwanted = piece.startsWith('-') && piece.length > 1;
  const rest = unwanted ? piece.slice(1) : piece;
  const colon = rest.indexOf(':');
  const field = colon > 0 && FIELDS.has(rest.slice(0, colon)) ? rest.slice(0, colon) : null;
  const value = (field ? rest.slice(colon + 1) : rest).replace(/"/g, '');
  return { unwanted, field, value };
}

function matches(row, pieces) {
  return pieces.every((piece) => holds(row, piece) !== piece.unwanted);
}

function holds(row, piece) {
  if (piece.field) return FIELDS.get(piece.field)(row, piece.value);
  return searchedText(row).includes(piece.value);
}

// All values of an event, and the words that the table shows for it; made when first asked for.
function searchedText(row) {
  if (row.searched === null) {
    const values = [];
    collectValues(row.event, values);
    values.push(eventWords(row.event), ...row.proves);
    row.searched = values.join(' ').toLowerCase();
  }
  return row.searched;
}

function collectValues(value, into) {
  if (value !== null && typeof value === 'object') {
    for (const inner of Object.values(value)) collectValues(inner, into);
  } else {
    into.push(String(value));
  }
}
