import { DEFAULT_ASSUMPTIONS } from '../../../bin/cost/assumptions';
import { instanceTypeOf } from '../../../bin/cost/kubernetes/instance-types';
import type { ReportInput } from '../../../bin/cost/report';
import type { KubernetesDocument } from '../../../k8s/manifest';
import { API_NAME } from '../../../lib/config/names';

/** Prices that are easy to multiply. */
const USD: Readonly<Record<string, number>> = {
  'alb.hour': 0.02,
  'alb.lcu-hour': 0.01,
  'data-transfer.internet.gb': 0.1,
  'ebs.gp3.gb-month': 0.08,
  'ec2.m7i.large.hour': 0.1,
  'nat-gateway.gb': 0.04,
  'nat-gateway.hour': 0.05,
  'public-ipv4.hour': 0.005,
  'rds.backup.gb-month': 0.1,
  'rds.db.t4g.medium.single-az.hour': 0.06,
  'rds.gp3.single-az.gb-month': 0.1,
};

/** A price table that lacks some prices. */
export function tableWithout(...keys: readonly string[]) {
  const prices = Object.entries(USD)
    .filter(([key]) => !keys.includes(key))
    .map(([key, usd]) => [key, { usd, source: 'https://example.com/prices', seen: '2026-11-25' }] as const);
  return () => ({ region: 'us-east-1', prices: Object.fromEntries(prices) });
}

export const DEPLOYMENT: KubernetesDocument = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: API_NAME },
  spec: {
    template: {
      spec: { containers: [{ name: 'api', resources: { requests: { cpu: '500m', memory: '512Mi' } } }] },
    },
  },
};

export function autoscaler(minReplicas: number, maxReplicas: number): KubernetesDocument {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    spec: {
      scaleTargetRef: { name: API_NAME },
      minReplicas,
      maxReplicas,
      metrics: [{ type: 'Pods', pods: { target: { averageValue: '100' } } }],
    },
  };
}

/** A NAT gateway, a load balancer, a database, and an API of two to ten replicas. */
export const SMALL: ReportInput = {
  environment: 'small',
  region: 'us-east-1',
  stacks: [
    {
      id: 'Network',
      region: 'us-east-1',
      resources: {
        Vpc: { Type: 'AWS::EC2::VPC' },
        Ip: { Type: 'AWS::EC2::EIP' },
        Nat: { Type: 'AWS::EC2::NatGateway' },
      },
    },
    {
      id: 'Data',
      region: 'us-east-1',
      resources: {
        Database: {
          Type: 'AWS::RDS::DBInstance',
          Properties: {
            DBInstanceClass: 'db.t4g.medium',
            MultiAZ: false,
            StorageType: 'gp3',
            AllocatedStorage: '20',
            MaxAllocatedStorage: 70,
            BackupRetentionPeriod: 5,
          },
        },
      },
    },
    {
      id: 'Ingress',
      region: 'us-east-1',
      resources: {
        LoadBalancer: {
          Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
          Properties: { Scheme: 'internet-facing', Subnets: ['subnet-a', 'subnet-b'] },
        },
      },
    },
  ],
  documents: [DEPLOYMENT, autoscaler(2, 10)],
  objectiveRequestsPerSecond: 1000,
  instance: instanceTypeOf('m7i.large'),
  assumptions: DEFAULT_ASSUMPTIONS,
  tables: tableWithout(),
};
