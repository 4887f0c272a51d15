import fc from 'fast-check';
import {
  clientConnections,
  pgBouncerLimits,
  replicaConnections,
} from '../../../lib/config/connection-budget';
import { peakReplicas } from '../../../lib/config/replicas';
import { testConfig } from '../../helpers/config';

describe('clientConnections', () => {
  it("are the seed's 50 x 20 and a quarter more of a roll-out, the pools for writes, and the admin servers'", () => {
    expect(clientConnections(testConfig())).toEqual({
      total: 63 * (20 + 4) + 3 * (5 + 2),
      sum: '63 x (20 + 4) + 3 x (5 + 2)',
    });
  });
});

describe('replicaConnections', () => {
  it('are the report pools of all pods', () => {
    expect(replicaConnections(testConfig())).toEqual({ total: 264, sum: '(63 + 3) x 4' });
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
      maxClientConnections: 1610,
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
