import type { IncomingMessage } from "node:http";
import { cutOff, ProxyError } from "./outcome.ts";

/** Bytes that wait for a slow scraper before the exporter is made to wait too. */
const BUFFER_BYTES = 1024 * 1024;

/** Within what bounds a body is passed on. */
export interface BodyOptions {
  readonly maxBytes: number;
  /** Whether a page for browsers is an error. Text formats begin with a name, a `#` or a `{`. */
  readonly refusesHtml: boolean;
  /** Why its connection was ended, if it was not in order. */
  readonly reason: () => ProxyError | undefined;
  /** Told once that all was read, or why not. */
  readonly ended: (error: ProxyError | undefined) => void;
}

/**
 * The body of an exporter's answer, once its first bytes are there. Rejects with {@linkcode ProxyError} if it breaks before;
 * later the stream breaks off with an error, so that a short body is never taken for a whole one.
 */
export async function bodyOf(message: IncomingMessage, options: BodyOptions): Promise<ReadableStream<Uint8Array>> {
  const { maxBytes, refusesHtml, reason, ended } = options;
  const begun = Promise.withResolvers<void>();
  begun.promise.catch(() => {}); // it may break when the stream is under way
  let bytes = 0;
  let isOver = false;
  const finish = (error?: ProxyError) => {
    if (isOver) return false;
    isOver = true;
    ended(error);
    if (error) begun.reject(error);
    else begun.resolve();
    return true;
  };
  const problemOf = (chunk: Uint8Array) => {
    if (bytes > maxBytes) return new ProxyError("too_large", `has more than ${maxBytes} bytes`);
    if (!refusesHtml || bytes > chunk.length || !isHtml(message, chunk)) return undefined;
    return new ProxyError("bad_answer", "answers with an HTML page: name the path where its metrics are");
  };
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const fail = (error: ProxyError) => finish(error) && controller.error(error);
        message.on("data", (chunk: Uint8Array) => {
          if (isOver) return;
          bytes += chunk.length;
          const problem = problemOf(chunk);
          if (problem) return void fail(problem);
          begun.resolve();
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) <= 0) message.pause();
        });
        const end = () => {
          // Neither runtime says by an event of its own that a body was cut. One without a length is complete to them
          // however its connection ends.
          const problem = reason() ?? (message.complete ? undefined : cutOff());
          if (problem) fail(problem);
          else if (finish()) controller.close();
        };
        for (const event of ["end", "aborted", "error", "close"]) message.on(event, end);
        if (message.destroyed) end();
      },
      pull: () => void message.resume(),
      cancel: () => void finish(new ProxyError("canceled", "was not waited for")),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: BUFFER_BYTES }),
  );
  await begun.promise;
  return stream;
}

/** Whether a body begins as HTML or XML does, as far as that can be seen. In protobuf, where `<` can be a length, no letter follows. */
function isHtml(message: IncomingMessage, start: Uint8Array): boolean {
  if (message.headers["content-encoding"] !== undefined) return false;
  return /^\s*<[!?a-z]/i.test(new TextDecoder().decode(start.subarray(0, 100)));
}
