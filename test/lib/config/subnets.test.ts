import fc from 'fast-check';
import { addressInCidr, cidrsOverlap, subnetCidrs } from '../../../lib/config/subnets';
import { platformTemplates } from '../../helpers/templates';

describe('subnetCidrs', () => {
  it.each(['10.0.0.0/16', '10.2.0.0/17', '172.16.64.0/18'])(
    "is what the Network stack's VPC makes of %s",
    (cidr) => {
      const template = platformTemplates({ network: { cidr } }).Network;
      const subnets = Object.values(template.findResources('AWS::EC2::Subnet')).map(
        ({ Properties }) => Properties,
      );
      const tier = (name: string) =>
        subnets
          .filter(({ Tags }) =>
            Tags.some(
              ({ Key, Value }: Record<string, string>) => Key === 'aws-cdk:subnet-name' && Value === name,
            ),
          )
          .map(({ CidrBlock }) => CidrBlock);
      expect(subnetCidrs(cidr)).toEqual({
        public: tier('public'),
        private: tier('private'),
        isolated: tier('isolated'),
      });
      expect(subnets).toHaveLength(9);
    },
  );
});

describe('cidrsOverlap', () => {
  it.each([
    ['10.0.0.0/16', '10.0.255.0/24', true],
    ['10.0.255.0/24', '10.0.0.0/16', true],
    ['10.0.0.0/16', '10.1.0.0/16', false],
    ['10.0.5.7/16', '10.0.0.0/24', true],
    ['0.0.0.0/0', '255.255.255.255/32', true],
  ])('of %s and %s is %s', (a, b, expected) => expect(cidrsOverlap(a, b)).toBe(expected));

  it('is symmetric, and true of a range and an address in it', () => {
    const cidr = fc
      .tuple(
        fc.integer({ min: 0, max: 255 }),
        fc.integer({ min: 0, max: 255 }),
        fc.integer({ min: 8, max: 30 }),
      )
      .map(([a, b, mask]) => `10.${a}.${b}.0/${mask}`);
    fc.assert(
      fc.property(cidr, cidr, fc.nat({ max: 3 }), (a, b, index) => {
        expect(cidrsOverlap(a, b)).toBe(cidrsOverlap(b, a));
        expect(cidrsOverlap(a, `${addressInCidr(a, index)}/32`)).toBe(true);
      }),
    );
  });
});

describe('addressInCidr', () => {
  it('counts from the first address of the range', () => {
    expect(addressInCidr('172.20.0.0/16', 10)).toBe('172.20.0.10');
    expect(addressInCidr('10.0.1.77/24', 1)).toBe('10.0.1.1');
  });
});
