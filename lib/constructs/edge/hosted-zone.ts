import { HostedZone, type IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';

/** Imports a hosted zone by id and name, because a look-up would need credentials at synth; without one, there is none to write to. */
export function importHostedZone(
  scope: Construct,
  id: string,
  zone: { readonly id: string; readonly name: string } | null | undefined,
): IHostedZone | null {
  if (zone === null || zone === undefined) return null;
  return HostedZone.fromHostedZoneAttributes(scope, id, { hostedZoneId: zone.id, zoneName: zone.name });
}
