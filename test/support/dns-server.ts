import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode, type Answer } from 'dns-packet';

/** What a name server holds of one name. */
interface Zone {
  TXT?: readonly string[];
  CNAME?: string;
  MX?: readonly { exchange: string; preference: number }[];
  A?: readonly string[];
}

/** Pieces that a TXT record comes in, in bytes. */
const PIECE = 255;
const NXDOMAIN = 3;

/** A real name server on this machine, over UDP, that holds what a test says. */
export class DnsServer {
  /** By name; `silent` is not answered at all. */
  zones: Record<string, Zone | 'silent'> = {};
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (packet, from) => {
      const answer = this.#answer(packet);
      if (answer !== null) socket.send(answer, from.port, from.address);
    });
  }

  static async start(): Promise<DnsServer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new DnsServer(socket);
  }

  /** As a resolver is told it. */
  get address(): string {
    return `127.0.0.1:${String(this.#socket.address().port)}`;
  }

  #answer(packet: Buffer): Buffer | null {
    const { id, questions = [] } = decode(packet);
    const [question] = questions;
    if (question === undefined) return null;
    const zone = this.zones[question.name.toLowerCase()];
    if (zone === 'silent') return null;
    const answers = zone === undefined ? [] : this.#records(question, zone);
    const flags = zone === undefined ? NXDOMAIN : 0;
    return encode({ type: 'response', ...(id !== undefined && { id }), flags, questions, answers });
  }

  /** What is asked for; where a name is another's alias, that first. */
  #records({ name, type }: { name: string; type: string }, zone: Zone): Answer[] {
    const common = { name, ttl: 60, class: 'IN' } as const;
    if (zone.CNAME !== undefined) {
      const alias: Answer = { ...common, type: 'CNAME', data: zone.CNAME };
      const target = this.zones[zone.CNAME];
      if (type === 'CNAME' || target === undefined || target === 'silent') return [alias];
      return [alias, ...this.#records({ name: zone.CNAME, type }, target)];
    }
    if (type === 'TXT') {
      return (zone.TXT ?? []).map((text) => ({ ...common, type: 'TXT', data: piecesOf(text) }));
    }
    if (type === 'MX') return (zone.MX ?? []).map((data) => ({ ...common, type: 'MX', data }));
    if (type === 'A') return (zone.A ?? []).map((data) => ({ ...common, type: 'A', data }));
    return [];
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.close(() => {
        resolve();
      });
    });
  }
}

function piecesOf(text: string): string[] {
  return text.match(new RegExp(`.{1,${String(PIECE)}}`, 'g')) ?? [''];
}
