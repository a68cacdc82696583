/** A web configuration file that cannot be used. The message has its path and no secret. */
export class WebConfigError extends Error {
  override readonly name = "WebConfigError";
}
