import { main } from '../../bin/cost';
import { ASSUMPTION_NAMES } from '../../bin/cost/assumptions';
import { LEFT_OUT } from '../../bin/cost/left-out';
import type { CostReport } from '../../bin/cost/report';
import { runMain } from '../helpers/run-main';

async function cost(...argv: string[]) {
  const { errors, ...result } = await runMain(main, ...argv);
  return { ...result, err: errors.join('\n') };
}

interface Output {
  readonly assumptions: Record<string, number>;
  readonly environments: readonly CostReport[];
  readonly leftOut: readonly string[];
}

async function json(...argv: string[]): Promise<Output> {
  return JSON.parse((await cost(...argv, '--json')).out) as Output;
}

describe('npm run cost', () => {
  test('prices an environment by stack and driver, with what drives it, what it assumes and what it leaves out', async () => {
    const { code, out, err } = await cost('--env', 'dev');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^dev \(us-east-1\), USD a month of 730 hours, list prices of us-east-1$/m);
    expect(out).toMatch(/^ {2}low +1 replica on \d+ nodes? of m7i.large/m);
    expect(out).toMatch(/^ {2}stack +driver +low +expected +peak$/m);
    expect(out).toMatch(/^ {2}Network +fixed .* \d+ +\d+ +\d+$/m);
    expect(out).toMatch(/^ {2}total .*[\d,]+ +[\d,]+ +[\d,]+$/m);
    expect(out).toContain('What drives it:');
    expect(out).toMatch(
      /^A million requests: \d+\.\d\d USD at the expected load, \d+\.\d\d USD at the peak$/m,
    );
    expect(out).toMatch(/^No price, and so not in the sum \(\d+\):$/m);
    for (const name of ASSUMPTION_NAMES) expect(out).toContain(`  ${name}=`);
    expect(out).toContain('Left out:\n  taxes');
  });

  test('compares all environments where none is named', async () => {
    const { code, out } = await cost();
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}stack +sandbox +dev +staging +prod$/m);
    expect(out).toMatch(/^ {2}peak( +[\d,]+\+?){4}$/m);
    expect(out).toContain(
      'rds.db.m8g.large.multi-az.hour (RDS for PostgreSQL db.m8g.large, Multi-AZ): staging',
    );
  });

  test('compares the environments that are named', async () => {
    const { out } = await cost('--compare', 'prod, dev,prod');
    expect(out).toMatch(/^ {2}stack +prod +dev$/m);
  });

  test('gives machines everything, exact', async () => {
    const { assumptions, environments, leftOut } = await json('--env', 'dev');
    expect(leftOut).toEqual(LEFT_OUT);
    expect(Object.keys(assumptions)).toEqual(ASSUMPTION_NAMES);
    const [dev] = environments as [CostReport];
    expect(dev).toMatchObject({
      environment: 'dev',
      region: 'us-east-1',
      instance: 'm7i.large',
      uncovered: [],
    });
    const gateway = dev.lines.find(({ priceKey }) => priceKey === 'nat-gateway.hour');
    expect(gateway).toMatchObject({
      stack: 'Network',
      driver: 'fixed',
      unit: 'hour',
      usdPerUnit: 0.045,
      source: expect.stringMatching(/^https:/),
      quantity: { expected: 730 },
    });
    expect(gateway?.usd?.expected).toBeCloseTo(32.85, 9);
    const sum = dev.lines.reduce((total, { usd }) => total + (usd?.expected ?? 0), 0);
    expect(dev.total.expected).toBeCloseTo(sum, 9);
    const parts = dev.subtotals.reduce((total, { usd }) => total + usd.expected, 0);
    expect(parts).toBeCloseTo(sum, 9);
  });

  test('takes another load, other nodes and other assumptions', async () => {
    const options = ['--mean-rps', '250', '--instance', 'm7g.xlarge', '--assume', 'nat-gigabytes=0'];
    const { assumptions, environments } = await json('--env', 'dev', ...options);
    expect(assumptions['nat-gigabytes']).toBe(0);
    expect(environments[0]).toMatchObject({
      instance: 'm7g.xlarge',
      usage: { expected: { replicas: 3, requestsPerSecond: 250 } },
    });
  });

  test('prices other values of knobs: who inspects the requests that come through CloudFront', async () => {
    const webAcls = async (...knobs: string[]) => {
      const { environments } = await json('--env', 'prod', ...knobs.flatMap((knob) => ['--set', knob]));
      const lines = environments[0]?.lines.filter(({ service }) => service.startsWith('Web ACL')) ?? [];
      return lines.reduce((sum, { usd }) => sum + (usd?.expected ?? Number.NaN), 0);
    };
    const inspects = (where: string) => `webAcl.inspectCloudFrontTraffic=${where}`;
    const internal = [
      'loadBalancer.exposure=cloudfront-only',
      'loadBalancer.cloudFrontPrefixListId=pl-0123456789abcdef0',
    ];
    const both = await webAcls(inspects('both'));
    // A rule more, and no request less: AWS charges what the load balancer's web ACL lets pass as well.
    expect(await webAcls(inspects('edge'))).toBeCloseTo(both + 1, 2);
    expect(await webAcls(inspects('load-balancer'))).toBeLessThan(0.8 * both);
    expect(await webAcls(inspects('edge'), ...internal)).toBeLessThan(
      0.6 * (await webAcls(inspects('both'), ...internal)),
    );
  });

  test.each([
    [
      ['--set', 'webAcl'],
      '--set must be <knob>=<value>, for example webAcl.inspectCloudFrontTraffic=both, got webAcl',
    ],
    [['--env', 'prod', '--set', 'webAcl.colour="red"'], 'prod.webAcl.colour is not a knob'],
    [
      ['--env', 'prod', '--set', 'autoscaling.hpa.minReplicas=60'],
      'prod.autoscaling.hpa.minReplicas must be at most maxReplicas (50), got 60',
    ],
  ])('fails on %j', async (argv, message) => {
    const { code, err } = await cost(...argv);
    expect({ code, err }).toEqual({ code: 1, err: message });
  });

  test('prices nothing and no requests as such', async () => {
    const { out } = await cost('--env', 'dev', '--mean-rps', '0');
    expect(out).toContain('A million requests: no requests at the expected load');
  });

  test('prints its usage', async () => {
    const { code, out } = await cost('--help');
    expect(code).toBe(0);
    expect(out).toContain('--assume <name=value>');
  });

  test.each([
    [['--env', 'nope'], 'env must be one of sandbox, dev, staging, prod, got "nope"'],
    [['--compare', 'dev,nope'], 'env must be one of sandbox, dev, staging, prod, got "nope"'],
    [['--env', ''], '--env must name one of sandbox, dev, staging, prod, got nothing'],
    [['--compare', 'dev,'], '--compare must name one of sandbox, dev, staging, prod, got nothing'],
    [['--bogus'], "Unknown option '--bogus'; see --help"],
    [['--assume', 'tea=3'], /^--assume must be <name>=<value> of mean-load-percent, .*, got tea=3$/],
    [['--assume', 'packing-percent'], /^--assume must be <name>=<value> of .*, got packing-percent$/],
    [
      ['--assume', 'packing-percent=200'],
      '--assume packing-percent must be between 10 and 100 % of a node’s allocatable CPU or memory, got 200',
    ],
    [['--mean-rps', 'many'], '--mean-rps must be a number of at least 0, got many'],
    [
      ['--env', 'dev', '--mean-rps', '501'],
      '--mean-rps must be at most 500, what 5 replicas of dev are scaled for, got 501',
    ],
    [['--instance', 't2.nano'], /^--instance must be one of m7i.large, .*, got t2.nano$/],
    [
      ['--env', 'dev', '--prices', 'nowhere.json'],
      '--prices must be a region with a table or a file, got nowhere.json',
    ],
    [['--region', 'eu-central-1'], '--region goes with --update-prices; an environment has its own region'],
    [
      ['--update-prices', '--env', 'dev', '--json', '--assume', 'nat-gigabytes=1'],
      '--update-prices asks for every environment’s prices and takes no --env, --json, --assume',
    ],
    [
      ['--env', 'dev', '--compare', 'dev,prod'],
      '--env and --compare exclude each other: --compare takes the names, dev,staging,prod',
    ],
  ])('fails on %j', async (argv, message) => {
    const { code, out, err } = await cost(...argv);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    if (typeof message === 'string') expect(err).toBe(message);
    else expect(err).toMatch(message);
  });
});
