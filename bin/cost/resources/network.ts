import type { Assumptions } from '../assumptions';
import { always, HOURS_PER_MONTH, perScenario } from '../item';
import { listOf, ofType, type Pricing, type PricingByType, textOf } from './resource';

const natGateway: Pricing = (_, context) => {
  const { assumptions, traffic } = context;
  const gateways = ofType(context, 'AWS::EC2::NatGateway').length;
  return [
    {
      service: 'NAT gateway',
      priceKey: 'nat-gateway.hour',
      quantity: always(HOURS_PER_MONTH),
      driver: 'fixed',
    },
    {
      service: 'NAT gateway, data',
      priceKey: 'nat-gateway.gb',
      quantity: always(assumptions['nat-gigabytes'] / gateways),
      driver: 'fixed',
      note: 'its share of nat-gigabytes',
    },
    {
      service: 'NAT gateway, data',
      priceKey: 'nat-gateway.gb',
      quantity: perScenario(
        (scenario) => (traffic[scenario].api * assumptions['nat-kilobytes-per-request']) / gateways,
      ),
      driver: 'per-million-requests',
    },
    {
      service: 'Data to the internet',
      priceKey: 'data-transfer.internet.gb',
      quantity: perScenario(
        (scenario) =>
          (traffic[scenario].api *
            assumptions['nat-kilobytes-per-request'] *
            assumptions['nat-outbound-percent']) /
          100 /
          gateways,
      ),
      driver: 'per-million-requests',
      note: 'what pods send through NAT gateways',
    },
  ];
};

const elasticIp: Pricing = () => [
  {
    service: 'Public IPv4 address',
    priceKey: 'public-ipv4.hour',
    quantity: always(HOURS_PER_MONTH),
    driver: 'fixed',
  },
];

const vpcEndpoint: Pricing = ({ VpcEndpointType, SubnetIds, ServiceName }, { assumptions, traffic }) => {
  if (VpcEndpointType !== 'Interface') return []; // those of S3 and DynamoDB are free
  const zones = listOf(SubnetIds).length;
  return [
    {
      service: 'Interface endpoint',
      priceKey: 'interface-endpoint.hour',
      quantity: always(zones * HOURS_PER_MONTH),
      driver: 'fixed',
      note: `${zones} zones`,
    },
    {
      service: 'Interface endpoint, data',
      priceKey: 'interface-endpoint.gb',
      quantity: always(assumptions['endpoint-gigabytes']),
      driver: 'fixed',
    },
    ...(textOf(ServiceName).endsWith('.logs')
      ? [
          {
            service: 'Interface endpoint, data',
            priceKey: 'interface-endpoint.gb',
            quantity: perScenario((scenario) => traffic[scenario].api * loggedKilobytes(assumptions)),
            driver: 'per-million-requests' as const,
            note: 'logs and metrics of the API',
          },
        ]
      : []),
  ];
};

/** What a request brings to CloudWatch Logs, KB. */
function loggedKilobytes(assumptions: Assumptions): number {
  return assumptions['container-log-kilobytes-per-request'] + assumptions['metric-log-kilobytes-per-request'];
}

export const NETWORK: PricingByType = {
  'AWS::EC2::NatGateway': natGateway,
  'AWS::EC2::EIP': elasticIp,
  'AWS::EC2::VPCEndpoint': vpcEndpoint,
};
