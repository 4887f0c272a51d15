import { METRICS } from '../../../../lambda/predictive-scaler/constants';
import { gate } from '../../../../lambda/predictive-scaler/decision/gate';
import { runLogLines, workloadLogLine } from '../../../../lambda/predictive-scaler/telemetry/log-lines';
import {
  runMetricsLine,
  workloadMetricsLine,
} from '../../../../lambda/predictive-scaler/telemetry/metric-lines';
import type {
  DecisionRecord,
  RunReport,
  WorkloadReport,
} from '../../../../lambda/predictive-scaler/telemetry/run-report';
import { GOOD } from '../decision/fixtures';

const NOW = Date.parse('2026-11-27T08:00:02Z');

const record: DecisionRecord = {
  mode: 'act',
  slotMinute: NOW / 60_000 - 2 / 60,
  originMinute: NOW / 60_000 - 2 / 60,
  gate: gate(GOOD, true),
  load: 900,
  forecasts: [
    { horizonMinutes: 15, point: 1000, upper: 1200 },
    { horizonMinutes: 30, point: 1100, upper: 1300 },
  ],
  weights: { 15: { lad: 0.75, analogs: 0.25 } },
  floor: 12,
  base: 3,
  maximum: 12,
  currentReplicas: 9,
  reason: 'as-wanted',
  message: 'floor 10 -> 12',
  leaseEndMinute: NOW / 60_000 - 2 / 60 + 20,
};
const report: WorkloadReport = { workload: 'api', outcome: 'applied', message: 'floor 10 -> 12', record };
const run: RunReport = { shard: 'dev-1', runId: 'run-1', slotMinute: 0, workloads: [report] };

interface MetricLine {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
}

const parse = (line: string) => JSON.parse(line) as MetricLine & Record<string, unknown>;
const namesIn = ({ _aws }: MetricLine) => _aws.CloudWatchMetrics[0]?.Metrics.map(({ Name }) => Name).sort();

describe('metrics of a workload', () => {
  test('are one line of the embedded metric format with every value that it names', () => {
    const line = parse(workloadMetricsLine(report, 5, NOW));
    expect(line).toMatchObject({
      _aws: {
        Timestamp: NOW,
        CloudWatchMetrics: [{ Namespace: METRICS.namespace, Dimensions: [['Workload']] }],
      },
      Workload: 'api',
      Load: 900,
      Forecast15: 1000,
      Forecast30: 1100,
      ForecastQ95At15: 1200,
      ForecastQ95At30: 1300,
      Floor: 12,
      Base: 3,
      Maximum: 12,
      FloorAtMaximum: 1,
      ReplicaHoursAdded: 0.75,
      ForecastSkill: 0.4,
      ForecastError: 10,
      ForecastCoverage: 90,
      GateActive: 1,
      WorkloadFailed: 0,
    });
    const { namespace, workloadDimension, shardDimension, heartbeat, runMilliseconds, ...names } = METRICS;
    expect(namesIn(line)).toEqual(Object.values(names).sort());
  });

  test('leave out values that are not finite', () => {
    const evidence = {
      ...GOOD,
      skill: Number.NaN,
      coverageOfQ90: Number.NaN,
      error: Number.NaN,
      staleMinutes: Infinity,
    };
    const blind = { ...record, load: Number.NaN, forecasts: [], gate: gate(evidence, true) };
    const line = parse(workloadMetricsLine({ ...report, record: blind }, 5, NOW));
    expect(namesIn(line)).toEqual(
      [
        'Base',
        'Floor',
        'FloorAtMaximum',
        'GateActive',
        'Maximum',
        'ReplicaHoursAdded',
        'WorkloadFailed',
      ].sort(),
    );
    expect(Object.values(line)).not.toContain(null);
  });

  test('of one that failed are that it failed', () => {
    const problem = { kind: 'server', message: 'GetObject failed' } as const;
    const line = parse(
      workloadMetricsLine({ workload: 'api', outcome: 'failed', message: 'x', problem }, 5, NOW),
    );
    expect([namesIn(line), line['WorkloadFailed']]).toEqual([['WorkloadFailed'], 1]);
  });
});

describe('metrics of a run', () => {
  const failed: WorkloadReport = { workload: 'web', outcome: 'failed', message: 'x' };
  const problem = { kind: 'forbidden', message: 'UpdateSchedule' } as const;
  it.each([
    ['complete', run, 1],
    ['complete though a workload failed', { ...run, workloads: [report, failed] }, 1],
    ['without any workload', { ...run, workloads: [] }, 1],
    ['in which all failed', { ...run, workloads: [failed] }, undefined],
    ['whose switch was not extended', { ...run, switchProblem: problem }, undefined],
  ])('%s', (_, one, heartbeat) => {
    const line = parse(runMetricsLine(one, 1234, NOW));
    expect([line['Shard'], line['RunDuration'], line['Heartbeat']]).toEqual(['dev-1', 1234, heartbeat]);
  });
});

describe('the log', () => {
  test('has every number that made the floor, and times that a person reads', () => {
    expect(JSON.parse(workloadLogLine(run, report, NOW))).toMatchObject({
      timestamp: '2026-11-27T08:00:02.000Z',
      level: 'INFO',
      shard: 'dev-1',
      runId: 'run-1',
      workload: 'api',
      outcome: 'applied',
      record: {
        slot: '2026-11-27T08:00:00Z',
        leaseEnd: '2026-11-27T08:20:00Z',
        weights: { 15: { lad: 0.75, analogs: 0.25 } },
        forecasts: record.forecasts,
        reason: 'as-wanted',
        gate: { state: 'ACTIVE', evidence: GOOD },
      },
    });
  });

  it.each([
    ['ERROR', { problem: { kind: 'server', message: 'x' } }],
    ['WARN', { outcome: 'lapsing' }],
    ['WARN', { record: { ...record, gate: gate({ ...GOOD, skill: -1 }, true) } }],
    ['INFO', { outcome: 'duplicate', record: undefined }],
  ] as const)('is %s for %j', (level, change) => {
    expect(JSON.parse(workloadLogLine(run, { ...report, ...change }, NOW))).toMatchObject({ level });
  });

  test('reports that the switch was not extended', () => {
    expect(runLogLines(run, NOW)).toEqual([]);
    const [line = ''] = runLogLines({ ...run, switchProblem: { kind: 'forbidden', message: 'no' } }, NOW);
    expect(JSON.parse(line)).toMatchObject({ level: 'ERROR', problem: { kind: 'forbidden' } });
  });
});
