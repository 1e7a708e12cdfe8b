/** Prints one line of the running log. */
export type Say = (line: string) => void;

/** A log whose lines begin with minutes and seconds since now. */
export function timedSay(print: (line: string) => void): Say {
  const begun = performance.now();
  return (line) => {
    const tenths = Math.floor((performance.now() - begun) / 100);
    const minutes = String(Math.floor(tenths / 600)).padStart(2, '0');
    const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, '0');
    print(`${minutes}:${seconds}  ${line}`);
  };
}
