import type { Server } from '../server-types';

/**
 * Answers are data: no browser is to run, frame or guess one, and no page of another origin is to embed it. The list
 * is OWASP's for REST services (REST Security Cheat Sheet, "Security Headers").
 */
const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Adds the headers that keep browsers safe to every answer. */
export function registerSecurityHeaders(app: Server): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(SECURITY_HEADERS);
    done();
  });
}
