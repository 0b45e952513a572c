// The real binary on a data folder of its own: commands, a server, accounts.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const BINARY = process.env.GONGHUI_BIN ?? join(ROOT, "target/debug/gonghui");
if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing; build it with: cargo build -p cli`);

/** A fresh data folder, gone with `remove()`. */
export class Gonghui {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "gonghui-e2e-"));
    this.data = join(this.folder, "data");
    this.env = { ...process.env, GONGHUI_DATA: this.data, NO_COLOR: "1" };
    delete this.env.DATABASE_URL;
  }

  /** Runs a command; the answer has `status`, `stdout` and `stderr`. */
  try(...args) {
    const ended = spawnSync(BINARY, args, { env: this.env, encoding: "utf8", timeout: 300_000 });
    if (ended.error) throw ended.error;
    return ended;
  }

  /** Runs a command that must succeed; answers what it printed. */
  run(...args) {
    const ended = this.try(...args);
    if (ended.status !== 0) throw new Error(`gonghui ${args.join(" ")}: exit ${ended.status}\n${ended.stderr}${ended.stdout}`);
    return ended.stdout;
  }

  /** A list as objects, from the CSV that `export list` promises. */
  list(...args) {
    return parseCsv(this.run("export", "list", ...args));
  }

  /** Serves; `settings(url)` answers further environment, for what must know the address. */
  async serve(settings = async () => ({})) {
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    const env = { ...this.env, ...(await settings(this.url)) };
    this.server = spawn(BINARY, ["serve", "--listen", `127.0.0.1:${port}`], { env, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    this.server.stdout.on("data", (chunk) => (said += chunk));
    this.server.stderr.on("data", (chunk) => (said += chunk));
    for (let attempt = 0; attempt < 600; attempt++) {
      if (this.server.exitCode !== null) throw new Error(`gonghui serve ended with ${this.server.exitCode}\n${said}`);
      const answer = await fetch(this.url, { redirect: "manual" }).catch(() => null);
      if (answer) return this.url;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`gonghui serve did not answer within a minute\n${said}`);
  }

  async remove() {
    if (this.server && this.server.exitCode === null) {
      const ended = new Promise((resolve) => this.server.once("exit", resolve));
      this.server.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** RFC 4180, first row the heads. */
export function parseCsv(text) {
  const rows = [];
  let row = [], cell = "", quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[at + 1] === '"') cell += text[++at];
      else quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === ",") { row.push(cell); cell = ""; }
    else if (letter === "\n") { row.push(cell); rows.push(row); row = []; cell = ""; }
    else if (letter !== "\r") cell += letter;
  }
  const [heads, ...body] = rows;
  return (body ?? []).map((values) => Object.fromEntries(heads.map((head, at) => [head, values[at]])));
}

export const read = (path) => readFileSync(path, "utf8");
