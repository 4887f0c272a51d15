import { DescribeManagedPrefixListsCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { AccountCheck } from '../context';
import { type Answer, ok, problem } from '../finding';

const NAME = 'com.amazonaws.global.cloudfront.origin-facing';

/** CloudFront's addresses, which alone may reach an internal load balancer. */
export const prefixList: AccountCheck = {
  name: 'prefix-list',
  run: async ({ aws, config }) => {
    const { cloudFrontPrefixListId: wanted } = config.loadBalancer;
    if (wanted === null) return [];
    const call = { action: 'ec2:DescribeManagedPrefixLists', region: config.region };
    const input = { Filters: [{ Name: 'prefix-list-name', Values: [NAME] }] };
    const { PrefixLists: [list] = [] } = await aws.call(EC2Client, call, (client, abortSignal) =>
      client.send(new DescribeManagedPrefixListsCommand(input), { abortSignal }),
    );
    return [prefixListAnswer(wanted, list?.PrefixListId, config.region)];
  },
};

export function prefixListAnswer(wanted: string, actual: string | undefined, region: string): Answer {
  if (actual === wanted) return ok(`${wanted} is CloudFront's prefix list in ${region}`);
  return actual === undefined
    ? problem(
        `${region} has no prefix list ${NAME}`,
        "use a region that has it, or loadBalancer.exposure 'public'",
      )
    : problem(
        `loadBalancer.cloudFrontPrefixListId is ${wanted}; CloudFront's list in ${region} is ${actual}`,
        `set loadBalancer.cloudFrontPrefixListId to ${actual}`,
      );
}
