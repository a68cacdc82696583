import { counter, gauge, type Metric } from "../../metric.ts";

type MountLabel = (typeof LABELS)[number];

const PREFIX = "node_mountstats_nfs";
const LABELS = ["export", "protocol", "mountaddr"] as const;

/** Where a file system is mounted. */
export const MOUNT_POINT = gauge(`${PREFIX}_mountpoint_info`, "Info metric for an NFS mountpoint.", [
  ...LABELS,
  "mountpoint",
]);

/** Seconds since it was mounted. */
export const AGE = counter(`${PREFIX}_age_seconds_total`, "The age of the NFS mount in seconds.", LABELS);

/** Families of the `bytes:` line by column (the kernel's nfs_iostat.h). */
export const BYTES: readonly Metric<MountLabel>[] = (
  [
    ["read_bytes", "Number of bytes read using the read() syscall."],
    ["write_bytes", "Number of bytes written using the write() syscall."],
    ["direct_read_bytes", "Number of bytes read using the read() syscall in O_DIRECT mode."],
    ["direct_write_bytes", "Number of bytes written using the write() syscall in O_DIRECT mode."],
    ["total_read_bytes", "Number of bytes read from the NFS server, in total."],
    ["total_write_bytes", "Number of bytes written to the NFS server, in total."],
    ["read_pages", "Number of pages read directly via mmap()'d files."],
    ["write_pages", "Number of pages written directly via mmap()'d files."],
  ] as const
).map(([name, help]) => counter(`${PREFIX}_${name}_total`, help, LABELS));

/** Families of the `events:` line by column (the kernel's nfs_iostat.h). */
export const EVENTS: readonly (Metric<MountLabel> | undefined)[] = (
  [
    ["inode_revalidate", "Number of times cached inode attributes are re-validated from the server."],
    ["dnode_revalidate", "Number of times cached dentry nodes are re-validated from the server."],
    ["data_invalidate", "Number of times an inode cache is cleared."],
    ["attribute_invalidate", "Number of times cached inode attributes are invalidated."],
    ["vfs_open", "Number of times cached inode attributes are invalidated."],
    ["vfs_lookup", "Number of times a directory lookup has occurred."],
    ["vfs_access", "Number of times permissions have been checked."],
    ["vfs_update_page", "Number of updates (and potential writes) to pages."],
    ["vfs_read_page", "Number of pages read directly via mmap()'d files."],
    ["vfs_read_pages", "Number of times a group of pages have been read."],
    ["vfs_write_page", "Number of pages written directly via mmap()'d files."],
    ["vfs_write_pages", "Number of times a group of pages have been written."],
    ["vfs_getdents", "Number of times directory entries have been read with getdents()."],
    ["vfs_setattr", "Number of times directory entries have been read with getdents()."],
    ["vfs_flush", "Number of pending writes that have been forcefully flushed to the server."],
    ["vfs_fsync", "Number of times fsync() has been called on directories and files."],
    ["vfs_lock", "Number of times locking has been attempted on a file."],
    ["vfs_file_release", "Number of times files have been closed and released."],
    undefined, // congestion_wait, which kernels no longer count
    ["truncation", "Number of times files have been truncated."],
    ["write_extension", "Number of times a file has been grown due to writes beyond its existing end."],
    ["silly_rename", "Number of times a file was removed while still open by another process."],
    ["short_read", "Number of times the NFS server gave less data than expected while reading."],
    ["short_write", "Number of times the NFS server wrote less data than expected while writing."],
    ["jukebox_delay", "Number of times the NFS server indicated EJUKEBOX; retrieving data from offline storage."],
    ["pnfs_read", "Number of NFS v4.1+ pNFS reads."],
    ["pnfs_write", "Number of NFS v4.1+ pNFS writes."],
  ] as const
).map((row) => row && counter(`${PREFIX}_event_${row[0]}_total`, row[1], LABELS));

/** Families of a line of an operation by column after its name (the kernel's net/sunrpc/stats.c). */
export const OPERATIONS: readonly Metric<MountLabel | "operation">[] = (
  [
    ["requests", "Number of requests performed for a given operation."],
    ["transmissions", "Number of times an actual RPC request has been transmitted for a given operation."],
    ["major_timeouts", "Number of times a request has had a major timeout for a given operation."],
    ["sent_bytes", "Number of bytes sent for a given operation, including RPC headers and payload."],
    ["received_bytes", "Number of bytes received for a given operation, including RPC headers and payload."],
    [
      "queue_time_seconds",
      "Duration all requests spent queued for transmission for a given operation before they were sent, in seconds.",
    ],
    [
      "response_time_seconds",
      "Duration all requests took to get a reply back after a request for a given operation was transmitted, in seconds.",
    ],
    [
      "request_time_seconds",
      "Duration all requests took from when a request was enqueued to when it was completely handled for a given operation, in seconds.",
    ],
  ] as const
).map(([name, help]) => counter(`${PREFIX}_operations_${name}_total`, help, [...LABELS, "operation"]));

const TRANSPORT = `${PREFIX}_transport`;
const TRANSPORT_LABELS = [...LABELS, "transport"] as const;

/** Families of an `xprt:` line by column, as TCP has them after its name (the kernel's net/sunrpc/xprtsock.c). */
export const TRANSPORTS: readonly (readonly [column: number, Metric<MountLabel | "transport">])[] = [
  [
    1,
    counter(
      `${TRANSPORT}_bind_total`,
      "Number of times the client has had to establish a connection from scratch to the NFS server.",
      TRANSPORT_LABELS,
    ),
  ],
  [
    2,
    counter(
      `${TRANSPORT}_connect_total`,
      "Number of times the client has made a TCP connection to the NFS server.",
      TRANSPORT_LABELS,
    ),
  ],
  [
    4,
    gauge(
      `${TRANSPORT}_idle_time_seconds`,
      "Duration since the NFS mount last saw any RPC traffic, in seconds.",
      TRANSPORT_LABELS,
    ),
  ],
  [
    5,
    counter(
      `${TRANSPORT}_sends_total`,
      "Number of RPC requests for this mount sent to the NFS server.",
      TRANSPORT_LABELS,
    ),
  ],
  [
    6,
    counter(
      `${TRANSPORT}_receives_total`,
      "Number of RPC responses for this mount received from the NFS server.",
      TRANSPORT_LABELS,
    ),
  ],
  [
    7,
    counter(
      `${TRANSPORT}_bad_transaction_ids_total`,
      "Number of times the NFS server sent a response with a transaction ID unknown to this client.",
      TRANSPORT_LABELS,
    ),
  ],
  [
    9,
    counter(
      `${TRANSPORT}_backlog_queue_total`,
      "Total number of items added to the RPC backlog queue.",
      TRANSPORT_LABELS,
    ),
  ],
  [
    10,
    gauge(
      `${TRANSPORT}_maximum_rpc_slots`,
      "Maximum number of simultaneously active RPC requests ever used.",
      TRANSPORT_LABELS,
    ),
  ],
  [
    11,
    counter(
      `${TRANSPORT}_sending_queue_total`,
      "Total number of items added to the RPC transmission sending queue.",
      TRANSPORT_LABELS,
    ),
  ],
  [
    12,
    counter(
      `${TRANSPORT}_pending_queue_total`,
      "Total number of items added to the RPC transmission pending queue.",
      TRANSPORT_LABELS,
    ),
  ],
];
