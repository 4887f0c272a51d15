import { always, HOURS_PER_MONTH, type ItemParts } from '../item';
import {
  idOf,
  listOf,
  numberOf,
  ofType,
  type Pricing,
  type PricingByType,
  type PricingContext,
  type Properties,
  textOf,
} from './resource';

const HOURS_PER_UNIT: Readonly<Record<string, number>> = { minute: 1 / 60, hour: 1, day: 24 };

/**
 * Runs of a month by a schedule expression: `rate(…)`, `cron(…)` of every day, or `at(…)`.
 * @throws Error on any other
 */
export function runsPerMonth(expression: string): number {
  const [, value, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (value !== undefined) return HOURS_PER_MONTH / (Number(value) * (HOURS_PER_UNIT[unit] as number));
  if (expression.startsWith('at(')) return 0;
  const [, minutes, hours] = /^cron\((\S+) (\S+) [*?] \* [*?] \*\)$/.exec(expression) ?? [];
  if (minutes === undefined || hours === undefined) {
    throw new Error(`a schedule that the estimate cannot count: ${expression}`);
  }
  const timesOf = (field: string, all: number) => {
    if (field === '*') return all;
    const step = /\/(\d+)$/.exec(field)?.[1];
    return step === undefined ? field.split(',').length : all / Number(step);
  };
  return timesOf(minutes, 60) * timesOf(hours, 24) * (HOURS_PER_MONTH / 24);
}

function runsOfSchedule(properties: Properties): number {
  return properties['State'] === 'DISABLED' ? 0 : runsPerMonth(textOf(properties['ScheduleExpression']));
}

const schedule: Pricing = (properties) => [
  {
    service: 'Scheduler',
    priceKey: 'scheduler.million-invocations',
    quantity: always(runsOfSchedule(properties) / 1_000_000),
    driver: 'fixed',
  },
];

/** Only scheduled functions cost anything to speak of; the others run at deployments, or when something fails. */
const lambdaFunction: Pricing = (properties, context, id) => {
  const runs = scheduledRuns(context, id);
  if (runs === 0) return [];
  const { assumptions } = context;
  const isArm = listOf(properties['Architectures']).includes('arm64');
  const gigabytes = numberOf(properties['MemorySize'], 128) / 1024;
  const tracing = properties['TracingConfig'] as { readonly Mode?: string } | undefined;
  const items: ItemParts[] = [
    {
      service: 'Lambda, requests',
      priceKey: 'lambda.million-requests',
      quantity: always(runs / 1_000_000),
      driver: 'fixed',
    },
    {
      service: 'Lambda, duration',
      priceKey: `lambda.${isArm ? 'arm64' : 'x86'}.gb-second`,
      quantity: always(runs * gigabytes * assumptions['function-seconds']),
      driver: 'fixed',
      note: `${Math.round(runs)} runs`,
    },
    {
      service: 'Custom metrics',
      priceKey: 'cloudwatch.metric.month',
      // One that reports once a day is paid for by the hours in which it does.
      quantity: always(assumptions['function-metrics'] * Math.min(1, runs / HOURS_PER_MONTH)),
      driver: 'fixed',
    },
  ];
  if (tracing?.Mode === 'Active') {
    items.push({
      service: 'X-Ray traces',
      priceKey: 'xray.million-traces',
      quantity: always(runs / 1_000_000),
      driver: 'fixed',
    });
  }
  return items;
};

function scheduledRuns(context: PricingContext, id: string): number {
  return ofType(context, 'AWS::Scheduler::Schedule')
    .filter(({ Properties = {} }) => idOf((Properties['Target'] as { readonly Arn?: unknown }).Arn) === id)
    .map(({ Properties = {} }) => runsOfSchedule(Properties))
    .reduce((sum, runs) => sum + runs, 0);
}

export const FUNCTIONS: PricingByType = {
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::Scheduler::Schedule': schedule,
};
