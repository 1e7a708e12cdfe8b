import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerAddress, type SMTPServerDataStream } from 'smtp-server';

export type SmtpOutcome = 'deliver' | 'reject' | 'error' | 'rateLimit' | 'slow' | 'lostReply';

function refusal(code: number, words = 'refused'): Error {
  return Object.assign(new Error(words), { responseCode: code });
}

/** A real SMTP server that keeps what it accepts and misbehaves as told, by address. */
export class SmtpSink {
  /** `from`: where a mail is to come back to. */
  readonly mails: { to: string; from: string; raw: string }[] = [];
  private readonly outcomes = new Map<string, SmtpOutcome>();
  private readonly refusals = new Map<string, Error>();
  private readonly server: SMTPServer;

  private constructor() {
    this.server = new SMTPServer({
      authOptional: true,
      // No TLS on loopback.
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: (_auth, _session, callback) => {
        callback(refusal(535));
      },
      onRcptTo: ({ address }, _session, callback) => {
        this.takeRecipient(address, callback);
      },
      onData: (stream, session, callback) => {
        this.takeData(stream, session.envelope, callback);
      },
    });
    // Broken connections are a part of the tests.
    this.server.on('error', () => undefined);
  }

  static start(): Promise<SmtpSink> {
    return new Promise((resolve) => {
      const sink = new SmtpSink();
      sink.server.listen(0, '127.0.0.1', () => {
        resolve(sink);
      });
    });
  }

  url(credentials = ''): string {
    const { port } = this.server.server.address() as AddressInfo;
    return `smtp://${credentials}127.0.0.1:${String(port)}`;
  }

  plan(to: string, outcome: SmtpOutcome): void {
    this.outcomes.set(to, outcome);
  }

  /** What a recipient is refused with, such as `550 5.1.1 No such user`. */
  refuse(to: string, reply: string): void {
    this.refusals.set(to, refusal(Number(reply.slice(0, 3)), reply.slice(4)));
  }

  private takeRecipient(address: string, callback: (error?: Error) => void): void {
    const outcome = this.outcomes.get(address);
    const refused = this.refusals.get(address);
    if (refused !== undefined) callback(refused);
    else if (outcome === 'reject') callback(refusal(550, '5.1.1 No such user here'));
    else if (outcome === 'rateLimit') callback(refusal(450));
    else callback();
  }

  private takeData(
    stream: SMTPServerDataStream,
    { mailFrom, rcptTo }: { mailFrom: SMTPServerAddress | false; rcptTo: SMTPServerAddress[] },
    callback: (error?: Error) => void,
  ): void {
    const to = rcptTo[0]?.address ?? '';
    const from = mailFrom === false ? '' : mailFrom.address;
    const outcome = this.outcomes.get(to);
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      if (outcome === 'error') {
        callback(refusal(451));
        return;
      }
      this.mails.push({ to, from, raw: Buffer.concat(chunks).toString('utf8') });
      if (outcome === 'lostReply') this.dropConnections();
      else if (outcome !== 'slow') callback();
    });
  }

  private dropConnections(): void {
    for (const connection of this.server.connections as Set<{ _socket: { destroy(): void } }>) {
      connection._socket.destroy();
    }
  }

  close(): Promise<void> {
    this.dropConnections();
    return new Promise((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
  }
}
