import { cidrsOverlap } from '../subnets';
import { type Rule, when } from './rule';

/** Region, zones, hosts, certificates, the range of the VPC. */
export const domainRules: readonly Rule[] = [
  {
    reads: ['region', 'availabilityZones'],
    check: ({ region, availabilityZones: zones }) =>
      when(
        new Set(zones).size !== 3 || zones.length !== 3 || zones.some((zone) => zone.slice(0, -1) !== region),
        'availabilityZones',
        `must be three different zones of ${region}, got ${JSON.stringify(zones)}`,
      ),
  },
  {
    reads: ['domain'],
    check: ({ domain }) => {
      if (domain === null) return [];
      const { api, admin, app } = domain;
      return when(
        new Set([api, admin, app]).size !== 3,
        'domain',
        `must have three different hosts for api, admin and app, got ${api}, ${admin}, ${app}`,
      );
    },
  },
  {
    reads: ['domain', 'loadBalancer.exposure'],
    check: ({ domain, loadBalancer: { exposure } }) =>
      when(
        domain === null && exposure === 'public',
        'domain',
        "must be given with loadBalancer.exposure 'public' (browsers and clients need a certificate of the host); without " +
          "a domain set loadBalancer.exposure to 'cloudfront-only', got null",
      ),
  },
  {
    reads: ['domain', 'webAcl.inspectCloudFrontTraffic'],
    check: ({ domain, webAcl: { inspectCloudFrontTraffic: inspects } }) =>
      when(
        domain === null && inspects !== 'edge',
        'webAcl.inspectCloudFrontTraffic',
        `must be 'edge' where domain is null (the load balancer's web ACL tells CloudFront's requests by their host), got '${inspects}'`,
      ),
  },
  {
    reads: ['domain'],
    check: ({ domain }) =>
      domain === null || domain.hostedZone !== null
        ? []
        : (['certificateArn', 'cdnCertificateArn'] as const)
            .filter((knob) => domain[knob] === null)
            .map((knob) => ({
              path: `domain.${knob}`,
              message:
                'must be given where domain.hostedZone is null (a new certificate is validated in the zone), got null',
            })),
  },
  {
    reads: ['domain'],
    check: ({ domain }) => {
      const zone = domain?.hostedZone?.name;
      if (domain === null || zone === undefined) return [];
      return (['api', 'admin', 'app'] as const)
        .filter((knob) => domain[knob] !== zone && !domain[knob].endsWith(`.${zone}`))
        .map((knob) => ({
          path: `domain.${knob}`,
          message: `must be in the hosted zone ${zone}, got ${domain[knob]}`,
        }));
    },
  },
  {
    reads: ['region', 'account', 'domain.certificateArn'],
    check: ({ account, region, domain }) =>
      certificateProblems('certificateArn', domain?.certificateArn, account, region),
  },
  {
    reads: ['account', 'domain.cdnCertificateArn'],
    check: ({ account, domain }) =>
      certificateProblems('cdnCertificateArn', domain?.cdnCertificateArn, account, 'us-east-1'),
  },
  {
    reads: ['network.cidr'],
    check: ({ network: { cidr } }) => {
      const bits = Number(cidr.split('/')[1]);
      return when(
        bits < 16 || bits > 18,
        'network.cidr',
        `must be a range from /16 to /18 (nine subnets with room for pods), got ${cidr}`,
      );
    },
  },
  {
    reads: ['network.cidr', 'cluster.serviceCidr'],
    check: ({ network: { cidr }, cluster: { serviceCidr } }) =>
      when(
        cidrsOverlap(cidr, serviceCidr),
        'cluster.serviceCidr',
        `must not overlap network.cidr (${cidr}), got ${serviceCidr}`,
      ),
  },
];

function certificateProblems(knob: string, arn: string | null | undefined, account: string, region: string) {
  if (arn === null || arn === undefined) return [];
  const [, , , arnRegion, arnAccount] = arn.split(':');
  return [
    ...when(arnRegion !== region, `domain.${knob}`, `must be a certificate in ${region}, got ${arn}`),
    ...when(
      arnAccount !== account,
      `domain.${knob}`,
      `must be a certificate of account ${account}, got ${arn}`,
    ),
  ];
}
