/** The service worker of web push: shows what comes, and tells what became of it (docs/providers.md). */

interface Pushed {
  title: string;
  body: string;
  link?: string;
  image?: string;
  kairos_message_id: string;
  kairos_receipts: string;
}

/** What this file uses of a service worker; the page's types know of none. */
interface Worker {
  addEventListener(name: 'push' | 'notificationclick', hear: (event: WorkerEvent) => void): void;
  registration: ServiceWorkerRegistration;
  clients: { openWindow(url: string): Promise<unknown> };
}
interface WorkerEvent {
  waitUntil(work: Promise<unknown>): void;
  data: { json(): unknown } | null;
  notification: Notification;
}

const worker = self as unknown as Worker;

worker.addEventListener('push', (event) => {
  const pushed = event.data?.json() as Partial<Pushed> | undefined;
  // Somebody else's push is not for us.
  if (pushed?.kairos_message_id === undefined || pushed.title === undefined) return;
  const { title, body = '', link, image, kairos_receipts: receipts } = pushed;
  // `image` is not in the page's types, and is shown where the system can.
  const options = { body, data: { link, receipts }, ...(image !== undefined && { image }) };
  event.waitUntil(
    Promise.all([worker.registration.showNotification(title, options), tell(receipts, 'received')]),
  );
});

worker.addEventListener('notificationclick', (event) => {
  const { link, receipts } = (event.notification.data ?? {}) as {
    link?: string;
    receipts?: string;
  };
  if (receipts === undefined) return;
  event.notification.close();
  event.waitUntil(
    Promise.all([
      tell(receipts, 'clicked'),
      link === undefined ? null : worker.clients.openWindow(link),
    ]),
  );
});

async function tell(receipts: string | undefined, what: string): Promise<void> {
  if (receipts === undefined) return;
  const address = `${receipts}&event=${what}`;
  await fetch(address, { method: 'POST', mode: 'no-cors', keepalive: true }).catch(() => undefined);
}
