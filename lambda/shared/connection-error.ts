import type { CallErrorKind } from './call-error';
import { AttemptTimeout } from './retry';

/** Codes of Node and OpenSSL for a certificate that does not verify. */
const CERTIFICATE_CODES =
  /^(CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY|DECODE)|ERR_TLS_CERT|INVALID_CA|HOSTNAME_MISMATCH)/;

/** Codes of the system, of OpenSSL and of Node's HTTP parser for a connection that cannot be made or broke. */
const CONNECTION_CODES =
  /^(E(?!RR_)[A-Z0-9]+|EAI_[A-Z]+|ERR_SSL_\w+|ERR_SOCKET_\w+|ERR_STREAM_PREMATURE_CLOSE|HPE_\w+)$/;

/** What kept a request from being answered at all; undefined: something else than the network. */
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
