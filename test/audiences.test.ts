import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WholeKairos } from '#test/support/whole-kairos.ts';

interface Report {
  id: string;
  status: string;
  rejected: number;
  failure: string | null;
  errors: { row: number; column: string | null; detail: string }[];
  audience: Record<string, unknown> | null;
  would: object | null;
}

const sha256 = (text: string) => createHash('sha256').update(text);
const hex = (text: string): string => sha256(text).digest('hex');

describe('An audience of hashed e-mails', () => {
  let kairos: WholeKairos;
  beforeAll(async () => {
    kairos = await WholeKairos.start('audiences');
  }, 120_000);
  afterAll(async () => {
    await kairos.stop();
  });

  function post(as: string, body: string): Promise<Response> {
    const key = kairos.environment.KAIROS_ADMIN_KEY ?? '';
    return fetch(`${kairos.url}/v1/imports?as=${as}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'text/csv' },
      body,
    });
  }
  async function send(as: string, body: string): Promise<Report> {
    const answer = await post(as, body);
    expect(answer.status).toBe(202);
    return (await answer.json()) as Report;
  }
  const report = (id: string) => kairos.call<Report>('GET', `/v1/imports/${id}`);
  const ended = (id: string) =>
    kairos.until('the end of the import', async () => {
      const read = await report(id);
      return read.status === 'running' ? null : read;
    });

  /** The API dies in the middle of an import; it comes back, and with it a worker that was away. */
  async function killAndGoOn(id: string): Promise<void> {
    await kairos.kill('api');
    // As if the seconds had passed in which a dead process is not yet missed.
    const imports = kairos.mongo.db.collection<{ _id: string; beatAt: number }>('imports');
    await imports.updateOne({ _id: id }, { $set: { beatAt: 0 } });
    kairos.run('api');
    kairos.run('worker');
    await kairos.ready();
  }

  const members = async (segment: string): Promise<string[]> => {
    const path = `/v1/segments/${segment}/profiles?limit=100`;
    const { data } = await kairos.call<{ data: { identities: string[] }[] }>('GET', path);
    const ids = data.flatMap(({ identities }) => identities);
    return ids.filter((id) => id.startsWith('external:')).sort();
  };

  it('is a list of the people behind its hashes', async () => {
    const people = [
      'external_id,email',
      's1, Anna@B.example',
      's2,bo@b.example',
      's3,c.y@gmail.com',
    ];
    await ended((await send('profiles', `${people.join('\n')}\ns4,dee@b.example\n`)).id);
    const anna = sha256('anna@b.example');
    const file = [
      ['list', 'hashed_email'],
      ['skiers', anna.digest('base64')],
      ['skiers', hex('bo@b.example').toUpperCase()],
      ['skiers', hex('anna@b.example')],
      ['skiers', 'dee@b.example'],
      ['skiers', hex('nobody@b.example')],
      ['skiers', hex('cy@gmail.com')],
    ];
    const text = file.map((cells) => `${cells.join(',')}\n`).join('');
    const dry = await ended((await send('audience&segment=skiers&dryRun=true', text)).id);
    await expect(kairos.call('GET', '/v1/segments/skiers')).rejects.toThrow('404');
    const done = await ended((await send('audience&segment=skiers', text)).id);
    expect(done).toMatchObject({
      ...{ status: 'completed', rows: 6, accepted: 5, rejected: 1 },
      errors: [{ row: 4, column: 'hashed_email' }],
      audience: { segment: 'skiers', mode: 'add', hashes: 4, matched: 2, unmatched: 2 },
    });
    expect(done.audience).toMatchObject({ people: 2, added: 2, removed: 0 });
    expect(dry).toMatchObject({ audience: done.audience, errors: done.errors, would: null });
    expect(await members('skiers')).toEqual(['external:s1', 'external:s2']);

    await kairos.call('POST', '/v1/segments/skiers/members', { add: ['external:s4'] });
    const next = `em\n${hex('bo@b.example')}\n${hex('cy@gmail.com')}\n`;
    const asked = 'audience&segment=skiers&mode=replace&emails=google';
    const replaced = await ended((await send(asked, next)).id);
    expect(replaced.audience).toMatchObject({ matched: 2, people: 2, added: 1, removed: 2 });
    expect(await members('skiers')).toEqual(['external:s2', 'external:s3']);

    const plain = await ended((await send(asked, 'em\nbo@b.example\n')).id);
    expect(plain).toMatchObject({ status: 'failed', rejected: 1 });
    expect(plain.failure).toMatch(/^Nothing was changed: .* Its only row is no hash;/);
    expect(await members('skiers')).toHaveLength(2);
    expect(await kairos.mongo.db.collection('importHashes').countDocuments()).toBe(0);
  });

  it('is told by the command, of a platform’s file by the map of the library', async () => {
    const env = { ...process.env, ...kairos.environment, KAIROS_URL: kairos.url };
    const file = 'library/maps/dmp-audience';
    const asked = ['cli/kairos.mjs', 'import', `${file}.csv`, '--map', `${file}.yaml`];
    asked.push('--as', 'audience', '--segment', 'skiers', '--mode', 'replace', '--dry-run');
    const { stdout } = await promisify(execFile)(process.execPath, asked, { env });
    expect(stdout).toContain('4 rows: 1 would be accepted');
    const line = 'skiers: 0 customers by 0 of 1 hash; 0 would be added, 2 would be removed';
    expect(stdout).toContain(line);
    expect(await members('skiers')).toHaveLength(2);
  });

  it('goes to whom its e-mail belongs once a merge is undone', async () => {
    const people = 'external_id,email\nu1,u1@b.example\nu2,u2@b.example\n';
    await ended((await send('profiles', people)).id);
    const { id } = await kairos.call<{ id: string }>('POST', '/v1/merges', {
      ...{ keep: 'external:u1', merge: 'external:u2' },
    });
    await ended((await send('audience&segment=both', `em\n${hex('u2@b.example')}\n`)).id);
    expect(await members('both')).toEqual(['external:u1', 'external:u2']);
    await kairos.call('POST', `/v1/merges/${id}/undo`);
    expect(await members('both')).toEqual(['external:u2']);
  });

  it('is of both where it names both, and of neither where it is replaced by another', async () => {
    await ended(
      (await send('profiles', 'external_id,email\nw1,w1@b.example\nw2,w2@b.example\n')).id,
    );
    const mergeThem = () =>
      kairos.call<{ id: string }>('POST', '/v1/merges', {
        ...{ keep: 'external:w1', merge: 'external:w2' },
      });
    const undo = (id: string) => kairos.call('POST', `/v1/merges/${id}/undo`);
    await kairos.call('PUT', '/v1/segments/half', { name: 'Half', static: true });
    await kairos.call('POST', '/v1/segments/half/members', { add: ['external:w1'] });
    const first = await mergeThem();
    const file = `em\n${hex('w1@b.example')}\n${hex('w2@b.example')}\n`;
    const made = await ended((await send('audience&segment=pair', file)).id);
    expect(made.audience).toMatchObject({ matched: 2, people: 1, added: 1 });
    const known = await ended((await send('audience&segment=half', file)).id);
    expect(known.audience).toMatchObject({ matched: 2, people: 1, added: 0 });
    const toldBy = ({ id }: Report): Promise<number> =>
      kairos.mongo.collections.events.countDocuments({ 'properties.import': id });
    expect(await toldBy(known)).toBe(2);
    // What the list has by each e-mail already is not said anew, month by month.
    const again = await ended((await send('audience&segment=half', file)).id);
    expect([again.audience, await toldBy(again)]).toMatchObject([known.audience ?? {}, 0]);
    await undo(first.id);
    for (const list of ['pair', 'half']) {
      expect(await members(list)).toEqual(['external:w1', 'external:w2']);
    }

    const second = await mergeThem();
    const other = `em\n${hex('nobody@b.example')}\n`;
    const gone = await ended((await send('audience&segment=pair&mode=replace', other)).id);
    expect(gone.audience).toMatchObject({ removed: 1 });
    expect(await members('pair')).toEqual([]);
    await undo(second.id);
    expect(await members('pair')).toEqual([]);

    const third = await mergeThem();
    await kairos.call('POST', '/v1/segments/pair/members', { add: ['external:w1'] });
    // They were taken off since the e-mails were said.
    const back = await ended((await send('audience&segment=pair', file)).id);
    expect([back.audience, await toldBy(back)]).toMatchObject([{ added: 0 }, 2]);
    await undo(third.id);
    expect(await members('pair')).toEqual(['external:w1', 'external:w2']);
  });

  it('is for a list only', async () => {
    const condition = { attribute: 'city', is: 'Lviv' };
    await kairos.call('PUT', '/v1/segments/lviv', { name: 'Lviv', condition });
    for (const as of ['audience&segment=lviv', 'audience', 'profiles&segment=skiers']) {
      const refused = await post(as, `em\n${hex('bo@b.example')}\n`);
      expect([as, refused.status]).toEqual([as, 422]);
      expect(await refused.text()).toContain('#/segment');
    }
  });

  it('names everybody once after Kairos was killed in the middle of it', async () => {
    const { profiles, events } = kairos.mongo.collections;
    const crowd = Array.from({ length: 2_300 }, (_, at) => `k${String(at)}`);
    const rows = crowd.map((id) => `${id},${id}@crowd.example\n`).join('');
    await ended((await send('profiles', `external_id,email\n${rows}`)).id);
    const hashes = crowd.map((id) => hex(`${id}@crowd.example`));
    // Without a router the list waits after its first thousand people.
    await kairos.kill('worker');
    const batch = Array.from({ length: 300 }, () => ({
      type: 'track',
      userId: 'n',
      event: 'Noise',
    }));
    for (let sent = 0; sent < 3; sent += 1) await kairos.track('batch', { batch });
    const { id } = await send('audience&segment=crowd', `em\n${hashes.join('\n')}\n`);
    const imports = kairos.mongo.db.collection<{ _id: string; profileId?: string }>('imports');
    await kairos.until('the first customers', async () =>
      (await imports.findOne({ _id: id }))?.profileId == null ? null : true,
    );
    await killAndGoOn(id);
    expect((await ended(id)).audience).toMatchObject({
      hashes: 2_300,
      people: 2_300,
      added: 2_300,
    });
    await kairos.until('everybody in the list', async () =>
      (await profiles.countDocuments({ 'segments.key': 'crowd' })) === 2_300 ? true : null,
    );
    const told = { 'properties.import': id, by: /^email:k\d+@crowd\.example$/ };
    expect(await events.countDocuments(told)).toBe(2_300);
  });
});
