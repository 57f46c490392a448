// The conversation of a router in node with comparing.py: one line out, then a line for a line.
//
// First line out: {"engine", "load_s", "why"}, `why` what is known of answers that differ. Then for each line "origin destination depart_s" in:
// "arrival_s seconds", -1 where there is no journey; the seconds are this process's own.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

export const [, , folder, date] = process.argv; // flatfeed.py wrote the folder

export function version(name) {
  const path = new URL(`./node_modules/${name}/package.json`, import.meta.url);
  return `${name} ${JSON.parse(readFileSync(path)).version}`;
}

export async function answer(engine, load, ask, why = "") {
  console.log = console.warn = console.info = console.error; // remarks are no answers
  const began = performance.now();
  const router = await load();
  const load_s = (performance.now() - began) / 1e3;
  process.stdout.write(JSON.stringify({ engine, load_s, why }) + "\n");
  for await (const line of createInterface({ input: process.stdin })) {
    const [origin, destination, depart] = line.split(" ").map(Number);
    const start = performance.now();
    const arrival = ask(router, `s${origin}`, `s${destination}`, depart);
    const seconds = (performance.now() - start) / 1e3;
    process.stdout.write(`${arrival} ${seconds}\n`);
  }
}
