import { emailInForm } from '#domain/import/email-hash.ts';
import { sha256Hex } from '#platform/hash.ts';
import { awaitRoom } from './deliver-calls.ts';
import type { Audience, AudienceCounts } from './import-document.ts';
import type { ImportPorts, PersonByEmail } from './import-ports.ts';

/** Customers looked at between two checkpoints: a few queries of some milliseconds. */
const PEOPLE_AT_ONCE = 1_000;
/** Changes of the list accepted at once: one turn of the router. */
const CHANGES_AT_ONCE = 300;

/** Where a pass through customers is; all up to this id are done. */
export interface PeoplePlace {
  stage: 'people' | 'others';
  profileId: string | null;
}

interface MatchOptions {
  importId: string;
  audience: Audience;
  /** Epoch ms of the upload: whoever came into the list since is left in it. */
  askedAt: number;
  dryRun: boolean;
  /** Counted up to the checkpoint. */
  counts: AudienceCounts;
  /** Called at least every few seconds. @throws where the import is to be left. */
  alive: () => Promise<void>;
  /** Makes what is counted up to a place durable. @throws where the import is to be left. */
  saved: (place: PeoplePlace, counts: AudienceCounts) => Promise<void>;
}

type MatchPorts = Pick<ImportPorts, 'hashes' | 'people' | 'countPending' | 'clock'>;

/** A customer whom a file names. */
interface Named {
  profileId: string;
  /** Those of their e-mails that it has. */
  emails: string[];
  /** They have more than one e-mail, in the file or not. */
  isOfSeveral: boolean;
}

function byEachEmail({ profileId, emails }: Named): PersonByEmail[] {
  return emails.map((email) => ({ profileId, email }));
}

/**
 * Brings the customers whose e-mails a file names by their hashes into a list. All customers are
 * gone through once, a thousand at a time in the order of their ids, so that a profile need not keep
 * a hash for lists that come once a month. What is done again after a crash changes nothing.
 */
export class AudienceMatch {
  readonly #ports: MatchPorts;
  readonly #options: MatchOptions;
  readonly #counts: AudienceCounts;

  constructor(ports: MatchPorts, options: MatchOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#counts = { ...options.counts };
  }

  /** Goes on from a place to the end, and counts what came of it. */
  async run(from: PeoplePlace): Promise<AudienceCounts> {
    const { mode } = this.#options.audience;
    if (from.stage === 'people') await this.#addPeople(from.profileId);
    const after = from.stage === 'others' ? from.profileId : null;
    if (mode === 'replace') await this.#removeOthers(after);
    const { importId, alive } = this.#options;
    Object.assign(this.#counts, await this.#ports.hashes.count(importId, alive));
    return this.#counts;
  }

  async #addPeople(from: string | null): Promise<void> {
    const { people } = this.#ports;
    const { audience, alive, saved } = this.#options;
    this.#counts.total ??= await people.estimate();
    for (let after = from; ;) {
      await alive();
      const ids = await people.page(after, PEOPLE_AT_ONCE);
      const named = await this.#namedAmong(ids);
      const members = await people.membersAmong(audience.segment, [...named.keys()]);
      const added = [...named.keys()].filter((profileId) => !members.has(profileId));
      await this.#tell('added', added, await this.#unsaid(named, members));
      this.#counts.looked += ids.length;
      this.#counts.people += named.size;
      after = ids.at(-1) ?? after;
      const isLast = ids.length < PEOPLE_AT_ONCE;
      await saved(
        isLast ? { stage: 'others', profileId: null } : { stage: 'people', profileId: after },
        this.#counts,
      );
      if (isLast) return;
    }
  }

  /**
   * A member by one e-mail may be two customers once a merge is undone: each e-mail is said, and
   * once, however often files bring it.
   */
  async #unsaid(
    named: ReadonlyMap<string, Named>,
    members: ReadonlySet<string>,
  ): Promise<PersonByEmail[]> {
    const { people } = this.#ports;
    const known = [...named.values()].filter(
      ({ profileId, isOfSeveral }) => isOfSeveral && members.has(profileId),
    );
    const ids = known.map(({ profileId }) => profileId);
    const told = await people.told(this.#options.audience.segment, ids);
    return [
      ...[...named.values()]
        .filter(({ profileId }) => !members.has(profileId))
        .flatMap(byEachEmail),
      ...known
        .flatMap(byEachEmail)
        .filter(({ profileId, email }) => told.get(profileId)?.has(email) !== true),
    ];
  }

  async #removeOthers(from: string | null): Promise<void> {
    const { people } = this.#ports;
    const { audience, askedAt, alive, saved } = this.#options;
    for (let after = from; ;) {
      await alive();
      const ids = await people.members(audience.segment, askedAt, { after, limit: PEOPLE_AT_ONCE });
      const named = await this.#namedAmong(ids);
      const removed = ids.filter((profileId) => !named.has(profileId));
      // By no e-mail: nobody they may turn out to be was named.
      const told = removed.map((profileId) => ({ profileId }));
      await this.#tell('removed', removed, told);
      after = ids.at(-1) ?? after;
      await saved({ stage: 'others', profileId: after }, this.#counts);
      if (ids.length < PEOPLE_AT_ONCE) return;
    }
  }

  /** Those of some customers of whose e-mails the file has one, by their ids. */
  async #namedAmong(ids: readonly string[]): Promise<Map<string, Named>> {
    const { importId, audience } = this.#options;
    const found = await this.#ports.people.emails(ids);
    const hashed = found.map((person) => ({
      person,
      hash: sha256Hex(emailInForm(person.email, audience.emails)),
    }));
    const all = [...new Set(hashed.map(({ hash }) => hash))];
    const matched = await this.#ports.hashes.match(importId, all);
    const counts = new Map<string, number>();
    for (const { profileId } of found) counts.set(profileId, (counts.get(profileId) ?? 0) + 1);
    const named = new Map<string, Named>();
    for (const { person, hash } of hashed) {
      const { profileId, email } = person;
      if (!matched.has(hash)) continue;
      const { emails: before = [] } = named.get(profileId) ?? {};
      const isOfSeveral = (counts.get(profileId) ?? 0) > 1;
      named.set(profileId, { profileId, emails: [...before, email], isOfSeveral });
    }
    return named;
  }

  /** `ids` are counted, whatever is told of them. */
  async #tell(
    change: 'added' | 'removed',
    ids: readonly string[],
    people: Parameters<MatchPorts['people']['tell']>[0],
  ): Promise<void> {
    const { importId, audience, dryRun, alive } = this.#options;
    await this.#ports.hashes.note(importId, change, ids, this.#ports.clock());
    if (dryRun) return;
    for (let from = 0; from < people.length; from += CHANGES_AT_ONCE) {
      await awaitRoom(this.#ports, alive);
      const said = { segment: audience.segment, change, importId };
      await this.#ports.people.tell(people.slice(from, from + CHANGES_AT_ONCE), said);
    }
  }
}
