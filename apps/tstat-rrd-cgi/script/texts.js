// SPDX-License-Identifier: BSD-3-Clause
//
// Times, values and spans as pages and addresses have them.

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
