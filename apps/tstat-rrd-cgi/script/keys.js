// SPDX-License-Identifier: BSD-3-Clause
//
// Keys, and the help that lists them.

let graphs = [];
let current = null; // the graph that keys are for
const live = new Live();
let help = null;

function isSeen(graph) {
  const { top, bottom } = graph.frame.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}
function activeGraph() {
  return graphs.find((graph) => graph.card.contains(document.activeElement)) ||
    (current && isSeen(current) ? current : graphs.find(isSeen)) || graphs[0];
}

// The choice before or after the current one of a row.
function choose(row, way) {
  const choices = [...document.querySelectorAll(`[data-row="${row}"] a`)];
  if (!choices.length) return;
  const at = choices.findIndex((choice) => choice.hasAttribute('aria-current'));
  const next = at < 0 ? (way > 0 ? 0 : choices.length - 1) : at + way;
  if (choices[next]) choices[next].click();
}

function focusGraph(way) {
  const at = graphs.findIndex((graph) => graph.card.contains(document.activeElement));
  const next = graphs[at < 0 ? (way > 0 ? 0 : graphs.length - 1) : at + way];
  if (next) next.link.focus();
}

function focusFirst(...selectors) {
  for (const selector of selectors) {
    const found = document.querySelector(selector);
    if (!found) continue;
    const menu = found.closest('details');
    if (menu) menu.open = true;
    found.focus();
    return;
  }
}

const withGraph = (action) => () => { const graph = activeGraph(); if (graph) action(graph); };
// Keys, what help calls them, what they do.
const KEYS = [
  [['n', 'p'], 'Next or previous time span', [() => choose('time', 1), () => choose('time', -1)]],
  [['t', 'T'], 'Next or previous template', [() => choose('template', 1), () => choose('template', -1)]],
  [['d', 'D'], 'Next or previous direction', [() => choose('direction', 1), () => choose('direction', -1)]],
  [['j', 'k'], 'To the next or previous graph', [() => focusGraph(1), () => focusGraph(-1)]],
  [['ArrowLeft', 'ArrowRight'], 'Cross-hair of the graph: earlier or later', [withGraph((graph) => graph.step(-1)),
    withGraph((graph) => graph.step(1))]],
  [['+', '-'], 'Zoom in or out', [withGraph((graph) => graph.zoom(0.5)), withGraph((graph) => graph.zoom(2))]],
  [['Shift+ArrowLeft', 'Shift+ArrowRight'], 'Move the graph\u2019s span', [withGraph((graph) => graph.pan(-0.5)),
    withGraph((graph) => graph.pan(0.5))]],
  [['0'], 'Whole span again', [withGraph((graph) => graph.setSpan(null))]],
  [['r'], 'Refresh now', [() => live.now()]],
  [['l'], 'Live refresh on or off', [() => live.toggle()]],
  [['m'], 'To the menus', [() => focusFirst('.menus [aria-current]', '.menus summary')]],
  [['/'], 'To the search', [() => focusFirst('input[name="search"]')]],
  [['o'], 'To the list of traces', [() => focusFirst('#dir')]],
  [['?'], 'These keys', [() => showHelp()]],
];
const DRAGGING = [['Drag', 'Zoom into a span'], ['Shift + drag', 'Move the span'], ['Esc', 'Away with the cross-hair']];

function showHelp() {
  if (!help) {
    const label = (key) => key.replace('+Arrow', ' + Arrow').replace('ArrowLeft', '\u2190').replace('ArrowRight', '\u2192');
    const row = (keys, text) => make('div', {}, make('dt', {}, ...keys.map((key) => make('kbd', { textContent: label(key) }))),
      make('dd', { textContent: text }));
    const list = make('dl', {}, ...KEYS.map(([keys, text]) => row(keys, text)), ...DRAGGING.map(([key, text]) => row([key], text)));
    const box = make('input', { type: 'checkbox', checked: stored('tstat-keys') !== 'off' });
    box.addEventListener('change', () => store('tstat-keys', box.checked ? 'on' : 'off'));
    const close = make('button', { type: 'button', textContent: 'Close' });
    help = make('dialog', { className: 'keys' }, make('h2', { id: 'keys', textContent: 'Keys and mouse' }), list,
      make('p', {}, make('label', {}, box, ' Keys are on'), close));
    help.setAttribute('aria-labelledby', 'keys');
    close.addEventListener('click', () => help.close());
    document.body.append(help);
  }
  help.showModal();
}

function onKey(event) {
  const { target } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (target.closest('input, select, textarea, dialog') || target.isContentEditable) return;
  if (event.key === 'Escape') {
    for (const graph of graphs) { graph.endDrag(); graph.hideHair(); }
    return;
  }
  const isArrow = event.key.startsWith('Arrow');
  // Without a graph in hand they are the browser's.
  if (isArrow && !graphs.some((graph) => graph.frame.contains(document.activeElement) || graph.row >= 0)) return;
  const name = isArrow && event.shiftKey ? `Shift+${event.key}` : event.key;
  if (name !== '?' && stored('tstat-keys') === 'off') return;
  for (const [keys, , actions] of KEYS) {
    const at = keys.indexOf(name);
    if (at < 0) continue;
    event.preventDefault();
    actions[Math.min(at, actions.length - 1)]();
  }
}
