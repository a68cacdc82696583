import { counter, gauge, type Metric } from "../../metric.ts";

const MOUNT = ["export", "protocol", "mountaddr"] as const;
const OPERATION = [...MOUNT, "operation"] as const;
const TRANSPORT = [...MOUNT, "transport"] as const;

/** Where a file system is mounted. */
export const MOUNT_POINT = gauge("node_mountstats_nfs_mountpoint_info", "Info metric for an NFS mountpoint.", [
  ...MOUNT,
  "mountpoint",
]);

/** Seconds since it was mounted. */
export const AGE = counter("node_mountstats_nfs_age_seconds_total", "The age of the NFS mount in seconds.", MOUNT);

/** Families of the `bytes:` line by column (the kernel's nfs_iostat.h). */
export const BYTES: readonly Metric<(typeof MOUNT)[number]>[] = [
  counter("node_mountstats_nfs_read_bytes_total", "Number of bytes read using the read() syscall.", MOUNT),
  counter("node_mountstats_nfs_write_bytes_total", "Number of bytes written using the write() syscall.", MOUNT),
  counter(
    "node_mountstats_nfs_direct_read_bytes_total",
    "Number of bytes read using the read() syscall in O_DIRECT mode.",
    MOUNT,
  ),
  counter(
    "node_mountstats_nfs_direct_write_bytes_total",
    "Number of bytes written using the write() syscall in O_DIRECT mode.",
    MOUNT,
  ),
  counter("node_mountstats_nfs_total_read_bytes_total", "Number of bytes read from the NFS server, in total.", MOUNT),
  counter("node_mountstats_nfs_total_write_bytes_total", "Number of bytes written to the NFS server, in total.", MOUNT),
  counter("node_mountstats_nfs_read_pages_total", "Number of pages read directly via mmap()'d files.", MOUNT),
  counter("node_mountstats_nfs_write_pages_total", "Number of pages written directly via mmap()'d files.", MOUNT),
];

/** Families of the `events:` line by column (the kernel's nfs_iostat.h). */
export const EVENTS: readonly (Metric<(typeof MOUNT)[number]> | undefined)[] = [
  counter(
    "node_mountstats_nfs_event_inode_revalidate_total",
    "Number of times cached inode attributes are re-validated from the server.",
    MOUNT,
  ),
  counter(
    "node_mountstats_nfs_event_dnode_revalidate_total",
    "Number of times cached dentry nodes are re-validated from the server.",
    MOUNT,
  ),
  counter("node_mountstats_nfs_event_data_invalidate_total", "Number of times an inode cache is cleared.", MOUNT),
  counter(
    "node_mountstats_nfs_event_attribute_invalidate_total",
    "Number of times cached inode attributes are invalidated.",
    MOUNT,
  ),
  counter(
    "node_mountstats_nfs_event_vfs_open_total",
    "Number of times cached inode attributes are invalidated.",
    MOUNT,
  ),
  counter("node_mountstats_nfs_event_vfs_lookup_total", "Number of times a directory lookup has occurred.", MOUNT),
  counter("node_mountstats_nfs_event_vfs_access_total", "Number of times permissions have been checked.", MOUNT),
  counter(
    "node_mountstats_nfs_event_vfs_update_page_total",
    "Number of updates (and potential writes) to pages.",
    MOUNT,
  ),
  counter("node_mountstats_nfs_event_vfs_read_page_total", "Number of pages read directly via mmap()'d files.", MOUNT),
  counter("node_mountstats_nfs_event_vfs_read_pages_total", "Number of times a group of pages have been read.", MOUNT),
  counter(
    "node_mountstats_nfs_event_vfs_write_page_total",
    "Number of pages written directly via mmap()'d files.",
    MOUNT,
  ),
  counter(
    "node_mountstats_nfs_event_vfs_write_pages_total",
    "Number of times a group of pages have been written.",
    MOUNT,
  ),
  counter(
    "node_mountstats_nfs_event_vfs_getdents_total",
    "Number of times directory entries have been read with getdents().",
    MOUNT,
  ),
  counter(
    "node_mountstats_nfs_event_vfs_setattr_total",
    "Number of times directory entries have been read with getdents().",
    MOUNT,
  ),
  counter(
    "node_mountstats_nfs_event_vfs_flush_total",
    "Number of pending writes that have been forcefully flushed to the server.",
    MOUNT,
  ),
  counter(
    "node_mountstats_nfs_event_vfs_fsync_total",
    "Number of times fsync() has been called on directories and files.",
    MOUNT,
  ),
  counter("node_mountstats_nfs_event_vfs_lock_total", "Number of times locking has been attempted on a file.", MOUNT),
  counter(
    "node_mountstats_nfs_event_vfs_file_release_total",
    "Number of times files have been closed and released.",
    MOUNT,
  ),
  undefined, // congestion_wait, which kernels no longer count
  counter("node_mountstats_nfs_event_truncation_total", "Number of times files have been truncated.", MOUNT),
  counter(
    "node_mountstats_nfs_event_write_extension_total",
    "Number of times a file has been grown due to writes beyond its existing end.",
    MOUNT,
  ),
  counter(
    "node_mountstats_nfs_event_silly_rename_total",
    "Number of times a file was removed while still open by another process.",
    MOUNT,
  ),
  counter(
    "node_mountstats_nfs_event_short_read_total",
    "Number of times the NFS server gave less data than expected while reading.",
    MOUNT,
  ),
  counter(
    "node_mountstats_nfs_event_short_write_total",
    "Number of times the NFS server wrote less data than expected while writing.",
    MOUNT,
  ),
  counter(
    "node_mountstats_nfs_event_jukebox_delay_total",
    "Number of times the NFS server indicated EJUKEBOX; retrieving data from offline storage.",
    MOUNT,
  ),
  counter("node_mountstats_nfs_event_pnfs_read_total", "Number of NFS v4.1+ pNFS reads.", MOUNT),
  counter("node_mountstats_nfs_event_pnfs_write_total", "Number of NFS v4.1+ pNFS writes.", MOUNT),
];

/** Families of a line of an operation by column after its name (the kernel's net/sunrpc/stats.c). */
export const OPERATIONS: readonly Metric<(typeof OPERATION)[number]>[] = [
  counter(
    "node_mountstats_nfs_operations_requests_total",
    "Number of requests performed for a given operation.",
    OPERATION,
  ),
  counter(
    "node_mountstats_nfs_operations_transmissions_total",
    "Number of times an actual RPC request has been transmitted for a given operation.",
    OPERATION,
  ),
  counter(
    "node_mountstats_nfs_operations_major_timeouts_total",
    "Number of times a request has had a major timeout for a given operation.",
    OPERATION,
  ),
  counter(
    "node_mountstats_nfs_operations_sent_bytes_total",
    "Number of bytes sent for a given operation, including RPC headers and payload.",
    OPERATION,
  ),
  counter(
    "node_mountstats_nfs_operations_received_bytes_total",
    "Number of bytes received for a given operation, including RPC headers and payload.",
    OPERATION,
  ),
  counter(
    "node_mountstats_nfs_operations_queue_time_seconds_total",
    "Duration all requests spent queued for transmission for a given operation before they were sent, in seconds.",
    OPERATION,
  ),
  counter(
    "node_mountstats_nfs_operations_response_time_seconds_total",
    "Duration all requests took to get a reply back after a request for a given operation was transmitted, in seconds.",
    OPERATION,
  ),
  counter(
    "node_mountstats_nfs_operations_request_time_seconds_total",
    "Duration all requests took from when a request was enqueued to when it was completely handled for a given operation, in seconds.",
    OPERATION,
  ),
];

/** Families of an `xprt:` line by column, as TCP has them after its name (the kernel's net/sunrpc/xprtsock.c). */
export const TRANSPORTS: readonly (readonly [column: number, Metric<(typeof TRANSPORT)[number]>])[] = [
  [
    1,
    counter(
      "node_mountstats_nfs_transport_bind_total",
      "Number of times the client has had to establish a connection from scratch to the NFS server.",
      TRANSPORT,
    ),
  ],
  [
    2,
    counter(
      "node_mountstats_nfs_transport_connect_total",
      "Number of times the client has made a TCP connection to the NFS server.",
      TRANSPORT,
    ),
  ],
  [
    4,
    gauge(
      "node_mountstats_nfs_transport_idle_time_seconds",
      "Duration since the NFS mount last saw any RPC traffic, in seconds.",
      TRANSPORT,
    ),
  ],
  [
    5,
    counter(
      "node_mountstats_nfs_transport_sends_total",
      "Number of RPC requests for this mount sent to the NFS server.",
      TRANSPORT,
    ),
  ],
  [
    6,
    counter(
      "node_mountstats_nfs_transport_receives_total",
      "Number of RPC responses for this mount received from the NFS server.",
      TRANSPORT,
    ),
  ],
  [
    7,
    counter(
      "node_mountstats_nfs_transport_bad_transaction_ids_total",
      "Number of times the NFS server sent a response with a transaction ID unknown to this client.",
      TRANSPORT,
    ),
  ],
  [
    9,
    counter(
      "node_mountstats_nfs_transport_backlog_queue_total",
      "Total number of items added to the RPC backlog queue.",
      TRANSPORT,
    ),
  ],
  [
    10,
    gauge(
      "node_mountstats_nfs_transport_maximum_rpc_slots",
      "Maximum number of simultaneously active RPC requests ever used.",
      TRANSPORT,
    ),
  ],
  [
    11,
    counter(
      "node_mountstats_nfs_transport_sending_queue_total",
      "Total number of items added to the RPC transmission sending queue.",
      TRANSPORT,
    ),
  ],
  [
    12,
    counter(
      "node_mountstats_nfs_transport_pending_queue_total",
      "Total number of items added to the RPC transmission pending queue.",
      TRANSPORT,
    ),
  ],
];
