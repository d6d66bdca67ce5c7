// SPDX-License-Identifier: BSD-3-Clause
//
// Puts it all on the page.

graphs = [...document.querySelectorAll('section a img[src*="view=png"]')].map((image) => new Graph(image));
document.body.append(status);
const places = document.querySelector('.places');
if (places) {
  live.start(places);
  const button = make('button', { type: 'button', className: 'help', textContent: '?', title: 'Keys and mouse' });
  button.setAttribute('aria-label', 'Keys and mouse');
  button.addEventListener('click', showHelp);
  places.append(button);
}
const field = document.querySelector('input[name="search"]');
if (field) filterMenus(field);
document.addEventListener('keydown', onKey);
