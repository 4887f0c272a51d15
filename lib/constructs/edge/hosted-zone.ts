import { HostedZone, type IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';

/** A hosted zone by id and name, for a look-up would need credentials at synth; null where none is configured. */
export function importHostedZone(
  scope: Construct,
  id: string,
  zone: { readonly id: string; readonly name: string } | null,
): IHostedZone | null {
  return (
    zone && HostedZone.fromHostedZoneAttributes(scope, id, { hostedZoneId: zone.id, zoneName: zone.name })
  );
}
