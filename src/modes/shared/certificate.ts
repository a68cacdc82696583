import type { LocalApi } from "../../localapi/client.ts";
import type { ChangeLog, Log } from "../../log.ts";
import { type Tls, tlsProblem } from "../../runtime/serve.ts";

/** How often tailscaled is asked whether it has renewed the certificate, in seconds. It does weeks before the end. */
const RENEWAL_SECONDS = 3600;
/** Wait after a failure, in seconds. */
const RETRY_SECONDS = 30;

/** What a {@linkcode TailscaleCertificate} is made of. */
export interface CertificateOptions {
  readonly api: Pick<LocalApi, "certPair">;
  /** The node's name for which a certificate can be had; undefined when there is none. */
  readonly domain: () => string | undefined;
  /** Told when there is a new certificate. */
  readonly changed: () => void;
  readonly problems: ChangeLog;
  readonly log: Log;
}

/** The certificate of this node's MagicDNS name, which tailscaled gets and renews. */
export class TailscaleCertificate {
  readonly #options: CertificateOptions;
  #pair = "";
  #tls: Tls | undefined;
  #nextMs = 0;
  #isAsking = false;

  /** @param before Whose certificate is used until there is a new one. */
  constructor(options: CertificateOptions, before?: TailscaleCertificate) {
    this.#options = options;
    if (before) [this.#pair, this.#tls] = [before.#pair, before.#tls];
  }

  /** The newest certificate; undefined before the first. */
  get tls(): Tls | undefined {
    return this.#tls;
  }

  /** Asks when it is time to. Never rejects. */
  async refresh(): Promise<void> {
    if (this.#isAsking || performance.now() < this.#nextMs) return;
    this.#isAsking = true;
    const { problems } = this.#options;
    try {
      await this.#ask();
      this.#nextMs = performance.now() + RENEWAL_SECONDS * 1000;
      problems.report(new Map());
    } catch (error) {
      this.#nextMs = performance.now() + RETRY_SECONDS * 1000;
      problems.report(new Map([["certificate", error instanceof Error ? error.message : String(error)]]));
    } finally {
      this.#isAsking = false;
    }
  }

  async #ask(): Promise<void> {
    const { api, domain, changed, log } = this.#options;
    const name = domain();
    if (name === undefined) {
      throw new Error(
        "Cannot get a certificate: this node has no name for one (turn on HTTPS certificates in the tailnet's DNS settings)",
      );
    }
    const pair = await api.certPair(name);
    if (pair === this.#pair) return;
    const tls = parsePair(pair);
    const problem = tlsProblem(tls);
    if (problem !== undefined) throw new Error(`Cannot use tailscaled's certificate: ${problem}`);
    this.#tls = tls;
    this.#pair = pair;
    log.info("Certificate from tailscaled", { domain: name });
    changed();
  }
}

/**
 * Key and certificates of PEM blocks in any order.
 *
 * @throws {SyntaxError} If either is missing. The message has nothing of the text.
 */
function parsePair(pair: string): Tls {
  const blocks = [...pair.matchAll(/-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----\n?/g)];
  const textOf = (isWanted: (kind: string) => boolean) =>
    blocks
      .filter(([, kind]) => isWanted(kind!))
      .map(([block]) => block)
      .join("");
  const key = textOf((kind) => kind.endsWith("PRIVATE KEY"));
  const cert = textOf((kind) => kind === "CERTIFICATE");
  if (key === "" || cert === "")
    throw new SyntaxError("Cannot use tailscaled's certificate: expected a key and certificates");
  return { key, cert };
}
