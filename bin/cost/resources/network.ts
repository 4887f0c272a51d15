import { always, HOURS_PER_MONTH, perScenario } from '../item';
import { listOf, ofType, type Pricing, type PricingByType } from './resource';

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

const vpcEndpoint: Pricing = ({ VpcEndpointType, SubnetIds }, { assumptions }) => {
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
  ];
};

export const NETWORK: PricingByType = {
  'AWS::EC2::NatGateway': natGateway,
  'AWS::EC2::EIP': elasticIp,
  'AWS::EC2::VPCEndpoint': vpcEndpoint,
};
