import fc from 'fast-check';
import { clientConnections, pgBouncerLimits } from '../../../lib/config/connection-budget';
import { peakReplicas } from '../../../lib/config/replicas';
import { testConfig } from '../../helpers/config';

describe('clientConnections', () => {
  it("are the seed's 50 x 20 and a quarter more of a roll-out, and the admin servers'", () => {
    expect(clientConnections(testConfig())).toBe(63 * 20 + 3 * 5);
  });
});

describe('peakReplicas', () => {
  // Kubernetes rounds maxSurge up.
  it.each([
    [1, 2],
    [2, 3],
    [4, 5],
    [5, 7],
    [50, 63],
  ])('of %i are %i', (replicas, peak) => expect(peakReplicas(replicas)).toBe(peak));
});

describe('pgBouncerLimits', () => {
  it('divide 90 % of 800 connections among two PgBouncers and two that come and go', () => {
    expect(pgBouncerLimits(testConfig())).toEqual({
      maxClientConnections: 1310,
      maxServerConnections: 180,
      defaultPoolSize: 162,
      reservePoolSize: 18,
    });
  });

  it('never come to more than the share, however many run at once', () => {
    const { database } = testConfig();
    const property = fc.property(
      fc.integer({ min: 20, max: 5000 }),
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 20 }),
      (maxConnections, maxConnectionsPercent, replicas) => {
        const limits = pgBouncerLimits({
          database: {
            ...database,
            maxConnections,
            pgbouncer: { ...database.pgbouncer, maxConnectionsPercent, replicas },
          },
        });
        const share = (maxConnections * maxConnectionsPercent) / 100;
        expect(limits.maxServerConnections * (replicas + 2)).toBeLessThanOrEqual(share);
        expect(limits.defaultPoolSize + limits.reservePoolSize).toBe(limits.maxServerConnections);
      },
    );
    fc.assert(property);
  });
});
