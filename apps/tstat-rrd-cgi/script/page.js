// SPDX-License-Identifier: BSD-3-Clause
//
// What pages do beyond links and forms, which need no script: zoom, a cross-hair with the values, pictures that follow
// the databases, a filter of the menus, and keys. Nothing is asked of any other host, and nothing is kept but two switches.
// The build makes one script of these files (page_files.cmake), with one scope: what one declares, the later ones have.

// As the addresses have it; docs/viewer.md.
const MIN_TIME = 315360001, MAX_TIME = 0xffffffff;
const MAX_SPAN_S = 30 * 366 * 86400;
const MIN_SPAN_S = 60;
const SECONDS_TEXT_S = 7200;
// Databases are updated once a step, of 300 s as a rule.
const SHORTEST_REFRESH_S = 10;
const LONGEST_REFRESH_S = 300;
const DRAG_PIXELS = 5;
// What a page says of the databases.
const LIVE_TEXTS = ['.updated', '.card > p:not(.files)', '.figures:not(.now > *)', '.health', '.services', '.now'];
// More series than that are shown without those that are 0.
const MANY_SERIES = 16;

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function stored(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // private windows may have none
  }
}
function store(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Then it holds for this page.
  }
}

const status = make('p', { className: 'hidden' });
status.setAttribute('role', 'status');
const say = (text) => { status.textContent = text; };
