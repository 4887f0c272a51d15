import { always, HOURS_PER_MONTH, perScenario } from '../item';
import type { Pricing, PricingByType, PricingContext } from './resource';

/** Pods of the add-on itself: the agent and Fluent Bit on each node, and its operator. */
const AGENT_PODS_PER_NODE = 2;
const OPERATOR_PODS = 1;

const MINUTES_PER_MONTH = HOURS_PER_MONTH * 60;

const cluster: Pricing = () => [
  {
    service: 'EKS cluster',
    priceKey: 'eks.cluster.hour',
    quantity: always(HOURS_PER_MONTH),
    driver: 'fixed',
    note: 'under standard support',
  },
];

/** Add-ons run on the nodes; that of CloudWatch is paid for by what it observes. */
const addon: Pricing = ({ AddonName }, context) => {
  if (AddonName !== 'amazon-cloudwatch-observability') return [];
  const fixed = observations(context, context.nodes.fixed, fixedPods(context));
  return [
    {
      service: 'Container Insights',
      priceKey: 'cloudwatch.million-observations',
      quantity: always(fixed),
      driver: 'fixed',
      note: 'nodes and pods without the API',
    },
    {
      service: 'Container Insights',
      priceKey: 'cloudwatch.million-observations',
      quantity: perScenario(
        (scenario) =>
          observations(context, context.nodes.total[scenario], context.nodes.pods[scenario]) - fixed,
      ),
      driver: 'per-replica',
      note: 'nodes and pods of the API',
    },
  ];
};

function fixedPods({ nodes, usage }: PricingContext): number {
  return nodes.pods.low - usage.low.replicas;
}

/** Millions of observations in a month. */
function observations({ assumptions }: PricingContext, nodes: number, pods: number): number {
  const allPods = pods + nodes * AGENT_PODS_PER_NODE + OPERATOR_PODS;
  const perMinute = nodes * assumptions['node-observations'] + allPods * assumptions['pod-observations'];
  return (perMinute * MINUTES_PER_MONTH) / 1_000_000;
}

const repository: Pricing = (_, { assumptions }) => [
  {
    service: 'Images',
    priceKey: 'ecr.gb-month',
    quantity: always(assumptions['image-gigabytes']),
    driver: 'fixed',
  },
];

export const CLUSTER: PricingByType = {
  'AWS::EKS::Cluster': cluster,
  'AWS::EKS::Addon': addon,
  'AWS::ECR::Repository': repository,
};
