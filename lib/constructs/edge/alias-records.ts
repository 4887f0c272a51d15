import {
  AaaaRecord,
  ARecord,
  type IAliasRecordTarget,
  type IHostedZone,
  RecordTarget,
} from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';

export interface AliasRecordsProps {
  /** Zone to write into; null writes nothing: DNS is the user's own. */
  readonly hostedZone: IHostedZone | null;
  /** Hosts by the construct id of their records. */
  readonly hosts: Readonly<Record<string, string>>;
  /** What the hosts are names of. */
  readonly target: IAliasRecordTarget;
  /**
   * The target answers over IPv6 too.
   * @default false
   */
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
