import { type Product, product } from './product';

const POSTGRESQL = { databaseEngine: 'PostgreSQL' };

export interface ProductFamily {
  /** Form of the family’s price keys; its groups are the parameters of `product`. */
  readonly key: RegExp;
  /** @param type the family’s variable part; @param deployment `single-az` or `multi-az` */
  readonly product: (type: string, deployment: string) => Product;
}

const DEPLOYMENTS: Readonly<Record<string, string>> = { 'single-az': 'Single-AZ', 'multi-az': 'Multi-AZ' };

/** Products of which there is one for every size. */
export const PRODUCT_FAMILIES: readonly ProductFamily[] = [
  {
    key: /^ec2\.(.+)\.hour$/,
    product: (type) =>
      product(`EC2 ${type}, Linux`, 'hour', 'AmazonEC2', `BoxUsage:${type}`, {
        attributes: {
          instanceType: type,
          operatingSystem: 'Linux',
          tenancy: 'Shared',
          preInstalledSw: 'NA',
          capacitystatus: 'Used',
        },
      }),
  },
  {
    key: /^eks\.auto-mode\.(.+)\.hour$/,
    product: (type) =>
      product(`EKS Auto Mode, ${type}`, 'hour', 'AmazonEKS', `EKS-Auto:${type}-management-hours`),
  },
  {
    key: /^elasticache\.valkey\.(.+)\.hour$/,
    product: (type) =>
      product(`ElastiCache ${type}, Valkey`, 'hour', 'AmazonElastiCache', `NodeUsage:${type}`, {
        attributes: { instanceType: type, cacheEngine: 'Valkey' },
      }),
  },
  {
    key: /^rds\.(db\..+)\.(single-az|multi-az)\.hour$/,
    product: (type, deployment) =>
      product(
        `RDS for PostgreSQL ${type}, ${DEPLOYMENTS[deployment]}`,
        'hour',
        'AmazonRDS',
        `${deployment === 'multi-az' ? 'Multi-AZUsage' : 'InstanceUsage'}:${usageSize(type)}`,
        {
          attributes: {
            ...POSTGRESQL,
            instanceType: type,
            deploymentOption: DEPLOYMENTS[deployment] as string,
          },
        },
      ),
  },
  {
    key: /^rds\.(gp3)\.(single-az|multi-az)\.gb-month$/,
    product: (type, deployment) =>
      product(
        `RDS storage ${type}, ${DEPLOYMENTS[deployment]}`,
        'GB-month',
        'AmazonRDS',
        deployment === 'multi-az' ? 'RDS:Multi-AZ-GP3-Storage' : 'RDS:GP3-Storage',
        { attributes: { ...POSTGRESQL, deploymentOption: DEPLOYMENTS[deployment] as string } },
      ),
  },
];

/** RDS writes `db.r8g.2xl` for db.r8g.2xlarge in its usage types, and `large` in full. */
function usageSize(instanceClass: string): string {
  return instanceClass.replace(/xlarge$/, 'xl');
}
