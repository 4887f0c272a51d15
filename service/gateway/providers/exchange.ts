import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { type BodySource, ReceivedBody } from './received-body';

/** An answer of a provider that has begun. */
export interface ReceivedAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReceivedBody;
  /** Ends the answer early and frees its connection. */
  cancel(): void;
}

export interface ExchangeProps {
  /** Ends the exchange at any time. */
  readonly signal: AbortSignal;
  /** The gateway's error for one of the connection. */
  readonly errorOf: (error: unknown) => unknown;
  readonly resolve: (answer: ReceivedAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Least status of an answer; lower ones only say that one will come. */
const LEAST_STATUS = 200;

/**
 * A request and its answer as undici's handler. undici's own `request` makes a stream of each answer, which takes as
 * long as all else that happens to it.
 */
export class Exchange implements Dispatcher.DispatchHandler, BodySource {
  private controller: Dispatcher.DispatchController | undefined;
  private body: ReceivedBody | undefined;
  private isOver = false;

  constructor(private readonly props: ExchangeProps) {
    props.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    // It was ended while it waited for a connection.
    if (this.isOver) controller.abort(ended());
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < LEAST_STATUS || this.isOver) return;
    this.body = new ReceivedBody(this);
    const cancel = () => this.cancel();
    this.props.resolve({ status, headers: flatHeaders(headers), body: this.body, cancel });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.body?.push(chunk);
  }

  onResponseEnd(): void {
    this.end();
    this.body?.end();
  }

  onResponseError(_controller: unknown, error: unknown): void {
    this.fail(this.props.errorOf(error));
  }

  pause(): void {
    this.controller?.pause();
  }

  resume(): void {
    this.controller?.resume();
  }

  cancel(): void {
    this.end();
    this.controller?.abort(ended());
  }

  private readonly onAbort = (): void => {
    this.fail(this.props.signal.reason);
    this.controller?.abort(ended());
  };

  private fail(error: unknown): void {
    if (this.isOver && this.body === undefined) return;
    this.end();
    if (this.body === undefined) this.props.reject(error);
    else this.body.fail(error);
  }

  private end(): void {
    this.isOver = true;
    this.props.signal.removeEventListener('abort', this.onAbort);
  }
}

/** Why undici closes a connection; no reader gets it. */
function ended(): Error {
  return new Error('the answer was ended early');
}

/** Headers with several values keep the last: those that are passed on have one. */
function flatHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : (value.at(-1) ?? '');
  }
  return flat;
}
