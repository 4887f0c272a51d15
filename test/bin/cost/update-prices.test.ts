import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../../bin/cost';
import { productOf } from '../../../bin/cost/prices/find-product';
import { PriceList } from '../../../bin/cost/update/price-list';
import { updatePrices } from '../../../bin/cost/update/update-prices';
import { FakePriceList, type ListedProduct } from './fake-price-list';

const OLD = { usd: 9, source: 'https://example.com/old', seen: '2026-01-01' };
const FRESH = { seen: '2026-11-25', asOf: '2026-11-01' };

let fake: FakePriceList;
let folder: string;
let file: string;

beforeAll(async () => {
  fake = await FakePriceList.start();
});

afterAll(() => fake.close());

beforeEach(() => {
  fake.reset();
  folder = mkdtempSync(join(tmpdir(), 'update-'));
  file = join(folder, 'us-east-1.json');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Lists what a key stands for at a price. */
function list(key: string, usd: string, change: Partial<ListedProduct> = {}): void {
  const { query, unit } = productOf(key) as NonNullable<ReturnType<typeof productOf>>;
  const region = query.regionAttribute === null ? {} : { [query.regionAttribute]: 'us-east-1' };
  fake.products.push({
    serviceCode: query.serviceCode,
    attributes: { ...query.attributes, ...region, usagetype: query.usageType },
    tiers: { 0: usd },
    unit: unit.endsWith('hour') ? 'Hrs' : 'Requests',
    ...change,
  });
}

function update(...neededKeys: string[]) {
  const waiting = { sleep: () => Promise.resolve(), random: () => 0, elapsedMs: () => performance.now() };
  const priceList = new PriceList({ ...fake.client, waiting });
  return updatePrices({ region: 'us-east-1', file, neededKeys, priceList, today: '2026-11-25' });
}

function have(prices: Record<string, object>): void {
  writeFileSync(file, JSON.stringify({ region: 'us-east-1', prices }));
}

function written(): Record<string, object> {
  return (JSON.parse(readFileSync(file, 'utf8')) as { prices: Record<string, object> }).prices;
}

function sourceOf(service: string): string {
  return `https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/${service}/current/us-east-1/index.json`;
}

test('refreshes what is in the table and what the environments need, and says what changed', async () => {
  have({ 'nat-gateway.hour': OLD });
  list('nat-gateway.hour', '0.0450000000');
  list('scheduler.million-invocations', '0.0000010000');
  expect(await update('nat-gateway.hour', 'scheduler.million-invocations')).toEqual({
    refreshed: 2,
    changes: [
      { key: 'nat-gateway.hour', before: 9, now: 0.045 },
      { key: 'scheduler.million-invocations', before: null, now: 1 },
    ],
    kept: [],
  });
  expect(written()).toEqual({
    'nat-gateway.hour': { usd: 0.045, source: sourceOf('AmazonEC2'), ...FRESH },
    'scheduler.million-invocations': { usd: 1, source: sourceOf('AWSEvents'), ...FRESH },
  });
});

test('leaves the table of another region alone', async () => {
  writeFileSync(file, JSON.stringify({ region: 'eu-central-1', prices: { 'alb.hour': OLD } }));
  list('alb.hour', '0.0225');
  await expect(update('alb.hour')).rejects.toThrow(
    /^--region us-east-1 must be that of the table .*, which has prices of eu-central-1;/,
  );
  expect(written()).toEqual({ 'alb.hour': OLD });
  expect(fake.server.requests).toEqual([]);
});

test('makes a table where there is none', async () => {
  list('alb.hour', '0.0225');
  await update('alb.hour');
  expect(Object.keys(written())).toEqual(['alb.hour']);
});

test('takes the first tier that costs anything, of the product itself, over all pages', async () => {
  const { query } = productOf('alb.lcu-hour') as NonNullable<ReturnType<typeof productOf>>;
  const other = { ...query.attributes, regionCode: 'us-east-1', usagetype: 'ReservedLCUUsage' };
  for (const usd of ['1', '2', '3']) list('alb.lcu-hour', usd, { attributes: other });
  list('alb.lcu-hour', '0', {
    attributes: { ...other, usagetype: 'USE1-LCUUsage' },
    tiers: { 20: '0.007', 0: '0', 10: '0.008' },
    unit: 'LCU-Hrs',
  });
  expect(await update('alb.lcu-hour')).toMatchObject({ refreshed: 1, changes: [{ now: 0.008 }] });
  expect(fake.server.requests).toHaveLength(2);
});

test('asks for the region, but not for that of what has none', async () => {
  await update('nat-gateway.hour', 'cloudfront.gb', 'data-transfer.internet.gb');
  const filters = fake.server.requests.map(({ body }) =>
    (JSON.parse(body.toString()) as { Filters: { Field: string }[] }).Filters.map(({ Field }) => Field),
  );
  expect(filters).toEqual(
    expect.arrayContaining([
      ['usagetype', 'regionCode'],
      ['usagetype'],
      ['usagetype', 'transferType', 'fromRegionCode'],
    ]),
  );
});

test('keeps the price of what is not found, or not to be told from others, and reports it', async () => {
  have({ 'nat-gateway.hour': OLD, 'alb.hour': OLD, 'kms.key.month': OLD, 'retired.thing': OLD });
  list('alb.hour', '0.0225');
  list('alb.hour', '0.0333');
  list('kms.key.month', '1', { unit: 'Hrs' });
  list('waf.rule.month', '0');
  expect(await update('waf.rule.month')).toEqual({
    refreshed: 0,
    changes: [],
    kept: [
      { key: 'alb.hour', reason: '2 products fit, at 0.0225, 0.0333 USD' },
      { key: 'kms.key.month', reason: 'its unit is Hrs, not month' },
      { key: 'nat-gateway.hour', reason: 'not found' },
      { key: 'retired.thing', reason: 'bin/cost/prices/products.ts does not say how to find it' },
      { key: 'waf.rule.month', reason: 'no on-demand price above 0' },
    ],
  });
  expect(written()).toEqual({
    'alb.hour': OLD,
    'kms.key.month': OLD,
    'nat-gateway.hour': OLD,
    'retired.thing': OLD,
  });
});

test.each([
  ['no JSON', '<html>'],
  ['no product', '{"product":{}}'],
  [
    'a price that is no number',
    '{"product":{"attributes":{"usagetype":"NatGateway-Hours"}},"terms":{"OnDemand":{"a":{"priceDimensions":{"b":{"unit":"Hrs","pricePerUnit":{"USD":"free"}}}}}}}',
  ],
])('writes nothing when an answer is %s', async (_, oddity) => {
  have({ 'nat-gateway.hour': OLD });
  fake.oddities.push(oddity);
  await expect(update()).rejects.toThrow('the Price List API answered something else than a product');
  expect(written()).toEqual({ 'nat-gateway.hour': OLD });
  expect(readdirSync(folder)).toEqual(['us-east-1.json']);
});

test('waits when it is throttled', async () => {
  list('nat-gateway.hour', '0.045');
  fake.refuseNext(400, 'ThrottlingException', 2);
  expect(await update('nat-gateway.hour')).toMatchObject({ refreshed: 1 });
  expect(fake.server.requests).toHaveLength(3);
});

test('gives up in the end, and writes nothing', async () => {
  fake.refuseNext(400, 'ThrottlingException', 5);
  await expect(update('nat-gateway.hour')).rejects.toMatchObject({ name: 'CallError', kind: 'throttled' });
  expect(fake.server.requests).toHaveLength(5);
  expect(existsSync(file)).toBe(false);
});

describe('npm run cost -- --update-prices', () => {
  async function cost(pricing: object, ...argv: string[]) {
    const out: string[] = [];
    const err: string[] = [];
    const terminal = {
      print: (line: string) => out.push(line),
      printError: (line: string) => err.push(line),
    };
    const code = await main(['--update-prices', '--prices', file, ...argv], terminal, {
      pricing,
      now: () => Date.parse('2026-11-25T12:00:00Z'),
    });
    return { code, out, err };
  }

  test('asks for what the environments need, and fails while some of it is not found', async () => {
    list('nat-gateway.hour', '0.045');
    const { code, out } = await cost(fake.client);
    expect(code).toBe(1);
    expect(out[0]).toMatch(
      /^1 prices of us-east-1 are fresh in .*us-east-1.json; 1 changed, \d+ were not refreshed$/,
    );
    expect(out).toContain('  nat-gateway.hour: no price -> 0.045 USD');
    expect(out).toContain('  rds.db.m8g.large.multi-az.hour is unchanged: not found');
    expect(written()).toMatchObject({ 'nat-gateway.hour': { usd: 0.045, seen: '2026-11-25' } });
  });

  test('ends well when every price is fresh', async () => {
    const { out } = await cost(fake.client);
    const keys = out.slice(1).map((line) => line.trim().split(' ')[0] as string);
    for (const key of keys) list(key, '0.5', { unit: unitOf(key) });
    const { code, err } = await cost(fake.client);
    expect({ code, err }).toEqual({ code: 0, err: [] });
  });

  test('fails without the right to ask, and leaves the table alone', async () => {
    have({ 'nat-gateway.hour': OLD });
    fake.refuseNext(400, 'AccessDeniedException', 100);
    const { code, err } = await cost(fake.client);
    expect(code).toBe(1);
    expect(err.join('\n')).toMatch(
      /AccessDeniedException.* \(--update-prices needs AWS credentials that may pricing:GetProducts\); .* is unchanged$/,
    );
    expect(written()).toEqual({ 'nat-gateway.hour': OLD });
  });

  test('fails without credentials, and sends nothing', async () => {
    const { endpoint, certificateAuthority } = fake.client;
    const before = { ...process.env };
    try {
      for (const name of Object.keys(process.env).filter((key) => key.startsWith('AWS_')))
        delete process.env[name];
      process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
      process.env['AWS_CONFIG_FILE'] = join(folder, 'no-config');
      process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(folder, 'no-credentials');
      const { code, err } = await cost({ endpoint, certificateAuthority });
      expect(code).toBe(1);
      expect(err.join('\n')).toContain('Could not load credentials from any providers');
      expect(fake.server.requests).toEqual([]);
      expect(existsSync(file)).toBe(false);
    } finally {
      process.env = before;
    }
  });
});

function unitOf(key: string): string {
  const unit = productOf(key)?.unit ?? '';
  if (unit === 'GB-month') return 'GB-Mo';
  if (unit === 'GB') return 'GB';
  if (unit === 'GB-second') return 'Lambda-GB-Second';
  return unit.endsWith('hour') ? 'Hrs' : 'Requests';
}
