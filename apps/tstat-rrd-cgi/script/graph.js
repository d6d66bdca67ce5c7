// SPDX-License-Identifier: BSD-3-Clause
//
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
    // What leads to this graph, and the fields of the form that keeps it.
    this.links = [this.link, ...this.card.querySelectorAll('.files a')]
      .map((element) => ({ element, text: element.getAttribute('href') }));
    this.addSpanFields();
    this.heading = image.closest('figure')?.querySelector('figcaption') || this.card.querySelector('h2');
    this.shown = make('span', { className: 'of-span', hidden: true });
    this.heading.append(this.shown);
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

  // Of the form: the fields of a span, which are not sent while they are disabled.
  addSpanFields() {
    const form = this.card.querySelector('.keep form');
    this.fields = !form ? [] : ['duration', 'start', 'end'].map((name) => {
      let element = form.elements.namedItem(name);
      if (!element) form.prepend(element = make('input', { type: 'hidden', name, disabled: true }));
      return { element, name, text: element.value, disabled: element.disabled };
    });
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
    if (files && this.card.classList.contains('graph')) {
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
    for (const { element, text } of this.links) {
      const url = this.addressOf(text);
      url.searchParams.delete('fresh');
      element.setAttribute('href', this.span ? url.pathname + url.search : text);
    }
    for (const { element, name, text, disabled } of this.fields) {
      element.value = this.span ? this.span[name] ?? '' : text;
      element.disabled = this.span ? false : disabled;
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
    this.shown.hidden = true;
    this.shown.textContent = '';
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
      this.shown.textContent = `: ${text}`;
      this.shown.hidden = false;
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
    if (all.length <= MANY_SERIES) return { shown: all, left: 0 };
    const shown = all.filter(({ value }) => value);
    const unknown = all.filter(({ value }) => value === null).length;
    const left = all.length - shown.length - unknown;
    if (unknown) shown.push({ name: `${unknown} ${shown.length || left ? 'more' : 'series'}`, colour: 'transparent', value: null });
    return { shown, left };
  }

  rowText(data) {
    const { shown, left } = this.rowValues(data);
    const parts = shown.map(({ name, value }) => `${name} ${valueText(value)}`);
    if (left) parts.push(`${left} more 0`);
    const unit = data.unit ? `, ${data.unit}` : '';
    return `${this.rowTime(data)}${unit}: ${parts.join('; ')}`;
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
    const unit = make('span', { className: 'unit', textContent: data.unit || '', hidden: !data.unit });
    return [make('strong', { textContent: this.rowTime(data) }), unit, values];
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
