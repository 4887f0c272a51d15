import { main } from '../../bin/bench/gateway';
import { drawRates } from '../../bin/bench/gateway/draw-rates';
import { figureLines } from '../../bin/bench/gateway/format-figures';
import { CONNECTIONS, type GatewayFigures, NAMES } from '../../bin/bench/gateway/measure-gateway';
import { runMain } from '../helpers/run-main';

const RATES = { direct: 16_000, 'bare route': 8000, gateway: 4000, peer: 500 };

const FIGURES: GatewayFigures = {
  loads: [false, true].flatMap((streamed) =>
    CONNECTIONS.flatMap((connections) =>
      NAMES.map((name) => ({
        ...{ name, streamed, connections, rate: RATES[name] },
        ...{ p50Ms: 8, p99Ms: 20, errors: 0 },
      })),
    ),
  ),
  hits: {
    gateway: { rate: 9000, p50Ms: 3, p99Ms: 9, errors: 0 },
    bare: { rate: 18_000, p50Ms: 1, p99Ms: 3, errors: 0 },
  },
  single: { direct: { wholeMs: 1.5, firstByteMs: 1.4 }, gateway: { wholeMs: 2.25, firstByteMs: 2 } },
  residentMebibytes: [140, 200],
  loadAverages: [0.1, 3],
};

test('the figures of the gateway stand beside those of the bare route and the peer, and their goals', () => {
  const text = figureLines(FIGURES).join('\n');
  expect(text).toMatch(/of the bare route +0\.50 +>= 0\.6/);
  expect(text).toMatch(/times the peer +8\.00 +>= 8/);
  expect(text).toMatch(/added to a single call, p50 +0\.75 ms +<= 0\.8 ms/);
  expect(text).toMatch(/first byte of a stream, p50 +0\.60 ms +<= 1 ms/);
  expect(text).toMatch(/answers of the cache a second +9,000 +>= 10,000/);
  expect(text).toMatch(/memory of the API, MiB +140, 200 +<= 256/);
});

test('the picture has a bar for each target and number of connections, in proportion', () => {
  const picture = drawRates(FIGURES);
  const heights = [
    ...picture.matchAll(/height="([\d.]+)" fill="(#\w+)"\/><text x="[\d.]+" y="[\d.]+" text-anchor/g),
  ];
  expect(heights).toHaveLength(2 * CONNECTIONS.length * NAMES.length);
  const [direct, bare, gateway] = heights.map(([, height]) => Number(height));
  expect(Number(direct) / Number(bare)).toBeCloseTo(2, 2);
  expect(Number(direct) / Number(gateway)).toBeCloseTo(4, 2);
});

test.each([
  [['--seconds', '0'], '--seconds must be a whole number between 1 and 600, got 0'],
  [['--unknown'], '--unknown'],
])('the benchmark refuses %j', async (args, message) => {
  const { code, errors } = await runMain(main, ...args);
  expect(code).not.toBe(0);
  expect(errors.join('\n')).toContain(message);
});
