import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { filtersOf } from "../../../scripts/release/package.ts";
import { type ArchiveFile, tar } from "../../../scripts/release/tar.ts";

/** What goes wrong with a release. */
export type Fault =
  | "none"
  | "archive cut off"
  | "archive missing"
  | "sums missing"
  | "sums of another release"
  | "sums without it"
  | "sums are a page"
  | "no archive inside"
  | "no program inside"
  | "program does not run"
  | "server error";

/** A mirror of releases with one tiny program, which is a shell script. */
export class ReleaseServer implements AsyncDisposable {
  /** For `TSMON_BASE_URL`. */
  readonly url: string;
  fault: Fault = "none";
  /** What the program says of itself. */
  program = "tsmon 1.0.0";
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    server.on("request", ({ url = "" }, response) => this.#answer(url, response));
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<ReleaseServer> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ReleaseServer(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  #answer(url: string, response: ServerResponse): void {
    const [, folder, name = ""] = /^\/(latest\/download|download\/v1\.0\.0)\/([^/]+)$/.exec(url) ?? [];
    const archive = this.#archive(name);
    const { fault } = this;
    if (fault === "server error") return void response.writeHead(500).end("broken");
    if (folder === undefined) return void response.writeHead(404).end("no such file");
    if (name === "SHA256SUMS") {
      if (fault === "sums missing") return void response.writeHead(404).end("no such file");
      return void response.end(this.#sums());
    }
    if (!/\.tar\.[gx]z$/.test(name) || fault === "archive missing") return void response.writeHead(404).end("none");
    if (fault !== "archive cut off") return void response.end(archive);
    response.writeHead(200, { "Content-Length": archive.length });
    response.write(archive.subarray(0, archive.length / 2), () => response.destroy());
  }

  /** Packed as a release is, by its name: not every xz can read every one. */
  #archive(name: string): Uint8Array {
    const filters = name.endsWith(".xz") ? filtersOf(name.replace(/^tsmon-|\.tar\.xz$/g, "")) : [];
    const key = `${this.fault} ${this.program} ${name.slice(-2)} ${filters}`;
    const known = archives.get(key);
    if (known) return known;
    const content = this.fault === "no archive inside" ? "this is no archive" : tar(this.#files(), 0);
    const made = name.endsWith(".xz") ? xzOf(content, filters) : gzipSync(content);
    archives.set(key, made);
    return made;
  }

  #files(): ArchiveFile[] {
    const script =
      this.fault === "program does not run" ? "#!/bin/sh\necho 'no such library' >&2\nexit 127\n" : PROGRAM;
    const path = this.fault === "no program inside" ? "bin/other" : "bin/tsmon";
    const text = (content: string) => new TextEncoder().encode(content);
    return [
      { path, mode: 0o755, bytes: text(`${script.replace("VERSION", this.program)}${NOISE}`) },
      { path: "share/doc/tsmon/LICENSE", mode: 0o644, bytes: text("Yours to use.\n") },
      { path: "share/man/man1/tsmon.1", mode: 0o644, bytes: text(".TH TSMON 1\n") },
    ];
  }

  #sums(): string {
    if (this.fault === "sums are a page") return "<html>Please log in</html>\n";
    if (this.fault === "sums without it") return `${"0".repeat(64)}  other.tar.gz\n`;
    const salt = this.fault === "sums of another release" ? "x" : "";
    const targets = ["amd64", "amd64-musl", "arm64", "arm64-musl"];
    const names = targets.flatMap((target) => [`tsmon-linux-${target}.tar.gz`, `tsmon-linux-${target}.tar.xz`]);
    const lines = names.map((name) => {
      const digest = createHash("sha256").update(this.#archive(name)).update(salt).digest("hex");
      return `${digest}  ${name}\n`;
    });
    return lines.join("");
  }
}

/** Through a file: in Deno, more input than a pipe holds blocks for ever. */
function xzOf(content: string | Uint8Array, filters: readonly string[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "tsmon-xz-"));
  writeFileSync(join(folder, "content"), content);
  const { stdout } = spawnSync("xz", [...filters, "-c", join(folder, "content")], { maxBuffer: 1 << 22 });
  rmSync(folder, { recursive: true, force: true });
  return stdout;
}

/** By what they are made of, since compressing takes time. */
const archives = new Map<string, Uint8Array>();

/** Comments that compress badly and fill a small disk: 700 kB, in an archive of half that. */
const NOISE = Array.from({ length: 20_000 }, (_, i) => `# ${createHash("md5").update(`${i}`).digest("hex")}\n`).join(
  "",
);

const PROGRAM = `#!/bin/sh
[ "$1" = --version ] && echo "VERSION" && exit 0
echo "$@" >>"\${0%/*}/../called"
`;
