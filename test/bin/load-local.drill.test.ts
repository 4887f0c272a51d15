import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main as load } from '../../bin/load';
import { StubApi } from '../../bin/load/stub-api';
import { runMain } from '../helpers/run-main';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'load-local-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Limits that no machine misses. */
const GENEROUS = ['P50_MS', 'P95_MS', 'P99_MS', 'LLM_MS'].flatMap((name) => ['-e', `${name}=60000`]);

test('the whole platform answers every request of the product, and its pods are measured', async () => {
  const { code, out, errors } = await runMain(
    load,
    ...['--target', 'local', '--scenario', 'smoke', '--seconds', '30', '--records', '1000', '--pods', '2'],
    ...['--report', folder, '--json', '-e', 'CACHE_HIT_PERCENT=0', ...GENEROUS],
  );
  const { thresholds, kpis } = JSON.parse(out);
  const measured = (text: string) =>
    thresholds.find((threshold: { text: string }) => threshold.text.startsWith(text))?.measured;
  expect(measured('checks{scenario:smoke,kind:api}')).toBe(1);
  expect(measured('checks{scenario:smoke,kind:llm}')).toBe(1);
  // Whether one of so few prompts is asked twice is a matter of chance.
  expect(measured('llm_cache_hits')).toEqual(expect.any(Number));
  expect(kpis).toContainEqual(expect.objectContaining({ name: 'Errors', measured: '0 %', held: true }));
  const { run } = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  const pods = run.resources.flatMap((sample: { pods: { name: string }[] }) => sample.pods);
  expect(new Set(pods.map(({ name }: { name: string }) => name)).size).toBe(2);
  expect(run.podsMs).toBeGreaterThan(0);
  expect(code).toBe(0);
  expect(errors.join('\n')).not.toMatch(/has ended/);
});

test('a build that is much slower than its baseline fails the comparison', async () => {
  const measure = async (server: 'good' | 'slow', option: string) => {
    const api = new StubApi(server, () => performance.now());
    const result = await runMain(
      load,
      ...['--scenario', 'smoke', '--target', await api.listen(), '--seconds', '1', '--repeat', '3', option],
      ...['--baseline', join(folder, 'baseline.json'), ...GENEROUS],
    );
    await api.close();
    return result;
  };
  expect((await measure('good', '--save')).code).toBe(0);
  const { code, out } = await measure('slow', '--compare');
  expect(code).toBe(99);
  expect(out).toMatch(/API's median, in the bare route's time .*SLOWER/);
});
