// Making elements. Text always goes in as a text node, and a link only ever points to an event of
// this page: what a recording says can't become an element, a script or an address.

const LONGEST_TEXT = 2000;

function element(tag, properties, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) setProperty(made, name, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function setProperty(made, name, value) {
  if (name === 'className') made.className = value;
  else if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
  else made.setAttribute(name, value);
}

function byId(id) {
  return document.getElementById(id);
}

// Text of a recording: cut, and with its invisible characters shown.
function safeText(text, length = LONGEST_TEXT) {
  return visible(cut(text === undefined || text === null ? '' : text, length));
}

function eventLink(number, text) {
  return element('a', { href: `#e${Number(number)}` }, text || `#${Number(number)}`);
}

// A term and what it is; nothing where nothing is known.
function fact(list, term, ...about) {
  const known = about.filter((part) => part !== '' && part !== null && part !== undefined);
  if (known.length === 0) return;
  list.append(element('div', {}, element('dt', {}, term), element('dd', {}, ...known)));
}
