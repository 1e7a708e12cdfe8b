import { columnsNamed } from '#domain/source/source-map.ts';
import type { Source } from '#domain/source/source.ts';
import type { OpenPorts } from './open-ports.ts';
import type { SourceReader } from './source-reader.ts';

/**
 * Opens a source. Each kind's driver is loaded when it is first needed: who pulls from nowhere, or
 * from PostgreSQL alone, pays for no other.
 * @throws DomainError `invalid` where the connection is missing or wrong, `unavailable` where
 * nothing answers.
 */
export async function openSource(source: Source, ports: OpenPorts): Promise<SourceReader> {
  const secret = ports.connections(source.connection);
  switch (source.kind) {
    case 'postgresql': {
      const { openPostgresql } = await import('./read-postgresql.ts');
      return openPostgresql(source, secret);
    }
    case 'mongodb': {
      const { openMongodb } = await import('./read-mongodb.ts');
      return openMongodb(source, secret, columnsNamed(source.map ?? null));
    }
    case 'google-sheets': {
      const { openGoogleSheet } = await import('./read-google-sheet.ts');
      return openGoogleSheet(source, secret, ports);
    }
    case 'bigquery': {
      const { openBigquery } = await import('./read-bigquery.ts');
      return openBigquery(source, secret);
    }
    case 'firestore': {
      const { openFirestore } = await import('./read-firestore.ts');
      return openFirestore(source, secret, columnsNamed(source.map ?? null));
    }
  }
}
