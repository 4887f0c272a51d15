import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';

export interface PlainBalancerProps {
  /** Origins of the pods, at least one. */
  readonly pods: readonly string[];
  /** Port on 127.0.0.1. */
  readonly port: number;
}

/** A balancer in this process, which sends requests to pods in turn. It adds no header and repeats no request. */
export class PlainBalancer {
  readonly name = 'a balancer of its own';
  /** It has no process of its own. */
  readonly pid = undefined;
  private readonly server: Server;
  private pods: readonly string[];
  private count = 0;

  static async start(props: PlainBalancerProps): Promise<PlainBalancer> {
    const balancer = new PlainBalancer(props);
    balancer.server.listen(props.port, '127.0.0.1');
    await once(balancer.server, 'listening');
    return balancer;
  }

  private constructor(private readonly props: PlainBalancerProps) {
    this.pods = props.pods;
    this.server = createServer((incoming, answer) => this.forward(incoming, answer));
  }

  get url(): string {
    return `http://127.0.0.1:${this.props.port}`;
  }

  get running(): boolean {
    return this.server.listening;
  }

  async use(pods: readonly string[]): Promise<void> {
    this.pods = pods;
  }

  async end(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  /** It keeps no log. */
  lastLines(): string {
    return '';
  }

  private forward(incoming: IncomingMessage, answer: ServerResponse): void {
    const target = new URL(incoming.url ?? '/', this.pods[this.count++ % this.pods.length]);
    const { method, headers } = incoming;
    const sent = request(target, { method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
      response.once('error', () => answer.destroy());
    });
    sent.once('error', () => answer.destroy());
    // A caller who has gone ends the call at the pod too.
    answer.once('close', () => sent.destroy());
    incoming.pipe(sent);
  }
}
