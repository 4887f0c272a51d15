import { HPA_NAME, VPA_NAME } from '../../../lib/config/names';
import { type ChecklistPhase, finding } from '../item';
import { count, either, field, inFile, is, isSet, knob, measured, property, within } from '../looks';
import { DEEP_PAGE, LEDGER_FAULTS, PARAMETERS, SETTINGS } from './places';

const hasItems = (value: unknown) => Array.isArray(value) && value.length > 0;

export const PHASE_3: ChecklistPhase = {
  title: 'Phase 3: advanced performance',
  items: [
    {
      id: '3.1',
      title: 'Deploy autoscaling',
      stacks: ['Cluster'],
      checks: [
        either('HPA, or KEDA, scales the API', ({ config }) =>
          config.autoscaling.driver === 'hpa'
            ? field('HorizontalPodAutoscaler', HPA_NAME, 'spec.maxReplicas', 'HPA', within(2))
            : {
                source: 'manifest',
                how: 'KEDA',
                look: ({ documents }) =>
                  finding(
                    documents.some(({ kind }) => kind === 'ScaledObject'),
                    'ScaledObject of KEDA',
                  ),
              },
        ),
        either('by CPU, memory, requests or calls', ({ config }) =>
          config.autoscaling.driver === 'hpa'
            ? field('HorizontalPodAutoscaler', HPA_NAME, 'spec.metrics', 'metrics', hasItems)
            : knob('autoscaling.hpa.requestsPerSecond', 'requests', isSet),
        ),
        {
          source: 'manifest',
          how: 'a VPA recommends sizes, unless none is wanted',
          look: ({ documents, config }) => {
            const isThere = documents.some(({ metadata }) => metadata?.name === VPA_NAME);
            const without = 'cluster.verticalPodAutoscaler = false';
            return config.cluster.verticalPodAutoscaler
              ? finding(isThere, `VerticalPodAutoscaler ${VPA_NAME}${isThere ? '' : ' is missing'}`)
              : finding(true, `${without}: none is wanted`);
          },
        },
      ],
    },
    {
      id: '3.2',
      title: 'Scale ahead of the load',
      stacks: ['PredictiveScaling'],
      checks: [
        knob('predictiveScaling.workloads', 'workloads have forecasts', hasItems),
        count('PredictiveScaling', 'AWS::Scheduler::Schedule', 1, 'a schedule runs the scaler'),
        {
          source: 'configuration',
          how: 'a workload acts, or shows what it would do, as the guide does (`mode`)',
          look: ({ config }) => {
            const modes = (config.predictiveScaling?.workloads ?? []).map(
              ({ name, mode }) => `${name}: ${mode}`,
            );
            return finding(modes.length > 0, modes.join(', ') || 'predictiveScaling = null');
          },
        },
      ],
    },
    {
      id: '3.3',
      title: 'Watch performance',
      stacks: ['Observability'],
      checks: [
        count('Observability', 'AWS::CloudWatch::Dashboard', 1, 'dashboards'),
        count('Observability', 'AWS::CloudWatch::Alarm', 1, 'alarms on the objectives'),
        knob('cluster.containerInsights', 'CPU, memory and metrics of pods', is(true)),
        inFile(
          'service/telemetry/performance-monitor.ts',
          /export class/,
          'times of functions in the service',
        ),
      ],
    },
    {
      id: '3.4',
      title: 'Do slow work asynchronously',
      stacks: ['Data'],
      checks: [
        field(
          'ConfigMap',
          SETTINGS,
          'data.GATEWAY_JOURNAL_MAX_BYTES',
          'calls are recorded through a bounded journal',
          within(1),
        ),
        property(
          { stack: 'Data', type: 'AWS::Scheduler::Schedule' },
          'Target.RetryPolicy.MaximumRetryAttempts',
          'roll-ups and partitions run on a schedule, with retries',
          within(1),
        ),
        property(
          { stack: 'Data', type: 'AWS::Scheduler::Schedule' },
          'Target.DeadLetterConfig.Arn',
          'what fails for good is kept',
          isSet,
        ),
        field('ConfigMap', SETTINGS, 'data.HTTP_MAX_SOCKETS', 'outgoing connections are bounded', within(1)),
        measured(LEDGER_FAULTS, 'nothing is lost under faults'),
      ],
    },
    {
      id: '3.5',
      title: 'Make database queries fast',
      stacks: ['Data'],
      checks: [
        inFile(
          'lambda/database/migrations/0005_user_cost_summary.sql',
          /CREATE MATERIALIZED VIEW user_cost_summary/,
          "the guide's summary by user",
        ),
        inFile(
          'lambda/database/migrations/0010_cost_rollups.sql',
          /CREATE TABLE costs_hourly/,
          'roll-ups by hour',
        ),
        inFile(
          'service/requests/read/cursor.ts',
          /export function decodeCursor/,
          'pages by cursor, not by offset',
        ),
        property(
          PARAMETERS,
          'Parameters.shared_preload_libraries',
          'statements are counted and timed',
          (value) => String(value).includes('pg_stat_statements'),
        ),
        measured(DEEP_PAGE, 'a deep page is as fast as the first'),
      ],
    },
  ],
};
