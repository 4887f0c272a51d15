import { MinuteLoads } from '../../../../bin/local/hpa/minute-loads';
import { type PodSample, PodWindow, parseCounts } from '../../../../bin/local/hpa/pod-metrics';

const SCRAPE_MS = 15_000;

describe("a pod's page", () => {
  test.each<[string, lines: string[], counts: ReturnType<typeof parseCounts>]>([
    [
      'adds the routes of users up, and leaves probes and scrapes out',
      [
        'http_requests_total{route="/api/v1/records",method="GET"} 3',
        'http_requests_total{method="POST",route="/api/v1/records"} 4',
        'http_requests_total{route="unknown",method="GET"} 1',
        'http_requests_total{route="/ready",method="GET"} 100',
        'http_requests_total{route="/health",method="GET"} 100',
        'http_requests_total{route="/metrics",method="GET"} 100',
        'gateway_calls_in_flight 5',
      ],
      { requests: 8, calls: 5 },
    ],
    ['may be that of a pod without a gateway', ['http_requests_total 7'], { requests: 7, calls: 0 }],
    ['says nothing without the counter', ['http_requests_created 7', '# http_requests_total 7'], undefined],
    ['says nothing by a value that is no number', ['http_requests_total x'], undefined],
  ])('%s', (_, lines, counts) => {
    expect(parseCounts(lines.join('\n'))).toEqual(counts);
  });
});

describe("a pod's metrics", () => {
  const window = (...requests: readonly number[]) => {
    const made = new PodWindow(SCRAPE_MS);
    requests.forEach((count, index) => {
      made.add({ requests: count, calls: index, realMs: index * SCRAPE_MS } satisfies PodSample);
    });
    return made;
  };

  test.each<[string, requests: number[], atScrape: number, metrics: Record<string, number>]>([
    ['are unknown after one scrape, rather than zero', [900], 0, {}],
    ['are the mean of two', [0, 150], 1, { requests_per_second: 10, gateway_calls_in_flight: 0.5 }],
    [
      'are the mean of the last minute',
      [0, 6000, 6150, 6300, 6450, 6600],
      5,
      { requests_per_second: 10, gateway_calls_in_flight: 3 },
    ],
    [
      'count what came after a restart, whose counter began again',
      [9000, 9150, 150],
      2,
      { requests_per_second: 10, gateway_calls_in_flight: 1 },
    ],
    ['are unknown once the samples are older than the minute', [0, 150], 7, {}],
    [
      'are still known after two scrapes were lost',
      [0, 150],
      3,
      { requests_per_second: 10, gateway_calls_in_flight: 0.5 },
    ],
  ])('%s', (_, requests, atScrape, metrics) => {
    expect(window(...requests).metricsAt(atScrape * SCRAPE_MS)).toEqual(metrics);
  });
});

describe('the loads of minutes', () => {
  test('share what a scrape saw among the minutes that it covers', () => {
    const loads = new MinuteLoads();
    loads.add(30_000, 90_000, 10);
    loads.add(90_000, 120_000, 40);
    expect(loads.between(0, 2)).toEqual([
      { minute: 0, load: 10 },
      { minute: 1, load: 25 },
    ]);
  });

  test('leave out a minute that is not over, and one that was measured for less than half', () => {
    const loads = new MinuteLoads();
    loads.add(31_000, 170_000, 10);
    expect(loads.between(0, 2)).toEqual([{ minute: 1, load: 10 }]);
  });

  test('go back fifteen days at most', () => {
    const loads = new MinuteLoads();
    const day = 86_400_000;
    for (let index = 0; index < 20; index += 1) loads.add(index * day, index * day + 60_000, index);
    expect(loads.between(0, 100_000).map(({ load }) => load)).toEqual([
      5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    ]);
  });
});
