import {
  AaaaRecord,
  ARecord,
  type IAliasRecordTarget,
  type IHostedZone,
  RecordTarget,
} from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';

export interface AliasRecordsProps {
  /** Zone that the records are created in; null creates none: you manage DNS yourself. */
  readonly hostedZone: IHostedZone | null;
  /** Host names by the construct id of their records. */
  readonly hosts: Readonly<Record<string, string>>;
  /** Load balancer or distribution that the hosts resolve to. */
  readonly target: IAliasRecordTarget;
  /** Create AAAA records too, for a target that answers over IPv6. @default false */
  readonly ipv6?: boolean;
}

/** DNS names of a load balancer or a distribution. */
export class AliasRecords extends Construct {
  constructor(scope: Construct, id: string, { hostedZone: zone, hosts, target, ipv6 }: AliasRecordsProps) {
    super(scope, id);
    if (zone === null) return;
    for (const [recordId, recordName] of Object.entries(hosts)) {
      const record = { zone, recordName, target: RecordTarget.fromAlias(target) };
      new ARecord(this, recordId, record);
      if (ipv6) new AaaaRecord(this, `${recordId}Ipv6`, record);
    }
  }
}
