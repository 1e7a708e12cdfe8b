/** The shop's own file that takes what is pushed: one line, docs/sdk.md. */
const WORKER = '/kairos-worker.js';

/**
 * Asks the visitor, and subscribes this browser with Kairos' key. Null where the browser knows no
 * web push, the visitor refused, or Kairos has no key.
 */
export async function subscribe(host: string, headers: Record<string, string>, worker = WORKER) {
  if (!('serviceWorker' in navigator) || !('PushManager' in globalThis)) return null;
  const settings = await fetch(`${host}/v1/site/settings`, { headers, credentials: 'omit' });
  const { webPushKey } = (await settings.json()) as { webPushKey: string | null };
  if (webPushKey === null || (await Notification.requestPermission()) !== 'granted') return null;
  const registration = await navigator.serviceWorker.register(worker);
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: webPushKey,
  });
  return subscription.toJSON();
}
