import { LOG_PARAMETERS } from '../../../lib/constructs/database/log-parameters';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from './postgres';

const PROMPT = 'words that nobody else may read';
const SLOW = ['log_min_duration_statement=0'];
const FLAGS = Object.entries(LOG_PARAMETERS).map(([name, value]) => `${name}=${value}`);

describeWithServers('the log of the server', DATABASE_PROGRAMS, () => {
  /** What a server logs of slow and of failing statements with a prompt among their values. */
  async function logged(flags: readonly string[]): Promise<string> {
    const server = await TestServer.start(flags);
    const client = await server.connect('postgres');
    await client.query(
      `CREATE TABLE prompts (text text NOT NULL, short text CHECK (length(short) < 9), UNIQUE (text))`,
    );
    const insert = 'INSERT INTO prompts VALUES ($1, $2)';
    await client.query(insert, [PROMPT, 'short']);
    // A duplicate key and a row that breaks a constraint: their DETAIL shows the row.
    await client.query(insert, [PROMPT, 'short']).catch(() => undefined);
    await client.query(insert, ['other', PROMPT]).catch(() => undefined);
    await client.query('SELECT $1::integer', [PROMPT]).catch(() => undefined);
    await client.end();
    const output = server.output();
    await server.remove();
    return output;
  }

  test('shows statements and errors, and no prompt', async () => {
    const output = await logged([...SLOW, ...FLAGS]);
    expect(output).toContain('INSERT INTO prompts VALUES ($1, $2)');
    expect(output).toContain('duplicate key value violates unique constraint');
    expect(output).toContain('violates check constraint');
    // A text that is no number is part of the message itself. Prompts are never read as another type.
    expect(
      output.split('\n').filter((line) => line.includes(PROMPT) && !line.includes('invalid input')),
    ).toEqual([]);
  });

  test('would show it with PostgreSQL’s own settings', async () => {
    expect(await logged(SLOW)).toContain(PROMPT);
  });
});
