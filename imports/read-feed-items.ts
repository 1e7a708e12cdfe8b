import { StringDecoder } from 'node:string_decoder';
import sax, { type QualifiedTag, type SAXParser, type Tag } from 'sax';
import { DomainError } from '#domain/errors.ts';
import type { Json } from '#domain/json.ts';
import { ROW_CHARS_MAX } from './table.ts';
import type { StoredFile } from './upload-store.ts';

/** What Google's own attributes are in; the second one is for attributes that shops make up. */
const GOOGLE = ['http://base.google.com/ns/1.0', 'http://base.google.com/cns/1.0'];
/** RSS 2.0 has none; Atom and RSS 1.0 have these. */
const PLAIN = ['', 'http://www.w3.org/2005/Atom', 'http://purl.org/rss/1.0/'];

/** Of the channel's news and not of the product: they change with every copy of the feed. */
const NEWS = new Set(['guid', 'pubDate', 'updated', 'published', 'author', 'comments', 'source']);

/** Elements within one another, from the root on: a feed's have five. */
const DEPTH_MAX = 20;
/** Elements of one name in one product; Google takes ten pictures. */
const REPEATS_MAX = 100;
/** Different elements in one product, those within others counted. */
const ELEMENTS_MAX = 2_000;
/** Characters given to the parser at once: it keeps no longer text than a few of these. */
const SLICE_CHARS = 64 * 1024;

/** Prefixes are resolved, and of entities only XML's own five are known. */
const OPTIONS = { xmlns: true, strictEntities: true };

/** One product of a feed, by the names of its elements. */
export interface FeedItem {
  names: string[];
  values: Json[];
}

/**
 * The products of an XML feed one by one; of the file no more is held than one of them. A feed that
 * declares a document type is refused whatever is in it: no entity but XML's own five is known.
 * @throws DomainError `malformed` with the line.
 */
export async function* readItems(file: StoredFile): AsyncGenerator<FeedItem> {
  const reader = new ItemReader();
  const decoder = new StringDecoder('utf8');
  for await (const part of file.stream()) yield* reader.take(decoder.write(part));
  yield* reader.take(decoder.end());
  yield* reader.end();
}

/** An element of a product while it is read. */
interface Frame {
  name: string;
  isGoogle: boolean;
  text: string;
  members: Map<string, { value: Json; isGoogle: boolean }>;
}

class ItemReader {
  readonly #parser: SAXParser = sax.parser(true, OPTIONS);
  #fault: DomainError | null = null;
  #depth = 0;
  /** The product being read, and what it is in the middle of; empty between products. */
  #frames: Frame[] = [];
  /** Elements that are nothing to us, within which nothing is either. */
  #ignoredFrom = 0;
  #chars = 0;
  #elements = 0;
  #items: FeedItem[] = [];

  constructor() {
    const parser = this.#parser;
    parser.onerror = () => {
      this.#fail('The feed is no well-formed XML, or uses a prefix that it does not declare');
    };
    parser.ondoctype = () => {
      this.#fail('The feed declares a document type (DOCTYPE), which is not read');
    };
    parser.onopentag = (tag) => {
      this.#open(tag);
    };
    parser.onclosetag = () => {
      this.#close();
    };
    parser.ontext = (text) => {
      this.#write(text);
    };
    parser.oncdata = (text) => {
      this.#write(text);
    };
  }

  *take(text: string): Generator<FeedItem> {
    for (let from = 0; from < text.length; from += SLICE_CHARS) {
      this.#parser.write(text.slice(from, from + SLICE_CHARS));
      yield* this.#taken();
    }
  }

  *end(): Generator<FeedItem> {
    this.#parser.close();
    yield* this.#taken();
  }

  *#taken(): Generator<FeedItem> {
    if (this.#fault !== null) throw this.#fault;
    const items = this.#items;
    this.#items = [];
    yield* items;
  }

  #fail(what: string): void {
    const line = this.#parser.line + 1;
    this.#fault ??= new DomainError('malformed', `${what}: see line ${String(line)}.`);
    // The parser would otherwise refuse to be written to, in words that quote the file.
    this.#parser.error = null as unknown as Error;
  }

  #open(tag: Tag | QualifiedTag): void {
    this.#depth += 1;
    if (this.#fault !== null || this.#ignoredFrom > 0) return;
    if (this.#depth > DEPTH_MAX) {
      this.#fail(`The feed is nested deeper than ${String(DEPTH_MAX)} levels`);
      return;
    }
    const { local, uri } = 'local' in tag ? tag : { local: tag.name, uri: '' };
    const isGoogle = GOOGLE.includes(uri);
    if (this.#frames.length > 0) this.#openWithin(tag, { local, uri, isGoogle });
    else if (!isGoogle && (local === 'item' || local === 'entry')) this.#begin();
  }

  #openWithin(
    tag: Tag | QualifiedTag,
    { local, uri, isGoogle }: { local: string; uri: string; isGoogle: boolean },
  ): void {
    const isOurs = isGoogle || (PLAIN.includes(uri) && !NEWS.has(local));
    if (!isOurs || leadsElsewhere(tag)) {
      this.#ignoredFrom = this.#depth;
      return;
    }
    this.#elements += 1;
    if (this.#elements > ELEMENTS_MAX || local === '__proto__') {
      this.#fail(`A product has more than ${String(ELEMENTS_MAX)} elements, or a strange one`);
    }
    // Atom says where a link leads in an attribute.
    const text = local === 'link' ? attributeOf(tag, 'href') : '';
    this.#frames.push({ name: local, isGoogle, text, members: new Map() });
  }

  #begin(): void {
    this.#chars = 0;
    this.#elements = 0;
    this.#frames.push({ name: '', isGoogle: false, text: '', members: new Map() });
  }

  #write(text: string): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined || this.#ignoredFrom > 0) return;
    this.#chars += text.length;
    if (this.#chars > ROW_CHARS_MAX) {
      this.#fail(`A product is longer than ${String(ROW_CHARS_MAX / 1024 ** 2)} MB`);
    } else frame.text += text;
  }

  #close(): void {
    this.#depth -= 1;
    if (this.#ignoredFrom > 0) {
      if (this.#depth < this.#ignoredFrom) this.#ignoredFrom = 0;
      return;
    }
    const frame = this.#frames.pop();
    const parent = this.#frames.at(-1);
    if (frame === undefined) return;
    if (parent !== undefined) {
      this.#note(parent, frame);
      return;
    }
    const members = [...frame.members];
    this.#items.push({
      names: members.map(([name]) => name),
      values: members.map(([, { value }]) => value),
    });
  }

  #note({ members }: Frame, { name, isGoogle, text, members: own }: Frame): void {
    const value: Json =
      own.size === 0
        ? text.trim()
        : Object.fromEntries([...own].map(([key, member]) => [key, member.value]));
    const known = members.get(name);
    // Where RSS and Google have an element of one name, Google's is meant.
    if (known === undefined || (isGoogle && !known.isGoogle)) {
      members.set(name, { value, isGoogle });
    } else if (isGoogle || !known.isGoogle) {
      const all = Array.isArray(known.value) ? known.value : [known.value];
      if (all.length >= REPEATS_MAX) this.#fail(`A product repeats an element too often`);
      members.set(name, { value: [...all, value], isGoogle });
    }
  }
}

/** Whether it is a link of Atom to something else than the product's own page. */
function leadsElsewhere(tag: Tag | QualifiedTag): boolean {
  const rel = attributeOf(tag, 'rel');
  return rel !== '' && rel !== 'alternate';
}

function attributeOf({ attributes }: Tag | QualifiedTag, name: string): string {
  const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return typeof attribute === 'string' ? attribute : (attribute?.value ?? '');
}
