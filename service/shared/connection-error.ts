import type { CallErrorKind } from './call-error';
import { AttemptTimeout } from './retry';

/** Codes of Node and OpenSSL for a certificate that fails verification. */
const CERTIFICATE_CODES =
  /^(CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY|DECODE)|ERR_TLS_CERT|INVALID_CA|HOSTNAME_MISMATCH)/;

/** Codes of the operating system, OpenSSL and Node's HTTP parser for a connection that failed or broke. */
const CONNECTION_CODES =
  /^(E(?!RR_)[A-Z0-9]+|EAI_[A-Z]+|ERR_SSL_\w+|ERR_SOCKET_\w+|ERR_STREAM_PREMATURE_CLOSE|HPE_\w+)$/;

/** Kind of a network error; undefined for other errors. */
export function connectionErrorKind(error: unknown): CallErrorKind | undefined {
  if (error instanceof AttemptTimeout) return 'timeout';
  const { code, name, cause } = error as NodeJS.ErrnoException & { cause?: unknown };
  if (name === 'TimeoutError' || code === 'ETIMEDOUT') return 'timeout';
  if (typeof code === 'string') {
    if (CERTIFICATE_CODES.test(code)) return 'certificate';
    if (CONNECTION_CODES.test(code)) return 'connection';
  }
  return cause ? connectionErrorKind(cause) : undefined;
}
