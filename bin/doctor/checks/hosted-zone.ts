import { GetHostedZoneCommand, Route53Client } from '@aws-sdk/client-route-53';
import type { AccountCheck } from '../context';
import { type Answer, isAbsent, ok, problem, unknown } from '../finding';

/** Route 53 answers in this region, whatever the environment's is. */
const REGION = 'us-east-1';

/** A hosted zone as Route 53 describes it. */
export interface ZoneFacts {
  /** With a trailing dot. */
  readonly name: string;
  readonly isPrivate: boolean;
  readonly nameServers: readonly string[];
}

/** The zone exists, and the public DNS asks it: without that no certificate is ever validated. */
export const hostedZone: AccountCheck = {
  name: 'hosted-zone',
  run: async ({ aws, config, surroundings }) => {
    const zone = config.domain?.hostedZone;
    if (zone === null || zone === undefined) return [];
    const call = { action: 'route53:GetHostedZone', region: REGION, target: zone.id };
    try {
      const { HostedZone, DelegationSet } = await aws.call(Route53Client, call, (client, abortSignal) =>
        client.send(new GetHostedZoneCommand({ Id: zone.id }), { abortSignal }),
      );
      const facts = {
        name: HostedZone?.Name ?? '',
        isPrivate: HostedZone?.Config?.PrivateZone === true,
        nameServers: DelegationSet?.NameServers ?? [],
      };
      const asked = await surroundings.resolveNs(zone.name).catch((error: Error) => error);
      return [hostedZoneAnswer(zone, facts, asked)];
    } catch (error) {
      if (!isAbsent(error)) throw error;
      return [hostedZoneAnswer(zone, undefined, [])];
    }
  },
};

/**
 * @param facts undefined: there is no such zone
 * @param asked name servers in the public DNS, or the error of the look-up
 */
export function hostedZoneAnswer(
  { id, name }: { readonly id: string; readonly name: string },
  facts: ZoneFacts | undefined,
  asked: readonly string[] | Error,
): Answer {
  if (facts === undefined) {
    return problem(
      `hosted zone ${id} does not exist in the account`,
      'aws route53 list-hosted-zones, and set domain.hostedZone',
    );
  }
  if (facts.name !== `${name}.`) {
    return problem(
      `hosted zone ${id} is of ${facts.name}, and domain.hostedZone.name is ${name}`,
      'make them agree',
    );
  }
  if (facts.isPrivate) {
    return problem(
      `hosted zone ${id} is private; ACM and clients ask the public DNS`,
      'use a public hosted zone',
    );
  }
  const delegate = `at the parent zone or the registrar, set the name servers of ${name} to ${facts.nameServers.join(', ')}`;
  if (asked instanceof Error) {
    const { code } = asked as NodeJS.ErrnoException;
    return code === 'ENOTFOUND' || code === 'ENODATA'
      ? problem(`the public DNS has no name servers of ${name}`, delegate)
      : unknown(`the name servers of ${name} could not be asked for: ${asked.message}`);
  }
  return facts.nameServers.some((server) => asked.map(plain).includes(plain(server)))
    ? ok(`hosted zone ${id} of ${name} is delegated`)
    : problem(
        `${name} is delegated to ${asked.join(', ')}, which are not those of hosted zone ${id}`,
        delegate,
      );
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
