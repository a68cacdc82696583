/** Why a LocalAPI call failed, in words short and few enough to be label values. */
export type LocalApiFailure = (typeof LOCAL_API_FAILURES)[number];

/** Every failure word, in the order in which a call can meet them. */
export const LOCAL_API_FAILURES = [
  /** No socket at the path. */
  "missing",
  /** A socket is there, and nobody listens on it. */
  "refused",
  /** The system does not let this user open the socket. */
  "permission",
  /** Any other failure to connect. */
  "unreachable",
  /** No complete answer before the deadline. */
  "timeout",
  /** The caller gave up. */
  "aborted",
  /** The connection ended before the answer did. */
  "cut",
  /** The answer is longer than the call allows. */
  "too_large",
  /** An answer that is not HTTP, not JSON, or has a field of another type. */
  "decode",
  /** 401 or 403: tailscaled does not let this user ask. */
  "denied",
  /** 404 or 501: this tailscaled is too old for the endpoint or was built without it. */
  "unsupported",
  /** The address asked about belongs to no node. */
  "not_found",
  /** 503: tailscaled cannot know yet, most often for want of a network map. */
  "unavailable",
  /** tailscaled could not reach the host that it was to dial. */
  "dial",
  /** Any other status code. */
  "status",
] as const;

/** A LocalAPI call that gave no answer, or one that cannot be used. */
export class LocalApiError extends Error {
  override readonly name = "LocalApiError";
  readonly failure: LocalApiFailure;
  /** Endpoint as in the URL, such as `status`. */
  readonly endpoint: string;

  constructor(failure: LocalApiFailure, endpoint: string, detail: string) {
    super(`Cannot read LocalAPI ${endpoint}: ${detail}`);
    this.failure = failure;
    this.endpoint = endpoint;
  }
}

/** Error of a connection that failed or broke, from what the system says of it. */
export function connectionError(endpoint: string, where: string, error: NodeJS.ErrnoException): LocalApiError {
  const { code = "" } = error;
  const failure = FAILURE_OF_CODE[code] ?? "unreachable";
  const seen = code || excerpt(error.message);
  return new LocalApiError(failure, endpoint, `${where}: ${seen}${ADVICE[failure] ?? ""}`);
}

/** Error of an answer with another status than 200. The body is quoted in part, without what looks like a secret. */
export function statusError(endpoint: string, status: number, body: string): LocalApiError {
  const text = excerpt(errorText(body));
  const failure = failureOf(endpoint, status, text);
  return new LocalApiError(failure, endpoint, `status ${status}${text && ` "${text}"`}${ADVICE[failure] ?? ""}`);
}

function failureOf(endpoint: string, status: number, text: string): LocalApiFailure {
  if (endpoint === "whois" && status === 404 && text.startsWith("no match")) return "not_found";
  if (endpoint === "dial" && status === 502) return "dial";
  return FAILURE_OF_STATUS[status] ?? "status";
}

const FAILURE_OF_CODE: Readonly<Record<string, LocalApiFailure>> = {
  ENOENT: "missing",
  ECONNREFUSED: "refused",
  EACCES: "permission",
  EPERM: "permission",
  ECONNRESET: "cut",
  EPIPE: "cut",
};

const FAILURE_OF_STATUS: Readonly<Record<number, LocalApiFailure>> = {
  401: "denied",
  403: "denied",
  404: "unsupported",
  501: "unsupported",
  503: "unavailable",
};

const ADVICE: Readonly<Partial<Record<LocalApiFailure, string>>> = {
  missing: " (is tailscaled running? If it listens elsewhere, name its socket with --socket)",
  refused: " (is tailscaled running? The socket was left behind by a process that is gone)",
  permission: " (this user may not open the socket; run as root, or give the user access to it)",
  cut: " (did tailscaled restart?)",
  denied: " (run as root, or make this user the operator with tailscale set --operator=USER)",
  unsupported: " (this tailscaled is too old for it or was built without it)",
  unavailable: " (is this node logged in?)",
};

/** Text of an error answer: the `error` or `Error` member of a JSON body, else the body itself. */
function errorText(body: string): string {
  if (!body.startsWith("{")) return body;
  try {
    const { error, Error: upper } = JSON.parse(body);
    return String(error ?? upper ?? "");
  } catch {
    return body; // text that happens to start like an object
  }
}

const EXCERPT_LENGTH = 120;

/** Start of a text from outside, on one line, with keys, tokens and login links replaced. */
function excerpt(text: string): string {
  const line = text
    .slice(0, 4 * EXCERPT_LENGTH)
    .replace(/[\s\p{Cc}]+/gu, " ")
    .replace(/tskey-[\w-]+|https?:\/\/\S+|\b(?=[a-z]*\d)[\w+=-]{20,}/gi, "<hidden>")
    .trim();
  return line.length > EXCERPT_LENGTH ? `${line.slice(0, EXCERPT_LENGTH)}…` : line;
}
