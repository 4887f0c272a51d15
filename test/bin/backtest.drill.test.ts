import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../bin/backtest';
import { readTraceFile } from '../../bin/backtest/read-traces';
import { runMain } from '../helpers/run-main';
import { exampleTraffic, trafficCsv } from '../helpers/traffic';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backtest-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (...argv: string[]) => runMain(main, ...argv);

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Runs it on a trace, with the report in the test's folder. */
function replayed(text: string, ...argv: string[]) {
  return run('--trace', write('traffic.csv', text), '--report', join(folder, 'report.html'), ...argv);
}

const TRAFFIC = trafficCsv(exampleTraffic(9, 60));

/** A manifest of two traces whose last day is scored. */
function manifest(): string {
  const entries = ['one', 'two'].map((trace, index) => {
    write(`${trace}.csv`, trafficCsv(exampleTraffic(9, 60, index + 1)));
    return {
      trace,
      file: `${trace}.csv`,
      step_min: 60,
      horizons_min: [30, 90],
      cadence_min: 60,
      eval_start: '2025-01-14T00:00:00Z',
      eval_end: '2025-01-15T00:00:00Z',
      scale: 0.5,
      sim: true,
    };
  });
  return write('manifest.json', JSON.stringify(entries));
}

/** A counter of requests, read once an hour. */
function rising(days: number) {
  let total = 0;
  return exampleTraffic(days, 60).map(({ minute, load }) => {
    total += load;
    return { minute, load: total };
  });
}

describe('npm run backtest', () => {
  it('says first how the file was understood', async () => {
    const { out } = await replayed(TRAFFIC, '--days', '1');
    const [first] = out.split('\n');
    expect(first).toBe(
      `${join(folder, 'traffic.csv')}: CSV, column 2 "value", times with an offset, step 60 min, 2025-01-06 00:00 to 2025-01-14 23:00 UTC (9.0 days), no gaps`,
    );
  });

  it('reads the rate of a counter', async () => {
    const { code, out } = await replayed(trafficCsv(rising(9)), '--counter', '--days', '1', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out).traces[0].data).toMatchObject({ values: 'counter as rate per second' });
  });

  it('prints how forecasts and policies did', async () => {
    const { code, out, errors } = await replayed(TRAFFIC);
    expect({ code, errors }).toEqual({ code: 0, errors: [] });
    const policies = [
      'HPA at 70 %',
      'adaptive floor and HPA target',
      'adaptive floor, HPA at 70 %',
      'perfect foresight',
    ];
    for (const name of ['this model', 'persistence', 'q95', ...policies]) {
      expect(out).toContain(name);
    }
  });

  it('prints JSON with the cost where a price is given', async () => {
    const { out } = await replayed(TRAFFIC, '--json', '--price-per-replica-hour', '0.5');
    const { summary, traces } = JSON.parse(out);
    for (const { replicaHours, cost } of summary.policies) expect(cost).toBeCloseTo(replicaHours / 2, 9);
    expect(traces).toMatchObject([
      { name: 'traffic', from: '2025-01-13T00:00:00Z', to: '2025-01-15T00:00:00Z', origins: 47 },
    ]);
  });

  it('recommends settings of the HPA, chosen on earlier days than it scores them on', async () => {
    const { out } = await replayed(TRAFFIC, '--days', '2');
    expect(out).toMatch(/Recommended for the HPA: minReplicas \d+, maxReplicas \d+, target \d+ %/);
    expect(out).toMatch(
      /on the days from 2025-01-13 00:00 to 2025-01-14 00:00, by replicas \+ 50 x unmet load/,
    );
    const html = readFileSync(join(folder, 'report.html'), 'utf8');
    expect(html).toContain('<h3>Recommendation</h3>');
    expect(html).toContain('<title>Monday 09:00 to 10:00: mean ');
    const { traces } = JSON.parse((await replayed(TRAFFIC, '--days', '2', '--json')).out);
    expect(traces[0].patterns).toHaveLength(7 * 24);
    expect(traces[0].recommendation).toMatchObject({
      scoredOn: { from: '2025-01-14T00:00:00Z', to: '2025-01-15T00:00:00Z' },
      recommended: { replicaHours: expect.any(Number), unmetPercent: expect.any(Number) },
      savings: { given: { percent: expect.any(Number) }, seed: { percent: expect.any(Number) } },
    });
  });

  it('writes a report that needs nothing else and is the same every time', async () => {
    const report = join(folder, 'report.html');
    await replayed(TRAFFIC, '--days', '1');
    const html = readFileSync(report, 'utf8');
    await replayed(TRAFFIC, '--days', '1');
    expect(readFileSync(report, 'utf8')).toBe(html);
    expect(html).not.toMatch(/https?:|\bsrc=|<link|@import|url\(/);
    expect(html.match(/<svg /g)).toHaveLength(5);
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('escapes names in the report', async () => {
    const path = write('a<b>&.csv', TRAFFIC);
    await run('--trace', path, '--days', '1', '--report', join(folder, 'report.html'));
    const html = readFileSync(join(folder, 'report.html'), 'utf8');
    expect(html).toContain('a&lt;b&gt;&amp;');
    expect(html).not.toContain('a<b>');
  });

  it('takes rows in any order, in seconds since 1970, and counts what is odd', async () => {
    const [first, second, third, ...rest] = exampleTraffic(9, 60).map(
      ({ minute, load }) => `${minute * 60},${load}`,
    );
    const { code, out } = await replayed(
      [second, first, first, third, ...rest.slice(2), ''].join('\r\n'),
      '--json',
      '--days',
      '1',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out).traces[0].data).toMatchObject({
      format: 'CSV',
      rows: 215,
      unordered: 1,
      duplicates: 1,
      gaps: { count: 1, minutes: 120 },
      withoutValue: 0,
      notes: [
        expect.stringContaining('1 row out of order, sorted'),
        expect.stringContaining('1 row with the time of another row, of which the last one counts'),
      ],
    });
  });

  it('begins on the clock where the file ends off it', () => {
    const rows = exampleTraffic(9, 5).slice(0, -2); // ends at 23:50
    const { trace } = readTraceFile(write('traffic.csv', trafficCsv(rows)), { days: 1 });
    expect(trace.startMinute).toBe(Date.parse('2025-01-14T00:00:00Z') / 60_000);
    expect(trace.endMinute).toBe(Date.parse('2025-01-14T23:50:00Z') / 60_000);
  });

  it('has dashes for an idle service, which has no relative error', async () => {
    const idle = exampleTraffic(9, 60).map(({ minute }) => ({ minute, load: 0 }));
    const { code, out } = await replayed(trafficCsv(idle), '--days', '1');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/this model +- +- +- +-/) });
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('explains itself', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('--predictions') });
  });

  it.each([
    ['a bad timestamp', '2025-01-06T00:00Z,1\nyesterday,2', ':2: "yesterday" is not a time'],
    ['a bad number', 'timestamp,value\n2025-01-06,1\n2025-01-07,1k', ':3: "1k" has a unit'],
    ['a counter', trafficCsv(rising(9)), 'add --counter to read its rate'],
    [
      'too few days',
      trafficCsv(exampleTraffic(5, 60)),
      'at least 8 days are needed (7 to learn from, 1 to score), got 5.0',
    ],
  ])('fails with %s', async (_, text, message) => {
    const { code, errors } = await replayed(text);
    expect({ code, errors }).toEqual({ code: 1, errors: [expect.stringContaining(message)] });
  });

  it.each([
    ['neither trace nor manifest', [], 'one of --trace and --manifest'],
    ['a trace that is not there', ['--trace', 'no.csv'], 'no.csv cannot be read (ENOENT)'],
    ['an unknown zone', ['--trace', 'x', '--time-zone', 'Mars'], '--time-zone must be an IANA name'],
    ['no lead', ['--trace', 'x', '--lead-minutes', '0'], '--lead-minutes must be a whole number between 1'],
    ['fewer than the least replicas', ['--trace', 'x', '--max-replicas', '2'], 'between 3 and'],
  ])('fails with %s', async (_, argv, message) => {
    const { code, errors } = await run(...argv);
    expect({ code, errors }).toEqual({ code: 1, errors: [expect.stringContaining(message)] });
  });

  it('fails with a manifest that lacks something, and names it', async () => {
    const { code, errors } = await run('--manifest', write('manifest.json', '[{"trace":"x"}]'));
    expect(code).toBe(1);
    expect(errors.join('\n')).toContain('manifest.json: 0.step_min');
  });
});

describe('--predictions', () => {
  it('writes every origin and horizon, the same however many processes', async () => {
    const path = manifest();
    const predict = async (jobs: string) => {
      const file = join(folder, `predictions-${jobs}.csv`);
      const report = join(folder, 'report.html');
      const { errors } = await run(
        ...['--manifest', path, '--predictions', file, '--report', report, '--jobs', jobs],
      );
      expect(errors).toEqual([]);
      return readFileSync(file, 'utf8');
    };
    const csv = await predict('1');
    const [header, ...rows] = csv.trim().split('\n');
    expect(header).toBe('trace,origin,horizon_min,point,q50,q90,q95,replicas,hpa_target');
    expect(rows).toHaveLength(2 * 23 * 2);
    expect(rows[0]).toMatch(/^one,2025-01-14T00:00:00Z,30,[\d.]+,[\d.]+,[\d.]+,[\d.]+,/);
    expect(await predict('2')).toBe(csv);
  });
});
