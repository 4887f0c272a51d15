import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A certificate that is its own authority, and its key; both PEM. */
export interface SelfSignedCertificate {
  /** What clients trust, and the server shows. */
  readonly certificate: string;
  /** What only the server has, PKCS #8. */
  readonly key: string;
}

/** Object identifiers in the encoding of DER, without their tag. */
const OIDS = {
  commonName: '550403',
  ecdsaWithSha256: '2a8648ce3d040302',
  basicConstraints: '551d13',
  subjectAltName: '551d11',
} as const;

/** Version 3, the first one with extensions. */
const VERSION = 2;

/** RFC 5280, section 4.1.2.5: a certificate without a well-defined end. It is made again at each start. */
const VALIDITY = { from: '200101000000Z', until: '99991231235959Z' } as const;

/** Names of this machine. */
const LOOPBACK = ['localhost', '127.0.0.1'] as const;

/**
 * A certificate that is signed by its own P-256 key. Node has no function for it, and the program openssl need not be
 * there, so the few fields are encoded here (ITU-T X.690, DER; RFC 5280).
 *
 * Commands import this file, and a container of the manifests runs it as it is: it has only types that Node strips, and
 * imports nothing but Node's modules.
 *
 * @param name common name, for people
 * @param hosts DNS names and IPv4 addresses of the server
 */
export function selfSignedCertificate(
  name: string,
  hosts: readonly string[] = LOOPBACK,
): SelfSignedCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid('ecdsaWithSha256'));
  const subject = sequence(der(0x31, sequence(oid('commonName'), der(0x0c, Buffer.from(name)))));
  const toSign = sequence(
    der(0xa0, der(0x02, Buffer.from([VERSION]))),
    der(0x02, serialNumber()),
    algorithm,
    subject,
    sequence(der(0x17, Buffer.from(VALIDITY.from)), der(0x18, Buffer.from(VALIDITY.until))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(authority(), alternativeNames(hosts))),
  );
  const signature = sign('sha256', toSign, privateKey);
  return {
    certificate: pem('CERTIFICATE', sequence(toSign, algorithm, bits(signature))),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Critical, and true: clients accept it as the authority of itself. */
function authority(): Buffer {
  const isTrue = der(0x01, Buffer.from([0xff]));
  return sequence(oid('basicConstraints'), isTrue, der(0x04, sequence(isTrue)));
}

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIPv4(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host)),
  );
  return sequence(oid('subjectAltName'), der(0x04, sequence(...names)));
}

/** Positive, and without leading zeros. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40;
  return bytes;
}

function oid(name: keyof typeof OIDS): Buffer {
  return der(0x06, Buffer.from(OIDS[name], 'hex'));
}

function bits(value: Buffer): Buffer {
  return der(0x03, Buffer.concat([Buffer.from([0]), value]));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

/** A tag, the length of the value, and the value. */
function der(tag: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), lengthOf(value), value]);
}

function lengthOf({ length }: Buffer): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  return length < 0x100 ? Buffer.from([0x81, length]) : Buffer.from([0x82, length >> 8, length & 0xff]);
}

function pem(label: string, value: Buffer): string {
  const lines = value.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
