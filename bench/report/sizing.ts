import type { RowResult } from '../run-row.ts';
import { markdown, withUnit } from './table.ts';

/** What the worked example assumes; docs/operations.md has the same shop's disk. */
const SHOP = {
  customers: 100_000,
  /** Of each customer in a year: visits, other events, and three receipts of each message. */
  events: 60 + 5 + 3 * 10,
  messages: 10,
  /** Which part of a day's work falls into its busiest hour. */
  busiest: 0.2,
};
/** Customers of one wave: an evening on which a date or a segment comes true for many at once. */
const WAVE = 20_000;

const PROCESSES = ['API', 'worker', 'MongoDB', 'Temporal'] as const;
const COLUMNS = ['what', ...PROCESSES, 'together'] as const;

/** What an event, a message and a waiting run cost, as this run measured it, and a shop by that. */
export function sizingOf(rows: readonly RowResult[]): string {
  const read = (row: string, figure: string): number =>
    rows
      .find(({ name }) => name === row)
      ?.lines.find((line) => line.side === 'kairos' && line.figure === figure)?.ours.median ?? NaN;
  const accepted = [read('events-accepted', 'apiMs'), 0, read('events-accepted', 'mongodMs'), 0];
  const routed = ['workerMs', 'mongodMs'].map((figure) => read('applied-and-routed', figure));
  const [byWorker = NaN, byMongod = NaN] = routed;
  const event = { accepted, routed: [0, byWorker, byMongod, 0] };
  const run = ['apiMs', 'workerMs', 'mongodMs', 'temporalMs'].map((figure) =>
    read('one-message-run', figure),
  );
  const idle = (suffix: string): number[] =>
    ['api', 'worker', 'mongod', 'temporal'].map((name) => read('idle', name + suffix));
  const table = markdown(COLUMNS, [
    line('CPU of an event accepted, in a batch', event.accepted, 'ms'),
    line('CPU of an event applied and routed', event.routed, 'ms'),
    line('CPU of a message: event, run, send, end', run, 'ms'),
    line('memory, nobody under way', idle('BeforeMb'), 'MB'),
    line('memory, 10,000 runs waiting', idle('AfterMb'), 'MB'),
    line('CPU at rest, 10,000 runs waiting, of a core', idle('Percent'), '%'),
  ]);
  return `${table}\n\n${example(sum(event.accepted) + sum(event.routed), sum(run))}`;
}

function line(what: string, values: readonly number[], unit: string): Record<string, string> {
  const cells = PROCESSES.map((name, index) => {
    const value = values[index] ?? NaN;
    return [name, value === 0 ? '' : withUnit(value, unit)] as const;
  });
  return { what, ...Object.fromEntries(cells), together: withUnit(sum(values), unit) };
}

/** CPU ms of an event and of a message, in a shop's year. */
function example(eventMs: number, messageMs: number): string {
  const { customers, events, messages, busiest } = SHOP;
  const hourly = (count: number): number => Math.round(((customers * count) / 365) * busiest);
  const hour = { events: hourly(events), messages: hourly(messages) };
  const busyMs = hour.events * eventMs + hour.messages * messageMs;
  return [
    `The shop above has ${String(events)} events and ${String(messages)} messages of a customer a year. If a fifth of a day falls`,
    `into its busiest hour, that hour has ${count(hour.events)} events and ${count(hour.messages)} messages:`,
    `${count(hour.events)} × ${withUnit(eventMs, 'ms')} + ${count(hour.messages)} × ${withUnit(messageMs, 'ms')} = ${withUnit(busyMs / 1_000, 's')} of CPU in 3,600 s.`,
    `A wave of ${count(WAVE)} messages is ${count(WAVE)} × ${withUnit(messageMs, 'ms')} =`,
    `${withUnit((WAVE * messageMs) / 1_000, 's')} of CPU: ${withUnit((WAVE * messageMs) / 60_000 / 2, 'minutes')} on two cores, as long as the providers' rates allow it.`,
  ].join('\n');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
