import '../helpers/fake-aws/errors-of-node';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../bin/checklist';
import { checklistLines, checklistPage } from '../../bin/checklist/format-checklist';
import { type ChecklistContext, finding } from '../../bin/checklist/item';
import { type ItemResult, PHASES, runChecklist, verdictOf } from '../../bin/checklist/run-checklist';
import type { LiveStack } from '../../bin/cloud/read-stack';
import type { Fit } from '../../bin/sizing/fit';
import { draftTemplates } from '../../bin/synth/draft-templates';
import { renderManifests } from '../../k8s/manifests';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { stackName } from '../../lib/config/names';
import { type DeploymentWorld, deploymentWorld } from '../helpers/cloud/deployment-world';
import { putEnvironment } from '../helpers/cloud/put-environment';
import { testConfig } from '../helpers/config';

const ROOT = join(__dirname, '..', '..');

/** The repository without what was measured on this machine. */
function readText(path: string): string | undefined {
  return path.startsWith('dist/') ? undefined : readFileSync(join(ROOT, path), 'utf8');
}

const documentsOf = (config: ResolvedConfig) =>
  renderManifests(config).manifests.map(({ document }) => document);

const prod = testConfig();
const manifests = documentsOf(prod);
const stacks = draftTemplates(prod);

function contextOf(changes: Partial<ChecklistContext> = {}, config: ResolvedConfig = prod): ChecklistContext {
  const documents = config === prod ? manifests : documentsOf(config);
  return { config, stacks, documents, readText, live: undefined, fit: undefined, ...changes };
}

function item(id: string, context: ChecklistContext): ItemResult {
  return runChecklist(context).find((one) => one.id === id) as ItemResult;
}

describe("the guide's checklist", () => {
  test('has the number of items that the guide has in each phase', () => {
    // Counted by hand: quick wins, intermediate, advanced, fine-tuning.
    expect(PHASES.map(({ items }) => items.length)).toEqual([5, 5, 5, 4]);
    const ids = PHASES.flatMap(({ items }) => items.map(({ id }) => id));
    expect(ids).toEqual(PHASES.flatMap(({ items }, phase) => items.map((_, at) => `${phase + 1}.${at + 1}`)));
  });

  test('looks at something for every item', () => {
    const without = PHASES.flatMap(({ items }) => items.filter(({ checks }) => checks.length < 2));
    expect(without).toEqual([]);
  });

  test('has a page that says what is looked at', () => {
    expect(readFileSync(join(ROOT, 'docs/checklist.md'), 'utf8').trimEnd()).toBe(checklistPage().trimEnd());
  });
});

describe('prod', () => {
  const results = runChecklist(contextOf());

  test('holds but for what has to be measured', () => {
    const open = results.filter(({ verdict }) => verdict !== 'holds');
    expect(open.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
      '4.1 cannot be known',
      '4.2 cannot be known',
      '4.4 cannot be known',
    ]);
  });

  test('has evidence by logical id, manifest, knob, file and command with its day', () => {
    const all = results.flatMap(({ evidence }) =>
      evidence.map(({ source, evidence: text }) => `${source}: ${text}`),
    );
    for (const pattern of [
      /^template: Data \w+: Parameters\.log_min_duration_statement = "1000"$/,
      /^manifest: HorizontalPodAutoscaler llm-cost-ops-hpa: spec\.maxReplicas = 50$/,
      /^configuration: database\.slowQueryMilliseconds = 1000$/,
      /^repository: service\/http\/server\.ts:\d+$/,
      /^measurement: .+: npm run bench:service, \d{4}-\d\d-\d\d, docs\/service-figures\.md$/,
    ]) {
      expect(all).toContainEqual(expect.stringMatching(pattern));
    }
  });
});

describe('a verdict', () => {
  test.each([
    [['holds', 'holds'], 'holds'],
    [['holds', 'cannot be known'], 'cannot be known'],
    [['cannot be known', 'does not hold', 'holds'], 'does not hold'],
  ] as const)('of %j is %s', (verdicts, expected) => {
    expect(verdictOf(verdicts.map((verdict) => ({ verdict, evidence: '' })))).toBe(expected);
  });

  test('does not hold for any item where nothing is there', () => {
    const nothing = { stacks: [], documents: [], readText: () => undefined };
    const held = runChecklist(contextOf(nothing)).filter(({ verdict }) => verdict === 'holds');
    expect(held).toEqual([]);
  });

  test.each([
    ['3.1', { autoscaling: { driver: 'keda' }, predictiveScaling: null }, 'holds'],
    ['3.2', { predictiveScaling: null }, 'does not hold'],
    ['3.3', { cluster: { containerInsights: false } }, 'does not hold'],
    ['1.5', { database: { slowQueryMilliseconds: 5000 } }, 'does not hold'],
    ['1.1', { database: { pooler: 'pgbouncer' } }, 'holds'],
    ['4.3', { network: { interfaceEndpoints: [] } }, 'does not hold'],
  ] as const)('of %s with %j: %s', (id, changes, expected) => {
    expect(item(id, contextOf({}, testConfig(changes as never))).verdict).toBe(expected);
  });

  test('does not hold where a resource has another value', () => {
    const changed = stacks.map((stack) => ({
      ...stack,
      template: {
        Resources: Object.fromEntries(
          Object.entries(stack.template.Resources).filter(
            ([, { Type }]) => Type !== 'AWS::RDS::DBProxyTargetGroup',
          ),
        ),
      },
    }));
    const { verdict, evidence } = item('1.1', contextOf({ stacks: changed }));
    expect(verdict).toBe('does not hold');
    expect(evidence).toContainEqual(
      expect.objectContaining({ source: 'template', evidence: 'Data: no AWS::RDS::DBProxyTargetGroup' }),
    );
  });

  test('cannot be known where a page no longer has the figure', () => {
    const other = (path: string) => (path === 'docs/service-figures.md' ? 'other figures' : readText(path));
    expect(item('2.4', contextOf({ readText: other })).verdict).toBe('cannot be known');
  });
});

describe('what was measured on this machine', () => {
  const report = (held: boolean | null) =>
    JSON.stringify({ scenario: 'load', startedAt: '2026-01-02T03:04:05Z', kpis: [{ name: 'p95', held }] });
  const withFile = (file: string, text: string) =>
    contextOf({ readText: (path) => (path === file ? text : readText(path)) });

  test.each([
    ['a run whose KPIs held', report(true), 'holds', /load, 2026-01-02T03:04:05Z, dist\/load\/report\.json$/],
    ['a KPI that was not tried', report(null), 'holds', /report\.json$/],
    ['a KPI that did not hold', report(false), 'does not hold', /p95 did not hold$/],
    ['another file', '{', 'cannot be known', /measure with npm run load/],
  ])('%s', (_, text, verdict, evidence) => {
    const result = item('4.1', withFile('dist/load/report.json', text));
    expect(result.verdict).toBe(verdict);
    expect(result.evidence.at(-1)?.evidence).toMatch(evidence);
  });

  test('a baseline is evidence with its day', () => {
    const text = JSON.stringify({ measuredAt: '2026-01-02T03:04:05Z' });
    const result = item('4.4', withFile('dist/load/baseline.json', text));
    expect(result.verdict).toBe('holds');
    expect(result.evidence.at(-1)?.evidence).toContain('--save, 2026-01-02T03:04:05Z');
  });
});

describe('sizes', () => {
  const use = (share: number) => ({
    resource: 'disk operations',
    used: share,
    available: 1,
    unit: '',
    share,
    knob: 'database.allocatedStorageGib',
    atPeak: true,
  });
  const fitWith = (share: number): Fit => ({
    uses: [use(share)],
    bottleneck: use(share),
    mostRequestsPerSecond: 1,
  });

  test.each([
    [0.5, 'holds'],
    [1.2, 'does not hold'],
  ])('used by %d of what may be used: %s', (share, verdict) => {
    const result = item('4.2', contextOf({ fit: fitWith(share) }));
    expect(result.verdict).toBe(verdict);
    expect(result.evidence.at(-1)).toMatchObject({
      source: 'traffic',
      evidence: `disk operations ${100 * share} % (database.allocatedStorageGib)`,
    });
  });
});

describe('the account', () => {
  const live = (status: string) =>
    [{ id: 'Ingress', stackName: stackName('prod', 'Ingress'), status }] as unknown as LiveStack[];

  test.each([
    ['UPDATE_COMPLETE', 'holds'],
    ['UPDATE_IN_PROGRESS', 'cannot be known'],
    ['UPDATE_ROLLBACK_FAILED', 'does not hold'],
  ])('has the stack in %s: %s', (status, verdict) => {
    const result = item('2.3', contextOf({ live: live(status) }));
    expect(result.verdict).toBe(verdict);
    expect(result.evidence.at(-1)).toEqual({
      source: 'account',
      how: 'the stack Ingress is deployed',
      ...finding(verdict === 'holds', `llm-cost-ops-prod-ingress: ${status}`),
      verdict,
    });
  });

  test('lacks the stack', () => {
    expect(item('2.3', contextOf({ live: [] }))).toMatchObject({ verdict: 'does not hold' });
  });
});

describe('npm run checklist', () => {
  let world: DeploymentWorld;
  beforeAll(async () => {
    world = await deploymentWorld();
  });
  afterAll(() => world.close());

  async function checklist(...argv: string[]) {
    const out: string[] = [];
    const errors: string[] = [];
    const terminal = {
      print: (line: string) => out.push(line),
      printError: (line: string) => errors.push(line),
    };
    const surroundings = world.surroundings();
    const machine = { ...surroundings.machine, root: ROOT };
    const code = await main(argv, terminal, { ...surroundings, machine });
    return { code, out: out.join('\n'), errors: errors.join('\n') };
  }

  test('looks at traffic and account, and ends with 2 where something does not hold', async () => {
    putEnvironment(world);
    const trace = join(world.root, 'traffic.csv');
    const rows = [1, 40, 2].map((load, hour) => `2025-01-06T0${hour}:00:00Z,${load}`);
    writeFileSync(trace, ['timestamp,value', ...rows, ''].join('\n'));
    const { code, out } = await checklist('--env', 'dev', '--trace', trace, '--account', '--json');
    expect(code).toBe(2);
    const { items } = JSON.parse(out) as { readonly items: readonly ItemResult[] };
    const evidence = items.flatMap((one) => one.evidence);
    expect(evidence).toContainEqual({
      source: 'account',
      how: 'the stack Data is deployed',
      verdict: 'holds',
      evidence: 'llm-cost-ops-dev-data: CREATE_COMPLETE',
    });
    // 50 GiB of storage are for some thousand requests a day.
    const sizes = evidence.find(({ source }) => source === 'traffic');
    expect(sizes).toMatchObject({ verdict: 'does not hold' });
    expect(sizes?.evidence).toMatch(/storage after the retention \d+ %/);
    const text = checklistLines('dev', items).join('\n');
    expect(text).toContain('  3.3  Watch performance: DOES NOT HOLD');
    expect(text).toContain('[configuration] cluster.containerInsights = false');
    expect(text).toMatch(/^dev: \d+ of 19 hold, \d+ do not, \d+ cannot be known$/m);
  });

  test.each([
    [[], '--env <name> is needed; see --help'],
    [['--env', 'qa'], 'env must be one of sandbox, dev, staging, prod, got "qa"'],
    [['--env', 'prod', '--verbose'], "Unknown option '--verbose'; see --help"],
  ])('%j ends with 1', async (argv, message) => {
    expect(await checklist(...argv)).toEqual({ code: 1, out: '', errors: message });
  });

  test('prints its page', async () => {
    expect((await checklist('--page')).out).toBe(checklistPage().trimEnd());
  });
});
