import { cacheCapacity, cacheNeeds, chooseCache } from '../../../bin/sizing/formulas/cache-size';
import { chooseClass, classCapacity, databaseNeeds } from '../../../bin/sizing/formulas/database-size';
import { partitions } from '../../../bin/sizing/formulas/partitions';
import { podCapacity, podSize } from '../../../bin/sizing/formulas/pod-size';
import { baselineIops, storageSize } from '../../../bin/sizing/formulas/storage-size';
import { callsUnderWay } from '../../../bin/sizing/request-cost';
import { testConfig } from '../../helpers/config';
import { costOf } from './cost-of';

const LIMITS = {
  cpuPercent: 70,
  memoryPercent: 80,
  leastCpuMillis: 100,
  mostCpuMillis: 2000,
  leastMemoryMib: 128,
  mostMemoryMib: 2048,
  configuredCalls: 16,
};
const GIB = 1024 ** 3;

describe("Little's law", () => {
  test.each([
    // The seams' own example: 1,000/s x 2 s x 0.4 misses.
    { rate: 1000, hits: 60, seconds: 2, calls: 800 },
    // would be 2,000 without a cache
    { rate: 1000, hits: 0, seconds: 2, calls: 2000 },
    { rate: 1000, hits: 100, seconds: 2, calls: 0 },
    { rate: 1.7, hits: 0, seconds: 30, calls: 51 },
  ])(
    '$rate/s of $seconds s with $hits % hits are $calls calls under way',
    ({ rate, hits, seconds, calls }) => {
      expect(callsUnderWay(rate, costOf({ 'hit-rate': hits, 'llm-seconds': seconds }))).toBeCloseTo(calls, 9);
    },
  );
});

describe('the size of a pod', () => {
  test.each([
    // 600 x 0.45 / 0.7 / 3 = 129 millicores
    { name: 'three pods serve the peak', peak: 600, cost: {}, expected: { cpuRequestMillis: 150 } },
    { name: 'would be 100m for little traffic', peak: 1, cost: {}, expected: { cpuRequestMillis: 100 } },
    { name: 'a process has one core', peak: 50_000, cost: {}, expected: { cpuRequestMillis: 1000 } },
    {
      name: 'a limit is a core and its helpers',
      peak: 50_000,
      cost: {},
      expected: { cpuLimitMillis: 2000 },
    },
    // 150 / 0.45 x 0.4 x 2 = 267 calls
    { name: "connections by Little's law", peak: 600, cost: {}, expected: { maxCalls: 272 } },
    {
      name: 'would be 40 with 94 % hits',
      peak: 600,
      cost: { 'hit-rate': 94 },
      expected: { maxCalls: 40 },
    },
    {
      name: 'no more calls than were measured',
      peak: 600,
      cost: { 'llm-seconds': 60 },
      expected: { maxCalls: 1000 },
    },
    // max(209 + 267 x 78 KiB, 256) / 0.8
    { name: 'memory of the process', peak: 600, cost: {}, expected: { memoryRequestMib: 320 } },
    {
      name: 'would be 576 with 400 MiB of a process',
      peak: 600,
      cost: { 'memory-mib': 400 },
      expected: { memoryRequestMib: 576, memoryLimitMib: 1152 },
    },
  ])('$name', ({ peak, cost, expected }) => {
    expect(podSize(peak, costOf(cost), LIMITS)).toMatchObject(expected);
  });

  test('connections are not lowered', () => {
    expect(podSize(600, costOf(), { ...LIMITS, configuredCalls: 999 }).maxCalls).toBe(999);
  });
});

describe('what a pod serves', () => {
  const pod = {
    cpuRequestMillis: 450,
    cpuLimitMillis: 2000,
    memoryRequestMib: 512,
    memoryLimitMib: 2048,
    maxCalls: 1000,
  };
  test.each([
    { name: 'CPU ends first', changes: {}, cost: {}, expected: { bound: 'CPU', requestsPerSecond: 1000 } },
    {
      name: 'connections end first',
      changes: { maxCalls: 80 },
      cost: {},
      expected: { bound: 'calls under way', requestsPerSecond: 100 },
    },
    {
      name: 'memory ends first: 100 calls of 1 MiB',
      changes: { memoryLimitMib: 309 },
      cost: { 'call-kib': 1024 },
      expected: { bound: 'memory', requestsPerSecond: 125 },
    },
    {
      name: 'would be CPU again where all is in the cache',
      changes: { memoryLimitMib: 309, maxCalls: 1 },
      cost: { 'hit-rate': 100 },
      expected: { bound: 'CPU', requestsPerSecond: 1000 },
    },
    {
      name: 'a second core serves nothing',
      changes: { cpuRequestMillis: 2000 },
      cost: { 'hit-rate': 100 },
      expected: { bound: 'CPU', requestsPerSecond: 1000 / 0.45 },
    },
  ])('$name', ({ changes, cost, expected }) => {
    const { bound, requestsPerSecond } = podCapacity({ ...pod, ...changes }, costOf(cost));
    expect(bound).toBe(expected.bound);
    expect(requestsPerSecond).toBeCloseTo(expected.requestsPerSecond, 9);
  });
});

describe('the database', () => {
  test('needs CPU for the peak, and memory for hot rows and half of its connections', () => {
    const cost = costOf({ 'db-ms': 0.7, 'hot-days': 3, 'row-bytes': 1024 });
    const needs = databaseNeeds({ peak: 2000, perDay: 1024 ** 2 }, cost, {
      connections: 1024,
      cpuPercent: 70,
    });
    // 2000 x 0.7 ms = 1.4 cores of 70 %; 3 GiB of rows of 75 %; 512 x 10 MiB
    expect(needs.vcpus).toBeCloseTo(2, 9);
    expect(needs.memoryGib).toBeCloseTo(4 + 5, 9);
  });

  test.each([
    { name: 'the smallest', from: 'r8g.large', vcpus: 1, memoryGib: 1, connections: 100, to: 'r8g.large' },
    { name: 'more memory', from: 'r8g.large', vcpus: 1, memoryGib: 17, connections: 100, to: 'r8g.xlarge' },
    { name: 'more CPU', from: 'r8g.large', vcpus: 5, memoryGib: 1, connections: 100, to: 'r8g.2xlarge' },
    {
      name: 'more connections',
      from: 'r8g.large',
      vcpus: 1,
      memoryGib: 1,
      connections: 1900,
      to: 'r8g.xlarge',
    },
    { name: 'smaller again', from: 'r8g.8xlarge', vcpus: 1, memoryGib: 1, connections: 100, to: 'r8g.large' },
    {
      name: 't4g keeps to its baseline',
      from: 't4g.micro',
      vcpus: 0.5,
      memoryGib: 1,
      connections: 100,
      to: 't4g.large',
    },
    {
      name: 'm8g follows t4g',
      from: 't4g.micro',
      vcpus: 3.5,
      memoryGib: 1,
      connections: 100,
      to: 'm8g.xlarge',
    },
    {
      name: 'the largest where none is enough',
      from: 'r8g.large',
      vcpus: 500,
      memoryGib: 1,
      connections: 1,
      to: 'r8g.24xlarge',
    },
  ])('$name', ({ from, to, ...needs }) => {
    expect(chooseClass(from, needs)).toBe(to);
  });

  test.each([
    ['r8g.large', { vcpus: 2, memoryGib: 16, connections: 1802 }],
    ['t4g.medium', { vcpus: 0.4, memoryGib: 4, connections: 450 }],
    ['r8g.24xlarge', { vcpus: 96, memoryGib: 768, connections: 5000 }],
  ])('%s', (instanceClass, expected) => {
    expect(classCapacity(instanceClass)).toEqual(expected);
  });
});

describe('the storage', () => {
  const config = testConfig();
  const size = (peak: number, perDay: number, cost = costOf()) => storageSize(config, { peak, perDay }, cost);

  test('holds rows and prompts over their retentions', () => {
    // As the rule of lib/config: 357 GiB of rows and 115 of prompts, a fifth free.
    expect(size(10, 1_000_000).needs).toMatchObject({ leastGib: 589, rowsGib: 357, promptsGib: 115 });
  });

  test.each([
    // 30.4 days x 1 million x 900 B + 30 days x 4,096 B, a fifth free
    { name: 'starts with the first month', peak: 10, perDay: 1_000_000, allocatedGib: 180 },
    { name: 'is at least 20 GiB', peak: 10, perDay: 1, allocatedGib: 20 },
    // 3,000 x 1.1 / 0.6 = 5,500 operations
    { name: 'is striped for more operations', peak: 3000, perDay: 1, allocatedGib: 400 },
    // would be 20 with 1,600/s: 2,933 operations
    { name: 'is small below 3,000 operations', peak: 1600, perDay: 1, allocatedGib: 20 },
  ])('$name', ({ peak, perDay, allocatedGib }) => {
    expect(size(peak, perDay).allocatedGib).toBe(allocatedGib);
  });

  test.each([
    // prod is configured for a million
    { perDay: 1_050_000, expected: 1_000_000 },
    { perDay: 1_250_001, expected: 1_251_000 },
    { perDay: 123, expected: 123 },
  ])('counts $perDay requests a day as $expected', ({ perDay, expected }) => {
    expect(size(10, perDay).perDay).toBe(expected);
  });

  test('has a limit 10 % above what is allocated', () => {
    expect(size(3000, 1).maxAllocatedGib).toBe(440);
  });

  test('never exceeds what an instance may have', () => {
    const { allocatedGib, maxAllocatedGib } = size(10, 1_000_000_000);
    expect(maxAllocatedGib).toBe(65_536);
    expect(allocatedGib * 1.1).toBeLessThanOrEqual(65_536);
  });

  test.each([
    [20, 3000],
    [399, 3000],
    [400, 12_000],
  ])('gp3 of %d GiB has %d operations a second', (gib, iops) => {
    expect(baselineIops(gib)).toBe(iops);
  });
});

describe('the cache', () => {
  test('holds the misses of a lifetime at the busiest hour', () => {
    const cost = costOf({ 'hit-rate': 75, 'answer-bytes': 512 });
    // 4096 x 0.25 x 1024 s = 1 Mi entries of 1 KiB
    expect(cacheNeeds({ peak: 1000, busiestHour: 4096 }, cost, 1024)).toEqual({
      workingSetGib: 1,
      commands: 4000,
    });
  });

  const large = { nodeType: 'cache.r7g.large', shards: 2 };
  test.each([
    { name: 'one shard for little', from: large, gib: 1, commands: 1, to: 'cache.r7g.large', shards: 1 },
    {
      name: 'two of them: 9.8 GiB each',
      from: large,
      gib: 15,
      commands: 1,
      to: 'cache.r7g.large',
      shards: 2,
    },
    { name: 'a larger type', from: large, gib: 30, commands: 1, to: 'cache.r7g.xlarge', shards: 2 },
    {
      name: 'more commands than one shard runs',
      from: large,
      gib: 1,
      commands: 60_000,
      to: 'cache.r7g.large',
      shards: 2,
    },
    {
      name: 'a small type',
      from: { nodeType: 'cache.t4g.medium', shards: 1 },
      gib: 0.1,
      commands: 1,
      to: 'cache.t4g.micro',
      shards: 1,
    },
    {
      name: 'more shards of the largest',
      from: { nodeType: 'cache.t4g.micro', shards: 1 },
      gib: 5,
      commands: 1,
      to: 'cache.t4g.medium',
      shards: 3,
    },
  ])('$name', ({ from, gib, commands, to, shards }) => {
    const needs = { workingSetGib: gib, commands };
    const chosen = chooseCache(from, needs);
    expect(chosen).toEqual({ nodeType: to, shards });
    expect(cacheCapacity(chosen).workingSetGib).toBeGreaterThanOrEqual(gib);
  });
});

describe('partitions', () => {
  test.each([
    // 15 million rows take a minute
    { perMonth: 1_000_000, months: 13, count: 17, refreshHours: 1 },
    { perMonth: 2_000_000, months: 13, count: 17, refreshHours: 24 },
    { perMonth: 2_000_000, months: 2, count: 6, refreshHours: 1 },
  ])('$perMonth rows a month over $months months', ({ perMonth, months, count, refreshHours }) => {
    const found = partitions({ perMonth }, costOf(), months);
    expect(found).toMatchObject({ count, refreshHours, rows: perMonth * (months + 1) });
    expect(found.gibAMonth).toBeCloseTo((perMonth * 900) / GIB, 9);
  });
});
