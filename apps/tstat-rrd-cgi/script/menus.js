// SPDX-License-Identifier: BSD-3-Clause
//
// The menus show what has all words; the form itself asks the server.
function filterMenus(field) {
  const menus = [...document.querySelectorAll('.menus details')].map((menu) => ({ menu, open: menu.open,
    items: [...menu.querySelectorAll('li')].map((item) =>
      ({ item, text: `${item.textContent} ${item.querySelector('a').title}`.toLowerCase() })) }));
  field.addEventListener('input', () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { menu, open, items } of menus) {
      let found = 0;
      for (const { item, text } of items) {
        item.hidden = !words.every((word) => text.includes(word));
        if (!item.hidden) ++found;
      }
      menu.hidden = !found;
      menu.open = words.length ? found > 0 : open;
      count += found;
    }
    say(words.length ? `${count} statistics` : '');
  });
}
