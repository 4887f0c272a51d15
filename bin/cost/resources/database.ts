import { always, HOURS_PER_MONTH, type ItemParts, perScenario, SECONDS_PER_MONTH } from '../item';
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

/** vCPUs of a Graviton class such as `db.r8g.xlarge`: two up to large, then doubling. */
export function vcpusOf(instanceClass: string): number {
  const size = instanceClass.split('.')[2] ?? '';
  if (size === 'xlarge') return 4;
  const doubled = /^(\d+)xlarge$/.exec(size)?.[1];
  return doubled === undefined ? 2 : 4 * Number(doubled);
}

const instance: Pricing = (properties, context, id) => {
  const instanceClass = textOf(properties['DBInstanceClass']);
  const isMultiAz = properties['MultiAZ'] === true;
  return [
    {
      service: `RDS ${instanceClass}${isMultiAz ? ', Multi-AZ' : ''}`,
      priceKey: `rds.${instanceClass}.${isMultiAz ? 'multi-az' : 'single-az'}.hour`,
      quantity: always(HOURS_PER_MONTH),
      driver: 'fixed',
    },
    ...storage(properties, context, isMultiAz),
    ...monitoring(properties, context, instanceClass),
    ...(properties['ManageMasterUserPassword'] === true
      ? [
          {
            resource: `${id} master password`,
            service: 'Secret',
            priceKey: 'secrets-manager.secret.month',
            quantity: always(1),
            driver: 'fixed' as const,
            note: 'RDS makes it',
          },
        ]
      : []),
  ];
};

/** Storage grows by itself: low the allocated, peak the most. A copy as large as the storage is free in a region. */
function storage(properties: Properties, context: PricingContext, isMultiAz: boolean): ItemParts[] {
  const { assumptions } = context;
  const type = textOf(properties['StorageType']);
  const source = sourceOf(properties, context);
  const least = numberOf((source ?? properties)['AllocatedStorage'], Number.NaN);
  if (Number.isNaN(least))
    throw new Error(`a database says no AllocatedStorage: ${JSON.stringify(properties)}`);
  const most = Math.max(least, numberOf(properties['MaxAllocatedStorage'], least));
  const growth = {
    low: 0,
    expected: ((most - least) * assumptions['database-growth-percent']) / 100,
    peak: most - least,
  };
  // RDS backs up the source, not its replicas.
  const days = source ? 0 : numberOf(properties['BackupRetentionPeriod'], 1);
  const kept = (days * assumptions['database-change-percent']) / 100;
  const parts = [
    { driver: 'fixed', gigabytes: always(least), note: `${least} GB allocated, grows to ${most} GB` },
    { driver: 'per-million-requests', gigabytes: growth, note: 'what it has grown by' },
  ] as const;
  return parts.flatMap(({ driver, gigabytes, note }) => [
    {
      service: `RDS storage, ${type}`,
      priceKey: `rds.${type}.${isMultiAz ? 'multi-az' : 'single-az'}.gb-month`,
      quantity: gigabytes,
      driver,
      note,
    },
    {
      service: 'RDS backups',
      priceKey: 'rds.backup.gb-month',
      quantity: perScenario((scenario) => gigabytes[scenario] * kept),
      driver,
      note: `changes of ${days} days; a copy as large as the storage is free`,
    },
  ]);
}

/** The database that a replica follows, whose size it has; undefined for a database of its own. */
function sourceOf(properties: Properties, { resources }: PricingContext): Properties | undefined {
  const identifier = properties['SourceDBInstanceIdentifier'];
  if (identifier === undefined) return undefined;
  const { 'Fn::Join': join } = identifier as { 'Fn::Join'?: readonly [string, readonly unknown[]] };
  const id = idOf(identifier) ?? idOf(join?.[1].at(-1)) ?? '';
  return resources[id]?.Properties ?? {};
}

function monitoring(
  properties: Properties,
  { assumptions }: PricingContext,
  instanceClass: string,
): ItemParts[] {
  const items: ItemParts[] = [];
  if (properties['DatabaseInsightsMode'] === 'advanced') {
    items.push({
      service: 'Database Insights, advanced',
      priceKey: 'rds.database-insights.vcpu-hour',
      quantity: always(vcpusOf(instanceClass) * HOURS_PER_MONTH),
      driver: 'fixed',
      note: `${vcpusOf(instanceClass)} vCPUs`,
    });
  }
  const interval = numberOf(properties['MonitoringInterval'], 0);
  if (interval > 0) {
    const kilobytes = (SECONDS_PER_MONTH / interval) * assumptions['enhanced-monitoring-kilobytes'];
    items.push({
      service: 'Enhanced Monitoring, logs',
      priceKey: 'logs.ingestion.gb',
      quantity: always(kilobytes / 1_000_000),
      driver: 'fixed',
      note: `a sample every ${interval} s`,
    });
  }
  return items;
}

/** A proxy is paid for by the vCPUs of the databases behind it, two at least. */
const proxy: Pricing = (_, context, id) => {
  const targets = ofType(context, 'AWS::RDS::DBProxyTargetGroup')
    .filter(({ Properties = {} }) => idOf(Properties['DBProxyName']) === id)
    .flatMap(({ Properties = {} }) => listOf(Properties['DBInstanceIdentifiers']))
    .map((target) => context.resources[idOf(target) ?? '']?.Properties?.['DBInstanceClass']);
  const vcpus = Math.max(
    2,
    targets.map((target) => vcpusOf(textOf(target))).reduce((sum, each) => sum + each, 0),
  );
  return [
    {
      service: 'RDS Proxy',
      priceKey: 'rds.proxy.vcpu-hour',
      quantity: always(vcpus * HOURS_PER_MONTH),
      driver: 'fixed',
      note: `${vcpus} vCPUs of the database`,
    },
  ];
};

export const DATABASE: PricingByType = { 'AWS::RDS::DBInstance': instance, 'AWS::RDS::DBProxy': proxy };
