import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Say } from '../progress.ts';
import { NAMESPACE, SEARCH_ATTRIBUTES } from './temporal-server.ts';

/** Temporal's IndexedValueType, by the names its command line uses. */
const TYPE_NUMBER = { Keyword: 2, Int: 3 } as const;

/** gRPC's code for what is there already. */
const ALREADY_EXISTS = 6;

/**
 * Registers what runs are searched by with a Temporal that is not embedded. One that does not allow
 * it (Temporal Cloud) is left as it is, with a line that says what to do.
 */
export async function registerSearchAttributes(say: Say): Promise<void> {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await Connection.connect(connectionOptions);
  const refused: string[] = [];
  try {
    for (const [name, type] of Object.entries(SEARCH_ATTRIBUTES)) {
      const request = {
        namespace: namespace ?? NAMESPACE,
        searchAttributes: { [name]: TYPE_NUMBER[type] },
      };
      await connection.operatorService.addSearchAttributes(request).catch((error: unknown) => {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        if (code !== ALREADY_EXISTS) refused.push(`${name}=${type}`);
      });
    }
  } finally {
    await connection.close();
  }
  if (refused.length > 0) {
    say(
      `This Temporal did not take the search attributes ${refused.join(', ')}: ` +
        'see that they are there (Temporal Cloud: in its console).',
    );
  }
}
