import type { ValkeyClient } from '../valkey-client';
import type { EndedWork, SharedCache } from './shared-cache';

/** The keys of a script are on one node of a cluster. */
const ENSURE = `
local value = redis.call('GET', KEYS[1])
if not value then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return ARGV[1]
end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return value`;

const EXTEND_IF_EQUAL = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

const DELETE_IF_EQUAL = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

const END_WORK = `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if redis.call('GET', KEYS[2]) == ARGV[3] then redis.call('DEL', KEYS[2]) end
return redis.call('EXISTS', KEYS[3])`;

/** The shared cache in Valkey. */
export class ValkeySharedCache implements SharedCache {
  constructor(private readonly client: Pick<ValkeyClient, 'isConnected' | 'evaluate' | 'command'>) {}

  get isConnected(): boolean {
    return this.client.isConnected;
  }

  async get(key: string): Promise<string | undefined> {
    return ((await this.client.command('GET', key)) as string | null) ?? undefined;
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.client.command('SET', key, value, 'PX', ttlMs);
  }

  async setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean> {
    return (await this.client.command('SET', key, value, 'PX', ttlMs, 'NX')) === 'OK';
  }

  async ensure(key: string, value: string, ttlMs: number): Promise<string> {
    return String(await this.client.evaluate(ENSURE, key, value, ttlMs));
  }

  async extendIfEqual(key: string, value: string, ttlMs: number): Promise<boolean> {
    return (await this.client.evaluate(EXTEND_IF_EQUAL, key, value, ttlMs)) === 1;
  }

  async deleteIfEqual(key: string, value: string): Promise<boolean> {
    return (await this.client.evaluate(DELETE_IF_EQUAL, key, value)) === 1;
  }

  async endWork({ result, lease, waiting }: EndedWork): Promise<boolean> {
    const keys = [result.key, lease.key, waiting];
    return (await this.client.evaluate(END_WORK, keys, result.value, result.ttlMs, lease.token)) === 1;
  }

  async delete(key: string): Promise<void> {
    await this.client.command('DEL', key);
  }

  async publish(channel: string, message: string): Promise<void> {
    await this.client.command('PUBLISH', channel, message);
  }
}
