import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { freePorts } from '#cli/embedded/ports.ts';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeSandboxAccounts, type SandboxAccounts } from '#sandbox/accounts.ts';
import type { InboxPage } from '#sandbox/accepted-messages.ts';
import type { Rule } from '#sandbox/rules.ts';

const START_MS = 20_000;

/** A loopback port that is free now. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** The sandbox as a process of its own, with a folder of its own, that can be killed and restarted. */
export class SandboxProcess {
  private child: ChildProcess | null = null;
  readonly accounts: SandboxAccounts;
  readonly url: string;
  private readonly dir: string;
  private readonly env: Record<string, string>;

  private constructor(dir: string, port: number, publicUrl: string, accounts: SandboxAccounts) {
    this.dir = dir;
    this.accounts = accounts;
    this.url = `http://127.0.0.1:${String(port)}`;
    this.env = {
      SANDBOX_PORT: String(port),
      SANDBOX_DIR: dir,
      SANDBOX_ACCOUNTS: JSON.stringify(accounts),
      KAIROS_PUBLIC_URL: publicUrl,
      KAIROS_WRITE_KEY: 'write-key-of-the-phone-app',
    };
  }

  static async start(publicUrl: string): Promise<SandboxProcess> {
    const dir = await mkdtemp(path.join(tmpdir(), 'kairos-sandbox-'));
    const port = await freePort();
    const sandbox = new SandboxProcess(dir, port, publicUrl, makeSandboxAccounts());
    try {
      await sandbox.run();
    } catch (error) {
      await sandbox.remove();
      throw error;
    }
    return sandbox;
  }

  async run(): Promise<void> {
    const child = spawn(process.execPath, ['--import', 'tsx', 'sandbox/main.ts'], {
      env: { ...process.env, ...this.env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.child = child;
    // A test that ends before its clean-up must not leave a process behind.
    const onExit = (): void => {
      child.kill('SIGKILL');
    };
    process.once('exit', onExit);
    child.once('exit', () => process.removeListener('exit', onExit));
    const end = Date.now() + START_MS;
    while (Date.now() < end && child.exitCode === null) {
      const answer = await fetch(`${this.url}/healthz`).catch(() => null);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('the sandbox did not start');
  }

  async kill(): Promise<void> {
    const child = this.child;
    if (!child) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    this.child = null;
  }

  /** Kills the process and removes its folder. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }

  async rules(rules: Rule[]): Promise<Response> {
    return fetch(`${this.url}/rules`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(rules),
    });
  }

  async inbox(to: string): Promise<InboxPage['data']> {
    const answer = await fetch(`${this.url}/inbox?to=${encodeURIComponent(to)}`);
    return ((await answer.json()) as InboxPage).data;
  }
}
