// SPDX-License-Identifier: BSD-3-Clause
//
// What pages do beyond links and forms, which need no script: zoom, a cross-hair with the values,
// pictures that follow the databases, a filter of the menus, and keys. Nothing is asked of any
// other host, and nothing is kept but two switches.
'use strict';

(() => {
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
  const LIVE_TEXTS = ['.updated', '.card > p:not(.files)', '.figures', '.health', '.services', '.about'];
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

  const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
  const twoDigits = (number) => String(number).padStart(2, '0');

  // In the time zone of the pictures, which is the server's.
  function timeText(time, clock, withSeconds) {
    let ahead = clock.length ? clock[0][1] : 0;
    for (const [from, seconds] of clock) if (from <= time) ahead = seconds;
    const date = new Date((time + ahead) * 1000);
    const seconds = withSeconds ? ':' + twoDigits(date.getUTCSeconds()) : '';
    return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}, ` +
      `${twoDigits(date.getUTCHours())}:${twoDigits(date.getUTCMinutes())}${seconds}`;
  }

  // Four digits, as the axis has them.
  function valueText(value) {
    if (value === null) return 'unknown';
    for (const [limit, prefix] of [[1e12, ' T'], [1e9, ' G'], [1e6, ' M'], [1e3, ' k']]) {
      if (Math.abs(value) >= limit) return Number((value / limit).toPrecision(4)) + prefix;
    }
    return String(Number(value.toPrecision(4)));
  }

  // What is below the axis is drawn, but not meant, as negative.
  function meant(name, value) {
    return value !== null && value !== 0 && /, (in|server)$/.test(name) ? -value : value;
  }

  // A span that an address may have; long ones are of whole minutes.
  function placed(start, seconds) {
    const unit = seconds >= SECONDS_TEXT_S ? 60 : 1;
    const whole = (number) => Math.round(number / unit) * unit;
    const length = whole(Math.min(Math.max(seconds, MIN_SPAN_S), MAX_SPAN_S));
    const from = Math.min(Math.max(whole(start), MIN_TIME), MAX_TIME - length);
    return { start: from, end: from + length };
  }

  // One picture and what is laid over it.
  class Graph {
    constructor(image) {
      this.image = image;
      this.link = image.closest('a');
      this.card = image.closest('section');
      this.name = image.alt;
      this.span = null; // {start, end}; null: that of the page
      this.fresh = ''; // changes with each refresh, so that browsers ask again
      this.seen = null; // {address, tag} of the picture that was asked for last
      this.loading = null; // {address, numbers: promise}
      this.row = -1; // of the cross-hair
      this.drag = null;
      // Attributes with addresses as the page had them.
      this.sources = [];
      for (const element of [...image.parentElement.querySelectorAll('source'), image]) {
        for (const attribute of ['srcset', 'src']) {
          const text = element.getAttribute(attribute);
          if (text) this.sources.push({ element, attribute, text });
        }
      }
      this.address = image.getAttribute('src');
      this.hair = make('span', { className: 'hair', hidden: true });
      this.band = make('span', { className: 'band', hidden: true });
      this.readout = make('div', { className: 'readout', hidden: true });
      for (const part of [this.hair, this.band, this.readout]) part.setAttribute('aria-hidden', 'true');
      this.frame = make('div', { className: 'frame' });
      this.link.before(this.frame);
      this.frame.append(this.link, this.hair, this.band, this.readout);
      this.addTools();
      this.listen();
    }

    addTools() {
      const button = (text, title, action) => {
        const made = make('button', { type: 'button', textContent: text, title });
        made.setAttribute('aria-label', `${title}: ${this.name}`);
        made.addEventListener('click', action);
        return made;
      };
      this.reset = button('Reset', 'Whole span', () => { this.setSpan(null); this.link.focus(); });
      this.page = make('a', { textContent: 'Page of this span' });
      this.range = make('span', { className: 'range' });
      this.zoomed = make('span', { className: 'zoomed', hidden: true }, this.range, this.reset, this.page);
      this.tools = make('div', { className: 'tools' },
        button('\u2039', 'Earlier', () => this.pan(-0.5)), button('\u2212', 'Zoom out', () => this.zoom(2)),
        button('+', 'Zoom in', () => this.zoom(0.5)), button('\u203a', 'Later', () => this.pan(0.5)), this.zoomed);
      const files = this.card.querySelector('.files');
      if (files) {
        const bar = make('div', { className: 'under' }, this.tools);
        files.before(bar);
        bar.append(files);
      } else {
        this.tools.classList.add('late');
        this.frame.after(this.tools);
      }
    }

    listen() {
      const frame = this.frame;
      frame.addEventListener('dragstart', (event) => event.preventDefault());
      frame.addEventListener('pointerenter', () => { this.numbers(); });
      frame.addEventListener('pointerdown', (event) => this.press(event));
      frame.addEventListener('pointermove', (event) => this.move(event));
      frame.addEventListener('pointerup', (event) => this.release(event));
      frame.addEventListener('pointercancel', () => this.endDrag());
      frame.addEventListener('pointerleave', (event) => {
        if (event.pointerType !== 'touch' && !this.drag) this.hideHair();
      });
      frame.addEventListener('click', (event) => {
        if (this.wasDragged) event.preventDefault();
        this.wasDragged = false;
      }, true);
      this.link.addEventListener('blur', () => this.hideHair());
      this.image.addEventListener('load', () => this.frame.classList.remove('busy'));
      this.image.addEventListener('error', () => this.frame.classList.remove('busy'));
    }

    addressOf(text) {
      const url = new URL(text, location.href);
      if (this.span) {
        url.searchParams.delete('duration');
        url.searchParams.set('start', this.span.start);
        url.searchParams.set('end', this.span.end);
      }
      if (this.fresh) url.searchParams.set('fresh', this.fresh);
      return url;
    }

    // The old picture stays until the new one is there: that is how browsers do it.
    apply() {
      for (const { element, attribute, text } of this.sources) {
        element.setAttribute(attribute, text.replace(/\S+\?\S+/g, (address) => {
          const url = this.addressOf(address);
          return url.pathname + url.search;
        }));
      }
      this.loading = null;
    }

    // What `view=data` says of the picture that is shown; null if there is none.
    numbers() {
      const url = this.addressOf(this.address);
      url.searchParams.set('view', 'data');
      url.searchParams.delete('scale');
      // Of those that the page has for screens of each kind, the one that is shown.
      const shown = new URL(this.image.currentSrc || this.address, location.href).searchParams;
      for (const name of ['theme', 'size']) if (shown.has(name)) url.searchParams.set(name, shown.get(name));
      if (!this.loading || this.loading.address !== url.href) {
        const numbers = fetch(url).then((answer) => (answer.ok ? answer.json() : null))
          .then((data) => (data && data.plot ? data : null)).catch(() => null);
        this.loading = { address: url.href, numbers };
        numbers.then((data) => { if (data) live.setStep(data.step); });
      }
      return this.loading.numbers;
    }

    setSpan(span) {
      if (!span && !this.span) return;
      this.span = span;
      this.hideHair();
      this.frame.classList.add('busy');
      this.apply();
      this.zoomed.hidden = !span;
      if (!span) {
        say(`${this.name}: whole span`);
        return;
      }
      const page = this.addressOf(this.address);
      for (const name of ['view', 'theme', 'scale', 'size', 'fresh']) page.searchParams.delete(name);
      this.page.href = page.pathname + page.search;
      this.numbers().then((data) => {
        if (!data || this.span !== span) return;
        const seconds = span.start % 60 !== 0 || span.end % 60 !== 0;
        const [from, to] = [span.start, span.end].map((time) => timeText(time, data.clock, seconds).split(', '));
        const text = `${from.join(', ')} to ${from[0] === to[0] ? to[1] : to.join(', ')}`;
        this.range.textContent = text;
        say(`${this.name}: ${text}`);
      });
    }

    async current() {
      if (this.span) return this.span;
      const data = await this.numbers();
      return data && { start: data.plot.start, end: data.plot.end };
    }

    // `factor` of the length, around the cross-hair or the middle.
    async zoom(factor) {
      const span = await this.current();
      if (!span) return;
      const length = span.end - span.start;
      let middle = (span.start + span.end) / 2;
      const data = await this.numbers();
      if (data && this.row >= 0) middle = data.start + (this.row - 0.5) * data.step;
      const share = Math.min(Math.max((middle - span.start) / length, 0), 1);
      this.setSpan(placed(middle - share * length * factor, length * factor));
    }

    // By a share of the length.
    async pan(share) {
      const span = await this.current();
      if (!span) return;
      const length = span.end - span.start;
      this.setSpan(placed(span.start + share * length, length));
    }

    // The graph's area in pixels of the frame.
    area(data) {
      const { left, right, top, bottom } = data.plot;
      const { offsetLeft: x, offsetTop: y, offsetWidth: width, offsetHeight: height } = this.image;
      return { left: x + left * width, width: (right - left) * width, top: y + top * height,
        height: (bottom - top) * height };
    }

    timeAt(clientX, data) {
      const area = this.area(data);
      const share = (clientX - this.frame.getBoundingClientRect().left - area.left) / area.width;
      const { start, end } = data.plot;
      return start + Math.min(Math.max(share, 0), 1) * (end - start);
    }

    press(event) {
      if (event.button !== 0 || !this.link.contains(event.target) || event.ctrlKey || event.metaKey) return;
      this.wasDragged = false;
      const touch = event.pointerType === 'touch';
      if (touch && !this.card.classList.contains('graph')) return;
      this.drag = { x: event.clientX, mode: touch ? 'look' : event.shiftKey ? 'pan' : 'zoom', began: false };
      if (touch) {
        // The picture's own address is among the links below it.
        this.wasDragged = true;
        this.look(event.clientX);
      }
    }

    move(event) {
      const { drag } = this;
      if (drag && drag.mode !== 'look') {
        if (!drag.began && Math.abs(event.clientX - drag.x) < DRAG_PIXELS) return;
        if (!drag.began) {
          drag.began = true;
          this.frame.setPointerCapture(event.pointerId);
          this.frame.classList.add(drag.mode);
        }
        if (drag.mode === 'zoom') this.showBand(drag.x, event.clientX);
      }
      this.look(event.clientX);
    }

    async release(event) {
      const { drag } = this;
      this.endDrag();
      if (!drag || !drag.began) return;
      this.wasDragged = true;
      const data = await this.numbers();
      if (!data) return;
      const from = this.timeAt(drag.x, data);
      const to = this.timeAt(event.clientX, data);
      if (drag.mode === 'pan') {
        const { start, end } = data.plot;
        const seconds = (drag.x - event.clientX) / this.area(data).width * (end - start);
        this.setSpan(placed(start + seconds, end - start));
      } else {
        const length = Math.max(Math.abs(to - from), MIN_SPAN_S);
        this.setSpan(placed((from + to - length) / 2, length));
      }
    }

    endDrag() {
      this.drag = null;
      this.band.hidden = true;
      this.frame.classList.remove('zoom', 'pan');
    }

    async showBand(fromX, toX) {
      const { drag } = this;
      const data = await this.numbers();
      if (!data || this.drag !== drag) return;
      const area = this.area(data);
      const left = this.frame.getBoundingClientRect().left;
      const within = (x) => Math.min(Math.max(x - left, area.left), area.left + area.width);
      const begin = Math.min(within(fromX), within(toX));
      const end = Math.max(within(fromX), within(toX));
      this.place(this.band, area, begin, end - begin);
    }

    place(part, area, left, width) {
      Object.assign(part.style, { left: `${left}px`, top: `${area.top}px`, height: `${area.height}px`,
        width: width === null ? '' : `${width}px` });
      part.hidden = false;
    }

    async look(clientX) {
      this.pointer = clientX;
      current = this;
      const data = await this.numbers();
      if (!data || this.pointer !== clientX) return;
      // A value is that of the step that ends at its time.
      this.showRow(data, Math.ceil((this.timeAt(clientX, data) - data.start) / data.step));
    }

    async step(rows) {
      const data = await this.numbers();
      if (!data || !data.series.length) return;
      const last = data.series[0].values.length - 1;
      this.showRow(data, this.row < 0 ? last : this.row + rows);
      say(this.rowText(data));
    }

    showRow(data, wanted) {
      if (!data.series.length || !data.series[0].values.length) return;
      this.row = Math.min(Math.max(wanted, 0), data.series[0].values.length - 1);
      const area = this.area(data);
      const { start, end } = data.plot;
      const time = data.start + (this.row - 0.5) * data.step;
      const share = Math.min(Math.max((time - start) / (end - start), 0), 1);
      const left = area.left + share * area.width;
      this.place(this.hair, area, left, null);
      this.readout.classList.toggle('left', share > 0.5);
      this.readout.style.top = `${area.top}px`;
      this.readout.style.setProperty('--at', `${left}px`);
      this.readout.replaceChildren(...this.rowParts(data));
      this.readout.hidden = false;
    }

    hideHair() {
      this.pointer = null;
      this.row = -1;
      this.hair.hidden = true;
      this.readout.hidden = true;
    }

    rowTime(data) {
      return timeText(data.start + this.row * data.step, data.clock, data.step % 60 !== 0);
    }

    // [{name, colour, value}] that are shown, and how many are not.
    rowValues(data) {
      const all = data.series.map(({ name, colour, values }) =>
        ({ name, colour, value: meant(name, values[this.row]) }));
      const shown = all.length > MANY_SERIES ? all.filter(({ value }) => value) : all;
      return { shown, left: all.length - shown.length };
    }

    rowText(data) {
      const { shown, left } = this.rowValues(data);
      const parts = shown.map(({ name, value }) => `${name} ${valueText(value)}`);
      if (left) parts.push(`${left} more 0`);
      return `${this.rowTime(data)}: ${parts.join('; ')}`;
    }

    rowParts(data) {
      const { shown, left } = this.rowValues(data);
      const rows = shown.map(({ name, colour, value }) => {
        const mark = make('i');
        mark.style.background = colour;
        return make('span', {}, mark, make('span', { textContent: name }), make('b', { textContent: valueText(value) }));
      });
      if (left) rows.push(make('span', {}, make('i'), make('span', { textContent: `${left} more` }), make('b', { textContent: '0' })));
      const values = make('div', { className: rows.length > MANY_SERIES ? 'values many' : 'values' }, ...rows);
      return [make('strong', { textContent: this.rowTime(data) }), values];
    }

    // Shows the picture anew if it has changed.
    async refresh() {
      const url = new URL(this.image.currentSrc);
      url.searchParams.delete('fresh');
      const known = this.seen && this.seen.address === url.href ? { 'If-None-Match': this.seen.tag } : {};
      const answer = await fetch(url, { method: 'HEAD', headers: known, cache: 'no-store' });
      const tag = answer.headers.get('ETag');
      if (answer.status !== 200 || !tag) return;
      this.seen = { address: url.href, tag };
      this.fresh = tag.replace(/[^0-9A-Za-z]/g, '').slice(0, 16);
      this.apply();
    }
  }

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

    // Puts the page's texts in place of those that were other ones; whether there were such.
    update(page) {
      let changed = false;
      // The answer to a form has the address of another page.
      const heading = (root) => root.querySelector('h1').textContent;
      if (heading(page) !== heading(document)) return false;
      for (const selector of LIVE_TEXTS) {
        const olds = document.querySelectorAll(selector);
        const news = page.querySelectorAll(selector);
        if (olds.length !== news.length) continue;
        olds.forEach((old, i) => {
          if (old.textContent === news[i].textContent) return;
          old.replaceChildren(...news[i].childNodes);
          changed = true;
        });
      }
      return changed;
    }
  }

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
})();
