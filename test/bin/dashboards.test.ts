import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../bin/dashboards';
import { drawPicture } from '../../bin/dashboards/draw-picture';
import type { Picture } from '../../bin/dashboards/picture';
import { readCloudWatch, type Widget } from '../../bin/dashboards/read-cloudwatch';
import { readGrafana } from '../../bin/dashboards/read-grafana';
import { type RenderedDashboard, renderDashboards } from '../../bin/dashboards/render-dashboards';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { ROOT } from '../helpers/commands';
import { runMain } from '../helpers/run-main';

/** What renews the pictures of the documentation. */
const RENEW = 'npm run dashboards -- --env prod --pictures-only --out docs/dashboards';

let folder: string;
let prod: RenderedDashboard[];

beforeAll(() => {
  prod = renderDashboards(loadEnvironment('prod'));
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dashboards-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (...argv: string[]) => runMain(main, ...argv);

describe('npm run dashboards', () => {
  it('writes JSON and a picture of each dashboard, in place of what was there', async () => {
    const out = join(folder, 'dashboards');
    mkdirSync(join(out, 'grafana'), { recursive: true });
    writeFileSync(join(out, 'grafana', 'stale.json'), '');
    const { code, errors, out: text } = await run('--env', 'dev', '--out', out, '--json');
    expect({ code, errors }).toEqual({ code: 0, errors: [] });
    const { cloudwatch, grafana } = JSON.parse(text);
    expect(cloudwatch).toContain('llm-cost-ops-dev-overview');
    for (const [system, names] of Object.entries({ cloudwatch, grafana })) {
      expect(readdirSync(join(out, system)).sort()).toEqual(
        names.flatMap((name: string) => [`${name}.json`, `${name}.svg`]).sort(),
      );
    }
    const body = JSON.parse(readFileSync(join(out, 'cloudwatch', 'llm-cost-ops-dev-cdn.json'), 'utf8'));
    expect(body.widgets[0]).toMatchObject({ type: 'text', x: 0, y: 0, width: 24 });
  });

  it('leaves the JSON out where only pictures are asked for', async () => {
    const out = join(folder, 'dashboards');
    expect(await run('--env', 'dev', '--out', out, '--pictures-only')).toMatchObject({ code: 0 });
    expect(readdirSync(join(out, 'cloudwatch')).filter((name) => !name.endsWith('.svg'))).toEqual([]);
  });

  it('explains itself', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringContaining(RENEW) });
  });

  it.each([
    ['no environment', [], '--env must be one of sandbox, dev, staging, prod, got none'],
    [
      'an unknown environment',
      ['--env', 'nope'],
      'env must be one of sandbox, dev, staging, prod, got "nope"',
    ],
    ['an unknown option', ['--env', 'dev', '--bogus'], "Unknown option '--bogus'; see --help"],
    [
      'a directory of something else',
      ['--env', 'dev', '--out', 'lib'],
      '--out must lead to an empty directory',
    ],
  ])('fails with %s', async (_, argv, message) => {
    const { code, errors } = await run(...argv);
    expect({ code, errors }).toEqual({ code: 1, errors: [expect.stringContaining(message)] });
  });
});

describe('pictures of the documentation', () => {
  const committed = (system: string) => join(ROOT, 'docs', 'dashboards', system);

  it('are what the dashboards look like', () => {
    const stale = prod
      .filter(({ folder: system, name, picture }) => {
        const path = join(committed(system), `${name}.svg`);
        return (
          !readdirSync(committed(system)).includes(`${name}.svg`) || readFileSync(path, 'utf8') !== picture
        );
      })
      .map(({ folder: system, name }) => `${system}/${name}.svg`);
    if (stale.length > 0)
      throw new Error(`docs/dashboards is out of date (${stale.join(', ')}); renew it with ${RENEW}`);
  });

  it('are those of the dashboards that there are, and docs/dashboards.md shows each', () => {
    const page = readFileSync(join(ROOT, 'docs', 'dashboards.md'), 'utf8');
    for (const system of ['cloudwatch', 'grafana'] as const) {
      const names = prod.filter((one) => one.folder === system).map(({ name }) => `${name}.svg`);
      expect(readdirSync(committed(system)).sort()).toEqual([...names].sort());
      for (const name of names) expect(page).toContain(`](dashboards/${system}/${name})`);
    }
  });

  it('are small enough for a page', () => {
    expect(prod.filter(({ picture }) => picture.length > 100_000).map(({ name }) => name)).toEqual([]);
  });
});

/** A graph as CloudWatch takes it. */
function widget(changes: Partial<Widget> & { properties?: Widget['properties'] } = {}): Widget {
  return {
    type: 'metric',
    x: 6,
    y: 2,
    width: 12,
    height: 6,
    ...changes,
    properties: {
      view: 'timeSeries',
      title: 'Latency <p99> & more, ms',
      metrics: [
        ['AWS/Example', 'Seconds', 'Name', 'one', { id: 'seconds', visible: false }],
        [{ expression: '1000 * seconds', label: 'p99', color: '#123456' }],
      ],
      annotations: { horizontal: [{ value: 250, label: '≤ 250 ms', color: '#D55E00' }] },
      yAxis: { left: { label: 'ms', min: 0 } },
      ...changes.properties,
    },
  };
}

function draw(...widgets: Widget[]): string {
  return drawPicture(readCloudWatch('example', { start: '-PT3H', widgets }));
}

describe('a picture', () => {
  it('has titles, legends, limits, axes and ranges of the JSON, and says that its data is an example', () => {
    const svg = draw(widget());
    for (const text of ['p99', '≤ 250 ms', '>ms<', '3 h ago', '#123456', '#D55E00', 'example data']) {
      expect(svg).toContain(text);
    }
    expect(svg).not.toContain('Seconds');
  });

  it('escapes what would be markup', () => {
    const svg = draw(widget());
    expect(svg).toContain('Latency &lt;p99&gt; &amp; more, ms');
    expect(svg).not.toContain('<p99>');
  });

  it('has panels where the grid has them: 50 px a column, 36 px a row, less the gaps', () => {
    expect(draw(widget())).toContain('<rect x="303" y="109" width="594" height="210"');
    expect(draw(widget({ x: 0, y: 0, width: 24, height: 3 }))).toContain(
      '<rect x="3" y="37" width="1194" height="102"',
    );
  });

  it('is the same for the same JSON, and another for another title', () => {
    expect(draw(widget())).toBe(draw(widget()));
    const curve = (svg: string) => /<polyline points="([^"]+)"/.exec(svg)?.[1];
    const other = draw(widget({ properties: { title: 'Another, ms' } }));
    expect(curve(other)).not.toBe(curve(draw(widget())));
    for (const { picture } of prod) expect(picture).not.toMatch(/NaN|undefined|Infinity|\b20\d\d-\d\d/);
  });

  it('keeps example values on the good side of a limit', () => {
    const heights = (svg: string) =>
      [...(/<polyline points="([^"]+)"/.exec(svg)?.[1] ?? '').matchAll(/,([\d.]+)/g)].map(([, y]) =>
        Number(y),
      );
    const limit = (svg: string) => Number(/y1="([\d.]+)"[^>]*stroke="#D55E00"/.exec(svg)?.[1]);
    const below = draw(widget());
    expect(Math.min(...heights(below))).toBeGreaterThan(limit(below));
    const above = draw(
      widget({
        properties: { annotations: { horizontal: [{ value: 60, label: '≥ 60 %', color: '#D55E00' }] } },
      }),
    );
    expect(Math.max(...heights(above))).toBeLessThan(limit(above));
  });

  it('names the series of a query by what it groups them by', () => {
    const expression =
      'SELECT AVG(Load) FROM SCHEMA("N", Workload) GROUP BY Workload ORDER BY AVG() DESC LIMIT 10';
    const svg = draw(widget({ properties: { metrics: [[{ expression, label: 'load' }]] } }));
    expect(svg).toContain('load &lt;Workload 1&gt;');
  });

  it('shows links of a text by their names', () => {
    const markdown = '# Title\n\nSee [api](https://example.com/a) and **more**';
    const svg = draw(widget({ type: 'text', properties: { markdown } }));
    expect(svg).toContain('See api and more');
    expect(svg).not.toContain('https://example.com');
  });

  it('throws on what it cannot show', () => {
    expect(() => draw(widget({ type: 'log' }))).toThrow('cannot show a widget of type log');
    expect(() => draw(widget({ properties: { view: 'pie' } }))).toThrow('cannot show the view pie');
    const panel = { type: 'heatmap', title: 'Heat', gridPos: { x: 0, y: 0, w: 1, h: 1 } };
    expect(() => readGrafana({ title: '', time: { from: 'now-6h' }, panels: [panel] })).toThrow(
      'cannot show a panel of type heatmap: Heat',
    );
  });

  it('reads thresholds of Grafana as limits, with the side that is missed', () => {
    const { panels }: Picture = readGrafana({
      title: 'example',
      time: { from: 'now-6h' },
      panels: [
        {
          type: 'timeseries',
          title: 'Hits',
          gridPos: { x: 0, y: 1, w: 12, h: 8 },
          targets: [{ legendFormat: '{{route}}' }, { legendFormat: 'promised' }],
          fieldConfig: {
            defaults: {
              unit: 'percent',
              min: 0,
              thresholds: {
                steps: [
                  { color: 'orange', value: null },
                  { color: 'blue', value: 60 },
                ],
              },
              custom: { thresholdsStyle: { mode: 'dashed' } },
            },
            overrides: [{ matcher: { options: 'promised' }, properties: [{ id: 'custom.lineStyle' }] }],
          },
        },
      ],
    });
    expect(panels).toEqual([
      expect.objectContaining({
        kind: 'graph',
        unit: '%',
        range: '6 h',
        limits: [expect.objectContaining({ value: 60, missed: 'below' })],
        series: [
          expect.objectContaining({ label: '<route 1>', dashed: false }),
          expect.objectContaining({ label: '<route 2>', dashed: false }),
          expect.objectContaining({ label: '<route 3>', dashed: false }),
          expect.objectContaining({ label: 'promised', dashed: true }),
        ],
      }),
    ]);
  });
});
