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
// On paper all pictures are light: those that are dark are turned round there (style.css), since other ones would come too
// late. Those that the browser has by chance would be turned, too: it shall choose none.
addEventListener('beforeprint', () => {
  for (const image of document.images) {
    if (!/[?&]theme=dark(&|$)/.test(image.currentSrc)) continue;
    const { search } = new URL(image.currentSrc);
    image.classList.add('night');
    for (const source of image.parentElement.querySelectorAll('source')) {
      source.dataset.media = source.media;
      source.media = source.srcset.includes(`${search} `) ? 'all' : 'not all';
    }
  }
});
addEventListener('afterprint', () => {
  for (const image of document.querySelectorAll('.night')) {
    image.classList.remove('night');
    for (const source of image.parentElement.querySelectorAll('source')) source.media = source.dataset.media;
  }
});
const field = document.querySelector('input[name="search"]');
if (field) filterMenus(field);
document.addEventListener('keydown', onKey);
