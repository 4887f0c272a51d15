/**
 * The page's script. It draws with the DOM only, so that no text of an answer becomes markup. Each plot has its own
 * scale from 0; both share the axis of time, an hour back and half an hour ahead.
 */
export const PAGE_SCRIPT = `
'use strict';
const POLL_MS = 2000;
const MINUTE = 60000;
const WIDTH = 900, HEIGHT = 220, LEFT = 46, RIGHT = 12, TOP = 10, BOTTOM = 22;
const NAMESPACE = 'http://www.w3.org/2000/svg';
const byId = (id) => document.getElementById(id);

function element(name, attributes, text) {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

function scaleOf(now, largest) {
  const [from, until] = [now - 60 * MINUTE, now + 35 * MINUTE];
  const top = niceTop(largest);
  return {
    top, from, until,
    x: (ms) => LEFT + ((ms - from) / (until - from)) * (WIDTH - LEFT - RIGHT),
    y: (value) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM),
  };
}

function niceTop(largest) {
  const power = 10 ** Math.floor(Math.log10(Math.max(largest, 1)));
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= largest);
}

function frame(svg, scale, now) {
  svg.replaceChildren();
  for (const share of [0, 0.5, 1]) {
    const value = share * scale.top;
    svg.append(element('line', { x1: LEFT, x2: WIDTH - RIGHT, y1: scale.y(value), y2: scale.y(value), class: 'grid' }));
    svg.append(element('text', { x: LEFT - 6, y: scale.y(value) + 4, 'text-anchor': 'end' }, String(value)));
  }
  const first = Math.ceil(scale.from / (15 * MINUTE)) * 15 * MINUTE;
  for (let ms = first; ms < scale.until; ms += 15 * MINUTE) {
    svg.append(element('text', { x: scale.x(ms), y: HEIGHT - 4, 'text-anchor': 'middle' }, clock(ms).slice(0, 5)));
  }
  svg.append(element('line', { x1: scale.x(now), x2: scale.x(now), y1: TOP, y2: HEIGHT - BOTTOM, class: 'now' }));
}

/** A gap where a value is unknown. */
function line(svg, scale, points, name, stepped) {
  let path = '', before;
  for (const [ms, value] of points) {
    if (value === null) before = undefined;
    else {
      if (stepped && before !== undefined) path += 'H' + scale.x(ms).toFixed(1);
      path += (before === undefined ? 'M' : 'L') + scale.x(ms).toFixed(1) + ' ' + scale.y(value).toFixed(1);
      before = value;
    }
  }
  svg.append(element('path', { d: path, class: name }));
}

function clock(ms) {
  return new Date(ms).toISOString().slice(11, 19);
}

function seriesOf(forecasts, read, now) {
  return forecasts.flatMap(({ originMinute, forecasts: horizons }, index) => {
    const last = index === forecasts.length - 1;
    return horizons.filter((_, place) => place === 0 || last)
      .map((one) => [(originMinute + one.horizonMinutes) * MINUTE, read(one)]);
  }).filter(([ms]) => ms > now - 60 * MINUTE);
}

function draw(state) {
  const { nowMs: now, points, forecasts } = state;
  const expected = seriesOf(forecasts, (one) => one.point, now);
  const upper = seriesOf(forecasts, (one) => one.upper, now);
  const loads = points.map((one) => [one.atMs, one.load]);
  const known = (pairs) => pairs.map(([, value]) => value ?? 0);
  const load = scaleOf(now, Math.max(...known(loads), ...known(expected), ...known(upper), state.requestsPerPod));
  frame(byId('load'), load, now);
  line(byId('load'), load, upper, 'upper', false);
  line(byId('load'), load, expected, 'forecast', false);
  line(byId('load'), load, loads, 'measured', false);
  const pods = scaleOf(now, state.maxReplicas);
  frame(byId('pods'), pods, now);
  for (const [read, name] of [['replicas', 'wanted'], ['floor', 'floor'], ['pods', 'present']]) {
    line(byId('pods'), pods, points.map((one) => [one.atMs, one[read]]), name, true);
  }
  words(state, points.at(-1), forecasts.at(-1));
}

function words(state, point, forecast) {
  const load = point && point.load !== null ? point.load.toFixed(1) + ' requests/s' : 'unknown';
  byId('now').textContent = clock(state.nowMs) + ' UTC' + (state.speed === 1 ? '' : ', ' + state.speed + ' times real time');
  byId('load-now').textContent = load + ', ' + state.requestsPerPod + ' a pod';
  byId('pods-now').textContent = point
    ? point.pods + ' pods, ' + point.replicas + ' wanted, floor ' + point.floor + ' (' + state.minReplicas + ' to ' + state.maxReplicas + ')'
    : 'no sync yet';
  byId('reason').textContent = state.reason;
  byId('scaler').textContent = forecast
    ? forecast.gate + ': ' + forecast.message
    : 'not running: npm run scaler -- --local';
}

async function poll() {
  try {
    const answer = await fetch('state.json', { cache: 'no-store' });
    draw(await answer.json());
  } catch {
    byId('now').textContent = 'the platform does not answer';
  }
  setTimeout(poll, POLL_MS);
}
poll();
`;
