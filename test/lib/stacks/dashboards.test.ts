import { cloudWatchDashboards } from '../../../bin/dashboards/cloudwatch-dashboards';
import type { DashboardBody } from '../../../bin/dashboards/read-cloudwatch';
import { objectivesOf } from '../../../lib/config/objectives';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { tileTitle } from '../../../lib/constructs/observability/objective-tiles';
import { evaluate, type Series } from '../../helpers/cloudwatch/metric-math';
import { testConfig } from '../../helpers/config';
import { platformTemplates } from '../../helpers/templates';

// Not validated, which would take most of the time: test/lib/synthesize.test.ts does that.
process.env['CDK_VALIDATION'] = 'false';

type Name = 'overview' | 'api' | 'database' | 'cache' | 'cdn' | 'scaling' | 'cost';
type Widget = DashboardBody['widgets'][number];

/** CloudWatch's quotas: of a dashboard, and of one graph. */
const MOST_WIDGETS = 500;
const MOST_METRICS = 2500;
const MOST_METRICS_OF_A_WIDGET = 500;

const NAMES: Name[] = ['overview', 'api', 'database', 'cache', 'cdn', 'scaling', 'cost'];

class Dashboards {
  private readonly bodies: Record<string, DashboardBody>;
  private readonly prefix: string;

  constructor(...[overrides, environment = 'prod']: Parameters<typeof testConfig>) {
    this.prefix = `llm-cost-ops-${environment}-`;
    this.bodies = cloudWatchDashboards(testConfig(overrides, environment));
  }

  get names(): string[] {
    return Object.keys(this.bodies).map((name) => name.replace(this.prefix, ''));
  }

  widgets(name: string): readonly Widget[] {
    return this.bodies[`${this.prefix}${name}`]?.widgets ?? [];
  }

  graph(name: Name, title: string): Widget {
    const found = this.widgets(name).find(({ properties }) => properties.title === title);
    if (found === undefined) throw new Error(`no panel "${title}" on ${name}`);
    return found;
  }

  titles(name: Name): (string | undefined)[] {
    return this.widgets(name).map(({ properties }) => properties.title);
  }

  get all(): Widget[] {
    return this.names.flatMap((name) => [...this.widgets(name)]);
  }

  json(name: Name): string {
    return JSON.stringify(this.widgets(name));
  }
}

function metricsOf({ properties: { metrics = [] } }: Widget): number {
  return metrics.length;
}

function limitsOf({ properties }: Widget): (readonly [number, string | undefined])[] {
  return (properties.annotations?.horizontal ?? []).map(({ value, label }) => [value, label]);
}

/** Pairs of panels that lie over each other, or over the edge. */
function misplaced(widgets: readonly Widget[]): Widget[] {
  return widgets.filter(
    (one, index) =>
      one.x + one.width > 24 ||
      widgets
        .slice(index + 1)
        .some(
          (other) =>
            one.x < other.x + other.width &&
            other.x < one.x + one.width &&
            one.y < other.y + other.height &&
            other.y < one.y + one.height,
        ),
  );
}

describe('dashboards', () => {
  let prod: Dashboards;

  beforeAll(() => {
    prod = new Dashboards();
  });

  test('are named after the environment, in the order in which one looks at them', () => {
    expect(prod.names).toEqual(NAMES);
    expect(new Dashboards({}, 'dev').names).toEqual(NAMES);
  });

  test('lead to each other, and to the runbook', () => {
    const [header] = prod.widgets('api');
    for (const name of NAMES.filter((other) => other !== 'api')) {
      expect(header?.properties.markdown).toContain(
        `[${name}](https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/llm-cost-ops-prod-${name})`,
      );
    }
    expect(header?.properties.markdown).toContain('docs/runbook.md');
  });

  test('leave nothing unresolved but placeholders', () => {
    const text = JSON.stringify(prod.all);
    expect(text).not.toMatch(/Fn::|Token|AWS::Region|undefined/);
    expect(text).toContain('"LoadBalancer","app/<load-balancer>/<id>"');
    expect(text).toContain('"DBInstanceIdentifier","llm-cost-ops-prod"');
  });

  describe.each(['dev', 'staging', 'prod'])('of %s', (environment) => {
    let dashboards: Dashboards;

    beforeAll(() => {
      dashboards = new Dashboards({}, environment);
    });

    test('have every panel in a place of its own', () => {
      expect(dashboards.names.flatMap((name) => misplaced(dashboards.widgets(name)))).toEqual([]);
    });

    test('say what the axes are, and begin them at 0 unless values may be below', () => {
      const graphs = dashboards.all.filter(({ properties }) => properties.view === 'timeSeries');
      expect(graphs.filter(({ properties }) => !properties.yAxis?.left?.label)).toEqual([]);
      expect(
        graphs
          .filter(({ properties }) => properties.yAxis?.left?.min !== 0)
          .map(({ properties }) => properties.title),
      ).toEqual([]);
    });

    test('ask Metrics Insights once in a panel, which is what CloudWatch takes', () => {
      const queries = ({ properties: { metrics = [] } }: Widget) =>
        metrics.filter((metric) => JSON.stringify(metric).includes('SELECT ')).length;
      expect(Math.max(...dashboards.all.map(queries))).toBe(1);
    });

    test('show silence as bad where it is bad', () => {
      const silent = objectivesOf(testConfig({}, environment)).filter(
        (objective) => objective.kind === 'limit' && objective.missing === 'bad',
      );
      expect(silent.length).toBeGreaterThan(0);
      for (const objective of silent) {
        const tile = dashboards.graph('overview', tileTitle(objective));
        expect(JSON.stringify(tile.properties.metrics)).toContain('FILL(');
      }
    });

    test('have a tile for each objective, with its limit', () => {
      for (const objective of objectivesOf(testConfig({}, environment))) {
        const limit = objective.kind === 'limit' ? objective.limit : objective.budgetPercent;
        const tile = dashboards.graph('overview', tileTitle(objective));
        expect(tile.properties.view).toBe('gauge');
        expect(limitsOf(tile).map(([value]) => value)).toEqual([limit, limit]);
        expect(tile.properties.yAxis?.left?.max).toBeGreaterThanOrEqual(limit);
      }
    });

    test('draw each limit on a graph', () => {
      const graphs = dashboards.names
        .filter((name) => name !== 'overview')
        .flatMap((name) => dashboards.widgets(name));
      const drawn = graphs.flatMap(limitsOf).map(([value]) => value);
      const limits = objectivesOf(testConfig({}, environment)).flatMap((objective) =>
        objective.kind === 'limit'
          ? objective.limit
          : (objective.slowerThanMilliseconds ?? objective.budgetPercent),
      );
      expect(drawn).toEqual(expect.arrayContaining(limits));
    });

    test('show the state of every alarm once, those that users notice first', () => {
      const template = platformTemplates({}, environment).Observability.toJSON();
      const names = (
        Object.values(template.Resources) as { Type: string; Properties: { AlarmName: string } }[]
      )
        .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm' || Type === 'AWS::CloudWatch::CompositeAlarm')
        .map(({ Properties }) => Properties.AlarmName);
      const panels = dashboards.widgets('overview').filter(({ type }) => type === 'alarm');
      const shown = panels.map(({ properties }) =>
        (properties.alarms ?? []).map((arn) => arn.replace(/^arn:aws:cloudwatch:[\w-]+:\d{12}:alarm:/, '')),
      );
      expect(shown.flat().sort()).toEqual(names.sort());
      // Without Container Insights nothing receives the metrics of the gateway.
      const measured = loadEnvironment(environment).cluster.containerInsights;
      const budgets = ['availability', 'errors', 'latency-p95', 'latency-p99'];
      const burns = [...budgets, ...(measured ? ['gateway-errors', 'gateway-overhead'] : [])];
      expect(shown[0]).toEqual(
        [
          'api-unavailable',
          'api-slow',
          ...(measured ? ['gateway-failing'] : []),
          ...burns.map((id) => `${id}-budget-burn`),
        ].map((name) => `llm-cost-ops-${environment}-${name}`),
      );
    });
  });

  test('let the skill of forecasts be below 0', () => {
    const { yAxis } = prod.graph('scaling', 'prod-api: forecasts of the last day').properties;
    expect(yAxis?.right?.label).toBe('skill');
    expect(yAxis?.right).not.toHaveProperty('min');
  });

  test('follow the configured limits', () => {
    const changed = new Dashboards({
      objectives: { cpuPercent: 55, latencyP99Milliseconds: 800, errorRatePercent: 0.4 },
    });
    expect(limitsOf(changed.graph('overview', 'Database CPU ≤ 55 %'))[0]).toEqual([55, '≤ 55 %']);
    expect(limitsOf(changed.graph('database', 'CPU, %'))).toEqual([[55, '≤ 55 %']]);
    expect(limitsOf(changed.graph('api', 'Latency p99, ms'))).toEqual([[800, '99 % within 800 ms']]);
    expect(limitsOf(changed.graph('overview', 'Failed ≤ 0.4 %'))[0]).toEqual([0.4, '≤ 0.4 %']);
  });

  test('colour a limit by who is told: a page, a ticket, nobody', () => {
    const colour = (name: Name, title: string) =>
      prod.graph(name, title).properties.annotations?.horizontal?.[0]?.color;
    expect(colour('api', 'Latency p95, ms')).toBe('#D55E00');
    expect(colour('database', 'CPU, %')).toBe('#E69F00');
    expect(colour('database', 'Connections of the server')).toBe('#7F7F7F');
  });

  describe('error budgets', () => {
    const left = (title: string, values: Readonly<Record<string, Series>>) =>
      valueShown(prod.graph('overview', title), values);

    test.each([
      ['Unanswered: % left', { HTTPCode_ELB_5XX_Count: [5] }, 50],
      ['Failed: % left', { HTTPCode_ELB_5XX_Count: [2], HTTPCode_Target_5XX_Count: [6] }, 20],
      ['Failed: % left', { HTTPCode_Target_5XX_Count: [15] }, -50],
      ['Over 500 ms: % left', { TargetResponseTime: [99] }, 80],
      ['Over 1000 ms: % left', { TargetResponseTime: [99.5] }, 50],
    ])('%s after %j of 10,000 requests: %d', (title, bad, expected) => {
      expect(left(title, { RequestCount: [10_000], ...bad })).toBeCloseTo(expected);
    });

    test('are untouched without requests', () => {
      expect(left('Failed: % left', {})).toBe(100);
      expect(left('Over 500 ms: % left', {})).toBe(100);
    });

    test('are of the last 30 days, in one value, whatever range is shown', () => {
      const budgets = prod
        .widgets('overview')
        .filter(({ properties }) => properties.title?.endsWith('% left'));
      expect(budgets).toHaveLength(4);
      for (const { properties } of budgets) {
        expect(properties).toMatchObject({ start: '-P30D', setPeriodToTimeRange: true, period: 2_592_000 });
      }
    });
  });

  test('read what is global in us-east-1, wherever the environment is', () => {
    const elsewhere = new Dashboards({
      region: 'eu-west-1',
      availabilityZones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
      domain: {
        certificateArn: 'arn:aws:acm:eu-west-1:333333333333:certificate/11111111-2222-3333-4444-555555555555',
      },
    });
    const regionsOf = (namespace: string) =>
      new Set(
        elsewhere.all
          .filter(({ properties }) => JSON.stringify(properties.metrics ?? []).includes(namespace))
          .map(({ properties }) => properties.region),
      );
    expect(regionsOf('AWS/CloudFront')).toEqual(new Set(['us-east-1']));
    expect(regionsOf('AWS/Billing')).toEqual(new Set(['us-east-1']));
    expect(regionsOf('AWS/ApplicationELB')).toEqual(new Set(['eu-west-1']));
    expect(elsewhere.titles('cost')).not.toContain('USD per million requests, by day');
  });

  test('leave scaling out where nothing is scaled ahead', () => {
    const without = new Dashboards({ predictiveScaling: null });
    expect(without.names).toEqual(NAMES.filter((name) => name !== 'scaling'));
    expect(JSON.stringify(without.all)).not.toMatch(/prod-scaling|PredictiveScaling/);
  });

  test('leave out what nobody measures: pods without Container Insights', () => {
    const without = new Dashboards({ cluster: { containerInsights: false } });
    expect(JSON.stringify(without.all)).not.toMatch(/ContainerInsights|LlmCostOps\/Api/);
    expect(prod.json('api')).toMatch(/ContainerInsights/);
  });

  test('show the pooler that there is, and replicas where there are some', () => {
    const pgbouncer = new Dashboards({ database: { authentication: 'password', pooler: 'pgbouncer' } });
    expect(pgbouncer.titles('database')).not.toContain('Connections of the proxy');
    expect(prod.titles('database')).toContain('Connections of the proxy');
    const replicas = new Dashboards({ database: { readReplicas: 2 } });
    expect(metricsOf(replicas.graph('database', 'Replicas behind the server, s'))).toBe(2);
    expect(prod.titles('database')).not.toContain('Replicas behind the server, s');
    expect(misplaced(replicas.widgets('database'))).toEqual([]);
  });

  describe('with 250 workloads and a large cache', () => {
    let large: Dashboards;

    beforeAll(() => {
      large = new Dashboards({
        predictiveScaling: {
          workloads: Array.from({ length: 250 }, (_, index) => ({
            name: `service-${index + 1}`,
            namespace: 'services',
            hpaName: `service-${index + 1}`,
            baseMinReplicas: 2,
            loadPerReplica: 50,
            hpaTarget: 0.7,
            load: {
              namespace: 'Services',
              name: 'Requests',
              dimensions: { Service: `service-${index + 1}` },
              statistic: 'Sum',
              scale: 1 / 60,
            },
            alwaysOn: null,
          })),
        },
        cache: { shards: 45, replicasPerShard: 1 },
      });
    });

    test('draw the first ten, and ask for the rest', () => {
      const titles = large.titles('scaling');
      expect(titles).toContain('service-10: replicas');
      expect(titles).not.toContain('service-11: replicas');
      const queries = large
        .widgets('scaling')
        .filter(({ properties }) => /^(Most load|Highest floors|Least skill)/.test(properties.title ?? ''))
        .map(({ properties }) => JSON.stringify(properties.metrics));
      expect(queries).toEqual([
        expect.stringContaining('SELECT AVG(Load)'),
        expect.stringContaining('SELECT MAX(Floor)'),
        expect.stringContaining('SELECT MIN(ForecastSkill)'),
      ]);
    });

    test('stay within what CloudWatch takes', () => {
      for (const name of large.names) {
        const counts = large.widgets(name).map(metricsOf);
        expect(counts.length).toBeLessThanOrEqual(MOST_WIDGETS);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(MOST_METRICS);
        expect(Math.max(...counts)).toBeLessThanOrEqual(MOST_METRICS_OF_A_WIDGET);
      }
    });

    test('show no more alarms in a panel than it takes', () => {
      const panels = large.widgets('overview').filter(({ type }) => type === 'alarm');
      expect(Math.max(...panels.map(({ properties }) => properties.alarms?.length ?? 0))).toBeLessThanOrEqual(
        100,
      );
    });
  });
});

/** The value of a panel's only visible expression, had its metrics these values; no value is no data. */
function valueShown(
  { properties: { metrics = [] } }: Widget,
  values: Readonly<Record<string, Series>>,
): number | undefined {
  const series: Record<string, Series> = {};
  const expressions: Record<string, string> = {};
  let visible = '';
  for (const metric of metrics) {
    const {
      expression,
      id = '',
      visible: isVisible,
    } = metric.at(-1) as {
      expression?: string;
      id?: string;
      visible?: boolean;
    };
    // The gateway has no requests: all are the API's.
    if (expression === undefined)
      series[id] = (!id.startsWith('gateway') && values[String(metric[1])]) || [undefined];
    else if (isVisible === false) expressions[id] = expression;
    else visible = expression;
  }
  for (const [id, expression] of Object.entries(expressions))
    series[id] = evaluate(expression, series, 2_592_000);
  return evaluate(visible, series, 2_592_000)[0];
}
