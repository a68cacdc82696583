import type { HttpResponse } from "../http/request.ts";
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
export async function bodyOf(answer: HttpResponse, options: BodyOptions): Promise<ReadableStream<Uint8Array>> {
  const { maxBytes, refusesHtml, reason, ended } = options;
  let bytes = 0;
  const next = async (): Promise<Uint8Array | undefined> => {
    const { value } = await answer.body.next().catch(() => Promise.reject(reason() ?? cutOff()));
    bytes += value?.length ?? 0;
    if (bytes > maxBytes) throw new ProxyError("too_large", `has more than ${maxBytes} bytes`);
    return value ?? undefined;
  };
  const first = await next();
  if (first && refusesHtml && isHtml(answer, first))
    throw new ProxyError("bad_answer", "answers with an HTML page: name the path where its metrics are");
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => first && controller.enqueue(first),
      async pull(controller) {
        try {
          const chunk = await next();
          if (chunk) return controller.enqueue(chunk);
          ended(undefined);
          controller.close();
        } catch (error) {
          ended(error as ProxyError);
          controller.error(error);
        }
      },
      cancel: () => ended(new ProxyError("canceled", "was not waited for")),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: BUFFER_BYTES }),
  );
}

/** Whether a body begins as HTML or XML does, as far as that can be seen. In protobuf, where `<` can be a length, no letter follows. */
function isHtml({ headers }: HttpResponse, start: Uint8Array): boolean {
  if (headers.has("content-encoding")) return false;
  return /^\s*<[!?a-z]/i.test(new TextDecoder().decode(start.subarray(0, 100)));
}
