import './errors-of-node';
import type { AwsClientProps } from '../../../service/shared/aws-call';
import { type Answer, FaultServer, type ReceivedRequest } from '../fault-server';
import { makeTls } from './tls';

// The SDK's word that it will need Node 22 in 2027; Lambda has it.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

/** What the fakes of AWS services have in common: HTTPS, signed requests, refusals worded as the service does. */
export abstract class FakeAws {
  readonly server: FaultServer;
  /** Authority of the certificate, PEM. */
  readonly certificateAuthority: string;

  /** @param service name in the signature */
  constructor(private readonly service: string) {
    const tls = makeTls();
    this.certificateAuthority = tls.cert;
    this.server = new FaultServer((request) => this.serve(request), tls);
  }

  /** Settings of a client that talks to this fake. */
  get client(): AwsClientProps {
    return {
      region: 'eu-central-1',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-secret' },
      endpoint: this.server.url,
      certificateAuthority: this.certificateAuthority,
    };
  }

  /** A refusal as the fault of the next requests. */
  refuseNext(status: number, code: string, times = 1): void {
    const answer = this.refusal(status, code, `${code} on purpose`);
    this.server.failNext({ kind: 'answer', answer }, times);
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  protected abstract answer(request: ReceivedRequest): Answer;
  protected abstract refusal(status: number, code: string, message: string): Answer;

  private serve(request: ReceivedRequest): Answer {
    const scope = new RegExp(`^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\\d{8}/eu-central-1/${this.service}/`);
    if (!scope.test(request.headers.authorization ?? '')) {
      return this.refusal(403, 'MissingAuthenticationToken', `not signed for ${this.service}`);
    }
    return this.answer(request);
  }
}
