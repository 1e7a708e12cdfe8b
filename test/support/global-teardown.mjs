/** Ends what global-setup.mjs started, and waits until it is gone. */
export default async function stopServers() {
  const servers = globalThis.kairosTestServers;
  if (servers === undefined || servers.exitCode !== null) return;
  const gone = new Promise((resolve) => servers.once('exit', resolve));
  servers.disconnect();
  await gone;
}
