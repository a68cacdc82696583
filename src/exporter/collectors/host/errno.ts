/** What the C library says for the errors that statfs(2) and path lookups on broken mounts give, as Go words it. */
const MESSAGES: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EAGAIN: "resource temporarily unavailable",
  EBADF: "bad file descriptor",
  EBUSY: "device or resource busy",
  ECONNABORTED: "software caused connection abort",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EFAULT: "bad address",
  EHOSTDOWN: "host is down",
  EHOSTUNREACH: "no route to host",
  EINTR: "interrupted system call",
  EINVAL: "invalid argument",
  EIO: "input/output error",
  ELOOP: "too many levels of symbolic links",
  ENAMETOOLONG: "file name too long",
  ENETUNREACH: "network is unreachable",
  ENODEV: "no such device",
  ENOENT: "no such file or directory",
  ENOKEY: "required key not available",
  ENOMEM: "cannot allocate memory",
  ENOSYS: "function not implemented",
  ENOTCONN: "transport endpoint is not connected",
  ENOTDIR: "not a directory",
  ENXIO: "no such device or address",
  EOVERFLOW: "value too large for defined data type",
  EPERM: "operation not permitted",
  EREMOTEIO: "remote I/O error",
  ESHUTDOWN: "cannot send after transport endpoint shutdown",
  ESTALE: "stale NFS file handle",
  ETIMEDOUT: "connection timed out",
  EUCLEAN: "structure needs cleaning",
};

/** A system error in the words of errno(3); its code, or its message, when it is an unusual one. */
export function errnoMessage(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return MESSAGES[code ?? ""] ?? code ?? message;
}
