import { DescribeAvailabilityZonesCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { AccountCheck } from '../context';
import { type Answer, ok, problem } from '../finding';

/**
 * Zones by their id, which is the same in every account, in which EKS runs no control plane.
 * https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
 */
const WITHOUT_EKS = ['use1-az3', 'usw1-az2', 'cac1-az3'];

/** A zone as EC2 describes it. */
export interface Zone {
  readonly ZoneName?: string | undefined;
  readonly ZoneId?: string | undefined;
  readonly State?: string | undefined;
}

/** The account has the availability zones, and EKS runs in them. */
export const zones: AccountCheck = {
  name: 'zones',
  run: async ({ aws, config }) => {
    const call = { action: 'ec2:DescribeAvailabilityZones', region: config.region };
    const { AvailabilityZones = [] } = await aws.call(EC2Client, call, (client, abortSignal) =>
      client.send(new DescribeAvailabilityZonesCommand({}), { abortSignal }),
    );
    return zoneAnswers(config.availabilityZones, AvailabilityZones);
  },
};

export function zoneAnswers(wanted: readonly string[], existing: readonly Zone[]): Answer[] {
  const good = existing
    .filter(({ State, ZoneId = '' }) => State === 'available' && !WITHOUT_EKS.includes(ZoneId))
    .map(({ ZoneName = '' }) => ZoneName);
  const bad = wanted.filter((name) => !good.includes(name));
  if (bad.length === 0) return [ok(`zones ${wanted.join(', ')} are available`)];
  return bad.map((name) => {
    const zone = existing.find(({ ZoneName }) => ZoneName === name);
    const reason = zone === undefined ? 'does not exist in this account' : `is ${zone.ZoneId}, ${zone.State}`;
    return problem(
      `zone ${name} ${reason}; EKS needs another`,
      `set availabilityZones to three of ${good.join(', ')}`,
    );
  });
}
