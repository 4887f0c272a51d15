import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { type Place, refuse } from './kubeconfig-error';

/** Longest file of a certificate, key or token that is read, bytes. */
const MAX_BYTES = 1024 * 1024;

/** @throws {KubeconfigError} names the field */
export function checkSettings<T extends z.ZodType>(schema: T, settings: unknown, place: Place): z.output<T> {
  const result = schema.safeParse(settings);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  return refuse(place, `has a wrong ${issue?.path.join('.')}: ${issue?.message}`);
}

/** Settings that may stand in the kubeconfig itself, in base64, or in another file that it names. */
export type FileSettings = Readonly<Record<string, unknown>>;

/**
 * Content of `<field>-data`, else of the file that `<field>` names.
 * @returns undefined: neither is set
 * @throws {KubeconfigError} on a file that cannot be read
 */
export function contentOf(settings: FileSettings, field: string, place: Place): string | undefined {
  const inline = settings[`${field}-data`];
  if (typeof inline === 'string' && inline !== '') return Buffer.from(inline, 'base64').toString('utf8');
  const path = settings[field];
  return typeof path === 'string' && path !== '' ? readNamedFile(path, field, place) : undefined;
}

/** @throws {KubeconfigError} names the field and the file */
export function readNamedFile(path: string, field: string, place: Place): string {
  const absolute = resolve(dirname(resolve(place.file)), path);
  try {
    const { size } = statSync(absolute);
    if (size > MAX_BYTES) throw new RangeError(`${absolute} has more than ${MAX_BYTES} bytes`);
    return readFileSync(absolute, 'utf8');
  } catch (cause) {
    return refuse(place, `names a ${field} that cannot be read (${(cause as Error).message})`, { cause });
  }
}

/**
 * Node says what is wrong with them only at the first request, in the words of OpenSSL.
 * @returns what is wrong with a client certificate and its key, PEM; undefined: nothing
 */
export function clientCertificateProblem(certificate: string, key: string): string | undefined {
  try {
    if (new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) return undefined;
    return 'the key is not that of the certificate';
  } catch (error) {
    return `certificate and key must be PEM (${(error as Error).message})`;
  }
}
