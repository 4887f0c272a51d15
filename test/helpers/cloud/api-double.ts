import { type Answer, FaultServer, type ReceivedRequest } from '../fault-server';

/** The routes of the API that a deployment's probe uses. */
export class ApiDouble {
  readonly server = new FaultServer((request) => this.answer(request));
  readonly records = new Map<string, unknown>();
  /** Ids of keys that are valid. */
  readonly keys = new Set<string>();
  readonly projects: { readonly id: string; readonly name: string }[] = [];
  /** Whether the first key is still good. */
  acceptsFirstKey = true;

  static async start({ firstKey }: { readonly firstKey: string }): Promise<ApiDouble> {
    const double = new ApiDouble(firstKey);
    await double.server.listen();
    return double;
  }

  private constructor(private readonly firstKey: string) {}

  async close(): Promise<void> {
    await this.server.close();
  }

  private answer(request: ReceivedRequest): Answer {
    const { method, path, headers, body } = request;
    if (path === '/ready') return json(200, { status: 'ready' });
    const key = headers.authorization?.replace('Bearer ', '') ?? '';
    const isFirst = key === this.firstKey && this.acceptsFirstKey;
    if (!isFirst && !this.keys.has(key)) return json(401, { title: 'Unauthorized', detail: 'no such key' });
    const input = body.length > 0 ? (JSON.parse(body.toString()) as Record<string, unknown>) : {};
    const [, id = ''] = /^\/api\/v1\/(?:keys|requests)\/(.+)$/.exec(path) ?? [];
    switch (`${method} ${path.replace(id, '')}`) {
      case 'GET /api/v1/projects':
        return json(200, { data: this.projects, next_cursor: null });
      case 'POST /api/v1/projects':
        this.projects.push({ id: `project-${this.projects.length + 1}`, name: String(input['name']) });
        return json(201, this.projects.at(-1) ?? {});
      case 'POST /api/v1/keys': {
        const made = `lco_temporary-${this.keys.size + 1}`;
        this.keys.add(made);
        return json(201, { id: made, key: made });
      }
      case 'DELETE /api/v1/keys/':
        this.keys.delete(id);
        return json(200, {});
      case 'POST /api/v1/requests':
        this.records.set('record-1', input);
        return json(201, { accepted: 1, duplicates: 0, rejected: [], ids: ['record-1'] });
      case 'GET /api/v1/requests/':
        return this.records.has(id) ? json(200, { id }) : json(404, { title: 'Not found' });
      default:
        return json(404, { title: 'Not found', detail: `${method} ${path}` });
    }
  }
}

function json(status: number, value: object): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
