import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENVIRONMENT, STATE_PREFIX } from '../../lambda/predictive-scaler/constants';
import { FakeCloudWatch } from './fake-aws/fake-cloudwatch';
import { FakeS3 } from './fake-aws/fake-s3';
import { FakeScheduler } from './fake-aws/fake-scheduler';
import { FakeKubernetes } from './fake-kubernetes/fake-kubernetes';

const BUCKET = 'states';
const SWITCH = { name: 'switch', group: 'switches' };

/** All that the deployed scaler talks to, on loopback with TLS, and the environment that leads a bundle there. */
export class ScalerCloud {
  private readonly folder = mkdtempSync(join(tmpdir(), 'scaler-cloud-'));

  static async start(): Promise<ScalerCloud> {
    const cloud = new ScalerCloud(
      await FakeCloudWatch.start(),
      await FakeS3.start(BUCKET),
      await FakeScheduler.start(),
      await FakeKubernetes.start((token) => token.startsWith('k8s-aws-v1.')),
    );
    cloud.scheduler.schedules.set(`${SWITCH.group}/${SWITCH.name}`, {});
    return cloud;
  }

  private constructor(
    readonly cloudWatch: FakeCloudWatch,
    readonly s3: FakeS3,
    readonly scheduler: FakeScheduler,
    readonly cluster: FakeKubernetes,
  ) {}

  get environment(): Record<string, string> {
    const authorities = join(this.folder, 'authorities.pem');
    const fakes = [this.cloudWatch, this.s3, this.scheduler, this.cluster];
    writeFileSync(authorities, fakes.map(({ certificateAuthority }) => certificateAuthority).join('\n'));
    return {
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'a-secret',
      AWS_SESSION_TOKEN: 'a-session',
      AWS_ENDPOINT_URL_CLOUDWATCH: this.cloudWatch.server.url,
      AWS_ENDPOINT_URL_S3: this.s3.server.url,
      AWS_ENDPOINT_URL_SCHEDULER: this.scheduler.server.url,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      NODE_EXTRA_CA_CERTS: authorities,
      [ENVIRONMENT.clusterName]: 'dev',
      [ENVIRONMENT.clusterEndpoint]: this.cluster.server.url,
      [ENVIRONMENT.clusterCertificate]: Buffer.from(this.cluster.certificateAuthority).toString('base64'),
      [ENVIRONMENT.stateBucket]: BUCKET,
      [ENVIRONMENT.switchName]: SWITCH.name,
      [ENVIRONMENT.switchGroup]: SWITCH.group,
      [ENVIRONMENT.switchFunctionArn]: 'arn:aws:lambda:eu-central-1:111111111111:function:release',
      [ENVIRONMENT.switchRoleArn]: 'arn:aws:iam::111111111111:role/switch',
      [ENVIRONMENT.switchDeadLetterQueueArn]: 'arn:aws:sqs:eu-central-1:111111111111:dead-letters',
    };
  }

  /** State of a workload as it lies in the bucket. */
  stateOf(workload: string): Buffer | undefined {
    return this.s3.objects.get(keyOf(workload));
  }

  putState(workload: string, sealed: Buffer): void {
    this.s3.objects.set(keyOf(workload), sealed);
  }

  async close(): Promise<void> {
    for (const fake of [this.cloudWatch, this.s3, this.scheduler, this.cluster]) await fake.close();
    rmSync(this.folder, { recursive: true });
  }
}

function keyOf(workload: string): string {
  return `/${BUCKET}/${STATE_PREFIX}${workload}`;
}
