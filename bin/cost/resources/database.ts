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

/** Storage grows by itself: low the allocated, peak the most. */
function storage(properties: Properties, { assumptions }: PricingContext, isMultiAz: boolean): ItemParts[] {
  const type = textOf(properties['StorageType']);
  const least = numberOf(properties['AllocatedStorage'], 0);
  const most = Math.max(least, numberOf(properties['MaxAllocatedStorage'], least));
  const grown = least + ((most - least) * assumptions['database-growth-percent']) / 100;
  const gigabytes = { low: least, expected: grown, peak: most };
  const days = numberOf(properties['BackupRetentionPeriod'], 1);
  return [
    {
      service: `RDS storage, ${type}`,
      priceKey: `rds.${type}.${isMultiAz ? 'multi-az' : 'single-az'}.gb-month`,
      quantity: gigabytes,
      driver: 'fixed',
      note: `${least} GB allocated, grows to ${most} GB`,
    },
    {
      // A full copy is as large as the storage, and that much of backups is free in a region.
      service: 'RDS backups',
      priceKey: 'rds.backup.gb-month',
      quantity: perScenario(
        (scenario) => (gigabytes[scenario] * days * assumptions['database-change-percent']) / 100,
      ),
      driver: 'fixed',
      note: `changes of ${days} days; a copy as large as the storage is free`,
    },
  ];
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
