/**
 * Headers for another server's answer that is passed on: what a browser makes of it has no rights of ours. Without them a page
 * there could read, as whoever looks at it, all that we serve to them.
 */
export const FOREIGN_HEADERS = { "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox" } as const;
