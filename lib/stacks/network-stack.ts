import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { PROJECT, type StackId } from '../config/names';
import { EncryptionKeys } from '../constructs/network/encryption-keys';
import { PlatformVpc } from '../constructs/network/platform-vpc';
import { EncryptedLogGroup } from '../constructs/storage/encrypted-log-group';
import { PlatformStack, type PlatformStackProps } from './platform-stack';

/** VPC, endpoints, flow logs, and the KMS keys of all other stacks. */
export class NetworkStack extends PlatformStack {
  readonly vpc: IVpc;
  /** KMS key of data at rest. */
  readonly dataKey: IKey;
  /** KMS key of log groups. */
  readonly logsKey: IKey;

  constructor(scope: Construct, id: StackId, props: PlatformStackProps) {
    super(scope, id, props, { description: 'VPC, endpoints, keys', stateful: true });
    const { environment, network, retainData: retain } = props.config;

    const keys = new EncryptionKeys(this, 'Keys', { aliasPrefix: `${PROJECT}-${environment}`, retain });
    const flowLogGroup = new EncryptedLogGroup(this, 'FlowLogs', {
      logGroupName: `/${PROJECT}/${environment}/vpc-flow-logs`,
      retentionDays: network.flowLogRetentionDays,
      encryptionKey: keys.logs,
      retain,
    });
    const { vpc } = new PlatformVpc(this, 'Network', { ...network, flowLogGroup });

    this.vpc = vpc;
    this.dataKey = keys.data;
    this.logsKey = keys.logs;
  }
}
