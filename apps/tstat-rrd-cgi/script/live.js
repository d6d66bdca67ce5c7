// SPDX-License-Identifier: BSD-3-Clause
//
// Follows the databases while the page is seen.
class Live {
  constructor() {
    this.tag = '';
    this.timer = 0;
    this.seconds = LONGEST_REFRESH_S;
    this.last = Date.now();
    this.on = stored('tstat-live') !== 'off';
  }

  start(places) {
    if (!graphs.length) return;
    this.button = make('button', { type: 'button', className: 'live', textContent: 'Live',
      title: 'Pictures follow the databases' });
    this.button.addEventListener('click', () => this.toggle());
    places.append(this.button);
    document.addEventListener('visibilitychange', () => this.plan());
    this.show();
    this.plan();
    // What the step is; not for a page that is left at once.
    if (this.on) this.first = setTimeout(() => graphs[0].numbers(), SHORTEST_REFRESH_S * 1000);
  }

  toggle() {
    if (!this.button) return;
    this.on = !this.on;
    store('tstat-live', this.on ? 'on' : 'off');
    if (!this.on) clearTimeout(this.first);
    this.show();
    this.plan();
    say(this.on ? 'Pictures follow the databases.' : 'Pictures stay as they are.');
  }

  show() {
    this.button.setAttribute('aria-pressed', String(this.on));
  }

  setStep(step) {
    const seconds = Math.min(Math.max(step, SHORTEST_REFRESH_S), LONGEST_REFRESH_S, this.seconds);
    if (seconds === this.seconds) return;
    this.seconds = seconds;
    this.plan();
  }

  // The next one, or none while nobody sees it.
  plan() {
    clearTimeout(this.timer);
    if (!this.on || !this.button || document.visibilityState !== 'visible') return;
    const wait = Math.max(this.last + this.seconds * 1000 - Date.now(), 0);
    this.timer = setTimeout(() => this.now(), wait);
  }

  async now() {
    clearTimeout(this.timer);
    this.last = Date.now();
    try {
      const headers = this.tag ? { 'If-None-Match': this.tag } : {};
      const answer = await fetch(location.href, { headers, cache: 'no-store' });
      if (answer.status === 200) {
        this.tag = answer.headers.get('ETag') || '';
        const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
        if (this.update(page)) for (const graph of graphs) await graph.refresh();
      }
    } catch {
      // The server may be back at the next time.
    }
    this.plan();
  }

  // Puts the page's texts in place of those that were other ones; whether there were such, or later values.
  update(page) {
    let changed = false;
    // The answer to a form has the address of another page.
    const heading = (root) => root.querySelector('h1').textContent;
    if (heading(page) !== heading(document)) return false;
    const marks = (root) => [...root.querySelectorAll('[data-last]')];
    const olds = marks(document);
    marks(page).forEach(({ dataset }, i) => {
      if (!olds[i] || olds[i].dataset.last === dataset.last) return;
      olds[i].dataset.last = dataset.last;
      changed = true;
    });
    for (const selector of LIVE_TEXTS) {
      const shown = document.querySelectorAll(selector);
      const news = page.querySelectorAll(selector);
      if (shown.length !== news.length) continue;
      shown.forEach((old, i) => {
        if (old.textContent === news[i].textContent) return;
        old.replaceChildren(...news[i].childNodes);
        changed = true;
      });
    }
    return changed;
  }
}
