/** The validator of a version: a weak one, which its compressed and its plain form may share (RFC 9110, 8.8.3). */
export function weakTag(version: string): string {
  return `W/"${version}"`;
}

/** Whether a client has that version already, by its `If-None-Match` and the weak comparison (RFC 9110, 13.1.2). */
export function hasTag(ifNoneMatch: string | undefined, tag: string): boolean {
  const bare = tag.replace(/^W\//, "");
  return (ifNoneMatch ?? "").split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === bare);
}
