import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { productOf } from '../../../bin/cost/prices/find-product';
import { priceTables, readTable } from '../../../bin/cost/prices/price-table';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'prices-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const PRICE = { usd: 0.1, source: 'https://example.com/prices', seen: '2026-11-25' };

function file(content: unknown, name = 'table.json'): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test.each([
  ['no price', { usd: 0 }, 'prices.alb.hour.usd: Too small: expected number to be >0'],
  ['a source that is no address', { source: 'from memory' }, 'prices.alb.hour.source: Invalid URL'],
  ['a source without TLS', { source: 'http://example.com' }, 'prices.alb.hour.source: Invalid URL'],
  ['no day', { seen: 'yesterday' }, 'prices.alb.hour.seen: Invalid ISO date'],
  ['another field', { eur: 0.1 }, 'prices.alb.hour: Unrecognized key: "eur"'],
])('fails on a table with %s', (_, change, message) => {
  const path = file({ region: 'us-east-1', prices: { 'alb.hour': { ...PRICE, ...change } } });
  expect(() => readTable(path)).toThrow(`${path}: ${message}`);
});

test('fails on a file that is no JSON', () => {
  expect(() => readTable(file('{', 'broken.json'))).toThrow(/broken.json must be JSON/);
});

test('fails on a region without prices, and says what to do', () => {
  expect(() => priceTables('eu-central-1')('eu-central-1')).toThrow(
    'there are no prices for eu-central-1: get them with --update-prices --region eu-central-1, give a table with --prices <file>, or take another region’s with --prices us-east-1',
  );
});

test('takes another region’s prices for the environment where that is said', () => {
  const tables = priceTables('eu-central-1', 'us-east-1');
  expect(tables('eu-central-1').region).toBe('us-east-1');
});

test('a file holds for the environment, and not for what is in us-east-1 all the same', () => {
  const tables = priceTables('eu-central-1', file({ region: 'eu-central-1', prices: { 'alb.hour': PRICE } }));
  expect(tables('eu-central-1').prices).toEqual({ 'alb.hour': PRICE });
  expect(tables('us-east-1').prices['alb.hour']?.usd).toBe(0.0225);
});

test('fails on a table that is not there', () => {
  expect(() => priceTables('us-east-1', 'missing.json')).toThrow(
    '--prices must be a region with a table or a file, got missing.json',
  );
});

test.each([
  ['rds.db.r8g.2xlarge.multi-az.hour', 'Multi-AZUsage:db.r8g.2xl', 'hour'],
  ['rds.db.m8g.large.single-az.hour', 'InstanceUsage:db.m8g.large', 'hour'],
  ['rds.gp3.multi-az.gb-month', 'RDS:Multi-AZ-GP3-Storage', 'GB-month'],
  ['elasticache.valkey.cache.t4g.micro.hour', 'NodeUsage:cache.t4g.micro', 'hour'],
  ['eks.auto-mode.m7i.large.hour', 'EKS-Auto:m7i.large-management-hours', 'hour'],
  ['ec2.m7i.xlarge.hour', 'BoxUsage:m7i.xlarge', 'hour'],
])('%s is known to the Price List as %s', (key, usageType, unit) => {
  expect(productOf(key)).toMatchObject({ unit, query: { usageType } });
});

test('a key that stands for nothing has no product', () => {
  expect(productOf('coffee.cup')).toBeUndefined();
});
